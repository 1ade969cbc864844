// SPDX-License-Identifier: BSD-3-Clause
// The edge's debt: never less than how much later the host has made a batch end than the same inputs,
// bookings and planned durations would have let it, and nothing where the host was on time.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "edge/process/punctual.h"

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

struct lane {
	int64_t free_ns, ideal_free_ns;
};

// One batch: booking, input (of which the host made `input_debt` late) and executor, whichever is last; then
// the host's own delays.
static void run_batch(struct punctual *p, struct lane *lane, struct rng *rng, int64_t booked_ns, bool on_time)
{
	int64_t planned_ns = 1 + (int64_t)rng_below(rng, 5 * NS_PER_MS);
	int64_t input_ns = booked_ns - 5 * NS_PER_MS + (int64_t)rng_below(rng, 10 * NS_PER_MS);
	int64_t input_debt_ns = on_time ? 0 : (int64_t)rng_below(rng, 4 * NS_PER_MS);
	int64_t woke_ns = on_time ? 0 : (int64_t)rng_below(rng, 3 * NS_PER_MS);
	int64_t longer_ns = on_time ? 0 : (int64_t)rng_below(rng, 4 * NS_PER_MS) - NS_PER_MS;
	if (longer_ns < -planned_ns)
		longer_ns = 0;
	int64_t start_ns = later(later(booked_ns, input_ns), lane->free_ns) + woke_ns;
	int64_t ideal_ns =
	    later(later(booked_ns, input_ns - input_debt_ns), lane->ideal_free_ns) + planned_ns;
	struct batch_record b = {.planned_start_ns = booked_ns,
				 .planned_duration_ns = planned_ns,
				 .profile_p95_ns = planned_ns,
				 .last_input_ns = input_ns,
				 .start_ns = start_ns,
				 .noticed_ns = start_ns + planned_ns + longer_ns};
	int64_t debt_ns = punctual_batch(p, &b, booked_ns, true, input_debt_ns);
	assert_true(debt_ns >= b.noticed_ns - ideal_ns);
	assert_true(debt_ns >= 0);
	if (on_time)
		assert_int_equal(debt_ns, 0);
	lane->free_ns = b.noticed_ns;
	lane->ideal_free_ns = ideal_ns;
}

static void debt_bounds_what_the_host_did(void **state)
{
	(void)state;
	struct punctual *p = calloc(1, sizeof(*p));
	print_message("seed 11\n");
	struct rng *rng = rng_new(11, 1, RNG_TRAFFIC, 1);
	for (int on_time = 0; on_time < 2; on_time++) {
		struct lane lane = {0, 0};
		memset(p, 0, sizeof(*p));
		int64_t booked_ns = NS_PER_S;
		for (int i = 0; i < 20000; i++) {
			run_batch(p, &lane, rng, booked_ns, on_time);
			booked_ns += (int64_t)rng_below(rng, 8 * NS_PER_MS);
		}
		assert_int_equal(p->timer.late.count, 20000);
		assert_int_equal(p->batch.late.count, 20000);
		assert_true((p->batch.late.max_ns > 0) == !on_time);
	}
	rng_free(rng);
	free(p);
}

// A batch that no plan foresaw may wait for company: its start is nobody's lateness.
static void unplanned_batches_may_wait(void **state)
{
	(void)state;
	struct punctual *p = calloc(1, sizeof(*p));
	struct batch_record b = {.planned_duration_ns = NS_PER_MS,
				 .profile_p95_ns = NS_PER_MS,
				 .last_input_ns = NS_PER_S,
				 .start_ns = 2 * NS_PER_S,
				 .noticed_ns = 2 * NS_PER_S + 3 * NS_PER_MS};
	assert_int_equal(punctual_batch(p, &b, 0, true, 7), 7 + 2 * NS_PER_MS);
	assert_int_equal(p->timer.late.count, 0);
	free(p);
}

static void three_times_too_long_breaks_the_stage(void **state)
{
	(void)state;
	struct punctual *p = calloc(1, sizeof(*p));
	for (int replayed = 0; replayed < 2; replayed++) {
		for (int i = 0; i < 50; i++) {
			int64_t at_ns = (50 * replayed + i + 1) * NS_PER_S;
			struct batch_record b = {.planned_start_ns = at_ns,
						 .planned_duration_ns = 4 * NS_PER_MS,
						 .profile_ns = 4 * NS_PER_MS,
						 .profile_p95_ns = 4 * NS_PER_MS,
						 .replayed = replayed != 0,
						 .start_ns = at_ns,
						 .end_ns = at_ns + 12 * NS_PER_MS,
						 .noticed_ns = at_ns + 12 * NS_PER_MS};
			assert_int_equal(punctual_batch(p, &b, at_ns, true, 0), 8 * NS_PER_MS);
		}
	}
	assert_true(lateness_breaks(&p->batch, HOST_BATCH));
	assert_true(lateness_breaks(&p->replay, HOST_REPLAY));
	assert_false(lateness_breaks(&p->timer, HOST_EDGE_TIMER));
	free(p);
}

static void a_plan_has_its_margin(void **state)
{
	(void)state;
	struct punctual *p = calloc(1, sizeof(*p));
	assert_int_equal(punctual_plan(p, NS_PER_MS), 0);
	assert_int_equal(punctual_plan(p, 5 * NS_PER_MS), 4 * NS_PER_MS);
	assert_int_equal(p->planning.over, 1);
	punctual_read(p, 0, NS_PER_S); // the kernel did not say
	assert_int_equal(p->read.late.count, 0);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(debt_bounds_what_the_host_did),
	    cmocka_unit_test(unplanned_batches_may_wait),
	    cmocka_unit_test(three_times_too_long_breaks_the_stage),
	    cmocka_unit_test(a_plan_has_its_margin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
