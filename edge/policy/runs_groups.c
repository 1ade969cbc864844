// SPDX-License-Identifier: BSD-3-Clause
// For the deadline in hand and every guess b from 1 on, the start times of a group that begins there are
// fixed, so each user's best cut depends on the release only through the first cut q it still allows: sums
// over the deadlines that follow are kept for every q. The least feasible b grows with the users and falls
// with the release, so a group up to a deadline is settled at the first b for which all its users fit.
#include <errno.h>
#include <stdlib.h>
#include "edge/policy/runs_private.h"

// Of the source's group at a deadline some of whose users may join it.
static struct approach **approaches_at(const struct runs *r, int source, int deadline)
{
	return &r->approaches[(ptrdiff_t)source * (r->n_deadlines + 1) + deadline];
}

static struct approach *first_approach(const struct runs *r, int source)
{
	return r->approaches ? *approaches_at(r, source, r->at) : NULL;
}

// One step down in q: the best of what is open above and of cut q.
static void open_cut(const struct runs *r, int m, int q, struct seat *best)
{
	struct choice at;
	if (choose_at(r->problem, m, q, r->start_s[q], &at) && cost_less(at.cost, best->cost))
		*best = (struct seat){at.cost, true};
}

// The seats of one of the users in hand when cuts below q are closed, for every q.
static void find_seats(const struct runs *r, int u)
{
	int m = r->order[r->deadlines[r->at].first + u], n_subtasks = r->net->n_subtasks;
	struct seat best = {r->problem->local[m].cost, false};
	r->seats[(ptrdiff_t)n_subtasks * r->most + u] = best;
	for (int q = n_subtasks - 1; q >= 0; q--) {
		open_cut(r, m, q, &best);
		r->seats[(ptrdiff_t)q * r->most + u] = best;
	}
}

// Likewise for a user behind them: sums are those above and this user's.
static void add_user(const struct runs *r, int m, const struct sum *above, struct sum *sums)
{
	int n_subtasks = r->net->n_subtasks;
	struct seat best = {r->problem->local[m].cost, false};
	for (int q = n_subtasks; q >= 0; q--) {
		if (q < n_subtasks)
			open_cut(r, m, q, &best);
		sums[q] =
		    (struct sum){cost_add(above[q].cost, best.cost), above[q].offloaders + best.offloads};
	}
}

void runs_start_guess(struct runs *r, int group, int b)
{
	r->at = runs_deadline_of(r, group);
	r->own = group;
	r->b = b;
	const struct deadline *deadline = &r->deadlines[r->at];
	starts_before(r->net, b, 1, runs_end_of(r, group), r->start_s);
	for (int u = 0; u < deadline->n; u++)
		find_seats(r, u);
	r->n_summed = 1;
	for (int q = 0; q <= r->net->n_subtasks; q++)
		r->sums[q] = (struct sum){0};
}

// Everybody behind the deadline in hand and before `deadline`.
static const struct sum *sums_before(struct runs *r, int deadline)
{
	ptrdiff_t columns = r->net->n_subtasks + 1;
	for (; r->n_summed < deadline - r->at; r->n_summed++) {
		const struct deadline *next = &r->deadlines[r->at + r->n_summed];
		struct sum *sums = r->sums + r->n_summed * columns, *above = sums - columns;
		for (int u = 0; u < next->n; u++, above = sums)
			add_user(r, r->order[next->first + u], above, sums);
	}
	return r->sums + (deadline - r->at - 1) * columns;
}

// Could a division between the two groups be better than the known one? Counts the work of trying.
static bool is_promising(struct runs *r, const struct tie *tie, const struct approach *approach)
{
	struct cost least = cost_add(approach->ahead[0].cost, r->rest[r->at + 1]);
	for (int u = 0; u < tie->n; u++)
		least = cost_add(least, cost_less(tie->seat[u].cost, approach->seat[u].cost)
					    ? tie->seat[u].cost
					    : approach->seat[u].cost);
	bool promising = r->effort <= RUNS_MOST_EFFORT && cost_less(least, r->bound);
	r->effort += promising ? (long long)tie->n * tie->n : tie->n;
	return promising;
}

void runs_open_group(struct runs *r, int source, int q)
{
	struct tie tie = runs_tie_in_hand(r, q);
	bool joined;
	for (int k = 0; k <= tie.n; k++)
		r->best[k].cost = NO_WAY;
	if (tie.n == 1) {
		struct cost cost = cost_add(runs_ahead(r, source, r->at, &joined), tie.seat->cost);
		r->best[tie.seat->offloads] = (struct division){
		    .cost = cost, .way = joined ? ALL_OWN : LOCAL_AHEAD, .n = tie.seat->offloads};
	} else {
		divide_local_ahead(&tie, r->waiting[source], r->best);
		if (source != NOBODY)
			divide_all_own(&tie, runs_closed_at(r, source, r->at)->cost, r->best);
		for (struct approach *a = first_approach(r, source); a; a = a->next)
			if (is_promising(r, &tie, a))
				divide_two_groups(&tie, a, r->best);
	}
	for (int k = 1; k <= tie.n; k++)
		if (cost_less(r->best[k - 1].cost, r->best[k].cost))
			r->best[k] = r->best[k - 1];
}

struct division runs_end_group(struct runs *r, int source, int q)
{
	struct tie tie = runs_tie_in_hand(r, q);
	struct division best = {.cost = NO_WAY};
	bool joined;
	divide_local_behind(&tie, runs_ahead(r, source, r->at, &joined), &best);
	for (struct approach *a = first_approach(r, source); a; a = a->next)
		if (is_promising(r, &tie, a))
			divide_two_groups_local_behind(&tie, a, &best);
	return best;
}

// What user m costs at the least in a group of its own that begins at its deadline, behind the group in hand.
static struct cost least_alone_behind(const struct runs *r, int m, int deadline)
{
	struct cost least = r->problem->local[m].cost;
	double start_s[POLICY_MAX_SUBTASKS];
	int first_group = 1 + deadline * r->gaps;
	for (int group = first_group; group < first_group + r->gaps && runs_gap_of(r, group); group++) {
		starts_before(r->net, 1, 1, runs_end_of(r, group), start_s);
		int first = first_cut_after(r->net, start_s, runs_release_after(r, group, r->own));
		struct cost cost = choose_best(r->problem, m, start_s, first, r->net->n_subtasks - 1).cost;
		least = cost_less(cost, least) ? cost : least;
	}
	return least;
}

// The least that the users of `deadline` cost between the group in hand and one of their own.
static struct cost least_between(struct runs *r, int deadline, const struct seat seat[])
{
	const struct deadline *d = &r->deadlines[deadline];
	struct cost sum = {0};
	for (int u = 0; u < d->n; u++) {
		struct cost own = least_alone_behind(r, r->order[d->first + u], deadline);
		sum = cost_add(sum, cost_less(own, seat[u].cost) ? own : seat[u].cost);
	}
	return sum;
}

static struct approach *approach_at(struct runs *r, int q, int deadline)
{
	struct approach **list = approaches_at(r, r->own, deadline);
	for (struct approach *a = *list; a && a->b == r->b; a = a->next)
		if (a->first_cut == q)
			return a;
	const struct deadline *d = &r->deadlines[deadline];
	size_t n = (size_t)d->n;
	struct approach *a = malloc(sizeof(*a) + n * sizeof(*a->seat) + (n + 1) * sizeof(*a->ahead));
	if (!a) {
		r->failed = -ENOMEM;
		return NULL;
	}
	*a = (struct approach){*list, r->b, q, {0}, (struct seat *)(a + 1), NULL};
	a->ahead = (struct ahead *)(a->seat + n);
	for (size_t i = 0; i <= n; i++)
		a->ahead[i].cost = NO_WAY;
	for (int u = 0; u < d->n; u++) {
		struct choice choice =
		    choose_best(r->problem, r->order[d->first + u], r->start_s, q, r->net->n_subtasks - 1);
		a->seat[u] = (struct seat){choice.cost, choice.cut < r->net->n_subtasks};
	}
	a->least = least_between(r, deadline, a->seat);
	return *list = a;
}

// Keeps what some users of `deadline` find when they join the group in hand, if that may lead to a better
// division than the known one.
static void approach_deadline(struct runs *r, int source, int q, int deadline, const struct sum *behind)
{
	int own = r->deadlines[r->at].n, room = r->b - behind->offloaders;
	struct cost least = cost_add(r->best[room < own ? room : own].cost, behind->cost);
	if (!cost_less(cost_add(least, r->rest[deadline]), r->bound))
		return;
	struct approach *a = approach_at(r, q, deadline);
	if (!a || !cost_less(cost_add(cost_add(least, a->least), r->rest[deadline + 1]), r->bound))
		return;
	for (int i = 0; i <= r->deadlines[deadline].n && i <= room; i++) {
		int n = room - i < own ? room - i : own;
		struct cost cost = cost_add(r->best[n].cost, behind->cost); // the best with at most n
		if (cost_less(cost, a->ahead[i].cost))
			a->ahead[i] = (struct ahead){cost, source, n};
	}
}

// Takes in one deadline after another while at most b offload. Returns the first that is not settled.
static int extend_group(struct runs *r, int source, int q, int first)
{
	int own = r->deadlines[r->at].n, offloaders = 0;
	for (int u = 0; u < own; u++)
		offloaders += r->seats[(ptrdiff_t)q * r->most + u].offloads;
	bool join = first - 1 > r->at && r->deadlines[first - 1].n > 1; // some may still join
	for (int d = first - join; d <= r->n_deadlines; d++) {
		const struct sum *behind = &sums_before(r, d)[q];
		int room = r->b - behind->offloaders, n = room < own ? room : own;
		if (n < 0 || !cost_less(r->best[n].cost, NO_WAY))
			break;
		struct state *state = runs_closed_at(r, r->own, d);
		struct cost cost = cost_add(r->best[n].cost, behind->cost);
		if (cost_less(cost, state->cost))
			*state = (struct state){cost, {source, r->b, n}};
		if (r->two_groups && d < r->n_deadlines && r->deadlines[d].n > 1)
			approach_deadline(r, source, q, d, behind);
		if (d >= first && offloaders <= room)
			first = d + 1;
	}
	return first;
}

// Keeps sources in the order of their releases.
static void add_source(struct runs *r, double release_s, int source)
{
	int k = r->n_sources++;
	for (; k > 0 && r->release_s[k - 1] > release_s; k--) {
		r->release_s[k] = r->release_s[k - 1];
		r->sources[k] = r->sources[k - 1];
	}
	r->release_s[k] = release_s;
	r->sources[k] = source;
}

// Drops the sources that release the group in hand later than another without being cheaper, unless users in
// hand may join them.
static void drop_sources(struct runs *r)
{
	struct cost best = NO_WAY;
	bool joined, one = r->deadlines[r->at].n == 1;
	int n = 0;
	for (int k = 0; k < r->n_sources; k++) {
		struct cost cost = runs_ahead(r, r->sources[k], r->at, &joined);
		if (!cost_less(cost, best) && (one || !cost_less(cost, NO_WAY)))
			continue;
		best = cost_less(cost, best) ? cost : best;
		r->release_s[n] = r->release_s[k];
		r->open[n] = r->at + 1;
		r->sources[n++] = r->sources[k];
	}
	r->n_sources = n;
}

// The sources that a group may follow.
static void collect_sources(struct runs *r, int group)
{
	r->at = runs_deadline_of(r, group);
	r->own = group;
	r->n_sources = 0;
	if (!runs_gap_of(r, group))
		return;
	double end_s = runs_end_of(r, group);
	for (int source = NOBODY; source <= r->at * r->gaps; source++) {
		if (source != NOBODY && !runs_gap_of(r, source))
			continue;
		double release_s = runs_release_after(r, group, source);
		if (release_s < end_s)
			add_source(r, release_s, source);
	}
	drop_sources(r);
}

static bool takes_as_long(const struct snapshot_network *net, int b, int as)
{
	for (int n = 0; n < net->n_subtasks; n++)
		if (snapshot_batch_s(net, n, b) > snapshot_batch_s(net, n, as))
			return false;
	return true;
}

void runs_begin_group(struct runs *r, int group)
{
	int at = runs_deadline_of(r, group);
	r->idle[group].cost = NO_WAY;
	for (int d = at + 1; d <= r->n_deadlines; d++)
		runs_closed_at(r, group, d)->cost = NO_WAY;
	collect_sources(r, group);
	bool settled = r->n_sources == 0;
	int users = r->n - r->deadlines[at].first, most = r->net->max_batch;
	for (int b = 1; !settled && b <= most; b++) {
		while (b < users && b < most && takes_as_long(r->net, b + 1, b))
			b++; // room for one more at no cost
		runs_start_guess(r, group, b);
		settled = true;
		for (int k = 0; k < r->n_sources; k++) {
			if (r->open[k] > r->n_deadlines)
				continue;
			int q = first_cut_after(r->net, r->start_s, r->release_s[k]);
			runs_open_group(r, r->sources[k], q);
			if (r->deadlines[at].n > 1) {
				struct division end = runs_end_group(r, r->sources[k], q);
				if (cost_less(end.cost, r->idle[group].cost))
					r->idle[group] = (struct state){end.cost, {r->sources[k], b, 0}};
			}
			r->open[k] = extend_group(r, r->sources[k], q, r->open[k]);
			settled = settled && r->open[k] > r->n_deadlines;
		}
	}
}
