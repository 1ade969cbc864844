// SPDX-License-Identifier: BSD-3-Clause
// A street as a spinning laser scanner sees it, drawn, not recorded: rays of 64 beams through a quarter turn
// meet the ground, cars, facades, poles and bushes; each ray returns its first hit within 70 m with range
// noise. So points thin out with the square of the distance, surfaces hide one another, and most points lie
// on the ground, as in KITTI's front view (Geiger et al., CVPR 2012: scanner 1.73 m above the road, elevation
// -24.8 to 2 degrees). Points come in random order.
#include <errno.h>
#include <math.h>
#include <stdbool.h>

#include "base/rng.h"
#include "dnn/samples_format_private.h"

#define SENSOR_HEIGHT_M 1.73
#define RANGE_M 70.0
#define LOWEST_RAD (-24.8 * M_PI / 180)
#define HIGHEST_RAD (2.0 * M_PI / 180)
#define HALF_VIEW_RAD (M_PI / 4)
#define GROUND_INTENSITY 0.25
#define RANGE_SIGMA_M 0.02
#define INTENSITY_SIGMA 0.05
enum {
	BEAMS = 64,
	CARS = 14,
	FACADES = 6,
	POLES = 16,
	BUSHES = 14,
	OBJECTS = CARS + FACADES + POLES + BUSHES
};

// A box that stands upright, turned about its vertical axis.
struct object {
	double x, y, z; // centre
	double half[3];
	double cosine, sine;
	double intensity;
	double sigma_m; // of the range: leaves scatter
};

// What rng_uniform is to draw in.
struct span {
	double low, high;
};

static double draw(struct rng *rng, struct span s)
{
	return rng_uniform(rng, s.low, s.high);
}

// An object on the ground, x and y drawn in their spans; sides in metres.
static struct object place(struct rng *rng, struct span x, struct span y, const double side[3],
			   double intensity)
{
	double angle = rng_uniform(rng, 0, M_PI);
	return (struct object){.x = draw(rng, x),
			       .y = draw(rng, y),
			       .z = side[2] / 2 - SENSOR_HEIGHT_M,
			       .half = {side[0] / 2, side[1] / 2, side[2] / 2},
			       .cosine = cos(angle),
			       .sine = sin(angle),
			       .intensity = intensity,
			       .sigma_m = RANGE_SIGMA_M};
}

static void draw_street(struct rng *rng, struct object *o)
{
	for (int i = 0; i < CARS; i++) {
		const double side[] = {rng_uniform(rng, 3.4, 4.6), rng_uniform(rng, 1.5, 1.8),
				       rng_uniform(rng, 1.4, 1.9)};
		*o++ =
		    place(rng, (struct span){5, 60}, (struct span){-12, 12}, side, rng_uniform(rng, .3, .8));
	}
	for (int i = 0; i < FACADES; i++) { // along the street
		const double side[] = {rng_uniform(rng, 8, 25), 1, rng_uniform(rng, 3, 9)};
		double left = i % 2 ? 1 : -1, off = rng_uniform(rng, 12, 20);
		*o = place(rng, (struct span){5, 65}, (struct span){left * off, left * off}, side, .4);
		o->cosine = 1;
		o++->sine = 0;
	}
	for (int i = 0; i < POLES; i++) {
		const double side[] = {.25, .25, rng_uniform(rng, 2, 6)};
		*o++ = place(rng, (struct span){4, 60}, (struct span){-11, 11}, side, .6);
	}
	for (int i = 0; i < BUSHES; i++) {
		const double side[] = {rng_uniform(rng, .5, 3), rng_uniform(rng, .5, 3),
				       rng_uniform(rng, .5, 2.5)};
		*o = place(rng, (struct span){4, 65}, (struct span){-20, 20}, side, .3);
		o++->sigma_m = .25;
	}
}

// Where a ray from the sensor enters the box, m; INFINITY where it misses. Slab method (Kay and Kajiya,
// SIGGRAPH 1986) in the box's own axes.
static double enter(const struct object *o, const double direction[3])
{
	const double from[] = {-o->x * o->cosine - o->y * o->sine, o->x * o->sine - o->y * o->cosine, -o->z};
	const double along[] = {direction[0] * o->cosine + direction[1] * o->sine,
				direction[1] * o->cosine - direction[0] * o->sine, direction[2]};
	double near = 0, far = INFINITY;
	for (int c = 0; c < 3; c++) {
		double a = (-o->half[c] - from[c]) / along[c], b = (o->half[c] - from[c]) / along[c];
		near = fmax(near, fmin(a, b));
		far = fmin(far, fmax(a, b));
	}
	return near > 0 && near <= far ? near : INFINITY;
}

// One ray; true when it returned: x, y, z, intensity.
static bool cast(struct rng *rng, const struct object *objects, float point[4])
{
	double beam = (double)rng_below(rng, BEAMS) / (BEAMS - 1);
	double elevation = LOWEST_RAD + beam * (HIGHEST_RAD - LOWEST_RAD);
	double azimuth = rng_uniform(rng, -HALF_VIEW_RAD, HALF_VIEW_RAD);
	const double direction[] = {cos(elevation) * cos(azimuth), cos(elevation) * sin(azimuth),
				    sin(elevation)};
	double range = elevation < 0 ? -SENSOR_HEIGHT_M / direction[2] : INFINITY;
	double intensity = GROUND_INTENSITY, sigma_m = RANGE_SIGMA_M;
	for (int i = 0; i < OBJECTS; i++) {
		double at = enter(&objects[i], direction);
		if (at >= range)
			continue;
		range = at;
		intensity = objects[i].intensity;
		sigma_m = objects[i].sigma_m;
	}
	if (!(range <= RANGE_M))
		return false;
	range = fmin(fabs(range + rng_normal(rng, 0, sigma_m)), RANGE_M);
	for (int c = 0; c < 3; c++)
		point[c] = (float)(range * direction[c]);
	point[3] = (float)fmin(fmax(intensity + rng_normal(rng, 0, INTENSITY_SIGMA), 0), 1);
	return true;
}

int samples_draw_points(uint64_t seed, int index, int n, float *points)
{
	struct object objects[OBJECTS];
	struct rng *rng = rng_new(seed, 0, RNG_INPUT, (uint64_t)index);
	if (!rng)
		return -ENOMEM;
	draw_street(rng, objects);
	for (int i = 0; i < n;) // nine rays of ten meet the ground at least
		i += cast(rng, objects, points + (int64_t)i * 4);
	rng_free(rng);
	return 0;
}
