// SPDX-License-Identifier: BSD-3-Clause
// Sampling, balls, groups, votes and boxes against brute force on small random sets, among them grids, where
// many distances are equal.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/rng.h"
#include "dnn/points/points.h"

enum { MAX_POINTS = 700, MAX_CHANNELS = 20, ROUNDS = 40 };

static struct rng *rng;

// Rows, and the same in columns.
struct cloud {
	int n, channels;
	float rows[MAX_POINTS * MAX_CHANNELS];
	float values[(MAX_POINTS + POINTS_BLOCK) * MAX_CHANNELS];
	struct columns columns;
};

static void fill_columns(struct cloud *c, int channels)
{
	c->columns = (struct columns){c->values, c->n, columns_stride(c->n), channels};
	columns_fill(&c->columns, c->rows, c->channels);
}

static void draw_cloud(struct cloud *c, int n, int channels, bool on_grid)
{
	c->n = n;
	c->channels = channels;
	for (int i = 0; i < n * channels; i++)
		c->rows[i] = on_grid ? (float)rng_below(rng, 5) : (float)rng_uniform(rng, -3, 3);
	fill_columns(c, channels);
}

static void draw_any(struct cloud *c)
{
	draw_cloud(c, 1 + (int)rng_below(rng, MAX_POINTS), 3 + (int)rng_below(rng, MAX_CHANNELS - 2),
		   rng_below(rng, 2) == 0);
}

// A volatile sum keeps the compiler from any arithmetic but that of the definition.
static float squared_distance(const struct cloud *c, int i, int k)
{
	volatile float sum = 0;
	for (int d = 0; d < c->columns.channels; d++) {
		volatile float difference = c->rows[i * c->channels + d] - c->rows[k * c->channels + d];
		volatile float square = difference * difference;
		sum = sum + square;
	}
	return sum;
}

static float to_nearest(const struct cloud *c, int i, const int32_t *picked, int count)
{
	float least = INFINITY;
	for (int k = 0; k < count; k++)
		least = fminf(least, squared_distance(c, i, picked[k]));
	return least;
}

static void test_sampling_is_exact(void **state)
{
	(void)state;
	static struct cloud c;
	float nearest[MAX_POINTS + POINTS_BLOCK];
	int32_t picked[40];
	for (int round = 0; round < ROUNDS; round++) {
		draw_any(&c);
		int count = 1 + (int)rng_below(rng, c.n < 40 ? (uint64_t)c.n : 40);
		float before = INFINITY;
		sample_farthest(&c.columns, count, nearest, picked);
		assert_int_equal(picked[0], 0);
		for (int k = 1; k < count; k++) {
			int farthest = 0;
			float most = -1;
			for (int i = 0; i < c.n; i++) {
				float d = to_nearest(&c, i, picked, k);
				if (d > most) {
					most = d;
					farthest = i;
				}
			}
			assert_int_equal(picked[k], farthest);
			assert_true(most <= before); // what remains lies ever nearer
			before = most;
		}
	}
}

static void test_sampling_all_covers_all(void **state)
{
	(void)state;
	static struct cloud c;
	float nearest[MAX_POINTS + POINTS_BLOCK];
	int32_t picked[MAX_POINTS];
	bool seen[MAX_POINTS] = {false};
	draw_cloud(&c, 300, 3, false);
	sample_farthest(&c.columns, c.n, nearest, picked);
	for (int i = 0; i < c.n; i++) {
		assert_false(seen[picked[i]]);
		seen[picked[i]] = true;
	}
}

// Points in another order are picked in the same order, if the first stays and no two distances are equal.
static void test_sampling_ignores_order(void **state)
{
	(void)state;
	static struct cloud a, b;
	int order[MAX_POINTS];
	float nearest[MAX_POINTS + POINTS_BLOCK];
	int32_t picked_a[60], picked_b[60];
	draw_cloud(&a, 500, 4, false);
	for (int i = 0; i < a.n; i++)
		order[i] = i;
	for (int i = a.n - 1; i > 1; i--) {
		int k = 1 + (int)rng_below(rng, (uint64_t)i), swap = order[i];
		order[i] = order[k];
		order[k] = swap;
	}
	b.n = a.n;
	b.channels = a.channels;
	for (int i = 0; i < a.n; i++)
		memcpy(b.rows + i * 4, a.rows + order[i] * 4, 4 * sizeof(float));
	fill_columns(&b, 4);
	sample_farthest(&a.columns, 60, nearest, picked_a);
	sample_farthest(&b.columns, 60, nearest, picked_b);
	for (int k = 0; k < 60; k++)
		assert_int_equal(order[picked_b[k]], picked_a[k]);
}

static void test_nan_selects_something(void **state)
{
	(void)state;
	static struct cloud c;
	float nearest[MAX_POINTS + POINTS_BLOCK];
	int32_t picked[50];
	for (int hit = 0; hit < 3; hit++) {
		draw_cloud(&c, 50, 3, false);
		for (int i = 0; i < c.n; i++)
			if (hit == 2 || i == hit * 7)
				c.rows[i * 3 + hit] = hit == 1 ? INFINITY : NAN;
		fill_columns(&c, 3);
		sample_farthest(&c.columns, 50, nearest, picked);
		for (int k = 0; k < 50; k++)
			assert_in_range(picked[k], 0, c.n - 1);
		assert_in_range(ball_query(&c.columns, c.rows, 1, 50, picked), 0, 50);
	}
}

static void test_balls_are_exact(void **state)
{
	(void)state;
	static struct cloud c;
	for (int round = 0; round < ROUNDS; round++) {
		int32_t found[MAX_POINTS];
		draw_any(&c);
		fill_columns(&c, 3);
		int centre = (int)rng_below(rng, (uint64_t)c.n), samples = 1 + (int)rng_below(rng, 64), k = 0;
		float radius =
		    rng_below(rng, 2) ? 2 : (float)rng_uniform(rng, .1, 4); // 2: on the grid's spheres
		int n = ball_query(&c.columns, c.rows + centre * c.channels, radius, samples, found);
		for (int i = 0; i < c.n && k < samples; i++)
			if (squared_distance(&c, i, centre) < radius * radius)
				assert_int_equal(found[k++], i);
		assert_int_equal(n, k);
		assert_true(n >= 1); // the centre itself
	}
}

static void test_larger_balls_hold_smaller_ones(void **state)
{
	(void)state;
	static struct cloud c;
	int32_t small[MAX_POINTS], large[MAX_POINTS];
	draw_cloud(&c, 600, 3, false);
	for (int i = 0; i < 50; i++) {
		int a = ball_query(&c.columns, c.rows + i * 3, .7f, MAX_POINTS, small), k = 0;
		int b = ball_query(&c.columns, c.rows + i * 3, 1.1f, MAX_POINTS, large);
		assert_true(a <= b);
		for (int j = 0; j < b && k < a; j++)
			k += large[j] == small[k];
		assert_int_equal(k, a);
	}
}

static void test_groups(void **state)
{
	(void)state;
	const float points[] = {1, 2, 3, 40, 5, 6, 7, 80}, centre[] = {1, 1, 1};
	const int32_t both[] = {1, 0};
	float out[12];
	group_rows(points, 4, centre, both, 2, 3, out);
	const float expected[] = {4, 5, 6, 80, 0, 1, 2, 40, 4, 5, 6, 80};
	assert_memory_equal(out, expected, sizeof(expected));
	group_rows(points, 4, centre, both, 0, 3, out);
	for (int i = 0; i < 12; i++)
		assert_true(out[i] == 0);
}

static void test_votes_are_limited(void **state)
{
	(void)state;
	const float shifts[] = {1, -1, 1.5f, 9, -9, 9}, positions[] = {10, 20, 30, 7, 40, 50, 60, 7};
	const float limit[] = {3, 3, 2}, expected[] = {11, 19, 31.5f, 43, 47, 62};
	float out[6];
	vote_positions(shifts, positions, 4, 2, limit, out);
	assert_memory_equal(out, expected, sizeof(expected));
}

enum { BOXES = 60 };

struct boxes {
	float predictions[BOXES * PREDICTION_CHANNELS], positions[BOXES * 3],
	    out[BOXES * PREDICTION_CHANNELS];
};

// Boxes whose heading is a multiple of a right angle: their axis-aligned bounds are themselves.
static void draw_boxes(struct boxes *b)
{
	memset(b->predictions, 0, sizeof(b->predictions));
	for (int i = 0; i < BOXES; i++) {
		float *p = b->predictions + i * PREDICTION_CHANNELS;
		p[0] = (float)rng_below(rng, 20) / 4; // with equal scores
		for (int c = 0; c < 3; c++) {
			b->positions[i * 3 + c] = (float)rng_uniform(rng, -3, 3);
			p[1 + c] = (float)rng_uniform(rng, -.5, .5);
			p[4 + c] = (float)rng_uniform(rng, -.1, 1.5);
		}
		p[7 + 3 * (int)rng_below(rng, 4)] = 1;
	}
}

static double overlap_of(const float *a, const float *b)
{
	double shared = 1, va = 1, vb = 1;
	for (int c = 0; c < 3; c++) {
		bool a_turned = a[7 + 3] > 0 || a[7 + 9] > 0, b_turned = b[7 + 3] > 0 || b[7 + 9] > 0;
		double sa = (double)a[4 + (c < 2 && a_turned ? 1 - c : c)];
		double sb = (double)b[4 + (c < 2 && b_turned ? 1 - c : c)];
		double ca = (double)a[1 + c], cb = (double)b[1 + c];
		shared *= fmax(0, fmin(ca + sa / 2, cb + sb / 2) - fmax(ca - sa / 2, cb - sb / 2));
		va *= sa;
		vb *= sb;
	}
	return shared / (va + vb - shared);
}

// The decoded row of a candidate, by suppressing nothing else.
static void decode_alone(const struct boxes *b, int i, float *row)
{
	assert_int_equal(suppress_overlaps(b->predictions + i * PREDICTION_CHANNELS, b->positions + i * 3, 3,
					   1, .1f, 1, row),
			 1);
	for (int c = 0; c < 3; c++) {
		const float *p = b->predictions + i * PREDICTION_CHANNELS;
		assert_true(row[1 + c] == b->positions[i * 3 + c] + p[1 + c]);
		assert_true(row[4 + c] == fmaxf(2 * p[4 + c], .1f));
	}
}

static bool comes_before(const struct boxes *b, int i, int k)
{
	float a = b->predictions[i * PREDICTION_CHANNELS], c = b->predictions[k * PREDICTION_CHANNELS];
	return a != c ? a > c : i < k;
}

// By its definition, recursively: kept when no kept box that comes before overlaps.
static bool is_kept(const struct boxes *b, int i, double overlap, int8_t *known,
		    float (*rows)[PREDICTION_CHANNELS])
{
	if (known[i] >= 0)
		return known[i];
	known[i] = 1;
	for (int k = 0; k < BOXES && known[i]; k++)
		if (k != i && comes_before(b, k, i) && overlap_of(rows[k], rows[i]) > overlap &&
		    is_kept(b, k, overlap, known, rows))
			known[i] = 0;
	return known[i];
}

static void test_boxes_are_those_of_brute_force(void **state)
{
	(void)state;
	static struct boxes b;
	int suppressed = 0;
	for (int round = 0; round < ROUNDS; round++) {
		static float rows[BOXES][PREDICTION_CHANNELS];
		int8_t known[BOXES];
		float overlap = (float)rng_uniform(rng, .05, .6);
		int limit = 1 + (int)rng_below(rng, BOXES), expected = 0;
		draw_boxes(&b);
		for (int i = 0; i < BOXES; i++)
			decode_alone(&b, i, rows[i]);
		memset(known, -1, sizeof(known));
		int n = suppress_overlaps(b.predictions, b.positions, 3, BOXES, overlap, limit, b.out);
		for (int rank = 0; rank < BOXES; rank++) {
			int i = 0, before = 0; // the box of that rank
			for (i = 0; i < BOXES; i++) {
				before = 0;
				for (int k = 0; k < BOXES; k++)
					before += comes_before(&b, k, i);
				if (before == rank)
					break;
			}
			if (!is_kept(&b, i, (double)overlap, known, rows)) {
				suppressed++;
			} else if (expected < limit) {
				assert_memory_equal(b.out + expected * PREDICTION_CHANNELS, rows[i],
						    sizeof(rows[i]));
				expected++;
			}
		}
		assert_int_equal(n, expected);
		for (int i = n * PREDICTION_CHANNELS; i < BOXES * PREDICTION_CHANNELS; i++)
			assert_true(b.out[i] == 0);
	}
	assert_true(suppressed > 0);
}

// A square turned by 45 degrees has bounds sqrt(2) times as wide: twice the area.
static void test_turned_box(void **state)
{
	(void)state;
	float two[2 * PREDICTION_CHANNELS] = {0}, out[2 * PREDICTION_CHANNELS];
	const float at[6] = {0};
	for (int i = 0; i < 2; i++) {
		float *p = two + i * PREDICTION_CHANNELS;
		p[0] = (float)(2 - i);
		p[4] = p[5] = p[6] = 1;
	}
	two[7 + 1] = 1;							     // the first: bin 1, 30 degrees,
	two[7 + HEADING_BINS + 1] = 1;					     // and half a bin more
	assert_int_equal(suppress_overlaps(two, at, 3, 2, .49f, 2, out), 1); // they share 1/2
	assert_int_equal(suppress_overlaps(two, at, 3, 2, .51f, 2, out), 2);
}

static void test_nan_boxes(void **state)
{
	(void)state;
	static struct boxes b;
	for (int i = 0; i < BOXES * PREDICTION_CHANNELS; i++)
		b.predictions[i] = i % 3 ? NAN : INFINITY;
	assert_in_range(suppress_overlaps(b.predictions, b.positions, 3, BOXES, .1f, 10, b.out), 0, 10);
}

int main(void)
{
	uint64_t seed = (uint64_t)time(NULL);
	fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
	rng = rng_new(seed, 0, RNG_TEST, 0);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sampling_is_exact),
	    cmocka_unit_test(test_sampling_all_covers_all),
	    cmocka_unit_test(test_sampling_ignores_order),
	    cmocka_unit_test(test_nan_selects_something),
	    cmocka_unit_test(test_balls_are_exact),
	    cmocka_unit_test(test_larger_balls_hold_smaller_ones),
	    cmocka_unit_test(test_groups),
	    cmocka_unit_test(test_votes_are_limited),
	    cmocka_unit_test(test_boxes_are_those_of_brute_force),
	    cmocka_unit_test(test_turned_box),
	    cmocka_unit_test(test_nan_boxes),
	};
	int r = cmocka_run_group_tests(tests, NULL, NULL);
	rng_free(rng);
	return r;
}
