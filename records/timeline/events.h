// SPDX-License-Identifier: BSD-3-Clause
// The Trace Event Format of chrome://tracing and Perfetto ("Trace Event Format", Google, JSON object format):
// one event a line, written as it comes; no event is kept. Times are handed in as nanoseconds after the
// trace's zero and written as microseconds with three decimals, exact below 100 days.
#pragma once

#include <stdint.h>
#include <stdio.h>

// Where an event is drawn: a process groups tracks, a thread is a track.
struct track {
	uint32_t process, thread;
};

struct events {
	FILE *file;
	int64_t zero_ns; // subtracted from every time
	uint64_t n;	 // events written
};

// Opens the object; source (who wrote it) is shown by viewers.
void events_open(struct events *e, FILE *file, const char *source);
// Ends the object; the caller closes the file and sees whether it was written.
void events_close(struct events *e);

// Names a process (and its place from the top) or a track in it.
void events_name_process(struct events *e, uint32_t process, const char *name);
void events_name_track(struct events *e, struct track track, const char *name);

// A slice from start to end. args: members of a JSON object without its braces, as printf makes them ("" =
// none).
__attribute__((format(printf, 6, 7))) void events_slice(struct events *e, struct track track,
							const char *name, int64_t start_ns, int64_t end_ns,
							const char *args, ...);

// A slice that may overlap others of its track: viewers draw each id on a line of its own.
__attribute__((format(printf, 7, 8))) void events_async(struct events *e, struct track track,
							const char *name, uint64_t id, int64_t start_ns,
							int64_t end_ns, const char *args, ...);

// A mark.
__attribute__((format(printf, 5, 6))) void
events_instant(struct events *e, struct track track, const char *name, int64_t at_ns, const char *args, ...);

// The new values of a counter: one curve a member of args.
__attribute__((format(printf, 5, 6))) void
events_counter(struct events *e, uint32_t process, const char *name, int64_t at_ns, const char *args, ...);

// An arrow through the slices that contain these points, in the order of their times.
enum flow_point { FLOW_BEGIN, FLOW_STEP, FLOW_END };
void events_flow(struct events *e, enum flow_point point, struct track track, uint64_t id, int64_t at_ns);
