// SPDX-License-Identifier: BSD-3-Clause
#include "proto/datagram.h"

#include <string.h>

void datagram_put(uint8_t out[DATAGRAM_HEADER_SIZE], const struct datagram *d)
{
	layout_put(&datagram_layout, out, d);
}

bool datagram_get(const uint8_t *in, size_t size, struct datagram *d)
{
	static const uint8_t begin[8] = {'A', 'B', 'T', 'D'}; // and the reserved word
	if (size < DATAGRAM_HEADER_SIZE || memcmp(in, begin, sizeof(begin)) != 0)
		return false;
	layout_get(&datagram_layout, in, d);
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
