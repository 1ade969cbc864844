// SPDX-License-Identifier: BSD-3-Clause
#include "emu/shaper/record.h"

#include "phy/decibel.h"

void link_record_read(struct link_record *record, struct cell *cell, uint32_t ue, int64_t now)
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
		struct goodput expected;
		cell_expect(cell, ue, (enum link_dir)dir, LINK_RECORD_FRAME_BYTES, now, &expected);
		record->delay_ns[dir] = radio.delay_ns;
		record->goodput_bps[dir] = expected.bps;
		record->way_s[dir] = dir == LINK_UP ? expected.stream_late_s : expected.lone_late_s;
	}
}
