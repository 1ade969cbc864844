// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/divide.h"

#include <stdlib.h>
#include "edge/policy/gains.h"

struct item {
	struct cost key;
	int user;
};

static int by_key(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	if (cost_less(x->key, y->key) || cost_less(y->key, x->key))
		return cost_less(x->key, y->key) ? -1 : 1;
	return x->user - y->user;
}

static void sort(struct item items[], int n)
{
	if (n > 1)
		qsort(items, (size_t)n, sizeof(*items), by_key);
}

static void offer(struct division *best, struct division division)
{
	if (cost_less(division.cost, best->cost))
		*best = division;
}

static struct cost gain(struct cost local, struct seat seat)
{
	return cost_sub(local, seat.cost);
}

// The users who gain in their own group, most first. Returns how many.
static int list_gainers(const struct tie *tie, struct item items[])
{
	int n = 0;
	for (int u = 0; u < tie->n; u++)
		if (tie->seat[u].offloads)
			items[n++] = (struct item){cost_sub(tie->seat[u].cost, tie->local[u]), u};
	sort(items, n);
	return n;
}

static struct cost all_local(const struct tie *tie)
{
	struct cost sum = {0};
	for (int u = 0; u < tie->n; u++)
		sum = cost_add(sum, tie->local[u]);
	return sum;
}

void divide_all_own(const struct tie *tie, struct cost ahead, struct division best[])
{
	int n = 0;
	for (int u = 0; u < tie->n; u++) {
		ahead = cost_add(ahead, tie->seat[u].cost);
		n += tie->seat[u].offloads;
	}
	if (n <= tie->b)
		offer(&best[n], (struct division){.cost = ahead, .way = ALL_OWN, .n = n});
}

void divide_local_ahead(const struct tie *tie, struct cost ahead, struct division best[])
{
	struct item *items = tie->scratch;
	int gainers = list_gainers(tie, items);
	struct division division = {.cost = cost_add(ahead, all_local(tie)), .way = LOCAL_AHEAD};
	if (gainers < tie->n) // somebody must be in the group
		offer(&best[0], division);
	while (division.n < gainers && division.n < tie->b) {
		division.cost = cost_add(division.cost, items[division.n++].key);
		offer(&best[division.n], division);
	}
}

void divide_local_behind(const struct tie *tie, struct cost ahead, struct division *best)
{
	if (tie->n < 2)
		return;
	struct item *items = tie->scratch;
	int n = list_gainers(tie, items);
	n = n < tie->b ? n : tie->b;
	n = n < tie->n ? n : tie->n - 1;
	struct division division = {.cost = cost_add(ahead, all_local(tie)), .way = LOCAL_BEHIND, .n = n};
	for (int k = 0; k < n; k++)
		division.cost = cost_add(division.cost, items[k].key);
	offer(best, division);
}

// Users by what the group before costs more than their own: movers would offload there, droppers only in
// their own group. Whoever is in neither list is local in both.
struct halves {
	struct item *movers, *droppers;
	int n_movers, n_droppers, own; // own: offloaders when all are in their own group
	struct cost cost;	       // likewise
};

static void open_halves(struct halves *halves, const struct tie *tie, const struct approach *approach)
{
	*halves = (struct halves){.movers = tie->scratch};
	halves->droppers = halves->movers + tie->n;
	for (int u = 0; u < tie->n; u++) {
		struct item item = {cost_sub(approach->seat[u].cost, tie->seat[u].cost), u};
		if (approach->seat[u].offloads)
			halves->movers[halves->n_movers++] = item;
		else if (tie->seat[u].offloads)
			halves->droppers[halves->n_droppers++] = item;
		halves->own += tie->seat[u].offloads;
		halves->cost = cost_add(halves->cost, tie->seat[u].cost);
	}
	sort(halves->movers, halves->n_movers);
	sort(halves->droppers, halves->n_droppers);
}

void divide_two_groups(const struct tie *tie, const struct approach *approach, struct division best[])
{
	struct halves h;
	open_halves(&h, tie, approach);
	int idle = tie->n - h.n_movers - h.n_droppers, own = h.own;
	struct cost moved = h.cost;
	for (int i = 0; cost_less(approach->ahead[i].cost, NO_WAY); i++) {
		struct cost cost = cost_add(approach->ahead[i].cost, moved);
		for (int j = 0; j <= h.n_droppers; j++) {
			bool own_is_empty = i == h.n_movers && j == h.n_droppers && idle == 0;
			if (own - j <= tie->b && !own_is_empty)
				offer(&best[own - j],
				      (struct division){cost, TWO_GROUPS, approach, own - j, i, j, i});
			if (j < h.n_droppers)
				cost = cost_add(cost, h.droppers[j].key);
		}
		if (i == h.n_movers)
			break;
		moved = cost_add(moved, h.movers[i].key);
		own -= tie->seat[h.movers[i].user].offloads;
	}
}

// The largest gains among the first users of a list, after each of them.
struct taken {
	struct cost sum, least;
	int n;
};

static struct taken take(struct gains *gains, struct cost gain)
{
	if (cost_less((struct cost){0}, gain))
		gains_add(gains, gain);
	return (struct taken){gains->sum, gains->n > 0 ? gains->heap[0] : (struct cost){0}, gains->n};
}

struct parting {
	const struct tie *tie;
	const struct approach *approach;
	struct item *items;    // by what the own group costs less than the one before, least first
	struct taken *before;  // [n + 1] in the group before, of the first k
	struct cost *heap;     // [n]
	struct cost all_local; // and everybody ahead
	int room, gainers;     // gainers in their own group
};

static void open_parting(struct parting *p, const struct tie *tie, const struct approach *approach)
{
	size_t n = (size_t)tie->n;
	*p = (struct parting){tie, approach, .items = tie->scratch, .all_local = all_local(tie)};
	p->before = (struct taken *)(p->items + n);
	p->heap = (struct cost *)(p->before + n + 1);
	for (int u = 0; u < tie->n; u++) {
		p->items[u] = (struct item){cost_sub(approach->seat[u].cost, tie->seat[u].cost), u};
		p->gainers += tie->seat[u].offloads;
	}
	sort(p->items, tie->n);
}

static void take_before(struct parting *p)
{
	struct gains gains = {.heap = p->heap, .room = p->room};
	p->before[0] = (struct taken){0};
	for (int k = 0; k < p->tie->n; k++) {
		int u = p->items[k].user;
		p->before[k + 1] = take(&gains, gain(p->tie->local[u], p->approach->seat[u]));
	}
}

// Candidates 0..k-1 for the group before, the rest for their own. One user must be in their own group and one
// behind it.
static void part_at(const struct parting *p, int k, struct taken own, struct division *best)
{
	struct taken before = p->before[k];
	struct cost gain = cost_add(before.sum, own.sum);
	int local = p->tie->n - before.n - own.n;
	if (own.n == 0 && (p->gainers > 0 || local < 2))
		return;
	if (local == 0) {
		bool drop_before = before.n > 0 && (own.n < 2 || cost_less(before.least, own.least));
		if (!drop_before && own.n < 2)
			return;
		gain = cost_sub(gain, drop_before ? before.least : own.least);
		before.n -= drop_before;
		own.n -= !drop_before;
	}
	struct cost all_local = cost_add(p->approach->ahead[p->room].cost, p->all_local);
	offer(best, (struct division){cost_sub(all_local, gain), TWO_GROUPS_LOCAL_BEHIND, p->approach, own.n,
				      before.n, k, p->room});
}

void divide_two_groups_local_behind(const struct tie *tie, const struct approach *approach,
				    struct division *best)
{
	struct parting p;
	open_parting(&p, tie, approach);
	for (p.room = 1; p.room <= tie->n && cost_less(approach->ahead[p.room].cost, NO_WAY); p.room++) {
		if (p.room < tie->n &&
		    !cost_less(approach->ahead[p.room].cost, approach->ahead[p.room + 1].cost))
			continue; // more room costs no more
		take_before(&p);
		struct gains gains = {.heap = p.heap, .room = tie->b};
		struct taken own = {0};
		for (int k = tie->n; k >= 0; k--) {
			part_at(&p, k, own, best);
			if (k > 0) {
				int u = p.items[k - 1].user;
				own = take(&gains, gain(tie->local[u], tie->seat[u]));
			}
		}
	}
}

// The n of items[from..to-1] who gain most go to `place`; key[] is overwritten by what they gain.
static void place_most(const struct tie *tie, const struct seat seat[], struct item items[], int n_items,
		       int n, enum place to, enum place place[])
{
	for (int k = 0; k < n_items; k++) {
		int u = items[k].user;
		items[k].key = cost_sub(seat[u].cost, tie->local[u]);
	}
	sort(items, n_items);
	for (int k = 0; k < n; k++)
		place[items[k].user] = to;
}

static void place_halves(const struct tie *tie, const struct division *division, enum place place[])
{
	struct halves h;
	open_halves(&h, tie, division->approach);
	for (int u = 0; u < tie->n; u++)
		place[u] = tie->seat[u].offloads ? JOIN_OWN : STAY_LOCAL;
	for (int k = 0; k < division->before; k++)
		place[h.movers[k].user] = JOIN_BEFORE;
	for (int k = 0; k < division->part; k++)
		place[h.droppers[k].user] = JOIN_BEFORE;
}

static void place_parted(const struct tie *tie, const struct division *division, enum place place[])
{
	struct parting p;
	open_parting(&p, tie, division->approach);
	int k = division->part;
	place_most(tie, division->approach->seat, p.items, k, division->before, JOIN_BEFORE, place);
	place_most(tie, tie->seat, p.items + k, tie->n - k, division->n, JOIN_OWN, place);
}

void divide_places(const struct tie *tie, const struct division *division, enum place place[])
{
	for (int u = 0; u < tie->n; u++)
		place[u] = division->way == ALL_OWN ? JOIN_OWN : STAY_LOCAL;
	if (division->way == TWO_GROUPS)
		place_halves(tie, division, place);
	else if (division->way == TWO_GROUPS_LOCAL_BEHIND)
		place_parted(tie, division, place);
	else if (division->way != ALL_OWN) {
		struct item *items = tie->scratch;
		list_gainers(tie, items);
		for (int k = 0; k < division->n; k++)
			place[items[k].user] = JOIN_OWN;
	}
}

size_t divide_scratch_bytes(int n)
{
	return (size_t)n * (2 * sizeof(struct item) + sizeof(struct cost)) +
	       ((size_t)n + 1) * sizeof(struct taken);
}
