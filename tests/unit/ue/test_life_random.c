// SPDX-License-Identifier: BSD-3-Clause
// Random lives: whatever the edge plans, whenever its messages come and however late the host is, every task
// is closed exactly once, its stages follow each other, device and uplink serve one task at a time, and what
// the tasks say of the radio adds up to what the modem counted. Each life told again does the same.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/unit/ue/life_play.h"

#define ROUNDS 300

static struct play *play;
static const struct task_record *closed[LAB_MOST_TASKS];

// The records by number: each task that was begun is closed once.
static int collect_closed(void)
{
	memset(closed, 0, sizeof(closed));
	int n = 0;
	for (int i = 0; i < play->lab.n_actions; i++)
		if (play->lab.actions[i].kind == LIFE_CLOSE) {
			const struct task_record *r = &play->lab.actions[i].record;
			assert_in_range(r->task, 1, play->lab.life.begun);
			assert_null(closed[r->task]);
			closed[r->task] = r;
			n++;
		}
	assert_int_equal(n, play->lab.life.begun);
	return n;
}

static void check_stages(const struct task_record *r)
{
	int64_t sum_ns = 0;
	for (int s = 0; s < STAGE_COUNT; s++) {
		assert_true(task_stage_ns(r, (enum task_stage)s) >= 0);
		sum_ns += task_stage_ns(r, (enum task_stage)s);
	}
	assert_int_equal(sum_ns, task_latency_ns(r));
	assert_true(r->transmit_j == ns_to_s(r->airtime_ns)); // at 1 W
	assert_true(r->receive_j >= 0 && r->idle_j >= 0 && r->airtime_ns >= 0);
}

static int by_start(const void *a, const void *b)
{
	const struct task_record *const *x = a, *const *y = b;
	int64_t from = (*x)->end_ns[STAGE_PLAN], to = (*y)->end_ns[STAGE_PLAN];
	return (from > to) - (from < to);
}

// Local parts by the model's clock, which is before the host's where that was late.
static void check_device(int n)
{
	qsort(closed + 1, (size_t)n, sizeof(closed[0]), by_start);
	int64_t free_ns = 0;
	for (int i = 1; i <= n; i++) {
		const struct task_record *r = closed[i];
		if (r->outcome != TASK_DONE || r->work_flop <= 0)
			continue;
		assert_true(r->end_ns[STAGE_PLAN] >= free_ns);
		free_ns = r->end_ns[STAGE_LOCAL] - r->host_ns[STAGE_LOCAL];
	}
}

static void check_sums(int n)
{
	int64_t airtime_ns = 0;
	double receive_j = 0, idle_j = 0;
	for (int i = 1; i <= n; i++) {
		airtime_ns += closed[i]->airtime_ns;
		receive_j += closed[i]->receive_j;
		idle_j += closed[i]->idle_j;
	}
	assert_int_equal(airtime_ns, play->up_ns);
	assert_true(fabs(receive_j - ns_to_s(play->down_ns)) < 1e-11);
	assert_true(fabs(idle_j - ns_to_s(play->idle_ns)) < 1e-11);
}

// Where arrivals do not ask whether the UE is idle, all that arise in time are there, in order.
static void check_arrivals(int n)
{
	const struct life_config *c = &play->lab.life.config;
	if (c->arrivals.kind > ARRIVALS_POISSON)
		return;
	struct arrival_source source;
	struct arrival a;
	assert_int_equal(arrival_source_open(&source, &c->arrivals, c->seed, c->run, c->ue), 0);
	for (int i = 1; i <= n; i++) {
		assert_true(arrival_source_next(&source, 0, &a));
		assert_int_equal(closed[i]->arrival_ns, a.at_ns);
		assert_int_equal(closed[i]->deadline_ns, a.at_ns + a.deadline_ns);
	}
	assert_false(arrival_source_next(&source, 0, &a) && a.at_ns < play->lab.life.end_ns);
	arrival_source_close(&source);
}

static void every_task_is_done_once_and_all_adds_up(void **state)
{
	(void)state;
	uint64_t seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	for (uint64_t round = 0; round < ROUNDS; round++) {
		play = play_open(round, seed);
		while (play_step(play))
			;
		assert_true(life_is_over(&play->lab.life));
		assert_in_range(play->most_open, 0, play->lab.life.config.max_open);
		int n = collect_closed();
		for (int i = 1; i <= n; i++) {
			assert_int_equal(closed[i]->outcome, TASK_DONE);
			check_stages(closed[i]);
		}
		check_arrivals(n);
		check_device(n);
		check_sums(n);
		play_close(play);
	}
}

// A life that is ended at any time closes what is open, and hears nothing more.
static void a_life_may_end_at_any_time(void **state)
{
	(void)state;
	uint64_t seed = (uint64_t)time(NULL) + 1000;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (uint64_t round = 0; round < ROUNDS; round++) {
		play = play_open(round, seed);
		int64_t steps = play_below(play, 200);
		while (steps-- > 0 && play_step(play))
			;
		if (play_below(play, 2)) {
			lab_stop(&play->lab);
		} else {
			play_go_to(play, play->lab.life.patience_ns);
			lab_wake(&play->lab);
		}
		assert_true(life_is_over(&play->lab.life));
		assert_int_equal(play->lab.life.radio.n_open + play->lab.life.radio.n_uploads, 0);
		int before = play->lab.n_actions;
		struct message_plan plan = play_plan(play);
		assert_int_equal(lab_plan(&play->lab, 1, &plan), 0);
		lab_wake(&play->lab);
		assert_int_equal(play->lab.n_actions, before);
		int n = collect_closed();
		for (int i = 1; i <= n; i++)
			check_stages(closed[i]);
		check_device(n);
		play_close(play);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_task_is_done_once_and_all_adds_up),
	    cmocka_unit_test(a_life_may_end_at_any_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
