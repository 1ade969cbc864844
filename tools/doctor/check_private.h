// SPDX-License-Identifier: BSD-3-Clause
// One check a function; the table is in checks.c. Private to this room.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

enum doctor_state {
	DOCTOR_OK,
	DOCTOR_NOTE, // nothing wrong; good to know
	DOCTOR_POOR, // runs work, less well
	DOCTOR_FAIL, // `airbatch run` does not work
};

struct finding {
	enum doctor_state state;
	char found[300];
	const char *effect, *remedy; // "" where there is nothing to say; static texts
};

typedef void (*doctor_function)(struct finding *f);

struct doctor_check {
	const char *name; // NULL ends the table
	doctor_function check;
};

extern const struct doctor_check doctor_checks[];

// Fills the finding; effect and remedy are static texts.
void doctor_find(struct finding *f, enum doctor_state state, const char *effect, const char *remedy,
		 const char *format, ...) __attribute__((format(printf, 5, 6)));

// Calls function in a process of its own, so that namespaces it enters and threads it starts end with it.
// Returns its result (0 or a negative errno) and sentence; -EIO when it crashed or took more than 10 s.
int doctor_apart(int (*function)(struct err *err), struct err *err);

// The first line of a file without its line end; false when it cannot be read.
bool doctor_read_line(const char *path, char *line, size_t size);

void check_programs(struct finding *f);
void check_capabilities(struct finding *f);
void check_parts(struct finding *f);
void check_namespaces(struct finding *f);
void check_links(struct finding *f);
void check_testbed(struct finding *f);
void check_netem(struct finding *f);
void check_tbf(struct finding *f);
void check_dpdk(struct finding *f);
void check_hugepages(struct finding *f);
void check_timer_slack(struct finding *f);
void check_clock_source(struct finding *f);
void check_shaper_timer(struct finding *f);
void check_ue_timer(struct finding *f);
void check_edge_timer(struct finding *f);
void check_batches(struct finding *f);
void check_priorities(struct finding *f);
void check_cores(struct finding *f);
void check_isolated(struct finding *f);
void check_governor(struct finding *f);
void check_load(struct finding *f);
void check_virtual(struct finding *f);
void check_libpcap(struct finding *f);
void check_gpu(struct finding *f);
void check_disk(struct finding *f);
void check_limits(struct finding *f);
void check_tools(struct finding *f);
