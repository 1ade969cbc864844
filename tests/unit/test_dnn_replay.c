// SPDX-License-Identifier: BSD-3-Clause
// The replay executor takes as long as its profile says, and when asked computes what the
// processor computes.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include "base/clock.h"

#include "base/quantile.h"
#include "dnn/executor.h"
#include "dnn/profile.h"

static const char small[] = "network small\ninput 4x4x3\nsubtask A\nconv 1x1 8 relu6\nsubtask B\nfc 5\n";

static struct profile *stated_profile(const struct network *net, int max_batch, double first_s, double step_s)
{
	struct profile *p = profile_new(net, max_batch);
	assert_non_null(p);
	p->modelled = true;
	snprintf(p->source, sizeof(p->source), "stated by a test");
	for (int n = 0; n < p->n_subtasks; n++)
		for (int b = 1; b <= max_batch; b++) {
			double s = first_s + step_s * (n * max_batch + b - 1);
			p->entries[n * max_batch + b - 1] = (struct profile_entry){0, s, s, s, s};
		}
	profile_make_monotone(p);
	return p;
}

static void test_takes_the_stated_time(void **state)
{
	(void)state;
	enum { RUNS = 25, MAX_BATCH = 3 };
	struct network *net;
	struct executor *e;
	assert_int_equal(network_parse(&net, small, "small", 1, NULL), 0);
	struct profile *p =
	    stated_profile(net, MAX_BATCH, 30e-6, 900e-6); // from below the polled share to milliseconds
	assert_int_equal(executor_open(&e, "replay", net, &(struct executor_options){.profile = p}, NULL), 0);
	for (int n = 0; n < 2; n++) {
		for (int b = 1; b <= MAX_BATCH; b++) {
			double late[RUNS], expected = p->median_s[n * MAX_BATCH + b - 1];
			for (int i = 0; i < RUNS; i++) {
				int64_t ns;
				assert_int_equal(executor_run(e, n, b, NULL, NULL, &ns, NULL), 0);
				late[i] = (double)ns * 1e-9 - expected;
				assert_true(late[i] > -1e-6); // never earlier
			}
			double median = quantile(late, RUNS, 0.5);
			if (!(median < 0.2e-3))
				fail_msg("sub-task %d, batch %d: median %g s late", n, b, median);
		}
	}
	executor_close(e);
	profile_free(p);
	network_free(net);
}

static void test_outputs_when_asked(void **state)
{
	(void)state;
	struct network *net;
	struct executor *replay, *cpu;
	assert_int_equal(network_parse(&net, small, "small", 1, NULL), 0);
	struct profile *p = stated_profile(net, 2, 3e-3, 0);
	struct executor_options options = {.profile = p, .outputs = true};
	assert_int_equal(executor_open(&replay, "replay", net, &options, NULL), 0);
	assert_int_equal(executor_open(&cpu, "cpu", net, NULL, NULL), 0);
	assert_int_equal(executor_prepare(replay, 2, NULL), 0);
	float in[2][48], a[2][128], b[2][128];
	for (int i = 0; i < 96; i++)
		in[i / 48][i % 48] = (float)sin(i);
	const float *ins[] = {in[0], in[1]};
	float *as[] = {a[0], a[1]}, *bs[] = {b[0], b[1]};
	int64_t ns;
	assert_int_equal(executor_run(replay, 0, 2, ins, as, &ns, NULL), 0);
	assert_true(ns >= 3000000);
	assert_int_equal(executor_run(cpu, 0, 2, ins, bs, NULL, NULL), 0);
	assert_memory_equal(a, b, sizeof(a));
	executor_close(replay);
	executor_close(cpu);
	profile_free(p);
	network_free(net);
}

static void test_leaves_outputs_alone_otherwise(void **state)
{
	(void)state;
	struct network *net;
	struct executor *e;
	assert_int_equal(network_parse(&net, small, "small", 1, NULL), 0);
	struct profile *p = stated_profile(net, 1, 1e-5, 0);
	assert_int_equal(executor_open(&e, "replay", net, &(struct executor_options){.profile = p}, NULL), 0);
	float in[48] = {0}, out[128] = {42};
	const float *ins[] = {in};
	float *outs[] = {out};
	assert_int_equal(executor_run(e, 0, 1, ins, outs, NULL, NULL), 0);
	assert_true(out[0] == 42);
	assert_true(executor_is_modelled(e));
	assert_non_null(strstr(executor_describe(e), "MODELLED"));
	executor_close(e);
	profile_free(p);
	network_free(net);
}

struct slow_run {
	struct executor *executor;
	const float *in[1];
	float *out[1];
	int64_t ns;
	int result;
};

static void *run_slowed(void *argument)
{
	struct slow_run *r = argument;
	r->result = executor_run_slowed(r->executor, 0, 1, 2.5, r->in, r->out, &r->ns, NULL);
	return NULL;
}

// Runs that overlap: each takes 2.5 times as long as stated, all together hardly longer, and every output is
// right.
static void test_slowed_runs_overlap(void **state)
{
	(void)state;
	enum { RUNS = 4 };
	struct network *net;
	struct executor *replay, *cpu;
	struct err err;
	assert_int_equal(network_parse(&net, small, "small", 1, NULL), 0);
	struct profile *p = stated_profile(net, 1, 20e-3, 0);
	struct executor_options options = {.profile = p, .outputs = true};
	assert_int_equal(executor_open(&replay, "replay", net, &options, NULL), 0);
	assert_int_equal(executor_open(&cpu, "cpu", net, NULL, NULL), 0);
	float in[RUNS][48], out[RUNS][128], expected[128], *right = expected;
	struct slow_run run[RUNS];
	pthread_t thread[RUNS];
	int64_t start = clock_now_ns();
	for (int i = 0; i < RUNS; i++) {
		for (int k = 0; k < 48; k++)
			in[i][k] = (float)sin(i + k);
		run[i] = (struct slow_run){.executor = replay, .in = {in[i]}, .out = {out[i]}};
		assert_int_equal(pthread_create(&thread[i], NULL, run_slowed, &run[i]), 0);
	}
	for (int i = 0; i < RUNS; i++)
		pthread_join(thread[i], NULL);
	assert_true(clock_now_ns() - start < RUNS * 50 * NS_PER_MS); // not one after another
	for (int i = 0; i < RUNS; i++) {
		assert_int_equal(run[i].result, 0);
		assert_true(run[i].ns >= 50 * NS_PER_MS);
		assert_int_equal(executor_run(cpu, 0, 1, run[i].in, &right, NULL, NULL), 0);
		assert_memory_equal(out[i], expected, sizeof(expected));
	}
	assert_int_equal(executor_run_slowed(cpu, 0, 1, 2, run[0].in, &right, NULL, &err), -ENOTSUP);
	assert_non_null(strstr(err.text, "replay"));
	assert_int_equal(executor_run_slowed(replay, 0, 1, 0.5, run[0].in, &right, NULL, &err), -EINVAL);
	executor_close(replay);
	executor_close(cpu);
	profile_free(p);
	network_free(net);
}

static void test_refusals(void **state)
{
	(void)state;
	struct network *net, *mobilenet;
	struct executor *e;
	struct err err;
	assert_int_equal(network_parse(&net, small, "small", 1, NULL), 0);
	assert_int_equal(network_open(&mobilenet, "mobilenet-v2", 1, NULL), 0);
	struct profile *p = stated_profile(net, 2, 1e-5, 0), *measured;
	struct executor_options options = {.profile = p};
	assert_int_equal(executor_open(&e, "replay", mobilenet, &options, &err), -EINVAL);
	assert_non_null(strstr(err.text, "network small"));
	assert_int_equal(executor_open(&e, "replay", net, &options, NULL), 0);
	assert_int_equal(executor_prepare(e, 3, &err), -EINVAL);
	assert_non_null(strstr(err.text, "ends at 2"));
	assert_int_equal(executor_run(e, 0, 3, NULL, NULL, NULL, &err), -EINVAL);
	assert_int_equal(profile_cached(&measured, e, net, 2, NULL, NULL, NULL, &err), -EINVAL);
	executor_close(e);
	profile_free(p);
	network_free(net);
	network_free(mobilenet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_takes_the_stated_time),
	    cmocka_unit_test(test_outputs_when_asked),
	    cmocka_unit_test(test_leaves_outputs_alone_otherwise),
	    cmocka_unit_test(test_slowed_runs_overlap),
	    cmocka_unit_test(test_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
