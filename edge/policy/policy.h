// SPDX-License-Identifier: BSD-3-Clause
// A policy maps a snapshot of the system to a plan: who cuts where, at which frequency, and which sub-tasks the edge
// batches when. Pure and reentrant: no clock, file, socket or global. Times are seconds after the snapshot's instant,
// sub-tasks and users count from 0, cut = number of sub-tasks that run on the device (0 = everything on the edge).
//
// Model (arXiv 2206.06304 as reconstructed in docs/policies.md): uplink time O_p / R + delay, uplink energy P O_p / R,
// device time V_p / f and energy kappa V_p f^2, edge batch time F_n(b), one batch at a time, no preemption.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "dnn/device.h"

struct snapshot_network {
	char name[32];
	int n_subtasks;          // N
	const double *work_flop; // [N] A_n
	const double *cut_bits;  // [N + 1] O_p: bits uploaded when cut at p (0 = the input); [N] is not uploaded
	int max_batch;
	const double *batch_s;   // [N][max_batch] F_n(b) at [n * max_batch + b - 1]; non-decreasing in b.
				 // Beyond max_batch: extrapolated with the slope of the last two entries (snapshot_batch_s).
};

struct snapshot_user {
	int network;            // index into snapshot.networks
	double rate_bps;        // R: uplink goodput; 0 = no coverage
	double tx_power_w;      // P
	double uplink_delay_s;  // fixed one-way delay added to every upload
	double downlink_s;      // time from the last batch's end until the result is at the UE
	struct device device;   // f_min, f_max, kappa
	double release_s;       // earliest start of local work (when the plan has reached the UE)
	double deadline_s;      // the result must be at the UE by then
};

struct snapshot {
	int n_users, n_networks;
	const struct snapshot_user *users;
	const struct snapshot_network *networks;
	double gpu_free_s; // the edge runs earlier batches until then
	double guard_s;    // an upload is planned to arrive this long before its batch starts
	bool has_edge_dvfs; // J-DOB only: the fields below are set
	int n_edge_freq;
	const double *edge_freq; // [n_edge_freq] relative to the highest (0, 1]
	double edge_static_w, edge_dynamic_w;
};

struct plan_user {
	bool feasible;
	char why[120];       // when not feasible: what stands in the way
	int cut;
	double freq_flops;   // 0 when nothing runs locally
	int group;           // -1 = runs locally
	double compute_start_s, compute_end_s; // local work
	double upload_end_s; // last bit at the edge; = compute_end_s when local
	double finish_s;     // result at the UE
	double compute_j, transmit_j;
};

struct plan_batch {
	int network, subtask, group;
	int n_users;
	int first; // members are plan.members[first .. first + n_users - 1]
	double start_s, duration_s;
};

struct plan {
	bool feasible;   // every user is
	double energy_j; // of the users (plus the edge where the policy charges it: edge_j)
	double edge_j;
	double gpu_end_s; // when the last batch ends; gpu_free_s when there is none
	int n_users, n_batches;
	struct plan_user *users;
	struct plan_batch *batches; // ascending start_s
	int *members;
	int n_members;
	int capacity_users, capacity_batches, capacity_members; // owned storage
};

struct policy {
	const char *name;
	const char *summary; // one line, for help
	// Fills *plan (made by plan_new for at least snapshot.n_users). 0, or a negative errno with a sentence.
	int (*plan)(const struct snapshot *snapshot, struct plan *plan, struct err *err);
};

// All built-in policies, terminated by a NULL name.
extern const struct policy policies[];

// Finds a policy by name; NULL and a sentence that lists the names.
const struct policy *policy_find(const char *name, struct err *err);

// Storage for up to max_users users and the batches of networks of up to max_subtasks; NULL with errno.
struct plan *plan_new(int max_users, int max_subtasks);
void plan_free(struct plan *plan);

// F_n(b) with the stated extrapolation; b >= 1.
double snapshot_batch_s(const struct snapshot_network *net, int n, int b);

// Refuses negative, NaN or inconsistent numbers with the field's path ("users[3].deadline_s is -1: must be > 0").
int snapshot_check(const struct snapshot *snapshot, struct err *err);

// Runs check + policy + (debug builds) the independent plan checker.
int policy_plan(const struct policy *policy, const struct snapshot *snapshot, struct plan *plan, struct err *err);
