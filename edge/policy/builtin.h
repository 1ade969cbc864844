// SPDX-License-Identifier: BSD-3-Clause
// The built-in policies: one function, one file and one row of the table in policy.c each. Where a policy
// takes parameters, they are named here in their order.
#pragma once

#include "edge/policy/policy.h"

typedef int policy_plan_fn(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
			   struct err *err);

policy_plan_fn plan_lc, plan_eo, plan_ps, plan_fifo, plan_ip_ssa_np;

enum { IP_SSA_KEEP_BEST, IP_SSA_TIGHTEN };
extern const struct policy_parameter ip_ssa_parameters[];
policy_plan_fn plan_ip_ssa;

enum { OG_GAPS };
extern const struct policy_parameter og_parameters[];
policy_plan_fn plan_og;

enum { J_DOB_EDGE_DVFS, J_DOB_BINARY };
extern const struct policy_parameter j_dob_parameters[];
policy_plan_fn plan_j_dob;

// edge/policy/orchestration/: the fixed strategies take no parameters.
enum { ORCH_THRESHOLD, ORCH_SELECTION };
extern const struct policy_parameter orch_parameters[];
policy_plan_fn plan_orch_oracle, plan_orch_device_only, plan_orch_edge_only, plan_orch_cloud_only;

// edge/policy/pipeline/: all take the same parameters.
enum { PIPELINE_SERVER, PIPELINE_DVFS };
extern const struct policy_parameter pipeline_parameters[];
policy_plan_fn plan_jps, plan_jps_plus, plan_jps_hetero, plan_layer_schedule, plan_local_only,
    plan_cloud_only, plan_partition_only, plan_schedule_only;

// edge/policy/pipeline/joint/
enum { JOINT_BAND, JOINT_BATCHES, JOINT_DVFS };
extern const struct policy_parameter pipeline_joint_parameters[];
policy_plan_fn plan_jps_joint;

// Batching with early exits (bsp/), and the standard values of upload and effort.
#define BSP_UPLOAD_S 0.01
#define BSP_STEPS 1e7
#define BSP_SPREAD_STANDARD 1
extern const struct policy_parameter bsp_parameters[], bsp_exit_parameters[], bsp_exact_parameters[],
    bsp_random_parameters[];
policy_plan_fn plan_bsp, plan_bsp_exit, plan_bsp_exit_optimal, plan_bsp_exit_classes, plan_one_by_one,
    plan_one_by_one_exit, plan_batch_only, plan_equal_band, plan_random_admission;
