// SPDX-License-Identifier: BSD-3-Clause
// What the parts of the edge's process share: opening.c (what it is made of), server.c (the loop),
// connections.c (sessions), actions.c (what the desk says), placement.c (a round's tensors), batches.c (the
// worker), replay.c, hosted_record.c (lateness), meter.c (joules) and profile_notes.c.
#pragma once

#include "dnn/worker.h"
#include "edge/desk/desk.h"
#include "edge/process/energy.h"
#include "edge/process/hosted.h"
#include "edge/process/models.h"
#include "edge/process/punctual.h"
#include "edge/process/receiver.h"
#include "edge/process/refusals.h"
#include "edge/process/server.h"
#include "edge/process/session.h"

// A batch under way, or room for one.
struct run {
	const struct batch *batch;	    // NULL = free
	struct worker_job job;		    // of a replay: start_ns, end_ns and run_ns alone
	const float *in[BATCH_MAX_MEMBERS]; // the job's
	float *out[BATCH_MAX_MEMBERS];
	const float *leaves[BATCH_MAX_MEMBERS]; // of those who leave behind it
	float *answer[BATCH_MAX_MEMBERS];
	struct hosted *member[BATCH_MAX_MEMBERS]; // in the order of `in`
	struct rows *moved_to; // where its outputs lie side by side; NULL = in the members' own rows
};

struct server {
	const struct edge_config *config;
	struct models models;
	struct round_networks networks;
	struct desk *desk;
	struct edge_record *totals; // the desk's
	struct rows_pool *pool;	    // of the jobs' tensors
	struct worker *worker;	    // NULL where batches are replayed
	int64_t replay_wake_ns;	    // of a replay: when its next batch may start, at the latest
	struct receiver *receiver;  // of UDP traffic
	struct run *runs;	    // [n_runs + 1]: n_runs batches may run at once while another is delivered
	int n_runs, n_running;
	struct run *ended; // the one that is delivered
	int64_t run_at_ns; // of the DESK_RUN whose batches are being started
	struct session *sessions;
	struct session **of_ue; // [n_ues] the UE's connection, NULL = it has none
	int channel, listener, epoll;
	int spare;	   // descriptor
	uint64_t *secrets; // [n_ues] the UEs', as the supervisor said
	int64_t epoch_ns;  // the run's begin; TIME_NEVER before it is known
	struct refusals refusals;
	struct punctual *punctual;
	int64_t planned_ns, took_ns; // when the last DESK_PLAN was, and how long it took
	int64_t answer_late_ns;	     // of the round's plan, beyond what plans allow for
	struct counters *counters;   // of the radio links; from RUN_BEGINS on
	struct energy_meter *meter;  // likewise; NULL = there is none
	struct asking *asking;	     // the cell; NULL = there is none that answers
	bool stopping, orphaned, some_dead;
};

// Tells the desk, and does what it says; of DESK_PLAN 1 when it planned.
int server_tell(struct server *s, const struct desk_event *event, struct err *err);
int server_do_actions(struct server *s, struct err *err);

// The cell, where the supervisor has given the edge a way to ask it: 0, or a negative errno with a sentence.
int server_open_asking(struct server *s, struct err *err);
void server_close_asking(struct server *s);
// DESK_READ_CELL and DESK_GRANT. The desk hears the answers as DESK_CELL and DESK_GRANT_REFUSED.
void server_read_cell(struct server *s, uint32_t first_ue);
void server_grant(struct server *s, const struct cell_share *shares, size_t n);
int server_take_answer(struct server *s, struct err *err);

// Takes connections.
void server_accept(struct server *s);

// Reads and writes what a session's events allow.
void server_serve(struct server *s, struct session *session, uint32_t events);

// The connection ends: the desk loses the UE. server_bury_dead frees the session, when no event of this turn
// of the loop can mean it any more.
void server_lose(struct server *s, struct session *session, const struct err *why);
void server_bury_dead(struct server *s);

// Likewise of a UE that broke a rule: it gets the sentence before it is lost.
void server_refuse(struct server *s, struct session *session, enum edge_refusal reason,
		   const struct err *why);

// Waits for the session's socket to take more, or no longer.
void server_watch_writes(struct server *s, struct session *session);

// Watches a descriptor for what can be read. what: a session, or the address in *s of what the descriptor is
// of. 0 or -1 with errno.
int server_watch(struct server *s, int fd, void *what);

// Each job of a round gets its place in memory, beside those it is batched with (job->host).
int server_place(struct server *s, struct desk_job *const jobs[], int n, struct err *err);

// Hands a batch to the worker or begins its replay: DESK_START_BATCH.
int server_start_batch(struct server *s, const struct batch *batch, struct err *err);

// The batch of s->ended is noted: DESK_NOTE_BATCH.
void server_note_batch(struct server *s, const struct batch_record *record);

// Starts what may start now, and says when to ask again if nothing else happens.
//
// A replayed batch is no work of this machine but an instant of a processor that runs on by itself: its
// batches start and end at their own times, one after the other, however late the loop wakes up to see it (an
// input that came meanwhile was there when it came). So late wake-ups do not add up along a chain: what is
// late is what leaves for the UE.
int server_run_batches(struct server *s, int64_t *wake_ns, struct err *err);

// Of batches.c and replay.c: the profile's median as the batch runs; its replay begins (at s->run_at_ns);
// replays end and start until now; a batch has ended, and its rows and the desk know; its run is free again;
// what may start at at_ns starts.
int64_t server_profile_ns(const struct server *s, const struct batch *batch);
void server_replay(struct server *s, struct run *run);
int server_replay_until(struct server *s, int64_t now_ns, int64_t *wake_ns, struct err *err);
int server_conclude(struct server *s, struct run *run, int64_t now_ns, struct err *err);
void server_make_free(struct server *s, struct run *run);
int server_start_all(struct server *s, int64_t at_ns, struct err *err);

// The worker has ended batches: the next ones start, then records and results leave.
int server_finish_batches(struct server *s, struct err *err);

// A job is answered, its tensor is here, it is through or dropped: what its job_record says of it. The first
// of a local job and the last of any other also send it.
void server_note_answer(const struct server *s, const struct desk_job *job);
void server_note_tensor(const struct server *s, const struct desk_job *job, int64_t sent_ns, int64_t now_ns);
void server_note_result(const struct server *s, const struct desk_job *job);
void server_note_drop(const struct server *s, const struct desk_job *job);

// The run has ended: notes where a profile was not to be relied on or batches differed from it.
void server_note_profiles(const struct server *s);

// The run begins: the meter of what the executor computes on starts, where there is one.
void server_start_meter(struct server *s);

// Puts its reading, or why there is none, into the totals.
void server_read_meter(struct server *s);
