// SPDX-License-Identifier: BSD-3-Clause
// What the sub-tasks of a planning problem are called.
#pragma once

struct plan_names {
	const char *(*subtask)(const void *of, int network, int subtask); // from 0; NULL or "" = not known
	const void *of;
};
