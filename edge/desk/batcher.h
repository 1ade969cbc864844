// SPDX-License-Identifier: BSD-3-Clause
// Which batch runs next, and when. Pure: no clock, thread or tensor; the emulated edge and the simulated one
// share it. Five modes:
//
// As planned: batches run in the order of their bookings. A batch starts at the planned instant when
// all its members' inputs are there; it waits up to `patience_ns` past it for a missing one, and then starts
// without. Who was left behind becomes a straggler: its remaining sub-tasks run when nothing else does and no
// booking is due within their expected duration, grouped with other stragglers at the same sub-task.
// Where stragglers are dropped nobody waits past a booking: who is absent then is taken out, and
// batcher_dropped gives it. Where batches start when they are ready, the one with the first booking need not
// wait for it: it starts once its members' inputs are there and nothing runs. Both together are a start
// barrier: all are there, or the time is over.
//
// A task that takes an exit is in the batches before it, and leaves with its result: the rest goes on
// without. One that goes by confidence may leave at an exit before (batcher_leave). A booking may be reckoned
// with fewer than all of its members; when it starts, its duration is that of those who are there.
//
// How many batches run at once is each booking's own business: a booking of one share runs alone, one of G
// shares beside at most G - 1 others that also allow it (a time-shared GPU). A booking that waits for a UE's
// input holds its share meanwhile; one that waits for its member's sub-task before holds none, for the batch
// it waits for does.
//
// The next three keep a queue a sub-task and a network, ignore bookings, and run one batch at a time:
//
// By size: a batch starts when `size` inputs wait at its sub-task, or when no task that is expected at the
// edge can still join them (so that nobody waits forever).
// By timer: when `size` wait, or `timer_ns` after the oldest of them came from its UE. A batch under way thus
// goes on to its next sub-task at once, with whoever waits there.
// By deadline: when `size` wait, or as late as the deadlines allow: batches are laid one behind the other in
// the order of their tightest members (EDF), each with the time of all its remaining sub-tasks, and the first
// starts when any longer wait would break a deadline (a task's time ends where it leaves, and batches shrink
// there), or when they cannot all be kept. A batch takes in no more members than its tightest one can bear.
// Who cannot be in time any more rides along where there is room, and otherwise runs when that breaks
// nobody's deadline or nobody else waits. For inputs that are there, of one network and one cut, with F_n(b)
// = c + beta b, every deadline is kept that any schedule keeps. What comes later is not foreseen: an input
// may need the time that was waited away.
//
// On cores: no batches. Each task has a core for itself from its first sub-task here to its last, as soon as
// one of `cores` is free: first come first served by the arrival of inputs, ties to the lower UE, then to its
// earlier task. So the tasks of one network, one cut and one core are an M/D/1 queue where they come at
// random.
#pragma once

#include <stdbool.h>
#include "edge/desk/record.h"

// A task at the edge, embedded in whatever the caller keeps of it.
struct batch_task {
	int server; // that runs it, for records; 0 = the edge
	int network;
	int n_subtasks;		// that it runs: all of its network, or those before its exit
	int n_network_subtasks; // of its network; 0 = n_subtasks
	int exit;		// from 1; 0 = none
	bool by_confidence;	// it may leave at an exit before, whose answer is as sure as its threshold
	double threshold;	// (dnn/confidence.h)
	double hertz, accuracy; // granted, promised: for records; 0 = not told
	uint32_t ue, id;	// who it is, for records: UE from 1, its task's number
	uint32_t round;		// that planned it, from 1; for records, too
	int64_t due_ns;		// when its last batch must have ended (by deadline)
	int next;		// the sub-task whose input it has or awaits
	bool present;		// that input is here
	bool straggler;		// left behind: no booking waits for it any more
	bool running;		// in a batch under way
	bool has_core;		// on cores: one is its own until it is through
	int64_t present_ns;
	int64_t arrived_ns;			      // its tensor came from the UE
	struct batch_task *next_waiting, *next_known; // the batcher's own
};

// Its present sub-task is the last before its exit.
static inline bool batch_task_leaves(const struct batch_task *t)
{
	return t->exit > 0 && t->next + 1 == t->n_subtasks;
}

// It may leave behind its present sub-task, if there is an exit.
static inline bool batch_task_may_leave(const struct batch_task *t)
{
	return t->by_confidence && t->next + 1 < t->n_subtasks;
}

// The time on the GPU that a plan has given a batch.
struct booking {
	int network, subtask, group;
	int gpu_shares;	  // at most so many batches run at once while this one does; 1 = alone
	double edge_freq; // relative, (0, 1]
	int expected;	  // members that its duration is reckoned with; 0 = all
	int64_t start_ns, duration_ns;
};

struct batch {
	uint32_t id;
	struct booking booking; // of stragglers: now, and the expected duration
	enum batch_reason reason;
	int planned_members, n_members;
	int n_gone;		    // planned members who left before it, sure enough of their answers
	struct batch_task **member; // [n_members]
};

// How much longer than F_n(b) the batch takes: the GPU is shared, and its clock may be lowered.
static inline double batch_slowdown(const struct batch *b)
{
	return b->booking.gpu_shares / b->booking.edge_freq;
}

// What takes alone_ns at full speed with the GPU to itself, as the batch runs.
static inline int64_t batch_slowed_ns(const struct batch *b, int64_t alone_ns)
{
	return (int64_t)((double)alone_ns * batch_slowdown(b));
}

enum batch_mode { BATCH_AS_PLANNED, BATCH_BY_SIZE, BATCH_BY_TIMER, BATCH_BY_DEADLINE, BATCH_ON_CORES };

#define BATCH_MOST_CORES 64

struct batching {
	enum batch_mode mode;
	// Batches are numbered id_first + 1, id_first + 1 + id_step, ..; 0 counts as steps of 1. So several
	// batchers number apart.
	uint32_t id_first, id_step;
	int64_t patience_ns; // as planned: see above; by deadline: the reserve that due_ns already leaves, a
			     // tenth of which is spent on starting early, in case the caller wakes late
	int size; // the most members of a batch that is not planned, 1..BATCH_MAX_MEMBERS; as planned 0 =
		  // those
	int64_t timer_ns;			  // by timer
	int cores;				  // on cores: 1..BATCH_MOST_CORES
	bool drops_stragglers, starts_when_ready; // as planned
};

// "planned", "size", "timer", "deadline", "cores", and NULL: what edge.batching.mode takes, in the order of
// the enum.
extern const char *const batch_mode_names[];

struct batcher;

// Expected run time of a batch, in ns: what a gap between bookings is measured against.
typedef int64_t (*batch_duration_fn)(int network, int subtask, int batch, void *user);

struct batcher *batcher_new(const struct batching *batching, batch_duration_fn duration,
			    void *user); // NULL with errno
void batcher_free(struct batcher *b);

// A task whose remaining sub-tasks will run here, before its input: every task, in every mode. -ENOMEM.
int batcher_expect(struct batcher *b, struct batch_task *task);

// As planned only: adds a planned batch of `n` members; bookings may be added in any order. *id gets its
// number, from 1.
int batcher_book(struct batcher *b, const struct booking *booking, struct batch_task *const *members, int n,
		 uint32_t *id);

// The task's input for task->next has arrived (from the UE).
void batcher_input(struct batcher *b, struct batch_task *task, int64_t now_ns);

// The task's UE is gone: it is taken out of every booking and queue. Not while it is running (check
// task->running, and call then).
void batcher_forget(struct batcher *b, struct batch_task *task);

// A batch to start now (ask again: there may be more), or NULL; then *wake_ns says when to ask again if
// nothing else happens (TIME_NEVER: not at all).
const struct batch *batcher_next(struct batcher *b, int64_t now_ns, int64_t *wake_ns);

// A task that was left behind and is the batcher's no more, since the last batcher_next; NULL = no further
// one.
struct batch_task *batcher_dropped(struct batcher *b);

// A member of a batch under way leaves behind its present sub-task, at this exit (from 1), before its own: it
// is in no later batch, and bookings are reckoned with those who stay. Before batcher_done.
void batcher_leave(struct batcher *b, struct batch_task *task, int exit);

// A batch under way has ended: every member's next sub-task has its input (or the task is through: next ==
// n_subtasks). The batch remains readable until the next batcher_next.
void batcher_done(struct batcher *b, const struct batch *batch, int64_t now_ns);

// When the last of the bookings and the batches under way is expected to end; 0 when there is none.
int64_t batcher_planned_end_ns(const struct batcher *b);

// A time at which the GPU is expected to be taken.
struct batcher_busy {
	int64_t start_ns, end_ns;
};

// The times from now_ns on at which the bookings and the batches under way are expected to take the GPU:
// ascending and apart. Stragglers that wait take none: they run where a gap is long enough. Fills busy[room];
// returns how many there are, at most batcher_planned(b), which is room enough.
int batcher_busy(const struct batcher *b, int64_t now_ns, struct batcher_busy busy[], int room);
int batcher_planned(const struct batcher *b); // bookings and batches under way
bool batcher_idle(const struct batcher *b);   // nothing runs, no booking is left and nobody waits
