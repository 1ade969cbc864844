// SPDX-License-Identifier: BSD-3-Clause
#include "setup/configs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cache.h"
#include "base/clock.h"
#include "dnn/executor.h"
#include "setup/address.h"
#include "setup/online.h"
#include "ue/life/arrivals.h"

#define MOST_DRAIN_S 2.0
// Datagrams a second that a processor may send before normal tasks: a tenth of it, reckoned with 5 us each.
#define REALTIME_PPS 20000
#define LINGER_MARGIN_S 0.05 // both hosts' stacks, generously

void config_path(char *path, size_t size, const char *directory, const char *label)
{
	snprintf(path, size, "%s/config/%s.json", directory, label);
}

// Takes over `what`.
static int write_json(const struct prepared_run *p, const char *label, json_t *what, struct err *err)
{
	char path[PATH_MAX];
	config_path(path, sizeof(path), p->directory, label);
	int r = what && json_dump_file(what, path, JSON_INDENT(1)) == 0
		    ? 0
		    : err_sys(err, errno, "cannot write %s", path);
	json_decref(what);
	return r;
}

static json_t *mac_json(const uint8_t mac[6])
{
	char text[18];
	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
	return json_string(text);
}

static json_t *file_json(const char *directory, const char *name)
{
	return json_sprintf("%s/%s", directory, name);
}

static json_t *shaper_ue(const struct prepared_run *p, int i)
{
	uint8_t mac[6];
	address_ue_mac(i, mac);
	json_t *ue = assembly_ue_to_json(&p->cell->ues[i]);
	json_object_set_new(ue, "mac", mac_json(mac));
	return ue;
}

// A point's capture; ue: -1 where the point is no UE.
static void add_capture(const struct prepared_run *p, json_t *list, const char *point, int ue,
			const char *name)
{
	const struct topology *t = p->topology;
	const char *suffix = topology_capture_suffix(t), *filter = t->capture.filter;
	json_t *capture = json_pack("{s:s, s:o, s:i, s:s*, s:I, s:s}", "point", point, "path",
				    json_sprintf("%s/%s.%s", p->directory, name, suffix), "snaplen",
				    t->capture.snaplen, "filter", *filter ? filter : NULL, "rotate_bytes",
				    (json_int_t)t->capture.rotate_bytes, "format", suffix);
	if (ue >= 0)
		json_object_set_new(capture, "ue", json_integer(ue));
	json_array_append_new(list, capture);
}

static json_t *captures(const struct prepared_run *p)
{
	const struct topology *t = p->topology;
	json_t *list = json_array();
	char name[16];
	if (t->capture.points.radio || t->capture.points.all)
		add_capture(p, list, "radio", -1, "radio");
	if (t->capture.points.edge || t->capture.points.all)
		add_capture(p, list, "edge", -1, "edge");
	for (int i = 0; i < t->n_ues; i++) {
		snprintf(name, sizeof(name), "ue%d", i + 1);
		if (t->ue[i].capture)
			add_capture(p, list, "ue", i, name);
	}
	return list;
}

static int write_shaper(const struct prepared_run *p, struct err *err)
{
	const struct topology *t = p->topology;
	uint8_t mac[6];
	address_edge_mac(mac);
	json_t *ues = json_array();
	for (int i = 0; i < t->n_ues; i++)
		json_array_append_new(ues, shaper_ue(p, i));
	return write_json(p, "shaper",
			  json_pack("{s:s, s:s, s:o, s:i, s:s, s:I, s:f, s:i, s:o, s:I, s:o, s:o, s:o}",
				    "trunk", TESTBED_TRUNK, "edge", TESTBED_EDGE_PORT, "edge_mac",
				    mac_json(mac), "mtu", t->cell.mtu, "loop",
				    t->shaper.loop == LOOP_POLL ? "poll" : "ppoll", "spin_guard_ns",
				    (json_int_t)t->shaper.spin_guard_ns, "spin_share", t->shaper.spin_share,
				    "cpu", t->shaper.cpu, "counters", file_json(p->directory, "counters"),
				    "interval_ns", (json_int_t)t->shaper.interval_ns, "captures", captures(p),
				    "cell", assembly_config_to_json(p->cell), "ues", ues),
			  err);
}

struct edge_power edge_power_of(const struct topology *t)
{
	struct edge_power p = {
	    .static_w = t->edge.power.static_w, .dynamic_w = t->edge.power.dynamic_w, .n_freq = 1};
	if (t->edge.executor == EXECUTOR_REPLAY)
		p.n_freq = t->edge.frequency_steps;
	for (int i = 0; i < p.n_freq - 1; i++)
		p.freq[i] = t->edge.frequency_min + (1 - t->edge.frequency_min) * i / (p.n_freq - 1);
	p.freq[p.n_freq - 1] = 1;
	return p;
}

struct batching batching_of(const struct topology *t, int max_batch)
{
	static const enum batch_mode modes[] = {[BATCHING_SLOT] = BATCH_BY_SLOT,
						[BATCHING_SIZE] = BATCH_BY_SIZE,
						[BATCHING_TIMER] = BATCH_BY_TIMER,
						[BATCHING_DEADLINE] = BATCH_BY_DEADLINE};
	return (struct batching){.mode = modes[t->edge.batching.mode],
				 .patience_ns = t->edge.guard_ns,
				 .size =
				     t->edge.batching.size < max_batch ? t->edge.batching.size : max_batch,
				 .timer_ns = t->edge.batching.timer_ns};
}

static json_t *batching_json(const struct prepared_run *p)
{
	struct batching b = batching_of(p->topology, p->prepared->max_batch);
	return json_pack("{s:s, s:i, s:f}", "mode", batch_mode_names[b.mode], "size", b.size, "timer_s",
			 ns_to_s(b.timer_ns));
}

static json_t *power_json(const struct topology *t)
{
	struct edge_power p = edge_power_of(t);
	json_t *freqs = json_array();
	for (int i = 0; i < p.n_freq; i++)
		json_array_append_new(freqs, json_real(p.freq[i]));
	return json_pack("{s:f, s:f, s:o}", "static_w", p.static_w, "dynamic_w", p.dynamic_w, "frequencies",
			 freqs);
}

// The hash as text: JSON's integers have a sign.
static json_t *online_json(const struct edge_online *o)
{
	return json_pack("{s:f, s:f, s:f, s:f, s:s, s:o, s:i}", "slot_s", o->slot_s, "offset_s", o->offset_s,
			 "deadline_scale_s", o->deadline_scale_s, "rate_scale_bps", o->rate_scale_bps,
			 "agent", o->agent, "topology_hash", json_sprintf("%016" PRIx64, o->topology_hash),
			 "horizon_slots", o->horizon_slots);
}

static void profile_path(char *path, size_t size, const struct prepared_run *p,
			 const struct prepared_network *n)
{
	const char *name = n->profile ? n->profile->network : "none";
	int same = 0; // several references to networks of one name: other weights, say
	for (const struct prepared_network *before = p->prepared->networks; before < n; before++)
		same += before->profile && strcmp(before->profile->network, name) == 0;
	if (same)
		snprintf(path, size, "%s/profile-%s-%d.csv", p->directory, name, same + 1);
	else
		snprintf(path, size, "%s/profile-%s.csv", p->directory, name);
}

int configs_write_profiles(const struct prepared_run *p, struct err *err)
{
	int r = 0;
	for (int i = 0; r == 0 && i < p->prepared->n; i++) {
		const struct prepared_network *n = &p->prepared->networks[i];
		char profile[PATH_MAX];
		profile_path(profile, sizeof(profile), p, n);
		r = n->profile ? profile_save(n->profile, profile, err) : 0;
	}
	return r;
}

static int write_edge(const struct prepared_run *p, struct err *err)
{
	const struct topology *t = p->topology;
	json_t *networks = json_array(), *ues = json_array();
	struct edge_online online;
	int r = online_config_of(&online, t, p->cell, err);
	r = r < 0 ? r : configs_write_profiles(p, err);
	for (int i = 0; r == 0 && i < p->prepared->n; i++) {
		const struct prepared_network *n = &p->prepared->networks[i];
		char profile[PATH_MAX];
		profile_path(profile, sizeof(profile), p, n);
		json_array_append_new(networks,
				      json_pack("{s:s, s:i, s:s, s:s}", "name", n->name, "weight_seed",
						WEIGHT_SEED, "profile", profile, "samples", n->samples));
	}
	for (int i = 0; i < t->n_ues; i++) {
		struct edge_ue ue =
		    edge_ue_of(&p->radio[i], p->prepared->network_of_ue[i], t->ue[i].features);
		json_array_append_new(ues, json_pack("{s:f, s:f, s:f, s:f, s:i, s:s}", "uplink_bps",
						     ue.uplink_bps, "downlink_bps", ue.downlink_bps,
						     "uplink_delay_s", ue.uplink_delay_s, "downlink_delay_s",
						     ue.downlink_delay_s, "network", ue.network, "features",
						     features_name(ue.features)));
	}
	json_t *edge = json_pack(
	    "{s:I, s:i, s:i, s:i, s:i, s:s, s:s, s:s, s:o, s:f, s:f, s:b, s:o, s:o, s:o, s:b, s:o, s:o}",
	    "run_id", (json_int_t)p->run_id, "port", t->edge.port, "threads", t->edge.threads, "max_batch",
	    p->prepared->max_batch, "mtu", t->cell.mtu, "policy", t->policy, "executor",
	    executor_backend((int)t->edge.executor), "tcp", t->cell.tcp, "counters",
	    file_json(p->directory, "counters"), "admission_window_s", ns_to_s(t->edge.admission_window_ns),
	    "guard_s", ns_to_s(t->edge.guard_ns), "shared_band", band_is_shared(t), "batching",
	    batching_json(p), "power", power_json(t), "online", online_json(&online), "outputs",
	    t->edge.verify, "networks", networks, "ues", ues);
	if (r < 0) {
		json_decref(edge);
		return r;
	}
	return write_json(p, "edge", edge, err);
}

// How long a datagram may still be under way when a UE has sent its last: the queue drained, and the delay.
static double linger_s(const struct prepared_run *p, int ue)
{
	double drained_s =
	    8 * (double)p->topology->cell.queue_bytes / (least_share(p->topology) * p->radio[ue].uplink_bps);
	return (drained_s < MOST_DRAIN_S ? drained_s : MOST_DRAIN_S) + p->radio[ue].longest_way_s +
	       LINGER_MARGIN_S;
}

// The rows of a UE's arrival trace: [[after the epoch, deadline], ...] in ns.
static json_t *trace_json(const struct arrivals *a)
{
	json_t *rows = json_array();
	for (size_t i = 0; i < a->n_trace; i++)
		json_array_append_new(rows, json_pack("[I, I]", (json_int_t)a->trace[i].at_ns,
						      (json_int_t)a->trace[i].deadline_ns));
	return rows;
}

static json_t *arrivals_json(const struct topology *t, int i)
{
	struct arrivals a = topology_arrivals(t, i);
	return json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:i, s:f, s:f, s:o}", "kind",
			 arrivals_kind_name(a.kind), "period_s", a.period_s, "jitter_s", a.jitter_s,
			 "rate_hz", a.rate_hz, "probability", a.probability, "slot_s", a.slot_s, "count",
			 a.count, "deadline_low_s", a.deadline_low_s, "deadline_high_s", a.deadline_high_s,
			 "trace", trace_json(&a));
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

static int write_ue(const struct prepared_run *p, int i, struct err *err)
{
	const struct topology *t = p->topology;
	const struct topology_ue *u = &t->ue[i];
	char label[16], address[INET_ADDRSTRLEN];
	struct in_addr edge = {.s_addr = htonl(address_edge_ipv4(p->topology->cell.subnet.base))};
	inet_ntop(AF_INET, &edge, address, sizeof(address));
	snprintf(label, sizeof(label), "ue%d", i + 1);
	return write_json(
	    p, label,
	    json_pack(
		"{s:i, s:I, s:I, s:I, s:s, s:i, s:s, s:s, s:i, s:s, s:f, s:s, s:o, s:{s:f, s:f, s:f}, "
		"s:f, s:f, "
		"s:f, s:o,"
		" s:{s:f, s:i, s:f, s:b}}",
		"ue", i + 1, "run_id", (json_int_t)p->run_id, "seed", (json_int_t)t->seed, "run",
		(json_int_t)t->run, "edge", address, "port", t->edge.port, "tcp", t->cell.tcp, "network",
		u->network, "weight_seed", WEIGHT_SEED, "features", features_name(u->features),
		"check_tolerance", executor_tolerance(executor_backend((int)t->edge.executor)), "samples",
		p->prepared->networks[p->prepared->network_of_ue[i]].samples, "counters",
		file_json(p->directory, "counters"), "device", "f_min_flops", u->device.f_min_flops,
		"f_max_flops", u->device.f_max_flops, "kappa", topology_device(u).kappa, "tx_power_w",
		sending_power_w(u), "receive_power_w", u->radio.receive_w, "idle_power_w", u->radio.idle_w,
		"arrivals", arrivals_json(t, i), "traffic", "rate_bps", u->traffic.rate_bps, "size_bytes",
		u->traffic.size_bytes, "linger_s", linger_s(p, i), "realtime", sources_sleep_enough(t)),
	    err);
}

int configs_write(const struct prepared_run *p, struct err *err)
{
	char folder[PATH_MAX];
	snprintf(folder, sizeof(folder), "%s/config", p->directory);
	int r = make_dirs(folder, err);
	r = r < 0 ? r : write_shaper(p, err);
	r = r < 0 ? r : write_edge(p, err);
	for (int i = 0; r == 0 && i < p->topology->n_ues; i++)
		r = write_ue(p, i, err);
	return r;
}
