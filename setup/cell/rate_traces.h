// SPDX-License-Identifier: BSD-3-Clause
// The recorded links of a run's UEs: each file is loaded once, however many UEs follow it.
#pragma once

#include "phy/trace/delivery.h"
#include "phy/trace/link.h"
#include "setup/cell/config.h"

struct rate_traces;

// What a UE follows in one direction; both NULL: the radio. Valid until rate_traces_close.
struct rate_trace {
	const struct delivery_trace *delivery;
	const struct link_trace *link;
};

// Loads what the UEs of config name. 0 with *out (NULL when nobody follows a trace), or a negative errno with
// a sentence that begins with the file and line.
int rate_traces_open(struct rate_traces **out, const struct assembly_config *config, struct err *err);
void rate_traces_close(struct rate_traces *traces); // NULL is allowed

struct rate_trace rate_traces_of(const struct rate_traces *traces, uint32_t ue,
				 int dir); // traces may be NULL
