// SPDX-License-Identifier: BSD-3-Clause
#include "ue/life/life_private.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"

int life_open(struct life *l, const struct life_config *config, struct err *err)
{
	*l = (struct life){.config = *config, .next_arrival_ns = TIME_NEVER, .armed_ns = TIME_NEVER};
	if (config->max_open < 1 || config->n_samples < 1)
		return err_set(err, EINVAL,
			       "ue%u may have %d tasks open, with %u inputs: 1 or more are right", config->ue,
			       config->max_open, config->n_samples);
	l->tasks = calloc((size_t)config->max_open, sizeof(*l->tasks));
	if (!l->tasks ||
	    arrival_source_open(&l->source, &config->arrivals, config->seed, config->run, config->ue) < 0)
		return err_set(err, ENOMEM, "no memory for ue%u", config->ue);
	return 0;
}

void life_close(struct life *l)
{
	arrival_source_close(&l->source);
	free(l->tasks);
	l->tasks = NULL;
}

void life_be_at(struct life *l, struct ue_moment moment)
{
	l->now_ns = moment.now_ns;
	radio_until(&l->radio, moment);
}

void life_start(struct life *l, int64_t epoch_ns, int64_t end_ns, struct ue_moment moment)
{
	life_be_at(l, moment);
	l->epoch_ns = epoch_ns;
	l->end_ns = end_ns;
	l->patience_ns = end_ns + arrivals_longest_deadline_ns(&l->config.arrivals) + s_to_ns(LIFE_GRACE_S);
	life_draw_arrival(l);
}

void life_wake(struct life *l, struct ue_moment moment)
{
	life_be_at(l, moment);
	if (l->armed_ns <= l->now_ns)
		l->armed_ns = TIME_NEVER;
	if (l->patience_ns > 0 && l->now_ns >= l->patience_ns)
		life_stop(l, TASK_CUT_SHORT, moment);
	else
		life_compute(l);
}

void life_end(struct life *l, struct task *t)
{
	int64_t received_ns, idle_ns;
	radio_leave(&l->radio, &t->radio, &received_ns, &idle_ns);
	t->record.receive_j = l->config.receive_power_w * ns_to_s(received_ns);
	t->record.idle_j = l->config.idle_power_w * ns_to_s(idle_ns);
	struct task **last = &l->ended;
	while (*last)
		last = &(*last)->behind;
	t->behind = NULL;
	*last = t;
}

void life_abandon(struct life *l, struct task *t, enum task_outcome outcome)
{
	if (t->state == TASK_SENDING || t->state == TASK_SENT)
		radio_upload_ends(&l->radio, &t->radio);
	if (l->sending == t)
		l->sending = NULL;
	task_abandon(t, outcome, l->now_ns);
	life_end(l, t);
}

void life_stop(struct life *l, enum task_outcome outcome, struct ue_moment moment)
{
	life_be_at(l, moment);
	l->stopped = true;
	l->next_arrival_ns = TIME_NEVER;
	l->device.first = l->direct.first = l->uplink.first = l->sending = NULL;
	for (int i = 0; i < l->config.max_open; i++)
		if (l->tasks[i].state != TASK_IDLE && l->tasks[i].state != TASK_ENDED)
			life_abandon(l, &l->tasks[i], outcome);
}

int64_t life_due_ns(const struct life *l)
{
	int64_t next_ns = l->next_arrival_ns;
	if (l->device.first && l->device.first->compute_end_ns < next_ns)
		next_ns = l->device.first->compute_end_ns;
	if (l->direct.first && l->direct.first->compute_end_ns < next_ns)
		next_ns = l->direct.first->compute_end_ns;
	return next_ns;
}

bool life_is_over(const struct life *l)
{
	return l->patience_ns > 0 && l->n_held == 0 && l->next_arrival_ns == TIME_NEVER;
}

struct task *life_task(struct life *l, uint32_t number)
{
	for (int i = 0; i < l->config.max_open; i++)
		if (l->tasks[i].record.task == number && l->tasks[i].state != TASK_IDLE &&
		    l->tasks[i].state != TASK_ENDED)
			return &l->tasks[i];
	return NULL;
}
