// SPDX-License-Identifier: BSD-3-Clause
// What a report is made from: tables in any state, curves that are thinned out, groups, and text from
// outside.
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include <unistd.h>

#include "base/rng.h"
#include "records/csv.h"
#include "tools/report/html.h"
#include "tools/report/measure.h"
#include "tools/report/plots.h"
#include "tools/report/series.h"

#define SEED 20261120

struct row {
	uint32_t count;
	double number;
	char word[CSV_WORD];
};

static const struct csv_column columns[] = {{"count", CSV_COUNT, offsetof(struct row, count)},
					    {"number", CSV_NUMBER, offsetof(struct row, number)},
					    {"word", CSV_TEXT, offsetof(struct row, word)}};

static int read_text(struct csv_table *table, const char *text, size_t size, struct err *err)
{
	char path[] = "/tmp/airbatch-csv-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
	close(fd);
	int r = csv_read(table, path, columns, 3, sizeof(struct row), err);
	unlink(path);
	return r;
}

static void refused(const char *text, const char *why)
{
	struct csv_table table;
	struct err err = {0};
	assert_int_equal(read_text(&table, text, strlen(text), &err), -EINVAL);
	if (!strstr(err.text, why))
		fail_msg("'%s' does not say '%s'", err.text, why);
	free(table.rows);
}

static void a_table_is_read_by_the_names_of_its_columns(void **state)
{
	(void)state;
	const char *text = "word,other,number,count\nplanned,7,-1.5e3,4\nbusy,x,inf,0\n";
	struct csv_table table;
	struct err err;
	assert_int_equal(read_text(&table, text, strlen(text), &err), 0);
	const struct row *rows = table.rows;
	assert_int_equal(table.n_rows, 2);
	assert_true(rows[0].count == 4 && rows[0].number == -1500 && strcmp(rows[0].word, "planned") == 0);
	assert_true(rows[1].count == 0 && isinf(rows[1].number) && strcmp(rows[1].word, "busy") == 0);
	free(table.rows);
}

static void a_damaged_table_is_refused_by_line(void **state)
{
	(void)state;
	refused("", "empty");
	refused("count,number\n1,2\n", ":1: no column 'word'");
	refused("count,number,word\n1,2,a\n1,2\n", ":3: 2 fields where the header has 3");
	refused("count,number,word\n1,2,a\n1,two,a\n", ":3: number is 'two'");
	refused("count,number,word\n1,nan,a\n", ":2: number is 'nan'");
	refused("count,number,word\n-1,2,a\n", ":2: count is '-1': a whole number was expected");
	refused("count,number,word\n1,2,a\n3,4", ":3: cut off in the middle of a line");
}

// A table that ends anywhere: what is read are whole rows, and a cut line is said.
static void a_table_may_be_cut_anywhere(void **state)
{
	(void)state;
	const char *text = "count,number,word\n1,0.5,planned\n22,1e9,busy\n333,-7,left\n";
	for (size_t size = 0; size <= strlen(text); size++) {
		struct csv_table table;
		struct err err = {0};
		int r = read_text(&table, text, size, &err);
		size_t lines = 0;
		for (size_t i = 0; i < size; i++)
			lines += text[i] == '\n';
		bool whole = size > 0 && text[size - 1] == '\n';
		assert_int_equal(r, whole ? 0 : -EINVAL);
		assert_int_equal(table.n_rows, lines > 0 ? lines - 1 : 0);
		free(table.rows);
	}
}

// Any byte may be wrong: nothing crashes, and no more rows come out than lines went in.
static void a_table_may_have_any_byte(void **state)
{
	(void)state;
	const char *text = "count,number,word\n1,0.5,planned\n22,1e9,busy\n333,-7,left\n";
	struct rng *rng = rng_new(SEED, 1, RNG_ARRIVAL, 1);
	for (int round = 0; round < 2000; round++) {
		char mutated[64];
		size_t size = strlen(text);
		memcpy(mutated, text, size);
		for (int k = 0; k < 3; k++)
			mutated[(size_t)rng_uniform(rng, 0, (double)size)] = (char)rng_uniform(rng, 0, 256);
		struct csv_table table;
		struct err err;
		read_text(&table, mutated, size, &err);
		assert_true(table.n_rows <= 6);
		free(table.rows);
	}
	rng_free(rng);
}

static void text_from_outside_is_escaped(void **state)
{
	(void)state;
	struct rng *rng = rng_new(SEED, 2, RNG_ARRIVAL, 1);
	for (int round = 0; round < 500; round++) {
		char text[40] = "", *out = NULL;
		size_t size;
		for (size_t i = 0; i < sizeof(text) - 1; i++)
			text[i] = (char)rng_uniform(rng, 1, 128);
		FILE *f = open_memstream(&out, &size);
		html_text(f, text);
		fclose(f);
		assert_null(strpbrk(out, "<>\"'\n"));
		for (const char *at = out; (at = strchr(at, '&')); at++)
			assert_true(!strncmp(at, "&amp;", 5) || !strncmp(at, "&lt;", 4) ||
				    !strncmp(at, "&gt;", 4) || !strncmp(at, "&quot;", 6) ||
				    !strncmp(at, "&#39;", 5));
		free(out);
	}
	rng_free(rng);
}

static void a_distribution_keeps_its_ends_and_its_shares(void **state)
{
	(void)state;
	static double values[1000];
	struct point out[100];
	for (size_t n = 1; n <= 1000; n++) {
		for (size_t i = 0; i < n; i++)
			values[i] = (double)(i * i);
		size_t k = series_cdf(values, n, out, 100);
		assert_int_equal(k, n < 100 ? n : 100);
		assert_true(out[0].x == values[0] && out[k - 1].x == values[n - 1] && out[k - 1].y == 1);
		for (size_t i = 0; i < k; i++) {
			size_t below = 0;
			while (below < n && values[below] <= out[i].x)
				below++;
			assert_true(out[i].y == (double)below / (double)n);
		}
	}
}

static void a_thinned_curve_keeps_its_extremes(void **state)
{
	(void)state;
	static struct point in[3000], out[64];
	struct rng *rng = rng_new(SEED, 3, RNG_ARRIVAL, 1);
	for (size_t n = 1; n <= 3000; n += 37) {
		double low = INFINITY, high = -INFINITY, kept_low = INFINITY, kept_high = -INFINITY, x = 0;
		for (size_t i = 0; i < n; i++) {
			x += rng_uniform(rng, 0, 1) < .1 ? 40 : .1; // with gaps
			in[i] = (struct point){x, rng_uniform(rng, -1, 1)};
			low = fmin(low, in[i].y);
			high = fmax(high, in[i].y);
		}
		size_t k = series_extremes(in, n, out, 64);
		assert_true(k >= 1 && k <= 64);
		for (size_t i = 0; i < k; i++) {
			assert_true(i == 0 || out[i].x > out[i - 1].x);
			kept_low = fmin(kept_low, out[i].y);
			kept_high = fmax(kept_high, out[i].y);
		}
		assert_true(kept_low == low && kept_high == high);
	}
	rng_free(rng);
}

static struct run_directory run_of(const char *engine, const char *policy, int seed, double bandwidth_hz)
{
	return (struct run_directory){
	    .path = (char[]){"runs/x"},
	    .summary =
		json_pack("{s:s, s:s, s:{s:s, s:i, s:i, s:f}}", "engine", engine, "policy", policy,
			  "topology", "name", "cell", "seed", seed, "run", 1, "bandwidth_hz", bandwidth_hz),
	};
}

static void seeds_make_a_group_and_engines_a_case(void **state)
{
	(void)state;
	struct run_directory runs[] = {run_of("emulation", "lc", 1, 1e6), run_of("emulation", "lc", 2, 1e6),
				       run_of("simulation", "lc", 1, 1e6), run_of("emulation", "lc", 1, 5e6),
				       run_of("emulation", "./own.so", 1, 1e6)};
	struct groups g;
	json_object_set_new(json_object_get(runs[4].summary, "topology"), "policy", json_string("./own.so"));
	assert_int_equal(groups_make(&g, runs, 5), 0);
	assert_int_equal(g.n, 4);
	assert_int_equal(g.n_cases, 3);
	assert_true(g.group[0].simulated && !g.group[1].simulated);
	assert_int_equal(g.group[0].case_number, g.group[1].case_number);
	assert_int_equal(g.group[1].n_runs, 2);
	for (int i = 0; i < g.n; i++)
		for (int k = 0; k < i; k++)
			assert_string_not_equal(g.group[i].label, g.group[k].label);
	groups_free(&g);
	for (int i = 0; i < 5; i++)
		json_decref(runs[i].summary);
}

static void set_tasks(struct run_directory *run, struct task_row *tasks, size_t n, const double *latency_ms)
{
	for (size_t i = 0; i < n; i++)
		tasks[i] = (struct task_row){.ue = 1, .outcome = "done", .latency_ms = latency_ms[i]};
	run->tasks = tasks;
	run->n_tasks = n;
}

// Student's t, 97.5 %: 12.7062 with 1 degree of freedom, 4.3027 with 2.
static void intervals_are_over_runs_or_over_tasks(void **state)
{
	(void)state;
	struct task_row a[3], b[2];
	struct run_directory one = run_of("emulation", "lc", 1, 1e6);
	set_tasks(&one, a, 3, (double[]){10, 20, 30});
	struct groups g;
	char basis[48];
	assert_int_equal(groups_make(&g, &one, 1), 0);
	struct estimate e = group_estimate(&g.group[0], 0, figure_latency_ms);
	assert_true(e.mean == 20 && fabs(e.ci95 - 4.3027 * 10 / sqrt(3)) < 1e-3);
	group_basis(&g.group[0], basis, sizeof(basis));
	assert_string_equal(basis, "3 tasks");
	assert_true(isnan(group_estimate(&g.group[0], 2, figure_latency_ms).mean)); // there is no ue2
	groups_free(&g);

	struct run_directory runs[] = {one, run_of("emulation", "lc", 2, 1e6)};
	set_tasks(&runs[1], b, 2, (double[]){30, 32});
	assert_int_equal(groups_make(&g, runs, 2), 0);
	e = group_estimate(&g.group[0], 0, figure_latency_ms);
	assert_true(fabs(e.mean - 25.5) < 1e-12 && fabs(e.ci95 - 12.7062 * 5.5) < 1e-3);
	group_basis(&g.group[0], basis, sizeof(basis));
	assert_string_equal(basis, "2 runs");
	groups_free(&g);
	json_decref(runs[0].summary);
	json_decref(runs[1].summary);
}

// A name that would end gnuplot's string and give it commands is text.
static void gnuplot_takes_names_as_text(void **state)
{
	(void)state;
	struct plots *p = plots_new();
	char *page = NULL;
	size_t size;
	struct err err = {0};
	FILE *s = plots_begin(p, "evil", 0, "<b>", "caption");
	fputs("plot x title ", s);
	plots_text(s, "a'; exit; '<i>`id`\n\"$0");
	fputc('\n', s);
	int r = plots_draw(p, &err);
	if (r == -ENOENT) {
		plots_free(p);
		skip();
	}
	assert_int_equal(r, 0);
	FILE *out = open_memstream(&page, &size);
	plots_put(p, "evil", out);
	plots_put(p, "unknown", out);
	fclose(out);
	assert_non_null(strstr(page, "a'; exit; '"));
	assert_null(strstr(page, "<i>"));
	assert_non_null(strstr(page, "<h3>&lt;b&gt;</h3>"));
	free(page);
	plots_free(p);
}

static void a_refused_script_is_said(void **state)
{
	(void)state;
	struct plots *p = plots_new();
	struct err err = {0};
	fputs("plot nonsense(x)\n", plots_begin(p, "bad", 0, "", ""));
	int r = plots_draw(p, &err);
	if (r == -ENOENT) {
		plots_free(p);
		skip();
	}
	assert_int_equal(r, -EIO);
	assert_non_null(strstr(err.text, "undefined function: nonsense"));
	plots_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_table_is_read_by_the_names_of_its_columns),
	    cmocka_unit_test(a_damaged_table_is_refused_by_line),
	    cmocka_unit_test(a_table_may_be_cut_anywhere),
	    cmocka_unit_test(a_table_may_have_any_byte),
	    cmocka_unit_test(text_from_outside_is_escaped),
	    cmocka_unit_test(a_distribution_keeps_its_ends_and_its_shares),
	    cmocka_unit_test(a_thinned_curve_keeps_its_extremes),
	    cmocka_unit_test(seeds_make_a_group_and_engines_a_case),
	    cmocka_unit_test(intervals_are_over_runs_or_over_tasks),
	    cmocka_unit_test(gnuplot_takes_names_as_text),
	    cmocka_unit_test(a_refused_script_is_said),
	};
	print_message("seed %d\n", SEED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
