// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/problem.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "edge/policy/order.h"

// A quotient such as V / (V / f_max) may come out a rounding above f_max; that is still f_max.
static const double ROUNDING = 1 + 1e-12;

// The slowest frequency that does `work` in tau; negative when even f_max does not.
static double slowest_freq(const struct device *device, double work_flop, double tau_s)
{
	if (tau_s < 0)
		return -1;
	if (work_flop <= 0)
		return 0;
	double f = work_flop / tau_s;
	if (f > device->f_max_flops * ROUNDING)
		return -1;
	return fmin(fmax(f, device->f_min_flops), device->f_max_flops);
}

static struct choice local_choice(const struct snapshot_job *user, int n_subtasks, double work_flop)
{
	double f = slowest_freq(&user->device, work_flop, user->deadline_s - user->release_s);
	int late = f < 0;
	if (late)
		f = work_flop > 0 ? user->device.f_max_flops : 0;
	return (struct choice){n_subtasks, f, {late, device_energy_j(&user->device, work_flop, f)}};
}

static void prepare_network(struct problem *problem, int network)
{
	const struct snapshot_network *net = &problem->snapshot->networks[network];
	double *head = problem->head_flop + (ptrdiff_t)network * (problem->stride + 1);
	head[0] = 0;
	for (int n = 0; n < net->n_subtasks; n++)
		head[n + 1] = head[n] + net->work_flop[n];
}

static void prepare_user(struct problem *problem, int m)
{
	const struct snapshot_job *user = &problem->snapshot->jobs[m];
	const struct snapshot_network *net = problem_network(problem, m);
	const double *bits = snapshot_upload_bits(problem->snapshot, m);
	double *upload = problem->upload_s + (ptrdiff_t)m * problem->stride;
	for (int p = 0; p < net->n_subtasks; p++)
		upload[p] = user->rate_bps > 0 ? bits[p] / user->rate_bps : INFINITY;
	problem->lead_s[m] = user->release_s + user->uplink_delay_s + problem->snapshot->guard_s;
	double bound_s = problem->snapshot->edge_deadline_s;
	bool bounded = bound_s > 0 && bound_s < user->deadline_s;
	problem->end_s[m] = (bounded ? bound_s : user->deadline_s) - user->downlink_s;
	problem->local[m] =
	    local_choice(user, net->n_subtasks, problem_head_flop(problem, m, net->n_subtasks));
}

// The user's best of the cuts 0..last_cut with one gap to itself, in which batches take `scale` times as
// long.
static struct choice alone(const struct problem *problem, int m, const struct gap *gap, int last_cut,
			   double scale)
{
	const struct snapshot_network *net = problem_network(problem, m);
	double start_s[POLICY_MAX_SUBTASKS];
	starts_before(net, 1, scale, fmin(problem->end_s[m], gap->end_s), start_s);
	int first = first_cut_after(net, start_s, gap->start_s);
	return choose_best(problem, m, start_s, first,
			   last_cut < net->n_subtasks ? last_cut : net->n_subtasks - 1);
}

struct choice problem_alone(const struct problem *problem, int m)
{
	struct choice best = alone(problem, m, &problem->gaps[0], POLICY_MAX_SUBTASKS, 1);
	for (int g = 1; g < problem->n_gaps && problem->gaps[g].start_s < problem->end_s[m]; g++) {
		struct choice choice = alone(problem, m, &problem->gaps[g], POLICY_MAX_SUBTASKS, 1);
		if (cost_less(choice.cost, best.cost))
			best = choice;
	}
	return best;
}

void problem_find_hopeless(struct problem *problem, int last_cut, double scale)
{
	for (int m = 0; m < problem->snapshot->n_jobs; m++)
		problem->hopeless[m] = problem->local[m].cost.late;
	for (int g = 0; g < problem->n_gaps; g++)
		for (int m = 0; m < problem->snapshot->n_jobs; m++) {
			const struct gap *gap = &problem->gaps[g];
			gap->hopeless[m] =
			    problem->local[m].cost.late && alone(problem, m, gap, last_cut, scale).cost.late;
			problem->hopeless[m] = problem->hopeless[m] && gap->hopeless[m];
		}
}

int problem_gaps_before(const struct problem *problem, double end_s)
{
	int n = problem->n_gaps;
	while (n > 0 && problem->gaps[n - 1].start_s >= end_s)
		n--;
	return n;
}

// The shortest batch there is.
static double shortest_s(const struct snapshot *snapshot)
{
	double s = INFINITY;
	for (int i = 0; i < snapshot->n_networks; i++)
		for (int n = 0; n < snapshot->networks[i].n_subtasks; n++)
			s = fmin(s, snapshot_batch_s(&snapshot->networks[i], n, 1));
	return s;
}

static void find_gaps(struct problem *problem)
{
	const struct snapshot *snapshot = problem->snapshot;
	const struct snapshot_server *edge = &snapshot->servers[0];
	double free_s = edge->free_s, least_s = edge->n_busy > 0 ? shortest_s(snapshot) : 0;
	for (int i = 0; i < edge->n_busy; i++) {
		const struct busy *busy = &edge->busy[i];
		if (busy->start_s - free_s >= least_s)
			problem->gaps[problem->n_gaps++] =
			    (struct gap){.start_s = free_s, .end_s = busy->start_s};
		free_s = fmax(free_s, busy->end_s);
	}
	problem->gaps[problem->n_gaps++] = (struct gap){.start_s = free_s, .end_s = INFINITY};
	for (int g = 0; g < problem->n_gaps; g++)
		problem->gaps[g].hopeless = problem->hopeless + (ptrdiff_t)(g + 1) * snapshot->n_jobs;
}

int problem_open(struct problem *problem, const struct snapshot *snapshot, struct err *err)
{
	*problem = (struct problem){.snapshot = snapshot, .most_gaps = PROBLEM_MOST_GAPS};
	size_t users = (size_t)snapshot->n_jobs, networks = (size_t)snapshot->n_networks;
	for (int i = 0; i < snapshot->n_networks; i++)
		if (snapshot->networks[i].n_subtasks > problem->stride)
			problem->stride = snapshot->networks[i].n_subtasks;
	size_t stride = (size_t)problem->stride;
	size_t doubles = networks * (stride + 1) + users * (stride + 2) + networks * stride;
	size_t most_gaps = (size_t)snapshot->servers[0].n_busy + 1;
	problem->storage = malloc(2 * users * sizeof(struct choice) + most_gaps * sizeof(struct gap) +
				  doubles * sizeof(double) + 2 * users * sizeof(int) +
				  users * (most_gaps + 1) * sizeof(bool));
	if (!problem->storage)
		return err_set(err, ENOMEM, "no memory to plan for %d users", snapshot->n_jobs);
	problem->local = problem->storage;
	problem->choice = problem->local + users;
	problem->gaps = (struct gap *)(problem->choice + users);
	problem->head_flop = (double *)(problem->gaps + most_gaps);
	problem->upload_s = problem->head_flop + networks * (stride + 1);
	problem->lead_s = problem->upload_s + users * stride;
	problem->end_s = problem->lead_s + users;
	problem->start_s = problem->end_s + users;
	problem->list = (int *)(void *)(problem->start_s + networks * stride);
	problem->everyone = problem->list + users;
	problem->hopeless = (bool *)(problem->list + 2 * users);
	for (int i = 0; i < snapshot->n_networks; i++)
		prepare_network(problem, i);
	for (int m = 0; m < snapshot->n_jobs; m++)
		prepare_user(problem, m);
	find_gaps(problem);
	problem_find_hopeless(problem, POLICY_MAX_SUBTASKS, 1);
	return 0;
}

void problem_close(struct problem *problem)
{
	free(problem->storage);
	problem->storage = NULL;
}

bool choose_at(const struct problem *problem, int user, int cut, double start_s, struct choice *out)
{
	const struct snapshot_job *u = &problem->snapshot->jobs[user];
	double upload_s = problem->upload_s[(ptrdiff_t)user * problem->stride + cut];
	double work_flop = problem_head_flop(problem, user, cut);
	double f = slowest_freq(&u->device, work_flop, start_s - problem->lead_s[user] - upload_s);
	if (f < 0)
		return false;
	double j = device_energy_j(&u->device, work_flop, f) + u->tx_power_w * upload_s;
	*out = (struct choice){cut, f, {0, j}};
	return true;
}

struct choice choose_best(const struct problem *problem, int user, const double start_s[], int first,
			  int last)
{
	struct choice best = problem->local[user], at;
	for (int p = first; p <= last; p++)
		if (choose_at(problem, user, p, start_s[p], &at) && cost_less(at.cost, best.cost))
			best = at;
	return best;
}

void starts_before(const struct snapshot_network *net, int b, double scale, double end_s, double start_s[])
{
	for (int n = net->n_subtasks - 1; n >= 0; n--) {
		end_s -= scale * snapshot_batch_s(net, n, b);
		start_s[n] = end_s;
	}
}

int first_cut_after(const struct snapshot_network *net, const double start_s[], double release_s)
{
	int p = net->n_subtasks;
	while (p > 0 && start_s[p - 1] >= release_s)
		p--;
	return p;
}

static int by_gain_descending(const void *a, const void *b, void *context)
{
	const struct problem *problem = context;
	int x = *(const int *)a, y = *(const int *)b;
	struct cost gain_x = cost_sub(problem->local[x].cost, problem->choice[x].cost);
	struct cost gain_y = cost_sub(problem->local[y].cost, problem->choice[y].cost);
	if (cost_less(gain_x, gain_y))
		return 1;
	if (cost_less(gain_y, gain_x))
		return -1;
	bool both_local = problem->choice[x].cut == problem_network(problem, x)->n_subtasks &&
			  problem->choice[y].cut == problem_network(problem, y)->n_subtasks;
	return both_local ? x - y : order_users(problem, x, y);
}

void sort_by_gain(struct problem *problem, int users[], int n)
{
	if (n > 1)
		qsort_r(users, (size_t)n, sizeof(*users), by_gain_descending, problem);
}
