// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/pipeline/flow_shop.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static int compare(double a, double b)
{
	return (a > b) - (a < b);
}

// Of two machines that take p and q.
static int johnson(double p_a, double q_a, double p_b, double q_b)
{
	bool late_a = p_a > q_a, late_b = p_b > q_b;
	if (late_a != late_b)
		return late_a ? 1 : -1;
	return late_a ? compare(q_b, q_a) : compare(p_a, p_b);
}

static int by_name(const struct job_run *a, const struct job_run *b)
{
	int order = compare(a->type, b->type);
	return order ? order : compare(a->cut, b->cut);
}

int johnson_compare(const struct job_run *a, const struct job_run *b)
{
	const struct stage_times *x = &a->each, *y = &b->each;
	int order = johnson(x->device_s, x->upload_s, y->device_s, y->upload_s);
	return order ? order : by_name(a, b);
}

static int johnson_of_runs(const void *a, const void *b)
{
	return johnson_compare(a, b);
}

static int johnson_of_sums(const void *a, const void *b)
{
	const struct job_run *x = a, *y = b;
	const struct stage_times *s = &x->each, *t = &y->each;
	int order = johnson(s->device_s + s->upload_s, s->upload_s + s->server_s, t->device_s + t->upload_s,
			    t->upload_s + t->server_s);
	return order ? order : by_name(x, y);
}

// A run is critical where it passes from one stage to the next at its first or at its last job: what lies
// between is linear in where.
static void take_run(struct stage_clocks *t, const struct job_run *run)
{
	double n = run->n, p = run->each.device_s, q = run->each.upload_s, r = run->each.server_s;
	double one_each = p + q + r, more = n - 1;
	if (run->n == 0)
		return;
	double through_all = t->device_s + one_each + more * fmax(p, fmax(q, r));
	double from_uplink = q > 0 ? t->upload_s + q + r + more * fmax(q, r) : 0;
	if (r > 0)
		t->server_s = fmax(t->server_s + n * r, fmax(from_uplink, through_all));
	if (q > 0)
		t->upload_s = fmax(t->upload_s + n * q, t->device_s + p + q + more * fmax(p, q));
	t->device_s += n * p;
}

double flow_shop_makespan_s(const struct job_run runs[], int n)
{
	struct stage_clocks t = {0};
	for (int i = 0; i < n; i++)
		take_run(&t, &runs[i]);
	return fmax(t.device_s, fmax(t.upload_s, t.server_s));
}

static bool uses_server(const struct job_run runs[], int n)
{
	for (int i = 0; i < n; i++)
		if (runs[i].each.server_s > 0)
			return true;
	return false;
}

double flow_shop_order(struct job_run runs[], int n)
{
	qsort(runs, (size_t)n, sizeof(*runs), johnson_of_runs);
	double makespan_s = flow_shop_makespan_s(runs, n);
	if (!uses_server(runs, n))
		return makespan_s;
	qsort(runs, (size_t)n, sizeof(*runs), johnson_of_sums);
	double by_sums_s = flow_shop_makespan_s(runs, n);
	if (by_sums_s < makespan_s)
		return by_sums_s;
	qsort(runs, (size_t)n, sizeof(*runs), johnson_of_runs);
	return makespan_s;
}

struct job_times flow_shop_next(struct stage_clocks *t, const struct stage_times *job)
{
	struct job_times out = {.device_start_s = t->device_s};
	t->device_s = out.device_end_s = t->device_s + job->device_s;
	out.upload_start_s = out.upload_end_s = out.server_end_s = out.device_end_s;
	if (job->upload_s > 0) {
		out.upload_start_s = fmax(out.device_end_s, t->upload_s);
		t->upload_s = out.upload_end_s = out.upload_start_s + job->upload_s;
		out.server_end_s = out.upload_end_s;
	}
	if (job->server_s > 0)
		t->server_s = out.server_end_s = fmax(out.upload_end_s, t->server_s) + job->server_s;
	return out;
}
