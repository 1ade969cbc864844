// SPDX-License-Identifier: BSD-3-Clause
// Figures of bursts: closed forms of flow shops, and what is counted twice by no figure.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/rng.h"
#include "records/results/bursts.h"

enum { MOST = 12 };

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

// One machine after the other, as a device and an uplink work.
struct shop {
	int64_t device_ns, uplink_ns, begin_ns;
};

static struct task_record job(struct shop *s, uint32_t number, int64_t f, int64_t g)
{
	struct task_record t = {
	    .ue = 3, .task = number, .outcome = TASK_DONE, .n_subtasks = 9, .arrival_ns = 100};
	int64_t start_ns = s->device_ns, end_ns = start_ns + f, sent_ns = later(end_ns, s->uplink_ns);
	s->device_ns = end_ns;
	t.cut = f > 0 ? (g > 0 ? 4 : 9) : 0;
	t.send_start_ns = g > 0 ? end_ns : 0; // handed over at once, the link is taken
	int64_t upload_end_ns = g > 0 ? sent_ns + g : end_ns;
	if (g > 0)
		s->uplink_ns = upload_end_ns;
	const int64_t ends[STAGE_COUNT] = {
	    start_ns, end_ns, upload_end_ns, upload_end_ns + 1, upload_end_ns + 3, upload_end_ns + 7};
	for (int k = 0; k < STAGE_COUNT; k++)
		t.end_ns[k] = t.plan_end_ns[k] = ends[k];
	return t;
}

static bool is_busy(const struct task_record *t, const int64_t sent[2], bool uplink, int64_t at_ns)
{
	if (uplink)
		return t->cut < t->n_subtasks && at_ns >= sent[0] && at_ns < sent[1];
	return t->cut > 0 && at_ns >= t->end_ns[STAGE_PLAN] && at_ns < t->end_ns[STAGE_LOCAL];
}

// Nanosecond by nanosecond.
static void count(const struct task_record tasks[], int n, struct burst_times *out, int64_t until_ns)
{
	int64_t sent[MOST][2], free_ns = 0;
	for (int i = 0; i < n; i++) {
		sent[i][0] = later(tasks[i].end_ns[STAGE_LOCAL], free_ns);
		sent[i][1] = tasks[i].end_ns[STAGE_UPLOAD];
		free_ns = tasks[i].cut < tasks[i].n_subtasks ? sent[i][1] : free_ns;
	}
	for (int64_t at = 0; at < until_ns; at++) {
		bool device = false, uplink = false;
		for (int i = 0; i < n; i++) {
			device = device || is_busy(&tasks[i], sent[i], false, at);
			uplink = uplink || is_busy(&tasks[i], sent[i], true, at);
		}
		out->device_ns += device;
		out->uplink_ns += uplink;
		out->both_ns += device && uplink;
	}
}

static void a_burst_is_a_flow_shop(void **state)
{
	(void)state;
	struct rng *rng = rng_new(1, 0, RNG_TEST, 31);
	for (int i = 0; i < 300; i++) {
		struct shop shop = {.device_ns = 130, .begin_ns = 130};
		struct task_record tasks[MOST];
		const struct task_record *all[MOST];
		int n = 1 + (int)rng_below(rng, MOST);
		for (int k = 0; k < n; k++) {
			int64_t f = (int64_t)rng_below(rng, 30), g = (int64_t)rng_below(rng, 30);
			tasks[k] = job(&shop, (uint32_t)k + 1, f + (f + g == 0), g);
		}
		for (int k = 0; k < n; k++)
			all[k] = &tasks[(k + i) % n]; // in any order
		struct burst_figures got;
		struct burst_times right = {.upload_ns =
						later(shop.device_ns, shop.uplink_ns) - shop.begin_ns};
		count(tasks, n, &right, later(shop.device_ns, shop.uplink_ns) + 1);
		assert_int_equal(burst_figures(&got, all, n), 0);
		assert_int_equal(got.n_done, n);
		for (int planned = 0; planned < 2; planned++) {
			const struct burst_times *t = planned ? &got.planned : &got.measured;
			assert_int_equal(t->upload_ns, right.upload_ns);
			assert_int_equal(t->device_ns, right.device_ns);
			assert_int_equal(t->uplink_ns, right.uplink_ns);
			assert_int_equal(t->both_ns, right.both_ns);
			assert_true(t->result_ns >= t->upload_ns);
		}
	}
	rng_free(rng);
}

// What is not done counts nowhere, and bursts are told apart by UE and arrival.
static void bursts_are_told_apart(void **state)
{
	(void)state;
	struct shop shop = {0};
	struct task_record tasks[5];
	const struct task_record *all[5];
	for (uint32_t k = 0; k < 5; k++) {
		tasks[k] = job(&shop, k + 1, 10, 5);
		all[4 - k] = &tasks[k];
	}
	tasks[2].arrival_ns = tasks[3].arrival_ns = 200;
	tasks[3].outcome = TASK_CUT_SHORT;
	tasks[4].ue = 1;
	json_t *list = bursts_json(all, 5);
	static const int right[][4] = {{1, 1, 1, 1}, {3, 1, 2, 2}, {3, 2, 2, 1}};
	assert_int_equal(json_array_size(list), 3);
	for (size_t i = 0; i < 3; i++) {
		const json_t *b = json_array_get(list, i);
		static const char *const keys[] = {"ue", "burst", "tasks", "done"};
		for (int k = 0; k < 4; k++)
			assert_int_equal(json_integer_value(json_object_get(b, keys[k])), right[i][k]);
	}
	json_decref(list);
}

static void nothing_done_is_nothing(void **state)
{
	(void)state;
	struct shop shop = {0};
	struct task_record task = job(&shop, 1, 10, 5);
	const struct task_record *all[] = {&task};
	struct burst_figures got;
	task.outcome = TASK_FAILED;
	assert_int_equal(burst_figures(&got, all, 1), 0);
	assert_int_equal(got.n_done, 0);
	assert_int_equal(got.measured.upload_ns, 0);
	assert_int_equal(got.planned.both_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_burst_is_a_flow_shop),
	    cmocka_unit_test(bursts_are_told_apart),
	    cmocka_unit_test(nothing_done_is_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
