// SPDX-License-Identifier: BSD-3-Clause
// Grants, one by one: told before the answers, taken back with the tensor or the UE, and nobody else's.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/unit/edge/desk_lab.h"

#define AT NS_PER_S
#define BAND_HZ 12e6
#define REST_HZ (DESK_REST_SHARE * BAND_HZ / LAB_UES)

extern const struct policy airbatch_policy; // equal bands

struct seen {
	int grants, reads, plans, refusals, plans_before_grants;
	size_t n; // of the last grant
	struct cell_share share[LAB_UES];
	char why[512];
};

static void see(struct seen *s, const struct desk_action *a)
{
	s->plans += a->kind == DESK_SEND_PLAN;
	s->reads += a->kind == DESK_READ_CELL;
	s->refusals += a->kind == DESK_REFUSE;
	if (a->kind == DESK_REFUSE)
		strcpy(s->why, a->why->text);
	if (a->kind != DESK_GRANT)
		return;
	s->plans_before_grants = s->plans;
	s->grants++;
	s->n = a->grant.n;
	memcpy(s->share, a->grant.share, s->n * sizeof(*s->share));
}

static struct seen tell(struct desk *d, const struct desk_event *event)
{
	struct seen s = {0};
	struct desk_action a;
	struct err err;
	if (desk_take(d, event, &err) < 0)
		fail_msg("event %d: %s", (int)event->kind, err.text);
	while (desk_next(d, &a))
		see(&s, &a);
	return s;
}

static void tell_cell(struct desk_lab *lab, bool is_granted)
{
	struct cell_ue_state ues[LAB_UES] = {{0}};
	for (int i = 0; i < LAB_UES; i++)
		ues[i] = (struct cell_ue_state){.hertz = BAND_HZ / LAB_UES, .power_to_noise_hz = 1e9};
	const struct desk_event cell = {
	    .kind = DESK_CELL, .now_ns = AT, .cell = {is_granted, BAND_HZ, 0, 0, LAB_UES, ues}};
	assert_int_equal(tell(lab->desk, &cell).grants, 0);
}

static void open_lab(struct desk_lab *lab, bool is_granted)
{
	lab_open(lab, "equal-bands", &airbatch_policy, BATCH_AS_PLANNED, 1);
	tell_cell(lab, is_granted);
}

static struct seen ask(struct desk *d, int ue, int64_t at_ns)
{
	static uint32_t number;
	struct desk_event e = lab_request(ue, ++number, at_ns, at_ns + NS_PER_S);
	return tell(d, &e);
}

static struct seen plan(struct desk *d, int64_t at_ns)
{
	return tell(d, &(struct desk_event){.kind = DESK_PLAN, .now_ns = at_ns + 10 * NS_PER_MS});
}

static struct seen send_tensor(struct desk *d, int ue, int64_t at_ns)
{
	uint32_t number = 0;
	while (!desk_find(d, ue, number))
		number++;
	return tell(d, &(struct desk_event){
			   .kind = DESK_TENSOR, .now_ns = at_ns, .tensor = {.ue = ue, .number = number}});
}

static void expect_share(const struct seen *s, size_t i, uint32_t ue, double hertz)
{
	assert_true(i < s->n);
	assert_int_equal(s->share[i].ue, ue);
	assert_float_equal(s->share[i].hertz, hertz, 1e-3);
}

// The first grant lets everybody rest; later ones name those alone whose bands change.
static void grants_come_before_answers_and_go_with_tensors(void **state)
{
	(void)state;
	struct desk_lab lab;
	open_lab(&lab, true);
	assert_int_equal(ask(lab.desk, 1, AT).reads, 0); // nothing is granted yet
	ask(lab.desk, 4, AT);
	struct seen s = plan(lab.desk, AT);
	double half_hz = (1 - DESK_REST_SHARE) * BAND_HZ / 2;
	assert_true(s.grants == 1 && s.n == LAB_UES && s.plans == 2 && s.plans_before_grants == 0);
	for (uint32_t ue = 0; ue < LAB_UES; ue++)
		expect_share(&s, ue, ue, ue == 1 || ue == 4 ? half_hz : REST_HZ);
	s = send_tensor(lab.desk, 4, AT + NS_PER_MS);
	assert_true(s.grants == 1 && s.n == 1);
	expect_share(&s, 0, 4, REST_HZ);
	assert_int_equal(ask(lab.desk, 0, AT + 2 * NS_PER_MS).reads, 1);
	s = plan(lab.desk, AT + 2 * NS_PER_MS); // what ue2 left of the band
	assert_true(s.grants == 1 && s.n == 1);
	expect_share(&s, 0, 0, BAND_HZ - half_hz - (LAB_UES - 1) * REST_HZ);
	s = tell(lab.desk, &(struct desk_event){.kind = DESK_UE_LOST, .now_ns = AT, .lost_ue = 1});
	assert_true(s.grants == 1 && s.n == 1);
	expect_share(&s, 0, 1, REST_HZ);
	lab_close(&lab);
}

// Whatever the cell did in its place, the next list says all of it.
static void what_was_refused_is_said_anew(void **state)
{
	(void)state;
	struct desk_lab lab;
	open_lab(&lab, true);
	ask(lab.desk, 2, AT);
	assert_int_equal(plan(lab.desk, AT).grants, 1);
	tell(lab.desk, &(struct desk_event){.kind = DESK_GRANT_REFUSED, .now_ns = AT});
	struct seen s = send_tensor(lab.desk, 2, AT + NS_PER_MS);
	assert_true(s.grants == 1 && s.n == LAB_UES);
	for (uint32_t ue = 0; ue < LAB_UES; ue++)
		expect_share(&s, ue, ue, REST_HZ);
	// Of a part: at once. And what is refused whole is not said again and again.
	ask(lab.desk, 3, AT + 2 * NS_PER_MS);
	assert_int_equal(plan(lab.desk, AT + 2 * NS_PER_MS).n, 1);
	s = tell(lab.desk, &(struct desk_event){.kind = DESK_GRANT_REFUSED, .now_ns = AT});
	assert_true(s.grants == 1 && s.n == LAB_UES);
	expect_share(&s, 3, 3, (1 - DESK_REST_SHARE) * BAND_HZ);
	s = tell(lab.desk, &(struct desk_event){.kind = DESK_GRANT_REFUSED, .now_ns = AT});
	assert_int_equal(s.grants, 0);
	lab_close(&lab);
}

static void a_cell_of_another_strategy_is_left_alone(void **state)
{
	(void)state;
	struct desk_lab lab;
	open_lab(&lab, false);
	ask(lab.desk, 2, AT);
	struct seen s = plan(lab.desk, AT);
	assert_true(s.plans == 1 && s.grants == 0 && s.refusals == 0);
	assert_int_equal(send_tensor(lab.desk, 2, AT + NS_PER_MS).grants, 0);
	assert_int_equal(ask(lab.desk, 3, AT + NS_PER_MS).reads, 0);
	lab_close(&lab);
}

// Jobs of a UE upload over one band, which it keeps until its last tensor is here.
static void a_burst_has_one_band(void **state)
{
	(void)state;
	enum { BURST = 3 };
	struct desk_lab lab;
	lab_open_bursts(&lab, "jps-joint:no-band", BURST);
	tell_cell(&lab, true);
	for (int k = 0; k < BURST; k++)
		for (int ue = 0; ue < LAB_UES; ue++)
			ask(lab.desk, ue, AT);
	struct seen s = plan(lab.desk, AT);
	assert_int_equal(s.refusals, 0);
	assert_int_equal(s.plans, BURST * LAB_UES);
	assert_int_equal(s.grants, 1);
	double sum_hz = 0;
	for (size_t i = 0; i < s.n; i++)
		sum_hz += s.share[i].hertz;
	assert_true(sum_hz <= BAND_HZ * (1 + 1e-9) && sum_hz > BAND_HZ / 2);
	int uploads = 0;
	for (uint32_t number = 1; number < 10000; number++) {
		const struct desk_job *job = desk_find(lab.desk, 0, number);
		uploads += job && job->plan.cut < LAB_SUBTASKS;
	}
	assert_true(uploads > 1);
	for (uint32_t number = 1; number < 10000; number++) {
		const struct desk_job *job = desk_find(lab.desk, 0, number);
		if (!job || job->plan.cut == LAB_SUBTASKS)
			continue;
		s = tell(lab.desk, &(struct desk_event){.kind = DESK_TENSOR,
							.now_ns = AT + NS_PER_S / 10,
							.tensor = {0, number}});
		assert_int_equal(s.grants, --uploads == 0);
	}
	expect_share(&s, 0, 0, REST_HZ);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(grants_come_before_answers_and_go_with_tensors),
	    cmocka_unit_test(what_was_refused_is_said_anew),
	    cmocka_unit_test(a_cell_of_another_strategy_is_left_alone),
	    cmocka_unit_test(a_burst_has_one_band),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
