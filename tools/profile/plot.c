// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "tools/profile/show.h"

// Between single quotes for gnuplot.
static void write_quoted(const char *text, FILE *out)
{
	fputc('\'', out);
	for (; *text; text++) {
		if (*text == '\'')
			fputc('\'', out);
		fputc(*text, out);
	}
	fputc('\'', out);
}

static void write_series(const struct profile *p, int i, FILE *out)
{
	fprintf(out, "$p%d << END\n", i);
	for (int b = 1; b <= p->max_batch; b++) {
		double median = 0, p95 = 0;
		for (int n = 0; n < p->n_subtasks; n++) {
			median += 1e3 * p->median_s[n * p->max_batch + b - 1];
			p95 += 1e3 * p->p95_s[n * p->max_batch + b - 1];
		}
		fprintf(out, "%d %.6g %.6g %.6g\n", b, median, p95, median / b);
	}
	fputs("END\n", out);
}

static void write_title(const struct profile *p, FILE *out)
{
	char title[160];
	snprintf(title, sizeof(title), "%s%s: %.90s", p->network, p->modelled ? " (MODELLED)" : "",
		 p->source);
	write_quoted(title, out);
}

static void write_script(struct profile *const profiles[], int n, const char *path, FILE *out)
{
	fputs("set terminal svg size 720,560 font 'sans,10' background 'white' noenhanced\nset output ", out);
	write_quoted(path, out);
	fputs("\nset multiplot layout 2,1\nset grid\nset key top left Left reverse\nset offsets 0, 0, graph "
	      ".25, 0\nset xlabel "
	      "'batch'\n",
	      out);
	for (int i = 0; i < n; i++)
		write_series(profiles[i], i, out);
	fputs("set ylabel 'all sub-tasks (ms), median to p95'\nplot ", out);
	for (int i = 0; i < n; i++) {
		fprintf(out,
			"%s$p%d using 1:2:3 with filledcurves lt %d fs transparent solid .25 notitle, "
			"$p%d using 1:2 with linespoints lt %d pt 7 ps .4 title ",
			i ? ", " : "", i, i + 1, i, i + 1);
		write_title(profiles[i], out);
	}
	fputs("\nset ylabel 'an input (ms), median'\nunset key\nset yrange [0:]\nplot ", out);
	for (int i = 0; i < n; i++)
		fprintf(out, "%s$p%d using 1:4 with linespoints lt %d pt 7 ps .4", i ? ", " : "", i, i + 1);
	fputs("\nunset multiplot\n", out);
}

int profile_plot(struct profile *const profiles[], int n, const char *path, struct err *err)
{
	FILE *test = fopen(path, "ae"); // gnuplot's own sentence names no reason
	if (!test)
		return err_sys(err, errno, "cannot write %s", path);
	fclose(test);
	signal(SIGPIPE, SIG_IGN); // gnuplot may be missing: the exit status says so
	FILE *gnuplot = popen("gnuplot", "we");
	if (!gnuplot)
		return err_sys(err, errno, "cannot start gnuplot");
	write_script(profiles, n, path, gnuplot);
	int status = pclose(gnuplot);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return err_set(err, EIO, "gnuplot could not draw %s%s", path,
		       WIFEXITED(status) && WEXITSTATUS(status) == 127 ? ": it is not installed" : "");
}
