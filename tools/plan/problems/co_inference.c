// SPDX-License-Identifier: BSD-3-Clause
// Who cuts where, and which sub-tasks share a batch: tools/plan/instance.h has the keys, answer.h the answer.
#include "tools/plan/instance.h"
#include "tools/plan/problems/kinds.h"

static int read(void **problem, const struct field *document)
{
	struct plan_instance *instance;
	int rc = plan_instance_read_document(&instance, document);
	*problem = instance;
	return rc;
}

static int answer(const void *problem, const struct plan_question *question, struct err *err)
{
	const struct plan_names names = {.subtask = plan_instance_subtask, .of = problem};
	return plan_ask_co_inference(plan_instance_snapshot(problem), &names, question, "ip-ssa", err);
}

static void drop(void *problem)
{
	plan_instance_free(problem);
}

const struct problem_kind problem_co_inference = {
    "co-inference", "cuts, frequencies and shared batches; what a file without the key holds", read, answer,
    drop};
