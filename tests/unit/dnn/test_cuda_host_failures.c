// SPDX-License-Identifier: BSD-3-Clause
// Every call of CUDA and of cublasLt, and every piece of the GPU's work, fails once while the plug-in opens,
// prepares, runs and closes: it says what failed, keeps nothing, and is right again in the next run.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/dnn/cuda_lab.h"

enum { STAGES = 4 };

static const struct cuda_host_control *cuda;

static void check_sentence(int r, const struct err *err, int64_t k)
{
	if (r >= 0 || r < -4095 || err->text[0] == '\0')
		fail_msg("call %lld failed: returned %d and '%s'", (long long)k, r, err->text);
}

// One stage of a session. 0, or what the executor returned; a result that claims to be right is.
static int take_stage(struct lab *lab, struct executor *e, int stage, double tolerance, int64_t k,
		      struct err *err)
{
	static const struct {
		int from, to, batch;
	} runs[STAGES] = {{0}, {0, 3, 2}, {1, 2, 1}, {2, 3, 3}};
	err->text[0] = '\0';
	if (stage == 0)
		return executor_prepare(e, 2, err);
	int to = runs[stage].to, batch = runs[stage].batch;
	int r = cuda_lab_run(lab, e, runs[stage].from, to, batch, stage, err);
	double error = r < 0 ? 0 : cuda_lab_error(lab, to, batch, stage);
	if (!(error <= tolerance))
		fail_msg("call %lld failed, stage %d: relative error %g", (long long)k, stage, error);
	return r;
}

// k: what fails, for sentences. broken: for good.
static void take_session(struct lab *lab, const char *backend, int64_t k, bool broken)
{
	double tolerance = 3 * executor_tolerance(backend); // of up to three sub-tasks in a row
	struct executor *e = NULL;
	struct err err = {""};
	int r = executor_open(&e, backend, lab->net, NULL, &err);
	if (r < 0) {
		check_sentence(r, &err, k);
		assert_null(e);
	}
	for (int stage = 0; r == 0 && stage < STAGES; stage++) {
		int taken = take_stage(lab, e, stage, tolerance, k, &err);
		if (taken == 0)
			continue;
		check_sentence(taken, &err, k);
		int again = take_stage(lab, e, stage, tolerance, k, &err);
		if (broken)
			check_sentence(again, &err, k);
		else if (again < 0)
			fail_msg("call %lld failed, and the run after it too: %s", (long long)k, err.text);
	}
	executor_close(e);
	cuda_lab_assert_clean(cuda);
}

static void check_failures(const char *backend, void (*fail_later)(int64_t k), int64_t (*count)(void),
			   bool broken)
{
	struct lab lab;
	lab_open(&lab, cuda_lab_parse(cuda_lab_network), 3);
	cuda->reset(1);
	take_session(&lab, backend, 0, false);
	int64_t n = count();
	assert_true(n > 100);
	for (int64_t k = 1; k <= n; k++) {
		cuda->reset((uint64_t)k);
		fail_later(k);
		take_session(&lab, backend, k, broken);
	}
	printf("%s: each of %lld %s failed once\n", backend, (long long)n,
	       broken ? "pieces of work" : "calls");
	lab_close(&lab);
}

static void calls_fail_fp32(void **state)
{
	(void)state;
	check_failures("cuda", cuda->fail_call, cuda->calls, false);
}

static void calls_fail_fp16(void **state)
{
	(void)state;
	check_failures("cuda-fp16", cuda->fail_call, cuda->calls, false);
}

static void work_fails(void **state)
{
	(void)state;
	check_failures("cuda", cuda->fail_work, cuda->work, true);
	check_failures("cuda-fp16", cuda->fail_work, cuda->work, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(calls_fail_fp32),
	    cmocka_unit_test(calls_fail_fp16),
	    cmocka_unit_test(work_fails),
	};
	cuda = cuda_lab_control();
	if (!cuda)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
