// SPDX-License-Identifier: BSD-3-Clause
// The columns of tasks.csv, in the order of task_csv_row.
#include "ue/life/record.h"

#define STAGE(stage, what)                                                                                   \
	{stage "_ms", "ms", what},                                                                           \
	{                                                                                                    \
		"plan_" stage "_ms", "ms", "the same as the policy planned it"                               \
	}

const struct column task_columns[] = {
    {"ue", "", "UE, from 1"},
    {"task", "", "task of this UE, from 1"},
    {"sample", "", "which of the prepared inputs it infers"},
    {"outcome", "",
     "done: the result is at the UE; failed: connection lost or it could not be planned; cut-short: the run "
     "ended first; refused: the policy did not admit it; dropped: its tensor came too late for its batch"},
    {"cut", "", "sub-tasks computed on the UE; the rest ran at the edge"},
    {"subtasks", "", "sub-tasks that it runs: all of the network, or those before its exit"},
    {"group", "", "the policy's group of users that share batches; -1 = none"},
    {"largest_batch", "", "users in the largest batch it was part of; 0 = none"},
    {"promised", "", "1 = the plan met the deadline"},
    {"met", "", "1 = the result came by the deadline"},
    {"arrival_ms", "ms", "when the task arose, after model time 0"},
    {"deadline_ms", "ms", "time allowed from arrival to result"},
    {"latency_ms", "ms", "from arrival to result; the six stages below add up to it"},
    {"plan_latency_ms", "ms", "the same as planned"},
    STAGE("plan", "request, admission, policy, answer, waiting for the planned start"),
    STAGE("local", "the sub-tasks on the UE's modelled processor"),
    STAGE("upload", "first byte into the UE's socket to the last out of its server's; to a further server "
		    "over the WAN, too"),
    STAGE("wait", "for the planned time of its first batch"),
    STAGE("batch", "from the start of its first batch to the end of its last"),
    STAGE("result", "from its server to the UE"),
    {"batch_run_ms", "ms", "run time of its batches within the batch stage; the rest is idling between them"},
    {"work_mflop", "MFLOP", "work of the local part"},
    {"freq_gflops", "GFLOP/s", "the processor's speed for it"},
    {"upload_bits", "bit", "the tensor at the cut"},
    {"airtime_ms", "ms", "uplink airtime of the UE from upload start to result, as the shaper counted it"},
    {"compute_mj", "mJ", "energy of the local part: kappa work f^2 (modelled)"},
    {"plan_compute_mj", "mJ", "the same as planned"},
    {"transmit_mj", "mJ", "energy of the transmitter: power x airtime"},
    {"plan_transmit_mj", "mJ", "the same as planned"},
    {"receive_mj", "mJ", "energy of the receiver: power x downlink airtime of the task's life"},
    {"idle_mj", "mJ", "energy of the radio while it neither sent nor received in the task's life"},
    {"energy_mj", "mJ", "the four parts above added up"},
    {"plan_energy_mj", "mJ", "the same as planned"},
    {"check", "",
     "the result against what must come of the tensor as it was sent: none (not compared), equal, differs"},
    {"check_error", "", "largest relative error of the result against that"},
    {"features", "", "how its tensor travels: fp32, fp16 or int8"},
    {"features_error", "",
     "largest relative error of the result against the reference, without any encoding"},
    {"host_plan_ms", "ms", "what this host, and neither radio nor plan, added to the stage plan"},
    {"host_local_ms", "ms", "the same of local"},
    {"host_upload_ms", "ms", "the same of upload: nothing of it was on the link"},
    {"host_batch_ms", "ms", "the same until its last batch's end, what the batch waited for included"},
    {"host_result_ms", "ms", "the same of result"},
    {"host_ms", "ms", "the same of the whole task, at most; 0 in a simulation"},
    {"missed_by", "",
     "of a promised deadline that was missed, or a promised task that was dropped: host (without host_ms it "
     "had been in time) or radio"},
    {"admitted", "", "0 = the policy did not admit it: all of it ran on the UE, or it was refused"},
    {"exit", "", "where it left its network, from 1; 0 = at the end"},
    {"hertz", "Hz", "granted for its upload; 0 = no grant"},
    {"accuracy", "", "of its network or exit, as promised, 0 to 1; 0 = not told"},
    {"class_right", "",
     "1 = the result names the class of its input, 0 = another; empty where nothing was computed (replay, "
     "simulation) or inputs have no class"},
    {"server", "",
     "which server ran what the UE did not: 0 = the edge, else in the order of the topology's servers; -1 = "
     "none"},
    {"variant", "", "which network it ran: 0 = its own, else in the order of ues.variants"},
    {0},
};
