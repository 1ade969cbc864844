// SPDX-License-Identifier: BSD-3-Clause
// Laws of a task's life: stages without gaps, energy by formula, plans that do not fit are refused.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "ue/life/task.h"

static const double work[] = {1e8, 2e8, 3e8}, bits[] = {1e6, 2e6, 1e5, 1e3};
static const struct task_network network = {.n_subtasks = 3, .work_flop = work, .cut_bits = bits};
static const struct device device = {1e8, 2e10, 5e-31};

static struct task begun(void)
{
	struct task t;
	task_begin(&t, &network, &device, .2, 1, 1, 1000, 1000 + 100 * NS_PER_MS);
	return t;
}

static const struct message_plan cut_2 = {.cut = 2,
					  .feasible = 1,
					  .freq_flops = 1e10,
					  .compute_start_ns = 5 * NS_PER_MS,
					  .compute_end_ns = 35 * NS_PER_MS,
					  .upload_end_ns = 40 * NS_PER_MS,
					  .batch_start_ns = 42 * NS_PER_MS,
					  .batch_end_ns = 44 * NS_PER_MS,
					  .finish_ns = 46 * NS_PER_MS,
					  .compute_j = 1,
					  .transmit_j = 2};

static void an_offloaded_task_has_stages_without_gaps(void **state)
{
	(void)state;
	struct task t = begun();
	struct err err;
	assert_int_equal(task_planned(&t, &cut_2, 3 * NS_PER_MS, &err), 0);
	task_take_device(&t, 4 * NS_PER_MS);
	assert_int_equal(t.compute_end_ns, 5 * NS_PER_MS + 30 * NS_PER_MS); // 3e8 FLOP at 1e10 FLOP/s
	assert_true(task_computed(&t, t.compute_end_ns));
	struct message_result result = {.upload_end_ns = 41 * NS_PER_MS,
					.batch_start_ns = 42 * NS_PER_MS,
					.batch_end_ns = 45 * NS_PER_MS,
					.largest_batch = 3};
	task_answered(&t, &result, 47 * NS_PER_MS, 5 * NS_PER_MS);
	const struct task_record *r = &t.record;
	int64_t sum = 0;
	for (int s = 0; s < STAGE_COUNT; s++) {
		assert_true(task_stage_ns(r, s) >= 0);
		sum += task_stage_ns(r, s);
	}
	assert_int_equal(sum, task_latency_ns(r));
	assert_int_equal(r->airtime_ns, 5 * NS_PER_MS);
	assert_true(fabs(r->transmit_j - .2 * 5e-3) < 1e-15);
	assert_true(fabs(r->compute_j - 5e-31 * 3e8 * 1e20) < 1e-15); // kappa A f^2
	assert_true(task_met_deadline(r));
}

static void a_local_task_ends_with_its_computation(void **state)
{
	(void)state;
	struct task t = begun();
	struct message_plan plan = cut_2;
	plan.cut = 3;
	struct err err;
	assert_int_equal(task_planned(&t, &plan, 6 * NS_PER_MS, &err), 0); // later than planned: starts now
	task_take_device(&t, 0);
	assert_int_equal(t.record.end_ns[STAGE_PLAN], 6 * NS_PER_MS);
	assert_false(task_computed(&t, 70 * NS_PER_MS));
	assert_int_equal(t.state, TASK_ENDED);
	assert_int_equal(task_latency_ns(&t.record), 70 * NS_PER_MS - 1000);
	assert_int_equal(task_stage_ns(&t.record, STAGE_UPLOAD), 0);
	assert_true(t.record.transmit_j == 0);
}

static void plans_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	struct err err;
	struct message_plan plan = cut_2;
	struct task t = begun();
	plan.cut = 4;
	assert_true(task_planned(&t, &plan, 0, &err) < 0);
	plan = cut_2;
	plan.freq_flops = 3e10;
	assert_true(task_planned(&t, &plan, 0, &err) < 0);
	plan.freq_flops = 5e7;
	assert_true(task_planned(&t, &plan, 0, &err) < 0);
	plan.freq_flops = 0;
	assert_true(task_planned(&t, &plan, 0, &err) < 0);
}

// A pooling or a slice multiplies nothing: the part in front of the cut takes no time, whatever the
// frequency.
static void a_part_without_work_needs_no_frequency(void **state)
{
	(void)state;
	static const double idle_work[] = {0, 0, 3e8};
	static const struct task_network pools_first = {
	    .n_subtasks = 3, .work_flop = idle_work, .cut_bits = bits};
	static const double frequencies[] = {0, 1e8, 2e10};
	for (size_t i = 0; i < sizeof(frequencies) / sizeof(frequencies[0]); i++) {
		struct err err;
		struct task t;
		struct message_plan plan = cut_2;
		plan.freq_flops = frequencies[i];
		task_begin(&t, &pools_first, &device, .2, 1, 1, 1000, 1000 + 100 * NS_PER_MS);
		assert_int_equal(task_planned(&t, &plan, 3 * NS_PER_MS, &err), 0);
		task_take_device(&t, 0);
		assert_int_equal(t.compute_end_ns, 5 * NS_PER_MS);
		assert_true(task_computed(&t, t.compute_end_ns));
		assert_true(t.record.compute_j == 0 && t.record.freq_flops == 0);
		assert_true(t.record.upload_bits == bits[2]);
		plan.cut = 3; // here it is needed
		plan.freq_flops = frequencies[i];
		task_begin(&t, &pools_first, &device, .2, 1, 1, 1000, 1000 + 100 * NS_PER_MS);
		assert_int_equal(task_planned(&t, &plan, 3 * NS_PER_MS, &err) < 0, i == 0);
	}
}

static void an_abandoned_task_keeps_what_it_reached(void **state)
{
	(void)state;
	struct err err;
	struct task t = begun();
	task_abandon(&t, TASK_CUT_SHORT, 2 * NS_PER_MS);
	assert_int_equal(task_latency_ns(&t.record), 2 * NS_PER_MS - 1000);
	assert_false(task_met_deadline(&t.record));
	assert_int_equal(task_plan_latency_ns(&t.record), 0); // it was never planned
	t = begun();
	task_planned(&t, &cut_2, 0, &err);
	struct task waits = t; // for the device
	task_abandon(&waits, TASK_FAILED, 20 * NS_PER_MS);
	assert_int_equal(waits.record.end_ns[STAGE_PLAN], 20 * NS_PER_MS);
	task_take_device(&t, 0);
	task_abandon(&t, TASK_FAILED, 20 * NS_PER_MS);
	assert_int_equal(t.record.end_ns[STAGE_PLAN], 5 * NS_PER_MS);
	assert_int_equal(t.record.end_ns[STAGE_LOCAL], 20 * NS_PER_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_offloaded_task_has_stages_without_gaps),
	    cmocka_unit_test(a_local_task_ends_with_its_computation),
	    cmocka_unit_test(plans_that_do_not_fit_are_refused),
	    cmocka_unit_test(a_part_without_work_needs_no_frequency),
	    cmocka_unit_test(an_abandoned_task_keeps_what_it_reached),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
