// SPDX-License-Identifier: BSD-3-Clause
// What the edge and the transport tell a life.
#include "ue/life/life_private.h"

#include <errno.h>

static void use_network(struct task *t, const struct task_network *network)
{
	t->network = network;
	t->record.n_subtasks = (uint32_t)network->n_subtasks;
}

static int follow_plan(const struct life *l, struct task *t, const struct message_plan *plan, struct err *err)
{
	if (plan->variant > (uint32_t)l->config.n_variants)
		return err_set(err, EPROTO, "the plan runs variant %u: this UE has %d", plan->variant,
			       l->config.n_variants);
	if (plan->variant > 0)
		use_network(t, l->config.variants[plan->variant - 1]);
	int r = task_planned(t, plan, l->now_ns, err);
	if (r < 0)
		use_network(t, l->config.network);
	return r;
}

static int take_plan(struct life *l, struct task *t, const struct message_header *h, const uint8_t *body,
		     struct err *err)
{
	struct message_plan plan;
	int r = message_get_plan(body, h->body, &plan, err);
	if (r == 0 && plan.admission == ADMISSION_REFUSED) {
		task_refused(t, &plan);
		life_abandon(l, t, TASK_REFUSED);
		return 0;
	}
	r = r < 0 ? r : follow_plan(l, t, &plan, err);
	if (r < 0)
		return r;
	t->batch = h->batch;
	life_take_plan(l, t);
	return 0;
}

static int take_result(struct life *l, struct task *t, const struct message_header *h, const uint8_t *body,
		       struct err *err)
{
	struct message_result result;
	int r = message_get_result(body, h->body, &result, err);
	if (r < 0)
		return r;
	if (result.n_values != l->config.result_values)
		return err_set(err, EPROTO, "the result has %u values: the network has %lld", result.n_values,
			       (long long)l->config.result_values);
	const struct task_record *task = &t->record;
	if (result.exit > 0 && (result.subtasks > task->n_subtasks || result.subtasks <= task->cut))
		return err_set(err, EPROTO,
			       "the result says that it left after %u sub-tasks: %u to %u are right",
			       result.subtasks, task->cut + 1, task->n_subtasks);
	task_answered(t, &result, l->now_ns, radio_upload_ends(&l->radio, &t->radio));
	life_end(l, t);
	return 0;
}

static bool may_be_dropped(const struct task *t)
{
	return t->state != TASK_REQUESTED && t->record.cut < t->record.n_subtasks;
}

static void drop(struct life *l, struct task *t)
{
	life_leave_lines(l, t);
	life_abandon(l, t, TASK_DROPPED);
}

int life_message(struct life *l, const struct message_header *h, const uint8_t *body, struct ue_moment moment,
		 struct err *err)
{
	life_be_at(l, moment);
	if (l->stopped)
		return 0;
	struct task *t = life_task(l, h->task);
	if (h->type == MESSAGE_ERROR && t && t->state == TASK_REQUESTED) {
		life_abandon(l, t, TASK_FAILED); // it could not be planned: the others go on
		return 0;
	}
	if (h->type == MESSAGE_ERROR)
		return err_set(err, EPROTO, "the edge says: %.*s", (int)h->body, (const char *)body);
	if (!t)
		return err_set(err, EPROTO,
			       "the edge answers task %u, which is not open: the last of %u is %u", h->task,
			       l->config.ue, l->begun);
	if (h->type == MESSAGE_PLAN && t->state == TASK_REQUESTED)
		return take_plan(l, t, h, body, err);
	if (h->type == MESSAGE_RESULT && t->state == TASK_SENT)
		return take_result(l, t, h, body, err);
	if (h->type == MESSAGE_DROPPED && may_be_dropped(t)) {
		drop(l, t);
		return 0;
	}
	return err_set(err, EPROTO, "a %s message out of turn from the edge", message_type_name(h->type));
}

int life_handed(struct life *l, struct ue_moment moment, struct err *err)
{
	life_be_at(l, moment);
	if (l->stopped)
		return 0;
	if (!l->is_taken)
		return err_set(err, EPROTO, "a tensor is handed over while none is being sent");
	if (l->sending)
		l->sending->state = TASK_SENT;
	l->sending = NULL;
	l->is_taken = false;
	return 0;
}
