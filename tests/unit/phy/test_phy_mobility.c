// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <string.h>
#include "tests/unit/phy/test_phy.h"
#include "base/clock.h"
#include "phy/mobility.h"

static const struct mobility campus = {
    .model = MOBILITY_RANDOM_WAYPOINT,
    .start = {50, 20, 1.5},
    .min_x_m = -100,
    .min_y_m = 0,
    .max_x_m = 200,
    .max_y_m = 80,
    .min_speed_mps = 0.5,
    .max_speed_mps = 3,
    .pause_s = 2,
};

static void static_and_linear_are_straight(void **state)
{
	(void)state;
	struct mobility linear = {.model = MOBILITY_LINEAR, .start = {1, 2, 3}, .vx_mps = 3, .vy_mps = -4};
	struct mobility stays = {.start = {1, 2, 3}};
	struct mobile a, b;
	mobile_init(&a, &linear, NULL);
	mobile_init(&b, &stays, NULL);
	double way;
	struct position p = mobile_at(&a, 10 * NS_PER_S, &way);
	assert_near(p.x_m, 31, 1e-9);
	assert_near(p.y_m, -38, 1e-9);
	assert_near(way, 50, 1e-9);
	p = mobile_at(&b, 10 * NS_PER_S, &way);
	assert_true(p.x_m == 1 && p.y_m == 2 && p.z_m == 3 && way == 0);
}

static double uniform_cdf(double x, double ignored)
{
	(void)ignored;
	return (x - campus.min_speed_mps) / (campus.max_speed_mps - campus.min_speed_mps);
}

// The area, the continuity of the way, and the law of the speed: uniform over legs.
static void random_waypoint_keeps_its_laws(void **state)
{
	(void)state;
	enum { LEGS = 3000 };
	static double speed[LEGS];
	struct rng *rng = rng_new(test_seed(), 0, RNG_MOBILITY, 0);
	struct mobile m;
	struct err err;
	assert_int_equal(mobility_check(&campus, &err), 0);
	mobile_init(&m, &campus, rng);
	int legs = 0;
	int64_t leg = -1, now = 0;
	double before = 0, way;
	struct position last = mobile_at(&m, 0, &before);
	for (; legs < LEGS; now += 500 * NS_PER_MS) {
		struct position p = mobile_at(&m, now, &way);
		assert_true(p.x_m >= -100 && p.x_m <= 200 && p.y_m >= 0 && p.y_m <= 80 && p.z_m == 1.5);
		double step = distance_m(last, p);
		assert_true(step <= way - before + 1e-9 && way - before <= 3 * 0.5 + 1e-9);
		last = p;
		before = way;
		if (m.leave_ns != leg) {
			leg = m.leave_ns;
			speed[legs++] = distance_m(m.from, m.to) / ns_to_s(m.arrive_ns - m.leave_ns);
			assert_true(m.next_ns - m.arrive_ns == 2 * NS_PER_S);
		}
	}
	assert_true(ks_distance(speed, LEGS, uniform_cdf, 0) <
		    ks_bound(LEGS) + 0.02); // legs under 0.5 s may be missed
	rng_free(rng);
}

static void the_same_stream_walks_the_same_way(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	struct rng *a = rng_new(seed, 1, RNG_MOBILITY, 4), *b = rng_new(seed, 1, RNG_MOBILITY, 4);
	struct mobile often, rarely;
	mobile_init(&often, &campus, a);
	mobile_init(&rarely, &campus, b);
	for (int64_t ms = 0; ms < 600000; ms += 20) {
		double way, other;
		struct position p = mobile_at(&often, ms * NS_PER_MS, &way);
		if (ms % 7000 != 0)
			continue;
		struct position q = mobile_at(&rarely, ms * NS_PER_MS, &other);
		assert_true(p.x_m == q.x_m && p.y_m == q.y_m && way == other);
	}
	rng_free(a);
	rng_free(b);
}

static void wrong_parameters_are_refused(void **state)
{
	(void)state;
	struct err err;
	struct mobility m = campus;
	m.min_speed_mps = 0; // the mean speed would decay to 0
	assert_int_equal(mobility_check(&m, &err), -EINVAL);
	m = campus;
	m.start.x_m = 500;
	assert_int_equal(mobility_check(&m, &err), -EINVAL);
	assert_non_null(strstr(err.text, "outside the area"));
	m = campus;
	m.max_y_m = -1;
	assert_int_equal(mobility_check(&m, &err), -EINVAL);
	m = (struct mobility){.start = {NAN, 0, 0}};
	assert_int_equal(mobility_check(&m, &err), -EINVAL);
	m = (struct mobility){.model = MOBILITY_TRACE};
	assert_int_equal(mobility_check(&m, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(static_and_linear_are_straight),
	    cmocka_unit_test(random_waypoint_keeps_its_laws),
	    cmocka_unit_test(the_same_stream_walks_the_same_way),
	    cmocka_unit_test(wrong_parameters_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
