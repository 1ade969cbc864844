// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <string.h>
#include "tests/unit/phy/test_phy.h"
#include "phy/path_loss.h"

static void free_space_is_friis(void **state)
{
	(void)state;
	struct path_loss p = {.model = PATH_LOSS_FREE_SPACE, .frequency_hz = 2e9};
	for (double d = 1; d < 1e6; d *= 3) {
		double wavelength = 299792458. / 2e9;
		double received = pow(wavelength / (4 * M_PI * d), 2); // of 1 W
		assert_near(path_loss_db(&p, d), -10 * log10(received), 1e-9);
	}
	// The textbook's constant: 32.45 + 20 log10(MHz) + 20 log10(km).
	assert_near(path_loss_db(&p, 1000), 32.45 + 20 * log10(2000), 0.01);
}

static void log_distance_has_its_slope_and_its_anchor(void **state)
{
	(void)state;
	struct path_loss p = {.model = PATH_LOSS_LOG_DISTANCE, .exponent = 3.1, .reference_loss_db = 40};
	assert_near(path_loss_db(&p, 1), 40, 1e-9);
	assert_near(path_loss_db(&p, 1000) - path_loss_db(&p, 100), 31, 1e-9);
	struct path_loss square = {.model = PATH_LOSS_LOG_DISTANCE, .exponent = 2, .frequency_hz = 3.5e9};
	struct path_loss friis = {.model = PATH_LOSS_FREE_SPACE, .frequency_hz = 3.5e9};
	assert_near(path_loss_db(&square, 77), path_loss_db(&friis, 77), 1e-9);
}

static void lte_macro_is_its_formula(void **state)
{
	(void)state;
	struct path_loss p = PATH_LOSS_DEFAULT;
	assert_near(path_loss_db(&p, 1000), 128.1, 1e-9);
	assert_near(path_loss_db(&p, 100), 90.5, 1e-9);
	assert_near(path_loss_db(&p, 20), 128.1 + 37.6 * -1.6989700043360187, 1e-9);
}

static void every_model_saturates_and_never_falls(void **state)
{
	(void)state;
	for (int m = 0; path_loss_name((enum path_loss_model)m); m++) {
		struct path_loss p = PATH_LOSS_DEFAULT;
		p.model = (enum path_loss_model)m;
		struct err err;
		assert_int_equal(path_loss_check(&p, &err), 0);
		struct path_loss_range r = path_loss_range(p.model);
		double near = path_loss_db(&p, r.min_m), far = path_loss_db(&p, r.max_m);
		double below[] = {0, -5, 1e-300, r.min_m / 2, -INFINITY};
		for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++)
			assert_near(path_loss_db(&p, below[i]), near, 1e-9);
		assert_near(path_loss_db(&p, r.max_m * 10), far, 1e-9);
		assert_near(path_loss_db(&p, INFINITY), far, 1e-9);
		assert_near(path_loss_db(&p, NAN), far, 1e-9);
		double last = near;
		for (double d = r.min_m; d < r.max_m; d *= 1.01) {
			double loss = path_loss_db(&p, d);
			assert_true(isfinite(loss) && loss >= last);
			last = loss;
		}
	}
}

static void wrong_parameters_are_named(void **state)
{
	(void)state;
	struct err err;
	struct path_loss p = {.model = PATH_LOSS_FREE_SPACE};
	assert_int_equal(path_loss_check(&p, &err), -EINVAL);
	assert_non_null(strstr(err.text, "carrier"));
	p = (struct path_loss){.model = PATH_LOSS_LOG_DISTANCE, .reference_loss_db = 40, .exponent = NAN};
	assert_int_equal(path_loss_check(&p, &err), -EINVAL);
	assert_non_null(strstr(err.text, "exponent"));
	p = (struct path_loss){.model = (enum path_loss_model)99};
	assert_int_equal(path_loss_check(&p, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(free_space_is_friis),
	    cmocka_unit_test(log_distance_has_its_slope_and_its_anchor),
	    cmocka_unit_test(lte_macro_is_its_formula),
	    cmocka_unit_test(every_model_saturates_and_never_falls),
	    cmocka_unit_test(wrong_parameters_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
