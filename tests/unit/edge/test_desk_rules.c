// SPDX-License-Identifier: BSD-3-Clause
// The rules of a desk, one by one: who is planned when, what is refused with which sentence, and that nobody
// else is disturbed by it.
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

struct seen {
	int rounds, decisions, plans, refusals, closes, starts, results;
	int64_t round_due_ns, round_at_ns;
	uint32_t round_requests;
	struct desk_job *first; // that was answered
	char why[512];
};

static void see(struct seen *s, const struct desk_action *a)
{
	s->rounds += a->kind == DESK_NOTE_ROUND;
	s->decisions += a->kind == DESK_NOTE_DECISION;
	s->plans += a->kind == DESK_SEND_PLAN;
	s->refusals += a->kind == DESK_REFUSE;
	s->closes += a->kind == DESK_CLOSE;
	s->starts += a->kind == DESK_START_BATCH;
	s->results += a->kind == DESK_SEND_RESULT;
	if (a->kind == DESK_NOTE_ROUND) {
		s->round_due_ns = a->round.due_ns;
		s->round_at_ns = a->round.record->at_ns;
		s->round_requests = a->round.record->n_requests;
	}
	if (a->kind == DESK_SEND_PLAN && !s->first)
		s->first = a->job;
	if (a->kind == DESK_REFUSE)
		strcpy(s->why, a->why->text);
}

// Plans all that is due, and starts it.
static struct seen turn(struct desk *d, int64_t now_ns)
{
	struct seen s = {0};
	struct desk_action a;
	struct err err;
	int more;
	do {
		more = desk_take(d, &(struct desk_event){.kind = DESK_PLAN, .now_ns = now_ns}, &err);
		while (desk_next(d, &a))
			see(&s, &a);
	} while (more == 1);
	lab_tell(d, &(struct desk_event){.kind = DESK_RUN, .now_ns = now_ns});
	while (desk_next(d, &a))
		see(&s, &a);
	return s;
}

static void ask(struct desk *d, int ue, uint32_t number, int64_t at_ns, double deadline_s)
{
	struct desk_event e = lab_request(ue, number, at_ns, at_ns + s_to_ns(deadline_s));
	lab_tell(d, &e);
}

static void expect_refused(struct desk *d, const struct desk_event *event, int code, const char *sentence)
{
	struct err err = {0};
	struct desk_action a;
	assert_int_equal(desk_take(d, event, &err), -code);
	assert_string_equal(err.text, sentence);
	assert_false(desk_next(d, &a));
}

static void a_round_closes_by_its_window_or_when_all_have_asked(void **state)
{
	(void)state;
	struct desk_lab lab;
	lab_open(&lab, "ip-ssa", NULL, BATCH_AS_PLANNED, 1);
	int64_t window_ns = s_to_ns(lab.config.admission_window_s);
	ask(lab.desk, 3, 1, AT, .1);
	ask(lab.desk, 1, 1, AT + 5, .1);
	assert_int_equal(turn(lab.desk, AT + 5).rounds, 0);
	assert_int_equal(desk_plan_due_ns(lab.desk), AT + window_ns);
	// The loop is late by less than an answer's margin: the plan counts from when the round closed.
	struct seen s = turn(lab.desk, AT + window_ns + 1000);
	assert_int_equal(s.round_requests, 2);
	assert_int_equal(s.round_due_ns, AT + window_ns);
	assert_int_equal(s.round_at_ns, AT + window_ns);
	lab_close(&lab);
	lab_open(&lab, "ip-ssa", NULL, BATCH_AS_PLANNED, 1);
	for (int ue = 0; ue < LAB_UES; ue++)
		ask(lab.desk, ue, 7, AT + ue, .1);
	assert_int_equal(desk_plan_due_ns(lab.desk), 0);
	s = turn(lab.desk, AT + 50);
	assert_int_equal(s.round_requests, LAB_UES);
	assert_int_equal(s.round_due_ns, 0);
	assert_int_equal(s.round_at_ns, AT + LAB_UES - 1);
	lab_close(&lab);
}

// The plans that a round leaves, in the order in which they are sent.
static int take_plans(struct desk *d, int64_t now_ns, struct message_plan plans[], int ues[], int most)
{
	struct desk_action a;
	struct err err;
	int n = 0;
	assert_int_equal(desk_take(d, &(struct desk_event){.kind = DESK_PLAN, .now_ns = now_ns}, &err), 1);
	while (desk_next(d, &a)) {
		if (a.kind != DESK_SEND_PLAN)
			continue;
		assert_true(n < most);
		ues[n] = a.job->request.ue;
		plans[n++] = a.job->plan;
	}
	return n;
}

// The device has one job after the other, from when the one of the round before is through.
static int64_t check_device(const struct message_plan plans[], const int ues[], int n, int ue,
			    int64_t free_ns)
{
	int64_t busy_ns = 0, first_ns = INT64_MAX, last_ns = 0;
	for (int i = 0; i < n; i++) {
		if (ues[i] != ue)
			continue;
		busy_ns += plans[i].compute_end_ns - plans[i].compute_start_ns;
		first_ns = plans[i].compute_start_ns < first_ns ? plans[i].compute_start_ns : first_ns;
		last_ns = plans[i].compute_end_ns > last_ns ? plans[i].compute_end_ns : last_ns;
	}
	assert_true(first_ns >= free_ns);
	assert_in_range(last_ns - first_ns, busy_ns - n, busy_ns + n); // each rounded to nanoseconds
	return last_ns;
}

static void a_burst_is_planned_when_its_ue_can_ask_for_no_more(void **state)
{
	(void)state;
	enum { OPEN = 3, ALL = LAB_UES * OPEN };
	struct desk_lab lab;
	struct message_plan plans[ALL];
	int ues[ALL];
	lab_open(&lab, "local-only", NULL, BATCH_AS_PLANNED, OPEN);
	for (int k = 0; k < OPEN; k++)
		for (int ue = 0; ue < LAB_UES; ue++) {
			assert_int_not_equal(desk_plan_due_ns(lab.desk), 0);
			ask(lab.desk, ue, (uint32_t)k + 1, AT, 10);
		}
	assert_int_equal(desk_plan_due_ns(lab.desk), 0);
	assert_int_equal(take_plans(lab.desk, AT, plans, ues, ALL), ALL);
	int64_t free_ns = check_device(plans, ues, ALL, 2, AT);
	// The next job of ue3 waits for its device, which has those three until then.
	ask(lab.desk, 2, OPEN + 1, AT + 10, 10);
	int64_t closes_ns = AT + 10 + s_to_ns(lab.config.admission_window_s);
	assert_int_equal(take_plans(lab.desk, closes_ns, plans, ues, ALL), 1);
	check_device(plans, ues, 1, 2, free_ns - 1);
	lab_close(&lab);
}

// Requests that follow each other within the window make one round, however long all of them take.
static void a_burst_longer_than_the_window_is_planned_whole(void **state)
{
	(void)state;
	enum { BURST = 6 };
	struct desk_lab lab;
	lab_open_bursts(&lab, "local-only", BURST);
	int64_t window_ns = s_to_ns(lab.config.admission_window_s), gap_ns = window_ns - 1, at_ns = AT;
	for (uint32_t k = 1; k <= BURST; k++, at_ns += gap_ns) {
		ask(lab.desk, 2, k, at_ns, 10);
		assert_int_equal(turn(lab.desk, at_ns).rounds, k == BURST);
		if (k > 1 && k < BURST)
			assert_true(desk_plan_due_ns(lab.desk) > at_ns + window_ns);
	}
	lab_close(&lab);
	lab_open_bursts(&lab, "local-only", BURST);
	for (uint32_t k = 1; k < BURST; k++)
		ask(lab.desk, 2, k, AT + (k - 1) * gap_ns, 10);
	at_ns = desk_plan_due_ns(lab.desk); // the last does not come
	assert_in_range(at_ns - AT - (BURST - 2) * gap_ns, window_ns, 2 * window_ns);
	assert_int_equal(turn(lab.desk, at_ns - 1).rounds, 0);
	struct seen s = turn(lab.desk, at_ns + 1000);
	assert_int_equal(s.round_requests, BURST - 1);
	assert_int_equal(s.round_due_ns, at_ns);
	ask(lab.desk, 2, BURST, at_ns + 2000, 10);
	assert_int_equal(desk_plan_due_ns(lab.desk), at_ns + 2000 + window_ns);
	lab_close(&lab);
}

// Requests that take longer than the window.
static void a_slow_radio_does_not_part_a_burst(void **state)
{
	(void)state;
	struct desk_lab lab;
	lab_open_bursts(&lab, "local-only", 3);
	struct desk_event radio = {.kind = DESK_RADIO_CHANGED,
				   .now_ns = AT,
				   .radio = {.ue = 0, .uplink_bps = 1e4, .downlink_bps = 1e7}};
	lab_tell(lab.desk, &radio);
	for (uint32_t k = 1; k <= 3; k++) {
		ask(lab.desk, 0, k, AT + k * NS_PER_S / 10, 10);
		assert_int_equal(turn(lab.desk, AT + k * NS_PER_S / 10).rounds, k == 3);
	}
	lab_close(&lab);
}

// Nobody waits for a UE that is lost, nor for one whose burst is whole.
static void only_unfinished_bursts_are_waited_for(void **state)
{
	(void)state;
	struct desk_lab lab;
	lab_open_bursts(&lab, "local-only", 3);
	int64_t window_ns = s_to_ns(lab.config.admission_window_s);
	ask(lab.desk, 0, 1, AT, 10);
	for (uint32_t k = 1; k <= 3; k++)
		ask(lab.desk, 1, k, AT + k * window_ns / 2, 10);
	assert_true(desk_plan_due_ns(lab.desk) > AT + 2 * window_ns);
	lab_tell(lab.desk, &(struct desk_event){.kind = DESK_UE_LOST, .now_ns = AT, .lost_ue = 0});
	assert_int_equal(desk_plan_due_ns(lab.desk), AT + window_ns);
	struct seen s = turn(lab.desk, AT + 3 * window_ns / 2);
	assert_int_equal(s.round_requests, 3);
	assert_int_equal(s.round_due_ns, 0); // no clock was late: the burst was
	lab_close(&lab);
}

// Slots of 1 s: who would be late on its device after the next one goes at once and alone.
static void who_cannot_wait_is_planned_alone(void **state)
{
	(void)state;
	struct desk_lab lab;
	lab_open(&lab, "tw-1:og", NULL, BATCH_AS_PLANNED, 1);
	lab_tell(lab.desk, &(struct desk_event){.kind = DESK_RUN_BEGINS, .epoch_ns = AT});
	ask(lab.desk, 0, 1, AT + 1, .02);
	ask(lab.desk, 1, 1, AT + 1, 10);
	ask(lab.desk, 2, 1, AT + 1, .015);
	struct seen s = turn(lab.desk, AT + 1);
	assert_true(s.rounds == 2 && s.plans == 2 && s.decisions == 0);
	assert_non_null(desk_find(lab.desk, 1, 1));
	assert_int_equal(desk_find(lab.desk, 1, 1)->state, DESK_ASKED);
	assert_int_equal(desk_plan_due_ns(lab.desk), AT + 25 * NS_PER_MS);
	s = turn(lab.desk, AT + 25 * NS_PER_MS);
	assert_int_equal(s.decisions, 1);
	lab_close(&lab);
}

static void the_lost_are_not_planned(void **state)
{
	(void)state;
	struct desk_lab lab;
	lab_open(&lab, "ip-ssa", NULL, BATCH_AS_PLANNED, 1);
	ask(lab.desk, 0, 1, AT, .1);
	lab_tell(lab.desk, &(struct desk_event){.kind = DESK_UE_LOST, .now_ns = AT, .lost_ue = 0});
	struct seen s = turn(lab.desk, AT + NS_PER_S);
	assert_true(s.rounds == 0 && s.plans == 0 && s.closes == 1);
	assert_int_equal(desk_plan_due_ns(lab.desk), TIME_NEVER);
	assert_true(desk_idle(lab.desk));
	lab_close(&lab);
}

static void bad_events_change_nothing(void **state)
{
	(void)state;
	struct desk_lab lab;
	lab_open(&lab, "eo", NULL, BATCH_AS_PLANNED, 1);
	struct desk *d = lab.desk;
	ask(d, 0, 4, AT, .1);
	struct desk_event e = {.kind = DESK_TENSOR, .now_ns = AT, .tensor = {0, 4}};
	expect_refused(d, &e, EPROTO, "a tensor of task 4 that no plan waits for"); // before its plan
	e = lab_request(0, 5, AT, AT + NS_PER_S);
	expect_refused(d, &e, EPROTO, "a request while task 4 is open: one task at a time");
	e = lab_request(LAB_UES, 1, AT, AT + NS_PER_S);
	expect_refused(d, &e, EPROTO, "a request of ue7: this run has ue1 to ue6");
	assert_int_equal(turn(d, AT + NS_PER_S / 100).plans, 1);
	e = (struct desk_event){.kind = DESK_TENSOR, .now_ns = AT, .tensor = {0, 4}};
	lab_tell(d, &e);
	expect_refused(d, &e, EPROTO, "a tensor of task 4 that no plan waits for"); // twice
	e = (struct desk_event){.kind = DESK_BATCH_ENDED, .now_ns = AT, .ended = {.batch = 1}};
	expect_refused(d, &e, EINVAL, "batch 1 has ended: it does not run"); // it waits for its time
	assert_int_equal(turn(d, AT + NS_PER_S).starts, 1);
	lab_close(&lab);
}

static void numbers_ascend(void **state)
{
	(void)state;
	struct desk_lab lab;
	lab_open(&lab, "lc", NULL, BATCH_AS_PLANNED, 2);
	ask(lab.desk, 0, 4, AT, .1);
	struct desk_event e = lab_request(0, 4, AT, AT + NS_PER_S);
	expect_refused(lab.desk, &e, EPROTO, "a request for task 4 after task 4: numbers ascend");
	ask(lab.desk, 0, 5, AT, .1);
	e = lab_request(0, 6, AT, AT + NS_PER_S);
	expect_refused(lab.desk, &e, EPROTO, "a request while 2 tasks are open: at most 2 at a time");
	assert_int_equal(turn(lab.desk, AT + NS_PER_S / 100).closes, 2);
	lab_tell(lab.desk, &e);
	lab_close(&lab);
}

static int refuse_two(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
		      struct err *err)
{
	(void)self;
	if (snapshot->n_jobs == 2)
		return err_set(err, EDOM, "two is too many");
	const struct policy *eo = policy_find("eo", err);
	return eo->plan(eo, snapshot, plan, err);
}

static int share(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
		 struct err *err)
{
	const struct policy *ps = policy_find("ps", err);
	(void)self;
	return ps->plan(ps, snapshot, plan, err);
}

static void a_failed_plan_ends_its_round_alone(void **state)
{
	(void)state;
	const struct policy moody = {.abi = POLICY_ABI, .name = "moody", .summary = "", .plan = refuse_two};
	struct desk_lab lab;
	lab_open(&lab, "moody", &moody, BATCH_AS_PLANNED, 1);
	struct desk *d = lab.desk;
	ask(d, 0, 1, AT, .1);
	assert_int_equal(turn(d, AT + NS_PER_S / 100).plans, 1);
	ask(d, 1, 1, AT + NS_PER_S / 100, .1);
	ask(d, 2, 1, AT + NS_PER_S / 100, .1);
	struct seen s = turn(d, AT + NS_PER_S / 50);
	assert_true(s.refusals == 2 && s.closes == 2 && s.rounds == 0);
	assert_string_equal(s.why, "two is too many");
	assert_int_equal(desk_find(d, 0, 1)->state, DESK_PLANNED);
	lab_tell(d, &(struct desk_event){.kind = DESK_TENSOR, .now_ns = AT, .tensor = {0, 1}});
	assert_int_equal(turn(d, AT + NS_PER_S).starts, 1);
	ask(d, 1, 2, AT + NS_PER_S, .1); // and they may ask again
	assert_int_equal(turn(d, AT + 2 * NS_PER_S).plans, 1);
	assert_int_equal(desk_totals(d)->rounds, 2);
	lab_close(&lab);
}

static void a_gpu_that_is_not_shared_refuses_who_shares_it(void **state)
{
	(void)state;
	const struct policy sharing = {.abi = POLICY_ABI, .name = "sharing", .summary = "", .plan = share};
	struct desk_lab lab;
	lab_open(&lab, "sharing", &sharing, BATCH_AS_PLANNED, 1);
	ask(lab.desk, 0, 1, AT, .1);
	ask(lab.desk, 1, 1, AT, .1);
	struct seen s = turn(lab.desk, AT + NS_PER_S / 100);
	assert_int_equal(s.refusals, 2);
	assert_non_null(strstr(s.why, "only the built-in ps"));
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_round_closes_by_its_window_or_when_all_have_asked),
	    cmocka_unit_test(a_burst_is_planned_when_its_ue_can_ask_for_no_more),
	    cmocka_unit_test(a_burst_longer_than_the_window_is_planned_whole),
	    cmocka_unit_test(a_slow_radio_does_not_part_a_burst),
	    cmocka_unit_test(only_unfinished_bursts_are_waited_for),
	    cmocka_unit_test(who_cannot_wait_is_planned_alone),
	    cmocka_unit_test(the_lost_are_not_planned),
	    cmocka_unit_test(bad_events_change_nothing),
	    cmocka_unit_test(numbers_ascend),
	    cmocka_unit_test(a_failed_plan_ends_its_round_alone),
	    cmocka_unit_test(a_gpu_that_is_not_shared_refuses_who_shares_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
