// SPDX-License-Identifier: BSD-3-Clause
// Runs in virtual time over radios that fade, lose and share: equal seeds give equal bytes, shares add up,
// lost tensors are sent again.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "phy/rate.h"
#include "tests/unit/sim/sim_star.h"

#define REPLAY "edge: {executor: replay, profile: mobilenet-v2-gpu-model, guard: 5ms}\n"
#define FADING                                                                                               \
	"cell: {bandwidth: 10MHz, path_loss: umi-nlos, carrier: 3.5GHz, grant: proportional-fair, "          \
	"shadowing: {kind: 3gpp}, fading: {kind: jakes}, rate: {kind: nr}, harq: {kind: radio}}\n"           \
	"ues: {count: 3, distance: 30m..90m, mobility: {kind: random-waypoint}, arrivals: {period: 200ms}, " \
	"traffic: {rate: 2Mbit/s}}\n"

static void run(struct star *star, const char *yaml)
{
	struct err err;
	if (star_open(star, yaml, 0, &err) < 0 || star_run(star, NULL, NULL, &err) < 0)
		fail_msg("%s", err.text);
}

// What stood before there was a choice: Shannon over LTE macro path loss, own bands, nothing fades, moves or
// is lost.
static void defaults_are_the_plain_cell(void **state)
{
	(void)state;
	struct star star;
	struct err err;
	assert_int_equal(
	    star_open(&star, "ues: {list: [{distance: 50m}, {gain: -97dB}], tx_power: 10dBm}\n", 0, &err), 0);
	const double gains_db[] = {-(128.1 + 37.6 * log10(.05)), -97};
	for (int i = 0; i < 2; i++) {
		double noise = noise_w(-174, 1e6, 0);
		assert_true(fabs(star.resolved.radio[i].gain_db - gains_db[i]) < 1e-9);
		assert_true(star.resolved.radio[i].uplink_bps ==
			    shannon_bps(1e6, snr_linear(.01, star.resolved.radio[i].gain_db, noise), 0));
		assert_true(star.resolved.radio[i].downlink_bps ==
			    shannon_bps(1e6, snr_linear(1, star.resolved.radio[i].gain_db, noise), 0));
	}
	assert_false(assembly_varies(&star.resolved.cell));
	assert_true(impairment_is_none(&star.resolved.cell.impairment));
	assert_true(star.resolved.cell.bler == 0 && !star.resolved.cell.radio_bler &&
		    !star.resolved.cell.codel);
	star_close(&star);
}

static char *tables_of(const char *yaml)
{
	struct star star;
	size_t size[2];
	run(&star, yaml);
	char *links = star_read(&star, "links.csv", &size[0]),
	     *tasks = star_read(&star, "tasks.csv", &size[1]);
	char *both = malloc(size[0] + size[1] + 1);
	memcpy(both, links, size[0]);
	memcpy(both + size[0], tasks, size[1] + 1);
	free(links);
	free(tasks);
	star_close(&star);
	return both;
}

static void equal_seeds_fade_equally(void **state)
{
	(void)state;
	char *first = tables_of("duration: 2s\n" REPLAY FADING),
	     *second = tables_of("duration: 2s\n" REPLAY FADING),
	     *other = tables_of("duration: 2s\nrun: 2\n" REPLAY FADING);
	assert_string_equal(first, second);
	assert_string_not_equal(first, other);
	free(first);
	free(second);
	free(other);
}

static double number_at(const struct star *star, const char *list, size_t i, const char *key)
{
	json_t *results = star_results(star);
	double value =
	    json_number_value(json_object_get(json_array_get(json_object_get(results, list), i), key));
	json_decref(results);
	return value;
}

// One after the other the two lose 20 % of some 8900 datagrams: within five standard deviations.
static void loss_has_its_share(void **state)
{
	(void)state;
	struct star star;
	run(&star,
	    "duration: 10s\nues: {count: 2, gain: -90dB, loss: 20%, arrivals: {kind: none}, traffic: {rate: "
	    "10Mbit/s}}\n");
	for (size_t i = 0; i < 2; i++) {
		double sent = number_at(&star, "traffic", i, "sent"),
		       lost = number_at(&star, "traffic", i, "lost");
		assert_true(sent > 8000);
		assert_true(fabs(lost - .2 * sent) < 5 * sqrt(.2 * .8 * sent));
	}
	star_close(&star);
}

static json_t *tasks_of(const char *yaml)
{
	struct star star;
	run(&star, yaml);
	json_t *results = star_results(&star), *tasks = json_incref(json_object_get(results, "tasks"));
	json_decref(results);
	star_close(&star);
	return tasks;
}

static double mean_of(const json_t *tasks, const char *key)
{
	return json_number_value(json_object_get(tasks, key));
}

#define OFFLOADING                                                                                           \
	"ues: {count: 2, gain: -80dB, deadline: 150ms, device: {f_max: 2GFLOP/s}, arrivals: {period: 500ms}"

// A tensor arrives whole however many of its segments are lost, and each is paid for.
static void lost_segments_are_sent_again(void **state)
{
	(void)state;
	json_t *whole = tasks_of("duration: 5s\npolicy: ip-ssa\n" REPLAY OFFLOADING
				 "}\ncell: {bandwidth: 20MHz}\n"),
	       *lossy = tasks_of("duration: 5s\npolicy: ip-ssa\n" REPLAY OFFLOADING
				 ", loss: 30%}\ncell: {bandwidth: 20MHz}\n");
	assert_int_equal((int)mean_of(whole, "done"), 20);
	assert_int_equal((int)mean_of(lossy, "done"), 20);
	assert_true(mean_of(whole, "offloaded") > 0);
	double more = mean_of(lossy, "transmit_mj") / mean_of(whole, "transmit_mj");
	assert_true(more > 1.2 && more < 1.7); // 1 / (1 - 0.3) = 1.43
	json_decref(whole);
	json_decref(lossy);
}

static void an_inefficient_amplifier_costs_its_share(void **state)
{
	(void)state;
	json_t *plain = tasks_of("duration: 2s\npolicy: ip-ssa-np\n" REPLAY OFFLOADING
				 "}\ncell: {bandwidth: 20MHz}\n"),
	       *costly = tasks_of("duration: 2s\npolicy: ip-ssa-np\n" REPLAY OFFLOADING
				  ", radio: {efficiency: 50%}}\ncell: {bandwidth: 20MHz}\n");
	assert_true(fabs(mean_of(costly, "transmit_mj") / mean_of(plain, "transmit_mj") - 2) < 1e-9);
	json_decref(plain);
	json_decref(costly);
}

// Four busy UEs of equal gain share one band equally, whatever the strategy; with a band each they have all
// of theirs.
static void a_shared_band_is_shared(void **state)
{
	(void)state;
	static const char *const grants[] = {"own-band", "equal-share", "round-robin", "proportional-fair"};
	double own_bps = 0;
	for (size_t g = 0; g < sizeof(grants) / sizeof(grants[0]); g++) {
		char yaml[400];
		struct star star;
		snprintf(
		    yaml, sizeof(yaml),
		    "duration: 4s\ncell: {bandwidth: 1MHz, queue: 64KiB, grant: %s}\nues: {count: 4, gain: "
		    "-100dB, arrivals: {kind: none}, traffic: {rate: 30Mbit/s}}\n",
		    grants[g]);
		run(&star, yaml);
		for (size_t i = 0; i < 4; i++) {
			double bps = number_at(&star, "traffic", i, "goodput_bps");
			own_bps = g == 0 ? bps : own_bps;
			assert_true(fabs(bps / (g == 0 ? own_bps : own_bps / 4) - 1) < .03);
		}
		star_close(&star);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults_are_the_plain_cell),
	    cmocka_unit_test(equal_seeds_fade_equally),
	    cmocka_unit_test(loss_has_its_share),
	    cmocka_unit_test(lost_segments_are_sent_again),
	    cmocka_unit_test(an_inefficient_amplifier_costs_its_share),
	    cmocka_unit_test(a_shared_band_is_shared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
