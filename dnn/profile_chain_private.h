// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: whole chains of a network's sub-tasks, run as the edge runs them. b users' inputs are
// decoded, then every sub-task's batch is handed to a worker thread, its end is noticed and the next handed
// over; the tensors at every cut lie as the edge lays them (a matrix for each cut, a row for each user). So a
// sub-task finds its weights as cold as they are in a run, where all the others' came in between, and what
// passes between two sub-tasks is in its time. At an early exit everybody is answered by its head, and all
// sub-tasks behind the first exit take tensors that lie apart, as in a batch that somebody has left: what is
// measured there is the most that heads and compaction cost.
#pragma once

#include "base/disturbance.h"
#include "dnn/executor.h"

struct chain;

// For 1..max_batch users; the executor is prepared by the caller.
int chain_open(struct chain **out, struct executor *e, const struct network *net, int max_batch,
	       struct err *err);
void chain_close(struct chain *c);

// What else the machine did during one chain.
struct chain_evidence {
	struct disturbance since, until;
	int64_t busy_ns, cpu_ns; // of the worker's thread
	int64_t preempted;	 // how often another thread took the processor from it
};

// Runs b users through all sub-tasks. ns[n_subtasks]: from each one's hand-over to the next one's, the last
// to its end. runs_as (may be NULL): [n_subtasks] the batch that each sub-task runs, >= b and <= max_batch:
// padded with the last user's input.
int chain_run(struct chain *c, int b, const int *runs_as, int64_t *ns, struct chain_evidence *evidence,
	      struct err *err);

// The chain's times are of this processor alone: nobody took it, for a moment or for others in the queue.
bool chain_was_undisturbed(const struct chain_evidence *evidence);
