// SPDX-License-Identifier: BSD-3-Clause
// Laws of the batcher: slots are kept, one batch at a time, nobody is forgotten.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "edge/batcher.h"

#define MS NS_PER_MS

static int64_t two_ms(int network, int subtask, int batch, void *user)
{
	(void)network;
	(void)subtask;
	(void)batch;
	(void)user;
	return 2 * MS;
}

static struct batch_task task_at(int next)
{
	return (struct batch_task){.n_subtasks = 3, .next = next};
}

static void a_complete_batch_starts_at_its_slot(void **state)
{
	(void)state;
	struct batcher *b = batcher_new(1 * MS, two_ms, NULL);
	struct batch_task x = task_at(2), y = task_at(2), *members[] = {&x, &y};
	uint32_t id;
	int64_t wake;
	assert_int_equal(batcher_add_slot(b, 0, 2, 0, 10 * MS, 2 * MS, members, 2, &id), 0);
	assert_int_equal(batcher_planned_end_ns(b), 12 * MS);
	batcher_input(b, &x, 3 * MS);
	batcher_input(b, &y, 4 * MS);
	assert_null(batcher_next(b, 5 * MS, &wake));
	assert_int_equal(wake, 10 * MS);
	const struct batch *batch = batcher_next(b, 10 * MS, &wake);
	assert_non_null(batch);
	assert_int_equal(batch->reason, BATCH_SLOT);
	assert_int_equal(batch->n_members, 2);
	assert_null(batcher_next(b, 11 * MS, &wake)); // one at a time
	batcher_done(b, 12 * MS);
	assert_int_equal(x.next, 3);
	assert_true(batcher_idle(b));
	batcher_free(b);
}

static void a_late_input_is_waited_for_within_patience(void **state)
{
	(void)state;
	struct batcher *b = batcher_new(1 * MS, two_ms, NULL);
	struct batch_task x = task_at(2), *members[] = {&x};
	uint32_t id;
	int64_t wake;
	batcher_add_slot(b, 0, 2, 0, 10 * MS, 2 * MS, members, 1, &id);
	assert_null(batcher_next(b, 10 * MS, &wake));
	assert_int_equal(wake, 11 * MS);
	batcher_input(b, &x, 10 * MS + 500);
	const struct batch *batch = batcher_next(b, 10 * MS + 500, &wake);
	assert_non_null(batch);
	assert_int_equal(batch->reason, BATCH_WAITED);
	batcher_done(b, 12 * MS);
	batcher_free(b);
}

static void who_is_left_behind_is_served_in_a_gap(void **state)
{
	(void)state;
	struct batcher *b = batcher_new(1 * MS, two_ms, NULL);
	struct batch_task x = task_at(1), y = task_at(1), *members[] = {&x, &y};
	uint32_t id;
	int64_t wake;
	batcher_add_slot(b, 0, 1, 0, 10 * MS, 2 * MS, members, 2, &id);
	batcher_add_slot(b, 0, 2, 0, 12 * MS, 2 * MS, members, 2, &id);
	batcher_input(b, &x, 1 * MS);
	assert_null(batcher_next(b, 10 * MS, &wake));
	const struct batch *batch = batcher_next(b, 11 * MS, &wake);
	assert_int_equal(batch->reason, BATCH_LEFT);
	assert_int_equal(batch->n_members, 1);
	assert_true(y.straggler);
	batcher_input(b, &y, 11 * MS + 1);
	batcher_done(b, 13 * MS);
	batch = batcher_next(b, 13 * MS, &wake); // the next slot goes first: it is due
	assert_int_equal(batch->subtask, 2);
	assert_int_equal(batch->n_members, 1);
	batcher_done(b, 15 * MS);
	batch = batcher_next(b, 15 * MS, &wake);
	assert_int_equal(batch->reason, BATCH_STRAGGLER);
	assert_ptr_equal(batch->member[0], &y);
	batcher_done(b, 17 * MS);
	batch = batcher_next(b, 17 * MS, &wake);
	assert_int_equal(batch->subtask, 2);
	batcher_done(b, 19 * MS);
	assert_true(batcher_idle(b));
	assert_int_equal(y.next, 3);
	batcher_free(b);
}

static void a_short_gap_is_left_free(void **state)
{
	(void)state;
	struct batcher *b = batcher_new(0, two_ms, NULL);
	struct batch_task late = task_at(2), x = task_at(2), *first[] = {&late}, *second[] = {&x};
	uint32_t id;
	int64_t wake;
	batcher_add_slot(b, 0, 2, 0, 1 * MS, 1 * MS, first, 1, &id);
	batcher_add_slot(b, 0, 2, 0, 4 * MS, 1 * MS, second, 1, &id);
	batcher_input(b, &x, 0);
	assert_null(batcher_next(b, 1 * MS, &wake));
	batcher_input(b, &late, 3 * MS);
	assert_null(batcher_next(b, 3 * MS, &wake)); // 1 ms until the slot, 2 ms to run
	assert_int_equal(wake, 4 * MS);
	assert_ptr_equal(batcher_next(b, 4 * MS, &wake)->member[0], &x);
	batcher_done(b, 5 * MS);
	assert_ptr_equal(batcher_next(b, 5 * MS, &wake)->member[0], &late);
	batcher_free(b);
}

static void a_lost_ue_leaves_its_slots(void **state)
{
	(void)state;
	struct batcher *b = batcher_new(1 * MS, two_ms, NULL);
	struct batch_task x = task_at(2), y = task_at(2), *members[] = {&x, &y}, *alone[] = {&x};
	uint32_t id;
	int64_t wake;
	batcher_add_slot(b, 0, 2, 0, 10 * MS, 2 * MS, members, 2, &id);
	batcher_add_slot(b, 0, 2, 0, 20 * MS, 2 * MS, alone, 1, &id);
	batcher_input(b, &y, 0);
	batcher_forget(b, &x);
	assert_int_equal(batcher_next(b, 10 * MS, &wake)->n_members, 1);
	batcher_done(b, 12 * MS);
	assert_true(batcher_idle(b));
	batcher_free(b);
}

// Random rounds with random delays: every task whose input arrives runs each of its sub-tasks exactly once, in order, and
// no batch starts before its slot or while another runs.
static void everybody_is_served_once(void **state)
{
	(void)state;
	uint64_t seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	struct rng *rng = rng_new(seed, 0, RNG_TEST, 0);
	for (int round = 0; round < 500; round++) {
		enum { USERS = 6, SUBTASKS = 3 };
		struct batch_task task[USERS];
		int64_t arrives[USERS], now = 0, busy_until = -1;
		int runs[USERS][SUBTASKS] = {{0}};
		struct batcher *b = batcher_new((int64_t)rng_below(rng, 2 * MS), two_ms, NULL);
		for (int u = 0; u < USERS; u++) {
			task[u] = task_at((int)rng_below(rng, SUBTASKS));
			arrives[u] = (int64_t)rng_below(rng, 15 * MS);
		}
		for (int n = 0; n < SUBTASKS; n++) {
			struct batch_task *members[USERS];
			int count = 0;
			uint32_t id;
			for (int u = 0; u < USERS; u++)
				if (task[u].next <= n)
					members[count++] = &task[u];
			if (count)
				batcher_add_slot(b, 0, n, 0, (8 + 2 * n) * MS, 2 * MS, members, count, &id);
		}
		int first[USERS];
		for (int u = 0; u < USERS; u++)
			first[u] = task[u].next;
		const struct batch *running = NULL;
		for (; now < 100 * MS; now += MS / 10) {
			int64_t wake;
			for (int u = 0; u < USERS; u++)
				if (arrives[u] >= 0 && arrives[u] <= now) {
					batcher_input(b, &task[u], now);
					arrives[u] = -1;
				}
			if (running && now >= busy_until) {
				batcher_done(b, now);
				running = NULL;
			}
			const struct batch *next = batcher_next(b, now, &wake);
			if (!next)
				continue;
			assert_null(running);
			assert_true(now >= next->planned_start_ns);
			for (int i = 0; i < next->n_members; i++) {
				assert_int_equal(next->member[i]->next, next->subtask);
				runs[next->member[i] - task][next->subtask]++;
			}
			running = next;
			busy_until = now + 1 * MS + (int64_t)rng_below(rng, 2 * MS);
		}
		assert_true(batcher_idle(b));
		for (int u = 0; u < USERS; u++)
			for (int n = 0; n < SUBTASKS; n++)
				assert_int_equal(runs[u][n], n >= first[u]);
		batcher_free(b);
	}
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_complete_batch_starts_at_its_slot),
		cmocka_unit_test(a_late_input_is_waited_for_within_patience),
		cmocka_unit_test(who_is_left_behind_is_served_in_a_gap),
		cmocka_unit_test(a_short_gap_is_left_free),
		cmocka_unit_test(a_lost_ue_leaves_its_slots),
		cmocka_unit_test(everybody_is_served_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
