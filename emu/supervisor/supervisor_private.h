// SPDX-License-Identifier: BSD-3-Clause
// What the parts of the supervisor share: supervisor.c (start, watch, end), supervisor_messages.c (what
// children say and how they end) and supervisor_control.c (what people ask).
#pragma once

#include "emu/supervisor/live_trial.h"
#include "emu/supervisor/supervisor.h"
#include "records/control.h"
#include "records/progress/progress.h"

enum { SHAPER, EDGE, FIRST_UE };

struct supervisor {
	const struct prepared_run *run;
	struct results *results;
	int n_children; // shaper, edge, ue1, ...
	struct child *children;
	int epoll, signals, log_fd;
	int64_t epoch_ns, end_ns;
	bool interrupted, stop_sent;
	struct err failure;
	bool failed;
	int failure_depth;
	struct control *control;
	struct live_trial trial;
	uint64_t *secrets;	   // [n_ues]
	struct radio_record *told; // [n_ues] what the edge knows of each UE's link
};

// epoll's datum: child index * 2, + 1 for its pidfd; the signal descriptor and the control socket come last.
static inline uint64_t signal_datum(const struct supervisor *s)
{
	return (uint64_t)s->n_children * 2;
}

static inline uint64_t control_datum(const struct supervisor *s)
{
	return (uint64_t)s->n_children * 2 + 1;
}

// Marks the run as failed; the first sentence stays unless a deeper cause becomes known.
void supervisor_fail(struct supervisor *s, const char *label, const char *why);

// Adds a descriptor to the loop's epoll.
int supervisor_watch(struct supervisor *s, int fd, uint64_t what);

// Takes all messages that a child has sent.
void supervisor_read_channel(struct supervisor *s, struct child *c);

// A child's pidfd is readable: takes its last words and reaps it; an end before its time fails the run.
void supervisor_on_exit(struct supervisor *s, struct child *c);

// Opens DIR/control and answers on it.
int supervisor_open_control(struct supervisor *s, struct err *err);
