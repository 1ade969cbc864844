// SPDX-License-Identifier: BSD-3-Clause
// Arrivals: the law of each kind; draws that no policy can shift; trace files, exact and strict.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "ue/life/arrival_trace.h"

static uint64_t random_seed(void)
{
	uint64_t seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	return seed;
}

static void opened(struct arrival_source *s, const struct arrivals *a, uint64_t seed)
{
	assert_int_equal(arrival_source_open(s, a, seed, 1, 1), 0);
}

static void next_is(struct arrival_source *s, int64_t idle_ns, int64_t expected_ns)
{
	struct arrival a;
	assert_true(arrival_source_next(s, idle_ns, &a));
	assert_int_equal(a.at_ns, expected_ns);
}

static void fixed_kinds_keep_their_instants(void **state)
{
	(void)state;
	struct arrival_source s;
	struct arrival none;
	opened(&s, &(struct arrivals){.kind = ARRIVALS_PERIODIC, .period_s = .5, .count = 3}, 1);
	next_is(&s, 0, 0);
	next_is(&s, 7 * NS_PER_S, NS_PER_S / 2);
	next_is(&s, 0, NS_PER_S);
	assert_false(arrival_source_next(&s, 0, &none));
	arrival_source_close(&s);
	opened(&s, &(struct arrivals){.kind = ARRIVALS_BURST}, 1);
	next_is(&s, 0, 0);
	assert_false(arrival_source_next(&s, 0, &none));
	arrival_source_close(&s);
	opened(&s, &(struct arrivals){.kind = ARRIVALS_IMMEDIATE, .count = 2}, 1);
	next_is(&s, 0, 0);
	next_is(&s, 12345, 12345);
	assert_false(arrival_source_next(&s, 20000, &none));
	arrival_source_close(&s);
}

// n at each instant, and no draw more than without: the instants are those of single tasks.
static void bursts_come_at_the_instants_of_single_tasks(void **state)
{
	(void)state;
	struct arrivals kinds[] = {{.kind = ARRIVALS_PERIODIC, .period_s = .5, .jitter_s = .1},
				   {.kind = ARRIVALS_POISSON, .rate_hz = 3}};
	uint64_t seed = random_seed();
	for (int k = 0; k < 2; k++) {
		struct arrival_source alone, burst;
		struct arrivals many = kinds[k];
		many.burst = 4;
		many.count = 42; // the last burst is cut short
		opened(&alone, &kinds[k], seed);
		opened(&burst, &many, seed);
		struct arrival one, of_many;
		for (int i = 0; i < 42; i++) {
			if (i % 4 == 0)
				assert_true(arrival_source_next(&alone, 0, &one));
			assert_true(arrival_source_next(&burst, 0, &of_many));
			assert_int_equal(of_many.at_ns, one.at_ns);
		}
		assert_false(arrival_source_next(&burst, 0, &of_many));
		arrival_source_close(&alone);
		arrival_source_close(&burst);
	}
}

static void poisson_gaps_are_exponential(void **state)
{
	(void)state;
	const struct arrivals poisson = {.kind = ARRIVALS_POISSON, .rate_hz = 100, .deadline_high_s = 1};
	uint64_t seed = random_seed();
	struct arrival_source s, twin;
	opened(&s, &poisson, seed);
	opened(&twin, &poisson, seed);
	struct arrival a = {0}, b;
	const int n = 20000;
	int64_t before_ns = 0;
	double deadlines_s = 0;
	for (int i = 0; i < n; i++, before_ns = a.at_ns) {
		assert_true(arrival_source_next(&s, 0, &a) && arrival_source_next(&twin, i, &b));
		assert_true(a.at_ns >= before_ns);
		assert_memory_equal(&a, &b, sizeof(a));
		deadlines_s += ns_to_s(a.deadline_ns);
	}
	// Means of n exponential gaps and of n uniform deadlines lie within 5 standard errors.
	assert_true(fabs(ns_to_s(a.at_ns) * 100 / n - 1) < 5 / sqrt(n));
	assert_true(fabs(deadlines_s / n - .5) < 5 * sqrt(1. / 12 / n));
	arrival_source_close(&s);
	arrival_source_close(&twin);
}

static const struct arrivals bernoulli = {.kind = ARRIVALS_BERNOULLI,
					  .probability = .3,
					  .slot_s = .025,
					  .deadline_low_s = .05,
					  .deadline_high_s = .2};

// How many of the first n slots bring a UE that is always idle a task.
static int count_hits(uint64_t seed, int64_t n)
{
	struct arrival_source s;
	struct arrival a;
	int hits = 0;
	opened(&s, &bernoulli, seed);
	for (int64_t at = 0; arrival_source_next(&s, at, &a) && a.at_ns < n * 25 * NS_PER_MS; hits++)
		at = a.at_ns;
	arrival_source_close(&s);
	return hits;
}

static void bernoulli_rate_is_its_probability(void **state)
{
	(void)state;
	const int n = 40000;
	double sigma = sqrt(n * .3 * .7);
	assert_true(fabs(count_hits(1, n) - .3 * n) < 2.576 * sigma); // 99 %
	assert_true(fabs(count_hits(random_seed(), n) - .3 * n) < 5 * sigma);
}

// A UE that is busy for random times sees the same slots and deadlines as one that is always idle, but for
// those that fall into its busy times.
static void bernoulli_slots_do_not_depend_on_the_policy(void **state)
{
	(void)state;
	enum { SLOTS = 4000 };
	const int64_t slot_ns = 25 * NS_PER_MS;
	static int64_t deadline_of[SLOTS];
	uint64_t seed = random_seed();
	struct rng *rng = rng_new(seed, 1, RNG_TEST, 0);
	struct arrival_source idle, busy;
	struct arrival a;
	opened(&idle, &bernoulli, seed);
	for (int64_t at = 0; arrival_source_next(&idle, at, &a) && a.at_ns < SLOTS * slot_ns; at = a.at_ns)
		deadline_of[a.at_ns / slot_ns] = a.deadline_ns;
	opened(&busy, &bernoulli, seed);
	int64_t until_ns = 0, slot = 0;
	while (arrival_source_next(&busy, until_ns, &a) && a.at_ns < SLOTS * slot_ns) {
		for (slot = (until_ns + slot_ns - 1) / slot_ns; slot * slot_ns < a.at_ns; slot++)
			assert_int_equal(deadline_of[slot], 0);
		assert_int_equal(a.deadline_ns, deadline_of[a.at_ns / slot_ns]);
		assert_true(a.at_ns >= until_ns);
		until_ns = a.at_ns + 1 + s_to_ns(rng_uniform(rng, 0, .3));
	}
	rng_free(rng);
}

static void deadline_of_task_k_does_not_depend_on_when_it_comes(void **state)
{
	(void)state;
	const struct arrivals immediate = {
	    .kind = ARRIVALS_IMMEDIATE, .deadline_low_s = .05, .deadline_high_s = .2};
	uint64_t seed = random_seed();
	struct arrival_source s, t;
	opened(&s, &immediate, seed);
	opened(&t, &immediate, seed);
	for (int k = 0; k < 1000; k++) {
		struct arrival a, b;
		assert_true(arrival_source_next(&s, k * NS_PER_S, &a) &&
			    arrival_source_next(&t, k * NS_PER_MS, &b));
		assert_int_equal(a.deadline_ns, b.deadline_ns);
		assert_in_range(a.deadline_ns, 50 * NS_PER_MS, 200 * NS_PER_MS);
	}
}

static const char *const NETWORKS[] = {"mobilenet-v2", "mobilenet-v2", "3dssd"};

static int load(struct arrival_trace **t, const char *text, struct err *err)
{
	char path[] = "/tmp/airbatch-arrivals-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	int r = arrival_trace_load(t, path, 3, NETWORKS, &(struct trace_time){0}, err);
	unlink(path);
	return r;
}

#define HEADER "time_s,ue,network,deadline_s\n"

static void a_trace_is_replayed_exactly(void **state)
{
	(void)state;
	struct arrival_trace *t;
	struct err err;
	assert_int_equal(load(&t,
			      HEADER
			      "# made up\n0,ue3,3dssd,0.25\n0.5,ue1,mobilenet-v2,0.05\n0.5,ue3,3dssd,1\n"
			      "1.000000001,ue1,mobilenet-v2,0.1\n",
			      &err),
			 0);
	static const struct arrival expected[3][2] = {
	    {{NS_PER_S / 2, 50 * NS_PER_MS}, {NS_PER_S + 1, 100 * NS_PER_MS}},
	    {{0, 0}},
	    {{0, 250 * NS_PER_MS}, {NS_PER_S / 2, NS_PER_S}}};
	for (int ue = 0; ue < 3; ue++) {
		const struct arrivals a = {.kind = ARRIVALS_TRACE,
					   .trace = t->rows + t->first[ue],
					   .n_trace = t->first[ue + 1] - t->first[ue]};
		struct arrival_source s;
		struct arrival got;
		opened(&s, &a, 1);
		for (int k = 0; k < (ue == 1 ? 0 : 2); k++) {
			assert_true(arrival_source_next(&s, 10 * NS_PER_S, &got));
			assert_memory_equal(&got, &expected[ue][k], sizeof(got));
		}
		assert_false(arrival_source_next(&s, 0, &got));
	}
	arrival_trace_free(t);
}

static void a_wrong_trace_is_refused_with_its_line(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} wrong[] = {
	    {"", "is empty"},
	    {"time_s,ue,deadline_s\n", ":1: "},
	    {"time,ue,network,deadline_s\n", ":1: column 1 is 'time'"},
	    {HEADER "2,ue1,mobilenet-v2,1\n1,ue1,mobilenet-v2,1\n", ":3: time goes back from 2 s to 1 s"},
	    {HEADER "1,ue4,mobilenet-v2,1\n", ":2: the run has no UE 'ue4': it has ue1 to ue3"},
	    {HEADER "1,ue01,mobilenet-v2,1\n", ":2: the run has no UE 'ue01'"},
	    {HEADER "1,ue1x,mobilenet-v2,1\n", ":2: the run has no UE 'ue1x'"},
	    {HEADER "1,ue2,resnet,1\n", ":2: network is 'resnet', but ue2 runs mobilenet-v2"},
	    {HEADER "1,ue3,mobilenet-v2,1\n", ":2: network is 'mobilenet-v2', but ue3 runs 3dssd"},
	    {HEADER "1,ue2,mobilenet-v2\n", ":2: the row has 3 fields"},
	    {HEADER "1,ue2,mobilenet-v2,0\n", ":2: deadline_s"},
	    {HEADER "1,ue2,mobilenet-v2,soon\n", ":2: deadline_s"},
	    {HEADER "nan,ue2,mobilenet-v2,1\n", ":2: time_s"},
	    {HEADER "-1,ue2,mobilenet-v2,1\n", ":2: time_s"},
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct arrival_trace *t;
		struct err err;
		assert_int_equal(load(&t, wrong[i].text, &err), -EINVAL);
		if (!strstr(err.text, wrong[i].says))
			fail_msg("'%s' does not say '%s'", err.text, wrong[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fixed_kinds_keep_their_instants),
	    cmocka_unit_test(bursts_come_at_the_instants_of_single_tasks),
	    cmocka_unit_test(poisson_gaps_are_exponential),
	    cmocka_unit_test(bernoulli_rate_is_its_probability),
	    cmocka_unit_test(bernoulli_slots_do_not_depend_on_the_policy),
	    cmocka_unit_test(deadline_of_task_k_does_not_depend_on_when_it_comes),
	    cmocka_unit_test(a_trace_is_replayed_exactly),
	    cmocka_unit_test(a_wrong_trace_is_refused_with_its_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
