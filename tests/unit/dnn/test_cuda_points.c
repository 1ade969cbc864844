// SPDX-License-Identifier: BSD-3-Clause
// Networks over points on the CUDA back end without a GPU: 3DSSD's structure, groupings of every form and
// layers in odd places against the reference at b = 1, 2, 5; single layers on random sets with many ties
// against dnn/points, to the bit. As `test_cuda_points full` the built-in 3DSSD at its published size.
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
#include "tests/unit/dnn/cuda_steps_lab.h"
#include "dnn/points/points.h"
#include "dnn/reference.h"
#include "tests/unit/dnn/dnn_points_lab.h"

enum { ROUNDS = 60, MOST_POINTS = 600, USERS = 3 };

static struct rng *rng;
static struct steps_host host; // counts over all tests

static struct network *parse(const char *text)
{
	struct network *net;
	struct err err = {""};
	if (network_parse(&net, text, "test", 7, &err) < 0)
		fail_msg("%s\n%s", err.text, text);
	return net;
}

static void check_3dssd(struct network *net, int users)
{
	static const int batches[] = {1, 2, 5};
	struct lab lab;
	lab_open(&lab, net, users);
	for (int n = 0; n < net->n_subtasks; n++)
		for (int k = 0; k < 3 && batches[k] <= users; k++) {
			steps_host_run(&host, &lab, n, batches[k]);
			for (int i = 0; i < batches[k]; i++)
				lab_assert_selects_alike(&lab, lab.out[i], lab.truth[i][n + 1], n);
		}
	lab_close(&lab);
}

static void small_3dssd_agrees(void **state)
{
	(void)state;
	check_3dssd(parse(lab_3dssd_small), 5);
}

static void full_3dssd_agrees(void **state)
{
	(void)state;
	struct network *net;
	assert_int_equal(network_open(&net, "3dssd", 5, NULL), 0);
	check_3dssd(net, 1);
}

static void check_close(const char *text)
{
	struct lab lab;
	lab_open(&lab, parse(text), USERS);
	for (int n = 0; n < lab.net->n_subtasks; n++)
		for (int batch = 1; batch <= USERS; batch++) {
			steps_host_run(&host, &lab, n, batch);
			for (int i = 0; i < batch; i++)
				lab_assert_close(&lab, lab.out[i], lab.truth[i][n + 1],
						 network_cut_values(lab.net, n + 1), n, batch);
		}
	lab_close(&lab);
}

static void groupings_agree(void **state)
{
	(void)state;
	check_close(lab_groupings);
}

// Limits that are still pending before slices, stacks, votes, samplings and within balls; activations that no
// product has behind a grouping; double precision with a residual sum; a maximum that is padded.
static void odd_layers_agree(void **state)
{
	(void)state;
	check_close("network odd\ninput 150x1x4 points\n"
		    "subtask A\nconv 1x1 6 relu6 as a\nrows 10 40\nchannels 1 4 as b\nrows 100 30 from a\n"
		    "channels 2 4 as d\nstack b,d\n"
		    "subtask B\nconv 1x1 8 relu6 as p\nconv 1x1 8 float64 as q\nadd p relu6\n"
		    "subtask C\nconv 1x1 5 relu6 as points\nsample feature 20 as c\n"
		    "group 4 9 c from points\nconv 1x1 12 relu6\nconv 1x1 7 hardswish\nconv 1x1 8 relu6\n"
		    "maxpool 1x9\n"
		    "subtask D\nconv 1x1 3 relu6 as at\nconv 1x1 3 from input\nvote at 1,0.5,2\n");
}

static float draw_value(bool ties)
{
	return ties ? (float)rng_below(rng, 5) : (float)rng_uniform(rng, -3, 3);
}

// A network of one layer whose inputs are drawn anew: on a grid, where many distances are equal, or not;
// sometimes with NaN.
static void open_layer(struct lab *lab, int n, int channels, const char *layer)
{
	char text[256];
	snprintf(text, sizeof(text),
		 "network layer\ninput %dx1x4 points\nsubtask X\nconv 1x1 %d\nsubtask L\n%s\n", n, channels,
		 layer);
	struct network *net = parse(text);
	bool ties = rng_below(rng, 2) == 0;
	lab_open(lab, net, USERS);
	for (int i = 0; i < USERS; i++) {
		for (int64_t k = 0; k < network_cut_values(net, 1); k++)
			lab->truth[i][1][k] = draw_value(ties);
		for (int64_t k = 0; rng_below(rng, 4) == 0 && k < network_cut_values(net, 1); k += 37)
			lab->truth[i][1][k] = NAN;
	}
}

static void check_sampled(const struct lab *lab, int user)
{
	const struct layer *l = &lab->net->subtasks[1].layers[0];
	const float *rows = lab->truth[user][1];
	int n = l->in.height, channels = l->in.channels,
	    used = l->sample.by_feature ? channels : POSITION_CHANNELS;
	struct columns points = {NULL, n, columns_stride(n), used};
	points.values = lab_tensor((int64_t)points.stride * used);
	float *nearest = lab_tensor(points.stride);
	int32_t *picked = malloc(sizeof(int32_t) * (size_t)l->out.height);
	columns_fill(&points, rows, channels);
	sample_farthest(&points, l->out.height, nearest, picked);
	for (int k = 0; k < l->out.height; k++)
		assert_memory_equal(lab->out[user] + (int64_t)k * 3, rows + (int64_t)picked[k] * channels,
				    3 * sizeof(float));
	free(points.values);
	free(nearest);
	free(picked);
}

static void check_sampling(const char *way, int n, int channels, int picks)
{
	char line[64];
	struct lab lab;
	snprintf(line, sizeof(line), "sample %s %d", way, picks);
	open_layer(&lab, n, channels, line);
	steps_host_run(&host, &lab, 1, USERS);
	for (int i = 0; i < USERS; i++)
		check_sampled(&lab, i);
	lab_close(&lab);
}

static void sampling_is_exact(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		int n = 1 + (int)rng_below(rng, MOST_POINTS);
		check_sampling(round % 2 ? "feature" : "distance", n, 3 + (int)rng_below(rng, 9),
			       1 + (int)rng_below(rng, (uint64_t)(n < 60 ? n : 60)));
	}
	// Several points a thread; more than registers hold, by position and by features without a table.
	check_sampling("distance", 5003, 3, 40);
	check_sampling("distance", SAMPLE_MOST_LANES * SAMPLE_MOST_OWN + 1, 4, 9);
	check_sampling("feature", SAMPLE_MOST_LANES * SAMPLE_MOST_OWN + 5, 5, 9);
}

static void check_grouped(const struct lab *lab, int user)
{
	const struct layer *l = &lab->net->subtasks[1].layers[0];
	const float *rows = lab->truth[user][1];
	int n = l->in.height, channels = l->in.channels, samples = l->out.width;
	struct columns positions = {NULL, n, columns_stride(n), POSITION_CHANNELS};
	positions.values = lab_tensor((int64_t)positions.stride * POSITION_CHANNELS);
	int32_t *found = malloc(sizeof(int32_t) * (size_t)samples);
	float *ball = lab_tensor((int64_t)samples * channels);
	columns_fill(&positions, rows, channels);
	for (int i = 0; i < n; i++) {
		const float *centre = rows + (int64_t)i * channels;
		int n_found = ball_query(&positions, centre, l->group.radius_m, samples, found);
		group_rows(rows, channels, centre, found, n_found, samples, ball);
		assert_memory_equal(lab->out[user] + (int64_t)i * samples * channels, ball,
				    sizeof(float) * (size_t)(samples * channels));
	}
	free(positions.values);
	free(found);
	free(ball);
}

// Grid points 1, 1.41, 1.73, ... apart: a radius of 1, 2 or 3 has points exactly on its rim. A centre that is
// NaN has an empty ball.
static void balls_are_exact(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		char line[64];
		struct lab lab;
		snprintf(line, sizeof(line), "group %d %d input", 1 + (int)rng_below(rng, 3),
			 1 + (int)rng_below(rng, 70));
		open_layer(&lab, 1 + (int)rng_below(rng, 200), 3 + (int)rng_below(rng, 4), line);
		steps_host_run(&host, &lab, 1, USERS);
		for (int i = 0; i < USERS; i++)
			check_grouped(&lab, i);
		lab_close(&lab);
	}
}

// Boxes that are not turned: on a grid, many overlap by exactly a half.
static void straighten(struct lab *lab)
{
	for (int i = 0; i < USERS; i++)
		for (int64_t k = 0; k < network_cut_values(lab->net, 1); k++)
			if (k % PREDICTION_CHANNELS >= 7)
				lab->truth[i][1][k] = 0;
}

// Predictions close together, often with equal scores; their first channels are their positions, too.
static void boxes_are_exact(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		char line[64];
		struct lab lab;
		snprintf(line, sizeof(line), "nms input 0.%d %d", 1 + (int)rng_below(rng, 9),
			 1 + (int)rng_below(rng, 50));
		open_layer(&lab, 1 + (int)rng_below(rng, 300), PREDICTION_CHANNELS, line);
		if (round % 2)
			straighten(&lab);
		const struct layer *l = &lab.net->subtasks[1].layers[0];
		int64_t values = shape_values(l->out);
		float *rows = lab_tensor(values);
		steps_host_run(&host, &lab, 1, USERS);
		for (int i = 0; i < USERS; i++) {
			const float *in = lab.truth[i][1];
			assert_true(suppress_overlaps(in, in, PREDICTION_CHANNELS, l->out.height,
						      l->nms.overlap, l->nms.max_boxes, rows) >= 0);
			assert_memory_equal(lab.out[i], rows, sizeof(float) * (size_t)values);
		}
		free(rows);
		lab_close(&lab);
	}
}

static void every_kernel_was_seen(void **state)
{
	(void)state;
	for (int k = FIRST_POINT_KERNEL; k < N_CUDA_KERNELS; k++)
		if (host.seen[k] == 0)
			fail_msg("kernel %d is not covered", k);
	assert_true(host.products > 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest full[] = {cmocka_unit_test(full_3dssd_agrees)};
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(small_3dssd_agrees),    cmocka_unit_test(groupings_agree),
	    cmocka_unit_test(odd_layers_agree),	     cmocka_unit_test(sampling_is_exact),
	    cmocka_unit_test(balls_are_exact),	     cmocka_unit_test(boxes_are_exact),
	    cmocka_unit_test(every_kernel_was_seen),
	};
	if (argc > 1 && strcmp(argv[1], "full") == 0)
		return cmocka_run_group_tests(full, NULL, NULL);
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)time(NULL);
	fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
	rng = rng_new(seed, 0, RNG_TEST, 0);
	int r = cmocka_run_group_tests(tests, NULL, NULL);
	rng_free(rng);
	return r;
}
