// SPDX-License-Identifier: BSD-3-Clause
#include "tools/report/axis_scale_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "setup/topology/topology.h"
#include "tools/report/plots.h"

#define MARGIN 0.04	// of the span, on both sides
#define LOG_RATIO 15	// of the largest value to the smallest
#define MOST_MARKS 12	// of more values gnuplot chooses the marks
#define LABELS_WIDTH 64 // characters of all marks that fit side by side

static void find_span(const struct report_axis *axis, double *low, double *high)
{
	size_t i;
	const json_t *value;
	*low = INFINITY;
	*high = -INFINITY;
	json_array_foreach((json_t *)axis->values, i, value)
	{
		*low = fmin(*low, json_number_value(value));
		*high = fmax(*high, json_number_value(value));
	}
}

// The unit is that which reads best for the largest value: "10 MHz" counts in MHz.
struct axis_scale axis_scale_of(const struct report_axis *axis)
{
	struct axis_scale s = {.factor = 1};
	double low, high;
	char text[48], *end;
	if (!axis->numeric) {
		s.low = -0.4;
		s.high = (double)json_array_size(axis->values) - 0.6;
		return s;
	}
	find_span(axis, &low, &high);
	json_t *largest = json_real(high);
	topology_si_text(axis->path, largest, text, sizeof(text));
	json_decref(largest);
	double printed = strtod(text, &end);
	snprintf(s.unit, sizeof(s.unit), "%s", *end == ' ' ? end + 1 : "");
	s.factor = printed != 0 ? high / printed : 1;
	s.logarithmic = low > 0 && high >= LOG_RATIO * low;
	double room = s.logarithmic ? pow(high / low, MARGIN) : MARGIN * (high - low);
	s.low = (s.logarithmic ? low / room : low - room) / s.factor;
	s.high = (s.logarithmic ? high * room : high + room) / s.factor;
	return s;
}

double axis_place(const struct report_axis *axis, const struct axis_scale *s, const struct group *g)
{
	const json_t *at = json_object_get(g->flat, axis->path), *value;
	size_t i;
	if (axis->numeric)
		return json_number_value(at) / s->factor;
	json_array_foreach((json_t *)axis->values, i, value)
	{
		if (at ? json_equal(value, at) : json_is_null(value))
			break;
	}
	return (double)i;
}

static void write_marks(FILE *script, const struct report_axis *axis, const struct axis_scale *s)
{
	size_t i, width = 0;
	const json_t *value;
	fputs("set xtics (", script);
	json_array_foreach((json_t *)axis->values, i, value)
	{
		char text[48];
		double at = axis->numeric ? json_number_value(value) / s->factor : (double)i;
		if (axis->numeric)
			snprintf(text, sizeof(text), "%.6g", at);
		else
			topology_si_text(axis->path, value, text, sizeof(text));
		width += strlen(text) + 2;
		fputs(i ? ", " : "", script);
		plots_text(script, text);
		fprintf(script, " %.9g", at);
	}
	fprintf(script, ")%s\n", width > LABELS_WIDTH ? " rotate by -35" : "");
}

void axis_write(FILE *script, const struct report_axis *axis, const struct axis_scale *s)
{
	char label[100];
	snprintf(label, sizeof(label), "%s%s%s%s", axis->name, *s->unit ? " (" : "", s->unit,
		 *s->unit ? ")" : "");
	fputs("set xlabel ", script);
	plots_text(script, label);
	fprintf(script, "\n%sset xrange [%.9g:%.9g]\n", s->logarithmic ? "set logscale x\n" : "", s->low,
		s->high);
	if (!axis->numeric || json_array_size(axis->values) <= MOST_MARKS)
		write_marks(script, axis, s);
}
