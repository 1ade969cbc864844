// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <string.h>
#include "tests/unit/phy/test_phy.h"
#include "phy/decibel.h"
#include "phy/energy.h"

static void defaults_give_power_times_time(void **state)
{
	(void)state;
	struct radio_energy e = RADIO_ENERGY_DEFAULT;
	double p = dbm_to_w(23), bits = 602112 * 8, rate = 15e6;
	assert_near(radio_transmit_j(&e, p, bits / rate), p * bits / rate, 1e-12);
	assert_true(radio_receive_j(&e, 3) == 0 && radio_idle_j(&e, 3) == 0);
}

static void options_add_up_over_a_schedule(void **state)
{
	(void)state;
	struct radio_energy e = {.efficiency = .4, .circuit_w = .1, .receive_w = .25, .idle_w = .02};
	double sum = radio_transmit_j(&e, .2, 2) + radio_receive_j(&e, 3) + radio_idle_j(&e, 5);
	assert_near(sum, (.2 / .4 + .1) * 2 + .25 * 3 + .02 * 5, 1e-12);
	assert_true(radio_transmit_w(&e, 0) == 0);
}

static void wrong_parameters_are_refused(void **state)
{
	(void)state;
	struct err err;
	struct radio_energy e = RADIO_ENERGY_DEFAULT;
	assert_int_equal(radio_energy_check(&e, &err), 0);
	const double efficiency[] = {0, -.1, 1.1, NAN};
	for (int i = 0; i < 4; i++) {
		e.efficiency = efficiency[i];
		assert_int_equal(radio_energy_check(&e, &err), -EINVAL);
	}
	e = RADIO_ENERGY_DEFAULT;
	e.idle_w = NAN;
	assert_int_equal(radio_energy_check(&e, &err), -EINVAL);
	assert_non_null(strstr(err.text, "idle"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults_give_power_times_time),
	    cmocka_unit_test(options_add_up_over_a_schedule),
	    cmocka_unit_test(wrong_parameters_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
