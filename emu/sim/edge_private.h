// SPDX-License-Identifier: BSD-3-Clause
// What the parts of the simulated edge share: edge.c (messages and turns), edge_rounds.c (requests to slots)
// and edge_batches.c (slots to results), as edge/process/server_private.h is for the emulated one.
#pragma once

#include "edge/desk/batcher.h"
#include "edge/desk/boundaries.h"
#include "emu/sim/engine.h"

enum desk_state { DESK_IDLE, DESK_REQUESTED, DESK_PLANNED, DESK_BATCHING };

// A UE's task at the edge.
struct desk {
	struct batch_task batch;
	enum desk_state state;
	struct message_header header; // of the request
	struct round_request request;
	enum slot_verdict verdict; // of the last slot's decision
	struct message_plan plan;
	struct message_result result; // filled in as it goes
	uint32_t last_batch;
};

// A batch under way, or room for one.
struct sim_batch {
	const struct batch *batch;	    // NULL = free
	int64_t since_ns, run_ns, alone_ns; // alone: at full speed, with the GPU to itself
};

struct sim_edge {
	struct edge_config config;
	struct round_networks networks;
	const struct policy *policy; // of an online one: what it calls
	void *policy_library;	     // of an outside policy
	struct boundaries *slots;    // of an online policy, else NULL
	enum slot_verdict *verdicts; // [n_ues]
	struct future_request *future; // [n_ues]
	struct batcher *batcher;
	struct sim_batch *running; // [n_ues] at once, when the policy shares the GPU
	int64_t wake_ns;	   // of the earliest EVENT_EDGE that is scheduled
	struct desk *desks;	   // [n_ues]
	int n_waiting;
	int64_t round_closes_ns;
	struct plan *plan;
	int *asked;			// [n_ues] the round's UEs,
	struct round_request *requests; // [n_ues] their requests,
	struct message_plan *answers;	// [n_ues] the answers,
	struct batch_task **tasks;	// [n_ues] the tasks they become,
	uint32_t *first_batch;		// [n_ues] and the number of each one's first batch
	struct edge_record totals;
};

// All return 0, or a negative errno with the sentence in s->err.

// A request has come: it waits for its round (or slot), or is planned at once when it cannot.
int sim_edge_admit(struct sim *s, uint32_t ue);

// The round's requests become a plan, its batches slots, its decisions answers. With an online policy: those
// that a slot's decision lets go.
int sim_edge_close_round(struct sim *s);

int sim_edge_start_batch(struct sim *s, const struct batch *batch);
