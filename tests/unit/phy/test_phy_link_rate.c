// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <gsl/gsl_cdf.h>
#include "tests/unit/phy/test_phy.h"
#include "phy/decibel.h"
#include "phy/link_rate.h"
#include "phy/rate.h"

// The formula written once more, with GSL's normal tail, for one code block.
static double normal_approximation(double snr, double efficiency, double n)
{
	double c = log2(1 + snr), v = (1 - 1 / pow(1 + snr, 2)) * pow(log2(exp(1)), 2);
	return gsl_cdf_ugaussian_Q((n * c - n * efficiency + 0.5 * log2(n)) / sqrt(n * v));
}

static void bler_is_the_normal_approximation(void **state)
{
	(void)state;
	for (double db = -8; db < 20; db += 0.7)
		for (double n = 168; n * 1.4766 < 8424; n *= 1.5) {
			double gap = 2.5, snr = db_to_linear(db);
			double expected = normal_approximation(snr / db_to_linear(gap), 1.4766, n);
			assert_near(bler(snr, gap, 1.4766, n), expected, 1e-12 + 1e-9 * expected);
		}
}

static void long_blocks_are_cut_and_all_must_arrive(void **state)
{
	(void)state;
	double efficiency = 4, n = 3 * 2106, snr = db_to_linear(12.05); // 25272 bits = 3 code blocks of 8424
	double one = normal_approximation(snr, efficiency, n / 3);
	assert_true(one > 1e-3 && one < 0.9);
	assert_near(bler(snr, 0, efficiency, n), 1 - pow(1 - one, 3), 1e-9);
}

static void bler_falls_with_snr_and_steepens_with_length(void **state)
{
	(void)state;
	double last = 1;
	for (double db = -30; db < 60; db += 0.01) {
		double now = bler(db_to_linear(db), 3, 2.4063, 1000);
		assert_true(now >= 0 && now <= last);
		last = now;
	}
	assert_true(last == 0);
	double width_short = linear_to_db(bler_threshold_snr(.01, 3, 2, 200)) -
			     linear_to_db(bler_threshold_snr(.9, 3, 2, 200));
	double width_long = linear_to_db(bler_threshold_snr(.01, 3, 2, 4000)) -
			    linear_to_db(bler_threshold_snr(.9, 3, 2, 4000));
	assert_true(width_long > 0 && width_short > 3 * width_long);
	const double odd[] = {0, -1, NAN, -INFINITY};
	for (int i = 0; i < COUNT(odd); i++) {
		assert_near(bler(odd[i], 3, 2, 100), 1, 0);
		assert_near(bler(10, 3, odd[i], 100), 1, 0);
		assert_near(bler(10, 3, 2, odd[i]), 1, 0);
	}
	assert_near(bler(INFINITY, 3, 2, 100), 0, 1e-300);
}

static void thresholds_invert_the_curve_and_approach_shannon(void **state)
{
	(void)state;
	for (int i = mcs_first(MCS_256QAM); i <= mcs_last(MCS_256QAM); i++) {
		struct mcs mcs;
		mcs_get(MCS_256QAM, i, &mcs, NULL);
		double e = mcs_efficiency(&mcs), n = 8424 / e;
		double snr = bler_threshold_snr(0.1, 3, e, n);
		assert_near(bler(snr, 3, e, n), 0.1, 1e-6);
		double above_shannon_db = linear_to_db(snr) - linear_to_db(exp2(e) - 1) - 3;
		assert_true(above_shannon_db > 0 &&
			    above_shannon_db < 0.35); // finite length costs little at 8424 bits
	}
	assert_near(bler_threshold_snr(0.1, 3, 200, 1000), 1e20, 0);
}

static void adaptation_picks_the_best_scheme_that_keeps_the_target(void **state)
{
	(void)state;
	const enum mcs_table tables[] = {MCS_64QAM, MCS_256QAM, CQI_64QAM, CQI_256QAM};
	for (int t = 0; t < COUNT(tables); t++) {
		struct link_rate l = LINK_RATE_NR_DEFAULT;
		l.table = tables[t];
		struct err err;
		assert_int_equal(link_rate_check(&l, &err), 0);
		double last_bps = 0;
		for (double db = -20; db < 50; db += 0.13) {
			double snr = db_to_linear(db), best_bps = 0;
			struct link_rate_choice chosen, one;
			assert_int_equal(link_rate_choose(&l, snr, 5e6, &chosen, &err), 0);
			for (int i = mcs_first(l.table); i <= mcs_last(l.table); i++) { // brute force
				assert_int_equal(link_rate_of_mcs(&l, i, snr, 5e6, &one, &err), 0);
				if (one.bler <= 0.1)
					best_bps = fmax(best_bps, one.rate_bps);
			}
			assert_near(chosen.rate_bps, best_bps, 0);
			assert_true(chosen.rate_bps >= last_bps &&
				    chosen.rate_bps <= shannon_bps(5e6, snr, 0));
			assert_int_equal(chosen.n_rb, 25);
			assert_true(chosen.mcs >= 0 ? chosen.bler <= 0.1
						    : chosen.bler == 1 && chosen.rate_bps == 0);
			last_bps = chosen.rate_bps;
		}
		assert_true(last_bps > 0);
	}
}

static void shannon_and_errors(void **state)
{
	(void)state;
	struct err err;
	struct link_rate_choice c;
	struct link_rate l = LINK_RATE_SHANNON_DEFAULT;
	assert_int_equal(link_rate_check(&l, &err), 0);
	assert_int_equal(link_rate_choose(&l, 15, 1e6, &c, &err), 0);
	assert_near(c.rate_bps, 4e6, 1e-6);
	assert_true(c.bler == 0 && c.mcs == -1);
	l = LINK_RATE_NR_DEFAULT;
	assert_int_equal(link_rate_of_mcs(&l, 29, 15, 5e6, &c, &err), -ERANGE);
	assert_int_equal(link_rate_choose(&l, 15, 1e3, &c, &err), -EINVAL);
	l.target_bler = 0;
	assert_int_equal(link_rate_check(&l, &err), -EINVAL);
	l = LINK_RATE_NR_DEFAULT;
	l.spacing_hz = 7.5e3;
	assert_int_equal(link_rate_check(&l, &err), -EINVAL);
	l = LINK_RATE_NR_DEFAULT;
	l.overhead = 1;
	assert_int_equal(link_rate_check(&l, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bler_is_the_normal_approximation),
	    cmocka_unit_test(long_blocks_are_cut_and_all_must_arrive),
	    cmocka_unit_test(bler_falls_with_snr_and_steepens_with_length),
	    cmocka_unit_test(thresholds_invert_the_curve_and_approach_shannon),
	    cmocka_unit_test(adaptation_picks_the_best_scheme_that_keeps_the_target),
	    cmocka_unit_test(shannon_and_errors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
