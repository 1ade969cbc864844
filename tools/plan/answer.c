// SPDX-License-Identifier: BSD-3-Clause
#include "tools/plan/answer.h"

#include <errno.h>
#include <jansson.h>
#include "base/units.h"

// Decisions that most plans leave as they are.
static void set_unusual(json_t *out, const struct plan_job *user)
{
	if (!user->admitted)
		json_object_set_new(out, "admitted", json_false());
	if (user->exit > 0)
		json_object_set_new(out, "exit", json_integer(user->exit));
	if (user->server > 0)
		json_object_set_new(out, "server", json_integer(user->server));
	if (user->hertz > 0)
		json_object_set_new(out, "hertz", json_real(user->hertz));
	if (user->order != 0)
		json_object_set_new(out, "order", json_integer(user->order));
}

static void call(const struct plan_names *names, int m, char out[PLAN_JOB_NAME])
{
	if (names->job)
		names->job(names->of, m, out);
	else
		snprintf(out, PLAN_JOB_NAME, "ue%d", m + 1);
}

static json_t *user_json(const struct plan_job *user, const struct plan_names *names, int m)
{
	char ue[PLAN_JOB_NAME];
	call(names, m, ue);
	json_t *out = json_pack("{s:s, s:i, s:f, s:i, s:f, s:f, s:f, s:f}", "ue", ue, "cut", user->cut,
				"freq", user->freq_flops, "group", user->group, "energy_j",
				user->compute_j + user->transmit_j, "compute_j", user->compute_j,
				"transmit_j", user->transmit_j, "finish_s", user->finish_s);
	set_unusual(out, user);
	if (!user->feasible) {
		json_object_set_new(out, "feasible", json_false());
		json_object_set_new(out, "why", json_string(user->why));
	}
	return out;
}

static const char *name_of(const struct plan_names *names, const struct plan_batch *batch)
{
	const char *name = names->subtask(names->of, batch->network, batch->subtask);
	return name ? name : "";
}

static json_t *batch_json(const struct snapshot *snapshot, const struct plan *plan,
			  const struct plan_names *names, const struct plan_batch *batch)
{
	json_t *users = json_array();
	for (int i = 0; i < batch->n_jobs; i++) {
		char ue[PLAN_JOB_NAME];
		call(names, plan->members[batch->first + i], ue);
		json_array_append_new(users, json_string(ue));
	}
	const char *name = name_of(names, batch);
	json_t *subtask = *name ? json_string(name) : json_integer(batch->subtask);
	json_t *out = json_pack("{s:o, s:o, s:f, s:f}", "subtask", subtask, "users", users, "start_s",
				batch->start_s, "duration_s", batch->duration_s);
	if (snapshot->n_networks > 1)
		json_object_set_new(out, "network", json_string(snapshot->networks[batch->network].name));
	if (snapshot->servers[0].has_power)
		json_object_set_new(out, "edge_freq", json_real(batch->edge_freq));
	if (batch->server > 0)
		json_object_set_new(out, "server", json_integer(batch->server));
	return out;
}

int plan_answer_json(const char *policy, const struct snapshot *snapshot, const struct plan *plan,
		     const struct plan_names *names, double plan_us, FILE *out)
{
	json_t *users = json_array(), *batches = json_array();
	for (int m = 0; m < plan->n_jobs; m++)
		json_array_append_new(users, user_json(&plan->jobs[m], names, m));
	for (int i = 0; i < plan->n_batches; i++)
		json_array_append_new(batches, batch_json(snapshot, plan, names, &plan->batches[i]));
	json_t *root = json_pack("{s:s, s:b, s:f}", "policy", policy, "feasible", plan->feasible, "energy_j",
				 plan->energy_j);
	if (snapshot->servers[0].has_power)
		json_object_set_new(root, "edge_j", json_real(plan->edge_j));
	json_object_set_new(root, "users", users);
	json_object_set_new(root, "batches", batches);
	if (plan->gpu_shares > 1)
		json_object_set_new(root, "gpu_shares", json_integer(plan->gpu_shares));
	json_object_set_new(root, "plan_us", json_real(plan_us));
	int rc = json_dumpf(root, out, JSON_COMPACT | JSON_REAL_PRECISION(15)) == 0 && fputc('\n', out) != EOF
		     ? 0
		     : -EIO;
	json_decref(root);
	return rc;
}

static void print_unusual(const struct plan_job *user, FILE *out)
{
	char hertz[32];
	if (user->exit > 0)
		fprintf(out, "  exit %d", user->exit);
	if (user->server > 0)
		fprintf(out, "  server %d", user->server);
	if (user->hertz > 0)
		fprintf(out, "  %s", unit_format(user->hertz, UNIT_HZ, hertz, sizeof(hertz)));
	if (user->order != 0)
		fprintf(out, "  order %d", user->order);
}

static void print_user(const struct plan_job *user, const struct plan_names *names, int m, FILE *out)
{
	char freq[32] = "-", group[16] = "local", ue[PLAN_JOB_NAME];
	call(names, m, ue);
	if (user->freq_flops > 0)
		unit_format(user->freq_flops, UNIT_FLOPS, freq, sizeof(freq));
	if (user->group >= 0)
		snprintf(group, sizeof(group), "%d", user->group);
	fprintf(out, "%-6s %3d %14s %6s %11.4f %11.4f %11.4f %10.3f", ue, user->cut, freq, group,
		(user->compute_j + user->transmit_j) * 1e3, user->compute_j * 1e3, user->transmit_j * 1e3,
		user->finish_s * 1e3);
	print_unusual(user, out);
	if (!user->feasible)
		fprintf(out, "  infeasible: %s", user->why);
	fputc('\n', out);
}

static void print_batch(const struct snapshot *snapshot, const struct plan *plan,
			const struct plan_names *names, const struct plan_batch *batch, FILE *out)
{
	char number[16];
	const char *name = name_of(names, batch);
	snprintf(number, sizeof(number), "%d", batch->subtask + 1);
	fprintf(out, "%10.3f %10.3f", batch->start_s * 1e3, batch->duration_s * 1e3);
	if (snapshot->servers[0].has_power)
		fprintf(out, " %9.2f", batch->edge_freq);
	if (snapshot->n_networks > 1)
		fprintf(out, " %s", snapshot->networks[batch->network].name);
	fprintf(out, " %-15s", *name ? name : number);
	for (int i = 0; i < batch->n_jobs; i++) {
		char ue[PLAN_JOB_NAME];
		call(names, plan->members[batch->first + i], ue);
		fprintf(out, " %s", ue);
	}
	if (batch->server > 0)
		fprintf(out, " at server %d", batch->server);
	fputc('\n', out);
}

int plan_answer_table(const char *policy, const struct snapshot *snapshot, const struct plan *plan,
		      const struct plan_names *names, double plan_us, FILE *out)
{
	fprintf(out, "%s: %.6g mJ%s, %s, planned in %.1f us\n", policy, plan->energy_j * 1e3,
		plan->edge_charged ? " of users and edge" : "", plan->feasible ? "feasible" : "NOT feasible",
		plan_us);
	if (snapshot->servers[0].has_power)
		fprintf(out, "the edge's batches cost %.6g mJ\n", plan->edge_j * 1e3);
	fprintf(out, "%-6s %3s %14s %6s %11s %11s %11s %10s\n", "user", "cut", "frequency", "group",
		"energy mJ", "compute mJ", "transmit mJ", "finish ms");
	for (int m = 0; m < plan->n_jobs; m++)
		print_user(&plan->jobs[m], names, m, out);
	if (plan->n_batches > 0)
		fprintf(out, "\n%10s %10s%s%s %-15s users\n", "start ms", "lasts ms",
			snapshot->servers[0].has_power ? " edge freq" : "",
			snapshot->n_networks > 1 ? " network" : "", "sub-task");
	for (int i = 0; i < plan->n_batches; i++)
		print_batch(snapshot, plan, names, &plan->batches[i], out);
	if (plan->gpu_shares > 1)
		fprintf(out, "the GPU is shared: up to %d batches run at once, each %d times slower\n",
			plan->gpu_shares, plan->gpu_shares);
	return ferror(out) ? -EIO : 0;
}
