// SPDX-License-Identifier: BSD-3-Clause
// Laws of the batcher: bookings are kept, one batch at a time, nobody is forgotten.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "edge/desk/batch_record.h"
#include "edge/desk/batcher.h"

#define MS NS_PER_MS

static int64_t two_ms(int network, int subtask, int batch, void *user)
{
	(void)network;
	(void)subtask;
	(void)batch;
	(void)user;
	return 2 * MS;
}

static struct batcher *as_planned(int64_t patience_ns)
{
	return batcher_new(&(struct batching){.mode = BATCH_AS_PLANNED, .patience_ns = patience_ns}, two_ms,
			   NULL);
}

// A booking of network 0; shares = how many batches may run at once.
static void book(struct batcher *b, int subtask, int shares, int64_t start_ns, int64_t duration_ns,
		 struct batch_task *const *members, int n)
{
	struct booking booking = {.subtask = subtask,
				  .gpu_shares = shares,
				  .edge_freq = 1,
				  .start_ns = start_ns,
				  .duration_ns = duration_ns};
	uint32_t id;
	assert_int_equal(batcher_book(b, &booking, members, n, &id), 0);
}

static struct batch_task task_at(int next)
{
	return (struct batch_task){.n_subtasks = 3, .next = next};
}

static void a_complete_batch_starts_at_its_booking(void **state)
{
	(void)state;
	struct batcher *b = as_planned(1 * MS);
	struct batch_task x = task_at(2), y = task_at(2), *members[] = {&x, &y};
	int64_t wake;
	book(b, 2, 1, 10 * MS, 2 * MS, members, 2);
	assert_int_equal(batcher_planned_end_ns(b), 12 * MS);
	batcher_input(b, &x, 3 * MS);
	batcher_input(b, &y, 4 * MS);
	assert_null(batcher_next(b, 5 * MS, &wake));
	assert_int_equal(wake, 10 * MS);
	const struct batch *batch = batcher_next(b, 10 * MS, &wake);
	assert_non_null(batch);
	assert_int_equal(batch->reason, BATCH_PLANNED);
	assert_int_equal(batch->n_members, 2);
	assert_null(batcher_next(b, 11 * MS, &wake)); // one at a time
	batcher_done(b, batch, 12 * MS);
	assert_int_equal(x.next, 3);
	assert_true(batcher_idle(b));
	batcher_free(b);
}

static void a_late_input_is_waited_for_within_patience(void **state)
{
	(void)state;
	struct batcher *b = as_planned(1 * MS);
	struct batch_task x = task_at(2), *members[] = {&x};
	int64_t wake;
	book(b, 2, 1, 10 * MS, 2 * MS, members, 1);
	assert_null(batcher_next(b, 10 * MS, &wake));
	assert_int_equal(wake, 11 * MS);
	batcher_input(b, &x, 10 * MS + 500);
	const struct batch *batch = batcher_next(b, 10 * MS + 500, &wake);
	assert_non_null(batch);
	assert_int_equal(batch->reason, BATCH_WAITED);
	batcher_done(b, batch, 12 * MS);
	batcher_free(b);
}

static void who_is_left_behind_is_served_in_a_gap(void **state)
{
	(void)state;
	struct batcher *b = as_planned(1 * MS);
	struct batch_task x = task_at(1), y = task_at(1), *members[] = {&x, &y};
	int64_t wake;
	book(b, 1, 1, 10 * MS, 2 * MS, members, 2);
	book(b, 2, 1, 12 * MS, 2 * MS, members, 2);
	batcher_input(b, &x, 1 * MS);
	assert_null(batcher_next(b, 10 * MS, &wake));
	const struct batch *batch = batcher_next(b, 11 * MS, &wake);
	assert_int_equal(batch->reason, BATCH_LEFT);
	assert_int_equal(batch->n_members, 1);
	assert_true(y.straggler);
	batcher_input(b, &y, 11 * MS + 1);
	batcher_done(b, batch, 13 * MS);
	batch = batcher_next(b, 13 * MS, &wake); // the next booking goes first: it is due
	assert_int_equal(batch->booking.subtask, 2);
	assert_int_equal(batch->n_members, 1);
	batcher_done(b, batch, 15 * MS);
	batch = batcher_next(b, 15 * MS, &wake);
	assert_int_equal(batch->reason, BATCH_STRAGGLER);
	assert_ptr_equal(batch->member[0], &y);
	batcher_done(b, batch, 17 * MS);
	batch = batcher_next(b, 17 * MS, &wake);
	assert_int_equal(batch->booking.subtask, 2);
	batcher_done(b, batch, 19 * MS);
	assert_true(batcher_idle(b));
	assert_int_equal(y.next, 3);
	batcher_free(b);
}

static void a_short_gap_is_left_free(void **state)
{
	(void)state;
	struct batcher *b = as_planned(0);
	struct batch_task late = task_at(2), x = task_at(2), *first[] = {&late}, *second[] = {&x};
	int64_t wake;
	book(b, 2, 1, 1 * MS, 1 * MS, first, 1);
	book(b, 2, 1, 4 * MS, 1 * MS, second, 1);
	batcher_input(b, &x, 0);
	assert_null(batcher_next(b, 1 * MS, &wake));
	batcher_input(b, &late, 3 * MS);
	assert_null(batcher_next(b, 3 * MS, &wake)); // 1 ms until the booking, 2 ms to run
	assert_int_equal(wake, 4 * MS);
	const struct batch *batch = batcher_next(b, 4 * MS, &wake);
	assert_ptr_equal(batch->member[0], &x);
	batcher_done(b, batch, 5 * MS);
	assert_ptr_equal(batcher_next(b, 5 * MS, &wake)->member[0], &late);
	batcher_free(b);
}

// What starts late ends late: the next plan must not count on the GPU before.
static void a_late_booking_ends_later(void **state)
{
	(void)state;
	struct batcher *b = as_planned(10 * MS);
	struct batch_task x = task_at(2), *members[] = {&x};
	int64_t wake;
	book(b, 2, 1, 10 * MS, 4 * MS, members, 1);
	assert_int_equal(batcher_planned_end_ns(b), 14 * MS);
	assert_null(batcher_next(b, 10 * MS, &wake));
	batcher_input(b, &x, 15 * MS);
	const struct batch *batch = batcher_next(b, 15 * MS, &wake);
	assert_non_null(batch);
	assert_int_equal(batch->reason, BATCH_WAITED);
	assert_int_equal(batcher_planned_end_ns(b), 19 * MS);
	batcher_done(b, batch, 19 * MS);
	batcher_free(b);
}

static void a_lost_ue_leaves_its_bookings(void **state)
{
	(void)state;
	struct batcher *b = as_planned(1 * MS);
	struct batch_task x = task_at(2), y = task_at(2), *members[] = {&x, &y}, *alone[] = {&x};
	int64_t wake;
	book(b, 2, 1, 10 * MS, 2 * MS, members, 2);
	book(b, 2, 1, 20 * MS, 2 * MS, alone, 1);
	batcher_input(b, &y, 0);
	assert_int_equal(batcher_planned_end_ns(b), 22 * MS);
	batcher_forget(b, &x);
	assert_int_equal(batcher_planned_end_ns(b), 12 * MS);
	const struct batch *batch = batcher_next(b, 10 * MS, &wake);
	assert_int_equal(batch->n_members, 1);
	assert_int_equal(batcher_planned_end_ns(b), 12 * MS);
	batcher_done(b, batch, 12 * MS);
	assert_true(batcher_idle(b));
	assert_int_equal(batcher_planned_end_ns(b), 0);
	batcher_free(b);
}

// Two shares: two batches at once, never a third; one of a single share waits until it is alone.
static void shares_limit_what_runs_at_once(void **state)
{
	(void)state;
	struct batcher *b = as_planned(1 * MS);
	struct batch_task task[4];
	int64_t wake;
	for (int i = 0; i < 4; i++) {
		task[i] = task_at(2);
		struct batch_task *member[] = {&task[i]};
		book(b, 2, i < 3 ? 2 : 1, 10 * MS + i, 4 * MS, member, 1);
		batcher_input(b, &task[i], 0);
	}
	const struct batch *first = batcher_next(b, 11 * MS, &wake),
			   *second = batcher_next(b, 11 * MS, &wake);
	assert_ptr_equal(first->member[0], &task[0]);
	assert_ptr_equal(second->member[0], &task[1]);
	assert_true(batch_slowdown(first) == 2);
	assert_null(batcher_next(b, 11 * MS, &wake));
	assert_true(wake == TIME_NEVER);
	batcher_done(b, second, 14 * MS);
	const struct batch *third = batcher_next(b, 14 * MS, &wake);
	assert_ptr_equal(third->member[0], &task[2]);
	batcher_done(b, first, 15 * MS);
	assert_null(batcher_next(b, 15 * MS, &wake)); // the fourth runs alone
	batcher_done(b, third, 16 * MS);
	const struct batch *fourth = batcher_next(b, 16 * MS, &wake);
	assert_ptr_equal(fourth->member[0], &task[3]);
	assert_true(batch_slowdown(fourth) == 1);
	batcher_done(b, fourth, 18 * MS);
	assert_true(batcher_idle(b));
	batcher_free(b);
}

// A batch that runs longer than planned makes its own next sub-task late and nobody a straggler; who waits
// for a UE holds one share and not the others'.
static void nobody_waits_for_anothers_share(void **state)
{
	(void)state;
	struct batcher *b = as_planned(1 * MS);
	struct batch_task slow = task_at(1), missing = task_at(2), x = task_at(2);
	struct batch_task *s[] = {&slow}, *m[] = {&missing}, *o[] = {&x};
	int64_t wake;
	book(b, 1, 3, 10 * MS, 2 * MS, s, 1);
	book(b, 2, 3, 12 * MS, 2 * MS, s, 1);
	book(b, 2, 3, 12 * MS, 2 * MS, m, 1);
	book(b, 2, 3, 12 * MS, 2 * MS, o, 1);
	batcher_input(b, &slow, 0);
	batcher_input(b, &x, 0);
	const struct batch *first = batcher_next(b, 10 * MS, &wake);
	assert_null(batcher_next(b, 10 * MS, &wake));
	assert_int_equal(wake, 12 * MS);
	const struct batch *other = batcher_next(b, 12 * MS, &wake);
	assert_ptr_equal(other->member[0], &x);
	assert_null(batcher_next(b, 12 * MS, &wake));
	assert_int_equal(wake, 13 * MS); // the missing one's patience
	assert_null(batcher_next(b, 15 * MS, &wake));
	assert_true(missing.straggler);
	assert_false(slow.straggler);
	batcher_done(b, first, 16 * MS);
	const struct batch *second = batcher_next(b, 16 * MS, &wake);
	assert_int_equal(second->booking.subtask, 2);
	assert_int_equal(second->reason, BATCH_BUSY);
	batcher_done(b, second, 18 * MS);
	batcher_done(b, other, 18 * MS);
	assert_true(batcher_idle(b));
	batcher_free(b);
}

enum { USERS = 6, SUBTASKS = 3, MOST_SHARES = 3 };

struct round {
	struct batch_task task[USERS];
	int64_t arrives[USERS], busy_until[MOST_SHARES];
	int first[USERS], runs[USERS][SUBTASKS];
	const struct batch *running[MOST_SHARES];
};

static void add_round(struct batcher *b, struct round *r, int shares)
{
	for (int n = 0; n < SUBTASKS; n++) {
		struct batch_task *members[USERS];
		int count = 0;
		for (int u = 0; u < USERS; u++)
			if (r->task[u].next <= n)
				members[count++] = &r->task[u];
		if (count && shares == 1)
			book(b, n, 1, (8 + 2 * n) * MS, 2 * MS, members, count);
		for (int i = 0; shares > 1 && i < count; i++)
			book(b, n, shares, (8 + 2 * n) * MS, 2 * MS, &members[i], 1);
	}
}

static void start_what_is_due(struct batcher *b, struct round *r, int shares, int64_t now, struct rng *rng)
{
	const struct batch *next;
	int64_t wake;
	while ((next = batcher_next(b, now, &wake))) {
		int i = 0;
		while (i < shares && r->running[i])
			i++;
		assert_true(i < shares);
		assert_true(now >= next->booking.start_ns);
		for (int k = 0; k < next->n_members; k++) {
			assert_int_equal(next->member[k]->next, next->booking.subtask);
			r->runs[next->member[k] - r->task][next->booking.subtask]++;
		}
		r->running[i] = next;
		r->busy_until[i] = now + 1 * MS + (int64_t)rng_below(rng, 2 * MS);
	}
}

// Random rounds with random delays: every task whose input arrives runs each of its sub-tasks exactly once,
// in order, and no batch starts before its booking or while as many run as there are shares. One share:
// batches of all users, as most policies plan them; several: everybody's own batches.
static void serve_a_round(int shares, struct rng *rng)
{
	struct round r = {0};
	struct batcher *b = as_planned((int64_t)rng_below(rng, 2 * MS));
	for (int u = 0; u < USERS; u++) {
		r.task[u] = task_at((int)rng_below(rng, SUBTASKS));
		r.first[u] = r.task[u].next;
		r.arrives[u] = (int64_t)rng_below(rng, 15 * MS);
	}
	add_round(b, &r, shares);
	for (int64_t now = 0; now < 100 * MS; now += MS / 10) {
		for (int u = 0; u < USERS; u++)
			if (r.arrives[u] >= 0 && r.arrives[u] <= now) {
				batcher_input(b, &r.task[u], now);
				r.arrives[u] = -1;
			}
		for (int i = 0; i < shares; i++)
			if (r.running[i] && now >= r.busy_until[i]) {
				batcher_done(b, r.running[i], now);
				r.running[i] = NULL;
			}
		start_what_is_due(b, &r, shares, now, rng);
	}
	assert_true(batcher_idle(b));
	for (int u = 0; u < USERS; u++)
		for (int n = 0; n < SUBTASKS; n++)
			assert_int_equal(r.runs[u][n], n >= r.first[u]);
	batcher_free(b);
}

static void everybody_is_served_once(void **state)
{
	(void)state;
	uint64_t seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	struct rng *rng = rng_new(seed, 0, RNG_TEST, 0);
	for (int round = 0; round < 500; round++)
		for (int shares = 1; shares <= MOST_SHARES; shares++)
			serve_a_round(shares, rng);
	rng_free(rng);
}

// Marks the milliseconds in which the GPU is taken.
static void mark(bool taken[], int64_t start_ns, int64_t end_ns)
{
	for (int64_t ms = start_ns / MS; ms < end_ns / MS; ms++)
		taken[ms] = true;
}

// Bookings that are added in any order, shared or not: what the batcher says is their union from now on.
static void busy_times_are_the_union_of_bookings(void **state)
{
	(void)state;
	uint64_t seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	struct rng *rng = rng_new(seed, 0, RNG_TEST, 0);
	for (int i = 0; i < 2000; i++) {
		struct batcher *b = as_planned(0);
		struct batch_task x = task_at(2), *member = &x;
		bool taken[64] = {0}, said[64] = {0};
		int n_bookings = (int)rng_below(rng, 8);
		for (int k = 0; k < n_bookings; k++) {
			int64_t start_ns = (int64_t)rng_below(rng, 40) * MS;
			int64_t duration_ns = (1 + (int64_t)rng_below(rng, 8)) * MS;
			book(b, 2, 8, start_ns, duration_ns, &member, 1);
			mark(taken, start_ns, start_ns + duration_ns);
		}
		int64_t now_ns = (int64_t)rng_below(rng, 50) * MS;
		struct batcher_busy busy[8];
		assert_int_equal(batcher_planned(b), n_bookings);
		int n = batcher_busy(b, now_ns, busy, 8);
		for (int k = 0; k < n; k++) {
			assert_true(busy[k].start_ns < busy[k].end_ns);
			assert_true(busy[k].start_ns >= now_ns);
			assert_true(k == 0 || busy[k].start_ns > busy[k - 1].end_ns);
			mark(said, busy[k].start_ns, busy[k].end_ns);
		}
		assert_memory_equal(taken + now_ns / MS, said + now_ns / MS,
				    sizeof(taken) - (size_t)(now_ns / MS));
		batcher_free(b);
	}
	rng_free(rng);
}

// A batch that is planned later for an earlier time runs first, and takes its time from no one; a straggler
// finds what is left.
static void a_booking_may_be_added_before_another(void **state)
{
	(void)state;
	struct batcher *b = as_planned(0);
	struct batch_task late = task_at(2), early = task_at(2), lost = task_at(2), *members[] = {&late};
	struct batch_task *first[] = {&early, &lost};
	struct batcher_busy busy[3];
	int64_t wake;
	book(b, 2, 1, 100 * MS, 2 * MS, members, 1);
	batcher_input(b, &late, 1 * MS);
	batcher_input(b, &early, 2 * MS);
	book(b, 2, 1, 10 * MS, 2 * MS, first, 2);
	assert_int_equal(batcher_busy(b, 5 * MS, busy, 3), 2);
	assert_int_equal(busy[0].start_ns, 10 * MS);
	assert_int_equal(busy[1].end_ns, 102 * MS);
	assert_null(batcher_next(b, 5 * MS, &wake));
	assert_int_equal(wake, 10 * MS);
	const struct batch *batch = batcher_next(b, 10 * MS, &wake);
	assert_ptr_equal(batch->member[0], &early);
	assert_int_equal(batcher_busy(b, 11 * MS, busy, 3), 2); // it runs
	assert_int_equal(busy[0].start_ns, 11 * MS);
	assert_int_equal(busy[0].end_ns, 12 * MS);
	batcher_done(b, batch, 12 * MS);
	batcher_input(b, &lost, 99 * MS);
	assert_null(batcher_next(b, 99 * MS, &wake)); // 2 ms do not fit before the booking
	assert_int_equal(wake, 100 * MS);
	batch = batcher_next(b, 100 * MS, &wake);
	assert_ptr_equal(batch->member[0], &late);
	batcher_done(b, batch, 102 * MS);
	batch = batcher_next(b, 102 * MS, &wake);
	assert_int_equal(batch->reason, BATCH_STRAGGLER);
	assert_int_equal(batcher_busy(b, 103 * MS, busy, 3), 1);
	batcher_done(b, batch, 104 * MS);
	assert_int_equal(batcher_busy(b, 104 * MS, busy, 3), 0);
	batcher_free(b);
}

// A UE sends its tensors one after another over the largest of its grants.
static void a_record_counts_each_ues_largest_grant(void **state)
{
	static const struct {
		uint32_t ue;
		double hertz;
	} grants[] = {{1, 3e5}, {2, 2e5}, {1, 5e5}, {3, 0}, {2, 1e5}, {1, 5e5}};
	enum { N = sizeof(grants) / sizeof(grants[0]) };
	struct batch_task task[N], *member[N];
	(void)state;
	for (int i = 0; i < N; i++) {
		task[i] = (struct batch_task){.ue = grants[i].ue, .hertz = grants[i].hertz};
		member[i] = &task[i];
	}
	struct batch batch = {.n_members = N, .member = member, .booking = {.gpu_shares = 1, .edge_freq = 1}};
	struct batch_times times = batch_times_of_profile(&batch, 10 * MS, 2 * MS, 3 * MS);
	struct batch_record record;
	batch_record_fill(&record, &batch, &times);
	assert_true(record.hertz == 7e5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_complete_batch_starts_at_its_booking),
	    cmocka_unit_test(a_late_input_is_waited_for_within_patience),
	    cmocka_unit_test(who_is_left_behind_is_served_in_a_gap),
	    cmocka_unit_test(a_short_gap_is_left_free),
	    cmocka_unit_test(a_late_booking_ends_later),
	    cmocka_unit_test(a_lost_ue_leaves_its_bookings),
	    cmocka_unit_test(shares_limit_what_runs_at_once),
	    cmocka_unit_test(nobody_waits_for_anothers_share),
	    cmocka_unit_test(everybody_is_served_once),
	    cmocka_unit_test(busy_times_are_the_union_of_bookings),
	    cmocka_unit_test(a_booking_may_be_added_before_another),
	    cmocka_unit_test(a_record_counts_each_ues_largest_grant),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
