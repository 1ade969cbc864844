// SPDX-License-Identifier: BSD-3-Clause
#include "tools/import_trace/command.h"

#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/units.h"
#include "phy/decibel.h"
#include "tools/import_trace/convert.h"

enum { FAILED = 1, WRONG_INPUT = 2 }; // exit status
enum { MOST_INPUTS = 1000 };

enum key {
	KEY_TO = 256,
	KEY_TIME,
	KEY_DATE,
	KEY_TIME_UNIT,
	KEY_RATE,
	KEY_RATE_UNIT,
	KEY_GAIN,
	KEY_LOSS,
	KEY_RSRP,
	KEY_REFERENCE,
	KEY_UE,
	KEY_SEPARATOR,
	KEY_NODES,
	KEY_UES,
	KEY_START,
	KEY_LATENCY,
	KEY_ORIGIN,
	KEY_DIMENSIONS,
	KEY_MEAN_GAIN,
	KEY_LENGTH,
	KEY_BLOCKS,
	KEY_OVERWRITE,
};

static const struct argp_option command_options[] = {
    {"from", 'f', "FORMAT", 0, "what the file is: csv, pensieve, bonnmotion, ns2, sumo or fad", 0},
    {"out", 'o', "FILE", 0, "write the trace here (default: standard output)", 0},
    {"overwrite", KEY_OVERWRITE, NULL, 0, "replace a file that is there", 0},
    {"to", KEY_TO, "FORM", 0,
     "of rates: link (the default), a CSV of rate over time; or delivery, mahimahi's", 0},
    {"start", KEY_START, "TIME", 0,
     "the file's time that becomes 0, in the file's notation (default: its first)", 0},
    {"nodes", KEY_NODES, "NAME[,NAME...]", 0,
     "which nodes become ue1, ue2, ...: vehicles, lines, values of --ue (default: all, as they appear)", 0},
    {"ues", KEY_UES, "N", 0, "only the first N of them; fad: how many UEs get a part of the trace", 0},
    {"latency", KEY_LATENCY, "TIME", 0, "of a link trace, which stands in place of cell.delay (default: 0s)",
     0},
    {"origin", KEY_ORIGIN, "X,Y", 0, "where the base station is in the file's metres (default: 0,0)", 0},
    {"time", KEY_TIME, "COLUMN", 0,
     "csv: by name, or #N; numbers (see --time-unit), times of the day, dates with times", 0},
    {"date", KEY_DATE, "COLUMN", 0, "csv: the date, where it does not stand in the time column", 0},
    {"time-unit", KEY_TIME_UNIT, "UNIT", 0,
     "csv: of a time that is a number: s (the default), ms, us, ns, min", 0},
    {"rate", KEY_RATE, "COLUMN", 0, "csv: throughput; holds from its row's time until the next row", 0},
    {"rate-unit", KEY_RATE_UNIT, "UNIT", 0,
     "csv: bit/s, kbit/s, Mbit/s, Gbit/s, B/s, kB/s, MB/s; or B, kB, MB: what came since the row before", 0},
    {"gain", KEY_GAIN, "COLUMN", 0, "csv: channel gain in dB, at most 0", 0},
    {"loss", KEY_LOSS, "COLUMN", 0, "csv: path loss in dB: the gain is its negative", 0},
    {"rsrp", KEY_RSRP, "COLUMN", 0,
     "csv: received power of a resource element in dBm; needs --reference-power", 0},
    {"reference-power", KEY_REFERENCE, "POWER", 0,
     "csv: what the base station sends in a resource element, such as 15dBm: the gain is RSRP minus this", 0},
    {"ue", KEY_UE, "COLUMN", 0, "csv: whose row it is (default: a file is one UE's)", 0},
    {"separator", KEY_SEPARATOR, "CHARACTER", 0,
     "csv: between columns; also 'tab', 'blank' (default: as the first row has it)", 0},
    {"dimensions", KEY_DIMENSIONS, "N", 0, "bonnmotion: 2 or 3 coordinates (default: as the numbers say)", 0},
    {"mean-gain", KEY_MEAN_GAIN, "GAIN", 0, "fad: around which it fades, such as -90dB", 0},
    {"length", KEY_LENGTH, "TIME", 0, "fad: of the file, ns-3's TraceLength (default: 1 ms a sample)", 0},
    {"blocks", KEY_BLOCKS, "N", 0, "fad: resource blocks, ns-3's RbNum (default: one a line)", 0},
    {0},
};

struct arguments {
	const struct importer *from;
	const char *inputs[MOST_INPUTS];
	int n_inputs;
	bool reference_given, mean_given, unit_given;
	struct import_options o;
	struct conversion to;
};

// ---- options

static double quantity(struct argp_state *state, const char *option, const char *text, enum unit unit)
{
	double value = 0;
	struct err err;
	if (unit_parse(text, unit, &value, &err) < 0)
		argp_error(state, "--%s: %s", option, err.text);
	return value;
}

static int count(struct argp_state *state, const char *option, const char *text, int low, int high)
{
	char *end;
	long value = strtol(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || value < low || value > high)
		argp_error(state, "--%s is '%s': must be a whole number from %d to %d", option, text, low,
			   high);
	return (int)value;
}

// "Mbit/s", "kB/s", or an amount such as "kB": by what airbatch's units say of 1 of it.
static void set_rate_unit(struct import_options *o, struct argp_state *state, const char *text)
{
	char one[32], bytes[32];
	snprintf(one, sizeof(one), "1%.20s", text);
	snprintf(bytes, sizeof(bytes), "%s", one);
	char *per_second = strstr(bytes, "/s");
	if (per_second && per_second[2] == '\0')
		*per_second = '\0';
	o->amount = false;
	if (unit_parse(one, UNIT_BPS, &o->rate_unit_bits, NULL) == 0)
		return;
	if (unit_parse(bytes, UNIT_BYTE, &o->rate_unit_bits, NULL) < 0)
		argp_error(state,
			   "--rate-unit is '%s': must be bit/s, kbit/s, Mbit/s, Gbit/s, B/s, kB/s, MB/s, B, "
			   "kB or MB",
			   text);
	o->rate_unit_bits *= 8;
	o->amount = !per_second;
}

static double time_unit_s(struct argp_state *state, const char *text)
{
	char one[32];
	snprintf(one, sizeof(one), "1%.20s", text);
	return quantity(state, "time-unit", one, UNIT_S);
}

static char separator(struct argp_state *state, const char *text)
{
	if (strcmp(text, "tab") == 0)
		return '\t';
	if (strcmp(text, "blank") == 0)
		return ' ';
	if (strlen(text) != 1)
		argp_error(state, "--separator is '%s': must be one character, 'tab' or 'blank'", text);
	return text[0];
}

static void set_from(struct arguments *a, struct argp_state *state, const char *name)
{
	a->from = importer_find(name);
	if (!a->from)
		argp_error(state, "--from is '%s': must be csv, pensieve, bonnmotion, ns2, sumo or fad",
			   name);
}

static void set_to(struct arguments *a, struct argp_state *state, const char *name)
{
	a->to.to_given = true;
	a->to.output.form = strcmp(name, "delivery") == 0 ? FORM_DELIVERY : FORM_LINK;
	if (a->to.output.form == FORM_LINK && strcmp(name, "link") != 0)
		argp_error(state, "--to is '%s': must be link or delivery", name);
}

static void set_origin(struct trace_output *o, struct argp_state *state, const char *text)
{
	int used = 0;
	if (sscanf(text, "%lf,%lf%n", &o->x_m, &o->y_m, &used) != 2 || text[used] || !(fabs(o->x_m) <= 1e7) ||
	    !(fabs(o->y_m) <= 1e7))
		argp_error(state, "--origin is '%s': must be two numbers of metres, such as 500,250", text);
}

static error_t parse_column(struct import_options *o, int key, const char *value)
{
	const char **columns[] = {&o->time, &o->date, &o->rate, &o->gain, &o->loss, &o->rsrp, &o->ue};
	static const int keys[] = {KEY_TIME, KEY_DATE, KEY_RATE, KEY_GAIN, KEY_LOSS, KEY_RSRP, KEY_UE};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i] == key) {
			*columns[i] = value;
			return 0;
		}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_format(struct arguments *a, int key, char *value, struct argp_state *state)
{
	switch (key) {
	case KEY_TIME_UNIT:
		a->o.time_unit_s = time_unit_s(state, value);
		return 0;
	case KEY_RATE_UNIT:
		a->unit_given = true;
		set_rate_unit(&a->o, state, value);
		return 0;
	case KEY_REFERENCE:
		a->reference_given = true;
		a->o.reference_power_dbm = w_to_dbm(quantity(state, "reference-power", value, UNIT_W));
		return 0;
	case KEY_SEPARATOR:
		a->o.separator = separator(state, value);
		return 0;
	case KEY_DIMENSIONS:
		a->o.dimensions = count(state, "dimensions", value, 2, 3);
		return 0;
	case KEY_MEAN_GAIN:
		a->mean_given = true;
		a->o.mean_gain_db = quantity(state, "mean-gain", value, UNIT_DB);
		return 0;
	case KEY_LENGTH:
		a->o.length_s = quantity(state, "length", value, UNIT_S);
		if (!(a->o.length_s > 0 && a->o.length_s <= SAMPLES_MOST_S))
			argp_error(state, "--length is %s: must be above 0s", value);
		return 0;
	case KEY_BLOCKS:
		a->o.blocks = count(state, "blocks", value, 1, 100000);
		return 0;
	default:
		return parse_column(&a->o, key, value);
	}
}

static void add_input(struct arguments *a, struct argp_state *state, const char *path)
{
	if (a->n_inputs == MOST_INPUTS)
		argp_error(state, "more than %d files", MOST_INPUTS);
	a->inputs[a->n_inputs++] = path;
}

static void check_csv(const struct arguments *a, struct argp_state *state)
{
	const struct import_options *o = &a->o;
	int values = !!o->rate + !!o->gain + !!o->loss + !!o->rsrp;
	if (!o->time || values != 1)
		argp_error(state, "--from csv needs --time and one of --rate, --gain, --loss and --rsrp");
	if (o->rate && !a->unit_given)
		argp_error(state, "--rate needs --rate-unit: Mbit/s, kbit/s, MB/s, ...");
	if (o->rsrp && !a->reference_given)
		argp_error(
		    state,
		    "--rsrp needs --reference-power, such as 15dBm: what is sent in a resource element");
}

static void check(struct arguments *a, struct argp_state *state)
{
	if (!a->from)
		argp_error(state, "what is the file? --from csv, pensieve, bonnmotion, ns2, sumo or fad");
	if (a->n_inputs == 0)
		argp_error(state, "which file? '-' is standard input");
	if (a->from->read == import_csv)
		check_csv(a, state);
	else if (a->n_inputs > 1)
		argp_error(state, "'%s' is a second file: only --from csv takes several, one a UE",
			   a->inputs[1]);
	if (a->from->read == import_fad && !a->mean_given)
		argp_error(state, "--from fad needs --mean-gain, such as -90dB: fading is relative");
	a->o.ues = a->to.ues ? a->to.ues : 1;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'f':
		set_from(a, state, value);
		return 0;
	case KEY_OVERWRITE:
		a->to.overwrite = true;
		return 0;
	case 'o':
		a->to.out = value;
		return 0;
	case KEY_TO:
		set_to(a, state, value);
		return 0;
	case KEY_START:
		a->to.start = value;
		return 0;
	case KEY_NODES:
		a->to.nodes = value;
		return 0;
	case KEY_UES:
		a->to.ues = count(state, "ues", value, 1, CONVERT_MOST_UES);
		return 0;
	case KEY_LATENCY:
		a->to.output.latency_ns = s_to_ns(quantity(state, "latency", value, UNIT_S));
		if (a->to.output.latency_ns < 0 || a->to.output.latency_ns > 3600 * NS_PER_S)
			argp_error(state, "--latency is %s: must be from 0s to 60min", value);
		return 0;
	case KEY_ORIGIN:
		set_origin(&a->to.output, state, value);
		return 0;
	case ARGP_KEY_ARG:
		add_input(a, state, value);
		return 0;
	case ARGP_KEY_END:
		check(a, state);
		return 0;
	default:
		return parse_format(a, key, value, state);
	}
}

static void print_formats(FILE *out)
{
	fputs("\n\nFormats:", out);
	for (const struct importer *i = importers; i->name; i++)
		fprintf(out, "\n  %-11s %s", i->name, i->summary);
}

// --help ends with the formats.
static char *add_formats(int key, const char *text, void *input)
{
	(void)input;
	return argument_help_with(key, text, print_formats);
}

const struct argp import_trace_argp = {
    .help_filter = add_formats,
    .options = command_options,
    .parser = parse,
    .args_doc = "FILE...",
    .doc =
	"Makes a trace for a topology out of another program's or logger's file: of rates a link or delivery "
	"trace "
	"(ues.trace), of gains, losses or RSRP a gain trace (cell.trace.gain), of movements waypoints "
	"(cell.trace.waypoints).\v"
	"Times begin at 0 with the file's first row, unless --start says otherwise. The first node of the "
	"file becomes "
	"ue1, the next ue2, and so on. Rows without a value (-, nan, nothing) are left out and counted; rows "
	"of one node "
	"at one time count as their mean; anything else that is not understood is refused with its line.\n\n"
	"Examples:\n"
	"  airbatch import-trace --from csv drive.csv --time Timestamp --rate DL_bitrate --rate-unit kbit/s "
	"-o drive.link\n"
	"  airbatch import-trace --from csv log.csv --time time --rsrp RSRP --reference-power 15dBm -o "
	"drive.gain\n"
	"  airbatch import-trace --from pensieve trace --to delivery -o trace.delivery\n"
	"  airbatch import-trace --from sumo fcd.xml --ues 4 --origin 500,500 -o waypoints.csv\n\n"
	"Exit status: 0 done, 1 a file could not be written, 2 wrong usage, or a file that cannot be read."};

int import_trace_command(int argc, char **argv)
{
	static struct arguments a = {.o = {.time_unit_s = 1}};
	struct samples samples = {0};
	enum sample_kind kind = SAMPLES_PLACE;
	struct err err = {""};
	argp_parse(&import_trace_argp, argc, argv, 0, NULL, &a);
	a.to.from = a.from->name;
	a.to.input = a.inputs[0];
	a.to.time_unit_s = a.o.time_unit_s;
	int rc = 0;
	for (int i = 0; rc == 0 && i < a.n_inputs; i++)
		rc = a.from->read(&samples, &kind, a.inputs[i], &a.o, &err);
	rc = rc < 0 ? rc : convert_samples(&a.to, &samples, kind, &err);
	samples_free(&samples);
	if (rc != 0)
		log_error("%s", err.text);
	return rc < 0 ? WRONG_INPUT : rc > 0 ? FAILED : 0;
}
