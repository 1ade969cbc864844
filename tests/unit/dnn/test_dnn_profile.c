// SPDX-License-Identifier: BSD-3-Clause
// Profiles: measured once and cached, saved and read back, refused when malformed; made monotone
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
#include "dnn/profile_chain_private.h"

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
		p->entries[i] = (struct profile_entry){.runs = 20 + i,
						       .median_s = 1e-3 * (i + 1),
						       .p95_s = 2e-3 * (i + 1),
						       .min_s = 0.9e-3,
						       .max_s = 1.0 / 3 * (i + 1),
						       .runs_as = 4,
						       .discarded = i};
	p->padded = p->disturbed = true;
	profile_make_monotone(p);
	assert_int_equal(profile_save(p, f->path, &err), 0);
	if (profile_load(&q, f->path, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(q->network, "small");
	assert_string_equal(q->source, p->source);
	assert_string_equal(q->origin, f->path);
	assert_true(q->description_hash == f->net->description_hash && !q->modelled);
	assert_true(q->padded && q->disturbed);
	assert_int_equal(q->n_subtasks, 2);
	assert_int_equal(q->max_batch, 4);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(q->entries[i].runs, p->entries[i].runs);
		assert_int_equal(profile_runs_as(q, i / 4, i % 4 + 1), 4);
		assert_int_equal(q->entries[i].discarded, i);
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
#define PADDED_HEADER "subtask,batch,runs,median_s,p95_s,min_s,max_s,runs_as,discarded\n"
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
	    {IDENTITY PADDED_HEADER LAST, 7, "a time is wrong"},
	    {IDENTITY PADDED_HEADER "2,2,15,1e-3,1e-3,1e-3,1e-3,1,0\n", 7, "runs_as or discarded"},
	    {IDENTITY PADDED_HEADER "2,2,15,1e-3,1e-3,1e-3,1e-3,2,x\n", 7, "runs_as or discarded"},
	    {"# disturbed: a little\n", 1, "yes or no"},
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

// Nothing decreases in b, nothing comes below what was measured, and what need not move stays: each value is
// the largest of any smaller batch.
static void test_monotone(void **state)
{
	struct fixture *f = *state;
	uint64_t seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	struct rng *rng = rng_new(seed, 0, RNG_TEST, 2);
	for (int trial = 0; trial < 200; trial++) {
		int n = 1 + (int)rng_below(rng, 12);
		struct profile *p = profile_new(f->net, n);
		double v[24];
		for (int i = 0; i < 2 * n; i++) {
			double s = v[i] = rng_uniform(rng, 1e-3, 9e-3) + 1e-3 * (i % n);
			p->entries[i] = (struct profile_entry){
			    .runs = 9, .median_s = s, .p95_s = 2 * s, .min_s = .9 * s, .max_s = 3 * s};
		}
		profile_make_monotone(p);
		for (int i = 0; i < 2 * n; i++) {
			double largest = 0;
			for (int k = i - i % n; k <= i; k++)
				largest = fmax(largest, v[k]);
			assert_true(p->median_s[i] == largest && p->p95_s[i] == 2 * largest);
			assert_true(p->entries[i].median_s == largest && largest >= p->entries[i].min_s);
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

static void check_straight(const char *network, int n_subtasks, const double *c_ms, const double *beta_ms)
{
	struct profile *p;
	struct err err;
	char name[64];
	snprintf(name, sizeof(name), "%s-gpu-model", network);
	assert_int_equal(profile_load(&p, name, &err), 0);
	assert_true(p->modelled && p->n_subtasks == n_subtasks);
	assert_string_equal(p->network, network);
	for (int n = 0; n < n_subtasks; n++)
		for (int b = 1; b <= p->max_batch; b++)
			assert_true(fabs(1e3 * p->median_s[n * p->max_batch + b - 1] - c_ms[n] -
					 beta_ms[n] * b) < 1e-9);
	profile_free(p);
}

static void test_stated_lines(void **state)
{
	(void)state;
	check_straight("3dssd", 5, (const double[]){20, 8, 3, 3, 1}, (const double[]){2, 2, 1.5, 1.5, .05});
	check_straight("pentominoes-4", 4, (const double[]){1.2, 1.4, 1.8, 1.6},
		       (const double[]){.14, .15, .17, .14});
}

// The residual is what the fit moved: 1 behind 2 becomes 2, by 100 %; the other row stays.
static void test_residual(void **state)
{
	struct fixture *f = *state;
	struct profile *p = profile_new(f->net, 2);
	const double median_s[] = {2, 1, 3, 4};
	for (int i = 0; i < 4; i++)
		p->entries[i] = (struct profile_entry){
		    .runs = 10, .median_s = median_s[i], .p95_s = median_s[i], .min_s = 1, .max_s = 4};
	profile_make_monotone(p);
	assert_true(p->median_s[0] == 2 && p->median_s[1] == 2 && p->median_s[3] == 4);
	assert_true(fabs(p->residual_max - 1) < 1e-12);
	assert_true(fabs(p->residual_rms - sqrt(1 / 4.)) < 1e-12);
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
		assert_int_equal(p->entries[i].runs + p->entries[i].discarded, 3);
	assert_non_null(strstr(p->facts, "# rounds: 3 after 0 of warm-up\n"));
	assert_non_null(strstr(p->facts, "# monotone_residual: "));
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

static struct profile *cached(struct executor *e, const struct network *net, int max_batch,
			      enum profile_cached expected)
{
	struct profile *p;
	struct err err;
	enum profile_cached how;
	if (profile_cached(&p, e, net, max_batch, NULL, &how, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(how, expected);
	assert_int_equal(p->max_batch, max_batch);
	return p;
}

// Whatever this machine was like meanwhile: what the file says of it counts.
static void say_disturbed(const char *path, bool disturbed)
{
	struct profile *p;
	assert_int_equal(profile_load(&p, path, NULL), 0);
	p->disturbed = disturbed;
	assert_int_equal(profile_save(p, path, NULL), 0);
	profile_free(p);
}

static void count(const struct profile *p, void *user)
{
	*(int *)user += p->max_batch;
}

static void check_measured(const struct profile *p)
{
	for (int i = 0; i < p->n_subtasks * p->max_batch; i++) {
		const struct profile_entry *row = &p->entries[i];
		assert_true(row->runs + row->discarded >= 5 && row->min_s > 0 && row->min_s <= row->max_s);
		assert_true(row->median_s >= row->min_s && row->p95_s >= row->median_s);
		assert_true(i % p->max_batch == 0 || p->median_s[i] >= p->median_s[i - 1]);
	}
	assert_non_null(strstr(p->facts, "# evidence: "));
	assert_non_null(strstr(p->facts, "# chain: "));
}

// One file, found while it is sound and undisturbed, grown where it is too short, else measured anew in its
// whole size.
static void test_measured_then_cached(void **state)
{
	struct fixture *f = *state;
	struct executor *e;
	struct err err;
	double share = 0;
	int listed = 0;
	enum profile_cached how;
	const struct profile_cache_options telling = {.progress = note_share, .user = &share};
	struct profile *p;
	assert_int_equal(executor_open(&e, "cpu", f->net, NULL, &err), 0);
	if (profile_cached(&p, e, f->net, 3, &telling, &how, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(how == PROFILE_MEASURED && share == 1 && !p->modelled && p->padded);
	check_measured(p);
	say_disturbed(p->origin, false);
	struct profile *q = cached(e, f->net, 3, PROFILE_FOUND);
	assert_string_equal(q->source, p->source);
	assert_true(fabs(q->median_s[5] / p->median_s[5] - 1) < 1e-8);
	profile_free(q);
	profile_free(cached(e, f->net, 2, PROFILE_FOUND));
	q = cached(e, f->net, 5, PROFILE_GROWN);
	check_measured(q);
	assert_string_equal(q->origin, p->origin);
	assert_true(fabs(q->median_s[5 + 2] / p->median_s[3 + 2] - 1) < 1e-8); // what was known stays
	say_disturbed(p->origin, true);
	profile_free(cached(e, f->net, 2, PROFILE_MEASURED));
	assert_int_equal(profile_cache_list(count, &listed, &err), 0);
	assert_int_equal(listed, 5);
	write_text(p->origin, "damaged\n");
	profile_free(cached(e, f->net, 2, PROFILE_MEASURED));
	profile_free(q);
	profile_free(p);
	executor_close(e);
}

// A back end that is slower at 2 than at 3 runs 3 for 2, and the rest as it is. (It takes what it is told to:
// a replay of a profile that was not made monotone.)
static void test_padding(void **state)
{
	struct fixture *f = *state;
	struct executor *e;
	struct err err;
	struct profile *stated = profile_new(f->net, 3), *p;
	const double median_s[] = {1e-3, 9e-3, 3e-3, 1e-3, 1.5e-3, 4e-3};
	memcpy(stated->median_s, median_s, sizeof(median_s));
	stated->modelled = true;
	snprintf(stated->source, sizeof(stated->source), "stated by a test");
	assert_int_equal(
	    executor_open(&e, "replay", f->net, &(struct executor_options){.profile = stated}, NULL), 0);
	const struct profile_options options = {.warm_up = 0, .rounds = 9};
	if (profile_measure(&p, e, f->net, 3, &options, NULL, NULL, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(profile_runs_as(p, 0, 2), 3);
	assert_int_equal(profile_largest_run(p), 3);
	for (int i = 0; i < 6; i++) {
		assert_true(i == 1 || profile_runs_as(p, i / 3, i % 3 + 1) == i % 3 + 1);
		assert_true(p->entries[i].min_s >= median_s[i == 1 ? 2 : i]);
	}
	profile_free(p);
	executor_close(e);
	profile_free(stated);
}

// What counts against a chain: a processor that was taken, by another thread, by the hypervisor, or somebody
// waiting for one.
static void test_evidence(void **state)
{
	(void)state;
	const struct chain_evidence clean = {
	    .until = {.at_ns = 1000000}, .busy_ns = 900000, .cpu_ns = 899000};
	struct chain_evidence e = clean;
	assert_true(chain_was_undisturbed(&e));
	e.cpu_ns = 500000; // it waited, for a GPU say
	assert_true(chain_was_undisturbed(&e));
	e.preempted = 1;
	assert_false(chain_was_undisturbed(&e));
	e = clean;
	e.until.steal_ns = 10000000;
	assert_false(chain_was_undisturbed(&e));
	e = clean;
	e.until.pressure_ns = 200000;
	assert_false(chain_was_undisturbed(&e));
	e.since.pressure_ns = e.until.pressure_ns = -1; // the kernel does not say
	assert_true(chain_was_undisturbed(&e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_malformed),
	    cmocka_unit_test(test_wrong_network),
	    cmocka_unit_test(test_monotone),
	    cmocka_unit_test(test_stated_model),
	    cmocka_unit_test(test_stated_lines),
	    cmocka_unit_test(test_residual),
	    cmocka_unit_test(test_options),
	    cmocka_unit_test(test_measured_then_cached),
	    cmocka_unit_test(test_padding),
	    cmocka_unit_test(test_evidence),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
