// SPDX-License-Identifier: BSD-3-Clause
#include "mac/link.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "mac/deadlines.h"

#define MAX_DELAY_NS (3600 * NS_PER_S)
#define MAX_UES (1u << 20)

// Instants and durations as 64.64 fixed-point nanoseconds: an integer sum never drifts, however many packets
// follow.
typedef unsigned __int128 fixed;
#define FIXED_ONE ((fixed)1 << 64)
// An instant this little past a whole nanosecond (2^-20 ns: rounding of 1e9 / rate over gigabytes) counts as
// that nanosecond.
#define FIXED_SLACK ((fixed)1 << 44)

struct entry {
	int64_t enqueued_ns, start_ns, end_ns;
	uint64_t cookie;
	uint32_t bytes;
};

// A flow's packets lie in one ring, oldest first: [head, tx) are sent and on their way, tx is in
// transmission, (tx, tail) wait. Indices run freely; the ring's size is a power of two.
struct flow {
	struct entry *ring;
	uint32_t capacity, head, tx, tail;
	uint32_t limit_packets;
	uint64_t limit_bytes;
	int64_t delay_ns;
	double rate_bps;
	fixed ns_per_bit;	       // meaningless while the rate is 0
	fixed end;		       // of the transmission at tx, while the rate is above 0
	long double left_bits;	       // of the transmission at tx, while the rate is 0
	fixed airtime;		       // up to busy_from
	fixed busy_from;	       // from here on the running transmission is not in airtime yet
	struct link_counters counters; // all but airtime_ns
};

struct link {
	int64_t now_ns;
	uint32_t n_flows;
	uint32_t drain_from;
	struct deadlines *deliveries; // each flow's next
	struct flow flows[];
};

static fixed fixed_of(int64_t ns)
{
	return (fixed)(uint64_t)ns << 64;
}

// The first whole nanosecond at which `at` has been reached.
static int64_t round_up(fixed at)
{
	return (int64_t)((at + (FIXED_ONE - 1) - FIXED_SLACK) >> 64);
}

static struct entry *entry_at(struct flow *flow, uint32_t index)
{
	return &flow->ring[index & (flow->capacity - 1)];
}

static bool has_transmission(const struct flow *flow)
{
	return flow->tx != flow->tail;
}

static bool is_moving(const struct flow *flow)
{
	return flow->rate_bps > 0 && has_transmission(flow);
}

static int64_t next_delivery(struct flow *flow)
{
	if (flow->head != flow->tx)
		return entry_at(flow, flow->head)->end_ns + flow->delay_ns;
	return is_moving(flow) ? round_up(flow->end) + flow->delay_ns : TIME_NEVER;
}

static void reschedule(struct link *link, struct flow *flow)
{
	deadlines_set(link->deliveries, (uint32_t)(flow - link->flows), next_delivery(flow));
}

// ---- transmission

static void start_transmission(struct flow *flow, fixed at)
{
	struct entry *entry = entry_at(flow, flow->tx);
	entry->start_ns = round_up(at);
	if (flow->rate_bps > 0) {
		flow->busy_from = at;
		flow->end = at + (fixed)(8 * (uint64_t)entry->bytes) * flow->ns_per_bit;
	} else {
		flow->left_bits = 8.0L * entry->bytes;
	}
}

static void finish_transmission(struct flow *flow)
{
	struct entry *entry = entry_at(flow, flow->tx);
	entry->end_ns = round_up(flow->end);
	flow->airtime += flow->end - flow->busy_from;
	flow->counters.packets++;
	flow->counters.bytes += entry->bytes;
	flow->counters.queue_packets--;
	flow->counters.queue_bytes -= entry->bytes;
	flow->tx++;
	if (has_transmission(flow))
		start_transmission(flow, flow->end);
}

static void advance_flow(struct flow *flow, int64_t now)
{
	while (is_moving(flow) && round_up(flow->end) <= now)
		finish_transmission(flow);
}

static void set_rate(struct flow *flow, double rate_bps)
{
	flow->rate_bps = rate_bps >= LINK_MIN_RATE_BPS ? rate_bps : 0;
	if (flow->rate_bps > 0)
		flow->ns_per_bit = (fixed)(1e9L / rate_bps * 0x1p64L);
}

// Freezes the running transmission at now into left_bits.
static void suspend_transmission(struct flow *flow, fixed now)
{
	fixed left = flow->end > now ? flow->end - now : 0;
	flow->left_bits = (long double)left / (long double)flow->ns_per_bit;
	if (now > flow->busy_from)
		flow->airtime += now - flow->busy_from;
}

static void resume_transmission(struct flow *flow, fixed now)
{
	struct entry *entry = entry_at(flow, flow->tx);
	if (flow->left_bits >= 8.0L * entry->bytes)
		entry->start_ns = round_up(now); // it had waited at rate 0
	flow->busy_from = now;
	flow->end = now + (fixed)(flow->left_bits * (long double)flow->ns_per_bit);
}

// ---- the public calls

static int check_flow(const struct link_flow_config *flow, uint32_t ue, struct err *err)
{
	if (!isfinite(flow->rate_bps) || flow->rate_bps < 0 || flow->rate_bps > LINK_MAX_RATE_BPS)
		return err_set(err, EINVAL,
			       "link: UE %u has a rate of %g bit/s: it must lie between 0 and %g", ue,
			       flow->rate_bps, LINK_MAX_RATE_BPS);
	if (flow->delay_ns < 0 || flow->delay_ns > MAX_DELAY_NS)
		return err_set(err, EINVAL,
			       "link: UE %u has a delay of %lld ns: it must lie between 0 and one hour", ue,
			       (long long)flow->delay_ns);
	return 0;
}

static int init_flows(struct link *link, const struct link_config *config, struct err *err)
{
	for (uint32_t i = 0; i < link->n_flows; i++) {
		const struct link_flow_config *from = &config->flows[i];
		int rc = check_flow(from, i / LINK_DIRS, err);
		if (rc < 0)
			return rc;
		struct flow *flow = &link->flows[i];
		flow->limit_bytes = from->limit_bytes;
		flow->limit_packets = from->limit_packets;
		flow->delay_ns = from->delay_ns;
		set_rate(flow, from->rate_bps);
	}
	return 0;
}

struct link *link_new(const struct link_config *config, int64_t now, struct err *err)
{
	if (config->n_ues == 0 || config->n_ues > MAX_UES || now < 0) {
		err_set(err, EINVAL,
			"link: %u UEs at time %lld ns: 1 to %u UEs and a time from 0 on are needed",
			config->n_ues, (long long)now, MAX_UES);
		return NULL;
	}
	uint32_t n_flows = config->n_ues * LINK_DIRS;
	struct link *link =
	    aligned_alloc(_Alignof(struct link), sizeof(*link) + n_flows * sizeof(struct flow));
	struct deadlines *deliveries = deadlines_new(n_flows);
	if (!link || !deliveries) {
		free(link);
		deadlines_free(deliveries);
		err_set(err, ENOMEM, "link: no memory for %u UEs", config->n_ues);
		return NULL;
	}
	*link = (struct link){.now_ns = now, .n_flows = n_flows, .deliveries = deliveries};
	for (uint32_t i = 0; i < n_flows; i++)
		link->flows[i] = (struct flow){0};
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
		free(link->flows[i].ring);
	deadlines_free(link->deliveries);
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
	advance_flow(flow, link->now_ns);
	return flow;
}

static int make_room(struct flow *flow)
{
	if (flow->tail - flow->head < flow->capacity)
		return 0;
	uint32_t capacity = flow->capacity ? 2 * flow->capacity : 16;
	struct entry *ring = capacity ? malloc(capacity * sizeof(*ring)) : NULL;
	if (!ring)
		return -ENOMEM;
	for (uint32_t i = flow->head; i != flow->tail; i++)
		ring[i & (capacity - 1)] = *entry_at(flow, i);
	free(flow->ring);
	flow->ring = ring;
	flow->capacity = capacity;
	return 0;
}

static bool is_full(const struct flow *flow, uint32_t bytes)
{
	return flow->counters.queue_bytes + bytes > flow->limit_bytes ||
	       (flow->limit_packets && flow->counters.queue_packets >= flow->limit_packets);
}

int link_enqueue(struct link *link, uint32_t ue, enum link_dir dir, uint32_t bytes, uint64_t cookie,
		 int64_t now)
{
	link_advance(link, now);
	struct flow *flow = flow_at(link, ue, dir);
	if (!flow || bytes == 0 || bytes > LINK_MAX_PACKET_BYTES)
		return -EINVAL;
	bool full = is_full(flow, bytes);
	if (!full && make_room(flow) < 0)
		return -ENOMEM;
	flow->counters.enqueued_packets++;
	flow->counters.enqueued_bytes += bytes;
	if (full) {
		flow->counters.drops++;
		flow->counters.dropped_bytes += bytes;
		return -ENOBUFS;
	}
	bool was_idle = !has_transmission(flow);
	*entry_at(flow, flow->tail) =
	    (struct entry){.enqueued_ns = link->now_ns, .cookie = cookie, .bytes = bytes};
	flow->tail++;
	flow->counters.queue_packets++;
	flow->counters.queue_bytes += bytes;
	if (was_idle) {
		// The band may be free only a fraction of a nanosecond after now: the last packet's end,
		// rounded up, is now.
		fixed at = fixed_of(link->now_ns);
		start_transmission(flow, flow->end > at ? flow->end : at);
		reschedule(link, flow);
	}
	return 0;
}

int64_t link_next_event(const struct link *link)
{
	return deadlines_first(link->deliveries, NULL);
}

static void deliver(struct flow *flow, uint32_t index, struct link_packet *out)
{
	struct entry *entry = entry_at(flow, flow->head);
	*out = (struct link_packet){.ue = index / LINK_DIRS,
				    .dir = index % LINK_DIRS,
				    .bytes = entry->bytes,
				    .cookie = entry->cookie,
				    .enqueued_ns = entry->enqueued_ns,
				    .start_ns = entry->start_ns,
				    .end_ns = entry->end_ns,
				    .deliver_ns = entry->end_ns + flow->delay_ns};
	flow->counters.delivered_packets++;
	flow->counters.delivered_bytes += entry->bytes;
	flow->head++;
}

size_t link_dequeue(struct link *link, int64_t now, struct link_packet *out, size_t max)
{
	link_advance(link, now);
	size_t n = 0;
	uint32_t index;
	while (n < max && deadlines_first(link->deliveries, &index) <= link->now_ns) {
		struct flow *flow = &link->flows[index];
		advance_flow(flow, link->now_ns);
		deliver(flow, index, &out[n++]);
		reschedule(link, flow);
	}
	return n;
}

int link_set_rate(struct link *link, uint32_t ue, enum link_dir dir, double rate_bps, int64_t now)
{
	link_advance(link, now);
	struct flow *flow = flow_at(link, ue, dir);
	if (!flow || !isfinite(rate_bps) || rate_bps < 0 || rate_bps > LINK_MAX_RATE_BPS)
		return -EINVAL;
	fixed at = fixed_of(link->now_ns);
	if (is_moving(flow))
		suspend_transmission(flow, at);
	set_rate(flow, rate_bps);
	if (is_moving(flow))
		resume_transmission(flow, at);
	reschedule(link, flow);
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
	if (!flow) {
		*out = (struct link_counters){0};
		return;
	}
	*out = flow->counters;
	fixed at = fixed_of(link->now_ns), airtime = flow->airtime;
	if (is_moving(flow) && at > flow->busy_from)
		airtime += at - flow->busy_from;
	out->airtime_ns = round_up(airtime);
}

int link_drain(struct link *link, uint64_t *cookie)
{
	for (; link->drain_from < link->n_flows; link->drain_from++) {
		struct flow *flow = &link->flows[link->drain_from];
		if (flow->head != flow->tail) {
			*cookie = entry_at(flow, flow->head++)->cookie;
			return 1;
		}
	}
	return 0;
}
