// SPDX-License-Identifier: BSD-3-Clause
#include "mac/link.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mac/link_flows.h"

_Static_assert(LINK_MAX_UES *LINK_DIRS <= 1u << HEAP_ID_BITS, "every flow has a number in the heap");

static int check_flow(const struct link_flow_config *flow, uint32_t ue, struct err *err)
{
	if (!isfinite(flow->rate_bps) || flow->rate_bps < 0 || flow->rate_bps > LINK_MAX_RATE_BPS)
		return err_set(err, EINVAL,
			       "link: UE %u has a rate of %g bit/s: it must lie between 0 and %g", ue,
			       flow->rate_bps, LINK_MAX_RATE_BPS);
	if (flow->delay_ns < 0 || flow->delay_ns > LINK_MAX_DELAY_NS)
		return err_set(err, EINVAL,
			       "link: UE %u has a delay of %lld ns: it must lie between 0 and one hour", ue,
			       (long long)flow->delay_ns);
	return 0;
}

static int init_flows(struct link *link, const struct link_config *config, struct err *err)
{
	for (uint32_t i = 0; i < link->n_flows; i++) {
		int rc = check_flow(&config->flows[i], i / LINK_DIRS, err);
		if (rc < 0)
			return rc;
		flow_init(&link->flows[i], &config->flows[i]);
		link_reschedule(link, &link->flows[i]);
	}
	return 0;
}

struct link *link_new(const struct link_config *config, int64_t now, struct err *err)
{
	if (config->n_ues == 0 || config->n_ues > LINK_MAX_UES || now < 0) {
		err_set(err, EINVAL,
			"link: %u UEs at time %lld ns: 1 to %u UEs and a time from 0 on are needed",
			config->n_ues, (long long)now, LINK_MAX_UES);
		return NULL;
	}
	uint32_t n_flows = config->n_ues * LINK_DIRS;
	size_t size = sizeof(struct link) + n_flows * sizeof(struct flow);
	struct link *link = aligned_alloc(_Alignof(struct link), size);
	if (link) {
		memset(link, 0, size);
		link->now_ns = now;
		link->n_flows = n_flows;
	}
	if (!link || heap_init(&link->deliveries, n_flows) < 0) {
		free(link);
		err_set(err, ENOMEM, "link: no memory for %u UEs", config->n_ues);
		return NULL;
	}
	int rc = init_flows(link, config, err);
	if (rc < 0) {
		link_free(link);
		errno = -rc;
		return NULL;
	}
	return link;
}

void link_free(struct link *link)
{
	if (!link)
		return;
	for (uint32_t i = 0; i < link->n_flows; i++)
		flow_free(&link->flows[i]);
	heap_free(&link->deliveries);
	free(link);
}

void link_advance(struct link *link, int64_t now)
{
	// Flows do not depend on each other, so each one is brought up to date when it is looked at.
	if (now > link->now_ns)
		link->now_ns = now;
}

// The flow, brought up to the link's time; NULL for an unknown one.
static struct flow *flow_at(struct link *link, uint32_t ue, enum link_dir dir)
{
	if (ue >= link->n_flows / LINK_DIRS || (unsigned)dir >= LINK_DIRS)
		return NULL;
	struct flow *flow = &link->flows[ue * LINK_DIRS + (unsigned)dir];
	flow_advance(flow, link->now_ns);
	return flow;
}

int link_enqueue(struct link *link, uint32_t ue, enum link_dir dir, uint32_t bytes, uint64_t cookie,
		 int64_t now)
{
	link_advance(link, now);
	struct flow *flow = flow_at(link, ue, dir);
	if (!flow || bytes == 0 || bytes > LINK_MAX_PACKET_BYTES)
		return -EINVAL;
	bool was_idle = !flow_has_transmission(flow);
	int rc = flow_enqueue(flow, bytes, cookie, link->now_ns);
	if (rc == 0 && was_idle)
		link_reschedule(link, flow);
	return rc;
}

int64_t link_next_event(const struct link *link)
{
	return (int64_t)(link->deliveries.node[0] >> 64);
}

size_t link_dequeue(struct link *link, int64_t now, struct link_packet *out, size_t max)
{
	link_advance(link, now);
	size_t n = 0;
	while (n < max && link_next_event(link) <= link->now_ns) {
		uint32_t id = heap_top(&link->deliveries);
		struct flow *flow = &link->flows[id];
		flow_advance(flow, link->now_ns);
		// HARQ or jitter may have put it off.
		if (flow_next_delivery(flow) <= link->now_ns) {
			flow_deliver(flow, &out[n]);
			out[n].ue = id / LINK_DIRS;
			out[n++].dir = id % LINK_DIRS;
		}
		link_reschedule(link, flow);
	}
	return n;
}

int link_set_rate(struct link *link, uint32_t ue, enum link_dir dir, double rate_bps, int64_t now)
{
	link_advance(link, now);
	struct flow *flow = flow_at(link, ue, dir);
	if (!flow || !isfinite(rate_bps) || rate_bps < 0 || rate_bps > LINK_MAX_RATE_BPS)
		return -EINVAL;
	flow_set_rate(flow, rate_bps, fixed_of(link->now_ns));
	link_reschedule(link, flow);
	return 0;
}

double link_rate(const struct link *link, uint32_t ue, enum link_dir dir)
{
	if (ue >= link->n_flows / LINK_DIRS || (unsigned)dir >= LINK_DIRS)
		return 0;
	return link->flows[ue * LINK_DIRS + (unsigned)dir].rate_bps;
}

void link_read_counters(struct link *link, uint32_t ue, enum link_dir dir, int64_t now,
			struct link_counters *out)
{
	link_advance(link, now);
	struct flow *flow = flow_at(link, ue, dir);
	if (flow)
		flow_read_counters(flow, fixed_of(link->now_ns), out);
	else
		*out = (struct link_counters){0};
}

int link_drain(struct link *link, uint64_t *cookie)
{
	for (; link->drain_from < link->n_flows; link->drain_from++) {
		struct flow *flow = &link->flows[link->drain_from];
		if (flow->head != flow->tail) {
			*cookie = flow_entry_at(flow, flow->head++)->cookie;
			return 1;
		}
	}
	return 0;
}
