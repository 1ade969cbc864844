// SPDX-License-Identifier: BSD-3-Clause
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/units.h"

struct quantity {
	const char *text;
	enum unit unit;
	double value;
};

static void quantities_read_as_si(void **state)
{
	(void)state;
	static const struct quantity quantities[] = {
	    {"4", UNIT_NONE, 4},
	    {"50ms", UNIT_S, 0.05},
	    {"2min", UNIT_S, 120},
	    {"1.5 us", UNIT_S, 1.5e-6},
	    {"1MHz", UNIT_HZ, 1e6},
	    {"10Mbit/s", UNIT_BPS, 1e7},
	    {"10Mbps", UNIT_BPS, 1e7},
	    {"1MiB", UNIT_BYTE, 1048576},
	    {"1kB", UNIT_BYTE, 1000},
	    {"20m", UNIT_M, 20},
	    {"0.1km", UNIT_M, 100},
	    {"36km/h", UNIT_MPS, 10},
	    {"30dBm", UNIT_W, 1},
	    {"0dBm", UNIT_W, 1e-3},
	    {"-30dBm", UNIT_W, 1e-6},
	    {"200mW", UNIT_W, 0.2},
	    {"250uJ", UNIT_J, 2.5e-4},
	    {"1.5kJ", UNIT_J, 1500},
	    {"-95dB", UNIT_DB, -95},
	    {"-174dBm/Hz", UNIT_DBM_HZ, -174},
	    {"20GFLOP/s", UNIT_FLOPS, 2e10},
	    {"5%", UNIT_RATIO, 0.05},
	    {"0.5", UNIT_RATIO, 0.5},
	};
	for (size_t i = 0; i < sizeof(quantities) / sizeof(quantities[0]); i++) {
		double value;
		struct err err = {""};
		if (unit_parse(quantities[i].text, quantities[i].unit, &value, &err) < 0)
			fail_msg("%s", err.text);
		if (fabs(value - quantities[i].value) > 1e-12 * fabs(quantities[i].value))
			fail_msg("%s reads as %g", quantities[i].text, value);
	}
}

static void what_is_no_quantity_is_refused(void **state)
{
	(void)state;
	static const struct quantity wrong[] = {
	    {"", UNIT_NONE, 0},		{"x", UNIT_NONE, 0},	{"nan", UNIT_NONE, 0},
	    {"inf", UNIT_NONE, 0},	{"0x10", UNIT_NONE, 0}, {"1e999", UNIT_NONE, 0},
	    {"4 apples", UNIT_NONE, 0}, {"50", UNIT_S, 0},	{"50Ms", UNIT_S, 0},
	    {"50ms ", UNIT_S, 0},	{"1mhz", UNIT_HZ, 0},	{"ms", UNIT_S, 0},
	    {"23dB", UNIT_W, 0},	{"23dBm", UNIT_DB, 0},	{"nanms", UNIT_S, 0},
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		double value;
		struct err err = {""};
		if (unit_parse(wrong[i].text, wrong[i].unit, &value, &err) == 0)
			fail_msg("'%s' reads as %g", wrong[i].text, value);
		assert_non_null(strstr(err.text, wrong[i].text));
	}
}

static void a_missing_unit_is_named(void **state)
{
	(void)state;
	double value;
	struct err err;
	assert_true(unit_parse("50", UNIT_S, &value, &err) < 0);
	assert_string_equal(err.text, "'50' has no unit: write a time (ns, us, ms, s, min) such as 50ms");
}

// What unit_format prints, unit_parse reads back to the six digits that were printed.
static void printing_and_reading_agree(void **state)
{
	(void)state;
	for (int unit = UNIT_NONE; unit <= UNIT_RATIO; unit++) {
		for (double magnitude = -8; magnitude <= 13; magnitude += 0.37) {
			double value = pow(10, magnitude), back;
			char text[64];
			struct err err = {""};
			unit_format(value, (enum unit)unit, text, sizeof(text));
			if (unit_parse(text, (enum unit)unit, &back, &err) < 0)
				fail_msg("%g prints as %s: %s", value, text, err.text);
			if (fabs(back - value) > 5.1e-6 * value)
				fail_msg("%g prints as %s, which reads as %g", value, text, back);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(quantities_read_as_si),
	    cmocka_unit_test(what_is_no_quantity_is_refused),
	    cmocka_unit_test(a_missing_unit_is_named),
	    cmocka_unit_test(printing_and_reading_agree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
