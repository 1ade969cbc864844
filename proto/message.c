// SPDX-License-Identifier: BSD-3-Clause
#include "proto/message.h"

#include <errno.h>
#include <math.h>

#include "dnn/features.h"

const char *message_type_name(enum message_type type)
{
	static const char *const names[] = {"?",      "request", "plan",    "tensor",
					    "result", "error",	 "dropped", "hello"};
	return type >= MESSAGE_REQUEST && type <= MESSAGE_HELLO ? names[type] : names[0];
}

// The body sizes that a type allows.
static void body_bounds(enum message_type type, uint32_t *low, uint32_t *high)
{
	switch (type) {
	case MESSAGE_REQUEST:
		*low = MESSAGE_REQUEST_SIZE;
		*high = MESSAGE_REQUEST_MOST;
		return;
	case MESSAGE_PLAN:
		*low = MESSAGE_PLAN_SIZE;
		*high = MESSAGE_PLAN_MOST;
		return;
	case MESSAGE_TENSOR:
		*low = 1;
		*high = MESSAGE_MAX_TENSOR;
		return;
	case MESSAGE_RESULT:
		*low = MESSAGE_RESULT_SIZE;
		*high = MESSAGE_RESULT_SIZE + MESSAGE_MAX_TENSOR;
		return;
	case MESSAGE_ERROR:
	case MESSAGE_DROPPED:
		*low = 0;
		*high = sizeof(((struct err *)0)->text);
		return;
	case MESSAGE_HELLO:
		*low = *high = MESSAGE_HELLO_SIZE;
		return;
	}
	*low = 1;
	*high = 0;
}

void message_put_header(uint8_t out[MESSAGE_HEADER_SIZE], const struct message_header *h)
{
	layout_put(&message_header_layout, out, h);
}

int message_get_header(const uint8_t in[MESSAGE_HEADER_SIZE], struct message_header *h, struct err *err)
{
	uint32_t low, high,
	    magic = in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
	const uint8_t *p = in + 4;
	if (magic != MESSAGE_MAGIC)
		return err_set(err, EPROTO, "not an airbatch message: magic is 0x%08x, not 0x%08x", magic,
			       MESSAGE_MAGIC);
	if (p[0] != MESSAGE_VERSION)
		return err_set(err, EPROTO, "protocol version %u: this build speaks version %d", p[0],
			       MESSAGE_VERSION);
	if (p[1] < MESSAGE_REQUEST || p[1] > MESSAGE_HELLO)
		return err_set(err, EPROTO, "unknown message type %u: 1 (request) to 7 (hello) are known",
			       p[1]);
	layout_get(&message_header_layout, in, h);
	if (h->tensors == 1 || (h->tensors && h->type != MESSAGE_TENSOR))
		return err_set(err, EPROTO, "a %s message with %u tensors in a table: %s",
			       message_type_name(h->type), h->tensors,
			       h->type == MESSAGE_TENSOR ? "one tensor needs none" : "only tensors have one");
	if (h->features >= (h->type == MESSAGE_TENSOR ? FEATURES_COUNT : 1))
		return err_set(err, EPROTO, "a %s message with features %u: %s", message_type_name(h->type),
			       h->features,
			       h->type == MESSAGE_TENSOR ? "0 (fp32), 1 (fp16) and 2 (int8) are known"
							 : "only tensors have them");
	body_bounds(h->type, &low, &high);
	if (h->body < low || h->body > high)
		return err_set(err, EPROTO, "a %s message claims a body of %u bytes: %u to %u are allowed",
			       message_type_name(h->type), h->body, low, high);
	return 0;
}

void message_put_hello(uint8_t out[MESSAGE_HELLO_SIZE], const struct message_hello *m)
{
	layout_put(&message_hello_layout, out, m);
}

void message_get_hello(const uint8_t in[MESSAGE_HELLO_SIZE], struct message_hello *m)
{
	layout_get(&message_hello_layout, in, m);
}

size_t message_request_size(const struct message_request *m)
{
	return m->least_accuracy != 0 ? MESSAGE_REQUEST_MOST : MESSAGE_REQUEST_SIZE;
}

size_t message_put_request(uint8_t out[MESSAGE_REQUEST_MOST], const struct message_request *m)
{
	size_t size = message_request_size(m);
	layout_put(&message_request_layout, out, m);
	if (size > MESSAGE_REQUEST_SIZE)
		layout_put(&message_request_more_layout, out + MESSAGE_REQUEST_SIZE, m);
	return size;
}

static bool is_share(double x)
{
	return x >= 0 && x <= 1;
}

int message_get_request(const uint8_t *in, size_t size, struct message_request *m, struct err *err)
{
	if (size != MESSAGE_REQUEST_SIZE && size != MESSAGE_REQUEST_MOST)
		return err_set(err, EPROTO, "a request of %zu bytes: %d or %d are right", size,
			       MESSAGE_REQUEST_SIZE, MESSAGE_REQUEST_MOST);
	*m = (struct message_request){0};
	layout_get(&message_request_layout, in, m);
	if (size > MESSAGE_REQUEST_SIZE)
		layout_get(&message_request_more_layout, in + MESSAGE_REQUEST_SIZE, m);
	bool device = m->f_min_flops > 0 && m->f_max_flops >= m->f_min_flops && isfinite(m->f_max_flops);
	if (!device || !(m->kappa >= 0) || !isfinite(m->kappa))
		return err_set(err, EPROTO,
			       "a request with an impossible device: f_min %g, f_max %g, kappa %g",
			       m->f_min_flops, m->f_max_flops, m->kappa);
	if (!(m->tx_power_w >= 0) || !isfinite(m->tx_power_w))
		return err_set(err, EPROTO, "a request with an impossible transmit power: %g W",
			       m->tx_power_w);
	if (!is_share(m->least_accuracy))
		return err_set(err, EPROTO, "a request for an accuracy of %g: 0 to 1 are right",
			       m->least_accuracy);
	return 0;
}

size_t message_plan_size(const struct message_plan *m)
{
	bool more = m->admission || m->exit || m->subtasks || m->server || m->variant || m->hertz != 0 ||
		    m->accuracy != 0;
	return more ? MESSAGE_PLAN_MOST : MESSAGE_PLAN_SIZE;
}

size_t message_put_plan(uint8_t out[MESSAGE_PLAN_MOST], const struct message_plan *m)
{
	size_t size = message_plan_size(m);
	layout_put(&message_plan_layout, out, m);
	if (size > MESSAGE_PLAN_SIZE)
		layout_put(&message_plan_more_layout, out + MESSAGE_PLAN_SIZE, m);
	return size;
}

static int check_more(const struct message_plan *m, struct err *err)
{
	if (m->admission > ADMISSION_REFUSED)
		return err_set(err, EPROTO, "a plan with admission %u: 0 to %d are known", m->admission,
			       ADMISSION_REFUSED);
	if (!(m->hertz >= 0) || !isfinite(m->hertz) || !is_share(m->accuracy))
		return err_set(
		    err, EPROTO,
		    "a plan with a grant of %g Hz and an accuracy of %g: 0 or more, and 0 to 1, are right",
		    m->hertz, m->accuracy);
	return 0;
}

int message_get_plan(const uint8_t *in, size_t size, struct message_plan *m, struct err *err)
{
	if (size != MESSAGE_PLAN_SIZE && size != MESSAGE_PLAN_MOST)
		return err_set(err, EPROTO, "a plan of %zu bytes: %d or %d are right", size,
			       MESSAGE_PLAN_SIZE, MESSAGE_PLAN_MOST);
	*m = (struct message_plan){0};
	layout_get(&message_plan_layout, in, m);
	if (size > MESSAGE_PLAN_SIZE)
		layout_get(&message_plan_more_layout, in + MESSAGE_PLAN_SIZE, m);
	if (!(m->freq_flops >= 0) || !isfinite(m->freq_flops))
		return err_set(err, EPROTO,
			       "a plan with frequency %g: a positive one is right, or 0 without local work",
			       m->freq_flops);
	return check_more(m, err);
}

void message_put_result(uint8_t out[MESSAGE_RESULT_SIZE], const struct message_result *m)
{
	layout_put(&message_result_layout, out, m);
}

int message_get_result(const uint8_t *in, size_t size, struct message_result *m, struct err *err)
{
	if (size < MESSAGE_RESULT_SIZE)
		return err_set(err, EPROTO, "a result of %zu bytes: at least %d are right", size,
			       MESSAGE_RESULT_SIZE);
	*m = (struct message_result){0};
	layout_get(&message_result_layout, in, m);
	if (size - MESSAGE_RESULT_SIZE != (size_t)m->n_values * sizeof(float))
		return err_set(err, EPROTO, "a result claims %u values, but %zu bytes follow", m->n_values,
			       size - MESSAGE_RESULT_SIZE);
	return 0;
}

int64_t message_radio_bytes(int64_t body, int mtu)
{
	int64_t bytes = body + MESSAGE_HEADER_SIZE, segment = mtu - 52;
	int64_t segments = (bytes + segment - 1) / segment;
	return bytes + 66 * segments;
}
