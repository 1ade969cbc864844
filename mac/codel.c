// SPDX-License-Identifier: BSD-3-Clause
#include "mac/codel.h"

#include <math.h>

// The RFC's dodequeue: has the wait been above target for an interval?
static bool may_drop(struct codel *codel, const struct codel_queue *queue, int64_t now)
{
	int64_t arrived_ns;
	uint64_t behind_bytes;
	if (!queue->head(queue->packets, &arrived_ns, &behind_bytes) || now - arrived_ns < codel->target_ns ||
	    behind_bytes <= CODEL_MTU_BYTES) {
		codel->first_above_ns = 0;
		return false;
	}
	if (codel->first_above_ns == 0) {
		codel->first_above_ns = now + codel->interval_ns;
		return false;
	}
	return now >= codel->first_above_ns;
}

static int64_t control_law(const struct codel *codel, int64_t from_ns)
{
	return from_ns + (int64_t)((double)codel->interval_ns / sqrt(codel->count));
}

static void enter_dropping(struct codel *codel, int64_t now)
{
	// Dropped not long ago: go on at the pace that worked then.
	uint32_t delta = codel->count - codel->last_count;
	codel->count = delta > 1 && now - codel->drop_next_ns < 16 * codel->interval_ns ? delta : 1;
	codel->last_count = codel->count;
	codel->dropping = true;
	codel->drop_next_ns = control_law(codel, now);
}

static void go_on_dropping(struct codel *codel, const struct codel_queue *queue, int64_t now)
{
	while (codel->dropping && now >= codel->drop_next_ns) {
		queue->drop_head(queue->packets);
		codel->count++;
		if (may_drop(codel, queue, now))
			codel->drop_next_ns = control_law(codel, codel->drop_next_ns);
		else
			codel->dropping = false;
	}
}

void codel_dequeue(struct codel *codel, const struct codel_queue *queue, int64_t now)
{
	bool over = may_drop(codel, queue, now);
	if (codel->dropping) {
		codel->dropping = over;
		go_on_dropping(codel, queue, now);
	} else if (over) {
		queue->drop_head(queue->packets);
		may_drop(codel, queue, now);
		enter_dropping(codel, now);
	}
}
