// SPDX-License-Identifier: BSD-3-Clause
// One round: the requests that were admitted together become a snapshot, the policy makes a plan of it, the
// plan becomes one answer a task. Pure: `now` is handed in, so the simulator plans with the same function.
//
// What the snapshot leaves the policy is what is left: a task's deadline counts from `now`, shortened by the
// guard; local work can start when the answer has reached the UE; a result needs its way back. Uplink rates
// are goodputs: the radio's rate times the share of tensor bytes in full TCP segments.
#pragma once

#include "dnn/confidence.h"
#include "edge/desk/batcher.h"
#include "edge/desk/config.h"
#include "edge/policy/policy.h"
#include "edge/desk/record.h"
#include "proto/message.h"

// Every answer is allowed this much beside its time on the air: planning, and both hosts' stacks.
#define ROUND_ANSWER_MARGIN_NS 1000000LL

struct round_request {
	int ue; // 0-based
	struct message_request request;
	int64_t deadline_ns;
	int64_t device_free_ns; // earlier jobs of its UE are planned to have the device until then; 0 = none
};

struct round_networks {
	int n;
	const struct snapshot_network *networks; // as served_network makes them
	const double *result_bytes;		 // [n] body of a result message
	// [config->n_servers] of each further server: [n] its F_n(b), laid out like networks[i].batch_s.
	// NULL = all are as fast as the edge.
	const double *const *const *server_batch_s;
	// [n] by which tasks leave early; NULL, or NULL of a network = as planned.
	const struct confidence *const *confidence;
};

// Until when each core of a server is taken by earlier jobs.
struct round_cores {
	int64_t free_ns[BATCH_MOST_CORES];
};

// What a task of this network that needs `least` and leaves at `exit` (0 = the end) at the latest goes by;
// threshold CONFIDENCE_NEVER where exits are as planned.
struct confidence_rule round_rule(const struct round_networks *networks, int network, int exit, double least);

// What is planned together.
struct round {
	const struct edge_config *config;
	const struct policy *policy;
	const struct round_networks *networks;
	const struct round_request *requests; // [n] those of a UE side by side
	int n;
	int n_uploading; // UEs whose tensors of earlier rounds are to come: they share the band, too
	int64_t now_ns;
	int64_t gpu_free_ns; // when the batches planned so far end
	// Its batches leave gaps, and what fits is planned into them; NULL: nothing is planned before
	// gpu_free_ns.
	const struct batcher *calendar;
	double edge_deadline_s; // struct snapshot's; 0 = none
	double grantable_hz;	// of the uplink's band; 0 = the cell obeys no grants
	// [1 + config->n_servers] when the cores of each are free, where it has cores; NULL = now.
	const struct round_cores *cores;
};

// A UE's goodput as policies see it while n_sharing UEs, itself included, have the band.
double round_rate_bps(const struct edge_config *config, int ue, int n_sharing);

// One task as the policy sees it at now_ns while n_sharing UEs, itself included, have the band.
//
// In a shared band each has 1 / n_sharing of the rate, and so of its power: either of the time or of the
// hertz, at the whole band's power density (mac/cell.h). So uploading O bits costs P O / R whatever the
// share.
void round_user(struct snapshot_job *user, const struct edge_config *config,
		const struct round_networks *networks, const struct round_request *request, int n_sharing,
		int64_t now_ns);

// And over a band that the plan grants: rates and sizes are those of whole frames, as a grant's rate is W
// log2(1 + SNR). bits: [n_subtasks + 1] for its sizes from now on.
void round_user_band(struct snapshot_job *user, const struct edge_config *config,
		     const struct round_networks *networks, int ue, int n_sharing, double *bits);

// Jobs of one UE, as round_user made them, that share its device: they go in the policy's order, from when
// all their plans (of plan_bytes each) are there and those of earlier rounds are through. request: of any of
// them.
void round_share_device(struct snapshot_job jobs[], int n, const struct edge_config *config,
			const struct round_request *request, int n_sharing, int64_t plan_bytes,
			int64_t now_ns);

// What an answer takes: more where there is more to decide than cut and frequency.
int64_t round_answer_bytes(const struct edge_config *config, const struct snapshot_network *net,
			   bool is_granted);

// One batch of a plan made at now_ns, as the batcher takes it.
struct booking round_booking(const struct plan *plan, const struct plan_batch *batch, int64_t now_ns);

// The task that an answered request becomes at the edge; id: its task's number. One that is not admitted runs
// nothing here.
struct batch_task round_task(const struct edge_config *config, const struct round_networks *networks,
			     const struct round_request *request, uint32_t id,
			     const struct message_plan *answer);

// Refuses a policy that this edge's batching cannot serve.
int round_check(const struct edge_config *config, const struct policy *policy, struct err *err);

// A job that the policy does not admit is answered as config->refuses says: it ends, or all of it runs on its
// device, as slowly as its deadline allows.
//
// Makes the plan and fills answers[n] (same order; plan->jobs too). 0, or a negative errno with a sentence
// (the policy failed; an infeasible task is no failure: its answer says so).
//
// Shared bands: who shares depends on who uploads, which the plan decides. It is made as if all of the round
// did; where fewer do, again with their number, as long as that brings no more uploads than it counts on.
int round_plan(const struct round *round, struct plan *plan, struct message_plan *answers, struct err *err);

// Hands the round's plan to the batcher: tasks[n] in its order, each as round_task made it. first[n] gets the
// number of each one's first planned batch; 0 = runs locally, or no batch is planned.
int round_enter(struct batcher *batcher, const struct round *round, const struct plan *plan,
		struct batch_task *const tasks[], uint32_t first[], struct err *err);

// The record of a round that was planned within took_ns; number: its own, from 1.
struct round_record round_record_of(uint64_t number, const struct round *round, const struct plan *plan,
				    const struct message_plan *answers, int64_t took_ns);

// The edge's power and frequencies, as policies see them; they point into *power.
void round_power(struct snapshot *snapshot, const struct edge_power *power);

// How many servers there are, the edge's cores where it batches on them, and what each further one and its
// WAN is like; all cores are free.
void round_servers(struct snapshot *snapshot, const struct edge_config *config,
		   const struct round_networks *networks);

// Energy of a batch at the relative frequency x that takes alone_ns, F_n(b), at full speed with the GPU to
// itself.
double round_batch_j(const struct edge_power *power, double x, int64_t alone_ns);
