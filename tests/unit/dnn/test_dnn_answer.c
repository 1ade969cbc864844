// SPDX-License-Identifier: BSD-3-Clause
// Laws of answers: the class is where the largest value stands, whatever is added to all.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/rng.h"
#include "dnn/answer.h"

enum { CLASSES = 12, DRAWS = 1000 };

static void draw(struct rng *rng, float answer[CLASSES])
{
	for (int i = 0; i < CLASSES; i++)
		answer[i] = (float)rng_normal(rng, 0, 3);
}

static void the_class_is_the_largest(void **state)
{
	(void)state;
	struct rng *rng = rng_new(1, 0, RNG_TEST, 0);
	for (int k = 0; k < DRAWS; k++) {
		float answer[CLASSES];
		draw(rng, answer);
		int class = answer_class(answer, CLASSES);
		for (int i = 0; i < CLASSES; i++)
			assert_true(answer[i] <= answer[class]);
	}
	rng_free(rng);
}

static void of_equals_the_first_and_no_class_of_no_number(void **state)
{
	(void)state;
	assert_int_equal(answer_class((float[]){1, 3, 3, 2}, 4), 1);
	for (int i = 0; i < 3; i++) {
		float answer[3] = {1, 2, 3};
		answer[i] = NAN;
		assert_int_equal(answer_class(answer, 3), -1);
	}
	assert_int_equal(answer_class((float[]){-INFINITY, INFINITY}, 2), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_class_is_the_largest),
	    cmocka_unit_test(of_equals_the_first_and_no_class_of_no_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
