// SPDX-License-Identifier: BSD-3-Clause
// What the parts of the batcher share: batcher.c (batches from their start to their end), batcher_bookings.c
// (as planned), batcher_queues.c (by size, timer and deadline) and batcher_cores.c (on cores).
#pragma once

#include "edge/desk/batcher.h"

// A batch from its planning, or its start, to its end.
struct booked_batch {
	struct batch batch; // first: a batch is the booked one that it came from; batch.member = member
	int64_t end_ns;	    // planned or, where no plan has foreseen it, expected
	struct booked_batch *next;
	struct batch_task *member[];
};

struct batch_queue {
	int network, subtask;
	struct batch_task *first;  // who waits, first the one to be served first
	struct batch_task *cursor; // while a decision by deadline is made: the first it has not laid out
	int n;
	// [n_subtasks + 1 - subtask][size] expected time of this sub-task and all after it, of all after it
	// alone, and so on, in a batch of b at [b - 1] of each.
	const int64_t *rest_ns;
	int size;
};

// What sub-tasks take from the queue's own until a task has run `until` of its network, in batches of n.
static inline int64_t queue_run_ns(const struct batch_queue *q, int until, int n)
{
	return q->rest_ns[n - 1] - q->rest_ns[(until - q->subtask) * q->size + n - 1];
}

// Sub-task k, at or behind the queue's own, in a batch of n.
static inline int64_t queue_step_ns(const struct batch_queue *q, int k, int n)
{
	return queue_run_ns(q, k + 1, n) - queue_run_ns(q, k, n);
}

// The task alone, from here until it leaves.
static inline int64_t queue_alone_ns(const struct batch_queue *q, const struct batch_task *t)
{
	return queue_run_ns(q, t->n_subtasks, 1);
}

struct queued_network {
	int n_subtasks;		   // 0 = nobody was expected yet
	struct batch_queue *queue; // [n_subtasks]
	int64_t *rest_ns;	   // [n_subtasks + 1][size]
};

struct batcher {
	struct batching batching;
	batch_duration_fn duration;
	void *user;
	uint32_t last_id;
	struct booked_batch *running, *ended; // ended: until the next batcher_next
	struct booked_batch *single;	      // room for a batch that no plan has foreseen, which runs alone
	// As planned:
	struct booked_batch *bookings; // ascending start
	int64_t free_since_ns;	       // when the last batch ended
	struct batch_task *stragglers; // all left-behind tasks that are not through, oldest first
	struct batch_task *dropped;    // or those that nobody has been told of
	// Otherwise:
	struct queued_network *networks; // [n_networks]
	int n_networks;
	struct batch_task *known; // expected and not through
	// On cores:
	struct batch_task *line;	 // who waits, the first to be served first
	struct booked_batch *idle_cores; // room for a batch of one on each
};

uint32_t batcher_number(struct batcher *b); // of a new batch

// Starts a batch: its members run from now on.
const struct batch *batcher_run(struct batcher *b, struct booked_batch *s);

const struct batch *bookings_next(struct batcher *b, int64_t now_ns, int64_t *wake_ns);
void bookings_forget(struct batcher *b, const struct batch_task *task);
void bookings_leave(struct batcher *b, const struct batch_task *task);
bool bookings_idle(const struct batcher *b);
void bookings_free(struct batcher *b);
void bookings_member_done(struct batcher *b, struct batch_task *task);

const struct batch *queues_next(struct batcher *b, int64_t now_ns, int64_t *wake_ns);
int queues_expect(struct batcher *b, struct batch_task *task);
void queues_input(struct batcher *b, struct batch_task *task);
void queues_forget(struct batcher *b, const struct batch_task *task);
bool queues_idle(const struct batcher *b);
void queues_free(struct batcher *b);

int cores_open(struct batcher *b); // -ENOMEM
const struct batch *cores_next(struct batcher *b, int64_t now_ns);
void cores_input(struct batcher *b, struct batch_task *task);
void cores_forget(struct batcher *b, const struct batch_task *task);
void cores_ended(struct batcher *b, struct booked_batch *s); // its core is idle
bool cores_idle(const struct batcher *b);
void cores_free(struct batcher *b);

// Steps through the queues that are not empty: NULL begins, NULL ends.
struct batch_queue *queues_step(const struct batcher *b, const struct batch_queue *q);

// A batch that may start: the first of its queue that can be in time for `due_ns`, up to n of them.
struct choice {
	struct batch_queue *queue; // NULL = none
	int n;
	enum batch_reason reason;
	int64_t since_ns; // when it could have started, had the GPU been free
	int64_t due_ns;	  // of its tightest member; INT64_MAX where deadlines do not matter
};

// The batch to start now, or when to look again.
struct choice choice_make(const struct batcher *b, int64_t now_ns, int64_t *wake_ns);
struct choice choice_by_deadline(const struct batcher *b, int64_t now_ns, int64_t *wake_ns);

// Even alone, at once and with all of the reserve the task would be late.
bool choice_is_late(const struct batcher *b, const struct batch_queue *q, const struct batch_task *t,
		    int64_t now_ns);

// When the last of the queue's first n came.
int64_t choice_complete_since_ns(const struct batch_queue *q, int n);
