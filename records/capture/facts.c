// SPDX-License-Identifier: BSD-3-Clause
#include "records/capture/facts.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/units.h"

// The band is shared in time or in hertz: a packet that took longer than it would over the whole of it had
// less.
static double granted_hz(const struct link_packet *packet, const struct cell_radio *radio)
{
	double air_ns = (double)(packet->end_ns - packet->start_ns);
	double alone_ns =
	    radio->rate_bps > 0 ? 8e9 * packet->bytes * packet->transmissions / radio->rate_bps : 0;
	// Both instants are rounded to the nanosecond.
	return air_ns > alone_ns + 2 ? radio->band_hz * alone_ns / air_ns : radio->band_hz;
}

struct capture_facts capture_facts_of(const struct link_packet *packet, const struct cell_radio *radio)
{
	static const uint8_t fates[] = {
	    [LINK_DELIVERED] = CAPTURE_DELIVERED, [LINK_LOST] = CAPTURE_LOST, [LINK_DROPPED] = CAPTURE_CODEL};
	return (struct capture_facts){.fate = fates[packet->fate],
				      .transmissions = packet->transmissions,
				      .queue_ns = packet->start_ns - packet->enqueued_ns,
				      .air_ns = packet->end_ns - packet->start_ns,
				      .gain_db = (float)radio->gain_db,
				      .snr_db = (float)(10 * log10(radio->snr)),
				      .band_hz = (float)granted_hz(packet, radio)};
}

struct capture_facts capture_facts_of_refused(const struct cell_radio *radio)
{
	return (struct capture_facts){.fate = CAPTURE_QUEUE_FULL,
				      .gain_db = (float)radio->gain_db,
				      .snr_db = (float)(10 * log10(radio->snr))};
}

static const char *fate_text(const struct capture_facts *facts)
{
	switch ((enum capture_fate)facts->fate) {
	case CAPTURE_LOST:
		return "lost on the air: ";
	case CAPTURE_CODEL:
		return "dropped by CoDel: ";
	case CAPTURE_QUEUE_FULL:
		return "dropped, the queue is full: ";
	case CAPTURE_REFUSED:
	case CAPTURE_PASSED:
	case CAPTURE_DELIVERED:
		break;
	}
	return "";
}

// Appends, never beyond the end.
static __attribute__((format(printf, 4, 5))) size_t add(char *text, size_t size, size_t length,
							const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int n = vsnprintf(text + length, size - length, format, arguments);
	va_end(arguments);
	return n < 0 ? length : (size_t)n < size - length ? length + (size_t)n : size - 1;
}

size_t capture_comment(const struct capture_facts *facts, char *text, size_t size)
{
	char band[32];
	text[0] = '\0';
	if (facts->fate == CAPTURE_PASSED)
		return 0;
	if (facts->fate == CAPTURE_REFUSED)
		return add(text, size, 0, "refused: %s", facts->reason);
	size_t n = add(text, size, 0, "%sgain %.1f dB, SNR %.1f dB", fate_text(facts), (double)facts->gain_db,
		       (double)facts->snr_db);
	if (facts->fate == CAPTURE_QUEUE_FULL)
		return n;
	if (facts->fate != CAPTURE_CODEL && facts->band_hz > 0)
		n = add(text, size, n, ", granted %s",
			unit_format((double)facts->band_hz, UNIT_HZ, band, sizeof(band)));
	n = add(text, size, n, ", queued %.6f ms", (double)facts->queue_ns / 1e6);
	if (facts->fate != CAPTURE_CODEL)
		n = add(text, size, n, ", on the air %.6f ms", (double)facts->air_ns / 1e6);
	return facts->transmissions > 1 ? add(text, size, n, ", %u transmissions", facts->transmissions) : n;
}
