// SPDX-License-Identifier: BSD-3-Clause
#include "tools/plan/ask.h"

#include <errno.h>
#include "base/clock.h"
#include "base/output.h"
#include "edge/online/decider.h"
#include "edge/policy/outside.h"
#include "tools/plan/answer.h"
#include "tools/plan/instance.h"

static int deepest(const struct snapshot *snapshot)
{
	int deepest = 1;
	for (int i = 0; i < snapshot->n_networks; i++)
		if (snapshot->networks[i].n_subtasks > deepest)
			deepest = snapshot->networks[i].n_subtasks;
	return deepest;
}

static int print_plan(const struct snapshot *snapshot, const struct plan_names *names,
		      const struct policy *policy, plan_print_fn *print, FILE *out, struct err *err)
{
	struct plan *plan = plan_new(snapshot->n_jobs, deepest(snapshot));
	if (!plan)
		return err_set(err, ENOMEM, "no memory to plan for %d users", snapshot->n_jobs);
	int64_t start_ns = clock_now_ns();
	int rc = policy_plan(policy, snapshot, plan, err);
	double plan_us = (double)(clock_now_ns() - start_ns) / 1e3;
	if (rc == 0)
		rc = print(policy->name, snapshot, plan, names, plan_us, out);
	if (rc == -EIO)
		err_sys(err, EIO, "writing the answer");
	plan_free(plan);
	return rc;
}

// Opens the policy, saves the problem if that is asked, and prints what the policy decides.
static int ask(const struct snapshot *snapshot, const struct plan_names *names,
	       const struct plan_forms *forms, const struct plan_question *question, const char *usual,
	       bool save, struct err *err)
{
	void *library;
	const char *name = question->policy ? question->policy : usual;
	if (online_policy_is(name)) {
		err_set(err, EINVAL,
			"%s decides slot by slot as tasks arise, not once: plan what it calls, such as og",
			name);
		return PLAN_WRONG_INPUT;
	}
	const struct policy *policy = policy_open(name, &library, err);
	if (!policy)
		return PLAN_WRONG_INPUT;
	int rc = save ? output_file(question->save, "\"profile_s\":", "instance", "--save", err) : 0;
	if (rc == 0 && save)
		rc = plan_instance_write_named(snapshot, names, question->save, err);
	rc = rc < 0 ? rc
		    : print_plan(snapshot, names, policy, question->json ? forms->json : forms->table,
				 question->out, err);
	policy_close(library);
	return rc < 0 ? PLAN_FAILED : PLAN_DONE;
}

int plan_ask(const struct snapshot *snapshot, const struct plan_names *names, const struct plan_forms *forms,
	     const struct plan_question *question, const char *usual, struct err *err)
{
	return ask(snapshot, names, forms, question, usual, false, err);
}

int plan_ask_co_inference(const struct snapshot *snapshot, const struct plan_names *names,
			  const struct plan_question *question, const char *usual, struct err *err)
{
	static const struct plan_forms forms = {plan_answer_json, plan_answer_table};
	return ask(snapshot, names, &forms, question, usual, question->save != NULL, err);
}
