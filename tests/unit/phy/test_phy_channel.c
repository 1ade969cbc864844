// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "tests/unit/phy/test_phy.h"
#include "base/clock.h"
#include "phy/channel.h"
#include "phy/decibel.h"

// Everything at once: a UE that walks about under drawn LOS, correlated shadowing, Jakes fading and a sector
// antenna.
static struct radio_channel_config busy_cell(uint64_t seed)
{
	struct radio_channel_config c = RADIO_CHANNEL_DEFAULT;
	c.path_loss = (struct path_loss){.model = PATH_LOSS_UMI_LOS, .frequency_hz = 3.5e9};
	c.draw_los = true;
	c.shadowing_sigma_db = RADIO_SHADOWING_OF_MODEL;
	c.fading = (struct fading){.model = FADING_JAKES, .rician_k = 2, .frequency_hz = 3.5e9};
	c.base_antenna = (struct antenna){.model = ANTENNA_SECTOR, .gain_dbi = 8};
	c.seed = seed;
	return c;
}

static const struct mobility walker = {
    .model = MOBILITY_RANDOM_WAYPOINT,
    .start = {80, 0, 1.5},
    .min_x_m = 20,
    .min_y_m = -100,
    .max_x_m = 300,
    .max_y_m = 100,
    .min_speed_mps = 1,
    .max_speed_mps = 15,
};

static struct radio_channel *open_channel(const struct radio_channel_config *config, const struct mobility *m,
					  int n)
{
	struct radio_channel *c = NULL;
	struct err err = {""};
	if (radio_channel_new(&c, config, m, n, &err) != 0)
		fail_msg("%s", err.text);
	return c;
}

static void the_gain_is_the_sum_of_its_parts(void **state)
{
	(void)state;
	struct radio_channel_config config = busy_cell(test_seed());
	struct radio_channel *c = open_channel(&config, &walker, 1);
	int los = 0, n = 0;
	for (int64_t t = 0; t < 200 * NS_PER_S; t += 37 * NS_PER_MS, n++) {
		const struct radio_state *s = radio_channel_at(c, 0, t);
		assert_near(s->gain_db, -s->path_loss_db + s->shadowing_db + s->antennas_db + s->fading_db,
			    1e-9);
		struct path_loss p = config.path_loss;
		p.model = s->los ? PATH_LOSS_UMI_LOS : PATH_LOSS_UMI_NLOS;
		assert_near(s->path_loss_db, path_loss_between_db(&p, config.base, s->position), 1e-9);
		assert_near(s->antennas_db, antenna_gain_dbi(&config.base_antenna, config.base, s->position),
			    1e-9);
		assert_near(s->distance_m, distance_m(config.base, s->position), 1e-9);
		assert_true(s->at_ns <= t && t - s->at_ns < config.update_ns);
		los += s->los;
	}
	assert_true(los > 0 && los < n); // both states occur along the way
	radio_channel_free(c);
}

// The same (seed, run, UE) gives the same channel whatever else there is and whichever instants are asked
// for.
static void the_channel_depends_on_seed_run_and_ue_alone(void **state)
{
	(void)state;
	struct radio_channel_config config = busy_cell(test_seed()), other_seed = config, other_run = config;
	other_seed.seed++;
	other_run.run++;
	const struct mobility many[] = {walker, walker, walker};
	struct radio_channel *often = open_channel(&config, many, 3),
			     *rarely = open_channel(&config, many, 2);
	struct radio_channel *seed = open_channel(&other_seed, many, 1),
			     *run = open_channel(&other_run, many, 1);
	int same_seed = 0, same_run = 0, same_ue = 0;
	for (int64_t ms = 0; ms < 20000; ms++) {
		double gain = radio_channel_gain_db(often, 1, ms * NS_PER_MS);
		double of_0 = radio_channel_gain_db(often, 0, ms * NS_PER_MS);
		if (ms % 1777 != 0)
			continue;
		assert_near(radio_channel_gain_db(rarely, 1, ms * NS_PER_MS + 12345), gain, 0);
		assert_near(radio_channel_gain_db(rarely, 0, ms * NS_PER_MS), of_0, 0);
		same_ue += gain == of_0;
		same_seed += radio_channel_gain_db(seed, 0, ms * NS_PER_MS) == of_0;
		same_run += radio_channel_gain_db(run, 0, ms * NS_PER_MS) == of_0;
	}
	assert_true(same_seed == 0 && same_run == 0 && same_ue == 0);
	radio_channel_free(often);
	radio_channel_free(rarely);
	radio_channel_free(seed);
	radio_channel_free(run);
}

static void the_gain_holds_for_the_update_interval(void **state)
{
	(void)state;
	struct radio_channel_config config = busy_cell(test_seed());
	config.update_ns = 5 * NS_PER_MS;
	struct radio_channel *c = open_channel(&config, &walker, 1);
	for (int64_t t = 0; t < NS_PER_S; t += 5 * NS_PER_MS) {
		double gain = radio_channel_gain_db(c, 0, t);
		assert_near(radio_channel_gain_db(c, 0, t + 4999999), gain, 0);
		assert_near(radio_channel_gain_db(c, 0, t - NS_PER_S), gain, 0); // time never goes back
		assert_int_equal(radio_channel_next_ns(c, t), t + 5 * NS_PER_MS);
		assert_int_equal(radio_channel_next_ns(c, t + 4999999), t + 5 * NS_PER_MS);
	}
	radio_channel_free(c);
}

static void a_still_cell_is_its_path_loss(void **state)
{
	(void)state;
	struct radio_channel_config config = RADIO_CHANNEL_DEFAULT;
	const struct mobility ue[] = {{.start = {100, 0, 0}}, {.start = {0, 0, 0}}, {.start = {0, 1e6, 0}}};
	struct radio_channel *c = open_channel(&config, ue, 3);
	for (int64_t t = 0; t < NS_PER_S; t += 100 * NS_PER_MS) {
		assert_near(radio_channel_gain_db(c, 0, t), -90.5, 1e-9);
		assert_near(radio_channel_gain_db(c, 1, t), -15.3, 1e-9);  // at the mast: 1 m
		assert_near(radio_channel_gain_db(c, 2, t), -203.3, 1e-9); // beyond the range: 100 km
	}
	radio_channel_free(c);
}

// Static UEs at one distance: the share in LOS is the table's probability, the spread is the model's sigma.
static void many_ues_show_the_models_statistics(void **state)
{
	(void)state;
	enum { N = 4000 };
	static struct mobility ue[N];
	struct radio_channel_config config = busy_cell(test_seed());
	config.fading.model = FADING_NONE;
	for (int i = 0; i < N; i++)
		ue[i] = (struct mobility){.start = {100, 0, 1.5}};
	struct radio_channel *c = open_channel(&config, ue, N);
	int los = 0;
	double square[2] = {0};
	for (int i = 0; i < N; i++) {
		const struct radio_state *s = radio_channel_at(c, i, 0);
		los += s->los;
		square[s->los] += s->shadowing_db * s->shadowing_db;
	}
	double p = path_loss_los_probability(PATH_LOSS_UMI_LOS, 100);
	assert_near((double)los / N, p, 4 * sqrt(p * (1 - p) / N));
	assert_ratio(sqrt(square[1] / los), 4, 4 / sqrt(2. * los));
	assert_ratio(sqrt(square[0] / (N - los)), 7.82, 4 / sqrt(2. * (N - los)));
	radio_channel_free(c);
}

static void an_override_stands_until_released(void **state)
{
	(void)state;
	struct radio_channel_config config = busy_cell(test_seed());
	struct radio_channel *c = open_channel(&config, &walker, 1),
			     *free_running = open_channel(&config, &walker, 1);
	radio_channel_override(c, 0, -95);
	for (int64_t t = 0; t < NS_PER_S; t += 10 * NS_PER_MS)
		assert_near(radio_channel_gain_db(c, 0, t), -95, 0);
	radio_channel_override(c, 0, -INFINITY);
	assert_near(radio_channel_gain_db(c, 0, NS_PER_S), DB_FLOOR, 0);
	radio_channel_release(c, 0);
	assert_near(radio_channel_gain_db(c, 0, NS_PER_S), radio_channel_gain_db(free_running, 0, NS_PER_S),
		    0);
	radio_channel_free(c);
	radio_channel_free(free_running);
}

static void a_trace_replaces_the_models(void **state)
{
	(void)state;
	char path[] = "/tmp/airbatch-gain-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	const char text[] = "time_s,ue,gain_db\n0,phone,-80\n0.01,phone,-85\n";
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	const char *const names[] = {"phone"};
	const struct series_ues ues = {1, names};
	struct gain_trace trace;
	assert_int_equal(gain_trace_load(&trace, path, &ues, &(struct trace_time){.end = TRACE_STOP}, NULL),
			 0);
	unlink(path);
	struct radio_channel_config config = RADIO_CHANNEL_DEFAULT;
	config.trace = &trace;
	const struct mobility still = {.start = {100, 0, 0}};
	struct radio_channel *c = open_channel(&config, &still, 1);
	assert_near(radio_channel_gain_db(c, 0, 9999999), -80, 0);
	assert_near(radio_channel_gain_db(c, 0, 10000000), -85, 0);
	assert_near(radio_channel_gain_db(c, 0, NS_PER_S), DB_FLOOR, 0);
	radio_channel_free(c);
	config.fading = (struct fading){.model = FADING_RAYLEIGH, .coherence_s = 1e-3};
	c = open_channel(&config, &still, 1);
	const struct radio_state *s = radio_channel_at(c, 0, 3 * NS_PER_MS);
	assert_true(s->fading_db != 0);
	assert_near(s->gain_db, -80 + s->fading_db, 1e-12);
	radio_channel_free(c);
	gain_trace_free(&trace);
}

static void wrong_parameters_are_refused(void **state)
{
	(void)state;
	struct radio_channel_config bad[7];
	for (int i = 0; i < COUNT(bad); i++)
		bad[i] = (struct radio_channel_config)RADIO_CHANNEL_DEFAULT;
	bad[0].update_ns = 0;
	bad[1].draw_los = true;
	bad[2].shadowing_sigma_db = RADIO_SHADOWING_OF_MODEL;
	bad[3].shadowing_sigma_db = NAN;
	bad[4].fading.model = FADING_JAKES;
	bad[5].path_loss.model = PATH_LOSS_UMA_LOS;
	bad[5].base.z_m = 1;
	bad[6].base_antenna.gain_dbi = 1000;
	const struct mobility still = {.start = {100, 0, 0}};
	for (int i = 0; i < COUNT(bad); i++) {
		struct radio_channel *c = NULL;
		struct err err = {""};
		assert_int_equal(radio_channel_new(&c, &bad[i], &still, 1, &err), -EINVAL);
		assert_true(strlen(err.text) > 20);
	}
	const struct mobility lost[] = {still, {.start = {NAN, 0, 0}}};
	struct radio_channel_config good = RADIO_CHANNEL_DEFAULT;
	struct radio_channel *c = NULL;
	struct err err;
	assert_int_equal(radio_channel_new(&c, &good, lost, 2, &err), -EINVAL);
	assert_non_null(strstr(err.text, "UE 1: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_gain_is_the_sum_of_its_parts),
	    cmocka_unit_test(the_channel_depends_on_seed_run_and_ue_alone),
	    cmocka_unit_test(the_gain_holds_for_the_update_interval),
	    cmocka_unit_test(a_still_cell_is_its_path_loss),
	    cmocka_unit_test(many_ues_show_the_models_statistics),
	    cmocka_unit_test(an_override_stands_until_released),
	    cmocka_unit_test(a_trace_replaces_the_models),
	    cmocka_unit_test(wrong_parameters_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
