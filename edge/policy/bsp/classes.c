// SPDX-License-Identifier: BSD-3-Clause
// Exact by class counts. A class is the users who leave at the same block. Given n and how many m_1, m_2, ..
// of each class are served, block i has n - m_1 - .. - m_{i-1} users, so class i ends at a known time, and
// the best of it are the m_i narrowest of those with a budget that long. All counts are gone through, from
// the first class on; a branch is left when the rest cannot fit into the band even if everybody were in time.
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "edge/policy/bsp/solvers.h"

struct class_users {
	int n;
	int *user;	  // [n] by budget, the longest first
	double *budget_s; // [n] theirs
	int most;	  // of them that a batch can hold
	double *sum_hz;	  // [n + 1][most + 1] at [r * (most + 1) + m]: the m narrowest of the first r, m <= r
};

struct search {
	struct shelf *shelf;
	struct class_users classes[POLICY_MAX_SUBTASKS]; // [n_blocks]
	double *rest_hz; // [n_blocks + 1][n + 1] at [c * (n + 1) + r]: the r narrowest of classes c and later
	int n_rest[POLICY_MAX_SUBTASKS + 1]; // users of classes c and later
	// [n_blocks] how many of each class are served, and how many are in time: of the branch in hand, and
	// of the best of this n.
	int count[POLICY_MAX_SUBTASKS], rank[POLICY_MAX_SUBTASKS];
	int best_count[POLICY_MAX_SUBTASKS], best_rank[POLICY_MAX_SUBTASKS];
	double best_hz; // its hertz: to be beaten
	bool any;	// the first that fits will do
	double steps, most_steps;
	void *storage;
};

static double *rest_of(const struct search *s, int c)
{
	return s->rest_hz + (ptrdiff_t)c * (s->shelf->n + 1);
}

static double *sums_of(const struct class_users *users, int rank)
{
	return users->sum_hz + (ptrdiff_t)rank * (users->most + 1);
}

// How many of the class have a budget of at least end_s.
static int in_time(const struct class_users *users, double end_s)
{
	int low = 0, high = users->n;
	while (low < high) {
		int middle = (low + high) / 2;
		if (users->budget_s[middle] >= end_s)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void keep_best(struct search *s, double hz)
{
	size_t bytes = (size_t)s->shelf->n_blocks * sizeof(int);
	s->best_hz = hz;
	memcpy(s->best_count, s->count, bytes);
	memcpy(s->best_rank, s->rank, bytes);
}

// Class c and later ones, of whom `left` are to be served: class c - 1 ends at before_s, and used_hz is
// taken. True when the search is over.
static bool go_on(struct search *s, int c, int left, double before_s, double used_hz)
{
	const struct class_users *users = &s->classes[c];
	double end_s = before_s + shelf_block_s(s->shelf, c, left);
	int rank = in_time(users, end_s), later = s->n_rest[c + 1];
	const double *sum_hz = sums_of(users, rank), *rest_hz = rest_of(s, c + 1);
	int least = left > later ? left - later : 0, most = rank < left ? rank : left;
	s->rank[c] = rank;
	for (int m = least; m <= most; m++) {
		double hz = used_hz + sum_hz[m];
		if (++s->steps > s->most_steps)
			return true;
		if (!(hz < s->best_hz))
			break;
		if (!(hz + rest_hz[left - m] < s->best_hz))
			continue;
		s->count[c] = m;
		if (left == m) {
			memset(s->count + c + 1, 0, (size_t)(s->shelf->n_blocks - c - 1) * sizeof(int));
			keep_best(s, hz);
			if (s->any)
				return true;
		} else if (go_on(s, c + 1, left - m, end_s, hz)) {
			return true;
		}
	}
	return false;
}

// Whether n can be served; then best_count and best_rank say how, with the least hertz unless any will do.
static bool try_count(struct search *s, int n, bool any)
{
	s->any = any;
	s->best_hz = nextafter(s->shelf->band_hz, INFINITY);
	if (n > s->n_rest[0] || n > s->shelf->most)
		return false;
	double bound_hz = s->best_hz;
	go_on(s, 0, n, 0, 0);
	return s->best_hz < bound_hz;
}

static int by_budget(const void *a, const void *b, void *context)
{
	const struct shelf *shelf = context;
	int x = *(const int *)a, y = *(const int *)b;
	double left_x = shelf->candidates[x].budget_s, left_y = shelf->candidates[y].budget_s;
	if (left_x != left_y)
		return left_x > left_y ? -1 : 1;
	return x - y;
}

// sum_hz, from row to row: one user more among sorted widths.
static void fill_sums(const struct shelf *shelf, struct class_users *users, double sorted_hz[])
{
	for (int r = 0; r < users->n; r++) {
		double width_hz = shelf->candidates[users->user[r]].width_hz, *sum_hz = sums_of(users, r + 1);
		int place = r;
		for (; place > 0 && sorted_hz[place - 1] > width_hz; place--)
			sorted_hz[place] = sorted_hz[place - 1];
		sorted_hz[place] = width_hz;
		for (int m = 0; m <= r && m < users->most; m++)
			sum_hz[m + 1] = sum_hz[m] + sorted_hz[m];
	}
}

static void fill_class(struct search *s, int c, double sorted_hz[])
{
	struct shelf *shelf = s->shelf;
	struct class_users *users = &s->classes[c];
	if (users->n > 1)
		qsort_r(users->user, (size_t)users->n, sizeof(*users->user), by_budget, shelf);
	for (int k = 0; k < users->n; k++)
		users->budget_s[k] = shelf->candidates[users->user[k]].budget_s;
	fill_sums(shelf, users, sorted_hz);
}

// Candidates stand by width, so each that belongs to the classes is the next narrowest.
static void fill_rest(struct search *s, int c)
{
	double *rest_hz = rest_of(s, c);
	int n = 0;
	for (int k = 0; k < s->shelf->n; k++)
		if (s->shelf->candidates[k].blocks - 1 >= c) {
			rest_hz[n + 1] = rest_hz[n] + s->shelf->candidates[k].width_hz;
			n++;
		}
	s->n_rest[c] = n;
}

static void count_classes(struct search *s)
{
	const struct shelf *shelf = s->shelf;
	for (int k = 0; k < shelf->n; k++)
		s->classes[shelf->candidates[k].blocks - 1].n++;
	for (int c = 0; c < shelf->n_blocks; c++)
		s->classes[c].most = s->classes[c].n < shelf->most ? s->classes[c].n : shelf->most;
}

// One piece of memory for all; the doubles first.
static int take_memory(struct search *s, struct err *err)
{
	const struct shelf *shelf = s->shelf;
	size_t n = (size_t)shelf->n, doubles = 2 * n + ((size_t)shelf->n_blocks + 1) * (n + 1);
	for (int c = 0; c < shelf->n_blocks; c++)
		doubles += ((size_t)s->classes[c].n + 1) * ((size_t)s->classes[c].most + 1);
	double *next = s->storage = calloc(1, doubles * sizeof(double) + n * sizeof(int));
	if (!next) {
		err_set(err, ENOMEM, "no memory to plan for %zu users", n);
		return -ENOMEM;
	}
	next += n; // sorted widths
	s->rest_hz = next;
	next += ((size_t)shelf->n_blocks + 1) * (n + 1);
	int *user = (int *)(void *)((double *)s->storage + doubles);
	for (int c = 0; c < shelf->n_blocks; c++) {
		struct class_users *users = &s->classes[c];
		users->budget_s = next;
		users->sum_hz = next + users->n;
		users->user = user;
		next = users->sum_hz + ((ptrdiff_t)users->n + 1) * (users->most + 1);
		user += users->n;
	}
	return 0;
}

static int open_search(struct search *s, struct shelf *shelf, double effort, struct err *err)
{
	int filled[POLICY_MAX_SUBTASKS] = {0};
	*s = (struct search){.shelf = shelf, .most_steps = effort};
	count_classes(s);
	int rc = take_memory(s, err);
	if (rc < 0)
		return rc;
	for (int k = 0; k < shelf->n; k++) {
		int c = shelf->candidates[k].blocks - 1;
		s->classes[c].user[filled[c]++] = k;
	}
	for (int c = 0; c < shelf->n_blocks; c++) {
		fill_class(s, c, s->storage);
		fill_rest(s, c);
	}
	return 0;
}

static int by_place(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

// The users that best_count and best_rank stand for.
static void choose_best(struct search *s)
{
	struct shelf *shelf = s->shelf;
	int n = 0;
	for (int c = 0; c < shelf->n_blocks; c++) {
		struct class_users *users = &s->classes[c];
		// Sorted by width; the search is over, and its order by budget no longer needed.
		qsort(users->user, (size_t)s->best_rank[c], sizeof(*users->user), by_place);
		memcpy(shelf->chosen + n, users->user, (size_t)s->best_count[c] * sizeof(int));
		n += s->best_count[c];
	}
	shelf_choose(shelf, shelf->chosen, n);
}

int shelf_classes(struct shelf *shelf, const double value[], struct err *err)
{
	const double grow[BSP_VALUES] = {[BSP_GROW] = 1};
	struct search s;
	int rc = shelf_pack(shelf, grow, err);
	rc = rc ? rc : open_search(&s, shelf, value[BSP_EFFORT], err);
	if (rc != 0)
		return rc;
	int n = shelf->n_chosen;
	while (try_count(&s, n + 1, true))
		n++;
	if (n > 0 && try_count(&s, n, false))
		choose_best(&s);
	free(s.storage);
	return 0;
}
