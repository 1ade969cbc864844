// SPDX-License-Identifier: BSD-3-Clause
// The simulated edge grants hertz: from the instant of its round until the upload is in, never more than the
// band, at Shannon's rate; every change is a row of links.csv at its instant, and uploads take what was
// planned.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "edge/desk/desk.h"
#include "phy/rate.h"
#include "tests/unit/sim/sim_star.h"

enum { UES = 6 };
#define BAND_HZ 10e6
#define YAML                                                                                                 \
	"duration: 20s\nseed: %u\npolicy: " EQUAL_BANDS "\n"                                                 \
	"cell: {bandwidth: 10MHz, grant: %s, delay: 1ms}\n"                                                  \
	"ues: {count: 6, distance: 20m..200m, network: mobilenet-v2, deadline: 500ms, "                      \
	"arrivals: {kind: poisson, rate: 2}, tx_power: 10dBm}\n"                                             \
	"edge: {executor: replay, profile: mobilenet-v2-gpu-model}\n"

struct row {
	double time_ms, gain_db, hertz, bytes, airtime_ms;
	int ue;
};

static struct row *read_rows(const struct star *star, size_t *n)
{
	size_t size;
	char *text = star_read(star, "links.csv", &size), *line = strchr(text, '\n');
	struct row *rows = calloc(size / 40 + 1, sizeof(*rows));
	*n = 0;
	for (; line && line[1]; line = strchr(line + 1, '\n')) {
		struct row *r = &rows[*n];
		if (sscanf(line + 1, "%lf,%d,%lf,%*f,%lf,%*f,%*f,%*f,%*f,%lf,%*f,%*f,%*f,%*f,%*f,%lf",
			   &r->time_ms, &r->ue, &r->gain_db, &r->hertz, &r->bytes, &r->airtime_ms) == 6)
			(*n)++;
	}
	free(text);
	return rows;
}

static struct row *live(struct star *star, const char *grant, size_t *n)
{
	char yaml[1024];
	struct err err;
	uint32_t seed = (uint32_t)clock_now_ns() % 1000000;
	printf("seed %u\n", seed);
	snprintf(yaml, sizeof(yaml), YAML, seed, grant);
	if (star_open(star, yaml, 0, &err) < 0 || star_run(star, NULL, NULL, &err) < 0)
		fail_msg("%s", err.text);
	return read_rows(star, n);
}

// Rows of one instant count together.
static void sums_keep_within_the_band(const struct row *rows, size_t n)
{
	double hertz[UES] = {0};
	for (size_t i = 0; i < n; i++) {
		hertz[rows[i].ue - 1] = rows[i].hertz;
		if (i + 1 < n && rows[i + 1].time_ms == rows[i].time_ms)
			continue;
		double sum = 0;
		for (int ue = 0; ue < UES; ue++)
			sum += hertz[ue];
		if (sum > BAND_HZ * (1 + 1e-6))
			fail_msg("%g Hz are granted at %g ms", sum, rows[i].time_ms);
	}
}

static double shannon_of(const struct row *r)
{
	double snr = .01 * pow(10, r->gain_db / 10) / noise_w(THERMAL_NOISE_DBM_HZ, r->hertz, 0);
	return r->hertz * log2(1 + snr);
}

// What was sent with a grant: bits over airtime, from each row to the UE's next.
static void rates_are_shannons(const struct row *rows, size_t n)
{
	const struct row *last[UES] = {NULL};
	double bits[UES] = {0}, expected[UES] = {0}, worst = 0;
	for (size_t i = 0; i < n; i++) {
		int ue = rows[i].ue - 1;
		const struct row *from = last[ue];
		last[ue] = &rows[i];
		if (!from || from->hertz < 2 * DESK_REST_SHARE * BAND_HZ / UES)
			continue;
		bits[ue] += 8 * (rows[i].bytes - from->bytes);
		expected[ue] += 1e-3 * (rows[i].airtime_ms - from->airtime_ms) * shannon_of(from);
	}
	for (int ue = 0; ue < UES; ue++) {
		assert_true(bits[ue] > 1e6);
		worst = fmax(worst, fabs(bits[ue] / expected[ue] - 1));
	}
	printf("rates are Shannon's within %.4f %%\n", 100 * worst);
	assert_true(worst < .005);
}

static bool is_of_a_round(const char *rounds, double at_ms)
{
	double time_ms = 0;
	for (const char *line = strchr(rounds, '\n'); line && line[1]; line = strchr(line + 1, '\n'))
		if (sscanf(line + 1, "%*d,%lf", &time_ms) == 1 && time_ms == at_ms)
			return true;
	return false;
}

// Each grant is stamped at the very instant of the round that makes it.
static void rounds_are_obeyed_at_once(const struct star *star, const struct row *rows, size_t n)
{
	size_t size;
	double hertz[UES] = {0};
	int grants = 0;
	char *rounds = star_read(star, "rounds.csv", &size);
	for (size_t i = 0; i < n; i++) {
		double before = hertz[rows[i].ue - 1];
		hertz[rows[i].ue - 1] = rows[i].hertz;
		if (before == 0 || rows[i].hertz <= before)
			continue;
		grants++;
		assert_true(is_of_a_round(rounds, rows[i].time_ms));
	}
	assert_true(grants > 20);
	free(rounds);
}

// Of tasks that upload: the plan's time and the real one.
static void uploads_take_what_was_planned(const struct star *star)
{
	size_t size;
	int uploads = 0;
	double worst = 0, upload_ms, plan_ms;
	char *text = star_read(star, "tasks.csv", &size);
	for (char *line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
		int cut;
		if (sscanf(line + 1,
			   "%*d,%*d,%*d,done,%d,%*d,%*d,%*d,%*d,%*d,%*f,%*f,%*f,%*f,%*f,%*f,%*f,%*f,%lf,%lf",
			   &cut, &upload_ms, &plan_ms) != 3 ||
		    cut > 0)
			continue;
		uploads++;
		worst = fmax(worst, fabs(upload_ms / plan_ms - 1));
	}
	printf("%d uploads took what was planned within %.4f %%\n", uploads, 100 * worst);
	assert_true(uploads > 20 && worst < .005);
	free(text);
}

static void grants_are_in_force_from_round_to_tensor(void **state)
{
	(void)state;
	struct star star;
	size_t n;
	struct row *rows = live(&star, "granted", &n);
	sums_keep_within_the_band(rows, n);
	rates_are_shannons(rows, n);
	rounds_are_obeyed_at_once(&star, rows, n);
	uploads_take_what_was_planned(&star);
	free(rows);
	star_close(&star);
}

// Under another strategy nobody grants, and the same policy plans with the rates that UEs have.
static void other_cells_are_not_asked(void **state)
{
	(void)state;
	struct star star;
	size_t n;
	struct row *rows = live(&star, "equal-share", &n);
	for (size_t i = 0; i < n; i++)
		assert_true(fmod(rows[i].time_ms, 100) == 0);
	free(rows);
	star_close(&star);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(grants_are_in_force_from_round_to_tensor),
	    cmocka_unit_test(other_cells_are_not_asked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
