// SPDX-License-Identifier: BSD-3-Clause
// What the edge reports: one record a batch, one summary a run.
#pragma once

#include <stdint.h>
#include <stdio.h>
#include "base/column.h"

#define BATCH_MAX_MEMBERS 256

// Why a batch was started when it was.
enum batch_reason {
	BATCH_PLANNED, // at its planned time, complete
	BATCH_BUSY,    // complete, but its planned time passed while the batch before it still ran
	BATCH_WAITED, // its planned time passed while it waited (at most the guard time) for a member's input
	BATCH_LEFT,   // started without members whose input did not come within the guard time
	BATCH_STRAGGLER, // a member that had been left behind, in a gap between bookings
	BATCH_FULL,	 // as many waited as a batch may have (by deadline, fewer may then be in it)
	BATCH_DRAINED,	 // by size: fewer waited, and nobody who was expected could still join them
	BATCH_TIMER,	 // its oldest member had waited for the timer
	BATCH_DEADLINE,	 // any longer wait would have broken a deadline
	BATCH_LATE,	 // by deadline: none of its members could be in time any more
	BATCH_READY,	 // complete before its planned time, which it need not wait for
	BATCH_TURN,	 // on cores: its one task has a core
	BATCH_REASONS,
};

struct batch_record {
	uint32_t server; // that ran it; 0 = the edge
	uint32_t batch, network, subtask, group, reason;
	uint32_t planned_members, n_members;
	uint32_t exit, n_leaving; // so many of them leave at this exit behind it; 0 = nobody does
	double hertz, accuracy;	  // the members' grants, added up, and their accuracies' mean; 0 = not told
	uint32_t gpu_shares;	  // so many batches may have run at once, each so many times slower
	uint32_t replayed;	  // it was to take profile_ns, whatever this processor does
	double edge_freq;	  // relative
	int64_t planned_start_ns;
	int64_t
	    planned_duration_ns; // with planned_members: what policies plan with (edge/desk/served.h), slowed
	// What the profile says of a batch of n_members here, slowed as it ran: its median and 95th
	// percentile.
	int64_t profile_ns, profile_p95_ns;
	double drift; // what the batches so far took over what the profile says, as plans are made with it
	int64_t start_ns, end_ns; // handed over by the edge's loop; ended
	int64_t noticed_ns; // the loop took note of the end: from start to here is what F_n(b) stands for
	int64_t run_ns;	    // the executor's own figure
	int64_t first_input_ns, last_input_ns; // when the members' inputs were there
	struct {
		uint16_t ue, exit;
		uint32_t task, round;
	} member[BATCH_MAX_MEMBERS]; // only n_members of them are sent
};

#define BATCH_RECORD_SIZE(n)                                                                                 \
	(offsetof(struct batch_record, member) + (n) * sizeof(((struct batch_record *)0)->member[0]))

// What only the edge can say of how late a task was for the host's reasons; sent before the answer of a task
// that stays on its UE, and before any other's result or the word that it was dropped.
struct job_record {
	uint32_t ue, task;	// UE from 1
	int64_t answer_late_ns; // planning, beyond what plans allow for
	int64_t debt_ns;	// at its last batch's end (edge/process/punctual.h)
	// The counters of its UE (mac/counters.h): uplink when its tensor was here, downlink when the result
	// left.
	int64_t up_present_ns, down_present_ns;
	uint64_t up_lost, down_lost; // packets lost or dropped by the model
	// Of a task that was dropped, else 0: when, and how much longer the link would have needed for its
	// tensor, going on as until then.
	int64_t dropped_ns, left_ns;
};

// One decision of the policy: the tasks that were admitted together, planned in one call.
struct round_record {
	uint32_t round;		// from 1
	uint32_t n_requests;	// tasks planned
	uint32_t n_promised;	// of them, those whose deadline the plan meets
	uint32_t n_batches;	// planned
	uint32_t n_admitted;	// tasks that the policy admitted
	double hertz, accuracy; // granted to them in all; their accuracies' mean, 0 = not told
	int64_t at_ns;		// the round closed and the policy was called
	int64_t took_ns;	// until the plan was there; 0 in a simulation
};

// One decision of an online policy: a slot boundary at which tasks were pending.
#define DECISION_MAX_OBSERVATION 769 // of DECIDER_MAX_USERS users, and it fits a channel message

struct decision_record {
	int64_t slot_ns;     // when it was decided: at the boundary, or a little after
	int64_t decide_ns;   // took the decider and the slot rules; 0 in virtual time
	int64_t gpu_left_ns; // busy time of the GPU left
	uint32_t verdict;    // enum slot_verdict of edge/online/slot.h: what was chosen for all
	uint32_t pending, local, call,
	    forced;	     // tasks: before, run locally, handed to the caller, not as chosen
	double threshold_s;  // of a call; 0 = none
	uint32_t has_action; // an agent's
	float action[2];
	uint64_t observation_hash; // FNV-1a of the observation's bytes
	uint32_t n_observation;
	float observation[DECISION_MAX_OBSERVATION]; // only n_observation of them are sent
};

#define DECISION_RECORD_SIZE(n) (offsetof(struct decision_record, observation) + (n) * sizeof(float))

// What the base station tells the edge of one UE's link, from the shaper's own records.
struct radio_record {
	uint32_t ue;							   // 0-based
	double uplink_bps, downlink_bps, uplink_delay_s, downlink_delay_s; // as in struct edge_ue
};

struct link_record;
struct radio_record radio_record_of(const struct link_record *link);

// Why the edge does not listen to a peer (edge/process/terms.h), or to one message of it.
enum edge_refusal {
	REFUSED_FOREIGN,	  // a connection from an address that no UE has
	REFUSED_CROWD,		  // more connections than a UE may have
	REFUSED_EXCLUDED,	  // a connection of a UE that has broken too many rules
	REFUSED_MALFORMED,	  // no message of the protocol
	REFUSED_UNKNOWN,	  // what comes before a connection's hello, or a second one
	REFUSED_IMPOSTOR,	  // of another run or UE than the connection's, or with a wrong secret
	REFUSED_SECOND,		  // a second connection of a UE that has one
	REFUSED_FIGURES,	  // other figures of its device or network than the topology states
	REFUSED_TIME,		  // a task that arose too early or too late, or a deadline beyond the longest
	REFUSED_ORDER,		  // a request too many, a number twice, a tensor that no plan waits for
	REFUSED_BACKLOG,	  // it does not read what is sent to it
	REFUSED_DATAGRAM,	  // a datagram of no UE's traffic
	REFUSED_FOREIGN_DATAGRAM, // a datagram from another address than its UE's
	EDGE_REFUSALS,
};

// "foreign", "crowd", ...: keys of summary.json
extern const char *const edge_refusal_names[EDGE_REFUSALS];

struct edge_record {
	uint64_t refusals[EDGE_REFUSALS]; // by reason
	uint64_t rounds, requests, batches, stragglers, left_behind;
	uint64_t refused;  // requests that could not be planned,
	char refusal[240]; // the first for this reason
	// Tasks that the policy did not admit, and those whose tensor came too late for their batch.
	uint64_t not_admitted, dropped;
	int64_t busy_ns; // sum of batch run times, each divided by the number that shared the GPU
	int64_t run_ns;	 // sum of batch run times
	// What the worker measured itself: from taking each job to having handed it back, over all threads;
	// and its processor time in between. 0 in a simulation, which has no worker.
	int64_t worker_ns, worker_cpu_ns;
	uint64_t copied;    // batches whose inputs lay apart and were gathered
	double energy_j;    // of all batches, modelled (edge/desk/config.h)
	char meter[160];    // what measured the device's energy over the run; "" = nothing did,
	char no_meter[160]; // for this reason
	double metered_j, metered_s;
	uint32_t edge_charged; // the policy minimises it, too
	int64_t plan_max_ns;   // slowest call of the policy
	int64_t plan_sum_ns;
	uint64_t decisions; // of an online policy
	int64_t decide_max_ns, decide_sum_ns;
	char executor[160];
	uint32_t modelled; // the executor replays a profile
};

// What a further server did (edge/desk/station.h).
struct server_record {
	uint32_t server, cores; // from 1
	uint64_t jobs, batches;
	int64_t busy_ns; // of all cores, added up
	int64_t wait_ns; // of all jobs, from the input's arrival to the start
};

const char *batch_reason_name(enum batch_reason reason);

extern const struct column batch_columns[];  // of batches.csv
extern const struct column member_columns[]; // of members.csv
extern const struct column round_columns[];
extern const struct column decision_columns[];

// batches.csv: header row and one row; times in ms after epoch_ns. Negative on a write error.
int batch_csv_header(FILE *f);
int batch_csv_row(FILE *f, const struct batch_record *r, int64_t epoch_ns);

// members.csv: likewise, one row a member of the batch.
int member_csv_header(FILE *f);
int member_csv_rows(FILE *f, const struct batch_record *r);

// rounds.csv: likewise.
int round_csv_header(FILE *f);
int round_csv_row(FILE *f, const struct round_record *r, int64_t epoch_ns);

// decisions.csv likewise. The observation is one field, its numbers separated by blanks, exact as float.
int decision_csv_header(FILE *f);
int decision_csv_row(FILE *f, const struct decision_record *r, int64_t epoch_ns);
