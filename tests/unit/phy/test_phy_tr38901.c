// SPDX-License-Identifier: BSD-3-Clause
#include "tests/unit/phy/test_phy.h"
#include "phy/path_loss.h"
#include "phy/tr38901.h"

// Worked by hand from the formulas of table 7.4.1-1 (v16.1), to 0.1 mdB: both sides of the break point, both
// scenarios.
static void path_loss_is_the_tables(void **state)
{
	(void)state;
	static const struct {
		enum tr38901_scenario scenario;
		bool los;
		double ground_m, frequency_hz, ue_height_m, loss_db;
	} rows[] = {
	    {TR38901_UMA, true, 10, 2e9, 1.5, 64.9792},	     {TR38901_UMA, true, 100, 3.5e9, 1.5, 83.1382},
	    {TR38901_UMA, true, 250, 28e9, 1.5, 109.7399},   {TR38901_UMA, true, 1000, 2e9, 1.5, 108.9117},
	    {TR38901_UMA, true, 1000, 3.5e9, 10, 104.8824},  {TR38901_UMA, true, 5000, 0.7e9, 1.5, 135.8066},
	    {TR38901_UMA, false, 10, 2e9, 1.5, 74.5543},     {TR38901_UMA, false, 100, 3.5e9, 1.5, 103.0375},
	    {TR38901_UMA, false, 250, 28e9, 1.5, 136.2693},  {TR38901_UMA, false, 1000, 2e9, 1.5, 136.8053},
	    {TR38901_UMA, false, 1000, 3.5e9, 10, 136.5633}, {TR38901_UMA, false, 5000, 0.7e9, 1.5, 154.9979},
	    {TR38901_UMI, true, 10, 2e9, 1.5, 61.9003},	     {TR38901_UMI, true, 100, 3.5e9, 1.5, 85.3142},
	    {TR38901_UMI, true, 250, 28e9, 1.5, 111.7052},   {TR38901_UMI, true, 1000, 2e9, 1.5, 118.8961},
	    {TR38901_UMI, true, 1000, 3.5e9, 10, 106.2814},  {TR38901_UMI, true, 5000, 0.7e9, 1.5, 146.2534},
	    {TR38901_UMI, false, 10, 2e9, 1.5, 68.2801},     {TR38901_UMI, false, 100, 3.5e9, 1.5, 104.6438},
	    {TR38901_UMI, false, 250, 28e9, 1.5, 137.8806},  {TR38901_UMI, false, 1000, 2e9, 1.5, 134.7125},
	    {TR38901_UMI, false, 1000, 3.5e9, 10, 137.3386}, {TR38901_UMI, false, 5000, 0.7e9, 1.5, 149.6743},
	};
	for (int i = 0; i < COUNT(rows); i++) {
		struct tr38901_link link = {rows[i].frequency_hz, 0, rows[i].ue_height_m};
		double loss = tr38901_path_loss_db(rows[i].scenario, rows[i].los, &link, rows[i].ground_m);
		assert_near(loss, rows[i].loss_db, 1e-4);
	}
}

static void los_slopes_meet_at_the_break_point(void **state)
{
	(void)state;
	for (int s = TR38901_UMA; s <= TR38901_UMI; s++) {
		struct tr38901_link link = {2e9, 0, 1.5};
		double bp = tr38901_breakpoint_m((enum tr38901_scenario)s, &link);
		assert_near(bp, 4 * (s == TR38901_UMA ? 24 : 9) * .5 * 2e9 / 3e8, 1e-9);
		double before = tr38901_path_loss_db((enum tr38901_scenario)s, true, &link, bp * (1 - 1e-9));
		double after = tr38901_path_loss_db((enum tr38901_scenario)s, true, &link, bp * (1 + 1e-9));
		assert_near(after, before, 1e-6);
	}
}

static void nlos_never_beats_los(void **state)
{
	(void)state;
	for (int s = TR38901_UMA; s <= TR38901_UMI; s++)
		for (double f = TR38901_MIN_HZ; f <= TR38901_MAX_HZ; f *= 1.7)
			for (double h = 1.5; h <= 13; h += 2.3)
				for (double d = 10; d <= 5000; d *= 1.1) {
					struct tr38901_link link = {f, 0, h};
					double los =
					    tr38901_path_loss_db((enum tr38901_scenario)s, true, &link, d);
					double nlos =
					    tr38901_path_loss_db((enum tr38901_scenario)s, false, &link, d);
					assert_true(isfinite(nlos) && nlos >= los && los > 40);
				}
}

static void ranges_saturate(void **state)
{
	(void)state;
	struct tr38901_link link = {2e9, 0, 1.5}, low = {2e9, 0, 0}, high = {2e9, 0, 99}, top = {2e9, 0, 13};
	double far = tr38901_path_loss_db(TR38901_UMA, true, &link, 5000);
	assert_near(tr38901_path_loss_db(TR38901_UMA, true, &link, 1e9), far, 0);
	assert_near(tr38901_path_loss_db(TR38901_UMA, true, &link, NAN), far, 0);
	assert_near(tr38901_path_loss_db(TR38901_UMA, true, &low, 5000), far, 0);
	assert_near(tr38901_path_loss_db(TR38901_UMA, true, &high, 700),
		    tr38901_path_loss_db(TR38901_UMA, true, &top, 700), 0);
}

// Table 7.4.2-1: 18/d + exp(-d / 63 or 36) (1 - 18/d).
static void los_probability_is_the_tables(void **state)
{
	(void)state;
	const double d[] = {5, 18, 50, 100, 500};
	const double uma[] = {1, 1, 0.6494021903, 0.3476708368, 0.0363445843};
	const double umi[] = {1, 1, 0.5195854136, 0.2309847497, 0.0360008958};
	for (int i = 0; i < COUNT(d); i++) {
		assert_near(tr38901_los_probability(TR38901_UMA, d[i]), uma[i], 1e-9);
		assert_near(path_loss_los_probability(PATH_LOSS_UMI_NLOS, d[i]), umi[i], 1e-9);
	}
	assert_near(path_loss_los_probability(PATH_LOSS_FREE_SPACE, 1000), 1, 0);
}

static void variants_and_shadowing_belong_together(void **state)
{
	(void)state;
	static const struct {
		enum path_loss_model los, nlos;
		double los_sigma, nlos_sigma, los_m, nlos_m; // tables 7.4.1-1 and 7.5-6
	} rows[] = {
	    {PATH_LOSS_UMA_LOS, PATH_LOSS_UMA_NLOS, 4, 6, 37, 50},
	    {PATH_LOSS_UMI_LOS, PATH_LOSS_UMI_NLOS, 4, 7.82, 10, 13},
	};
	for (int i = 0; i < COUNT(rows); i++) {
		assert_int_equal(path_loss_variant(rows[i].los, false), rows[i].nlos);
		assert_int_equal(path_loss_variant(rows[i].nlos, true), rows[i].los);
		double sigma, decorrelation;
		path_loss_shadowing(rows[i].los, &sigma, &decorrelation);
		assert_true(sigma == rows[i].los_sigma && decorrelation == rows[i].los_m);
		path_loss_shadowing(rows[i].nlos, &sigma, &decorrelation);
		assert_true(sigma == rows[i].nlos_sigma && decorrelation == rows[i].nlos_m);
	}
	assert_int_equal(path_loss_variant(PATH_LOSS_LTE_MACRO, false), PATH_LOSS_LTE_MACRO);
}

static void places_give_heights_and_the_right_distance(void **state)
{
	(void)state;
	struct path_loss uma = {.model = PATH_LOSS_UMA_LOS, .frequency_hz = 3.5e9};
	struct position base = {0, 0, 25}, ue = {60, 80, 1.5};
	assert_near(path_loss_between_db(&uma, base, ue), 83.1382, 1e-4);
	base.z_m = ue.z_m = 0; // then the standard's heights
	assert_near(path_loss_between_db(&uma, base, ue), 83.1382, 1e-4);
	struct path_loss friis = {.model = PATH_LOSS_FREE_SPACE, .frequency_hz = 3.5e9};
	struct position above = {60, 0, 80};
	assert_near(path_loss_between_db(&friis, base, above), path_loss_db(&friis, 100), 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(path_loss_is_the_tables),
	    cmocka_unit_test(los_slopes_meet_at_the_break_point),
	    cmocka_unit_test(nlos_never_beats_los),
	    cmocka_unit_test(ranges_saturate),
	    cmocka_unit_test(los_probability_is_the_tables),
	    cmocka_unit_test(variants_and_shadowing_belong_together),
	    cmocka_unit_test(places_give_heights_and_the_right_distance),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
