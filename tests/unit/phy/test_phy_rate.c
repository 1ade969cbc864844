// SPDX-License-Identifier: BSD-3-Clause
#include "tests/unit/phy/test_phy.h"
#include "phy/decibel.h"
#include "phy/path_loss.h"
#include "phy/rate.h"

static void decibels_are_never_infinite(void **state)
{
	(void)state;
	assert_ratio(db_to_linear(3), 1.9952623149688795, 1e-12);
	assert_ratio(dbm_to_w(23), 0.19952623149688797, 1e-12);
	for (double db = -299; db < 299; db += 7.3)
		assert_near(linear_to_db(db_to_linear(db)), db, 1e-9);
	assert_near(w_to_dbm(dbm_to_w(-97.3)), -97.3, 1e-9);
	double bad_ratio[] = {0, -1, NAN, -INFINITY};
	for (int i = 0; i < 4; i++)
		assert_true(linear_to_db(bad_ratio[i]) == DB_FLOOR);
	assert_true(linear_to_db(INFINITY) == DB_CEILING);
	assert_true(isfinite(db_to_linear(NAN)) && isfinite(db_to_linear(INFINITY)));
	assert_true(db_to_linear(-INFINITY) > 0);
}

static void noise_is_density_times_bandwidth_times_figure(void **state)
{
	(void)state;
	assert_near(w_to_dbm(noise_w(-174, 1e6, 0)), -114, 1e-9);
	assert_near(w_to_dbm(noise_w(-174, 20e6, 9)), -174 + 73.01029995663981 + 9, 1e-9);
	assert_ratio(noise_w(THERMAL_NOISE_DBM_HZ, 1, 0), 1.380649e-23 * 290, 0.006); // -173.975 dBm
	assert_true(noise_w(-174, 0, 0) == 0);
}

static void the_papers_parameter_set_gives_its_rates(void **state)
{
	(void)state;
	const double distance_m[] = {20, 50, 100, 200};
	const double mbps[] = {24, 19, 15, 12};
	struct path_loss p = PATH_LOSS_DEFAULT;
	for (int i = 0; i < 4; i++) {
		double snr =
		    snr_linear(dbm_to_w(23), -path_loss_db(&p, distance_m[i]), noise_w(-174, 1e6, 0));
		double rate = shannon_bps(1e6, snr, 0);
		print_message("%3.0f m: %.3f Mbit/s\n", distance_m[i], rate / 1e6);
		assert_near(rate / 1e6, mbps[i], 0.5);
	}
}

static void shannon_has_its_limits(void **state)
{
	(void)state;
	assert_ratio(shannon_bps(1e6, 1, 0), 1e6, 1e-12);
	assert_ratio(shannon_bps(1e6, 1023, 0), 1e7, 1e-12);
	assert_ratio(shannon_bps(1e6, 1e-9, 0), 1e-3 / M_LN2, 1e-8); // low SNR: W snr / ln 2
	assert_ratio(shannon_bps(2e6, db_to_linear(13), 3), shannon_bps(2e6, db_to_linear(10), 0), 1e-12);
	for (double rate = 1; rate < 5e7; rate *= 3)
		assert_ratio(shannon_bps(1e6, shannon_snr(1e6, rate, 2), 2), rate, 1e-9);
	assert_true(shannon_snr(1e6, 1e12, 0) == 1e30);
}

static void nothing_comes_out_infinite(void **state)
{
	(void)state;
	const double odd[] = {0, -1, 1, 1e300, -1e300, NAN, INFINITY, -INFINITY};
	const int n = sizeof(odd) / sizeof(odd[0]);
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			for (int k = 0; k < n; k++) {
				double snr = snr_linear(fabs(odd[i]), odd[j], odd[k]);
				assert_true(isfinite(snr) && snr >= 0);
				double rate = shannon_bps(1e6, odd[i], odd[j]);
				assert_true(isfinite(rate) && rate >= 0);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(decibels_are_never_infinite),
	    cmocka_unit_test(noise_is_density_times_bandwidth_times_figure),
	    cmocka_unit_test(the_papers_parameter_set_gives_its_rates),
	    cmocka_unit_test(shannon_has_its_limits),
	    cmocka_unit_test(nothing_comes_out_infinite),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
