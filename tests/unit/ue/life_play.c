// SPDX-License-Identifier: BSD-3-Clause
#include "tests/unit/ue/life_play.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

#define MS NS_PER_MS

int64_t play_below(struct play *p, int64_t n)
{
	return (int64_t)rng_below(p->rng, (uint64_t)n);
}

static struct arrivals random_arrivals(struct play *p)
{
	static const enum arrivals_kind kinds[] = {ARRIVALS_BURST, ARRIVALS_PERIODIC, ARRIVALS_POISSON,
						   ARRIVALS_IMMEDIATE, ARRIVALS_BERNOULLI};
	return (struct arrivals){.kind = kinds[play_below(p, 5)],
				 .period_s = .01,
				 .jitter_s = .005,
				 .rate_hz = 100,
				 .probability = .5,
				 .slot_s = .01,
				 .count = 1 + (int)play_below(p, 60),
				 .deadline_low_s = 1,
				 .deadline_high_s = 30};
}

static void await(struct play *p, uint32_t task, enum message_type type, int64_t within_ns)
{
	assert_true(p->n_awaits < LAB_MOST_TASKS);
	p->awaits[p->n_awaits++] =
	    (struct await){task, type, p->lab.now.now_ns + 1 + play_below(p, within_ns)};
}

// What the world makes of the actions since it last looked.
static void react(struct play *p)
{
	int n_open = 0;
	for (; p->seen < p->lab.n_actions; p->seen++) {
		const struct lab_action *a = &p->lab.actions[p->seen];
		if (a->kind == LIFE_REQUEST)
			await(p, a->record.task, MESSAGE_PLAN, 20 * MS);
		if (a->kind == LIFE_TENSOR) {
			assert_true(p->handed_ns == TIME_NEVER); // one at a time
			p->handed_ns = p->lab.now.now_ns + play_below(p, 15 * MS);
		}
	}
	for (int i = 0; i < p->lab.life.config.max_open; i++)
		n_open += p->lab.life.tasks[i].state != TASK_IDLE;
	p->most_open = n_open > p->most_open ? n_open : p->most_open;
}

// Time goes on, and the radio does something in it. Who is there shares it.
void play_go_to(struct play *p, int64_t at_ns)
{
	struct lab *l = &p->lab;
	int64_t ns = at_ns - l->now.now_ns;
	assert_true(ns >= 0);
	int64_t up_ns = play_below(p, ns / 2 + 1), down_ns = play_below(p, ns / 2 + 1);
	if (l->life.radio.n_uploads > 0)
		p->up_ns += up_ns;
	if (l->life.radio.n_open > 0) {
		p->down_ns += down_ns;
		p->idle_ns += ns - up_ns - down_ns;
	}
	l->now.now_ns = at_ns;
	l->now.up_ns += up_ns;
	l->now.down_ns += down_ns;
}

struct message_plan play_plan(struct play *p)
{
	return (struct message_plan){.cut = (uint32_t)play_below(p, 4),
				     .freq_flops = lab_freq_flops(MS / 10 + play_below(p, 10 * MS)),
				     .compute_start_ns = p->lab.now.now_ns + play_below(p, 40 * MS) - 20 * MS,
				     .feasible = 1};
}

static void answer(struct play *p, int i)
{
	struct await a = p->awaits[i];
	p->awaits[i] = p->awaits[--p->n_awaits];
	if (a.type == MESSAGE_PLAN) {
		struct message_plan plan = play_plan(p);
		assert_int_equal(lab_plan(&p->lab, a.task, &plan), 0);
		return;
	}
	int64_t now_ns = p->lab.now.now_ns,
		since_ns = life_task(&p->lab.life, a.task)->record.end_ns[STAGE_LOCAL];
	int64_t third_ns = (now_ns - since_ns) / 4;
	const struct message_result result = {.upload_end_ns = since_ns + third_ns,
					      .batch_start_ns = since_ns + 2 * third_ns,
					      .batch_end_ns = since_ns + 3 * third_ns};
	assert_int_equal(lab_result(&p->lab, a.task, &result), 0);
}

// A message that nobody waits for: of a task that is closed, will be, or waits for another.
static void disturb(struct play *p)
{
	struct message_plan plan = play_plan(p);
	const struct message_result result = {0};
	uint32_t task = (uint32_t)play_below(p, p->lab.life.begun + 3);
	struct task *t = life_task(&p->lab.life, task);
	if (!t || t->state != TASK_REQUESTED)
		assert_int_equal(lab_plan(&p->lab, task, &plan), -EPROTO);
	if (!t || t->state != TASK_SENT)
		assert_int_equal(lab_result(&p->lab, task, &result), -EPROTO);
	plan.cut = 4;
	assert_int_equal(lab_plan(&p->lab, task, &plan), -EPROTO);
}

static void hand(struct play *p)
{
	uint32_t task = p->lab.life.sending->record.task;
	p->handed_ns = TIME_NEVER;
	await(p, task, MESSAGE_RESULT, 30 * MS);
	assert_int_equal(lab_handed(&p->lab), 0);
}

// The next thing that happens. False when nothing will.
bool play_step(struct play *p)
{
	int first = -1;
	int64_t due_ns = life_due_ns(&p->lab.life), at_ns = TIME_NEVER;
	for (int i = 0; i < p->n_awaits; i++)
		if (p->awaits[i].at_ns < at_ns) {
			first = i;
			at_ns = p->awaits[i].at_ns;
		}
	bool wakes = due_ns <= at_ns && due_ns <= p->handed_ns;
	bool hands = !wakes && p->handed_ns <= at_ns;
	at_ns = wakes ? due_ns : hands ? p->handed_ns : at_ns;
	if (at_ns == TIME_NEVER)
		return false;
	int64_t late_ns = p->late_ns ? play_below(p, p->late_ns) : 0;
	play_go_to(p, (at_ns > p->lab.now.now_ns ? at_ns : p->lab.now.now_ns) + late_ns);
	if (play_below(p, 4) == 0)
		disturb(p);
	if (wakes)
		lab_wake(&p->lab);
	else if (hands)
		hand(p);
	else
		answer(p, first);
	react(p);
	return true;
}

struct play *play_open(uint64_t index, uint64_t seed)
{
	static struct play play; // too large for a stack
	struct play *p = &play;
	memset(p, 0, sizeof(*p));
	p->rng = rng_new(seed, 1, RNG_TEST, index);
	assert_non_null(p->rng);
	p->handed_ns = TIME_NEVER;
	p->late_ns = play_below(p, 2) ? 0 : MS;
	const struct arrivals arrivals = random_arrivals(p);
	const struct life_config config =
	    lab_config(play_below(p, 3) ? 1 + (int)play_below(p, 8) : 1, &arrivals, seed + index);
	lab_open(&p->lab, &config);
	p->lab.now.now_ns = -1;
	lab_start(&p->lab, NS_PER_S / 2);
	return p;
}

void play_close(struct play *p)
{
	lab_replay(&p->lab);
	lab_close(&p->lab);
	rng_free(p->rng);
}
