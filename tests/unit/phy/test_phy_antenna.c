// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include "tests/unit/phy/test_phy.h"
#include "phy/antenna.h"

static void isotropic_is_the_same_everywhere(void **state)
{
	(void)state;
	struct antenna a = {.gain_dbi = 2.15};
	struct position here = {0, 0, 10}, there = {-3, 7, 2};
	assert_near(antenna_gain_dbi(&a, here, there), 2.15, 0);
	assert_near(antenna_gain_dbi(&a, here, here), 2.15, 0);
}

// Table 7.3-1: -min(12 (off / 65)^2, 30) in each plane, -min(sum, 30) together.
static void sector_is_the_tables(void **state)
{
	(void)state;
	struct antenna a = {.model = ANTENNA_SECTOR, .gain_dbi = 8, .azimuth_deg = 90};
	struct position mast = {0, 0, 0};
	const struct {
		double off_deg, gain_dbi;
	} rows[] = {{0, 8}, {32.5, 5}, {-32.5, 5}, {65, -4}, {120, 8 - 30}, {180, 8 - 30}, {-170, 8 - 30}};
	for (int i = 0; i < COUNT(rows); i++) {
		double angle = (90 + rows[i].off_deg) * M_PI / 180;
		struct position there = {100 * cos(angle), 100 * sin(angle), 0};
		assert_near(antenna_gain_dbi(&a, mast, there), rows[i].gain_dbi, 1e-9);
	}
	struct position below = {0, 100, -100}; // 45 degrees down: 12 (45 / 65)^2
	assert_near(antenna_gain_dbi(&a, mast, below), 8 - 12 * pow(45. / 65, 2), 1e-9);
	a.downtilt_deg = 45;
	assert_near(antenna_gain_dbi(&a, mast, below), 8, 1e-9);
}

static void wrong_parameters_are_refused(void **state)
{
	(void)state;
	struct err err;
	const struct antenna bad[] = {
	    {.gain_dbi = NAN}, {.azimuth_deg = 400}, {.downtilt_deg = 91}, {.model = (enum antenna_model)5}};
	for (int i = 0; i < COUNT(bad); i++)
		assert_int_equal(antenna_check(&bad[i], &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(isotropic_is_the_same_everywhere),
	    cmocka_unit_test(sector_is_the_tables),
	    cmocka_unit_test(wrong_parameters_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
