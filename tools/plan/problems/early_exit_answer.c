// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include "edge/policy/parameters.h"
#include "tools/plan/instance_inside.h"
#include "tools/plan/problems/early_exit.h"

static int served(const struct plan *plan)
{
	int n = 0;
	for (int m = 0; m < plan->n_jobs; m++)
		n += plan->jobs[m].feasible;
	return n;
}

// From 1; the last is the whole network's.
static int exit_number(const struct snapshot *snapshot, const struct plan_job *user)
{
	return user->exit > 0 ? user->exit : snapshot->networks[user->network].n_exits + 1;
}

static json_t *user_json(const struct snapshot *snapshot, const struct plan_job *user)
{
	if (!user->feasible)
		return json_pack("{s:b, s:s}", "served", 0, "why", user->why);
	return json_pack("{s:b, s:i, s:f, s:f}", "served", 1, "exit", exit_number(snapshot, user),
			 "bandwidth_hz", user->hertz, "finish_s", user->finish_s);
}

static json_t *batch_json(const struct plan *plan, const struct plan_batch *batch)
{
	json_t *users = json_array();
	for (int i = 0; i < batch->n_jobs; i++)
		json_array_append_new(users, json_integer(plan->members[batch->first + i]));
	return json_pack("{s:i, s:o, s:f, s:f}", "block", batch->subtask, "users", users, "start_s",
			 batch->start_s, "duration_s", batch->duration_s);
}

// The name by which the policy was asked: its settings hold the file's T_u, too.
static const char *asked(const struct plan_names *names)
{
	return names->of;
}

static int print_json(const char *policy, const struct snapshot *snapshot, const struct plan *plan,
		      const struct plan_names *names, double plan_us, FILE *out)
{
	(void)policy;
	(void)plan_us;
	json_t *users = json_array(), *batches = json_array();
	for (int m = 0; m < plan->n_jobs; m++)
		json_array_append_new(users, user_json(snapshot, &plan->jobs[m]));
	for (int i = 0; i < plan->n_batches; i++)
		json_array_append_new(batches, batch_json(plan, &plan->batches[i]));
	json_t *root = json_pack("{s:s, s:i, s:o, s:o}", "policy", asked(names), "served", served(plan),
				 "users", users, "batches", batches);
	int rc = json_dumpf(root, out, JSON_COMPACT | JSON_REAL_PRECISION(15)) == 0 && fputc('\n', out) != EOF
		     ? 0
		     : -EIO;
	json_decref(root);
	return rc;
}

static void print_user(const struct snapshot *snapshot, const struct plan_job *user, int m, FILE *out)
{
	double deadline_s = snapshot->jobs[m].deadline_s;
	if (user->feasible)
		fprintf(out, "%-6d %4d %12.6f %10.3f %12.3f\n", m, exit_number(snapshot, user),
			user->hertz / 1e6, user->finish_s * 1e3, deadline_s * 1e3);
	else
		fprintf(out, "%-6d %4s %12s %10s %12.3f  not served: %s\n", m, "-", "-", "-",
			deadline_s * 1e3, user->why);
}

static void print_batch(const struct plan *plan, const struct plan_batch *batch, FILE *out)
{
	fprintf(out, "%10.3f %10.3f %6d %6d  users", batch->start_s * 1e3, batch->duration_s * 1e3,
		batch->subtask, batch->n_jobs);
	for (int i = 0; i < batch->n_jobs; i++)
		fprintf(out, " %d", plan->members[batch->first + i]);
	fputc('\n', out);
}

static int print_table(const char *policy, const struct snapshot *snapshot, const struct plan *plan,
		       const struct plan_names *names, double plan_us, FILE *out)
{
	(void)policy;
	double sum_hz = 0;
	for (int m = 0; m < plan->n_jobs; m++)
		sum_hz += plan->jobs[m].hertz;
	fprintf(out, "%s: %d of %d served with %.6g of %.6g MHz, planned in %.1f us\n", asked(names),
		served(plan), plan->n_jobs, sum_hz / 1e6, snapshot->band_hertz / 1e6, plan_us);
	fprintf(out, "%-6s %4s %12s %10s %12s\n", "user", "exit", "MHz", "finish ms", "deadline ms");
	for (int m = 0; m < plan->n_jobs; m++)
		print_user(snapshot, &plan->jobs[m], m, out);
	if (plan->n_batches > 0)
		fprintf(out, "\n%10s %10s %6s %6s\n", "start ms", "lasts ms", "block", "batch");
	for (int i = 0; i < plan->n_batches; i++)
		print_batch(plan, &plan->batches[i], out);
	return ferror(out) ? -EIO : 0;
}

static bool takes_upload(const struct policy *policy)
{
	for (const struct policy_parameter *p = policy->parameters; p && p->name; p++)
		if (strcmp(p->name, "upload") == 0)
			return true;
	return false;
}

static int refuse(const char *name, struct err *err)
{
	char names[300] = "";
	for (const struct policy *policy = policies; policy->name; policy++) {
		size_t used = strlen(names);
		if (takes_upload(policy) && !strchr(policy->name, ':'))
			snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "", policy->name);
	}
	return err_set(err, EINVAL, "%s plans no batches with early exits; there are %s", name, names);
}

// The policy's name with the file's T_u among its settings; what the person sets comes later, and so wins.
static int name_with_upload(const char *name, double upload_s, char *out, size_t size, struct err *err)
{
	char base[64];
	size_t length = strcspn(name, ":");
	bool is_random = length == 6 && strncmp(name, "random", 6) == 0;
	snprintf(base, sizeof(base), "%.*s", (int)length, name);
	snprintf(out, size, "%s", name);
	if (strchr(name, '/'))
		return 0;
	const struct policy *policy = policy_find(is_random ? "random-admission" : base, err);
	if (!policy)
		return -ENOENT;
	snprintf(out, size, "%s:upload=%.17g%s", policy->name, upload_s, name + length);
	return takes_upload(policy) ? 0 : refuse(policy->name, err);
}

int early_exit_answer(const void *content, const struct plan_question *question, struct err *err)
{
	static const struct plan_forms forms = {print_json, print_table};
	const struct early_exit *problem = content;
	const char *asked_for = question->policy ? question->policy : "bsp-exit-classes";
	const struct plan_names names = {.subtask = plan_instance_subtask, .of = asked_for};
	struct plan_question with = *question;
	char name[POLICY_NAME_SIZE + 64];
	if (name_with_upload(asked_for, problem->upload_s, name, sizeof(name), err) < 0)
		return PLAN_WRONG_INPUT;
	with.policy = name;
	return plan_ask(&problem->instance->snapshot, &names, &forms, &with, name, err);
}
