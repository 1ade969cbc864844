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

// The largest softmax value: 1 / n of equals, more the further the largest is ahead, unchanged by what is
// added to all, and of a softmax it is the value itself.
static void confidence_is_the_largest_softmax_value(void **state)
{
	(void)state;
	struct rng *rng = rng_new(2, 0, RNG_TEST, 0);
	for (int k = 0; k < DRAWS; k++) {
		float answer[CLASSES], moved[CLASSES], softmax[CLASSES];
		double sum = 0;
		draw(rng, answer);
		for (int i = 0; i < CLASSES; i++)
			sum += exp((double)answer[i]);
		for (int i = 0; i < CLASSES; i++) {
			moved[i] = answer[i] + 4;
			softmax[i] = (float)(exp((double)answer[i]) / sum);
		}
		int class = answer_class(answer, CLASSES);
		double sure = answer_confidence(answer, CLASSES);
		assert_true(fabs(sure - (double)softmax[class]) < 1e-6);
		assert_true(fabs(sure - answer_confidence(moved, CLASSES)) < 1e-5);
		assert_true(fabs(sure - answer_confidence(softmax, CLASSES)) < 1e-6);
		assert_true(sure >= 1. / CLASSES && sure <= 1);
		answer[class] += 1;
		assert_true(answer_confidence(answer, CLASSES) > sure || sure > 1 - 1e-9);
	}
	rng_free(rng);
	assert_true(fabs(answer_confidence((float[]){5, 5, 5, 5}, 4) - .25) < 1e-12);
	assert_true(isnan(answer_confidence((float[]){1, NAN}, 2)));
	assert_true(answer_confidence((float[]){1, INFINITY}, 2) == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_class_is_the_largest),
	    cmocka_unit_test(confidence_is_the_largest_softmax_value),
	    cmocka_unit_test(of_equals_the_first_and_no_class_of_no_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
