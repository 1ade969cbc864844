// SPDX-License-Identifier: BSD-3-Clause
// Pensieve's cooked traces (Mao, Netravali, Alizadeh, SIGCOMM 2017): lines of seconds and Mbit/s. In its
// environment (sim/env.py) a line's rate holds for the time since the line before, so the first line's rate
// is not used.
#include <math.h>

#include "base/clock.h"
#include "tools/import_trace/importer.h"
#include "tools/import_trace/text.h"

static int read_line(const struct text *t, double *time_s, double *mbps, struct err *err)
{
	const char *at = t->row;
	double more;
	int got = text_number(t, &at, time_s, err);
	got = got <= 0 ? got : text_number(t, &at, mbps, err);
	int rest = got <= 0 ? got : text_number(t, &at, &more, err);
	if (got < 0 || rest < 0)
		return got < 0 ? got : rest;
	if (got == 0 || rest > 0)
		return text_refuse(t, err, "'%.60s' is not two numbers", t->row);
	if (!(fabs(*time_s) <= SAMPLES_MOST_S) || !(*mbps >= 0 && *mbps <= 1e12))
		return text_refuse(t, err, "%g s or %g Mbit/s is out of range", *time_s, *mbps);
	return 0;
}

int import_pensieve(struct samples *samples, enum sample_kind *kind, const char *path,
		    const struct import_options *o, struct err *err)
{
	(void)o;
	struct text t;
	*kind = SAMPLES_RATE_UNTIL;
	int rc = text_open(&t, path, "lines of seconds and Mbit/s, with blanks between them", err);
	if (rc < 0)
		return rc;
	int node = samples_node(samples, t.path, err);
	double last_s = -INFINITY, time_s, value[SAMPLE_VALUES] = {0};
	for (rc = node < 0 ? node : 0; rc == 0 && text_next(&t);) {
		rc = read_line(&t, &time_s, &value[0], err);
		if (rc == 0 && time_s <= last_s)
			rc =
			    text_refuse(&t, err, "time goes from %g s to %g s: it must rise", last_s, time_s);
		last_s = time_s;
		value[0] *= 1e6;
		rc = rc < 0 ? rc : samples_add(samples, node, s_to_ns(time_s), value, err);
	}
	text_close(&t);
	return rc;
}
