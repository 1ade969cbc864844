// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/nearest.h"
#include "edge/policy/builtin.h"
#include "edge/policy/check.h"
#include "edge/policy/predict.h"

const struct policy policies[] = {
    {POLICY_ABI, "lc", "local computing: everything on the device", plan_lc, NULL, {0}},
    {POLICY_ABI,
     "eo",
     "edge only: raw inputs, served one after another without batching",
     plan_eo,
     NULL,
     {0}},
    {POLICY_ABI,
     "ps",
     "each user partitions alone on an equal share of the GPU, without batching",
     plan_ps,
     NULL,
     {0}},
    {POLICY_ABI,
     "fifo",
     "each user partitions in turn around those before it, without batching",
     plan_fifo,
     NULL,
     {0}},
    {POLICY_ABI,
     "ip-ssa",
     "each user partitions alone, equal sub-tasks share a batch",
     plan_ip_ssa,
     ip_ssa_parameters,
     {[IP_SSA_KEEP_BEST] = 0, [IP_SSA_TIGHTEN] = 0}},
    {POLICY_ABI,
     "ip-ssa:keep-best",
     "ip-ssa that also tries smaller batches with those who gain most",
     plan_ip_ssa,
     ip_ssa_parameters,
     {[IP_SSA_KEEP_BEST] = 1}},
    {POLICY_ABI,
     "ip-ssa:tighten",
     "ip-ssa, then later batches and lower frequencies from the true batch sizes",
     plan_ip_ssa,
     ip_ssa_parameters,
     {[IP_SSA_TIGHTEN] = 1}},
    {POLICY_ABI,
     "ip-ssa-np",
     "ip-ssa without partitioning: the whole network on one side",
     plan_ip_ssa_np,
     NULL,
     {0}},
    {POLICY_ABI,
     "og",
     "the best groups of neighbouring deadlines, each planned by ip-ssa",
     plan_og,
     og_parameters,
     {[OG_GAPS] = 8}},
    {POLICY_ABI,
     "j-dob",
     "least energy of devices and edge: a common cut and edge frequency in each group",
     plan_j_dob,
     j_dob_parameters,
     {[J_DOB_EDGE_DVFS] = 1}},
    {POLICY_ABI,
     "j-dob:no-edge-dvfs",
     "j-dob with the edge at its highest frequency",
     plan_j_dob,
     j_dob_parameters,
     {[J_DOB_EDGE_DVFS] = 0}},
    {POLICY_ABI,
     "j-dob:binary",
     "j-dob that offloads the input or nothing",
     plan_j_dob,
     j_dob_parameters,
     {[J_DOB_EDGE_DVFS] = 1, [J_DOB_BINARY] = 1}},
    {POLICY_ABI,
     "jps",
     "equal jobs of a device: two neighbouring cuts and their order for the least makespan",
     plan_jps,
     pipeline_parameters,
     {[PIPELINE_SERVER] = 0}},
    {POLICY_ABI,
     "jps-plus",
     "jps over all pairs of cuts, with others for the first and the last job",
     plan_jps_plus,
     pipeline_parameters,
     {[PIPELINE_SERVER] = 0}},
    {POLICY_ABI,
     "jps-hetero",
     "different jobs of a device: cuts that balance its processor and its uplink",
     plan_jps_hetero,
     pipeline_parameters,
     {[PIPELINE_SERVER] = 0}},
    {POLICY_ABI,
     "layer-schedule",
     "the cuts of jps-hetero, layer by layer in the best order of a tree",
     plan_layer_schedule,
     pipeline_parameters,
     {[PIPELINE_SERVER] = 0}},
    {POLICY_ABI,
     "local-only",
     "a device's jobs all on the device, at its highest frequency",
     plan_local_only,
     pipeline_parameters,
     {[PIPELINE_SERVER] = 0}},
    {POLICY_ABI,
     "cloud-only",
     "a device's jobs all at the edge, one upload after another",
     plan_cloud_only,
     pipeline_parameters,
     {[PIPELINE_SERVER] = 0}},
    {POLICY_ABI,
     "partition-only",
     "each job's own best cut, first in first out",
     plan_partition_only,
     pipeline_parameters,
     {[PIPELINE_SERVER] = 0}},
    {POLICY_ABI,
     "schedule-only",
     "whole jobs, on the device or at the edge, for the least makespan",
     plan_schedule_only,
     pipeline_parameters,
     {[PIPELINE_SERVER] = 0}},
    {POLICY_ABI,
     "jps-joint",
     "bursts of several devices: the band split and batches shared for the least makespan",
     plan_jps_joint,
     pipeline_joint_parameters,
     {[JOINT_BAND] = 1, [JOINT_BATCHES] = 1}},
    {POLICY_ABI,
     "orch-oracle",
     "device, edge or cloud for each job, and which variant: the least mean response time",
     plan_orch_oracle,
     orch_parameters,
     {[ORCH_THRESHOLD] = 0, [ORCH_SELECTION] = 1}},
    {POLICY_ABI,
     "orch-device-only",
     "whole jobs on their devices at the highest frequency",
     plan_orch_device_only,
     NULL,
     {0}},
    {POLICY_ABI,
     "orch-edge-only",
     "whole jobs at the edge, first come, first served",
     plan_orch_edge_only,
     NULL,
     {0}},
    {POLICY_ABI,
     "orch-cloud-only",
     "whole jobs in the cloud, first come, first served; at the edge without one",
     plan_orch_cloud_only,
     NULL,
     {0}},
    {POLICY_ABI,
     "bsp",
     "best-shelf packing: the most users of one batch, by hertz granted; the whole network",
     plan_bsp,
     bsp_parameters,
     {BSP_UPLOAD_S}},
    {POLICY_ABI,
     "bsp-exit",
     "best-shelf packing with early exits: the batch shrinks where users are done",
     plan_bsp_exit,
     bsp_exit_parameters,
     {BSP_UPLOAD_S, 0, 0, 0, 0, BSP_SPREAD_STANDARD}},
    {POLICY_ABI,
     "bsp-exit:refine",
     "bsp-exit that iterates the sizes of its blocks",
     plan_bsp_exit,
     bsp_exit_parameters,
     {BSP_UPLOAD_S, 0, 1, 0, 0, BSP_SPREAD_STANDARD}},
    {POLICY_ABI,
     "bsp-exit:grow",
     "bsp-exit:refine that then adds users one by one (extension)",
     plan_bsp_exit,
     bsp_exit_parameters,
     {BSP_UPLOAD_S, 0, 0, 1, 0, BSP_SPREAD_STANDARD}},
    {POLICY_ABI,
     "bsp-exit:expected",
     "bsp-exit:grow that reckons with users who leave by confidence (extension)",
     plan_bsp_exit,
     bsp_exit_parameters,
     {BSP_UPLOAD_S, 0, 0, 0, 1, BSP_SPREAD_STANDARD}},
    {POLICY_ABI,
     "bsp-exit-optimal",
     "the most users of one batch with early exits: a pruned tree search",
     plan_bsp_exit_optimal,
     bsp_exact_parameters,
     {BSP_UPLOAD_S, 0, BSP_STEPS}},
    {POLICY_ABI,
     "bsp-exit-classes",
     "the same exactly and fast, by how many users take each exit",
     plan_bsp_exit_classes,
     bsp_exact_parameters,
     {BSP_UPLOAD_S, 0, BSP_STEPS}},
    {POLICY_ABI,
     "batch-only",
     "baseline: one batch without exits, which is bsp",
     plan_batch_only,
     bsp_parameters,
     {BSP_UPLOAD_S}},
    {POLICY_ABI,
     "one-by-one",
     "baseline: the whole network, user after user without batching",
     plan_one_by_one,
     bsp_parameters,
     {BSP_UPLOAD_S}},
    {POLICY_ABI,
     "one-by-one-exit",
     "baseline: user after user without batching, with early exits",
     plan_one_by_one_exit,
     bsp_parameters,
     {BSP_UPLOAD_S}},
    {POLICY_ABI,
     "equal-band",
     "baseline: bsp-exit with equal parts of the band",
     plan_equal_band,
     bsp_parameters,
     {BSP_UPLOAD_S}},
    {POLICY_ABI,
     "random-admission",
     "baseline: one batch with early exits of users who come in random order",
     plan_random_admission,
     bsp_random_parameters,
     {BSP_UPLOAD_S, 0, 1}},
    {0},
};

#ifdef AIRBATCH_CHECK_PLANS
enum { CHECK_BUILTINS = true };
#else
enum { CHECK_BUILTINS = false };
#endif
enum { N_POLICIES = sizeof(policies) / sizeof(policies[0]) - 1 };

const struct policy *policy_find(const char *name, struct err *err)
{
	for (const struct policy *policy = policies; policy->name; policy++)
		if (strcmp(policy->name, name) == 0)
			return policy;
	char names[700] = "";
	for (const struct policy *policy = policies; policy->name; policy++) {
		size_t used = strlen(names);
		if (strchr(policy->name, ':'))
			continue; // a listed choice of parameters; the sentence has no room for them
		snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "", policy->name);
	}
	char near[80];
	struct nearest nearest = nearest_to(name);
	for (const struct policy *policy = policies; policy->name; policy++)
		nearest_offer(&nearest, policy->name);
	err_set(err, ENOENT, "there is no policy '%.60s'; there are %s%s", name, names,
		nearest_text(&nearest, near, sizeof(near)));
	return NULL;
}

bool policy_shares_gpu(const struct policy *policy)
{
	return policy->plan == plan_ps;
}

bool policy_orders_jobs(const struct policy *policy)
{
	return policy->parameters == pipeline_parameters || policy->plan == plan_jps_joint;
}

bool policy_minimises_energy(const struct policy *policy)
{
	static policy_plan_fn *const all[] = {plan_lc,	   plan_eo,	   plan_ps, plan_fifo,
					      plan_ip_ssa, plan_ip_ssa_np, plan_og, plan_j_dob};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (policy->plan == all[i])
			return true;
	return false;
}

static int check_room(const struct snapshot *snapshot, const struct plan *plan, struct err *err)
{
	long long batches = 0;
	for (int m = 0; m < snapshot->n_jobs; m++)
		batches += snapshot->networks[snapshot->jobs[m].network].n_subtasks;
	if (plan->capacity_jobs < snapshot->n_jobs || plan->capacity_batches < batches ||
	    plan->capacity_members < batches)
		return err_set(
		    err, EINVAL,
		    "the plan has room for %d users and %d batches; %d users may need %lld batches",
		    plan->capacity_jobs, plan->capacity_batches, snapshot->n_jobs, batches);
	return 0;
}

static bool is_builtin(const struct policy *policy)
{
	for (int i = 0; i < N_POLICIES; i++)
		if (policy->plan == policies[i].plan)
			return true;
	return false;
}

// What a policy finds: everybody local, nothing batched.
static void empty(const struct snapshot *snapshot, struct plan *plan)
{
	plan->n_jobs = snapshot->n_jobs;
	plan->n_batches = plan->n_members = 0;
	plan->gpu_shares = 1;
	plan->edge_charged = false;
	for (int m = 0; m < snapshot->n_jobs; m++) {
		int network = snapshot->jobs[m].network;
		plan->jobs[m] = (struct plan_job){.admitted = true,
						  .network = network,
						  .cut = snapshot->networks[network].n_subtasks,
						  .group = -1};
	}
}

static int predict(const struct policy *policy, const struct snapshot *snapshot, struct plan *plan,
		   struct err *err)
{
	bool checked = CHECK_BUILTINS || !is_builtin(policy);
	int rc = checked ? plan_check_decisions(snapshot, plan, err) : 0;
	rc = rc ? rc : plan_predict(snapshot, plan, err);
	rc = rc == 0 && checked ? plan_check(snapshot, plan, err) : rc;
	if (rc == -EPROTO)
		err_prefix(err, "policy %s broke a rule", policy->name);
	return rc;
}

int policy_plan(const struct policy *policy, const struct snapshot *snapshot, struct plan *plan,
		struct err *err)
{
	int rc = snapshot_check(snapshot, err);
	rc = rc ? rc : check_room(snapshot, plan, err);
	if (rc < 0)
		return rc;
	empty(snapshot, plan);
	rc = policy->plan(policy, snapshot, plan, err);
	return rc < 0 ? rc : predict(policy, snapshot, plan, err);
}
