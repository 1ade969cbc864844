// SPDX-License-Identifier: BSD-3-Clause
// Packets per second through mac/link (enqueue + dequeue), and how the cost grows with the number of UEs.
// The traffic is open loop: every UE's uplink carries packets of 1500 bytes at 80 % load, evenly spread in
// time.
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "mac/link.h"

#define PACKETS 4000000
#define BYTES 1500
#define RATE_BPS 100e6
#define BURST 32

static struct link *make_link(uint32_t n_ues, int64_t delay_ns)
{
	struct link_flow_config *flows = calloc((size_t)n_ues * LINK_DIRS, sizeof(*flows));
	if (!flows)
		return NULL;
	for (uint32_t i = 0; i < n_ues * LINK_DIRS; i++)
		flows[i] = (struct link_flow_config){
		    .rate_bps = RATE_BPS, .delay_ns = delay_ns, .limit_bytes = 1 << 20};
	struct link *link = link_new(&(struct link_config){.n_ues = n_ues, .flows = flows}, 0, NULL);
	free(flows);
	return link;
}

// Returns wall nanoseconds per packet; -1 when packets went missing.
static double measure(uint32_t n_ues, int64_t delay_ns)
{
	struct link *link = make_link(n_ues, delay_ns);
	if (!link)
		return -1;
	double step_ns = BYTES * 8e9 / RATE_BPS / .8 / n_ues;
	struct link_packet out[BURST];
	uint64_t delivered = 0;
	int64_t begin = clock_now_ns();
	for (uint32_t i = 0; i < PACKETS; i++) {
		int64_t now = (int64_t)(step_ns * i);
		link_enqueue(link, i % n_ues, LINK_UP, BYTES, i, now);
		if (link_next_event(link) <= now)
			delivered += link_dequeue(link, now, out, BURST);
	}
	while (link_next_event(link) != TIME_NEVER)
		delivered += link_dequeue(link, link_next_event(link), out, BURST);
	double each_ns = (double)(clock_now_ns() - begin) / PACKETS;
	link_free(link);
	return delivered == PACKETS ? each_ns : -1;
}

int main(void)
{
	static const uint32_t n_ues[] = {1, 10, 100, 1000};
	static const int64_t delays_ns[] = {0, 5 * NS_PER_MS};
	for (int d = 0; d < 2; d++) {
		double one = 0;
		for (int i = 0; i < 4; i++) {
			double each_ns = measure(n_ues[i], delays_ns[d]);
			if (each_ns < 0) {
				fprintf(stderr, "bench_link: packets are missing\n");
				return 1;
			}
			one = i == 0 ? each_ns : one;
			printf("link delay_ms %lld ues %4u: %6.2f Mpackets/s, %6.1f ns a packet, %.2f x one "
			       "UE\n",
			       (long long)(delays_ns[d] / NS_PER_MS), n_ues[i], 1e3 / each_ns, each_ns,
			       each_ns / one);
		}
	}
	return 0;
}
