// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include "tests/unit/phy/test_phy.h"
#include "phy/mcs.h"
#include "phy/nr.h"

// The columns "spectral efficiency" of TS 38.214, tables 5.1.3.1-1, -2, 5.2.2.1-2, -3.
static const double mcs_64qam[] = {0.2344, 0.3066, 0.3770, 0.4902, 0.6016, 0.7402, 0.8770, 1.0273,
				   1.1758, 1.3262, 1.3281, 1.4766, 1.6953, 1.9141, 2.1602, 2.4063,
				   2.5703, 2.5664, 2.7305, 3.0293, 3.3223, 3.6094, 3.9023, 4.2129,
				   4.5234, 4.8164, 5.1152, 5.3320, 5.5547};
static const double mcs_256qam[] = {0.2344, 0.3770, 0.6016, 0.8770, 1.1758, 1.4766, 1.6953,
				    1.9141, 2.1602, 2.4063, 2.5703, 2.7305, 3.0293, 3.3223,
				    3.6094, 3.9023, 4.2129, 4.5234, 4.8164, 5.1152, 5.3320,
				    5.5547, 5.8906, 6.2266, 6.5703, 6.9141, 7.1602, 7.4063};
static const double cqi_64qam[] = {0.1523, 0.2344, 0.3770, 0.6016, 0.8770, 1.1758, 1.4766, 1.9141,
				   2.4063, 2.7305, 3.3223, 3.9023, 4.5234, 5.1152, 5.5547};
static const double cqi_256qam[] = {0.1523, 0.3770, 0.8770, 1.4766, 1.9141, 2.4063, 2.7305, 3.3223,
				    3.9023, 4.5234, 5.1152, 5.5547, 6.2266, 6.9141, 7.4063};

static const struct {
	enum mcs_table table;
	int first, n;
	const double *efficiency;
} printed[] = {
    {MCS_64QAM, 0, COUNT(mcs_64qam), mcs_64qam},
    {MCS_256QAM, 0, COUNT(mcs_256qam), mcs_256qam},
    {CQI_64QAM, 1, COUNT(cqi_64qam), cqi_64qam},
    {CQI_256QAM, 1, COUNT(cqi_256qam), cqi_256qam},
};

static void every_row_gives_the_printed_efficiency(void **state)
{
	(void)state;
	for (int t = 0; t < COUNT(printed); t++) {
		assert_int_equal(mcs_first(printed[t].table), printed[t].first);
		assert_int_equal(mcs_last(printed[t].table), printed[t].first + printed[t].n - 1);
		for (int i = 0; i < printed[t].n; i++) {
			struct mcs mcs;
			struct err err;
			assert_int_equal(mcs_get(printed[t].table, printed[t].first + i, &mcs, &err), 0);
			assert_near(mcs_efficiency(&mcs), printed[t].efficiency[i], 0.5001e-4);
			assert_near(mcs_efficiency(&mcs), mcs.bits_per_symbol * mcs.rate_x1024 / 1024, 0);
		}
	}
}

static void efficiency_ascends_but_for_the_standards_one_step_down(void **state)
{
	(void)state;
	for (int t = 0; t < COUNT(printed); t++) {
		struct mcs last, mcs;
		mcs_get(printed[t].table, printed[t].first, &last, NULL);
		for (int i = 1; i < printed[t].n; i++, last = mcs) {
			mcs_get(printed[t].table, printed[t].first + i, &mcs, NULL);
			bool step_down = printed[t].table == MCS_64QAM && i == 17;
			assert_true((mcs_efficiency(&mcs) > mcs_efficiency(&last)) != step_down);
			assert_true(mcs.bits_per_symbol >= last.bits_per_symbol);
		}
	}
}

static void an_index_outside_is_an_error(void **state)
{
	(void)state;
	struct err err;
	struct mcs mcs;
	for (int t = 0; t < COUNT(printed); t++) {
		assert_int_equal(mcs_get(printed[t].table, mcs_first(printed[t].table) - 1, &mcs, &err),
				 -ERANGE);
		assert_int_equal(mcs_get(printed[t].table, mcs_last(printed[t].table) + 1, &mcs, &err),
				 -ERANGE);
	}
	assert_int_equal(mcs_get(MCS_64QAM, 29, &mcs, &err), -ERANGE);
	assert_non_null(strstr(err.text, "0 to 28"));
}

static void resource_blocks_are_the_standards(void **state)
{
	(void)state;
	struct err err;
	static const struct {
		double bandwidth_hz, spacing_hz;
		int n;
	} rows[] = {
	    {5e6, 15e3, 25},	{10e6, 15e3, 52},   {20e6, 15e3, 106},	{50e6, 15e3, 270},   {20e6, 30e3, 51},
	    {100e6, 30e3, 273}, {100e6, 60e3, 135}, {100e6, 120e3, 66}, {400e6, 120e3, 264}, {1e6, 15e3, 5},
	    {180e3, 15e3, 1},	{360e3, 30e3, 1}, // not in the table: as many as fit
	};
	for (int i = 0; i < COUNT(rows); i++)
		assert_int_equal(nr_resource_blocks(rows[i].bandwidth_hz, rows[i].spacing_hz, &err),
				 rows[i].n);
	assert_int_equal(nr_resource_blocks(100e3, 15e3, &err), -EINVAL);
	assert_int_equal(nr_resource_blocks(NAN, 15e3, &err), -EINVAL);
	assert_int_equal(nr_resource_blocks(20e6, 20e3, &err), -EINVAL);
	// Never more spectrum than there is.
	for (double mhz = 5; mhz <= 100; mhz += 5)
		for (double khz = 15; khz <= 60; khz *= 2) {
			int n = nr_resource_blocks(mhz * 1e6, khz * 1e3, &err);
			assert_true(n < 0 || n * 12 * khz * 1e3 <= mhz * 1e6);
		}
}

// 100 MHz at 30 kHz, 256QAM 948/1024, downlink: the well-known 2.337 Gbit/s of four layers, by
// TS 38.306, 4.1.2.
static void rate_is_the_standards_formula(void **state)
{
	(void)state;
	struct mcs mcs;
	mcs_get(MCS_256QAM, 27, &mcs, NULL);
	double rate = nr_rate_bps(&mcs, 273, 1, NR_OVERHEAD_DOWNLINK_FR1);
	assert_ratio(4 * rate, 2.337e9, 1e-3);
	assert_ratio(rate, 8 * 948. / 1024 * 273 * 12 / (1e-3 / 28) * (1 - 0.14), 1e-12);
	assert_near(nr_slot_s(2), 0.25e-3, 0);
	assert_near(nr_slot_symbols(1, 0), 168, 0);
	assert_near(nr_rate_bps(&mcs, 10, 0, 0), 10 * nr_rate_bps(&mcs, 1, 0, 0), 1e-6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_row_gives_the_printed_efficiency),
	    cmocka_unit_test(efficiency_ascends_but_for_the_standards_one_step_down),
	    cmocka_unit_test(an_index_outside_is_an_error),
	    cmocka_unit_test(resource_blocks_are_the_standards),
	    cmocka_unit_test(rate_is_the_standards_formula),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
