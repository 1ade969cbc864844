// SPDX-License-Identifier: BSD-3-Clause
// Traces: mahimahi's deliveries, TheaterQ's links, gains, waypoints. Each input goes to all four loaders, and
// what is loaded is looked at before, within and after its time.
#include "fuzz.h"
#include "base/clock.h"
#include "phy/trace/delivery.h"
#include "phy/trace/gain.h"
#include "phy/trace/link.h"
#include "phy/trace/waypoint.h"

static const int64_t instants_ns[] = {0, 1, 1000000000, 3600000000000, INT64_MAX / 4};
enum { N_INSTANTS = sizeof(instants_ns) / sizeof(instants_ns[0]) };

static const char *const names[] = {"ue1", "ue2"};
static const struct series_ues ues = {2, names};

static void run_delivery(const char *path, const struct trace_time *time)
{
	struct delivery_trace d;
	struct err err;
	if (delivery_trace_load(&d, path, time, &err) < 0)
		return;
	delivery_trace_bps(&d);
	for (int i = 0; i < N_INSTANTS; i++) {
		delivery_trace_ns(&d, delivery_trace_count(&d, instants_ns[i]));
		delivery_trace_recent_bps(&d, instants_ns[i]);
	}
	delivery_trace_free(&d);
}

static void run_link(const char *path, const struct trace_time *time)
{
	struct link_trace l;
	struct err err;
	if (link_trace_load(&l, path, time, &err) < 0)
		return;
	link_trace_most_bps(&l);
	link_trace_most_way_ns(&l);
	for (int i = 0; i < N_INSTANTS; i++)
		link_trace_at(&l, instants_ns[i], NULL);
	link_trace_before(&l);
	link_trace_free(&l);
}

static void run_series(const char *path, const struct trace_time *time)
{
	struct gain_trace g;
	struct waypoint_trace w;
	struct err err;
	double way_m;
	if (gain_trace_load(&g, path, &ues, time, &err) == 0) {
		for (int i = 0; i < N_INSTANTS; i++)
			gain_trace_db(&g, 1, instants_ns[i]);
		gain_trace_free(&g);
	}
	if (waypoint_trace_load(&w, path, &ues, time, &err) == 0) {
		for (int i = 0; i < N_INSTANTS; i++)
			waypoint_trace_at(&w, 1, instants_ns[i], &way_m);
		waypoint_trace_free(&w);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	for (int end = TRACE_HOLD; end <= TRACE_STOP; end++)
		for (int64_t start_ns = 0; start_ns <= NS_PER_S; start_ns += NS_PER_S / 2) {
			const struct trace_time time = {.end = (enum trace_end)end, .start_ns = start_ns};
			run_delivery(path, &time);
			run_link(path, &time);
			run_series(path, &time);
		}
	return 0;
}
