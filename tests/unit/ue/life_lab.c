// SPDX-License-Identifier: BSD-3-Clause
#include "tests/unit/ue/life_lab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

#define RESULT_VALUES 10

static const double work[] = {0, 1e9, 1e9}, bits[] = {8e5, 1.6e6, 8e4, 320};
static const struct task_network network = {.n_subtasks = 3, .work_flop = work, .cut_bits = bits};

struct life_config lab_config(int max_open, const struct arrivals *arrivals, uint64_t seed)
{
	return (struct life_config){.run_id = 7,
				    .ue = 3,
				    .seed = seed,
				    .run = 1,
				    .arrivals = *arrivals,
				    .max_open = max_open,
				    .n_samples = 5,
				    .network = &network,
				    .network_hash = 99,
				    .result_values = RESULT_VALUES,
				    .features = FEATURES_FP16,
				    .device = {1e8, 1e14, 5e-31},
				    .tx_power_w = 1,
				    .receive_power_w = 1,
				    .idle_power_w = 1};
}

void lab_open(struct lab *lab, const struct life_config *config)
{
	memset(lab, 0, sizeof(*lab));
	assert_int_equal(life_open(&lab->life, config, &lab->err), 0);
}

void lab_close(struct lab *lab)
{
	life_close(&lab->life);
}

static void note(struct lab *lab, const struct life_action *a)
{
	assert_true(lab->n_actions < LAB_MOST_NOTES);
	struct lab_action *to = &lab->actions[lab->n_actions++];
	memset(to, 0, sizeof(*to));
	to->kind = a->kind;
	to->now_ns = lab->now.now_ns;
	if (a->task)
		to->record = a->task->record;
	if (a->kind == LIFE_REQUEST || a->kind == LIFE_WAKE)
		to->at_ns = a->at_ns;
	if (a->kind == LIFE_REQUEST || a->kind == LIFE_TENSOR)
		to->header = a->header;
}

static int tell(struct lab *lab, const struct lab_event *e)
{
	switch (e->kind) {
	case LAB_START:
		life_start(&lab->life, 0, e->header.deadline_ns, e->moment);
		return 0;
	case LAB_WAKE:
		life_wake(&lab->life, e->moment);
		return 0;
	case LAB_MESSAGE:
		return life_message(&lab->life, &e->header, e->body, e->moment, &lab->err);
	case LAB_HANDED:
		return life_handed(&lab->life, e->moment, &lab->err);
	case LAB_STOP:
		life_stop(&lab->life, TASK_CUT_SHORT, e->moment);
		return 0;
	}
	return 0;
}

int lab_tell(struct lab *lab, const struct lab_event *event)
{
	assert_true(lab->n_events < LAB_MOST_NOTES);
	struct lab_event *e = &lab->events[lab->n_events++];
	*e = *event;
	e->moment = lab->now;
	e->refused = tell(lab, e);
	struct life_action a;
	while (life_next(&lab->life, &a))
		note(lab, &a);
	return e->refused;
}

int lab_start(struct lab *lab, int64_t end_ns)
{
	return lab_tell(lab, &(struct lab_event){.kind = LAB_START, .header = {.deadline_ns = end_ns}});
}

int lab_wake(struct lab *lab)
{
	return lab_tell(lab, &(struct lab_event){.kind = LAB_WAKE});
}

int lab_handed(struct lab *lab)
{
	return lab_tell(lab, &(struct lab_event){.kind = LAB_HANDED});
}

int lab_stop(struct lab *lab)
{
	return lab_tell(lab, &(struct lab_event){.kind = LAB_STOP});
}

int lab_plan(struct lab *lab, uint32_t task, const struct message_plan *plan)
{
	struct lab_event e = {.kind = LAB_MESSAGE,
			      .header = {.type = MESSAGE_PLAN, .task = task, .batch = task}};
	e.header.body = (uint32_t)message_put_plan(e.body, plan);
	return lab_tell(lab, &e);
}

int lab_result(struct lab *lab, uint32_t task, const struct message_result *result)
{
	struct message_result r = *result;
	if (!r.n_values)
		r.n_values = RESULT_VALUES;
	struct lab_event e = {.kind = LAB_MESSAGE,
			      .header = {.type = MESSAGE_RESULT,
					 .task = task,
					 .body = MESSAGE_RESULT_SIZE + r.n_values * (uint32_t)sizeof(float)}};
	message_put_result(e.body, &r);
	return lab_tell(lab, &e);
}

void lab_open_burst(struct lab *lab, int n, int max_open)
{
	const struct arrivals burst = {.kind = ARRIVALS_BURST, .count = n, .deadline_high_s = 10};
	struct life_config config = lab_config(max_open, &burst, 1);
	config.arrivals.deadline_low_s = 10;
	lab_open(lab, &config);
	lab->now.now_ns = -1;
	lab_start(lab, NS_PER_S);
	lab->now.now_ns = 0;
	lab_wake(lab);
}

struct message_plan lab_plan_of(uint32_t cut, int64_t start_ns, int64_t compute_ns)
{
	return (struct message_plan){
	    .cut = cut, .freq_flops = lab_freq_flops(compute_ns), .compute_start_ns = start_ns};
}

double lab_freq_flops(int64_t ns)
{
	return 1e18 / (double)ns;
}

void lab_replay(const struct lab *lab)
{
	struct lab *again = malloc(sizeof(*again));
	assert_non_null(again);
	lab_open(again, &lab->life.config);
	for (int i = 0; i < lab->n_events; i++) {
		again->now = lab->events[i].moment;
		assert_int_equal(lab_tell(again, &lab->events[i]), lab->events[i].refused);
	}
	assert_int_equal(again->n_actions, lab->n_actions);
	assert_memory_equal(again->actions, lab->actions, sizeof(lab->actions[0]) * (size_t)lab->n_actions);
	lab_close(again);
	free(again);
}
