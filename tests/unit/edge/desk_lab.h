// SPDX-License-Identifier: BSD-3-Clause
// A desk for tests: UEs on equal links, one made-up network of LAB_SUBTASKS; and a recording of what a desk
// was told and said, whoever its host was.
#pragma once

#include "edge/desk/desk.h"

// LAB_MOST_TOGETHER: in a batch that nobody planned; LAB_MAX_BATCH: in any.
enum { LAB_UES = 6, LAB_SUBTASKS = 3, LAB_MOST_TOGETHER = 4, LAB_MAX_BATCH = 24 };

struct desk_lab {
	struct edge_ue ues[LAB_UES];
	struct edge_config config;
	struct snapshot_network seen;
	struct round_networks networks;
	struct desk *desk;
	struct confidence *confidence; // of lab_open_sure, else NULL
	const struct confidence *by_network[1];
};

// policy: a name, or where `own` is given what that is called.
void lab_open(struct desk_lab *lab, const char *policy, const struct policy *own, enum batch_mode mode,
	      int open_jobs);

// Instead: the network has exits behind its first and its second sub-task, who is not admitted ends where
// `refuses`, stragglers are dropped, and batches start when they are ready where `ready`.
void lab_open_shrinking(struct desk_lab *lab, const struct policy *own, int open_jobs, bool refuses,
			bool ready);

// Likewise, and whoever needs no more than an exit's accuracy may leave there when it is sure enough.
void lab_open_sure(struct desk_lab *lab, const struct policy *own, int open_jobs, bool ready);

// Its UEs' jobs arise `burst` at a time, and so many may be open.
void lab_open_bursts(struct desk_lab *lab, const char *policy, int burst);
void lab_close(struct desk_lab *lab);

// What a batch of the lab's network takes.
int64_t lab_batch_ns(int subtask, int members);

// A request of a device of 1 GFLOP/s that arises at at_ns.
struct desk_event lab_request(int ue, uint32_t number, int64_t at_ns, int64_t deadline_ns);

// Takes the event and fails the test unless it is accepted.
void lab_tell(struct desk *d, const struct desk_event *event);

struct tape_item;
struct tape {
	struct tape_item *items;
	size_t n, room;
};

// Records from now on.
void tape_listen(struct tape *tape, struct desk *d);

// Tells a desk like the recorded one the same events, and fails the test unless it gives the same answers and
// the same actions, all of them.
void tape_replay(const struct tape *tape, struct desk *d);
void tape_free(struct tape *tape);
