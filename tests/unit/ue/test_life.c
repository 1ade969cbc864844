// SPDX-License-Identifier: BSD-3-Clause
// Laws of a UE's life: one task after the other or many at once, the order on device and uplink, what is
// refused.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/unit/ue/life_lab.h"

#define MS NS_PER_MS

static struct lab lab; // too large for a stack

// The actions of a kind so far, and the last of them.
static int count(enum life_action_kind kind, const struct lab_action **last)
{
	int n = 0;
	for (int i = 0; i < lab.n_actions; i++)
		if (lab.actions[i].kind == kind) {
			n++;
			if (last)
				*last = &lab.actions[i];
		}
	return n;
}

static void one_task_waits_for_the_one_before(void **state)
{
	(void)state;
	const struct lab_action *last = NULL;
	lab_open_burst(&lab, 2, 1);
	assert_int_equal(count(LIFE_REQUEST, &last), 1);
	assert_int_equal(last->header.task, 1);
	struct message_plan plan = lab_plan_of(3, 5 * MS, 10 * MS); // 2e9 FLOP: 20 ms
	lab.now.now_ns = MS;
	assert_int_equal(lab_plan(&lab, 1, &plan), 0);
	assert_int_equal(life_due_ns(&lab.life), 25 * MS);
	lab.now.now_ns = 25 * MS;
	lab_wake(&lab);
	assert_int_equal(count(LIFE_CLOSE, &last), 1);
	assert_int_equal(last->record.outcome, TASK_DONE);
	assert_int_equal(count(LIFE_REQUEST, &last), 2);
	assert_int_equal(last->at_ns, 25 * MS);	      // since then there is room
	assert_int_equal(last->record.arrival_ns, 0); // but it arose before
	assert_int_equal(last->record.deadline_ns, 10 * NS_PER_S);
	assert_int_equal(last->record.sample, 2 + 3 - 2);
	lab_replay(&lab);
	lab_close(&lab);
}

static void a_task_without_local_work_does_not_wait_for_the_device(void **state)
{
	(void)state;
	const struct lab_action *last = NULL;
	lab_open_burst(&lab, 3, 3);
	assert_int_equal(count(LIFE_REQUEST, NULL), 3);
	struct message_plan computes = lab_plan_of(2, 0, 10 * MS), sends = lab_plan_of(1, 4 * MS, 1);
	assert_int_equal(lab_plan(&lab, 1, &computes), 0);
	assert_int_equal(lab_plan(&lab, 2, &sends), 0);
	lab.now.now_ns = 4 * MS;
	lab_wake(&lab);
	assert_int_equal(count(LIFE_TENSOR, &last), 1);
	assert_int_equal(last->header.task, 2);
	assert_int_equal(last->header.features, FEATURES_FP16);
	assert_int_equal(life_due_ns(&lab.life), 10 * MS);
	lab_close(&lab);
}

// A plan that comes late, but is for before, takes the device from one that has not begun, and from no other.
static void the_order_of_plans_is_kept(void **state)
{
	(void)state;
	lab_open_burst(&lab, 4, 4);
	struct message_plan first = lab_plan_of(2, 10 * MS, 5 * MS), before = lab_plan_of(2, 8 * MS, 5 * MS),
			    long_before = lab_plan_of(2, 0, 5 * MS);
	assert_int_equal(lab_plan(&lab, 1, &first), 0);
	assert_int_equal(life_due_ns(&lab.life), 15 * MS);
	assert_int_equal(lab_plan(&lab, 2, &before), 0);
	assert_int_equal(life_due_ns(&lab.life), 13 * MS);
	lab.now.now_ns = 9 * MS; // task 2 has the device
	assert_int_equal(lab_plan(&lab, 3, &long_before), 0);
	assert_int_equal(lab_plan(&lab, 4, &first), 0);
	const struct lab_action *last = NULL;
	const uint32_t order[] = {2, 3, 1, 4};
	for (int i = 0; i < 4; i++) {
		lab.now.now_ns = life_due_ns(&lab.life);
		assert_int_equal(lab.now.now_ns, 13 * MS + i * 5 * MS);
		lab_wake(&lab);
		assert_int_equal(count(LIFE_TENSOR, &last), i + 1);
		assert_int_equal(last->header.task, order[i]);
		assert_int_equal(lab_handed(&lab), 0);
	}
	lab_replay(&lab);
	lab_close(&lab);
}

// A host that is late by some time bends no other task's time.
static void the_device_keeps_the_models_time(void **state)
{
	(void)state;
	const struct lab_action *last = NULL;
	lab_open_burst(&lab, 2, 2);
	struct message_plan plan = lab_plan_of(2, 0, 10 * MS);
	assert_int_equal(lab_plan(&lab, 1, &plan), 0);
	assert_int_equal(lab_plan(&lab, 2, &plan), 0);
	lab.now.now_ns = 12 * MS;
	lab_wake(&lab);
	assert_int_equal(count(LIFE_TENSOR, &last), 1);
	assert_int_equal(last->record.host_ns[STAGE_LOCAL], 2 * MS);
	assert_int_equal(last->record.end_ns[STAGE_LOCAL], 12 * MS);
	assert_int_equal(life_due_ns(&lab.life), 20 * MS);
	lab_close(&lab);
}

// Whether the life is as it was, but for the time.
static void assert_untouched(const struct life *before, const struct task *tasks)
{
	struct life now;
	memcpy(&now, &lab.life, sizeof(now));
	now.now_ns = before->now_ns;
	now.radio = before->radio;
	assert_memory_equal(&now, before, sizeof(now));
	assert_memory_equal(lab.life.tasks, tasks, sizeof(*tasks) * (size_t)lab.life.config.max_open);
}

static void refused(int r, const char *says)
{
	assert_int_equal(r, -EPROTO);
	if (!strstr(lab.err.text, says))
		fail_msg("'%s' does not say '%s'", lab.err.text, says);
}

static void what_does_not_fit_is_refused_and_changes_nothing(void **state)
{
	(void)state;
	lab_open_burst(&lab, 4, 4);
	struct message_plan plan = lab_plan_of(2, 0, 10 * MS), deep = lab_plan_of(4, 0, MS),
			    fast = lab_plan_of(2, 0, 1000), direct = lab_plan_of(0, 0, MS);
	const struct message_result result = {0}, large = {.n_values = 11};
	assert_int_equal(lab_plan(&lab, 1, &direct), 0); // sends from now on
	lab_wake(&lab);
	assert_int_equal(lab_plan(&lab, 2, &plan), 0); // computes
	struct task tasks[4];
	struct life before;
	memcpy(&before, &lab.life, sizeof(before));
	memcpy(tasks, lab.life.tasks, sizeof(tasks));
	lab.now.now_ns = MS / 2;
	refused(lab_plan(&lab, 9, &plan), "the edge answers task 9, which is not open");
	refused(lab_plan(&lab, 0, &plan), "the edge answers task 0, which is not open");
	refused(lab_plan(&lab, 2, &plan), "a plan message out of turn");
	refused(lab_plan(&lab, 3, &deep), "cuts after 4 sub-tasks: the network has 3");
	refused(lab_plan(&lab, 3, &fast), "FLOP/s: the device runs from");
	refused(lab_result(&lab, 3, &result), "a result message out of turn");
	refused(lab_result(&lab, 2, &result), "a result message out of turn");
	refused(lab_result(&lab, 1, &result), "a result message out of turn"); // still being sent
	const struct lab_event error = {
	    .kind = LAB_MESSAGE, .header = {.type = MESSAGE_ERROR, .body = 4}, .body = "full"};
	refused(lab_tell(&lab, &error), "the edge says: full");
	assert_untouched(&before, tasks);
	assert_int_equal(lab_handed(&lab), 0);
	refused(lab_handed(&lab), "while none is being sent");
	refused(lab_result(&lab, 1, &large), "the result has 11 values: the network has 10");
	assert_int_equal(lab_result(&lab, 1, &result), 0);
	refused(lab_result(&lab, 1, &result), "not open");
	assert_int_equal(lab_plan(&lab, 3, &plan), 0); // the others go on
	lab_replay(&lab);
	lab_close(&lab);
}

// What the edge cannot plan fails; the UE's other tasks, and its connection, do not.
static void a_task_that_the_edge_refuses_fails_alone(void **state)
{
	(void)state;
	const struct lab_action *last = NULL;
	lab_open_burst(&lab, 3, 3);
	struct message_plan plan = lab_plan_of(2, 0, 10 * MS);
	assert_int_equal(lab_plan(&lab, 1, &plan), 0);
	struct lab_event refusal = {
	    .kind = LAB_MESSAGE, .header = {.type = MESSAGE_ERROR, .task = 2, .body = 2}, .body = "no"};
	assert_int_equal(lab_tell(&lab, &refusal), 0);
	assert_int_equal(count(LIFE_CLOSE, &last), 1);
	assert_int_equal(last->record.task, 2);
	assert_int_equal(last->record.outcome, TASK_FAILED);
	refused(lab_tell(&lab, &refusal), "the edge says: no"); // it is closed
	refusal.header.task = 1;
	refused(lab_tell(&lab, &refusal), "the edge says: no"); // it is planned
	assert_int_equal(lab_plan(&lab, 3, &plan), 0);
	lab_replay(&lab);
	lab_close(&lab);
}

static void a_life_out_of_bounds_is_refused(void **state)
{
	(void)state;
	const struct arrivals none = {.kind = ARRIVALS_NONE};
	struct life life;
	struct err err;
	struct life_config config = lab_config(0, &none, 1);
	assert_int_equal(life_open(&life, &config, &err), -EINVAL);
	life_close(&life);
	config = lab_config(1, &none, 1);
	config.n_samples = 0;
	assert_int_equal(life_open(&life, &config, &err), -EINVAL);
	life_close(&life);
}

// One task has all that the radio does, two share it; what is not sent or received is idle.
static void the_radios_time_is_shared(void **state)
{
	(void)state;
	const struct lab_action *last = NULL;
	lab_open_burst(&lab, 2, 2);
	struct message_plan direct = lab_plan_of(0, 0, MS);
	const struct message_result result = {0};
	lab.now = (struct ue_moment){10 * MS, 3, 1}; // nobody's upload; idle: 10 ms less 4 ns
	assert_int_equal(lab_plan(&lab, 1, &direct), 0);
	lab_wake(&lab);
	assert_int_equal(lab_handed(&lab), 0);
	lab.now = (struct ue_moment){20 * MS, 1003, 1}; // task 1 alone sends
	assert_int_equal(lab_plan(&lab, 2, &direct), 0);
	lab_wake(&lab);
	lab.now = (struct ue_moment){30 * MS, 2004, 2}; // both
	assert_int_equal(lab_result(&lab, 1, &result), 0);
	assert_int_equal(count(LIFE_CLOSE, &last), 1);
	assert_int_equal(last->record.airtime_ns, 1000 + 500);
	assert_true(fabs(last->record.receive_j - 1e-9) < 1e-18); // 2 ns shared
	assert_int_equal(lab_handed(&lab), 0);
	lab.now = (struct ue_moment){40 * MS, 3004, 7};
	assert_int_equal(lab_result(&lab, 2, &result), 0);
	assert_int_equal(count(LIFE_CLOSE, &last), 2);
	assert_int_equal(last->record.airtime_ns, 501 + 1000);
	assert_true(fabs(last->record.receive_j - 6e-9) < 1e-18);
	lab_close(&lab);
}

// Both bands at once for longer than the task lasts: no idle time, and none below zero.
static void idle_time_is_never_negative(void **state)
{
	(void)state;
	const struct lab_action *last = NULL;
	lab_open_burst(&lab, 1, 1);
	lab.now = (struct ue_moment){10 * MS, 9 * MS, 9 * MS};
	lab_stop(&lab);
	assert_int_equal(count(LIFE_CLOSE, &last), 1);
	assert_int_equal(last->record.outcome, TASK_CUT_SHORT);
	assert_true(last->record.idle_j == 0);
	assert_true(fabs(last->record.receive_j - 9e-3) < 1e-12);
	assert_true(life_is_over(&lab.life));
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_task_waits_for_the_one_before),
	    cmocka_unit_test(a_task_without_local_work_does_not_wait_for_the_device),
	    cmocka_unit_test(the_order_of_plans_is_kept),
	    cmocka_unit_test(the_device_keeps_the_models_time),
	    cmocka_unit_test(what_does_not_fit_is_refused_and_changes_nothing),
	    cmocka_unit_test(a_task_that_the_edge_refuses_fails_alone),
	    cmocka_unit_test(a_life_out_of_bounds_is_refused),
	    cmocka_unit_test(the_radios_time_is_shared),
	    cmocka_unit_test(idle_time_is_never_negative),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
