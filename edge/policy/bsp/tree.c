// SPDX-License-Identifier: BSD-3-Clause
// Exact by tree search: for each n, users in the order of blocks (most first) and width are taken or left. A
// branch is left when too few users remain; when the narrowest of those who remain do not fit into the band;
// when a user taken would be late although the blocks hold no more than they must; and when it takes a user
// after it has left one of the same blocks that is as narrow and bears as much, for exchanging the two costs
// nothing. At each node the narrowest who remain are tried first: where they fit, nothing below is better.
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "edge/policy/bsp/solvers.h"

struct tree {
	struct shelf *shelf;
	int n;		// to be served
	int *order;	// [shelf n] users in the order of the search
	int *place;	// [shelf n] of each user in it
	int *taken;	// [shelf n] users of the branch in hand, then of a completion
	int *best;	// [shelf n]
	double best_hz; // its hertz: to be beaten
	bool any;	// the first that fits will do
	double steps, most_steps;
	int first[POLICY_MAX_SUBTASKS + 1]; // place of the first user of at most so many blocks
	// Of the branch in hand: users of each block, and the shortest budget of those who leave after it.
	int size[POLICY_MAX_SUBTASKS];
	double budget_s[POLICY_MAX_SUBTASKS];
};

static const struct candidate *at(const struct tree *t, int place)
{
	return &t->shelf->candidates[t->order[place]];
}

// Whether those taken can be in time: each block has at least its users so far, and those of the `left` to
// come for whom no user remains who leaves before it.
static bool can_be_in_time(const struct tree *t, int place, int left)
{
	double end_s = 0;
	for (int i = 0; i < t->shelf->n_blocks; i++) {
		int early = t->shelf->n - (place > t->first[i] ? place : t->first[i]);
		end_s += shelf_block_s(t->shelf, i, t->size[i] + (left > early ? left - early : 0));
		if (!(end_s <= t->budget_s[i]))
			return false;
	}
	return true;
}

// The `left` narrowest users from a place on; their hertz, INFINITY when fewer remain.
static double narrowest(const struct tree *t, int place, int left, int users[])
{
	double sum_hz = 0;
	for (int k = 0; k < t->shelf->n && left > 0; k++) {
		if (t->place[k] < place)
			continue;
		sum_hz += t->shelf->candidates[k].width_hz;
		*users++ = k;
		left--;
	}
	return left > 0 ? INFINITY : sum_hz;
}

static void take(struct tree *t, int user, int by)
{
	for (int i = 0; i < t->shelf->candidates[user].blocks; i++)
		t->size[i] += by;
}

// Goes through all branches from a place on. left_s: the longest budget left out among users of as many
// blocks as the one there. True when the search is over.
static bool search(struct tree *t, int place, int n_taken, double hz, double left_s)
{
	for (;; place++) {
		int left = t->n - n_taken;
		if (++t->steps > t->most_steps)
			return true;
		if (!can_be_in_time(t, place, left))
			return false;
		double whole_hz = hz + narrowest(t, place, left, t->taken + n_taken);
		if (!(whole_hz < t->best_hz))
			return false;
		if (shelf_fits(t->shelf, t->taken, t->n)) {
			t->best_hz = whole_hz;
			memcpy(t->best, t->taken, (size_t)t->n * sizeof(*t->best));
			return t->any;
		}
		const struct candidate *c = at(t, place);
		if (place == t->first[c->blocks])
			left_s = -INFINITY;
		if (c->budget_s <= left_s)
			continue;
		double budget_s = t->budget_s[c->blocks - 1];
		t->taken[n_taken] = t->order[place];
		t->budget_s[c->blocks - 1] = fmin(budget_s, c->budget_s);
		take(t, t->order[place], 1);
		bool over = search(t, place + 1, n_taken + 1, hz + c->width_hz, left_s);
		take(t, t->order[place], -1);
		t->budget_s[c->blocks - 1] = budget_s;
		if (over)
			return true;
		left_s = c->budget_s;
	}
}

// Whether n can be served; then best says how, with the least hertz unless any will do.
static bool try_count(struct tree *t, int n, bool any)
{
	if (n > t->shelf->n || n > t->shelf->most)
		return false;
	double bound_hz = t->best_hz = nextafter(t->shelf->band_hz, INFINITY);
	t->n = n;
	t->any = any;
	memset(t->size, 0, sizeof(t->size));
	for (int i = 0; i < t->shelf->n_blocks; i++)
		t->budget_s[i] = INFINITY;
	search(t, 0, 0, 0, -INFINITY);
	return t->best_hz < bound_hz;
}

static void set_order(struct tree *t)
{
	int next = 0;
	for (int blocks = t->shelf->n_blocks; blocks >= 0; blocks--) {
		t->first[blocks] = next;
		for (int k = 0; k < t->shelf->n; k++)
			if (t->shelf->candidates[k].blocks == blocks) {
				t->place[k] = next;
				t->order[next++] = k;
			}
	}
}

int shelf_tree(struct shelf *shelf, const double value[], struct err *err)
{
	const double grow[BSP_VALUES] = {[BSP_GROW] = 1};
	int rc = shelf_pack(shelf, grow, err);
	size_t n_users = (size_t)shelf->n + 1;
	int *storage = rc ? NULL : calloc(4 * n_users, sizeof(*storage));
	struct tree *t = storage ? calloc(1, sizeof(*t)) : NULL;
	if (!t) {
		free(storage);
		return rc ? rc : err_set(err, ENOMEM, "no memory to plan for %d users", shelf->n);
	}
	*t = (struct tree){.shelf = shelf,
			   .order = storage,
			   .place = storage + n_users,
			   .taken = storage + 2 * n_users,
			   .best = storage + 3 * n_users,
			   .most_steps = value[BSP_EFFORT]};
	set_order(t);
	int n = shelf->n_chosen;
	while (try_count(t, n + 1, true))
		n++;
	if (n > 0 && try_count(t, n, false))
		shelf_choose(shelf, t->best, n);
	free(t);
	free(storage);
	return 0;
}
