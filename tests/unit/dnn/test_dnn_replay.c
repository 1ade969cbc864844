// SPDX-License-Identifier: BSD-3-Clause
// The replay executor takes as long as its profile says, and computes nothing.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include "base/quantile.h"
#include "dnn/executor.h"
#include "dnn/profile.h"
#include "tests/disturbed.h"

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
			p->entries[n * max_batch + b - 1] = (struct profile_entry){
			    .runs = 0, .median_s = s, .p95_s = s, .min_s = s, .max_s = s};
		}
	profile_make_monotone(p);
	return p;
}

// Whether a batch lasts what is stated, in the median of some runs; never less.
struct timing {
	struct executor *e;
	const struct profile *p;
};

static bool is_punctual(void *user)
{
	enum { RUNS = 25 };
	const struct timing *t = user;
	bool punctual = true;
	for (int n = 0; n < t->p->n_subtasks; n++) {
		for (int b = 1; b <= t->p->max_batch; b++) {
			double late[RUNS], expected = t->p->median_s[n * t->p->max_batch + b - 1];
			for (int i = 0; i < RUNS; i++) {
				int64_t ns;
				assert_int_equal(executor_run(t->e, n, b, NULL, NULL, &ns, NULL), 0);
				late[i] = (double)ns * 1e-9 - expected;
				assert_true(late[i] > -1e-6); // never earlier
			}
			punctual = punctual && quantile(late, RUNS, 0.5) < 0.2e-3;
		}
	}
	return punctual;
}

static void test_takes_the_stated_time(void **state)
{
	(void)state;
	enum { MAX_BATCH = 3 };
	static struct network *net; // a test that is skipped leaves them: they are no leaks
	static struct executor *e;
	static struct profile *p;
	assert_int_equal(network_parse(&net, small, "small", 1, NULL), 0);
	p = stated_profile(net, MAX_BATCH, 30e-6, 900e-6); // from below the polled share to milliseconds
	assert_int_equal(executor_open(&e, "replay", net, &(struct executor_options){.profile = p}, NULL), 0);
	disturbed_or_right("replayed batches", is_punctual, &(struct timing){e, p});
	executor_close(e);
	profile_free(p);
	network_free(net);
}

static void test_leaves_outputs_alone(void **state)
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
	assert_int_equal(profile_cached(&measured, e, net, 2, NULL, NULL, &err), -EINVAL);
	executor_close(e);
	profile_free(p);
	network_free(net);
	network_free(mobilenet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_takes_the_stated_time),
	    cmocka_unit_test(test_leaves_outputs_alone),
	    cmocka_unit_test(test_refusals),
	};
	return disturbed_status(cmocka_run_group_tests(tests, NULL, NULL));
}
