// SPDX-License-Identifier: BSD-3-Clause
// A problem of batching with early exits, as early_exit.c reads it: one network whose sub-tasks are the
// blocks, its exits behind each but the last, and users who upload their input over a granted band.
#pragma once

#include "tools/plan/problems/kinds.h"

struct early_exit {
	struct plan_instance *instance;
	double upload_s; // T_u
};

// Prints who is served: struct problem_kind's answer. As JSON:
//
// {"policy", "served": how many, "users": [{"served": true, "exit" (from 1), "bandwidth_hz", "finish_s"}, or
//  {"served": false, "why"}, ...], "batches": [{"block", "users", "start_s", "duration_s"}, ...]}
//
// Users and blocks count from 0. Policies without the parameter `upload` are refused, but for outside ones.
// `random` is random-admission here.
int early_exit_answer(const void *problem, const struct plan_question *question, struct err *err);
