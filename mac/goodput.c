// SPDX-License-Identifier: BSD-3-Clause
#include "mac/goodput.h"

#include <math.h>

#include "base/clock.h"

#define STEPS 64 // a round trip

// tail[k]: a packet needs more than k transmissions, k = 0 .. m + 1.
static double fill_tail(const struct harq *harq, double tail[HARQ_MAX_RETRANSMISSIONS + 2])
{
	double transmissions = 0;
	tail[0] = 1;
	for (uint32_t k = 0; k <= harq->max_retransmissions; k++) {
		transmissions += tail[k];
		tail[k + 1] = tail[k] * harq->bler[k];
	}
	return transmissions;
}

// How many multiples of the spacing lie in [low, high), from 0 on.
static double count_in(double low, double high, double spacing)
{
	return fmax(ceil(high / spacing), 0) - fmax(ceil(low / spacing), 0);
}

// P(no packet holds up the last by more than y round trips), packets `spacing` round trips apart: packet i
// must be late by at most y + i spacing. log_in_time[k]: of the probability that k retransmissions suffice.
static double in_time(const double *log_in_time, uint32_t max, double y, double spacing)
{
	double log_p = 0;
	for (uint32_t k = 0; k < max; k++) { // y + i spacing in [k, k + 1): at most k retransmissions
		double n = count_in(k - y, k + 1 - y, spacing);
		if (n > 0)
			log_p += n * log_in_time[k];
	}
	return exp(log_p);
}

static double last_late_s(const struct harq *harq, const double *tail, double packet_s)
{
	double round_trip_s = ns_to_s(harq->round_trip_ns), sum = 0;
	uint32_t max = harq->max_retransmissions;
	if (max == 0 || round_trip_s <= 0 || tail[1] <= 0)
		return 0;
	double log_in_time[HARQ_MAX_RETRANSMISSIONS];
	for (uint32_t k = 0; k < max; k++)
		log_in_time[k] = log1p(-tail[k + 1]);
	for (uint32_t i = 0; i < max * STEPS; i++)
		sum += 1 - in_time(log_in_time, max, (i + .5) / STEPS, packet_s / round_trip_s);
	return sum * round_trip_s / STEPS;
}

static double burst_loss(const struct gilbert_elliott *g)
{
	return g->p > 0 ? (g->r * g->good_loss + g->p * g->bad_loss) / (g->p + g->r) : g->good_loss;
}

struct goodput goodput_of(const struct impairment_config *c, double rate_bps, double packet_bits)
{
	double tail[HARQ_MAX_RETRANSMISSIONS + 2];
	double transmissions = fill_tail(&c->harq, tail);
	double arrives =
	    (1 - tail[c->harq.max_retransmissions + 1]) * (1 - c->random) * (1 - burst_loss(&c->bursts));
	struct goodput g = {.bps = rate_bps * arrives / transmissions};
	double jitter_s = c->jitter.kind == JITTER_NONE ? 0 : ns_to_s(c->jitter.mean_ns);
	if (rate_bps > 0)
		g.stream_late_s =
		    last_late_s(&c->harq, tail, transmissions * packet_bits / rate_bps) + jitter_s;
	g.lone_late_s = (transmissions - 1) * ns_to_s(c->harq.round_trip_ns) + jitter_s;
	return g;
}
