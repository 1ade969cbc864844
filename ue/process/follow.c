// SPDX-License-Identifier: BSD-3-Clause
#include "ue/process/ue_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/channel.h"
#include "dnn/answer.h"
#include "dnn/reference.h"

static struct counters_ue link_of(const struct ue *u)
{
	struct counters_ue mine;
	counters_load(u->counters, u->config->ue - 1, &mine);
	return mine;
}

struct ue_moment ue_now(const struct ue *u)
{
	struct counters_ue mine = link_of(u);
	return (struct ue_moment){clock_now_ns(), (int64_t)mine.airtime_ns[LINK_UP],
				  (int64_t)mine.airtime_ns[LINK_DOWN]};
}

static int send_request(struct ue *u, struct life_action *a, struct err *err)
{
	lateness_add(&u->timer, HOST_UE_TIMER, clock_now_ns() - a->at_ns);
	a->task->record.down_present_ns = (int64_t)link_of(u).present_ns[LINK_DOWN];
	return stream_send(u->stream, &a->header, a->request, a->request_size, NULL, 0, false, err);
}

// What a socket does not take at once stays with us until it has room. Had the kernel nothing left to send
// meanwhile, we came late with the rest: what a stopped UE looks like when it was stopped while it sent. In
// the kernel's ticks, so less than some of them is nothing.
#define LATE_REST_NS (20 * NS_PER_MS)

static void note_written(struct ue *u, bool is_rest)
{
	int64_t now_ns = clock_now_ns(), busy_ns = stream_busy_ns(u->stream);
	int64_t idle_ns = now_ns - u->written_ns - (busy_ns - u->busy_ns);
	if (is_rest && busy_ns >= 0 && idle_ns > LATE_REST_NS)
		lateness_add(&u->timer, HOST_UE_TIMER, idle_ns);
	u->written_ns = now_ns;
	u->busy_ns = busy_ns;
}

static int send_tensor(struct ue *u, struct life_action *a, struct err *err)
{
	struct task_record *r = &a->task->record;
	struct counters_ue link = link_of(u);
	r->up_present_ns = (int64_t)link.present_ns[LINK_UP];
	r->up_lost = link.lost[LINK_UP] + link.drops[LINK_UP];
	int64_t bytes;
	const void *tensor =
	    samples_wire(u->samples, (int)r->sample, (int)r->cut, u->config->features, &bytes);
	int rc = stream_send(u->stream, &a->header, NULL, 0, tensor, (size_t)bytes, true, err);
	note_written(u, false);
	return rc;
}

static void note_class(const struct ue *u, struct task_record *r, const float *values)
{
	if (!u->classes)
		return;
	int64_t n = network_cut_values(u->network, u->network->n_subtasks);
	r->classified = answer_class(values, n) == u->classes[r->sample] ? CLASS_RIGHT : CLASS_WRONG;
}

// Held against what must come of the tensor that was sent, so that no encoding needs a tolerance of its own;
// the distance to the exact result says what the encoding cost.
static void check_result(const struct ue *u, struct task_record *r, const float *values)
{
	int64_t n = network_cut_values(u->network, u->network->n_subtasks);
	bool at_end = r->exit == 0, is_encoded = r->cut > 0 && u->config->features != FEATURES_FP32;
	if (!at_end && is_encoded && r->cut < r->n_subtasks)
		return; // nothing is prepared for it
	const float *exact = at_end ? samples_result(u->samples, (int)r->sample)
				    : samples_exit_result(u->samples, (int)r->sample, (int)r->exit),
		    *expected = exact;
	if (at_end && r->cut < r->n_subtasks)
		expected = samples_split_result(u->samples, (int)r->sample, (int)r->cut, u->config->features);
	r->check_error = relative_error(values, expected, n);
	r->features_error = relative_error(values, exact, n);
	r->checked = r->check_error <= u->config->check_tolerance ? CHECK_EQUAL : CHECK_DIFFERS;
}

static int check_message(const struct ue *u, struct task_record *r, struct err *err)
{
	size_t size = (size_t)u->life.config.result_values * sizeof(float);
	float *values = malloc(size);
	if (!values)
		return err_set(err, ENOMEM, "no memory");
	memcpy(values, u->values, size); // little-endian host (x86, Arm)
	note_class(u, r, values);
	check_result(u, r, values);
	free(values);
	return 0;
}

// What the device computed was prepared by the cpu executor.
static void check_local(const struct ue *u, struct task_record *r)
{
	const float *values = r->exit > 0
				  ? samples_local_exit_result(u->samples, (int)r->sample, (int)r->exit)
				  : samples_local_result(u->samples, (int)r->sample);
	note_class(u, r, values);
	check_result(u, r, values);
}

static int close_record(struct ue *u, struct task *t, struct err *err)
{
	struct task_record *r = &t->record;
	struct counters_ue link = link_of(u);
	r->down_present_ns = (int64_t)link.present_ns[LINK_DOWN];
	r->down_lost = link.lost[LINK_DOWN] + link.drops[LINK_DOWN];
	int rc = 0;
	if (r->outcome == TASK_DONE && r->cut == r->n_subtasks)
		check_local(u, r);
	else if (r->outcome == TASK_DONE && t->has_values)
		rc = check_message(u, r, err);
	if (channel_send(u->channel, CHANNEL_TASK, r, sizeof(*r)) < 0)
		u->stopping = true; // the supervisor is gone
	return rc;
}

// Whether the task's computing has just ended: it sends, or is done.
static void note_computed(struct ue *u, const struct life_action *a)
{
	const struct task_record *r = &a->task->record;
	bool local = a->kind == LIFE_CLOSE && r->outcome == TASK_DONE && r->cut == r->n_subtasks;
	if (a->kind == LIFE_TENSOR || local)
		lateness_add(&u->timer, HOST_UE_TIMER, r->host_ns[STAGE_LOCAL]);
}

static int note_handed(struct ue *u, struct err *err)
{
	bool gone = u->life.is_taken && !stream_wants_write(u->stream);
	return gone ? life_handed(&u->life, ue_now(u), err) : 0;
}

int ue_follow(struct ue *u, struct err *err)
{
	struct life_action a;
	int r = 0;
	while (r == 0 && life_next(&u->life, &a)) {
		if (a.task)
			note_computed(u, &a);
		switch (a.kind) {
		case LIFE_REQUEST:
			r = send_request(u, &a, err);
			break;
		case LIFE_TENSOR:
			r = send_tensor(u, &a, err);
			r = r < 0 ? r : note_handed(u, err);
			break;
		case LIFE_CLOSE:
			r = close_record(u, a.task, err);
			break;
		case LIFE_WAKE:
			break; // the loop asks life_due_ns
		}
	}
	return r;
}

int ue_flush(struct ue *u, struct err *err)
{
	note_written(u, true);
	int r = stream_flush(u->stream);
	r = r < 0 ? err_sys(err, -r, "sending to the edge") : note_handed(u, err);
	return r < 0 ? r : ue_follow(u, err);
}

// What the answer took from the edge's call to here beyond the time in which the downlink had something for
// this UE.
static int64_t answer_rest_ns(const struct ue *u, const struct task_record *r, const struct message_header *h,
			      int64_t now_ns)
{
	int64_t present_ns = (int64_t)link_of(u).present_ns[LINK_DOWN] - r->down_present_ns;
	int64_t rest_ns = now_ns - h->sent_ns - present_ns;
	return rest_ns > 0 ? rest_ns : 0;
}

static int on_message(struct ue *u, const struct message_header *h, const uint8_t *body, struct err *err)
{
	struct ue_moment now = ue_now(u);
	int64_t arrived_ns = stream_arrived_ns(u->stream);
	if (arrived_ns > 0)
		lateness_add(&u->read, HOST_UE_READ, now.now_ns - arrived_ns);
	int r = life_message(&u->life, h, body, now, err);
	if (r < 0)
		return r;
	struct task *t = life_task(&u->life, h->task);
	if (t && h->type == MESSAGE_PLAN)
		t->record.host_answer_ns = answer_rest_ns(u, &t->record, h, now.now_ns);
	u->values = h->type == MESSAGE_RESULT ? body + MESSAGE_RESULT_SIZE : NULL;
	r = ue_follow(u, err);
	u->values = NULL;
	return r;
}

int ue_read_messages(struct ue *u, struct err *err)
{
	for (;;) {
		struct message_header h;
		const uint8_t *body;
		int r = stream_receive(u->stream, &h, &body, err);
		if (r <= 0)
			return r;
		r = on_message(u, &h, body, err);
		if (r < 0)
			return r;
	}
}
