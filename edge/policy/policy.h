// SPDX-License-Identifier: BSD-3-Clause
// A policy maps a snapshot of the system to a plan: who cuts where, at which frequency, and which sub-tasks
// the edge batches when. Pure and reentrant: no clock, file, socket or global. Times are seconds after the
// snapshot's instant, sub-tasks and jobs count from 0, cut = number of sub-tasks that run on the device (0 =
// everything on the edge). A job is one task of a user.
//
// A plan has two halves. The policy decides: each job's cut, frequency, server and so on, and which batches
// start when. plan_predict, the same for all policies, says what follows: when every stage begins and ends,
// what it costs, and who is in time.
//
// Model (arXiv 2206.06304 as reconstructed in docs/policies.md): uplink time O_p / R + delay, uplink energy P
// O_p / R, device time V_p / f and energy kappa V_p f^2, edge batch time F_n(b), one batch at a time, no
// preemption. Fields beyond it (several servers, exits, variants, grants, shared devices) are 0 or NULL where
// nobody uses them; then the model is exactly that.
//
// This header needs nothing to link: an outside policy (see policy_open) includes it alone.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "dnn/device.h"

enum {
	POLICY_ABI = 5,		   // grows whenever a structure below changes
	POLICY_MAX_SUBTASKS = 256, // of one network
	POLICY_MAX_PARAMETERS = 8,
	POLICY_MAX_SERVERS = 8, // the edge is one of them
};

struct snapshot_network {
	char name[32];
	int n_subtasks;		 // N
	const double *work_flop; // [N] A_n
	const double *cut_bits;	 // [N + 1] O_p, uploaded when cut at p (0 = the input); [N] is not uploaded
	int max_batch;		 // no batch of it is larger, at any server
	// [N][max_batch] F_n(b) of the edge at [n * max_batch + b - 1], not falling in b
	const double *batch_s;
	// Early exits: a job that takes exit e (from 1) is done after exit_subtasks[e - 1] sub-tasks, and
	// leaves its batch there. 0 = none.
	int n_exits;
	const int *exit_subtasks;    // [n_exits] ascending, 1..N - 1
	const double *exit_accuracy; // [n_exits] 0..1; NULL = not told
	double accuracy;	     // of the whole network, 0..1; 0 = not told
};

// A time at which a server is taken.
struct busy {
	double start_s, end_s;
};

struct snapshot_server {
	char name[32]; // in sentences; "" = "the GPU"
	// [n_networks] its F_n(b), laid out like networks[i].batch_s; NULL = those. Always NULL at server 0.
	// Read any server's through snapshot_server_table.
	const double *const *batch_s;
	int cores;     // so many batches run at once, one on each; 0 = a GPU, one batch at a time
	double free_s; // it runs earlier batches until then
	// [cores] and each core until then, where they are not free at once; NULL = all are free from free_s
	// on.
	const double *core_free_s;
	// [n_busy] and again at these times: ascending, one after another. 0 = free for good from free_s on.
	int n_busy;
	const struct busy *busy;
	// The way between the base station and it: transfers to it one after another, in the order in which
	// uploads end. Both 0 at server 0, which stands at the base station.
	double wan_delay_s, wan_bps; // one way; 0 bit/s = no limit
	bool has_power;		     // its power is known, and the fields below are set
	int n_freq;		     // frequencies that a batch may choose; 0 = the highest only
	const double *freq;	     // [n_freq] relative to the highest, (0, 1]
	// A batch at relative frequency x takes F_n(b) / x and costs F_n(b) (static_w / x + dynamic_w x^2).
	double static_w, dynamic_w;
};

struct snapshot_job {
	int network;	       // index into snapshot.networks
	double rate_bps;       // R: uplink goodput; 0 = no coverage
	double tx_power_w;     // P
	double uplink_delay_s; // fixed one-way delay added to every upload
	double downlink_s;     // time from the last batch's end until the result is at the UE
	struct device device;  // f_min, f_max, kappa
	double release_s;      // earliest start of local work (when the plan has reached the UE)
	double deadline_s;     // the result must be at the UE by then
	// [N + 1] O_p as this UE encodes its features; NULL = as its network's cut_bits say. Read it through
	// snapshot_upload_bits.
	const double *upload_bits;
	// Other networks that may serve the job: indices into snapshot.networks. 0 = none.
	int n_variants;
	const int *variants;
	double least_accuracy; // what the job needs, 0..1; 0 = anything
	int device_id; // jobs with the same number share its processor and its uplink, in the plan's order; 0
		       // = a device for this job alone
	// [n_networks][N + 1] time of the first p sub-tasks on a device with one frequency, at device_w; NULL
	// = by work and frequency, as `device` says.
	const double *const *device_s;
	double device_w;
	// What a granted band gives: SNR at any width (linear), or, when that is 0, P g / N_0: the SNR over w
	// hertz is this / w. Both 0: the band is not granted, and rate_bps counts.
	double snr, power_to_noise_hz;
	double reply_bits;    // through the WAN, back from a server that is behind it
	double device_free_s; // its device runs other work until then; uploads need not wait for it
	// Where a job may leave before the exit that it needs, when it is sure enough of its answer: the
	// share of inputs that is expected to be in the batch still beyond each exit. NULL = all.
	const double *goes_on; // [n_exits of its network]
};

struct snapshot {
	int n_jobs, n_networks;
	const struct snapshot_job *jobs;
	const struct snapshot_network *networks;
	double edge_deadline_s; // what comes from the edge must be at its UE by then, too; 0 = no such bound
				// (only the calls of online policies have one)
	double guard_s;		// an upload is planned to arrive this long before its batch starts
	double band_hertz;	// the sum of all grants must not exceed it; 0 = the band is not granted
	int n_servers;		// 1..POLICY_MAX_SERVERS
	struct snapshot_server servers[POLICY_MAX_SERVERS]; // 0 is the edge itself
};

struct plan_job {
	// Decided. policy_plan sets them to: admitted, the job's own network, all of it local, frequency 0,
	// no grant, order 0.
	bool admitted;	   // false: it is not served at all
	int network;	   // the job's, or one of its variants
	int cut;	   // up to the number of sub-tasks that it runs, which is all local
	int exit;	   // 0 = none
	int server;	   // that runs the rest; 0 = the edge
	double freq_flops; // 0 when nothing runs locally, or the device has one frequency
	double
	    hertz; // granted; 0 = rate_bps counts. Jobs of one device share it: of theirs the largest counts
	int order; // on a device that several jobs share: smaller first, all different
	int group; // -1 = runs locally
	// Predicted.
	bool feasible; // in time
	char why[120]; // when not feasible: what stands in the way (a policy may say it); the rest is then
		       // the best effort
	double compute_start_s, compute_end_s; // local work
	double upload_start_s, upload_end_s;   // last bit at its server; = compute_end_s when local
	double edge_start_s, edge_end_s;       // of its first and its last batch; = upload_end_s when local
	double finish_s;		       // result at the UE
	double compute_j, transmit_j;
	double accuracy; // of its network or exit; 0 = not told
};

struct plan_batch {
	// Decided.
	int server, network, subtask, group;
	int n_jobs;
	int first;    // members are plan.members[first .. first + n_jobs - 1]
	int expected; // so many of them are expected to be there still, and its time is theirs; 0 = all
	double start_s;
	double edge_freq; // relative, 1 = the highest; only J-DOB lowers it, and only at server 0
	// Predicted.
	double duration_s;
};

struct plan {
	// Decided: jobs and batches in part, and
	bool edge_charged; // the policy minimises users + edge (J-DOB)
	int gpu_shares; // 1: one batch at a time. G > 1: the GPU is time-shared, up to G batches run at once
			// and each takes G times as long (PS)
	// Predicted.
	bool feasible;	  // every job is
	double energy_j;  // of the users, plus edge_j where edge_charged
	double edge_j;	  // of the batches of those servers whose power is known
	double gpu_end_s; // when the edge's last batch ends; its free_s when there is none
	int n_jobs, n_batches;
	struct plan_job *jobs;
	struct plan_batch *batches; // ascending start_s
	int *members;
	int n_members;
	int capacity_jobs, capacity_batches, capacity_members; // owned storage
};

// What a policy can be told, beside its name: `policy: {name: mine, weight: 2}` in a topology, mine:weight=2
// on a command line. A switch is 0 or 1.
struct policy_parameter {
	const char *name; // lower case and -
	const char *unit; // "" = a number; "switch" = 0 or 1
	double standard, least, most;
	const char *help; // one line
};

struct policy {
	int abi; // POLICY_ABI
	const char *name;
	const char *summary; // one line, for help
	// Decides: fills the decided half of *plan, which policy_plan has emptied and found large enough.
	// self->value holds the parameters. 0, or a negative errno with a sentence.
	int (*plan)(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
		    struct err *err);
	const struct policy_parameter *parameters; // up to a NULL name; NULL = none
	double value[POLICY_MAX_PARAMETERS]; // of each parameter; an outside policy's are set when it is
					     // opened
};

// All built-in policies, terminated by a NULL name.
extern const struct policy policies[];

// Finds a built-in policy by name; NULL and a sentence that lists the names.
const struct policy *policy_find(const char *name, struct err *err);

// Storage for up to max_jobs jobs and the batches of networks of up to max_subtasks; NULL with errno.
struct plan *plan_new(int max_jobs, int max_subtasks);
void plan_free(struct plan *plan);

// [N + 1] O_p of job m.
static inline const double *snapshot_upload_bits(const struct snapshot *snapshot, int m)
{
	const struct snapshot_job *user = &snapshot->jobs[m];
	return user->upload_bits ? user->upload_bits : snapshot->networks[user->network].cut_bits;
}

// [N][max_batch] F_n(b) of a network on a server, laid out like networks[i].batch_s.
static inline const double *snapshot_server_table(const struct snapshot *snapshot, int server, int network)
{
	const double *const *own = snapshot->servers[server].batch_s;
	return own ? own[network] : snapshot->networks[network].batch_s;
}

// F_n(b) of a network, b >= 1, from a server's table. Beyond max_batch, where no plan goes: continued with
// the slope of the last two entries (with one entry: proportionally, as if they ran one after another).
static inline double snapshot_table_batch_s(const struct snapshot_network *net, const double *table, int n,
					    int b)
{
	const double *f = table + (ptrdiff_t)n * net->max_batch;
	if (b <= net->max_batch)
		return f[b - 1];
	double last = f[net->max_batch - 1];
	double slope = net->max_batch > 1 ? last - f[net->max_batch - 2] : last;
	return last + slope * (b - net->max_batch);
}

// F_n(b) at the edge.
static inline double snapshot_batch_s(const struct snapshot_network *net, int n, int b)
{
	return snapshot_table_batch_s(net, net->batch_s, n, b);
}

// F_n(b) at any server.
static inline double snapshot_server_batch_s(const struct snapshot *snapshot, int server, int network, int n,
					     int b)
{
	return snapshot_table_batch_s(&snapshot->networks[network],
				      snapshot_server_table(snapshot, server, network), n, b);
}

// The members whose time a batch takes.
static inline int plan_batch_size(const struct plan_batch *batch)
{
	return batch->expected > 0 ? batch->expected : batch->n_jobs;
}

// How many sub-tasks of its network a job runs, here and there.
static inline int plan_subtasks(const struct snapshot *snapshot, const struct plan_job *user)
{
	const struct snapshot_network *net = &snapshot->networks[user->network];
	return user->exit > 0 ? net->exit_subtasks[user->exit - 1] : net->n_subtasks;
}

// Energy at the relative frequency x of a server that would be busy for alone_s, F_n(b), at full speed.
static inline double edge_busy_j(double static_w, double dynamic_w, double alone_s, double x)
{
	return alone_s * (static_w / x + dynamic_w * x * x);
}

// Whether the policy's plans may have gpu_shares > 1: only the built-in PS. The edge must be able to slow
// batches down.
bool policy_shares_gpu(const struct policy *policy);

// Whether the policy plans jobs that share a device (device_id), in an order. The others are shown each job
// with a device of its own.
bool policy_orders_jobs(const struct policy *policy);

// Whether the policy is one of those that minimise energy within deadlines (docs/policies.md): they leave who
// cannot be served local, and `airbatch offline` compares them.
bool policy_minimises_energy(const struct policy *policy);

// Refuses negative, NaN or inconsistent numbers with the field's path
// ("users[3].deadline_s is -1: must be finite and > 0").
int snapshot_check(const struct snapshot *snapshot, struct err *err);

// Checks the snapshot, lets the policy decide and predicts what follows. Plans of outside policies, and in
// debug builds (AIRBATCH_CHECK_PLANS) all plans, pass through plan_check. 0; -EINVAL for a bad snapshot or
// too small a plan, -EPROTO for a plan that breaks a rule, or what the policy returned.
int policy_plan(const struct policy *policy, const struct snapshot *snapshot, struct plan *plan,
		struct err *err);
