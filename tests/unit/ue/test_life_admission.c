// SPDX-License-Identifier: BSD-3-Clause
// What the edge may decide of a task beyond its cut: it is not admitted, takes an exit, or is dropped
// wherever it is; the UE's other tasks go on.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/unit/ue/life_lab.h"

#define MS NS_PER_MS

static struct lab lab;

static int count(enum life_action_kind kind, const struct lab_action **last)
{
	int n = 0;
	for (int i = 0; i < lab.n_actions; i++)
		if (lab.actions[i].kind == kind) {
			n++;
			*last = &lab.actions[i];
		}
	return n;
}

static int drop(uint32_t task)
{
	return lab_tell(&lab, &(struct lab_event){.kind = LAB_MESSAGE,
						  .header = {.type = MESSAGE_DROPPED, .task = task}});
}

static void who_is_refused_ends_at_once(void **state)
{
	(void)state;
	const struct lab_action *last = NULL;
	lab_open_burst(&lab, 2, 1);
	const struct message_plan refusal = {.cut = 3, .admission = ADMISSION_REFUSED};
	lab.now.now_ns = 5 * MS;
	assert_int_equal(lab_plan(&lab, 1, &refusal), 0);
	assert_int_equal(count(LIFE_CLOSE, &last), 1);
	const struct task_record *r = &last->record;
	assert_true(r->outcome == TASK_REFUSED && r->admission == ADMISSION_REFUSED && r->compute_j == 0);
	for (int s = 0; s < STAGE_COUNT; s++)
		assert_int_equal(r->end_ns[s], 5 * MS);
	assert_int_equal(count(LIFE_REQUEST, &last), 2); // the next task goes on
	lab_replay(&lab);
	lab_close(&lab);
}

static void who_is_not_admitted_may_run_on_its_device(void **state)
{
	(void)state;
	const struct lab_action *last = NULL;
	lab_open_burst(&lab, 1, 1);
	struct message_plan plan = lab_plan_of(3, 0, 10 * MS);
	plan.admission = ADMISSION_LOCAL;
	plan.accuracy = .875;
	assert_int_equal(lab_plan(&lab, 1, &plan), 0);
	lab.now.now_ns = 20 * MS;
	lab_wake(&lab);
	assert_int_equal(count(LIFE_CLOSE, &last), 1);
	assert_true(last->record.outcome == TASK_DONE && last->record.admission == ADMISSION_LOCAL);
	assert_true(last->record.accuracy == .875);
	assert_int_equal(count(LIFE_TENSOR, &last), 0);
	lab_close(&lab);
}

// Of 3 sub-tasks it runs 2: with cut 2 it is done on its device, with cut 1 it sends.
static void an_exit_shortens_a_task(void **state)
{
	(void)state;
	const struct lab_action *last = NULL;
	lab_open_burst(&lab, 2, 2);
	struct message_plan here = lab_plan_of(2, 0, 10 * MS), there = lab_plan_of(1, 0, MS);
	here.exit = there.exit = 1;
	here.subtasks = there.subtasks = 2;
	there.hertz = 3e5;
	there.cut = 3;
	assert_int_equal(lab_plan(&lab, 2, &there), -EPROTO);
	there.subtasks = 4;
	assert_int_equal(lab_plan(&lab, 2, &there), -EPROTO);
	there.subtasks = 2;
	there.cut = 1;
	assert_int_equal(lab_plan(&lab, 1, &here), 0);
	assert_int_equal(lab_plan(&lab, 2, &there), 0);
	lab_wake(&lab);
	assert_int_equal(count(LIFE_TENSOR, &last), 1);
	assert_int_equal(last->header.task, 2);
	lab.now.now_ns = 10 * MS;
	lab_wake(&lab);
	assert_int_equal(count(LIFE_CLOSE, &last), 1);
	assert_true(last->record.task == 1 && last->record.outcome == TASK_DONE && last->record.exit == 1);
	assert_int_equal(lab_handed(&lab), 0);
	assert_int_equal(lab_result(&lab, 2, &(struct message_result){.batch_end_ns = 9 * MS}), 0);
	assert_int_equal(count(LIFE_CLOSE, &last), 2);
	assert_true(last->record.hertz == 3e5 && last->record.exit == 1 && last->record.n_subtasks == 2);
	lab_replay(&lab);
	lab_close(&lab);
}

// One computes, one waits for the device, one waits for the uplink, one sends: each can be dropped, and what
// the transport has begun goes on before the next.
static void a_task_can_be_dropped_wherever_it_is(void **state)
{
	(void)state;
	const struct lab_action *last = NULL;
	lab_open_burst(&lab, 5, 5);
	const struct message_plan direct = lab_plan_of(0, 0, MS), plan = lab_plan_of(2, 0, 10 * MS);
	for (uint32_t task = 1; task <= 5; task++)
		assert_int_equal(lab_plan(&lab, task, task <= 2 ? &direct : &plan), 0);
	lab_wake(&lab); // 1 sends, 2 waits for it; 3 computes, 4 and 5 wait
	assert_int_equal(count(LIFE_TENSOR, &last), 1);
	lab.now.now_ns = 2 * MS;
	for (uint32_t task = 1; task <= 4; task++) {
		assert_int_equal(drop(task), 0);
		assert_int_equal(count(LIFE_CLOSE, &last), (int)task);
		assert_true(last->record.task == task && last->record.outcome == TASK_DROPPED);
		assert_int_equal(drop(task), -EPROTO);
	}
	assert_int_equal(count(LIFE_TENSOR, &last), 1);
	assert_int_equal(life_due_ns(&lab.life), 20 * MS); // 3 goes on to 10 ms, then 5
	lab.now.now_ns = 20 * MS;
	lab_wake(&lab);
	assert_int_equal(count(LIFE_TENSOR, &last), 1); // the tensor of 1 still has the uplink
	lab.now.now_ns = 21 * MS;
	assert_int_equal(lab_handed(&lab), 0);
	assert_int_equal(count(LIFE_TENSOR, &last), 2);
	assert_int_equal(last->header.task, 5);
	assert_int_equal(lab_handed(&lab), 0);
	assert_int_equal(lab_handed(&lab), -EPROTO);
	assert_int_equal(drop(5), 0); // it waits for its result
	lab_replay(&lab);
	lab_close(&lab);
}

static void who_runs_alone_cannot_be_dropped(void **state)
{
	(void)state;
	lab_open_burst(&lab, 1, 1);
	assert_int_equal(drop(1), -EPROTO); // not planned
	const struct message_plan plan = lab_plan_of(3, 0, 10 * MS);
	assert_int_equal(lab_plan(&lab, 1, &plan), 0);
	assert_int_equal(drop(1), -EPROTO);
	lab_close(&lab);
}

// A variant of two sub-tasks and a tenth of the work: its own sizes count, and no plan goes beyond them.
static void a_variant_takes_the_place_of_the_network(void **state)
{
	(void)state;
	static const double work[] = {1e8, 1e8}, bits[] = {8e5, 8e4, 320};
	static const struct task_network light = {2, work, bits, NULL};
	static const struct task_network *const variants[] = {&light};
	const struct lab_action *last = NULL;
	struct life_config config = lab_config(1, &(struct arrivals){.kind = ARRIVALS_BURST, .count = 1}, 1);
	config.arrivals.deadline_low_s = config.arrivals.deadline_high_s = 10;
	config.variants = variants;
	config.n_variants = 1;
	lab_open(&lab, &config);
	assert_int_equal(lab_start(&lab, NS_PER_S), 0);
	struct message_plan plan = lab_plan_of(2, 0, 10 * MS);
	plan.variant = 2;
	assert_int_equal(lab_plan(&lab, 1, &plan), -EPROTO);
	plan.variant = 1;
	plan.cut = 3;
	assert_int_equal(lab_plan(&lab, 1, &plan), -EPROTO); // the network has 3, the variant 2
	assert_int_equal(life_task(&lab.life, 1)->record.n_subtasks, 3);
	plan.cut = 2;
	assert_int_equal(lab_plan(&lab, 1, &plan), 0);
	lab.now.now_ns = 2 * MS + 1; // 2e8 FLOP where 1e9 take 10 ms
	lab_wake(&lab);
	assert_int_equal(count(LIFE_CLOSE, &last), 1);
	assert_true(last->record.outcome == TASK_DONE && last->record.variant == 1 && last->record.cut == 2);
	assert_true(last->record.n_subtasks == 2 && last->record.work_flop == 2e8);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_is_refused_ends_at_once),
	    cmocka_unit_test(who_is_not_admitted_may_run_on_its_device),
	    cmocka_unit_test(an_exit_shortens_a_task),
	    cmocka_unit_test(a_variant_takes_the_place_of_the_network),
	    cmocka_unit_test(a_task_can_be_dropped_wherever_it_is),
	    cmocka_unit_test(who_runs_alone_cannot_be_dropped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
