// SPDX-License-Identifier: BSD-3-Clause
// The stand-in's headers name the same numbers as a toolkit's (that its functions agree, the compiler has
// checked: tests/cuda_host/toolkit_agrees.c). Built where a toolkit is found.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../cuda_host/values.h"

static void numbers_agree(void **state)
{
	(void)state;
	int n = 0;
	for (; cuda_values_of_stand_in[n].name; n++) {
		const struct cuda_value *a = &cuda_values_of_stand_in[n], *b = &cuda_values_of_toolkit[n];
		assert_string_equal(a->name, b->name);
		if (a->number != b->number)
			fail_msg("%s: %lld, a toolkit says %lld", a->name, a->number, b->number);
	}
	assert_true(n > 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_agree)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
