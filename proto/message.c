// SPDX-License-Identifier: BSD-3-Clause
#include "proto/message.h"

#include <endian.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "dnn/features.h"

// Writers and readers that walk a buffer; sizes were checked before.
static uint8_t *put32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
	return p + sizeof(v);
}

static uint8_t *put64(uint8_t *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof(v));
	return p + sizeof(v);
}

static uint8_t *put_double(uint8_t *p, double v)
{
	uint64_t bits;
	memcpy(&bits, &v, sizeof(bits));
	return put64(p, bits);
}

static const uint8_t *get32(const uint8_t *p, uint32_t *v)
{
	memcpy(v, p, sizeof(*v));
	*v = le32toh(*v);
	return p + sizeof(*v);
}

static const uint8_t *get64(const uint8_t *p, uint64_t *v)
{
	memcpy(v, p, sizeof(*v));
	*v = le64toh(*v);
	return p + sizeof(*v);
}

static const uint8_t *get_time(const uint8_t *p, int64_t *v)
{
	uint64_t bits;
	p = get64(p, &bits);
	*v = (int64_t)bits;
	return p;
}

static const uint8_t *get_double(const uint8_t *p, double *v)
{
	uint64_t bits;
	p = get64(p, &bits);
	memcpy(v, &bits, sizeof(bits));
	return p;
}

const char *message_type_name(enum message_type type)
{
	static const char *const names[] = {"?", "request", "plan", "tensor", "result", "error"};
	return type >= MESSAGE_REQUEST && type <= MESSAGE_ERROR ? names[type] : names[0];
}

// The body sizes that a type allows.
static void body_bounds(enum message_type type, uint32_t *low, uint32_t *high)
{
	switch (type) {
	case MESSAGE_REQUEST:
		*low = *high = MESSAGE_REQUEST_SIZE;
		return;
	case MESSAGE_PLAN:
		*low = *high = MESSAGE_PLAN_SIZE;
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
		*low = 0;
		*high = sizeof(((struct err *)0)->text);
		return;
	}
	*low = 1;
	*high = 0;
}

void message_put_header(uint8_t out[MESSAGE_HEADER_SIZE], const struct message_header *h)
{
	uint8_t *p = put32(out, MESSAGE_MAGIC);
	*p++ = MESSAGE_VERSION;
	*p++ = (uint8_t)h->type;
	*p++ = (uint8_t)h->features;
	*p++ = 0;
	p = put32(p, h->body);
	p = put32(p, h->run);
	p = put32(p, h->ue);
	p = put32(p, h->task);
	p = put32(p, h->subtask);
	p = put32(p, h->batch);
	p = put64(p, (uint64_t)h->deadline_ns);
	put64(p, (uint64_t)h->sent_ns);
}

int message_get_header(const uint8_t in[MESSAGE_HEADER_SIZE], struct message_header *h, struct err *err)
{
	uint32_t magic, low, high;
	const uint8_t *p = get32(in, &magic);
	if (magic != MESSAGE_MAGIC)
		return err_set(err, EPROTO, "not an airbatch message: magic is 0x%08x, not 0x%08x", magic,
			       MESSAGE_MAGIC);
	if (p[0] != MESSAGE_VERSION)
		return err_set(err, EPROTO, "protocol version %u: this build speaks version %d", p[0],
			       MESSAGE_VERSION);
	if (p[1] < MESSAGE_REQUEST || p[1] > MESSAGE_ERROR)
		return err_set(err, EPROTO, "unknown message type %u: 1 (request) to 5 (error) are known",
			       p[1]);
	h->type = (enum message_type)p[1];
	h->features = (uint32_t)p[3] << 8 | p[2];
	if (h->features >= (h->type == MESSAGE_TENSOR ? FEATURES_COUNT : 1))
		return err_set(err, EPROTO, "a %s message with features %u: %s", message_type_name(h->type),
			       h->features,
			       h->type == MESSAGE_TENSOR ? "0 (fp32), 1 (fp16) and 2 (int8) are known"
							 : "only tensors have them");
	p = get32(p + 4, &h->body);
	p = get32(p, &h->run);
	p = get32(p, &h->ue);
	p = get32(p, &h->task);
	p = get32(p, &h->subtask);
	p = get32(p, &h->batch);
	p = get_time(p, &h->deadline_ns);
	get_time(p, &h->sent_ns);
	body_bounds(h->type, &low, &high);
	if (h->body < low || h->body > high)
		return err_set(err, EPROTO, "a %s message claims a body of %u bytes: %u to %u are allowed",
			       message_type_name(h->type), h->body, low, high);
	return 0;
}

void message_put_request(uint8_t out[MESSAGE_REQUEST_SIZE], const struct message_request *m)
{
	uint8_t *p = put64(out, (uint64_t)m->arrival_ns);
	p = put64(p, m->network_hash);
	p = put_double(p, m->f_min_flops);
	p = put_double(p, m->f_max_flops);
	p = put_double(p, m->kappa);
	put_double(p, m->tx_power_w);
}

int message_get_request(const uint8_t *in, size_t size, struct message_request *m, struct err *err)
{
	if (size != MESSAGE_REQUEST_SIZE)
		return err_set(err, EPROTO, "a request of %zu bytes: %d are right", size,
			       MESSAGE_REQUEST_SIZE);
	const uint8_t *p = get_time(in, &m->arrival_ns);
	p = get64(p, &m->network_hash);
	p = get_double(p, &m->f_min_flops);
	p = get_double(p, &m->f_max_flops);
	p = get_double(p, &m->kappa);
	get_double(p, &m->tx_power_w);
	bool device = m->f_min_flops > 0 && m->f_max_flops >= m->f_min_flops && isfinite(m->f_max_flops);
	if (!device || !(m->kappa >= 0) || !isfinite(m->kappa))
		return err_set(err, EPROTO,
			       "a request with an impossible device: f_min %g, f_max %g, kappa %g",
			       m->f_min_flops, m->f_max_flops, m->kappa);
	if (!(m->tx_power_w >= 0) || !isfinite(m->tx_power_w))
		return err_set(err, EPROTO, "a request with an impossible transmit power: %g W",
			       m->tx_power_w);
	return 0;
}

void message_put_plan(uint8_t out[MESSAGE_PLAN_SIZE], const struct message_plan *m)
{
	uint8_t *p = put32(out, m->cut);
	p = put32(p, m->feasible);
	p = put32(p, m->group);
	p = put32(p, 0);
	p = put_double(p, m->freq_flops);
	p = put64(p, (uint64_t)m->compute_start_ns);
	p = put64(p, (uint64_t)m->compute_end_ns);
	p = put64(p, (uint64_t)m->upload_end_ns);
	p = put64(p, (uint64_t)m->batch_start_ns);
	p = put64(p, (uint64_t)m->batch_end_ns);
	p = put64(p, (uint64_t)m->finish_ns);
	p = put_double(p, m->compute_j);
	put_double(p, m->transmit_j);
}

int message_get_plan(const uint8_t *in, size_t size, struct message_plan *m, struct err *err)
{
	if (size != MESSAGE_PLAN_SIZE)
		return err_set(err, EPROTO, "a plan of %zu bytes: %d are right", size, MESSAGE_PLAN_SIZE);
	const uint8_t *p = get32(in, &m->cut);
	p = get32(p, &m->feasible);
	p = get32(p, &m->group);
	p = get32(p, &m->reserved);
	p = get_double(p, &m->freq_flops);
	p = get_time(p, &m->compute_start_ns);
	p = get_time(p, &m->compute_end_ns);
	p = get_time(p, &m->upload_end_ns);
	p = get_time(p, &m->batch_start_ns);
	p = get_time(p, &m->batch_end_ns);
	p = get_time(p, &m->finish_ns);
	p = get_double(p, &m->compute_j);
	get_double(p, &m->transmit_j);
	if (m->cut > 0 && !(m->freq_flops > 0 && isfinite(m->freq_flops)))
		return err_set(err, EPROTO, "a plan with local work at frequency %g: a positive one is right",
			       m->freq_flops);
	return 0;
}

void message_put_result(uint8_t out[MESSAGE_RESULT_SIZE], const struct message_result *m)
{
	uint8_t *p = put64(out, (uint64_t)m->upload_end_ns);
	p = put64(p, (uint64_t)m->batch_start_ns);
	p = put64(p, (uint64_t)m->batch_end_ns);
	p = put64(p, (uint64_t)m->batch_run_ns);
	p = put32(p, m->largest_batch);
	p = put32(p, m->n_values);
	p = put32(p, m->computed);
	put32(p, 0);
}

int message_get_result(const uint8_t *in, size_t size, struct message_result *m, struct err *err)
{
	if (size < MESSAGE_RESULT_SIZE)
		return err_set(err, EPROTO, "a result of %zu bytes: at least %d are right", size,
			       MESSAGE_RESULT_SIZE);
	const uint8_t *p = get_time(in, &m->upload_end_ns);
	p = get_time(p, &m->batch_start_ns);
	p = get_time(p, &m->batch_end_ns);
	p = get_time(p, &m->batch_run_ns);
	p = get32(p, &m->largest_batch);
	p = get32(p, &m->n_values);
	p = get32(p, &m->computed);
	get32(p, &m->reserved);
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
