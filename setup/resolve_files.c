// SPDX-License-Identifier: BSD-3-Clause
// What the processes of an emulation are told beside the models: paths, addresses, captures, priorities.
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "setup/address.h"
#include "setup/resolve.h"

#define MOST_DRAIN_S 2.0
// Datagrams a second that a processor may send before normal tasks: a tenth of it, reckoned with 5 us each.
#define REALTIME_PPS 20000
#define LINGER_MARGIN_S 0.05 // both hosts' stacks, generously

void resolved_profile_path(char *path, size_t size, const struct prepared *p, int network,
			   const char *directory)
{
	const struct prepared_network *n = &p->networks[network];
	const char *name = n->profile ? n->profile->network : "none";
	int same = 0; // several references to networks of one name: other weights, say
	for (const struct prepared_network *before = p->networks; before < n; before++)
		same += before->profile && strcmp(before->profile->network, name) == 0;
	if (same)
		snprintf(path, size, "%s/profile-%s-%d.csv", directory, name, same + 1);
	else
		snprintf(path, size, "%s/profile-%s.csv", directory, name);
}

static void counters_path(char *path, size_t size, const char *directory)
{
	snprintf(path, size, "%s/counters", directory);
}

void resolved_edge_files(struct edge_config *edge, const struct prepared *p, const char *directory,
			 uint32_t run_id)
{
	edge->run_id = run_id;
	counters_path(edge->counters, sizeof(edge->counters), directory);
	for (int i = 0; i < edge->n_networks; i++) {
		struct edge_network *n = &edge->networks[i];
		resolved_profile_path(n->profile, sizeof(n->profile), p, i, directory);
		snprintf(n->samples, sizeof(n->samples), "%s", p->networks[i].samples);
		snprintf(n->confidence, sizeof(n->confidence), "%s", p->networks[i].confidence);
	}
}

// How long a datagram may still be under way when a UE has sent its last: the queue drained, and the delay.
static double linger_s(const struct resolved *r, int ue)
{
	const struct topology *t = r->topology;
	double drained_s = 8 * (double)t->cell.queue_bytes / (least_share(t) * r->radio[ue].uplink_bps);
	return (drained_s < MOST_DRAIN_S ? drained_s : MOST_DRAIN_S) + r->radio[ue].longest_way_s +
	       LINGER_MARGIN_S;
}

// Senders of UDP may go before normal tasks, the edge among them, as long as they leave the processors alone
// most of the time, all of them together.
static bool sources_sleep_enough(const struct topology *t)
{
	double datagrams_per_s = 0;
	for (int i = 0; i < t->n_ues; i++)
		datagrams_per_s += t->ue[i].traffic.rate_bps / 8 / (double)t->ue[i].traffic.size_bytes;
	return datagrams_per_s <= REALTIME_PPS * (double)sysconf(_SC_NPROCESSORS_ONLN) / 2;
}

void resolved_ue_files(struct ue_config *ue, const struct resolved *r, int i, const struct prepared *p,
		       const char *directory, uint32_t run_id)
{
	struct in_addr edge = {.s_addr = htonl(address_edge_ipv4(r->topology->cell.subnet.base))};
	ue->run_id = run_id;
	inet_ntop(AF_INET, &edge, ue->edge_address, sizeof(ue->edge_address));
	snprintf(ue->samples, sizeof(ue->samples), "%s", p->networks[r->edge.ues[i].network].samples);
	counters_path(ue->counters, sizeof(ue->counters), directory);
	ue->traffic.linger_s = linger_s(r, i);
	ue->traffic.realtime = sources_sleep_enough(r->topology);
}

// ---- the shaper

// A point's capture; ue: -1 where the point is no UE.
static void add_capture(struct shaper_config *c, const struct topology *t, const char *directory,
			enum capture_point point, int ue)
{
	struct capture_config *capture = &c->captures[c->n_captures++];
	char name[16] = "radio";
	if (point == CAPTURE_EDGE)
		snprintf(name, sizeof(name), "edge");
	else if (point == CAPTURE_UE)
		snprintf(name, sizeof(name), "ue%d", ue + 1);
	*capture = (struct capture_config){.point = point,
					   .ue = ue,
					   .rotate_bytes = t->capture.rotate_bytes,
					   .snaplen = (uint32_t)t->capture.snaplen,
					   .pcapng = t->capture.format == FORMAT_PCAPNG};
	snprintf(capture->path, sizeof(capture->path), "%s/%s.%s", directory, name,
		 topology_capture_suffix(t));
	snprintf(capture->filter, sizeof(capture->filter), "%s", t->capture.filter);
}

static int add_captures(struct shaper_config *c, const struct topology *t, const char *directory)
{
	c->captures = calloc((size_t)t->n_ues + 2, sizeof(*c->captures));
	if (!c->captures)
		return -ENOMEM;
	if (t->capture.points.radio || t->capture.points.all)
		add_capture(c, t, directory, CAPTURE_RADIO, -1);
	if (t->capture.points.edge || t->capture.points.all)
		add_capture(c, t, directory, CAPTURE_EDGE, -1);
	for (int i = 0; i < t->n_ues; i++)
		if (t->ue[i].capture)
			add_capture(c, t, directory, CAPTURE_UE, i);
	return 0;
}

static int add_ues(struct shaper_config *c, const struct resolved *r)
{
	c->ues = calloc(r->cell.n_ues, sizeof(*c->ues));
	if (!c->ues)
		return -ENOMEM;
	c->n_ues = r->cell.n_ues;
	for (uint32_t i = 0; i < c->n_ues; i++) {
		address_ue_mac((int)i, c->ues[i].mac);
		c->ues[i].ipv4 = address_ue_ipv4(r->topology->cell.subnet.base, (int)i);
		c->ues[i].radio = r->cell.ues[i];
	}
	return 0;
}

int resolved_shaper(struct shaper_config *out, const struct resolved *r, const char *directory,
		    struct err *err)
{
	const struct topology *t = r->topology;
	*out = (struct shaper_config){.trunk = TESTBED_TRUNK,
				      .edge = TESTBED_EDGE_PORT,
				      .mtu = (uint32_t)t->cell.mtu,
				      .busy_poll = t->shaper.loop == LOOP_POLL,
				      .spin_guard_ns = t->shaper.spin_guard_ns,
				      .spin_share = t->shaper.spin_share,
				      .cpu = t->shaper.cpu,
				      .interval_ns = t->shaper.interval_ns,
				      .cell = r->cell};
	out->cell.ues = NULL;
	out->cell.n_ues = 0;
	address_edge_mac(out->edge_mac);
	counters_path(out->counters, sizeof(out->counters), directory);
	if (add_ues(out, r) == 0 && add_captures(out, t, directory) == 0)
		return 0;
	shaper_config_free(out);
	return err_set(err, ENOMEM, "no memory for %d UEs", t->n_ues);
}
