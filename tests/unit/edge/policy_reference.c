// SPDX-License-Identifier: BSD-3-Clause
#include "tests/unit/edge/policy_reference.h"

#include <math.h>

static const struct cost WORST = {1000, 0};

static double work_before(const struct snapshot_network *net, int cut)
{
	double work = 0;
	for (int n = 0; n < cut; n++)
		work += net->work_flop[n];
	return work;
}

struct cost reference_local(const struct snapshot *snapshot, int m)
{
	const struct snapshot_job *u = &snapshot->jobs[m];
	double work = work_before(&snapshot->networks[u->network], snapshot->networks[u->network].n_subtasks);
	double budget_s = u->deadline_s - u->release_s;
	double f = work / budget_s;
	bool late = work > 0 ? !(budget_s > 0 && f <= u->device.f_max_flops) : budget_s < 0;
	f = late ? u->device.f_max_flops : fmax(f, u->device.f_min_flops);
	return (struct cost){late, u->device.kappa * work * f * f};
}

double reference_end_s(const struct snapshot *snapshot, int m)
{
	return snapshot->jobs[m].deadline_s - snapshot->jobs[m].downlink_s;
}

struct cost reference_offload(const struct snapshot *snapshot, int m, int p, double start_s)
{
	const struct snapshot_job *u = &snapshot->jobs[m];
	const struct snapshot_network *net = &snapshot->networks[u->network];
	if (u->rate_bps == 0)
		return WORST;
	double air_s = snapshot_upload_bits(snapshot, m)[p] / u->rate_bps, work = work_before(net, p);
	double tau = start_s - snapshot->guard_s - u->uplink_delay_s - air_s - u->release_s;
	if (tau < 0 || work > tau * u->device.f_max_flops)
		return WORST;
	double f = work > 0 ? fmax(work / tau, u->device.f_min_flops) : 0;
	return (struct cost){0, u->device.kappa * work * f * f + u->tx_power_w * air_s};
}

// Builds the schedule from its end: the batches placed so far occupy [until_s, ..); user m's sub-tasks below
// left[m] are not placed, so that it is cut there, at the cost stop[m].
enum { MAX_USERS = 6 };

struct search {
	const struct snapshot *snapshot;
	struct cost best;
};

static void place_batches(struct search *search, const int left[], const struct cost stop[], double until_s);

static void place_batch(struct search *search, const int left[], const struct cost stop[], double until_s,
			unsigned members, int n)
{
	const struct snapshot *s = search->snapshot;
	double end_s = until_s;
	int left_then[MAX_USERS], size = 0;
	struct cost stop_then[MAX_USERS];
	for (int m = 0; m < s->n_jobs; m++)
		if (members >> m & 1) {
			size++;
			if (n == s->networks[0].n_subtasks - 1)
				end_s = fmin(end_s, reference_end_s(s, m));
		}
	double run_s = snapshot_batch_s(&s->networks[0], n, size);
	for (int i = s->servers[0].n_busy - 1; i >= 0; i--)
		if (end_s > s->servers[0].busy[i].start_s && end_s - run_s < s->servers[0].busy[i].end_s)
			end_s = s->servers[0].busy[i].start_s;
	double start_s = end_s - run_s;
	if (start_s < s->servers[0].free_s)
		return;
	for (int m = 0; m < s->n_jobs; m++) {
		bool in = members >> m & 1;
		left_then[m] = in ? n : left[m];
		stop_then[m] = in ? reference_offload(s, m, n, start_s) : stop[m];
	}
	place_batches(search, left_then, stop_then, start_s);
}

static void place_batches(struct search *search, const int left[], const struct cost stop[], double until_s)
{
	const struct snapshot *s = search->snapshot;
	struct cost total = {0};
	for (int m = 0; m < s->n_jobs; m++)
		total = cost_add(total, stop[m]);
	if (cost_less(total, search->best))
		search->best = total;
	for (int n = 0; n < s->networks[0].n_subtasks; n++) {
		unsigned ready = 0;
		for (int m = 0; m < s->n_jobs; m++)
			ready |= (unsigned)(left[m] == n + 1) << m;
		for (unsigned members = ready; members; members = (members - 1) & ready)
			place_batch(search, left, stop, until_s, members, n);
	}
}

struct cost reference_optimum(const struct snapshot *snapshot)
{
	struct search search = {snapshot, WORST};
	int left[MAX_USERS];
	struct cost stop[MAX_USERS];
	for (int m = 0; m < snapshot->n_jobs; m++) {
		left[m] = snapshot->networks[0].n_subtasks;
		stop[m] = reference_local(snapshot, m);
	}
	place_batches(&search, left, stop, INFINITY);
	return search.best;
}

static struct cost best_cut(const struct snapshot *snapshot, int m, int b, double release_s, double end_s,
			    int *offloaders)
{
	const struct snapshot_network *net = &snapshot->networks[0];
	struct cost best = reference_local(snapshot, m);
	bool offloads = false;
	for (int p = 0; p < net->n_subtasks; p++) {
		double start_s = end_s;
		for (int n = net->n_subtasks - 1; n >= p; n--)
			start_s -= snapshot_batch_s(net, n, b);
		if (start_s < release_s)
			continue;
		struct cost cost = reference_offload(snapshot, m, p, start_s);
		if (cost_less(cost, best)) {
			best = cost;
			offloads = true;
		}
	}
	*offloaders += offloads;
	return best;
}

// The members against batches of the largest size: the others are local when those have joined who gain most.
static struct cost fill_largest(const struct snapshot *snapshot, unsigned members, double release_s,
				double end_s)
{
	int most = snapshot->networks[0].max_batch;
	struct cost total = {0};
	for (int m = 0; m < snapshot->n_jobs; m++)
		if (members >> m & 1)
			total = cost_add(total, reference_local(snapshot, m));
	for (; most > 0 && members; most--) {
		struct cost gain = {-1000, 0};
		int who = 0, unused = 0;
		for (int m = 0; m < snapshot->n_jobs; m++) {
			struct cost cost =
			    best_cut(snapshot, m, snapshot->networks[0].max_batch, release_s, end_s, &unused);
			if ((members >> m & 1) &&
			    cost_less(gain, cost_sub(reference_local(snapshot, m), cost))) {
				gain = cost_sub(reference_local(snapshot, m), cost);
				who = m;
			}
		}
		members &= ~(1U << who);
		total = cost_sub(total, gain);
	}
	return total;
}

struct cost reference_ip_ssa(const struct snapshot *snapshot, unsigned members, double release_s,
			     double end_s)
{
	struct cost best = WORST;
	int most = __builtin_popcount(members), bound = snapshot->networks[0].max_batch;
	if (most > bound) {
		most = bound;
		best = fill_largest(snapshot, members, release_s, end_s);
	}
	for (int b = 1; b <= most; b++) {
		struct cost cost = {0};
		int offloaders = 0;
		for (int m = 0; m < snapshot->n_jobs; m++)
			if (members >> m & 1)
				cost =
				    cost_add(cost, best_cut(snapshot, m, b, release_s, end_s, &offloaders));
		if (offloaders <= b && cost_less(cost, best))
			best = cost;
	}
	return best;
}

// The b users of `members` that gain most at cut p and start_s; WORST when fewer can be in time.
static struct cost keep_b(const struct snapshot *snapshot, unsigned members, int b, int p, double start_s)
{
	struct cost total = {0};
	unsigned left = members;
	for (int m = 0; m < snapshot->n_jobs; m++)
		if (members >> m & 1)
			total = cost_add(total, reference_local(snapshot, m));
	for (; b > 0; b--) {
		struct cost most = {-1000, 0};
		int who = -1;
		for (int m = 0; m < snapshot->n_jobs; m++) {
			struct cost edge = reference_offload(snapshot, m, p, start_s);
			if (!(left >> m & 1) || edge.late)
				continue;
			struct cost gain = cost_sub(reference_local(snapshot, m), edge);
			if (cost_less(most, gain)) {
				most = gain;
				who = m;
			}
		}
		if (who < 0)
			return WORST;
		left &= ~(1U << who);
		total = cost_sub(total, most);
	}
	return total;
}

static struct cost jdob_setting(const struct snapshot *snapshot, unsigned members, double release_s,
				double end_s, int p, double x, int b)
{
	const struct snapshot_network *net = &snapshot->networks[0];
	double busy_s = 0;
	for (int n = p; n < net->n_subtasks; n++)
		busy_s += snapshot_batch_s(net, n, b);
	double start_s = end_s - busy_s / x;
	if (start_s < release_s)
		return WORST;
	struct cost edge = {
	    0, busy_s * (snapshot->servers[0].static_w / x + snapshot->servers[0].dynamic_w * x * x)};
	return cost_add(keep_b(snapshot, members, b, p, start_s), edge);
}

struct cost reference_j_dob(const struct snapshot *snapshot, unsigned members, double release_s, double end_s)
{
	struct cost best = {0};
	for (int m = 0; m < snapshot->n_jobs; m++)
		if (members >> m & 1)
			best = cost_add(best, reference_local(snapshot, m));
	for (int p = 0; p < snapshot->networks[0].n_subtasks; p++)
		for (int x = 0; x < snapshot->servers[0].n_freq; x++)
			for (int b = 1; b <= __builtin_popcount(members); b++) {
				struct cost cost = jdob_setting(snapshot, members, release_s, end_s, p,
								snapshot->servers[0].freq[x], b);
				if (cost_less(cost, best))
					best = cost;
			}
	return best;
}

struct division {
	const struct snapshot *snapshot;
	reference_group *group;
	bool runs;
	struct cost best;
};

static int tightest(const struct snapshot *snapshot, unsigned members)
{
	int found = -1;
	for (int m = 0; m < snapshot->n_jobs; m++)
		if ((members >> m & 1) &&
		    (found < 0 || reference_end_s(snapshot, m) < reference_end_s(snapshot, found)))
			found = m;
	return found;
}

// A run in the order of deadlines: nobody outside `members` but in `rest` is tighter than one of the members.
static bool is_run(const struct snapshot *snapshot, unsigned members, unsigned rest)
{
	unsigned later = rest & ~members;
	if (!later)
		return true;
	double next_s = reference_end_s(snapshot, tightest(snapshot, later));
	for (int m = 0; m < snapshot->n_jobs; m++)
		if ((members >> m & 1) && reference_end_s(snapshot, m) > next_s)
			return false;
	return true;
}

static void divide(struct division *division, unsigned rest, double release_s, struct cost so_far,
		   bool grouped);

// Takes `first` of the rest: local, or first of a group with any of the others.
static void divide_from(struct division *division, int first, unsigned rest, double release_s,
			struct cost so_far, bool grouped)
{
	const struct snapshot *s = division->snapshot;
	unsigned others = rest & ~(1U << first);
	if (!division->runs || !grouped)
		divide(division, others, release_s, cost_add(so_far, reference_local(s, first)), grouped);
	double end_s = reference_end_s(s, first);
	for (unsigned with = others;; with = (with - 1) & others) {
		unsigned members = with | 1U << first;
		if (!division->runs || is_run(s, members, rest))
			divide(division, rest & ~members, fmax(release_s, end_s),
			       cost_add(so_far, division->group(s, members, release_s, end_s)), true);
		if (!with)
			break;
	}
}

// The rest in every order of their deadlines.
static void divide(struct division *division, unsigned rest, double release_s, struct cost so_far,
		   bool grouped)
{
	const struct snapshot *s = division->snapshot;
	if (!rest) {
		if (cost_less(so_far, division->best))
			division->best = so_far;
		return;
	}
	double end_s = reference_end_s(s, tightest(s, rest));
	for (int m = 0; m < s->n_jobs; m++)
		if ((rest >> m & 1) && reference_end_s(s, m) == end_s)
			divide_from(division, m, rest, release_s, so_far, grouped);
}

// Late alone, and late with the whole edge to itself.
static bool is_hopeless(const struct snapshot *snapshot, int m)
{
	return reference_ip_ssa(snapshot, 1U << m, snapshot->servers[0].free_s, reference_end_s(snapshot, m))
		   .late > 0;
}

struct cost reference_grouping(const struct snapshot *snapshot, reference_group *group, bool runs)
{
	struct division division = {snapshot, group, runs, WORST};
	struct cost hopeless = {0};
	unsigned served = 0;
	for (int m = 0; m < snapshot->n_jobs; m++)
		if (is_hopeless(snapshot, m))
			hopeless = cost_add(hopeless, reference_local(snapshot, m));
		else
			served |= 1U << m;
	divide(&division, served, snapshot->servers[0].free_s, (struct cost){0}, false);
	return cost_add(division.best, hopeless);
}
