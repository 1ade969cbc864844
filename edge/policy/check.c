// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/check.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "edge/policy/predict.h"

struct replay {
	const struct snapshot *snapshot;
	const struct plan *plan;
	const struct plan *model; // the same decisions, predicted anew
	struct err *err;
	int *next;	// [n_jobs] the sub-task that a server runs next for the user
	double *done_s; // [n_jobs] when the user's data is ready for it
};

#define BROKEN(replay, ...) err_set((replay)->err, EPROTO, __VA_ARGS__)

static double slack_s(double t)
{
	return 1e-9 * fmax(1, fabs(t));
}

static bool same_s(double a, double b)
{
	return fabs(a - b) <= slack_s(b); // false for NaN
}

static bool same_j(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fmax(fabs(b), 1e-12);
}

static bool is_local(const struct replay *r, int m)
{
	const struct plan_job *u = &r->plan->jobs[m];
	return !u->admitted || u->cut == plan_subtasks(r->snapshot, u);
}

static int check_prediction(const struct replay *r, int m)
{
	const struct plan_job *u = &r->plan->jobs[m], *model = &r->model->jobs[m];
	const struct {
		const char *name;
		double said, right;
	} times[] = {
	    {"compute_start_s", u->compute_start_s, model->compute_start_s},
	    {"compute_end_s", u->compute_end_s, model->compute_end_s},
	    {"upload_start_s", u->upload_start_s, model->upload_start_s},
	    {"upload_end_s", u->upload_end_s, model->upload_end_s},
	    {"edge_start_s", u->edge_start_s, model->edge_start_s},
	    {"edge_end_s", u->edge_end_s, model->edge_end_s},
	    {"finish_s", u->finish_s, model->finish_s},
	};
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (!same_s(times[i].said, times[i].right))
			return BROKEN(r, "users[%d].%s is %.9g: the model gives %.9g", m, times[i].name,
				      times[i].said, times[i].right);
	if (!same_j(u->compute_j, model->compute_j) || !same_j(u->transmit_j, model->transmit_j))
		return BROKEN(
		    r, "users[%d].compute_j is %.9g and transmit_j %.9g: the model gives %.9g and %.9g", m,
		    u->compute_j, u->transmit_j, model->compute_j, model->transmit_j);
	if (u->feasible != model->feasible)
		return BROKEN(r, "users[%d] is said to be %s: it finishes at %.9g s, its deadline is %.9g s",
			      m, u->feasible ? "feasible" : "infeasible", model->finish_s,
			      r->snapshot->jobs[m].deadline_s);
	if (!u->feasible && !u->why[0])
		return BROKEN(r, "users[%d] is infeasible without a reason", m);
	return 0;
}

static int check_totals(const struct replay *r)
{
	const struct plan *plan = r->plan, *model = r->model;
	if (plan->feasible != model->feasible)
		return BROKEN(r, "the plan is said to be %s, its users say otherwise",
			      plan->feasible ? "feasible" : "infeasible");
	if (!same_s(plan->gpu_end_s, model->gpu_end_s))
		return BROKEN(r, "gpu_end_s is %.9g: the batches end at %.9g", plan->gpu_end_s,
			      model->gpu_end_s);
	if (!same_j(plan->energy_j, model->energy_j) || !same_j(plan->edge_j, model->edge_j))
		return BROKEN(r, "energy_j is %.9g and edge_j %.9g: they add up to %.9g and %.9g",
			      plan->energy_j, plan->edge_j, model->energy_j, model->edge_j);
	return 0;
}

static int check_accuracy(const struct replay *r, int m)
{
	double least = r->snapshot->jobs[m].least_accuracy, given = r->model->jobs[m].accuracy;
	if (!r->plan->jobs[m].admitted || given >= least - 1e-9)
		return 0;
	return BROKEN(r, "users[%d] gets an accuracy of %g: it needs %g", m, given, least);
}

static const char *name_of(const struct snapshot_server *server)
{
	return server->name[0] ? server->name : "the GPU";
}

static int check_times(const struct replay *r, int i)
{
	const struct plan_batch *batch = &r->plan->batches[i];
	const struct snapshot_server *server = &r->snapshot->servers[batch->server];
	double start_s = batch->start_s, end_s = start_s + batch->duration_s;
	if (!same_s(batch->duration_s, r->model->batches[i].duration_s))
		return BROKEN(r, "batches[%d].duration_s is %.9g: a batch of %d takes %.9g", i,
			      batch->duration_s, batch->n_jobs, r->model->batches[i].duration_s);
	if (!(start_s >= server->free_s - slack_s(server->free_s)))
		return BROKEN(r, "batches[%d] starts at %.9g s, %s is busy until %.9g s", i, start_s,
			      name_of(server), server->free_s);
	for (int k = 0; k < server->n_busy; k++) {
		const struct busy *busy = &server->busy[k];
		if (start_s < busy->end_s - slack_s(busy->end_s) &&
		    end_s > busy->start_s + slack_s(busy->start_s))
			return BROKEN(r,
				      "batches[%d] runs from %.9g to %.9g s, %s is busy from %.9g to %.9g s",
				      i, start_s, end_s, name_of(server), busy->start_s, busy->end_s);
	}
	return 0;
}

static int check_input(const struct replay *r, int i, int m)
{
	const struct plan_batch *batch = &r->plan->batches[i];
	const struct plan_job *u = &r->plan->jobs[m];
	if (r->next[m] != batch->subtask)
		return BROKEN(r, "batches[%d] runs sub-task %d of users[%d], whose next one is %d", i,
			      batch->subtask, m, r->next[m]);
	if (batch->subtask >= plan_subtasks(r->snapshot, u))
		return BROKEN(r, "batches[%d] runs sub-task %d of users[%d], who leaves at exit %d", i,
			      batch->subtask, m, u->exit);
	double guard_s = batch->subtask == u->cut ? r->snapshot->guard_s : 0;
	if (!(r->done_s[m] + guard_s <= batch->start_s + slack_s(batch->start_s)))
		return BROKEN(
		    r, "batches[%d] starts at %.9g s, the data of users[%d] is there at %.9g s (guard %g s)",
		    i, batch->start_s, m, r->done_s[m], guard_s);
	r->next[m]++;
	r->done_s[m] = batch->start_s + batch->duration_s;
	return 0;
}

static int check_batch(const struct replay *r, int i)
{
	const struct plan_batch *batch = &r->plan->batches[i];
	if (i > 0 && !(batch->start_s >= batch[-1].start_s))
		return BROKEN(r, "batches[%d] starts before batches[%d]: must ascend", i, i - 1);
	int rc = check_times(r, i);
	for (int k = 0; k < batch->n_jobs && rc == 0; k++)
		rc = check_input(r, i, r->plan->members[batch->first + k]);
	return rc;
}

// How many batches run at once on a server: one, so many as share the edge's GPU, or one on each core.
static int most_at_once(const struct replay *r, int server)
{
	int cores = r->snapshot->servers[server].cores, shares = server == 0 ? r->plan->gpu_shares : 1;
	return cores > shares ? cores : shares;
}

// How many of the server's cores are still at work from before.
static int cores_taken(const struct snapshot_server *server, double start_s)
{
	int taken = 0;
	for (int c = 0; server->core_free_s && c < server->cores; c++)
		taken += server->core_free_s[c] > start_s + slack_s(server->core_free_s[c]);
	return taken;
}

static int check_crowd(const struct replay *r, int i)
{
	const struct plan_batch *batches = r->plan->batches;
	const struct snapshot_server *server = &r->snapshot->servers[batches[i].server];
	int taken = cores_taken(server, batches[i].start_s);
	int running = 1 + taken, most = most_at_once(r, batches[i].server);
	if (running > most)
		return BROKEN(r, "batches[%d] starts at %.9g s, when all %d cores of %s are busy", i,
			      batches[i].start_s, server->cores, name_of(server));
	for (int k = i - 1; k >= 0; k--) {
		if (batches[k].server != batches[i].server)
			continue;
		double end_s = batches[k].start_s + batches[k].duration_s;
		running += end_s > batches[i].start_s + slack_s(end_s);
		if (running > most)
			return BROKEN(r, "batches[%d] starts at %.9g s while batches[%d] runs until %.9g s",
				      i, batches[i].start_s, k, end_s);
		if (most == 1)
			break; // the one before was checked against all earlier ones
	}
	return 0;
}

static int check_result(const struct replay *r, int m)
{
	const struct plan_job *u = &r->plan->jobs[m];
	if (is_local(r, m))
		return 0;
	if (r->next[m] != plan_subtasks(r->snapshot, u))
		return BROKEN(r, "users[%d] offloads from sub-task %d, and no batch runs its sub-task %d", m,
			      u->cut, r->next[m]);
	double bound_s = r->snapshot->edge_deadline_s;
	if (u->feasible && bound_s > 0 && u->finish_s > bound_s + slack_s(u->finish_s))
		return BROKEN(
		    r, "users[%d] offloads and finishes at %.9g s, after the edge's deadline of %.9g s", m,
		    u->finish_s, bound_s);
	return 0;
}

static int replay(const struct replay *r)
{
	const struct plan *plan = r->plan;
	int rc = 0;
	for (int m = 0; m < plan->n_jobs; m++) {
		r->next[m] = plan->jobs[m].cut;
		r->done_s[m] = r->model->jobs[m].upload_end_s;
	}
	for (int i = 0; i < plan->n_batches && rc == 0; i++)
		rc = check_batch(r, i);
	for (int i = 0; i < plan->n_batches && rc == 0; i++)
		rc = check_crowd(r, i);
	for (int m = 0; m < plan->n_jobs && rc == 0; m++) {
		rc = check_result(r, m);
		rc = rc ? rc : check_prediction(r, m);
		rc = rc ? rc : check_accuracy(r, m);
	}
	return rc ? rc : check_totals(r);
}

// A copy of the decisions, predicted anew.
static struct plan *model_of(const struct snapshot *snapshot, const struct plan *plan)
{
	struct plan *model = plan_new(plan->capacity_jobs, 0);
	if (!model)
		return NULL;
	free(model->batches);
	free(model->members);
	model->batches = calloc((size_t)plan->n_batches + 1, sizeof(*model->batches));
	model->members = calloc((size_t)plan->n_members + 1, sizeof(*model->members));
	if (!model->batches || !model->members) {
		plan_free(model);
		return NULL;
	}
	model->edge_charged = plan->edge_charged;
	model->gpu_shares = plan->gpu_shares;
	model->n_jobs = plan->n_jobs;
	model->n_batches = plan->n_batches;
	model->n_members = plan->n_members;
	memcpy(model->jobs, plan->jobs, (size_t)plan->n_jobs * sizeof(*plan->jobs));
	memcpy(model->batches, plan->batches, (size_t)plan->n_batches * sizeof(*plan->batches));
	memcpy(model->members, plan->members, (size_t)plan->n_members * sizeof(*plan->members));
	if (plan_predict(snapshot, model, NULL) == 0)
		return model;
	plan_free(model);
	return NULL;
}

int plan_check(const struct snapshot *snapshot, const struct plan *plan, struct err *err)
{
	int rc = plan_check_decisions(snapshot, plan, err);
	if (rc < 0)
		return rc;
	size_t n = (size_t)snapshot->n_jobs + 1;
	struct plan *model = model_of(snapshot, plan);
	struct replay r = {snapshot, plan, model, err, calloc(n, sizeof(int)), calloc(n, sizeof(double))};
	rc = model && r.next && r.done_s ? replay(&r) : err_set(err, ENOMEM, "no memory to check the plan");
	plan_free(model);
	free(r.next);
	free(r.done_s);
	return rc;
}
