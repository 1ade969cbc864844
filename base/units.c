// SPDX-License-Identifier: BSD-3-Clause
#include "base/units.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdbool.h>
#include <string.h>

struct suffix {
	const char *text;
	double factor;
};

struct unit_row {
	const char *what;    // for help and errors
	const char *example; // what would be right
	struct suffix suffixes[11];
	int print_from; // first suffix that unit_format uses; suffixes from there on ascend by factor
	int print_to;
};

static const struct unit_row rows[] = {
    [UNIT_NONE] = {"a number", "4", {{"", 1}}, 0, 0},
    [UNIT_S] = {"a time (ns, us, ms, s, min)",
		"50ms",
		{{"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"min", 60}},
		0,
		3},
    [UNIT_HZ] = {"a bandwidth (Hz, kHz, MHz, GHz)",
		 "1MHz",
		 {{"Hz", 1}, {"kHz", 1e3}, {"MHz", 1e6}, {"GHz", 1e9}},
		 0,
		 3},
    [UNIT_BPS] = {"a rate (bit/s, kbit/s, Mbit/s, Gbit/s)",
		  "10Mbit/s",
		  {{"bit/s", 1},
		   {"kbit/s", 1e3},
		   {"Mbit/s", 1e6},
		   {"Gbit/s", 1e9},
		   {"bps", 1},
		   {"kbps", 1e3},
		   {"Mbps", 1e6},
		   {"Gbps", 1e9}},
		  0,
		  3},
    [UNIT_BYTE] = {"a size (B, kB, MB, GB, KiB, MiB, GiB)",
		   "1MiB",
		   {{"B", 1},
		    {"KiB", 1024},
		    {"MiB", 1048576},
		    {"GiB", 1073741824.},
		    {"kB", 1e3},
		    {"MB", 1e6},
		    {"GB", 1e9}},
		   0,
		   3},
    [UNIT_M] =
	{"a distance (mm, cm, m, km)", "50m", {{"mm", 1e-3}, {"cm", 1e-2}, {"m", 1}, {"km", 1e3}}, 2, 3},
    [UNIT_MPS] = {"a speed (m/s, km/h)", "3km/h", {{"m/s", 1}, {"km/h", 1 / 3.6}}, 0, 0},
    [UNIT_W] =
	{"a power (dBm, uW, mW, W)", "23dBm", {{"uW", 1e-6}, {"mW", 1e-3}, {"W", 1}, {"dBm", 0}}, 0, 2},
    [UNIT_J] =
	{"an energy (uJ, mJ, J, kJ)", "5mJ", {{"uJ", 1e-6}, {"mJ", 1e-3}, {"J", 1}, {"kJ", 1e3}}, 0, 3},
    [UNIT_DB] = {"a gain or loss (dB)", "-95dB", {{"dB", 1}}, 0, 0},
    [UNIT_DBM_HZ] = {"a power density (dBm/Hz)", "-174dBm/Hz", {{"dBm/Hz", 1}}, 0, 0},
    [UNIT_FLOPS] = {"a speed (MFLOP/s, GFLOP/s, TFLOP/s)",
		    "20GFLOP/s",
		    {{"MFLOP/s", 1e6}, {"GFLOP/s", 1e9}, {"TFLOP/s", 1e12}},
		    0,
		    2},
    [UNIT_RATIO] = {"a ratio (a number from 0 to 1, or %)", "5%", {{"%", 1e-2}, {"", 1}}, 1, 1},
};

const char *unit_describe(enum unit unit)
{
	return rows[unit].what;
}

int unit_parse(const char *text, enum unit unit, double *out, struct err *err)
{
	const struct unit_row *row = &rows[unit];
	char *end = NULL;
	errno = 0;
	double number = strtod(text, &end);
	// strtod also reads "nan", "inf" and hexadecimal: none of them is a quantity.
	bool digits = end != text && !memchr(text, 'x', (size_t)(end - text)) &&
		      !memchr(text, 'X', (size_t)(end - text));
	if (!digits || !isfinite(number))
		return err_set(err, EINVAL, "'%s' is not %s: write it as %s", text, row->what, row->example);
	if (*end == ',' && isdigit((unsigned char)end[1]))
		return err_set(err, EINVAL, "'%s' has a decimal comma: write a point, %.*s.%s", text,
			       (int)(end - text), text, end + 1);
	while (*end == ' ')
		end++;
	for (const struct suffix *s = row->suffixes; s->text; s++) {
		if (strcmp(end, s->text) != 0)
			continue;
		*out = s->factor > 0 ? number * s->factor
				     : pow(10, (number - 30) / 10); // dBm is the one logarithmic unit
		return 0;
	}
	if (*end == '\0')
		return err_set(err, EINVAL, "'%s' has no unit: write %s such as %s", text, row->what,
			       row->example);
	return err_set(err, EINVAL, "'%s' has the unit '%s': write %s such as %s", text, end, row->what,
		       row->example);
}

char *unit_format(double value, enum unit unit, char *buf, size_t size)
{
	const struct unit_row *row = &rows[unit];
	const struct suffix *best = &row->suffixes[row->print_from];
	for (int i = row->print_from; i <= row->print_to; i++)
		if (fabs(value) >= row->suffixes[i].factor)
			best = &row->suffixes[i];
	if (value == 0 && unit == UNIT_S)
		best = &row->suffixes[3];
	snprintf(buf, size, "%.6g%s%s", value / best->factor, *best->text ? " " : "", best->text);
	return buf;
}
