// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/pipeline/serve.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "edge/policy/order.h"
#include "edge/policy/predict.h"
#include "edge/policy/write.h"

struct serving {
	const struct snapshot *snapshot;
	struct plan *plan;
	int *order; // [n] jobs that are sent, by when they come
	int n;
};

static int by_arrival(const void *a, const void *b, void *context)
{
	const struct serving *s = context;
	int x = *(const int *)a, y = *(const int *)b;
	double arrival_x = s->plan->jobs[x].upload_end_s, arrival_y = s->plan->jobs[y].upload_end_s;
	if (arrival_x != arrival_y)
		return arrival_x < arrival_y ? -1 : 1;
	return order_jobs(s->snapshot, x, y);
}

// By when uploads end, which the prediction says without the edge, too.
static int open_serving(struct serving *s, const struct snapshot *snapshot, struct plan *plan,
			struct err *err)
{
	*s = (struct serving){snapshot, plan, calloc((size_t)snapshot->n_jobs + 1, sizeof(*s->order)), 0};
	if (!s->order)
		return err_set(err, ENOMEM, "no memory to serve %d jobs", snapshot->n_jobs);
	int rc = plan_predict(snapshot, plan, err);
	for (int m = 0; m < snapshot->n_jobs && rc == 0; m++) {
		plan->jobs[m].why[0] = '\0';
		if (plan->jobs[m].group >= 0)
			s->order[s->n++] = m;
	}
	if (s->n > 1)
		qsort_r(s->order, (size_t)s->n, sizeof(*s->order), by_arrival, s);
	return rc;
}

// The edge's first time taken that ends after from_s.
static int next_busy(const struct snapshot_server *edge, double from_s)
{
	int low = 0, high = edge->n_busy;
	while (low < high) {
		int middle = low + (high - low) / 2;
		if (edge->busy[middle].end_s > from_s)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

// The earliest instant from from_s on at which it is free for so long.
static double take_gap(const struct snapshot_server *edge, double from_s, double run_s)
{
	double start_s = fmax(edge->free_s, from_s);
	for (int i = next_busy(edge, start_s); i < edge->n_busy && start_s + run_s > edge->busy[i].start_s;
	     i++)
		start_s = fmax(start_s, edge->busy[i].end_s);
	return start_s;
}

static double comes_s(const struct serving *s, int m)
{
	return s->plan->jobs[m].upload_end_s + s->snapshot->guard_s;
}

static double serve(const struct serving *s, int m, int group, double free_s)
{
	struct plan_job *job = &s->plan->jobs[m];
	const struct snapshot_network *net = &s->snapshot->networks[job->network];
	double run_s = 0;
	for (int l = job->cut; l < net->n_subtasks; l++)
		run_s += snapshot_batch_s(net, l, 1);
	double start_s = take_gap(&s->snapshot->servers[0], fmax(free_s, comes_s(s, m)), run_s);
	job->group = group;
	for (int l = job->cut; l < net->n_subtasks; l++) {
		write_batch(s->plan, job->network, l, group, start_s);
		write_member(s->plan, m);
		start_s = batch_ends_s(s->plan, s->snapshot);
	}
	return start_s;
}

int serve_one_by_one(const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	struct serving s;
	int rc = open_serving(&s, snapshot, plan, err);
	double free_s = 0;
	for (int i = 0; i < s.n && rc == 0; i++)
		free_s = serve(&s, s.order[i], i, free_s);
	free(s.order);
	return rc;
}

// Jobs side by side in the order, of one network: how many are cut where, and when the last of them comes.
struct group {
	const struct snapshot_network *net;
	int n, n_at[POLICY_MAX_SUBTASKS + 1];
	double comes_s[POLICY_MAX_SUBTASKS + 1];
};

static void join(struct group *g, const struct serving *s, int m)
{
	int cut = s->plan->jobs[m].cut;
	g->comes_s[cut] = g->n_at[cut]++ > 0 ? fmax(g->comes_s[cut], comes_s(s, m)) : comes_s(s, m);
	g->n++;
}

// Batch l of the group while the edge is free from free_s on: when it starts; *end_s when it ends.
static double place(const struct group *g, const struct serving *s, int l, int members, double free_s,
		    double *end_s)
{
	double from_s = g->n_at[l] > 0 ? fmax(free_s, g->comes_s[l]) : free_s;
	double run_s = snapshot_batch_s(g->net, l, members);
	double start_s = take_gap(&s->snapshot->servers[0], from_s, run_s);
	*end_s = start_s + run_s;
	return start_s;
}

static double group_ends_s(const struct group *g, const struct serving *s, double free_s)
{
	for (int l = 0, members = 0; l < g->net->n_subtasks; l++) {
		members += g->n_at[l];
		if (members > 0)
			place(g, s, l, members, free_s, &free_s);
	}
	return free_s;
}

static void write_group(const struct group *g, const struct serving *s, int first, int group, double free_s)
{
	int network = s->plan->jobs[s->order[first]].network;
	for (int l = 0, members = 0; l < g->net->n_subtasks; l++) {
		members += g->n_at[l];
		if (members == 0)
			continue;
		write_batch(s->plan, network, l, group, place(g, s, l, members, free_s, &free_s));
		for (int i = first; i < first + g->n; i++)
			if (s->plan->jobs[s->order[i]].cut <= l)
				write_member(s->plan, s->order[i]);
	}
	for (int i = first; i < first + g->n; i++)
		s->plan->jobs[s->order[i]].group = group;
}

// The first `to` jobs of the order, at best.
struct parting {
	double end_s;
	int before; // the last group is order[before .. to - 1]
};

static struct group group_of(const struct serving *s, int last)
{
	return (struct group){.net = &s->snapshot->networks[s->plan->jobs[s->order[last]].network]};
}

static int most_in_group(const struct snapshot_network *net)
{
	return net->max_batch < SERVE_MOST_IN_GROUP ? net->max_batch : SERVE_MOST_IN_GROUP;
}

static void find_parting(const struct serving *s, struct parting best[], int to)
{
	struct group g = group_of(s, to - 1);
	best[to].end_s = INFINITY;
	for (int from = to - 1; from >= 0 && g.n < most_in_group(g.net); from--) {
		int m = s->order[from];
		if (&s->snapshot->networks[s->plan->jobs[m].network] != g.net)
			break;
		join(&g, s, m);
		double end_s = group_ends_s(&g, s, best[from].end_s);
		if (end_s < best[to].end_s)
			best[to] = (struct parting){end_s, from};
	}
}

// From the last group to the first, so that groups are numbered from the end; batches are put in order later.
static void write_parting(const struct serving *s, const struct parting best[])
{
	for (int to = s->n, number = 0, from; to > 0; to = from, number++) {
		from = best[to].before;
		struct group g = group_of(s, to - 1);
		for (int i = from; i < to; i++)
			join(&g, s, s->order[i]);
		write_group(&g, s, from, number, best[from].end_s);
	}
}

int serve_in_groups(const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	struct serving s;
	int rc = open_serving(&s, snapshot, plan, err);
	struct parting *best = rc == 0 ? calloc((size_t)s.n + 1, sizeof(*best)) : NULL;
	if (rc == 0 && !best)
		rc = err_set(err, ENOMEM, "no memory to serve %d jobs", s.n);
	for (int to = 1; best && to <= s.n && rc == 0; to++)
		find_parting(&s, best, to);
	if (best && rc == 0)
		write_parting(&s, best);
	free(best);
	free(s.order);
	return rc;
}
