// SPDX-License-Identifier: BSD-3-Clause
// Parameters: each has one meaning in whichever spelling, and a wrong one is refused with what would be
// right.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "edge/policy/outside.h"
#include "edge/policy/parameters.h"

static void a_listed_name_is_its_parameters(void **state)
{
	(void)state;
	static const char *const same[][2] = {
	    {"ip-ssa:keep-best", "ip-ssa:keep-best=1"},
	    {"ip-ssa:keep-best", "ip-ssa:tighten=0:keep-best"},
	    {"ip-ssa", "ip-ssa:no-keep-best:no-tighten"},
	    {"ip-ssa:keep-best=1:tighten=1", "ip-ssa:tighten:keep-best"},
	    {"j-dob:no-edge-dvfs", "j-dob:edge-dvfs=0"},
	    {"j-dob:binary", "j-dob:binary=1:edge-dvfs"},
	    {"og", "og:gaps=8"},
	    {"og:gaps=3", "og:gaps=3.0"},
	};
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct err err = {""};
		struct policy policy;
		char name[POLICY_NAME_SIZE];
		if (parameters_choose(same[i][1], &policy, name, &err) < 0)
			fail_msg("%s: %s", same[i][1], err.text);
		assert_string_equal(name, same[i][0]);
		assert_ptr_equal(policy.name, name);
		void *library;
		const struct policy *opened = policy_open(same[i][1], &library, &err);
		assert_non_null(opened);
		assert_memory_equal(opened->value, policy.value, sizeof(policy.value));
		policy_close(library);
	}
}

static void a_wrong_parameter_is_told_what_is_right(void **state)
{
	(void)state;
	static const char *const wrong[][2] = {
	    {"og:gap=4", "the policy og has no parameter 'gap': it takes gaps; did you mean gaps?"},
	    {"lc:fast", "the policy lc has no parameter 'fast': it takes none"},
	    {"og:gaps", "gaps of the policy og has no value: write gaps=8"},
	    {"og:gaps=0", "gaps of the policy og is '0': must be a number from 1 to 64, 8 by default"},
	    {"og:gaps=many", "gaps of the policy og is 'many': must be a number from 1 to 64, 8 by default"},
	    {"og:gaps=nan", "gaps of the policy og is 'nan': must be a number from 1 to 64, 8 by default"},
	    {"ip-ssa:tighten=2", "tighten of the policy ip-ssa is '2': must be 0 or 1, 0 by default"},
	    {"ip-ssa:no-tightn", "the policy ip-ssa has no parameter 'tightn': it takes keep-best, tighten; "
				 "did you mean tighten?"},
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err err = {""};
		void *library;
		assert_null(policy_open(wrong[i][0], &library, &err));
		assert_string_equal(err.text, wrong[i][1]);
		assert_int_equal(errno, EINVAL);
	}
}

// The row without settings has the standard values, which are in range.
static void rows_start_from_the_standard(void **state)
{
	(void)state;
	for (const struct policy *policy = policies; policy->name; policy++) {
		struct policy standard = *policy;
		parameters_reset(&standard);
		if (!strchr(policy->name, ':'))
			assert_memory_equal(standard.value, policy->value, sizeof(standard.value));
		for (const struct policy_parameter *p = policy->parameters; p && p->name; p++)
			assert_true(p->least <= p->standard && p->standard <= p->most && p->help[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_listed_name_is_its_parameters),
	    cmocka_unit_test(a_wrong_parameter_is_told_what_is_right),
	    cmocka_unit_test(rows_start_from_the_standard),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
