// SPDX-License-Identifier: BSD-3-Clause
// The laws:
//  - a job is answered or refused once, and never after its UE is lost; what runs at the edge has one result,
//  or
//    is dropped once, before its tensor is there; one that is not admitted, or dropped, is in no batch;
//  - its close comes once and is the last about it;
//  - a batch has no member twice, none that is lost, none whose input is absent, none that left by an exit,
//  and
//    every member at its sub-task; who leaves has its result when that batch has ended; no more batches run
//    than the desk allows, nor than the shares of each;
//  - where the cell obeys grants, they add up to no more than the band at any instant; the first job of a UE
//    whose tensor is to come has what it was granted, and nobody else more than at rest;
//  - the totals are the sums of what was done; what breaks a rule is answered by an error and does nothing.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/unit/edge/desk_world.h"

void world_open(struct world *w, const struct desk_lab *lab, uint64_t seed)
{
	*w = (struct world){.lab = lab, .desk = lab->desk, .now_ns = NS_PER_S};
	w->rng = rng_new(seed, 0, RNG_TEST, 0);
	w->running = calloc((size_t)desk_most_batches(w->desk), sizeof(*w->running));
	assert_true(w->rng && w->running);
	lab_tell(w->desk, &(struct desk_event){.kind = DESK_RUN_BEGINS, .epoch_ns = w->now_ns});
}

void world_close(struct world *w)
{
	rng_free(w->rng);
	free(w->running);
	free(w->jobs);
}

static struct world_job *known(const struct world *w, const struct desk_job *job)
{
	assert_true(job->id >= 1 && job->id <= w->n_jobs);
	struct world_job *j = &w->jobs[job->id - 1];
	assert_true(j->ue == job->request.ue && j->number == job->number);
	assert_false(j->closed);
	return j;
}

static void check_member(const struct world *w, const struct batch *b, int i)
{
	struct world_job *j = known(w, desk_job_of(b->member[i]));
	assert_true(j->has_tensor && !j->lost && !j->running && !j->local && !j->dropped);
	assert_true(j->next < j->runs);
	assert_int_equal(j->next, b->booking.subtask);
	j->running = true; // twice in one batch fails the line above
}

static void start(struct world *w, const struct batch *b)
{
	assert_true(b->n_members >= 1 && b->n_members <= BATCH_MAX_MEMBERS);
	bool on_cores = w->lab->config.batching.mode == BATCH_ON_CORES;
	assert_true(w->n_running < desk_most_batches(w->desk));
	assert_true(on_cores ? b->n_members == 1 : w->n_running < b->booking.gpu_shares);
	for (int i = 0; i < b->n_members; i++)
		check_member(w, b, i);
	w->ahead += b->reason == BATCH_READY;
	int64_t run_ns = (int64_t)(rng_uniform(w->rng, .5, 1.5) * batch_slowdown(b) *
				   (double)lab_batch_ns(b->booking.subtask, b->n_members));
	w->running[w->n_running++] = (struct world_batch){.id = b->id,
							  .n_members = b->n_members,
							  .alone_ns = run_ns,
							  .times = {.start_ns = w->now_ns,
								    .end_ns = w->now_ns + run_ns,
								    .noticed_ns = w->now_ns + run_ns,
								    .run_ns = run_ns,
								    .profile_ns = run_ns,
								    .drift = 1}};
}

static void note_batch(struct world *w, const struct batch_record *r)
{
	uint32_t leaving = 0;
	w->batches++;
	w->run_ns += r->run_ns;
	for (size_t i = 0; i < w->n_jobs; i++)
		for (uint32_t k = 0; k < r->n_members; k++) {
			struct world_job *j = &w->jobs[i];
			if (!j->running || j->ue + 1 != (int)r->member[k].ue ||
			    j->number != r->member[k].task)
				continue;
			assert_int_equal(j->next++, r->subtask);
			j->running = false;
			leaving += j->next == j->runs && j->runs < LAB_SUBTASKS;
		}
	assert_int_equal(r->n_leaving, leaving);
	assert_true((r->exit > 0) == (leaving > 0) && (leaving == 0 || r->exit == r->subtask + 1));
	w->left_early += leaving;
}

static void answer(struct world *w, const struct desk_job *job, struct world_job *j)
{
	assert_true(!j->answered && !j->refused && !j->lost);
	assert_true(job->plan.cut <= LAB_SUBTASKS);
	j->answered = true;
	j->next = (int)job->plan.cut;
	j->runs = job->plan.subtasks ? (int)job->plan.subtasks : LAB_SUBTASKS;
	j->local = j->next == j->runs;
	w->not_admitted += job->plan.admission != ADMISSION_GRANTED;
	assert_true(job->plan.admission == ADMISSION_GRANTED || (j->local && job->plan.hertz == 0));
	assert_int_equal(job->plan.admission == ADMISSION_REFUSED,
			 job->plan.admission != ADMISSION_GRANTED && w->lab->config.refuses);
	assert_true(job->plan.exit == 0 ? j->runs == LAB_SUBTASKS : j->runs == (int)job->plan.exit);
	j->hertz = job->hertz;
	assert_true(j->hertz == 0 || !j->local);
}

static void act(struct world *w, const struct desk_action *a)
{
	struct world_job *j = a->job ? known(w, a->job) : NULL;
	switch (a->kind) {
	case DESK_START_BATCH:
		start(w, a->batch);
		break;
	case DESK_NOTE_ROUND:
		w->rounds++;
		break;
	case DESK_NOTE_DECISION:
		w->decisions++;
		break;
	case DESK_NOTE_BATCH:
		note_batch(w, a->record);
		break;
	case DESK_SEND_PLAN:
		answer(w, a->job, j);
		break;
	case DESK_SEND_RESULT:
		assert_true(j->answered && !j->local && !j->resulted && !j->lost && !j->dropped &&
			    j->next == j->runs);
		assert_int_equal(a->job->result.n_values, 10);
		assert_int_equal(a->job->result.exit, j->sure_at);
		assert_int_equal(a->job->result.subtasks, j->sure_at ? j->runs : 0);
		j->resulted = true;
		break;
	case DESK_REFUSE:
		assert_true(!j->answered && !j->refused && !j->lost && a->why->text[0]);
		j->refused = true;
		w->refused++;
		break;
	case DESK_DROP:
		assert_true(w->lab->config.batching.drops_stragglers);
		assert_true(j->answered && !j->local && !j->has_tensor && !j->lost && !j->dropped);
		j->dropped = true;
		w->dropped++;
		break;
	case DESK_CLOSE:
		assert_true(j->lost || j->refused || j->local || j->resulted || j->dropped);
		assert_false(j->running);
		j->closed = true;
		break;
	case DESK_GRANT:
		assert_true(w->band_hz > 0);
		world_obey(w, a);
		break;
	case DESK_READ_CELL:
		assert_true(w->band_hz > 0);
		world_tell_cell(w);
		break;
	case DESK_TELL_SERVER:
	case DESK_FORWARD:
		fail_msg("there is no further server");
		break;
	case DESK_ACTIONS:
		fail_msg("no action");
	}
}

static void do_actions(struct world *w)
{
	struct desk_action a;
	while (desk_next(w->desk, &a))
		act(w, &a);
}

static void turn(struct world *w)
{
	struct err err;
	while (desk_take(w->desk, &(struct desk_event){.kind = DESK_PLAN, .now_ns = w->now_ns}, &err) == 1)
		do_actions(w);
	lab_tell(w->desk, &(struct desk_event){.kind = DESK_RUN, .now_ns = w->now_ns});
	do_actions(w);
}

static void expect_error(struct world *w, const struct desk_event *event)
{
	struct err err = {0};
	struct desk_action a;
	assert_true(desk_take(w->desk, event, &err) < 0);
	assert_true(err.text[0] && !desk_next(w->desk, &a));
}

static int count_open(const struct world *w, int ue)
{
	int n = 0;
	for (size_t i = 0; i < w->n_jobs; i++)
		n += w->jobs[i].ue == ue && !w->jobs[i].closed && !w->jobs[i].lost;
	return n;
}

static void request(struct world *w)
{
	int ue = (int)rng_below(w->rng, LAB_UES), most = w->lab->ues[ue].open_jobs;
	int64_t deadline_ns = w->now_ns + s_to_ns(rng_uniform(w->rng, .001, .08));
	struct desk_event e = lab_request(ue, w->numbers[ue] + 1, w->now_ns, deadline_ns);
	if (count_open(w, ue) >= most) {
		expect_error(w, &e);
		return;
	}
	lab_tell(w->desk, &e);
	if (w->n_jobs == w->room) {
		w->room = 2 * w->room + 64;
		w->jobs = realloc(w->jobs, w->room * sizeof(*w->jobs));
		assert_non_null(w->jobs);
	}
	w->jobs[w->n_jobs++] = (struct world_job){.ue = ue, .number = ++w->numbers[ue]};
}

// A tensor of a job that waits for it, from a random one on; false: none does.
static bool send_tensor(struct world *w)
{
	size_t from = w->n_jobs ? rng_below(w->rng, w->n_jobs) : 0;
	for (size_t i = 0; i < w->n_jobs; i++) {
		struct world_job *j = &w->jobs[(from + i) % w->n_jobs];
		if (!j->answered || j->local || j->has_tensor || j->lost)
			continue;
		struct desk_event e = {
		    .kind = DESK_TENSOR, .now_ns = w->now_ns, .tensor = {j->ue, j->number}};
		lab_tell(w->desk, &e);
		j->has_tensor = true;
		if (j->dropped) { // it was under way: nothing
			struct desk_action a;
			assert_false(desk_next(w->desk, &a));
			return true;
		}
		do_actions(w); // it is granted no more
		expect_error(w, &e);
		return true;
	}
	return false;
}

static void lose(struct world *w)
{
	int ue = (int)rng_below(w->rng, LAB_UES);
	lab_tell(w->desk, &(struct desk_event){.kind = DESK_UE_LOST, .now_ns = w->now_ns, .lost_ue = ue});
	for (size_t i = 0; i < w->n_jobs; i++)
		w->jobs[i].lost = w->jobs[i].lost || (w->jobs[i].ue == ue && !w->jobs[i].closed);
}

// Some of those who may leave by confidence behind the batch do.
static bool draw_leaving(struct world *w, const struct batch *b, bool leaving[])
{
	bool some = false;
	for (int i = 0; i < b->n_members; i++) {
		const struct batch_task *t = b->member[i];
		struct world_job *j = known(w, desk_job_of(b->member[i]));
		leaving[i] =
		    batch_task_may_leave(t) && b->booking.subtask + 1 < LAB_SUBTASKS && rng_below(w->rng, 2);
		if (!leaving[i])
			continue;
		some = true;
		j->sure_at = j->runs = b->booking.subtask + 1;
		w->sure++;
	}
	return some;
}

static bool end_batch(struct world *w)
{
	int first = 0;
	if (w->n_running == 0)
		return false;
	for (int i = 1; i < w->n_running; i++)
		if (w->running[i].times.end_ns < w->running[first].times.end_ns)
			first = i;
	struct world_batch b = w->running[first];
	w->running[first] = w->running[--w->n_running];
	w->now_ns = b.times.end_ns > w->now_ns ? b.times.end_ns : w->now_ns;
	struct desk_event e = {.kind = DESK_BATCH_ENDED,
			       .now_ns = w->now_ns,
			       .ended = {.batch = b.id, .times = b.times, .alone_ns = b.alone_ns}};
	bool leaving[BATCH_MAX_MEMBERS];
	e.ended.leaving = leaving;
	if (w->lab->confidence && draw_leaving(w, desk_batch(w->desk, b.id), leaving))
		e.ended.n_leaving = b.n_members;
	lab_tell(w->desk, &e);
	return true;
}

static void break_a_rule(struct world *w)
{
	int ue = (int)rng_below(w->rng, LAB_UES);
	struct desk_event twice = lab_request(ue, w->numbers[ue], w->now_ns, w->now_ns + NS_PER_S);
	struct desk_event stranger = lab_request(LAB_UES, 1, w->now_ns, w->now_ns + NS_PER_S);
	expect_error(w, &twice);
	expect_error(w, &stranger);
	expect_error(w, &(struct desk_event){.kind = DESK_TENSOR, .tensor = {ue, w->numbers[ue] + 7}});
	expect_error(w, &(struct desk_event){.kind = DESK_BATCH_ENDED, .ended = {.batch = UINT32_MAX}});
	expect_error(w, &(struct desk_event){.kind = DESK_UE_LOST, .lost_ue = -1});
	expect_error(w, &(struct desk_event){.kind = DESK_RADIO_CHANGED, .radio = {.ue = LAB_UES}});
	expect_error(w, &(struct desk_event){.kind = DESK_CELL, .cell = {.first_ue = 1, .n = LAB_UES}});
	expect_error(w, &(struct desk_event){.kind = DESK_CELL, .cell = {.band_hz = (double)NAN}});
}

static void change_radio(struct world *w)
{
	double bps = rng_uniform(w->rng, 0, 2e7);
	uint32_t ue = (uint32_t)rng_below(w->rng, LAB_UES);
	lab_tell(w->desk, &(struct desk_event){.kind = DESK_RADIO_CHANGED,
					       .radio = {.ue = ue, .uplink_bps = bps, .downlink_bps = bps}});
}

static void let_time_pass(struct world *w)
{
	int64_t at_ns = desk_due_ns(w->desk);
	bool to_due = at_ns != TIME_NEVER && at_ns > w->now_ns && rng_below(w->rng, 2);
	w->now_ns = to_due ? at_ns : w->now_ns + s_to_ns(rng_exponential(w->rng, .0005));
}

void world_step(struct world *w)
{
	uint64_t what = rng_below(w->rng, 100);
	if (what < 35)
		request(w);
	else if (what < 60)
		send_tensor(w);
	else if (what < 80)
		end_batch(w);
	else if (what < 82)
		lose(w);
	else if (what < 85)
		break_a_rule(w);
	else if (what < 90)
		change_radio(w);
	else
		let_time_pass(w);
	do_actions(w);
	turn(w);
	world_check_grants(w);
}

static void check_end(const struct world *w)
{
	uint64_t accepted = w->n_jobs;
	const struct edge_record *t = desk_totals(w->desk);
	for (size_t i = 0; i < w->n_jobs; i++) {
		const struct world_job *j = &w->jobs[i];
		assert_true(j->closed);
		assert_true(j->lost || j->refused != j->answered);
		assert_true(j->lost || j->refused || j->local + j->resulted + j->dropped == 1);
	}
	assert_true(desk_idle(w->desk));
	assert_int_equal(t->requests, accepted);
	assert_int_equal(t->rounds, w->rounds);
	assert_int_equal(t->decisions, w->decisions);
	assert_int_equal(t->batches, w->batches);
	assert_int_equal(t->not_admitted, w->not_admitted);
	assert_int_equal(t->dropped, w->dropped);
	assert_int_equal(t->run_ns, w->run_ns);
}

void world_end(struct world *w)
{
	bool waited = true;
	while (send_tensor(w) || end_batch(w) || waited) {
		do_actions(w);
		turn(w);
		waited = desk_due_ns(w->desk) != TIME_NEVER;
		if (waited && w->n_running == 0 && desk_due_ns(w->desk) > w->now_ns)
			w->now_ns = desk_due_ns(w->desk);
		waited = waited || w->n_running > 0;
	}
	check_end(w);
}
