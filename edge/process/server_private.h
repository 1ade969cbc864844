// SPDX-License-Identifier: BSD-3-Clause
// What the parts of the edge's server share: server_open.c (what it is made of), server.c (sessions and the
// loop), server_rounds.c (requests to slots), server_batches.c (slots to results) and server_meter.c
// (joules).
#pragma once

#include "dnn/worker.h"
#include "edge/process/energy.h"
#include "edge/process/models.h"
#include "edge/process/punctual.h"
#include "edge/process/receiver.h"
#include "edge/process/server.h"
#include "edge/process/session.h"
#include "edge/desk/boundaries.h"

// A batch under way, or room for one.
struct run {
	const struct batch *batch;	    // NULL = free
	struct worker_job job;		    // of a replay: start_ns, end_ns and run_ns alone
	const float *in[BATCH_MAX_MEMBERS]; // the job's
	float *out[BATCH_MAX_MEMBERS];
	struct session *member[BATCH_MAX_MEMBERS]; // in the order of `in`
	struct batch_record record;		   // once it has ended
	struct rows *moved_to; // where its outputs lie side by side; NULL = in the members' own rows
};

struct server {
	const struct edge_config *config;
	const struct policy *policy; // of an online one: what it calls
	void *policy_library;	     // of an outside policy
	struct boundaries *slots;    // of an online policy, else NULL
	enum slot_verdict *verdicts; // [n_ues]
	struct models models;
	struct round_networks networks;
	struct batcher *batcher;
	struct rows_pool *pool;	   // of the tasks' tensors
	struct worker *worker;	   // NULL where batches are replayed
	int64_t replay_wake_ns;	   // of a replay: when its next batch may start, at the latest
	struct receiver *receiver; // of UDP traffic
	struct run *runs;	   // [n_runs + 1]: n_runs batches may run at once while another is delivered
	int n_runs, n_running;
	struct session *sessions;
	int channel, listener, epoll;
	int n_waiting; // sessions whose request waits for its round
	int64_t round_closes_ns;
	struct plan *plan;
	struct session **asked;		// [n_ues] the round's sessions,
	struct round_request *requests; // [n_ues] their requests
	struct message_plan *answers;	// [n_ues] and answers
	struct edge_record totals;
	struct punctual *punctual;
	int64_t answer_late_ns;	    // of the round's plan, beyond what plans allow for
	struct counters *counters;  // of the radio links; from START on
	struct energy_meter *meter; // from START on; NULL = there is none
	bool stopping, orphaned, some_dead, some_urgent;
};

// The UE is lost: its task leaves every batch. The session itself is freed by the loop, when no batch runs
// with its tensors and no event of this turn can mean it any more.
void server_lose(struct server *s, struct session *session, const struct err *why);

// Watches a descriptor for what can be read. what: a session, or the address in *s of what the descriptor is
// of. 0 or -1 with errno.
int server_watch(struct server *s, int fd, void *what);

// Waits for the session's socket to take more, or no longer.
void server_watch_writes(struct server *s, struct session *session);

// A request has come: it waits for its round (or slot), or for server_plan_urgent when it cannot.
void server_admit(struct server *s, struct session *session, int64_t now_ns);

// Plans each request that cannot wait for its slot, alone and at once. An error is the edge's, not the UE's.
int server_plan_urgent(struct server *s, struct err *err);

// The round's requests become a plan, its batches slots, its decisions answers. With an online policy: those
// that a slot's decision lets go.
int server_close_round(struct server *s, struct err *err);

// Starts what may start now, and says when to ask again if nothing else happens.
//
// A replayed batch is no work of this machine but an instant of a processor that runs on by itself: its
// batches start and end at their own times, one after the other, however late the loop wakes up to see it (an
// input that came meanwhile was there when it came). So late wake-ups do not add up along a chain: what is
// late is what leaves for the UE.
int server_run_batches(struct server *s, int64_t *wake_ns, struct err *err);

// The worker has ended batches: they are reported, their members go on to their next sub-task or get their
// results.
int server_finish_batches(struct server *s, struct err *err);

// The run has ended: notes where a profile was not to be relied on or batches differed from it.
void server_note_profiles(const struct server *s);

// A task of the session is answered, its tensor is here, it is through: what its job_record says of it. The
// last two also send it.
void server_note_answer(struct server *s, struct session *session, int64_t late_ns);
void server_note_tensor(struct server *s, struct session *session, const struct message_header *h,
			int64_t now_ns);
void server_note_result(struct server *s, struct session *session);

// The run begins: the meter of what the executor computes on starts, where there is one.
void server_start_meter(struct server *s);

// Puts its reading, or why there is none, into the totals.
void server_read_meter(struct server *s);
