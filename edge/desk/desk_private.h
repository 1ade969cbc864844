// SPDX-License-Identifier: BSD-3-Clause
// What the parts of the desk share: desk_open.c (what it is made of), desk.c (the way of events and actions),
// desk_jobs.c (jobs from their request to their close), desk_admission.c (who is planned when), desk_rounds.c
// (what a plan leads to), desk_batches.c (batches to results), desk_servers.c (jobs of further servers, and
// whose cores are free when), desk_grants.c (who has which part of the band) and desk_messages.c (jobs on the
// wire).
#pragma once

#include "edge/desk/desk.h"

struct desk_ue {
	struct desk_job *jobs; // open ones, ascending number
	int most_jobs;	       // open at once
	int n_jobs, n_asked;   // of them, those that wait for their round
	bool has_asked;	       // some wait, and it can ask for no more
	int burst;	       // jobs that arise together
	bool is_amid;	       // some wait, and others of their burst are to come
	uint32_t last_number, last_dropped;
	int64_t device_free_ns; // when the jobs planned so far are through on its device
	double held_hz;		// of the band, as far as the desk knows; -1 = it does not
};

struct desk_cell {
	bool is_granted;	  // the cell obeys grants
	bool is_ours;		  // a plan has granted: bands are the desk's from then on
	bool is_stale;		  // some UE may not have what it should
	double band_hz, least_hz; // of the uplink, and of a grant above 0
};

struct desk {
	struct edge_config config; // with its own list of UEs
	struct round_networks networks;
	const struct policy *policy;   // of an online one: what it calls
	void *policy_library;	       // of an outside policy
	struct boundaries *boundaries; // of an online policy, else NULL
	struct batcher *batcher;
	struct desk_listener listener;
	struct edge_record totals;

	// Servers with cores.
	struct round_cores *known;  // [1 + n_servers] when the jobs that are through left their cores
	struct round_cores *cores;  // [1 + n_servers] when those cores are free, as far as is known now
	struct desk_job **to_serve; // [most_asked]
	int n_away;

	// Jobs.
	struct desk_ue *ues;			// [n_ues]
	struct desk_job *made, *spare, *closed; // all; those to be used again; the one closed last
	int n_made;
	uint32_t last_id;

	// Rounds.
	int n_waiting, n_ues_asked; // jobs that have asked, UEs that have such jobs and can ask for no more
	bool some_urgent;
	int64_t
	    closes_ns; // the round, or the next slot boundary; TIME_NEVER = to be told by the next DESK_PLAN
	int n_amid;    // UEs in the middle of a burst: the round waits for them,
	int64_t waits_until_ns;	 // until then at most
	int64_t burst_end_ns;	 // the round's last burst was whole then; 0 = none
	enum slot_verdict going; // of a decision: whose round is planned next; SLOT_WAIT = nobody's
	int64_t decided_ns;
	int most_asked; // jobs that a round can have
	struct plan *plan;
	struct desk_job **asked;	// [most_asked] the round's jobs,
	struct round_request *requests; // their requests,
	struct message_plan *answers;	// the answers,
	struct batch_task **tasks;	// the tasks they become,
	uint32_t *first_batch;		// the number of each one's first batch,
	enum slot_verdict *verdicts;	// and what was decided of each
	struct round_record round;
	struct decision_record decision;
	struct err why;

	// Grants.
	struct desk_cell cell;
	struct cell_share *shares; // [n_ues] n_shares of the last DESK_GRANT
	int n_shares;

	// Batches.
	const struct batch **running; // [most_batches], NULL = free
	int most_batches;
	int64_t run_due_ns;
	struct batch_record record; // of the batch that ended last

	// Actions: batches to start, and the others in a ring.
	const struct batch **starts; // [most_batches]
	int n_starts;
	struct desk_action *actions; // [room]
	size_t first_action, n_actions, room;
};

// The desk's own parts: 0, or a negative errno with a sentence.
int desk_request(struct desk *d, const struct desk_event *event, struct err *err);
int desk_tensor(struct desk *d, const struct desk_event *event, struct err *err);
int desk_lost(struct desk *d, int ue, struct err *err);
int desk_plan(struct desk *d, const struct desk_event *event, struct err *err); // 1 when it planned
void desk_run(struct desk *d, int64_t now_ns);
int desk_batch_ended(struct desk *d, const struct desk_event *event, struct err *err);

// Has its server run it from start_ns to end_ns: its cores are known better.
void desk_see_run(struct desk *d, int server, int64_t start_ns, int64_t end_ns);
// Fills d->cores.
void desk_forecast(struct desk *d, int64_t now_ns);
// The job is planned: when it is at its server, and how long it runs there.
void desk_expect_run(struct desk *d, struct desk_job *job);
// Its tensor is here: it is handed on.
void desk_forward(struct desk *d, struct desk_job *job, int64_t now_ns);
int desk_served(struct desk *d, const struct desk_event *event, struct err *err);
double desk_tensor_bits(const struct desk *d, const struct desk_job *job); // of its upload

int desk_see_cell(struct desk *d, const struct desk_event *event, struct err *err);
void desk_grant_refused(struct desk *d);

// The part of the band that a round may grant; 0 = none.
double desk_grantable_hz(const struct desk *d);
// -EPROTO with a sentence when the plan of the round grants more.
int desk_check_grants(const struct desk *d, const struct round *round, struct err *err);
// The plan's grants to the first n of d->asked, which are about to be answered, are in force.
void desk_grant_round(struct desk *d, int n);
// A job of the UE needs its grant no more.
void desk_grant_again(struct desk *d, int ue);
// Jobs of any UEs do.
void desk_grant_all(struct desk *d);
// A round begins to wait: what the cell can do when it closes is asked for, if grants are made.
void desk_ask_cell(struct desk *d);

// There is room for it: desk_take has made it for all that an event can lead to.
void desk_push(struct desk *d, const struct desk_action *action);

#define DESK_ANYBODY (-1)

// d->asked: the jobs that wait and got this verdict of the present decision, by UE and number. Returns how
// many.
int desk_collect(struct desk *d, int verdict);

// A round of the first n of d->asked.
struct round desk_round(const struct desk *d, int n, int64_t now_ns);

// Plans it and answers its jobs, or refuses them. due_ns: when its clock closed the round; 0 = it was not its
// clock.
void desk_plan_round(struct desk *d, const struct round *round, int64_t due_ns);

// The first n of d->asked cannot be planned: d->why.
void desk_refuse(struct desk *d, int n);

// The job asks no more, with its UE's count of those that do.
void desk_stop_asking(struct desk *d, struct desk_job *job);

// The last action about the job; its number can be asked for by desk_find no more.
void desk_end_job(struct desk *d, struct desk_job *job);

// The job that was closed last can be used again.
void desk_recycle(struct desk *d);
