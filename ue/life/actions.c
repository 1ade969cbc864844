// SPDX-License-Identifier: BSD-3-Clause
// What a life asks of its host.
#include "ue/life/life_private.h"

#include "base/clock.h"
#include "dnn/samples.h"

// There is room: the next task, if one arises in time.
void life_draw_arrival(struct life *l)
{
	int64_t since_ns = l->now_ns > l->epoch_ns ? l->now_ns : l->epoch_ns;
	bool happens = arrival_source_next(&l->source, since_ns - l->epoch_ns, &l->next) &&
		       l->epoch_ns + l->next.at_ns < l->end_ns;
	l->next_arrival_ns = happens ? l->epoch_ns + l->next.at_ns : TIME_NEVER;
	l->due_ns = l->next_arrival_ns > since_ns ? l->next_arrival_ns : since_ns;
}

static struct message_header header_of(const struct life *l, const struct task *t, enum message_type type)
{
	const struct task_record *r = &t->record;
	return (struct message_header){.type = type,
				       .run = l->config.run_id,
				       .ue = l->config.ue,
				       .task = r->task,
				       .subtask = r->cut,
				       .batch = t->batch,
				       .deadline_ns = r->deadline_ns};
}

static struct message_request request_of(const struct life *l)
{
	const struct device *d = &l->config.device;
	return (struct message_request){.arrival_ns = l->next_arrival_ns,
					.network_hash = l->config.network_hash,
					.f_min_flops = d->f_min_flops,
					.f_max_flops = d->f_max_flops,
					.kappa = d->kappa,
					.tx_power_w = l->config.tx_power_w,
					.least_accuracy = l->config.least_accuracy};
}

bool life_expects(const struct life *l, struct message_request *request, int64_t *deadline_ns)
{
	if (l->next_arrival_ns == TIME_NEVER)
		return false;
	*request = request_of(l);
	*deadline_ns = l->next_arrival_ns + l->next.deadline_ns;
	return true;
}

static struct task *take_free(struct life *l)
{
	struct task *t = l->tasks;
	while (t->state != TASK_IDLE)
		t++;
	l->n_held++;
	return t;
}

static void begin(struct life *l, struct life_action *a)
{
	const struct life_config *c = &l->config;
	struct task *t = take_free(l);
	struct message_request request = request_of(l);
	task_begin(t, c->network, &c->device, c->tx_power_w, c->ue, ++l->begun, l->next_arrival_ns,
		   l->next_arrival_ns + l->next.deadline_ns);
	t->record.sample = samples_number(c->n_samples, c->ue, l->begun);
	t->record.features = c->features;
	radio_join(&l->radio, &t->radio);
	a->kind = LIFE_REQUEST;
	a->task = t;
	a->at_ns = l->due_ns;
	a->header = header_of(l, t, MESSAGE_REQUEST);
	a->request_size = message_put_request(a->request, &request);
	if (l->n_held < c->max_open)
		life_draw_arrival(l);
	else
		l->next_arrival_ns = TIME_NEVER;
}

static void send(struct life *l, struct life_action *a)
{
	struct task *t = line_take(&l->uplink);
	t->state = TASK_SENDING;
	t->record.send_start_ns = l->now_ns;
	l->sending = t;
	l->is_taken = true;
	radio_upload_begins(&l->radio, &t->radio);
	a->kind = LIFE_TENSOR;
	a->task = t;
	a->header = header_of(l, t, MESSAGE_TENSOR);
	a->header.features = t->record.cut > 0 ? l->config.features : FEATURES_FP32;
	a->header.tensors = t->network->tensors ? t->network->tensors[t->record.cut] : 0;
}

static void close(struct life *l, struct life_action *a)
{
	l->closing = l->ended;
	l->ended = l->ended->behind;
	a->kind = LIFE_CLOSE;
	a->task = l->closing;
}

// The record that was given out has been used.
static void release(struct life *l)
{
	if (!l->closing)
		return;
	l->closing->state = TASK_IDLE;
	l->closing = NULL;
	bool was_full = l->n_held-- == l->config.max_open;
	if (was_full && !l->stopped)
		life_draw_arrival(l);
}

static bool wake(struct life *l, struct life_action *a)
{
	int64_t next_ns = life_due_ns(l);
	if (next_ns >= l->armed_ns)
		return false;
	l->armed_ns = next_ns;
	a->kind = LIFE_WAKE;
	a->task = NULL;
	a->at_ns = next_ns;
	return true;
}

bool life_next(struct life *l, struct life_action *a)
{
	release(l);
	if (l->ended)
		close(l, a);
	else if (l->uplink.first && !l->is_taken)
		send(l, a);
	else if (l->next_arrival_ns <= l->now_ns)
		begin(l, a);
	else
		return wake(l, a);
	return true;
}
