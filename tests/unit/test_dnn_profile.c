// SPDX-License-Identifier: BSD-3-Clause
// Profiles: measured once and cached, saved and read back, refused when malformed; isotonic regression
// against its law; the stated model against its formula.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "dnn/profile.h"

static const char small[] = "network small\ninput 16x16x3\nsubtask A\nconv 3x3 16 relu6\nsubtask B\nfc 50\n";

struct fixture {
	struct network *net;
	char folder[64];
	char path[96];
};

static int set_up(void **state)
{
	static struct fixture f;
	snprintf(f.folder, sizeof(f.folder), "/tmp/airbatch-test-XXXXXX");
	if (!mkdtemp(f.folder) || setenv("AIRBATCH_CACHE", f.folder, 1) < 0)
		return -1;
	snprintf(f.path, sizeof(f.path), "%s/p.csv", f.folder);
	*state = &f;
	return network_parse(&f.net, small, "small.net", 1, NULL);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char command[128];
	network_free(f->net);
	snprintf(command, sizeof(command), "rm -r %s", f->folder);
	return system(command);
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_round_trip(void **state)
{
	struct fixture *f = *state;
	struct profile *p = profile_new(f->net, 4), *q;
	struct err err;
	snprintf(p->source, sizeof(p->source), "made by hand; with, commas");
	for (int i = 0; i < 8; i++)
		p->entries[i] =
		    (struct profile_entry){20 + i, 1e-3 * (i + 1), 2e-3 * (i + 1), 0.9e-3, 1.0 / 3 * (i + 1)};
	profile_make_monotone(p);
	assert_int_equal(profile_save(p, f->path, &err), 0);
	if (profile_load(&q, f->path, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(q->network, "small");
	assert_string_equal(q->source, p->source);
	assert_string_equal(q->origin, f->path);
	assert_true(q->description_hash == f->net->description_hash && !q->modelled);
	assert_int_equal(q->n_subtasks, 2);
	assert_int_equal(q->max_batch, 4);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(q->entries[i].runs, p->entries[i].runs);
		assert_true(fabs(q->median_s[i] / p->median_s[i] - 1) < 1e-8);
		assert_true(fabs(q->p95_s[i] / p->p95_s[i] - 1) < 1e-8);
		assert_true(fabs(q->entries[i].max_s / p->entries[i].max_s - 1) < 1e-8);
	}
	assert_int_equal(profile_check(q, f->net, &err), 0);
	profile_free(p);
	profile_free(q);
}

#define IDENTITY "# network: small\n# source: x\n# kind: measured\n# subtasks: 2\n# max_batch: 2\n"
#define HEADER "subtask,batch,runs,median_s,p95_s,min_s,max_s\n"
#define ROWS "1,1,15,1e-3,1e-3,1e-3,1e-3\n1,2,15,1e-3,1e-3,1e-3,1e-3\n2,1,15,1e-3,1e-3,1e-3,1e-3\n"
#define LAST "2,2,15,1e-3,1e-3,1e-3,1e-3\n"

static void test_malformed(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *text;
		int line;
		const char *reason;
	} rows[] = {
	    {"", 1, "before its header"},
	    {IDENTITY, 6, "before its header"},
	    {IDENTITY HEADER, 7, "sub-task 1, batch 1"},
	    {IDENTITY HEADER ROWS, 10, "sub-task 2, batch 2"},
	    {IDENTITY HEADER ROWS "2,2,15,1e-3,1e-3,1e-3,1e", 10, "cut short"},
	    {IDENTITY HEADER ROWS "2,2,15,1e-3,1e-3,1e-3\n", 10, "a time is wrong"},
	    {IDENTITY HEADER ROWS "2,2,15,1e-3,1e-3,1e-3,1e-3,1e-3\n", 10, "a time is wrong"},
	    {IDENTITY HEADER ROWS "2,2,15,-1e-3,1e-3,1e-3,1e-3\n", 10, "above 0"},
	    {IDENTITY HEADER ROWS "2,2,15,0,1e-3,1e-3,1e-3\n", 10, "above 0"},
	    {IDENTITY HEADER ROWS "2,2,15,nan,1e-3,1e-3,1e-3\n", 10, "finite"},
	    {IDENTITY HEADER ROWS "2,2,15,1e-3,inf,1e-3,1e-3\n", 10, "finite"},
	    {IDENTITY HEADER ROWS "2,2,15,1e-3,1e-3,2e-3,1e-3\n", 10, "min_s is above max_s"},
	    {IDENTITY HEADER ROWS "2,2,-1,1e-3,1e-3,1e-3,1e-3\n", 10, "number of runs"},
	    {IDENTITY HEADER ROWS "2,3,15,1e-3,1e-3,1e-3,1e-3\n", 10, "the batch is wrong"},
	    {IDENTITY HEADER ROWS "3,1,15,1e-3,1e-3,1e-3,1e-3\n", 10, "the sub-task is wrong"},
	    {IDENTITY HEADER ROWS "2,1,15,1e-3,1e-3,1e-3,1e-3\n", 10, "stand twice"},
	    {IDENTITY "subtask,batch,median_s\n" ROWS LAST, 6, "not the header"},
	    {IDENTITY ROWS LAST, 6, "not the header"},
	    {"# network: small\n" HEADER ROWS LAST, 2, "identity lines are missing"},
	    {"# network:\n", 1, "empty or too long"},
	    {"# subtasks: 0\n", 1, "number of sub-tasks"},
	    {"# max_batch: 100000\n", 1, "largest batch"},
	    {"# kind: guessed\n", 1, "measured or modelled"},
	    {"# description: 12\n", 1, "16 hexadecimal"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct profile *p = NULL;
		struct err err = {""};
		char where[128];
		write_text(f->path, rows[i].text);
		snprintf(where, sizeof(where), "%s:%d:", f->path, rows[i].line);
		assert_int_equal(profile_load(&p, f->path, &err), -EINVAL);
		assert_null(p);
		if (!strstr(err.text, where) || !strstr(err.text, rows[i].reason))
			fail_msg("row %zu: '%s' lacks '%s' or '%s'", i, err.text, where, rows[i].reason);
	}
}

static void test_wrong_network(void **state)
{
	struct fixture *f = *state;
	struct profile *p;
	struct network *other;
	struct err err;
	char where[128];
	snprintf(where, sizeof(where), "%s:1:", f->path);
	write_text(f->path, IDENTITY HEADER ROWS LAST);
	assert_int_equal(profile_load(&p, f->path, &err), 0);
	assert_int_equal(profile_check(p, f->net, &err),
			 0); // the file does not state the description: the name does
	assert_int_equal(network_open(&other, "mobilenet-v2", 1, &err), 0);
	assert_int_equal(profile_check(p, other, &err), -EINVAL);
	assert_non_null(strstr(err.text, where));
	network_free(other);
	p->description_hash = 1;
	assert_int_equal(profile_check(p, f->net, &err), -EINVAL);
	assert_non_null(strstr(err.text, where));
	profile_free(p);
	assert_int_equal(profile_load(&p, "/nowhere/p.csv", &err), -ENOENT);
	assert_non_null(strstr(err.text, "mobilenet-v2-gpu-model"));
}

// The law of isotonic regression (min-max formula, Barlow et al. 1972, theorem 1.4): the value at i is the
// largest over j <= i of the smallest over k >= i of the weighted mean of j..k.
static double min_max(const double *v, const double *w, int n, int i)
{
	double best = -INFINITY;
	for (int j = 0; j <= i; j++) {
		double least = INFINITY;
		for (int k = i; k < n; k++) {
			double sum = 0, weight = 0;
			for (int m = j; m <= k; m++) {
				sum += v[m] * w[m];
				weight += w[m];
			}
			least = fmin(least, sum / weight);
		}
		best = fmax(best, least);
	}
	return best;
}

static void test_isotonic(void **state)
{
	struct fixture *f = *state;
	uint64_t seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	struct rng *rng = rng_new(seed, 0, RNG_TEST, 2);
	for (int trial = 0; trial < 200; trial++) {
		int n = 1 + (int)rng_below(rng, 12);
		struct profile *p = profile_new(f->net, n);
		double v[12], w[12];
		for (int i = 0; i < 2 * n; i++) {
			double s = rng_uniform(rng, 1e-3, 9e-3) + 1e-3 * (i % n);
			p->entries[i] = (struct profile_entry){(int)rng_below(rng, 30), s, 2 * s, s, 3 * s};
		}
		for (int i = 0; i < n; i++) {
			v[i] = p->entries[n + i].median_s;
			w[i] = p->entries[n + i].runs > 0 ? p->entries[n + i].runs : 1;
		}
		profile_make_monotone(p);
		for (int i = 0; i < n; i++) {
			double expected = min_max(v, w, n, i);
			assert_true(fabs(p->median_s[n + i] / expected - 1) < 1e-12);
			assert_true(fabs(p->p95_s[n + i] / (2 * expected) - 1) < 1e-12);
			assert_true(p->entries[n + i].median_s == p->median_s[n + i]);
		}
		profile_free(p);
	}
	rng_free(rng);
}

// Kernels and activations in millions of values as published (specs: networks.md); 53 and 6.681 in total.
static void test_stated_model(void **state)
{
	(void)state;
	static const struct {
		int kernels;
		double activations;
	} rows[] = {{1, .401}, {2, .602}, {6, 2.559}, {9, 1.242}, {12, .690},
		    {9, .659}, {9, .353}, {3, .110},  {2, .065}};
	struct profile *p;
	struct network *net;
	struct err err;
	assert_int_equal(profile_load(&p, "mobilenet-v2-gpu-model", &err), 0);
	assert_true(p->modelled);
	assert_int_equal(network_open(&net, "mobilenet-v2", 1, &err), 0);
	assert_int_equal(profile_check(p, net, &err), 0);
	double single = 0;
	for (int n = 0; n < 9; n++) {
		double c = 5.0e-3 * rows[n].kernels / 53, beta = 0.25e-3 * rows[n].activations / 6.681;
		for (int b = 1; b <= p->max_batch; b++) {
			double expected = fmax(c, 0.3 * c + beta * b);
			assert_true(fabs(p->median_s[n * p->max_batch + b - 1] / expected - 1) < 0.01);
		}
		single += p->median_s[n * p->max_batch];
	}
	assert_true(fabs(single - 5.0e-3) < 1e-12);
	profile_free(p);
	network_free(net);
}

static void test_stated_3dssd(void **state)
{
	(void)state;
	static const double c_ms[] = {20, 8, 3, 3, 1}, beta_ms[] = {2, 2, 1.5, 1.5, .05};
	struct profile *p;
	struct err err;
	assert_int_equal(profile_load(&p, "3dssd-gpu-model", &err), 0);
	assert_true(p->modelled && p->n_subtasks == 5);
	assert_string_equal(p->network, "3dssd");
	for (int n = 0; n < 5; n++)
		for (int b = 1; b <= p->max_batch; b++)
			assert_true(fabs(1e3 * p->median_s[n * p->max_batch + b - 1] - c_ms[n] -
					 beta_ms[n] * b) < 1e-9);
	profile_free(p);
}

// The residual is what the fit moved: 2 and 1 become 1.5 and 1.5, by 25 and 50 %; the other row stays.
static void test_residual(void **state)
{
	struct fixture *f = *state;
	struct profile *p = profile_new(f->net, 2);
	const double median_s[] = {2, 1, 3, 4};
	for (int i = 0; i < 4; i++)
		p->entries[i] = (struct profile_entry){10, median_s[i], median_s[i], 1, 4};
	profile_make_monotone(p);
	assert_true(p->median_s[0] == 1.5 && p->median_s[1] == 1.5 && p->median_s[3] == 4);
	assert_true(fabs(p->residual_max - .5) < 1e-12);
	assert_true(fabs(p->residual_rms - sqrt((.25 * .25 + .5 * .5) / 4)) < 1e-12);
	profile_make_monotone(p);
	assert_true(p->residual_max == 0 && p->residual_rms == 0);
	profile_free(p);
}

// As many rounds as asked for, not one after the stop, and the facts survive a round trip.
static void test_options(void **state)
{
	struct fixture *f = *state;
	struct executor *e;
	struct profile *p, *q;
	struct err err;
	volatile sig_atomic_t stop = 0;
	struct profile_options options = {.warm_up = 0, .rounds = 3, .stop = &stop};
	assert_int_equal(executor_open(&e, "cpu", f->net, NULL, &err), 0);
	assert_int_equal(profile_measure(&p, e, f->net, 2, &options, NULL, NULL, &err), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(p->entries[i].runs, 3);
	assert_non_null(strstr(p->facts, "# rounds: 3 after 0 of warm-up\n"));
	assert_non_null(strstr(p->facts, "# isotonic_residual: "));
	assert_int_equal(profile_save(p, f->path, &err), 0);
	assert_int_equal(profile_load(&q, f->path, &err), 0);
	assert_string_equal(q->facts, p->facts);
	profile_free(q);
	profile_free(p);
	stop = 1;
	assert_int_equal(profile_measure(&p, e, f->net, 2, &options, NULL, NULL, &err), -EINTR);
	assert_null(p);
	executor_close(e);
}

static void note_share(double share, void *user)
{
	double *last = user;
	assert_true(share >= *last && share <= 1);
	*last = share;
}

static void test_measured_then_cached(void **state)
{
	struct fixture *f = *state;
	struct executor *e;
	struct profile *p, *q;
	struct err err;
	bool measured = false;
	double share = 0;
	assert_int_equal(executor_open(&e, "cpu", f->net, NULL, &err), 0);
	if (profile_cached(&p, e, f->net, 3, &measured, note_share, &share, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(measured && share == 1 && !p->modelled);
	for (int i = 0; i < 6; i++) {
		const struct profile_entry *row = &p->entries[i];
		assert_true(row->runs >= 15 && row->min_s > 0 && row->min_s <= row->max_s);
		assert_true(row->median_s > 0 && row->p95_s >= row->median_s);
		assert_true(i % 3 == 0 || p->median_s[i] >= p->median_s[i - 1]);
	}
	assert_int_equal(profile_cached(&q, e, f->net, 3, &measured, NULL, NULL, &err), 0);
	assert_false(measured);
	assert_string_equal(q->source, p->source);
	assert_true(fabs(q->median_s[5] / p->median_s[5] - 1) < 1e-8);
	write_text(q->origin, "damaged\n");
	profile_free(q);
	assert_int_equal(profile_cached(&q, e, f->net, 3, &measured, NULL, NULL, &err), 0);
	assert_true(measured);
	profile_free(p);
	profile_free(q);
	executor_close(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_malformed),
	    cmocka_unit_test(test_wrong_network),
	    cmocka_unit_test(test_isotonic),
	    cmocka_unit_test(test_stated_model),
	    cmocka_unit_test(test_stated_3dssd),
	    cmocka_unit_test(test_residual),
	    cmocka_unit_test(test_options),
	    cmocka_unit_test(test_measured_then_cached),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
