// SPDX-License-Identifier: BSD-3-Clause
#include "proto/datagram.h"

#include <string.h>

static void put(uint8_t *out, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		out[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *in, int bytes)
{
	uint64_t value = 0;
	for (int i = bytes; i-- > 0;)
		value = value << 8 | in[i];
	return value;
}

void datagram_put(uint8_t out[DATAGRAM_HEADER_SIZE], const struct datagram *d)
{
	put(out, DATAGRAM_MAGIC, 4);
	put(out + 4, 0, 4);
	put(out + 8, d->run, 4);
	put(out + 12, d->ue, 4);
	put(out + 16, d->sequence, 8);
	put(out + 24, (uint64_t)d->sent_ns, 8);
}

bool datagram_get(const uint8_t *in, size_t size, struct datagram *d)
{
	if (size < DATAGRAM_HEADER_SIZE || get(in, 4) != DATAGRAM_MAGIC || get(in + 4, 4) != 0)
		return false;
	*d = (struct datagram){.run = (uint32_t)get(in + 8, 4),
			       .ue = (uint32_t)get(in + 12, 4),
			       .sequence = get(in + 16, 8),
			       .sent_ns = (int64_t)get(in + 24, 8)};
	return true;
}

void packets_merge(struct packets_record *into, const struct packets_record *part)
{
	into->ue = part->ue;
	if (part->size_bytes)
		into->size_bytes = part->size_bytes;
	into->sent += part->sent;
	if (part->received == 0)
		return;
	uint64_t sent = into->sent;
	uint32_t size = into->size_bytes;
	*into = *part;
	into->sent = sent;
	into->size_bytes = size;
}

void packets_meter_read(const struct packets_meter *m, struct packets_record *out)
{
	out->received = m->received;
	out->first_ns = m->first_ns;
	out->last_ns = m->last_ns;
	out->delay_min_ns = m->delay.min_ns;
	out->delay_max_ns = m->delay.max_ns;
	out->delay_mean_ns = m->received ? (double)m->delay_sum_ns / (double)m->received : 0;
	out->delay_p50_ns = (double)histogram_quantile(&m->delay, .5);
	out->delay_p99_ns = (double)histogram_quantile(&m->delay, .99);
}
