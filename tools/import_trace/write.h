// SPDX-License-Identifier: BSD-3-Clause
// Samples as trace files (phy/trace/). Their node i is ue(i + 1).
#pragma once

#include <stdio.h>
#include "tools/import_trace/importer.h"

enum trace_form { FORM_LINK, FORM_DELIVERY, FORM_GAIN, FORM_WAYPOINTS };

struct trace_output {
	enum trace_form form;
	int64_t start_ns;   // the samples' time that is the file's 0: none is before
	int64_t latency_ns; // link: of every row
	double x_m, y_m;    // waypoints: the base station's place, from which those of the file count
};

struct trace_written {
	size_t rows;
	double length_s;
	double mean_bps; // of rates
};

// Writes sorted samples. 0 with *written, or -EINVAL with a sentence where the form cannot hold them; what
// the file could not take is left to ferror.
int trace_write(FILE *out, const struct samples *s, enum sample_kind kind, const struct trace_output *o,
		struct trace_written *written, struct err *err);
