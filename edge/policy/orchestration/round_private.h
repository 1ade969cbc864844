// SPDX-License-Identifier: BSD-3-Clause
// A round's snapshot as a problem of orchestration.
//
// Server 0 is the edge, server 1 the cloud; a job's network is variant 0, which servers run, and its variants
// are what its device may run in place of it, as long as they have the accuracy that the job needs. A server
// without cores is a GPU that runs one job after another. Where it is taken again later, jobs wait until it
// is free for good.
#pragma once

#include "edge/policy/orchestration/table.h"
#include "edge/policy/policy.h"

// Jobs in an order that does not depend on how they stand in the snapshot.
struct orch_round {
	const struct snapshot *snapshot;
	struct orch_problem problem;
	int *job;			   // [n_jobs] at each place of that order
	struct orch_user *users;	   // [n_jobs], and so on
	int (*network)[ORCH_MAX_VARIANTS]; // of each variant
	int *action;
	double *start_s; // of the run on a server
};

// 0; -ENOMEM, or -EINVAL with a sentence: jobs that share a device, too many cores, an accuracy that the
// threshold needs and nobody has told. The caller closes, also after a failure.
int orch_round_open(struct orch_round *r, const struct snapshot *snapshot, double threshold, struct err *err);
void orch_round_close(struct orch_round *r);
