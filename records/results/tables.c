// SPDX-License-Identifier: BSD-3-Clause
#include "records/results/tables.h"

#include <math.h>

#include "base/clock.h"
#include "phy/energy.h"
#include "setup/radio.h"

#define BOTH_WAYS(name, unit, doc)                                                                           \
	{"up_" name, unit, doc ", UE to edge"},                                                              \
	{                                                                                                    \
		"down_" name, unit, "the same, edge to UE"                                                   \
	}

const struct column link_columns[] = {
    {"time_ms", "ms", "after model time 0"},
    {"ue", "", "UE, from 1"},
    {"gain_db", "dB", "channel gain"},
    {"snr_db", "dB", "uplink signal to noise over the band that the rate is for"},
    {"bandwidth_hz", "Hz", "uplink: the UE's own band; in a shared one the part it is served with just now"},
    BOTH_WAYS("bps", "bit/s", "rate over its own band, or over the whole shared one"),
    BOTH_WAYS("queue_bytes", "byte", "in the sender's queue now"),
    BOTH_WAYS("bytes", "byte", "sent since the start"),
    BOTH_WAYS("packets", "", "packets sent since the start"),
    BOTH_WAYS("drops", "", "packets refused by a full queue or dropped by CoDel since the start"),
    BOTH_WAYS("airtime_ms", "ms", "airtime used since the start"),
    BOTH_WAYS("lost", "", "packets lost on the air since the start"),
    BOTH_WAYS("delay_ms", "ms", "fixed delay of the link now"),
    {0},
};

int link_csv_header(FILE *f)
{
	return columns_csv_header(f, link_columns);
}

#define PAIR(field) (unsigned long long)r->field[LINK_UP], (unsigned long long)r->field[LINK_DOWN]

int link_csv_row(FILE *f, const struct link_record *r, int64_t epoch_ns)
{
	return fprintf(f,
		       "%.6f,%u,%.3f,%.3f,%.0f,%.3f,%.3f,%llu,%llu,%llu,%llu,%llu,%llu,%llu,%llu,%.6f,%.6f,%"
		       "llu,%llu,%.6f,%.6f\n",
		       (double)(r->t_ns - epoch_ns) / 1e6, r->ue + 1, r->gain_db, r->snr_db, r->bandwidth_hz,
		       r->rate_bps[LINK_UP], r->rate_bps[LINK_DOWN], PAIR(queue_bytes), PAIR(bytes),
		       PAIR(packets), PAIR(drops), (double)r->airtime_ns[LINK_UP] / 1e6,
		       (double)r->airtime_ns[LINK_DOWN] / 1e6, PAIR(lost), (double)r->delay_ns[LINK_UP] / 1e6,
		       (double)r->delay_ns[LINK_DOWN] / 1e6);
}

static json_t *delay_json(const struct delay_error *d)
{
	return json_pack("{s:I, s:f, s:f, s:f, s:f, s:f}", "packets", (json_int_t)d->count, "p50_us",
			 (double)d->p50_ns / 1e3, "p99_us", (double)d->p99_ns / 1e3, "p999_us",
			 (double)d->p999_ns / 1e3, "max_us", (double)d->max_ns / 1e3, "mean_us",
			 d->mean_ns / 1e3);
}

json_t *accuracy_json(const struct accuracy_record *a)
{
	if (!a)
		return json_null();
	json_t *filtered = json_object();
	for (int i = 0; i < FILTER_REASONS; i++)
		if (a->filtered[i])
			json_object_set_new(filtered, filter_name((enum filter_reason)i),
					    json_integer((json_int_t)a->filtered[i]));
	return json_pack(
	    "{s:s, s:f, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:f, s:f, s:f, s:f, s:b}",
	    "loop", a->busy_poll ? "poll" : "ppoll", "seconds", ns_to_s(a->t_ns - a->since_ns),
	    "delay_error_uplink", delay_json(&a->delay[ACCURACY_UP]), "delay_error_downlink",
	    delay_json(&a->delay[ACCURACY_DOWN]), "delay_error", delay_json(&a->delay[ACCURACY_ALL]),
	    "late_polls", (json_int_t)a->late_polls, "overruns", (json_int_t)a->overruns, "rx_ring_drops",
	    (json_int_t)a->rx_ring_drops, "tx_retries", (json_int_t)a->tx_retries, "tx_failures",
	    (json_int_t)a->tx_failures, "filtered", filtered, "capture_packets",
	    (json_int_t)a->capture_packets, "capture_drops", (json_int_t)a->capture_drops, "cpu_share",
	    a->cpu_share, "busy_share", a->busy_share, "spin_share", a->spin_share, "lead_us",
	    (double)a->lead_ns / 1e3, "high_priority", a->nice_ok);
}

json_t *radio_energy_json(const struct topology_ue *ue, int number, const struct link_record *first,
			  const struct link_record *last)
{
	const struct radio_energy energy = {.receive_w = ue->radio.receive_w, .idle_w = ue->radio.idle_w};
	double span_s = ns_to_s(last->t_ns - first->t_ns);
	double up_s = ns_to_s(last->airtime_ns[LINK_UP] - first->airtime_ns[LINK_UP]);
	double down_s = ns_to_s(last->airtime_ns[LINK_DOWN] - first->airtime_ns[LINK_DOWN]);
	double transmit_j = sending_power_w(ue) * up_s, receive_j = radio_receive_j(&energy, down_s);
	double idle_j = radio_idle_j(&energy, fmax(0, span_s - up_s - down_s));
	return json_pack("{s:i, s:f, s:f, s:f, s:f, s:f}", "ue", number, "span_s", span_s, "transmit_j",
			 transmit_j, "receive_j", receive_j, "idle_j", idle_j, "total_j",
			 transmit_j + receive_j + idle_j);
}

uint64_t accuracy_packets(const struct accuracy_record *a)
{
	return a->delay[ACCURACY_ALL].count;
}

uint64_t accuracy_lost(const struct accuracy_record *a)
{
	return a->rx_ring_drops + a->tx_failures + a->filtered[FILTER_TRUNCATED] +
	       a->filtered[FILTER_NO_BUFFER];
}
