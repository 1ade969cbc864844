// SPDX-License-Identifier: BSD-3-Clause
// The columns of batches.csv, members.csv, rounds.csv and decisions.csv, in the order of batch_csv_row,
// member_csv_rows, round_csv_row and decision_csv_row.
#include "edge/desk/record.h"

const struct column batch_columns[] = {
    {"batch", "", "number of the batch, from 1"},
    {"network", "", "which network, from 0 in the order of the topology"},
    {"subtask", "", "which sub-task of it, from 0"},
    {"group", "", "the policy's group of users; -1 = none"},
    {"reason", "",
     "why it started when it did: planned (complete at its planned time), busy (the batch before still ran), "
     "waited "
     "(for a member's input), left (without members whose input did not come), straggler (one of those, in a "
     "gap), ready (complete before its planned time); in the other batching modes full, drained (nobody else "
     "can "
     "come), timer, deadline, late, turn (its task has a core)"},
    {"planned_members", "", "users the plan put into it"},
    {"members", "", "users it ran with"},
    {"planned_start_ms", "ms", "after model time 0"},
    {"planned_duration_ms", "ms", "F_n(b) as the plan had it, with planned_members: a 95th percentile"},
    {"start_ms", "ms", "handed to the executor"},
    {"end_ms", "ms", "ended"},
    {"run_ms", "ms", "run time by the executor's own clock"},
    {"first_input_ms", "ms", "when the first member's input was there"},
    {"last_input_ms", "ms", "when the last member's input was there"},
    {"gpu_shares", "", "so many batches may have run at once, each so many times slower"},
    {"edge_freq", "", "the edge's frequency, relative to its highest"},
    {"profile_ms", "ms", "F_n(b) of the profile with the members it ran with: the median"},
    {"profile_p95_ms", "ms", "likewise, the 95th percentile"},
    {"replayed", "", "1 = it was to take profile_ms, whatever this machine's processor does"},
    {"noticed_ms", "ms",
     "the edge took note of the end and could go on: from start_ms to here is what F_n(b) stands for"},
    {"drift", "",
     "by how much batches of this network have taken longer than the profile's medians so far (a slow mean, "
     "from the 20th batch on): later plans are made with it; 1 where batches are replayed or simulated"},
    {"who", "", "the members as ueN:TASK, separated by spaces"},
    {"exit", "", "which exit lies behind it, where members leave; else 0"},
    {"leaving", "", "members who leave there, with their results"},
    {"hertz", "Hz", "granted to its members' uploads, in all; of a UE's jobs the largest grant counts"},
    {"accuracy", "", "mean of what its members get, 0 to 1; 0 = not told"},
    {"server", "", "which server ran it: 0 = the edge, else in the order of the topology's servers"},
    {0},
};

const struct column member_columns[] = {
    {"batch", "", "number of the batch: its row in batches.csv"},
    {"ue", "", "UE, from 1: with the task, a row of tasks.csv"},
    {"task", "", "task of this UE, from 1"},
    {"round", "", "the round that planned the task: a row of rounds.csv"},
    {"network", "", "the batch's network, from 0 in the order of the topology"},
    {"subtask", "", "the batch's sub-task, from 0; a task's cut is its first at the edge"},
    {"exit", "", "where the task leaves its network, from 1; 0 = at the end"},
    {0},
};

const struct column round_columns[] = {
    {"round", "", "number of the round, from 1"},
    {"time_ms", "ms", "when it was planned, after model time 0"},
    {"decision_us", "us", "what planning took; 0 in a simulation"},
    {"requests", "", "tasks it planned"},
    {"promised", "", "of them, tasks whose plan meets the deadline"},
    {"batches", "", "batches the plan has"},
    {"admitted", "", "tasks that the policy admitted"},
    {"hertz", "Hz", "granted to them, in all; of a UE's jobs the largest grant counts"},
    {"accuracy", "", "mean of what they get, 0 to 1; 0 = not told"},
    {0},
};

const struct column decision_columns[] = {
    {"time_ms", "ms", "when it was decided, after model time 0: at a slot boundary, or a little after"},
    {"choice", "",
     "for all pending tasks: wait, local (on their devices) or call (the policy's offline one)"},
    {"threshold_ms", "ms", "of a call: results from the edge are there by then; 0 = no bound, or no call"},
    {"action_0", "", "an agent's first number, -1 to 1: wait, local, call in thirds; else empty"},
    {"action_1", "", "its second, -1 to 1: the threshold; else empty"},
    {"pending", "", "tasks that had asked and waited"},
    {"local", "", "of them, tasks that then went local"},
    {"call", "", "of them, tasks that were handed to the offline policy"},
    {"forced", "", "tasks that went although the choice was to wait: later would have been too late"},
    {"gpu_left_ms", "ms", "busy time of the GPU left"},
    {"decide_us", "us", "what deciding took; 0 in a simulation"},
    {"observation_hash", "", "FNV-1a, 64 bit, of the observation's bytes (float32), in hexadecimal"},
    {"observation", "", "what the decider saw, separated by blanks, exact as float32 (edge/online/slot.h)"},
    {0},
};
