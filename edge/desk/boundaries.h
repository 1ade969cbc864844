// SPDX-License-Identifier: BSD-3-Clause
// The edge in slot mode: what edge/desk/round.h is to one-shot policies, for online ones. Requests stay
// pending until a slot boundary's decision (edge/online) lets them go; those that go are planned by
// round_plan, locally ("lc") or by the decider's caller. A request that could not wait for the next boundary
// is told at once. Pure: `now` is handed in; the emulated edge and the simulated one share it.
//
// In a shared band deciders, and the rule of who cannot wait, see every UE with its share when all send; the
// plans of those that go are made with the share of those that upload.
//
// The GPU's busy time is one instant here, the end of all that is planned, for deciders and for their rounds'
// plans alike (round.calendar is NULL): that is the model of edge/online, in which agents are trained and
// futures are searched. The threshold of a call keeps that instant near.
//
// Boundaries fall on model time offset + k slot: tasks that arise at multiples of the slot have reached the
// edge by then.
#pragma once

#include "edge/online/decider.h"
#include "edge/desk/record.h"
#include "edge/desk/round.h"

struct boundaries;

// config->policy names an online policy. networks: what round_plan takes; must outlive it, as config. 0, or a
// negative errno with a sentence.
int boundaries_open(struct boundaries **out, const struct edge_config *config,
		    const struct round_networks *networks, struct err *err);
void boundaries_close(struct boundaries *s); // NULL is allowed

// What the decider calls.
const struct policy *boundaries_caller(const struct boundaries *s);

// Model time 0.
void boundaries_start(struct boundaries *s, int64_t epoch_ns);

// The first boundary after now_ns.
int64_t boundaries_next_ns(const struct boundaries *s, int64_t now_ns);

// NULL when the request can wait for the next boundary, else the policy to plan it alone with, now.
const struct policy *boundaries_urgent(const struct boundaries *s, const struct round_request *request,
				       int64_t now_ns);

// A request that will come, for deciders that see the future.
struct future_request {
	struct round_request request; // request.arrival_ns and deadline_ns: the task's
	int64_t known_ns;	      // when it reaches the edge, after now
};

// True when boundaries_decide wants to be told.
bool boundaries_see_future(const struct boundaries *s);

// Decides for n >= 1 requests. Fills verdict[n], of each request, and all of *record but decide_ns.
int boundaries_decide(struct boundaries *s, const struct round_request *requests, int n, int64_t now_ns,
		      int64_t gpu_free_ns, const struct future_request *future, int n_future,
		      enum slot_verdict verdict[], struct decision_record *record, struct err *err);

// How those of a verdict, LOCAL or CALL, are planned after boundaries_decide: round.policy and
// round.edge_deadline_s.
void boundaries_prepare(const struct boundaries *s, enum slot_verdict verdict, struct round *round);
