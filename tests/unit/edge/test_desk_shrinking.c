// SPDX-License-Identifier: BSD-3-Clause
// Rounds with admission, exits and a start barrier, one by one: what plans answer, when batches start, who is
// in them, and what becomes of those who come too late.
#include <math.h>
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
#define UPLOAD_S .01
#define REST_HZ (DESK_REST_SHARE * BAND_HZ / LAB_UES)

// UE m is not admitted when m is 5; else it leaves at exit m % 3, over BAND / 10, in a batch that starts
// UPLOAD_S after the round.
static int plan_by_number(const struct policy *self, const struct snapshot *s, struct plan *plan,
			  struct err *err)
{
	(void)self;
	(void)err;
	double start_s = UPLOAD_S;
	if (s->servers[0].n_busy > 0)
		start_s = s->servers[0].busy[s->servers[0].n_busy - 1].end_s;
	for (int m = 0; m < s->n_jobs; m++) {
		int ue = (int)(s->jobs[m].least_accuracy * 10 + .5);
		plan->jobs[m].admitted = ue != 5;
		plan->jobs[m].hertz = ue != 5 ? s->band_hertz / 10 : 0;
		if (ue == 5)
			continue;
		plan->jobs[m].cut = plan->jobs[m].group = 0;
		plan->jobs[m].exit = ue % 3;
	}
	for (int n = 0; n < LAB_SUBTASKS; n++) {
		struct plan_batch *b = &plan->batches[plan->n_batches];
		*b = (struct plan_batch){
		    .subtask = n, .first = plan->n_members, .start_s = start_s, .edge_freq = 1};
		for (int m = 0; m < s->n_jobs; m++)
			if (plan->jobs[m].admitted && n < plan_subtasks(s, &plan->jobs[m])) {
				plan->members[plan->n_members++] = m;
				b->n_jobs++;
			}
		plan->n_batches += b->n_jobs > 0;
		start_s += b->n_jobs > 0 ? snapshot_batch_s(&s->networks[0], n, b->n_jobs) : 0;
	}
	return 0;
}

static const struct policy by_number = {
    .abi = POLICY_ABI, .name = "by-number", .summary = "by a UE's number", .plan = plan_by_number};

struct seen {
	int plans, results, drops, closes, grants, n_started;
	struct message_plan plan[LAB_UES];
	const struct batch *started;
	uint32_t started_id;
	enum batch_reason reason;
	bool has_result[LAB_UES], is_dropped[LAB_UES];
	double hertz[LAB_UES]; // of the last grant; 0 = not named
	struct batch_record record;
	struct round_record round;
};

static void see(struct seen *s, const struct desk_action *a)
{
	if (a->kind == DESK_REFUSE)
		fail_msg("%s", a->why->text);
	int ue = a->job ? a->job->request.ue : 0;
	s->plans += a->kind == DESK_SEND_PLAN;
	s->results += a->kind == DESK_SEND_RESULT;
	s->drops += a->kind == DESK_DROP;
	s->closes += a->kind == DESK_CLOSE;
	s->has_result[ue] |= a->kind == DESK_SEND_RESULT;
	s->is_dropped[ue] |= a->kind == DESK_DROP;
	if (a->kind == DESK_SEND_PLAN)
		s->plan[ue] = a->job->plan;
	if (a->kind == DESK_NOTE_BATCH)
		s->record = *a->record;
	if (a->kind == DESK_NOTE_ROUND)
		s->round = *a->round.record;
	if (a->kind == DESK_START_BATCH) {
		s->started = a->batch;
		s->started_id = a->batch->id;
		s->n_started = a->batch->n_members;
		s->reason = a->batch->reason;
	}
	for (size_t i = 0; a->kind == DESK_GRANT && i < a->grant.n; i++)
		s->hertz[a->grant.share[i].ue] = a->grant.share[i].hertz;
	s->grants += a->kind == DESK_GRANT;
}

static struct seen tell(struct desk *d, const struct desk_event *event)
{
	struct seen s = {0};
	struct desk_action a;
	lab_tell(d, event);
	while (desk_next(d, &a))
		see(&s, &a);
	return s;
}

static struct seen run_at(struct desk *d, int64_t now_ns)
{
	return tell(d, &(struct desk_event){.kind = DESK_RUN, .now_ns = now_ns});
}

static struct seen tensor_at(struct desk *d, int ue, int64_t now_ns)
{
	return tell(d, &(struct desk_event){
			   .kind = DESK_TENSOR, .now_ns = now_ns, .tensor = {.ue = ue, .number = 1}});
}

static struct seen end_at(struct desk *d, uint32_t batch, int64_t now_ns)
{
	return tell(d, &(struct desk_event){.kind = DESK_BATCH_ENDED,
					    .now_ns = now_ns,
					    .ended = {.batch = batch, .times = {.end_ns = now_ns}}});
}

// Everybody has asked and is answered, in a granted band.
static struct seen ask_all(struct desk_lab *lab)
{
	struct cell_ue_state ues[LAB_UES];
	for (int i = 0; i < LAB_UES; i++)
		ues[i] = (struct cell_ue_state){.hertz = BAND_HZ / LAB_UES, .power_to_noise_hz = 1e9};
	tell(lab->desk, &(struct desk_event){
			    .kind = DESK_CELL, .now_ns = AT, .cell = {true, BAND_HZ, 0, 0, LAB_UES, ues}});
	for (int ue = 0; ue < LAB_UES; ue++) {
		struct desk_event e = lab_request(ue, 1, AT, AT + 100 * NS_PER_MS);
		e.request.message.least_accuracy = ue / 10.;
		tell(lab->desk, &e);
	}
	return tell(lab->desk, &(struct desk_event){.kind = DESK_PLAN, .now_ns = AT});
}

static struct seen open_round(struct desk_lab *lab, bool refuses, bool ready)
{
	lab_open_shrinking(lab, &by_number, 1, refuses, ready);
	return ask_all(lab);
}

static void plans_say_who_is_admitted_to_which_exit(void **state)
{
	(void)state;
	struct desk_lab lab;
	struct seen s = open_round(&lab, true, false);
	double grantable = BAND_HZ - LAB_UES * REST_HZ;
	assert_true(s.plans == LAB_UES && s.closes == 1);
	for (int ue = 0; ue < 5; ue++) {
		const struct message_plan *p = &s.plan[ue];
		static const double accuracy[] = {.9, .6, .8};
		assert_int_equal(p->admission, ADMISSION_GRANTED);
		assert_int_equal(p->exit, ue % 3);
		assert_int_equal(p->subtasks, ue % 3);
		assert_float_equal(p->hertz, grantable / 10, 1e-3);
		assert_float_equal(s.hertz[ue], p->hertz, 1e-3);
		assert_float_equal(p->accuracy, accuracy[ue % 3], 1e-12);
	}
	assert_int_equal(s.plan[5].admission, ADMISSION_REFUSED);
	assert_float_equal(s.hertz[5], REST_HZ, 1e-3);
	assert_int_equal(s.round.n_admitted, 5);
	assert_float_equal(s.round.hertz, grantable / 2, 1e-3);
	assert_float_equal(s.round.accuracy, (.9 + .6 + .8 + .9 + .6) / 5, 1e-12);
	assert_int_equal(desk_totals(lab.desk)->not_admitted, 1);
	lab_close(&lab);
}

// 6e6 FLOP within 100 ms less guard and answer: far below the device's lowest speed.
static void who_is_not_admitted_may_run_on_its_device(void **state)
{
	(void)state;
	struct desk_lab lab;
	struct seen s = open_round(&lab, false, false);
	const struct message_plan *p = &s.plan[5];
	assert_int_equal(p->admission, ADMISSION_LOCAL);
	assert_true(p->cut == LAB_SUBTASKS && p->feasible && p->freq_flops == 1e8);
	assert_int_equal(p->compute_end_ns - p->compute_start_ns, 60 * NS_PER_MS);
	assert_true(fabs(p->compute_j - 1e-27 * 6e6 * 1e16) < 1e-12);
	assert_float_equal(p->accuracy, .9, 1e-12);
	lab_close(&lab);
}

// Of ue1 to ue5 two leave at exit 1 and one at exit 2; all are in time.
static void batches_shrink_at_exits(void **state)
{
	(void)state;
	struct desk_lab lab;
	open_round(&lab, true, false);
	struct desk *d = lab.desk;
	for (int ue = 0; ue < 5; ue++)
		tensor_at(d, ue, AT + (ue + 1) * NS_PER_MS);
	assert_int_equal(run_at(d, AT + 9 * NS_PER_MS).n_started, 0);
	static const int members[] = {5, 3, 2}, leaving[] = {2, 1, 0};
	int64_t now_ns = AT + 10 * NS_PER_MS;
	for (int n = 0; n < LAB_SUBTASKS; n++) {
		struct seen s = run_at(d, now_ns);
		assert_int_equal(s.n_started, members[n]);
		now_ns += lab_batch_ns(n, members[n]);
		s = end_at(d, s.started_id, now_ns);
		assert_int_equal(s.record.n_leaving, leaving[n]);
		assert_int_equal(s.record.exit, leaving[n] ? n + 1 : 0);
		assert_int_equal(s.results, n < 2 ? leaving[n] : 2);
		assert_int_equal(s.closes, s.results);
		for (int ue = 0; ue < 5; ue++)
			assert_int_equal(s.has_result[ue], n < 2 ? ue % 3 == n + 1 : ue % 3 == 0);
	}
	assert_true(desk_idle(d));
	lab_close(&lab);
}

// The batch has ended, and these of its members, by UE, are sure enough of their answers.
static struct seen end_sure(struct desk *d, const struct batch *batch, const bool sure[LAB_UES],
			    int64_t now_ns)
{
	bool leaving[LAB_UES];
	for (int i = 0; i < batch->n_members; i++)
		leaving[i] = sure[batch->member[i]->ue - 1];
	return tell(d, &(struct desk_event){.kind = DESK_BATCH_ENDED,
					    .now_ns = now_ns,
					    .ended = {.batch = batch->id,
						      .times = {.end_ns = now_ns},
						      .leaving = leaving,
						      .n_leaving = batch->n_members}});
}

// Of ue1 (to the end), ue2 (exit 1), ue3 (exit 2), ue4 (the end), ue5 (exit 1) the first and the third are
// sure at exit 1: only ue4 goes on, at once, and nobody counts as left behind.
static void who_is_sure_leaves_before_its_exit(void **state)
{
	(void)state;
	struct desk_lab lab;
	lab_open_sure(&lab, &by_number, 1, true);
	struct desk *d = lab.desk;
	struct seen plans = ask_all(&lab);
	// Half of the held-out inputs are right at the first exit, which is enough for a need of 0.3.
	assert_float_equal(plans.plan[3].accuracy, .5, 1e-12);
	assert_true(plans.plan[3].exit == 0);
	for (int ue = 0; ue < 5; ue++)
		tensor_at(d, ue, AT + NS_PER_MS);
	struct seen s = run_at(d, AT + NS_PER_MS);
	assert_int_equal(s.n_started, 5);
	struct err err = {""};
	const bool nobody_may[5] = {false, true}; // ue2 leaves there anyway
	struct desk_event wrong = {.kind = DESK_BATCH_ENDED,
				   .ended = {.batch = s.started_id, .leaving = nobody_may, .n_leaving = 5}};
	assert_true(desk_take(d, &wrong, &err) < 0 && strstr(err.text, "may not"));
	wrong.ended.n_leaving = 4;
	assert_true(desk_take(d, &wrong, &err) < 0);
	s = end_sure(d, s.started, (const bool[LAB_UES]){true, false, true}, AT + 2 * NS_PER_MS);
	assert_int_equal(s.record.n_leaving, 4);
	assert_int_equal(s.record.exit, 1);
	assert_true(s.has_result[0] && s.has_result[1] && s.has_result[2] && s.has_result[4] &&
		    !s.has_result[3]);
	s = run_at(d, AT + 2 * NS_PER_MS);
	assert_true(s.n_started == 1 && s.reason == BATCH_READY);
	// Planned for three, two of whom have gone: it is reckoned with one.
	assert_int_equal(s.started->planned_members, 3);
	assert_int_equal(s.started->n_gone, 2);
	assert_int_equal(s.started->booking.duration_ns, lab_batch_ns(1, 1));
	s = end_at(d, s.started_id, AT + 3 * NS_PER_MS);
	s = run_at(d, AT + 3 * NS_PER_MS);
	assert_int_equal(s.n_started, 1);
	wrong.ended.batch = s.started_id;
	wrong.ended.n_leaving = 1;
	assert_true(desk_take(d, &wrong, &err) < 0 && strstr(err.text, "it has no exit"));
	s = end_at(d, s.started_id, AT + 4 * NS_PER_MS);
	assert_true(s.has_result[3] && desk_idle(d));
	lab_close(&lab);
}

// All are in before the time is over: no need to wait.
static void a_barrier_opens_when_all_are_there(void **state)
{
	(void)state;
	struct desk_lab lab;
	open_round(&lab, true, true);
	for (int ue = 0; ue < 4; ue++) {
		tensor_at(lab.desk, ue, AT + NS_PER_MS);
		assert_int_equal(run_at(lab.desk, AT + NS_PER_MS).n_started, 0);
	}
	tensor_at(lab.desk, 4, AT + 3 * NS_PER_MS);
	struct seen s = run_at(lab.desk, AT + 3 * NS_PER_MS);
	assert_true(s.n_started == 5 && s.reason == BATCH_READY && s.drops == 0);
	end_at(lab.desk, s.started_id, AT + 4 * NS_PER_MS);
	s = run_at(lab.desk, AT + 4 * NS_PER_MS);
	assert_true(s.n_started == 3 && s.reason == BATCH_READY);
	lab_close(&lab);
}

// The time is over: who is absent is told, loses its grant, and its tensor is nothing when it comes.
static void a_barrier_leaves_stragglers(void **state)
{
	(void)state;
	struct desk_lab lab;
	open_round(&lab, true, true);
	struct desk *d = lab.desk;
	for (int ue = 0; ue < 3; ue++)
		tensor_at(d, ue, AT + NS_PER_MS);
	assert_int_equal(run_at(d, AT + NS_PER_MS).n_started, 0);
	assert_int_equal(desk_run_due_ns(d), AT + 10 * NS_PER_MS);
	struct seen s = run_at(d, AT + 10 * NS_PER_MS);
	assert_true(s.n_started == 3 && s.reason == BATCH_LEFT);
	assert_true(s.drops == 2 && s.closes == 2 && s.is_dropped[3] && s.is_dropped[4]);
	assert_true(s.grants == 1);
	assert_float_equal(s.hertz[3], REST_HZ, 1e-3);
	assert_float_equal(s.hertz[4], REST_HZ, 1e-3);
	uint32_t batch = s.started_id;
	s = tensor_at(d, 3, AT + 11 * NS_PER_MS);
	assert_true(s.grants == 0 && s.closes == 0 && s.drops == 0);
	s = end_at(d, batch, AT + 12 * NS_PER_MS);
	assert_int_equal(s.record.planned_members, 5);
	assert_int_equal(s.record.n_members, 3);
	assert_int_equal(desk_totals(d)->dropped, 2);
	assert_int_equal(desk_totals(d)->left_behind, 2);
	// Its next task is a job like any other.
	struct desk_event again = lab_request(3, 2, AT + 12 * NS_PER_MS, AT + 90 * NS_PER_MS);
	lab_tell(d, &again);
	lab_close(&lab);
}

// The next round uploads while the edge computes: its grants are what is left, its batches come behind.
static void rounds_overlap(void **state)
{
	(void)state;
	struct desk_lab lab;
	struct seen first = open_round(&lab, true, false), second;
	struct desk *d = lab.desk;
	for (int ue = 0; ue < 2; ue++)
		tensor_at(d, ue, AT + NS_PER_MS);
	tell(d, &(struct desk_event){.kind = DESK_UE_LOST, .now_ns = AT + NS_PER_MS, .lost_ue = 2});
	struct desk_event e = lab_request(2, 2, AT + 2 * NS_PER_MS, AT + 90 * NS_PER_MS);
	e.request.message.least_accuracy = .2;
	tell(d, &e);
	second = tell(d, &(struct desk_event){.kind = DESK_PLAN, .now_ns = AT + 5 * NS_PER_MS});
	assert_int_equal(second.plans, 1);
	double left_hz = BAND_HZ - LAB_UES * REST_HZ - 2 * (first.plan[3].hertz - REST_HZ);
	assert_float_equal(second.plan[2].hertz, left_hz / 10, 1e-3);
	int64_t end_ns =
	    AT + s_to_ns(UPLOAD_S) + lab_batch_ns(0, 5) + lab_batch_ns(1, 3) + lab_batch_ns(2, 2);
	assert_in_range(second.plan[2].batch_start_ns, end_ns - 1000, end_ns + 1000);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plans_say_who_is_admitted_to_which_exit),
	    cmocka_unit_test(who_is_not_admitted_may_run_on_its_device),
	    cmocka_unit_test(batches_shrink_at_exits),
	    cmocka_unit_test(who_is_sure_leaves_before_its_exit),
	    cmocka_unit_test(a_barrier_opens_when_all_are_there),
	    cmocka_unit_test(a_barrier_leaves_stragglers),
	    cmocka_unit_test(rounds_overlap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
