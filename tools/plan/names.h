// SPDX-License-Identifier: BSD-3-Clause
// What the sub-tasks of a planning problem are called.
#pragma once

enum { PLAN_JOB_NAME = 24 };

struct plan_names {
	const char *(*subtask)(const void *of, int network, int subtask); // from 0; NULL or "" = not known
	// What job m is called, from 0: "ue1", or "ue1/3" where several are a UE's; NULL = "ue" and m + 1.
	void (*job)(const void *of, int m, char out[PLAN_JOB_NAME]);
	const void *of;
};
