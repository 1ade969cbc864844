// SPDX-License-Identifier: BSD-3-Clause
#include "tools/offline/plot.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "base/output.h"
#include "tools/plot/gnuplot.h"

// What stands on the horizontal axis; the settings of a plot differ in that alone.
enum axis { AXIS_USERS, AXIS_SPREAD, AXIS_EDGE_POWER };

struct plot {
	const char *name, *title;
	enum axis axis;
	struct setting base;
	bool with_edge;		 // saving of users and edge together
	const char *policies[7]; // NULL-terminated
};

static double position(enum axis axis, const struct setting *s)
{
	switch (axis) {
	case AXIS_USERS:
		return s->users;
	case AXIS_SPREAD:
		return 1e3 * s->deadline_high_s;
	case AXIS_EDGE_POWER:
		return s->edge_power_w;
	}
	return 0;
}

static bool belongs(const struct plot *plot, const struct setting *s)
{
	static const enum question questions[] = {QUESTION_GRID, QUESTION_SPREAD, QUESTION_EDGE_POWER};
	struct setting base = plot->base;
	if (plot->axis == AXIS_USERS)
		base.users = s->users;
	else if (plot->axis == AXIS_SPREAD)
		base.deadline_high_s = s->deadline_high_s;
	else
		base.edge_power_w = s->edge_power_w;
	return s->question == questions[plot->axis] && setting_equal(s, &base);
}

static void write_series(const struct plot *plot, const struct experiment *experiment, int p, FILE *out)
{
	fprintf(out, "$p%d << END\n", p);
	for (size_t i = 0; i < experiment->n_settings; i++) {
		const struct setting *s = &experiment->settings[i];
		if (!belongs(plot, s))
			continue;
		struct estimate e = experiment_saving(experiment, i, p, plot->with_edge);
		fprintf(out, "%g %.4f %.4f\n", position(plot->axis, s), e.mean, e.ci95);
	}
	fputs("END\n", out);
}

static void write_script(const struct plot *plot, const struct experiment *experiment, FILE *out)
{
	static const char *const labels[] = {"users", "latest deadline (ms), earliest 50 ms",
					     "edge power at full speed (W)"};
	fprintf(out,
		"set terminal svg size 640,380 font 'sans,10' background 'white'\nset output '%s.svg'\nset "
		"title \"%s\"\n"
		"set xlabel '%s'\nset ylabel 'saving of %s against LC (%%)'\nset yrange [%d:100]\nset grid\n"
		"set key outside right\n%s",
		plot->name, plot->title, labels[plot->axis], plot->with_edge ? "total energy" : "user energy",
		plot->with_edge ? -20 : 0, // the edge can cost more than it saves
		plot->axis == AXIS_EDGE_POWER ? "set logscale x\nset xrange [.4:200]\n" : "");
	for (int i = 0; plot->policies[i]; i++)
		write_series(plot, experiment, experiment_policy(experiment, plot->policies[i]), out);
	for (int i = 0; plot->policies[i]; i++)
		fprintf(out, "%s$p%d using 1:2:3 with yerrorlines pt %d title '%s'", i ? ", " : "plot ",
			experiment_policy(experiment, plot->policies[i]), i + 4, plot->policies[i]);
	fputc('\n', out);
}

static int write_plot(const struct plot *plot, const struct experiment *experiment, const char *directory,
		      struct err *err)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/%s.gp", directory, plot->name);
	int rc = output_file(path, "set terminal svg", "plot", "--out", err);
	if (rc < 0)
		return rc;
	FILE *out = fopen(path, "we");
	if (!out)
		return err_sys(err, errno, "%s", path);
	write_script(plot, experiment, out);
	int failed = ferror(out);
	if (fclose(out) != 0 || failed)
		return err_sys(err, EIO, "%s", path);
	return 0;
}

static int draw_plot(const struct plot *plot, const char *directory, struct err *err)
{
	char script[64];
	snprintf(script, sizeof(script), "%s.gp", plot->name);
	return gnuplot_run_file(directory, script, err);
}

static struct setting with_power(struct setting s, double bandwidth_hz, double power_dbm)
{
	s.bandwidth_hz = bandwidth_hz;
	s.tx_power_dbm = power_dbm;
	return s;
}

static struct setting with_int8(struct setting s)
{
	s.feature_bits = 8;
	return s;
}

int plots_write(const struct experiment *experiment, const char *directory, struct err *err)
{
	const struct setting tight = setting_default(NETWORK_MOBILENET_V2, .05, .05);
	const struct setting equal = setting_default(NETWORK_MOBILENET_V2, .1, .1);
	const struct setting different = setting_default(NETWORK_MOBILENET_V2, .05, .2);
	const struct plot plots[] = {
	    {"mobilenet-100ms",
	     "MobileNet-V2, 100 ms, 1 MHz, 10 dBm",
	     AXIS_USERS,
	     equal,
	     false,
	     {"ip-ssa", "ip-ssa-np", "fifo", "ps"}},
	    {"mobilenet-50ms-1mhz",
	     "MobileNet-V2, 50 ms, 1 MHz, 23 dBm",
	     AXIS_USERS,
	     with_power(tight, 1e6, 23),
	     false,
	     {"ip-ssa", "ip-ssa-np", "fifo", "ps"}},
	    {"mobilenet-50ms-5mhz",
	     "MobileNet-V2, 50 ms, 5 MHz, 23 dBm",
	     AXIS_USERS,
	     with_power(tight, 5e6, 23),
	     false,
	     {"ip-ssa", "ip-ssa-np", "fifo", "ps"}},
	    {"mobilenet-different",
	     "MobileNet-V2, 50 to 200 ms, 1 MHz, 10 dBm",
	     AXIS_USERS,
	     different,
	     false,
	     {"og", "ip-ssa", "ip-ssa-np", "fifo", "ps"}},
	    {"3dssd-250ms-int8",
	     "3DSSD, 250 ms, int8 features, 1 MHz, 10 dBm",
	     AXIS_USERS,
	     with_int8(setting_default(NETWORK_3DSSD, .25, .25)),
	     false,
	     {"ip-ssa", "ip-ssa-np", "fifo", "ps"}},
	    {"3dssd-different",
	     "3DSSD, 250 to 1000 ms, 1 MHz, 10 dBm",
	     AXIS_USERS,
	     setting_default(NETWORK_3DSSD, .25, 1),
	     false,
	     {"og", "ip-ssa", "fifo", "ps"}},
	    {"spread",
	     "MobileNet-V2, M = 10, 1 MHz, 10 dBm",
	     AXIS_SPREAD,
	     different,
	     false,
	     {"og", "ip-ssa"}},
	    {"edge-power",
	     "MobileNet-V2, 50 to 200 ms, M = 10, 1 MHz, 10 dBm",
	     AXIS_EDGE_POWER,
	     different,
	     true,
	     {"j-dob", "j-dob:no-edge-dvfs", "j-dob:binary", "og", "ip-ssa"}},
	};
	const size_t n = sizeof(plots) / sizeof(plots[0]);
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = write_plot(&plots[i], experiment, directory, err);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = draw_plot(&plots[i], directory, err);
	return rc;
}
