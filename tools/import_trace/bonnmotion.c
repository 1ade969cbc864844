// SPDX-License-Identifier: BSD-3-Clause
// BonnMotion's native format (.movements, unpacked): a line a node, which is at (x, y) or (x, y, z) at each
// time t: t x y t x y ..
#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "tools/import_trace/importer.h"
#include "tools/import_trace/text.h"

#define FAR_M 1e7

// Do the line's numbers fall into groups of `size` whose first rise? Negative: they are no numbers.
static int fits(const struct text *t, int size, struct err *err)
{
	const char *at = t->row;
	double value, last_s = -INFINITY;
	int n = 0, got;
	bool rises = true;
	while ((got = text_number(t, &at, &value, err)) > 0) {
		if (n++ % size != 0)
			continue;
		rises = rises && value > last_s;
		last_s = value;
	}
	return got < 0 ? got : rises && n % size == 0;
}

// 3 or 4: t and so many coordinates.
static int find_group(struct text *t, int dimensions, int *size, struct err *err)
{
	bool can[2] = {dimensions != 3, dimensions != 2}, any = false;
	while ((can[0] || can[1]) && text_next(t)) {
		any = true;
		for (int i = 0; i < 2; i++) {
			int fit = can[i] ? fits(t, 3 + i, err) : 0;
			if (fit < 0)
				return fit;
			can[i] = can[i] && fit;
		}
	}
	if (!any)
		return text_refuse_file(t, err, "is empty");
	if (!can[0] && !can[1])
		return text_refuse(t, err, "the numbers are no groups of time and place in which time rises");
	if (can[0] && can[1])
		return text_refuse_file(t, err,
					"can be read with two coordinates and with three: say "
					"--dimensions=2 or 3");
	*size = can[0] ? 3 : 4;
	return 0;
}

static int read_line(const struct text *t, int size, struct samples *samples, int node, struct err *err)
{
	const char *at = t->row;
	double time_s, value[SAMPLE_VALUES];
	int got;
	while ((got = text_number(t, &at, &time_s, err)) > 0) {
		value[2] = 0;
		for (int i = 0; i < size - 1 && got > 0; i++) {
			got = text_number(t, &at, &value[i], err);
			if (got > 0 && fabs(value[i]) > FAR_M)
				return text_refuse(t, err, "%g m is beyond %g m", value[i], FAR_M);
		}
		if (got <= 0)
			return got;
		if (!(fabs(time_s) <= SAMPLES_MOST_S))
			return text_refuse(t, err, "the time %g s is out of range", time_s);
		int rc = samples_add(samples, node, s_to_ns(time_s), value, err);
		if (rc < 0)
			return rc;
	}
	return got;
}

int import_bonnmotion(struct samples *samples, enum sample_kind *kind, const char *path,
		      const struct import_options *o, struct err *err)
{
	struct text t;
	int size = 0;
	*kind = SAMPLES_PLACE;
	int rc = text_open(&t, path, "a line a node: t x y t x y .., or with z, in seconds and metres", err);
	if (rc < 0)
		return rc;
	rc = find_group(&t, o->dimensions, &size, err);
	text_rewind(&t);
	for (int line = 0; rc == 0 && text_next(&t); line++) {
		char name[32];
		snprintf(name, sizeof(name), "%d", line);
		int node = samples_node(samples, name, err);
		rc = node < 0 ? node : read_line(&t, size, samples, node, err);
	}
	text_close(&t);
	return rc;
}
