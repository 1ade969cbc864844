// SPDX-License-Identifier: BSD-3-Clause
// CoDel (RFC 8289): drops from the head of a queue when packets have waited longer than `target` for at least
// `interval`, at a pace that rises with the square root of the number of drops. This is the algorithm of the
// RFC's section 5 over any queue; the packets are mac/flow's.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CODEL_TARGET_NS 5000000LL     // RFC 8289, 4.4: 5 ms
#define CODEL_INTERVAL_NS 100000000LL // RFC 8289, 4.3: 100 ms
#define CODEL_MTU_BYTES 1514	      // with no more than one full frame behind it, no packet is dropped

struct codel {
	int64_t target_ns, interval_ns; // the caller's; all below starts at 0
	int64_t first_above_ns; // when the wait will have been above target for an interval; 0 = it is not
	int64_t drop_next_ns;
	uint32_t count, last_count; // drops since the dropping state was entered
	bool dropping;
};

struct codel_queue {
	void *packets;
	// When the packet at the head arrived, and the bytes behind it; false when there is none.
	bool (*head)(void *packets, int64_t *arrived_ns, uint64_t *behind_bytes);
	void (*drop_head)(void *packets);
};

// A packet is about to leave the queue at now: drops from the head what has to go. The queue may be empty
// after it.
void codel_dequeue(struct codel *codel, const struct codel_queue *queue, int64_t now);
