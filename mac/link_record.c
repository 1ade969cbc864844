// SPDX-License-Identifier: BSD-3-Clause
#include "mac/link_record.h"

#include "base/clock.h"
#include "phy/decibel.h"

void link_record_read(struct link_record *record, struct cell *cell, uint32_t ue, int64_t now,
		      struct impairment_config impairments[LINK_DIRS])
{
	*record = (struct link_record){.t_ns = now, .ue = ue};
	for (int dir = 0; dir < LINK_DIRS; dir++) {
		struct link_counters values;
		struct cell_radio radio;
		cell_read_counters(cell, ue, (enum link_dir)dir, now, &values);
		if (cell_read_radio(cell, ue, (enum link_dir)dir, now, &radio) < 0)
			return;
		if (dir == LINK_UP) {
			record->gain_db = radio.gain_db;
			record->snr_db = linear_to_db(radio.snr);
			record->bandwidth_hz = radio.hertz;
		}
		record->rate_bps[dir] = radio.rate_bps;
		record->queue_bytes[dir] = values.queue_bytes;
		record->bytes[dir] = values.bytes;
		record->packets[dir] = values.packets;
		record->drops[dir] = values.drops;
		record->lost[dir] = values.lost_packets;
		record->airtime_ns[dir] = values.airtime_ns;
		record->delay_ns[dir] = radio.delay_ns;
		impairments[dir] = *cell_impairment(cell, ue, (enum link_dir)dir);
	}
}

void link_record_expect(struct link_record *record, const struct impairment_config impairments[LINK_DIRS])
{
	for (int dir = 0; dir < LINK_DIRS; dir++) {
		struct goodput g =
		    goodput_of(&impairments[dir], record->rate_bps[dir], 8. * LINK_RECORD_FRAME_BYTES);
		record->goodput_bps[dir] = g.bps;
		record->way_s[dir] =
		    ns_to_s(record->delay_ns[dir]) + (dir == LINK_UP ? g.stream_late_s : g.lone_late_s);
	}
}
