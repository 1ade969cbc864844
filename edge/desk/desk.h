// SPDX-License-Identifier: BSD-3-Clause
// The edge's whole story as a state machine, written once for every host: requests are admitted into rounds
// (or wait for the decision at a slot boundary), a round becomes a plan, the plan becomes answers and planned
// batches, tensors fill the batches, and the last batch of a job gives its result. The edge process
// (edge/process) and the simulator are its hosts.
//
// Pure: no clock, socket, thread or file inside (but for an agent or an outside policy, which desk_open
// reads). The same events give the same actions, whoever the host is: test_desk replays recorded ones.
//
// A host hands in events, and after each takes the actions that it left:
//
//   desk_take(d, &(struct desk_event){.kind = DESK_TENSOR, .now_ns = now, .tensor = {ue, number}}, &err);
//   while (desk_next(d, &action))
//           do what the action says;
//
// Whenever something may be due it says DESK_PLAN until the answer is 0, and then DESK_RUN. desk_plan_due_ns
// and desk_run_due_ns say when to do so if nothing else happens before.
//
// Jobs. The key is the job: a UE, and a number that the UE gives it. A UE may have config->ues[].open_jobs
// open at once; a round is complete when every UE has asked and can ask for no more. Jobs of a UE that arise
// together (config->ues[].burst: by their numbers) are planned together, however long their requests take:
// the round stays open as long as the next one follows within the admission window and what a request takes
// on the radio. A job is open from its
// request to its close, which is the last action about it:
//
//   DESK_ASKED     waits for its round                    request taken
//   DESK_PLANNED   answered; its tensor is to come        after DESK_SEND_PLAN
//   DESK_BATCHING  its tensor is here, or it is through   after DESK_TENSOR
//   DESK_AWAY      a further server has it                after DESK_TENSOR
//   DESK_LEFT      its UE is lost while it is in a batch  after DESK_UE_LOST
//
// A job that the policy does not admit is over with its answer. One that takes an exit leaves the chain of
// batches there, with its result; where exits are taken by confidence, it may at an exit before. Where
// stragglers are dropped (edge/desk/batcher.h), a job whose tensor is absent when its batch starts ends with
// DESK_DROP; its tensor may still come, and is nothing then.
//
// Servers. Batches here are the edge's own. A job whose plan names a further server is handed on when its
// tensor is here: DESK_TELL_SERVER and DESK_FORWARD, over the WAN. There edge/desk/station.h runs it; its
// result comes back as DESK_SERVED, and goes on to the UE. What the desk knows of a server's cores is what it
// has planned for them, set right by every result.
//
// Grants. Where the cell obeys them (DESK_CELL says so) a plan may grant a job hertz for its upload. The
// cell is told before its answer leaves, and they are in force until its tensor is here or its UE is lost; of
// several jobs of a UE, one after another. From the first grant on a UE without one rests with 1 / n of
// DESK_REST_SHARE of the band, enough to ask and to acknowledge; the sum never exceeds the band. Until then
// everyone keeps what the cell gave it.
//
// Errors. An event that breaks a rule (a number twice, a tensor that no plan waits for, a batch that does not
// run, an unknown UE) changes nothing: desk_take returns a negative errno with the sentence. Where planning
// fails (the policy breaks a rule, or asks for more than this edge has) exactly the jobs of that round are
// refused (DESK_REFUSE), and everybody else's go on.
#pragma once

#include "edge/desk/batch_record.h"
#include "edge/desk/boundaries.h"
#include "edge/desk/round.h"
#include "mac/cell.h"

struct desk;

#define DESK_REST_SHARE .05 // of the band, for UEs at rest; policies grant the others' part

enum desk_state { DESK_ASKED, DESK_PLANNED, DESK_BATCHING, DESK_AWAY, DESK_LEFT };

struct desk_job {
	struct batch_task batch; // first: the members of a batch are jobs
	uint32_t id;		 // unique within the desk, from 1
	uint32_t number;	 // its UE's, ascending over the run
	enum desk_state state;
	struct round_request request; // request.ue: 0-based
	int64_t asked_ns;	      // when the request counts as come
	struct message_plan plan;     // once it is planned
	uint32_t first_batch, last_batch;
	struct message_result result; // as far as it has come; the host fills in `computed`
	void *host;		      // the host's own; NULL at first
	// The desk's own.
	double hertz;	  // granted until its tensor is here; 0 = none
	int64_t input_ns; // when it is at its server: as planned, then as it is
	int64_t runs_ns;  // so long there
	enum slot_verdict verdict;
	const struct policy *urgent; // it cannot wait for its slot: plans it alone; else NULL
	struct desk_job *next, *next_made;
};

enum desk_event_kind {
	DESK_RUN_BEGINS, // model time 0 is epoch_ns
	DESK_REQUEST,	 // a UE has a new job
	DESK_TENSOR,	 // the tensor of the planned cut is here
	DESK_PLAN, // plans one round, or decides once, if that is due. Gives 1 when it did: say it again
	DESK_RUN,  // starts all batches that may start now
	DESK_BATCH_ENDED,   // one that DESK_START_BATCH has started; times.end_ns counts as its end
	DESK_SERVED,	    // a further server's result is here
	DESK_UE_LOST,	    // the UE is gone: all its jobs leave
	DESK_RADIO_CHANGED, // what the base station says of a UE's link
	DESK_CELL,	    // the cell's uplink: before the run begins, and when DESK_READ_CELL asks
	DESK_GRANT_REFUSED, // the cell did not do what the last DESK_GRANT says: the desk says all of it anew
	DESK_EVENTS,
};

struct desk_event {
	enum desk_event_kind kind;
	int64_t now_ns; // events of one kind do not go back in time
	union {
		int64_t epoch_ns;
		struct {
			int ue; // 0-based
			uint32_t number;
			struct message_request message;
			int64_t deadline_ns;
			int64_t asked_ns; // when it counts as come: now, or before by what its host was late
		} request;
		struct {
			int ue;
			uint32_t number;
		} tensor;
		struct {
			const struct future_request *future; // when desk_wants_future says so
			int n_future;
		} plan;
		struct {
			uint32_t batch;
			struct batch_times times;
			int64_t alone_ns; // at full speed, with the GPU to itself: what its energy counts
			// [n_leaving] of each member whether it leaves at the exit behind it, sure enough of
			// its answer, before its own exit (batch_task_may_leave). 0 = nobody does.
			const bool *leaving;
			int n_leaving;
		} ended;
		struct {
			int server; // from 1
			int ue;
			uint32_t number, batch; // batch: the last it was in
			struct message_result result;
		} served;
		int lost_ue;
		struct radio_record radio;
		struct {
			bool is_granted; // it obeys DESK_GRANT
			double band_hz, least_hz;
			uint32_t first_ue, n; // the UEs told of; others stay as they were
			const struct cell_ue_state *ue;
		} cell;
	};
};

enum desk_action_kind {
	DESK_START_BATCH,   // batch: run it, and say when it has ended
	DESK_NOTE_ROUND,    // round: a round was planned; its plans follow
	DESK_NOTE_DECISION, // decision: a slot boundary was decided; its rounds follow
	DESK_NOTE_BATCH,    // record: a batch has ended; its results follow
	DESK_GRANT,	    // grant: these UEs have so much of the band, all from one instant on
	DESK_READ_CELL,	    // answer with DESK_CELL, before the next round if that can be
	DESK_SEND_PLAN,	    // job: send job->plan to its UE
	DESK_SEND_RESULT,   // job: send its result
	DESK_TELL_SERVER,   // job: send job->plan to server job->batch.server
	DESK_FORWARD,	    // job: and behind it the tensor of its UE
	DESK_REFUSE,	    // job: it could not be planned; why says the rule
	DESK_DROP,	    // job: its tensor came too late for its batch: tell its UE
	DESK_CLOSE,	    // job: it is over. What the host keeps of it can go
	DESK_ACTIONS,
};

// What an action points to can be read until the next event; a closed job until the next desk_next.
struct desk_action {
	enum desk_action_kind kind;
	struct desk_job *job;
	union {
		const struct batch *batch; // readable until it has ended; its members are jobs (desk_job_of)
		struct {
			struct round_record *record;
			struct desk_job *const *jobs; // [record->n_requests]
			int64_t due_ns;		      // when its clock closed it; 0 = it was not its clock
		} round;
		struct {
			struct decision_record *record;
			int64_t due_ns; // the boundary
		} decision;
		const struct batch_record *record;
		const struct err *why;
		struct {
			const struct cell_share *share; // [n] ascending UEs
			size_t n;
		} grant;
	};
};

// config is copied. networks: what it points to outlives the desk; its batch times may change between events.
// policy: NULL = config->policy names it. 0, or a negative errno with a sentence. The caller frees with
// desk_close.
int desk_open(struct desk **out, const struct edge_config *config, const struct round_networks *networks,
	      const struct policy *policy, struct err *err);
void desk_close(struct desk *d); // NULL is allowed

// 0 (of DESK_PLAN also 1), or a negative errno with a sentence.
int desk_take(struct desk *d, const struct desk_event *event, struct err *err);

// The next action, batches to start before all others; false when there is none.
bool desk_next(struct desk *d, struct desk_action *action);

// When DESK_PLAN and DESK_RUN are due, if nothing else happens; TIME_NEVER = not at all.
int64_t desk_plan_due_ns(const struct desk *d);
int64_t desk_run_due_ns(const struct desk *d);
int64_t desk_due_ns(const struct desk *d); // the earlier of both

// Whether the policy sees the future (clairvoyant deciders), and whether the next DESK_PLAN wants to be told
// of requests that will come.
bool desk_sees_future(const struct desk *d);
bool desk_wants_future(const struct desk *d, int64_t now_ns);

// Nobody waits, no batch runs or is planned, and no further server has a job.
bool desk_idle(const struct desk *d);

// The UE's open job of that number; NULL = none.
struct desk_job *desk_find(const struct desk *d, int ue, uint32_t number);

static inline struct desk_job *desk_job_of(struct batch_task *task)
{
	return (struct desk_job *)task;
}

// A batch under way; NULL = it does not run.
const struct batch *desk_batch(const struct desk *d, uint32_t id);

// The most batches that run at once: 1, or one a job where the policy shares the GPU.
int desk_most_batches(const struct desk *d);

// What it was opened with, as it is now; for stations, which know the same.
const struct edge_config *desk_config(const struct desk *d);
const struct round_networks *desk_networks(const struct desk *d);

// The policy that plans: of an online one what it calls.
const struct policy *desk_policy(const struct desk *d);

// What a UE's message is to the desk, at event->now_ns: DESK_REQUEST, which counts as come now, or
// DESK_TENSOR. -EPROTO with a sentence for any other.
int desk_read(struct desk_event *event, const struct message_header *header, const uint8_t *body,
	      struct err *err);

// And what a further server's message is: DESK_SERVED.
int desk_read_server(struct desk_event *event, int server, const struct message_header *header,
		     const uint8_t *body, struct err *err);

// What DESK_SEND_PLAN, DESK_SEND_RESULT, DESK_REFUSE or DESK_DROP sends to the job's UE, and DESK_TELL_SERVER
// and DESK_FORWARD to its server: the header, and the first *size bytes of the body. Behind them come
// desk_message_rest bytes of the host's: a result's values, a refusal's sentence, a tensor.
struct message_header desk_message(const struct desk *d, const struct desk_action *action,
				   uint8_t bytes[MESSAGE_PLAN_MOST], size_t *size);
uint32_t desk_message_rest(const struct desk *d, const struct desk_action *action);

// The host has seen how long the DESK_PLAN took that left this DESK_NOTE_ROUND or DESK_NOTE_DECISION: it
// stands in the record and in the totals from now on.
void desk_took(struct desk *d, const struct desk_action *note, int64_t took_ns);

// The run's totals so far; the host adds what only it knows.
struct edge_record *desk_totals(struct desk *d);

// Is told every event with what desk_take gave, and every action: what a recording is made of.
struct desk_listener {
	void (*event)(void *user, const struct desk_event *event, int result);
	void (*action)(void *user, const struct desk_action *action);
	void *user;
};
void desk_listen(struct desk *d, const struct desk_listener *listener);
