// SPDX-License-Identifier: BSD-3-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/unit/edge/desk_lab.h"

static const double work_flop[LAB_SUBTASKS] = {2e6, 3e6, 1e6}, result_bytes[] = {MESSAGE_RESULT_SIZE + 40};
static double cut_bits[FEATURES_COUNT * (LAB_SUBTASKS + 1)], batch_s[LAB_SUBTASKS * LAB_MAX_BATCH];

int64_t lab_batch_ns(int subtask, int members)
{
	return (subtask + 2 + members) * 200 * NS_PER_US;
}

static const int exit_subtasks[] = {1, 2};
static const double exit_accuracy[] = {.6, .8};

static void fill_network(struct snapshot_network *net)
{
	for (int i = 0; i < FEATURES_COUNT * (LAB_SUBTASKS + 1); i++)
		cut_bits[i] = 2e4 / (i % (LAB_SUBTASKS + 1) + 1);
	for (int i = 0; i < LAB_SUBTASKS * LAB_MAX_BATCH; i++)
		batch_s[i] = ns_to_s(lab_batch_ns(i / LAB_MAX_BATCH, i % LAB_MAX_BATCH + 1));
	*net = (struct snapshot_network){.name = "lab",
					 .n_subtasks = LAB_SUBTASKS,
					 .work_flop = work_flop,
					 .cut_bits = cut_bits,
					 .max_batch = LAB_MAX_BATCH,
					 .batch_s = batch_s};
}

static void fill(struct desk_lab *lab, const char *policy, enum batch_mode mode, int open_jobs)
{
	lab->confidence = NULL;
	fill_network(&lab->seen);
	for (int i = 0; i < LAB_UES; i++)
		lab->ues[i] = (struct edge_ue){
		    .uplink_bps = 1e7 + 1e6 * i, .downlink_bps = 1e7, .open_jobs = open_jobs};
	lab->config =
	    (struct edge_config){.run_id = 1,
				 .mtu = 1500,
				 .admission_window_s = .002,
				 .guard_s = .001,
				 .batching = {.mode = mode,
					      .size = LAB_MOST_TOGETHER,
					      .timer_ns = NS_PER_MS,
					      .cores = 2,
					      .patience_ns = NS_PER_MS},
				 .power = {.n_freq = 1, .freq = {1}, .static_w = 10, .dynamic_w = 20},
				 .online = {.slot_s = .025, .deadline_scale_s = 1},
				 .n_ues = LAB_UES,
				 .n_networks = 1,
				 .ues = lab->ues};
	snprintf(lab->config.policy, sizeof(lab->config.policy), "%s", policy);
	lab->networks = (struct round_networks){.n = 1, .networks = &lab->seen, .result_bytes = result_bytes};
}

static void open_desk(struct desk_lab *lab, const struct policy *own)
{
	struct err err;
	if (desk_open(&lab->desk, &lab->config, &lab->networks, own, &err) < 0)
		fail_msg("%s: %s", lab->config.policy, err.text);
}

void lab_open(struct desk_lab *lab, const char *policy, const struct policy *own, enum batch_mode mode,
	      int open_jobs)
{
	fill(lab, policy, mode, open_jobs);
	open_desk(lab, own);
}

void lab_open_bursts(struct desk_lab *lab, const char *policy, int burst)
{
	fill(lab, policy, BATCH_AS_PLANNED, burst);
	for (int i = 0; i < LAB_UES; i++)
		lab->ues[i].burst = burst;
	open_desk(lab, NULL);
}

// Half of the inputs are sure at the first exit and right at every one, the others are right at the end
// alone.
static void make_confidence(struct desk_lab *lab)
{
	static struct confidence_answer answers[2000][3];
	for (int i = 0; i < 2000; i++)
		for (int e = 0; e < 3; e++)
			answers[i][e] =
			    (struct confidence_answer){.sure = i % 2 ? .9f : .2f, .right = i % 2 || e == 2};
	assert_int_equal(confidence_of(&lab->confidence, answers[0], 2000, 2), 0);
	lab->by_network[0] = lab->confidence;
	lab->networks.confidence = lab->by_network;
}

static void fill_shrinking(struct desk_lab *lab, const struct policy *own, int open_jobs, bool refuses,
			   bool ready)
{
	fill(lab, own->name, BATCH_AS_PLANNED, open_jobs);
	lab->seen.n_exits = 2;
	lab->seen.exit_subtasks = exit_subtasks;
	lab->seen.exit_accuracy = exit_accuracy;
	lab->seen.accuracy = .9;
	lab->config.refuses = refuses;
	lab->config.batching.drops_stragglers = true;
	lab->config.batching.starts_when_ready = ready;
}

void lab_open_shrinking(struct desk_lab *lab, const struct policy *own, int open_jobs, bool refuses,
			bool ready)
{
	fill_shrinking(lab, own, open_jobs, refuses, ready);
	open_desk(lab, own);
}

void lab_open_sure(struct desk_lab *lab, const struct policy *own, int open_jobs, bool ready)
{
	fill_shrinking(lab, own, open_jobs, true, ready);
	make_confidence(lab);
	open_desk(lab, own);
}

void lab_close(struct desk_lab *lab)
{
	desk_close(lab->desk);
	confidence_close(lab->confidence);
}

struct desk_event lab_request(int ue, uint32_t number, int64_t at_ns, int64_t deadline_ns)
{
	struct desk_event e = {.kind = DESK_REQUEST, .now_ns = at_ns};
	e.request.ue = ue;
	e.request.number = number;
	e.request.deadline_ns = deadline_ns;
	e.request.asked_ns = at_ns;
	e.request.message = (struct message_request){
	    .arrival_ns = at_ns, .f_min_flops = 1e8, .f_max_flops = 1e9, .kappa = 1e-27, .tx_power_w = .1};
	return e;
}

void lab_tell(struct desk *d, const struct desk_event *event)
{
	struct err err;
	if (desk_take(d, event, &err) < 0)
		fail_msg("event %d: %s", (int)event->kind, err.text);
}

struct tape_item {
	char *text; // of an action, else NULL
	struct desk_event event;
	int result;
};

static void put_batch(FILE *f, const struct batch *b)
{
	fprintf(f, "%u %d:%d group %d reason %d at %lld for %lld:", b->id, b->booking.network,
		b->booking.subtask, b->booking.group, (int)b->reason, (long long)b->booking.start_ns,
		(long long)b->booking.duration_ns);
	for (int i = 0; i < b->n_members; i++)
		fprintf(f, " %u", desk_job_of(b->member[i])->id);
}

static void put_bytes(FILE *f, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		fprintf(f, "%02x", bytes[i]);
}

// A line that differs where two actions do.
static char *text_of(const struct desk_action *a)
{
	char *text;
	size_t size;
	uint8_t bytes[MESSAGE_PLAN_MOST];
	FILE *f = open_memstream(&text, &size);
	fprintf(f, "%d ", (int)a->kind);
	if (a->job)
		fprintf(f, "job %u of ue%d:%u first %u last %u ", a->job->id, a->job->request.ue + 1,
			a->job->number, a->job->first_batch, a->job->last_batch);
	if (a->kind == DESK_START_BATCH)
		put_batch(f, a->batch);
	else if (a->kind == DESK_NOTE_ROUND)
		round_csv_row(f, a->round.record, 0);
	else if (a->kind == DESK_NOTE_DECISION)
		decision_csv_row(f, a->decision.record, 0);
	else if (a->kind == DESK_NOTE_BATCH)
		batch_csv_row(f, a->record, 0);
	else if (a->kind == DESK_SEND_PLAN)
		put_bytes(f, bytes, message_put_plan(bytes, &a->job->plan));
	else if (a->kind == DESK_SEND_RESULT)
		message_put_result(bytes, &a->job->result), put_bytes(f, bytes, MESSAGE_RESULT_SIZE);
	else if (a->kind == DESK_GRANT)
		for (size_t i = 0; i < a->grant.n; i++)
			fprintf(f, " ue%u %.17g Hz", a->grant.share[i].ue + 1, a->grant.share[i].hertz);
	else if (a->kind == DESK_REFUSE)
		fputs(a->why->text, f);
	fclose(f);
	return text;
}

static struct tape_item *add(struct tape *t)
{
	if (t->n == t->room) {
		t->room = 2 * t->room + 64;
		t->items = realloc(t->items, t->room * sizeof(*t->items));
		assert_non_null(t->items);
	}
	return &t->items[t->n++];
}

// NULL for no bytes.
static const void *copy_of(const void *bytes, size_t size)
{
	void *copy = size > 0 ? malloc(size) : NULL;
	assert_true(copy || size == 0);
	return copy ? memcpy(copy, bytes, size) : NULL;
}

static void on_event(void *user, const struct desk_event *event, int result)
{
	struct tape_item *item = add(user);
	*item = (struct tape_item){.event = *event, .result = result};
	if (event->kind == DESK_PLAN)
		item->event.plan.future =
		    copy_of(event->plan.future, (size_t)event->plan.n_future * sizeof(*event->plan.future));
	if (event->kind == DESK_BATCH_ENDED)
		item->event.ended.leaving = copy_of(event->ended.leaving, (size_t)event->ended.n_leaving);
	if (event->kind == DESK_CELL)
		item->event.cell.ue =
		    copy_of(event->cell.ue, event->cell.ue ? event->cell.n * sizeof(*event->cell.ue) : 0);
}

static void on_action(void *user, const struct desk_action *action)
{
	*add(user) = (struct tape_item){.text = text_of(action)};
}

void tape_listen(struct tape *tape, struct desk *d)
{
	*tape = (struct tape){.n = 0};
	desk_listen(d, &(struct desk_listener){on_event, on_action, tape});
}

void tape_replay(const struct tape *tape, struct desk *d)
{
	struct desk_action action;
	struct err err;
	for (size_t i = 0; i < tape->n; i++) {
		const struct tape_item *item = &tape->items[i];
		if (!item->text) {
			assert_int_equal(desk_take(d, &item->event, &err), item->result);
			continue;
		}
		assert_true(desk_next(d, &action));
		char *text = text_of(&action);
		if (strcmp(text, item->text) != 0)
			fail_msg("item %zu: %s\nrecorded: %s", i, text, item->text);
		free(text);
	}
	assert_false(desk_next(d, &action));
}

void tape_free(struct tape *tape)
{
	for (size_t i = 0; i < tape->n; i++) {
		const struct desk_event *e = &tape->items[i].event;
		if (!tape->items[i].text && e->kind == DESK_PLAN)
			free((void *)e->plan.future);
		if (!tape->items[i].text && e->kind == DESK_BATCH_ENDED)
			free((void *)e->ended.leaving);
		if (!tape->items[i].text && e->kind == DESK_CELL)
			free((void *)e->cell.ue);
		free(tape->items[i].text);
	}
	free(tape->items);
	*tape = (struct tape){.n = 0};
}
