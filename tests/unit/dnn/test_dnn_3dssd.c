// SPDX-License-Identifier: BSD-3-Clause
// 3DSSD: sizes and work as published; every sub-task of the cpu executor against the reference at b = 1, 2, 5
// (positions to the bit, since selections are exact; features within LAB_TOLERANCE of the largest feature);
// every split against the unsplit network; bits that do not depend on the batch. Plain: the same structure
// with fewer points; as `test_dnn_3dssd full` the built-in network. Then the description's refusals.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dnn/points/points.h"
#include "dnn/reference.h"
#include "dnn/samples.h"
#include "tests/unit/dnn/dnn_points_lab.h"

static bool full;

static struct network *parse(const char *text)
{
	struct network *net;
	struct err err;
	if (network_parse(&net, text, "test.net", 5, &err) < 0)
		fail_msg("%s", err.text);
	return net;
}

static struct network *open_network(void)
{
	struct network *net;
	if (!full)
		return parse(lab_3dssd_small);
	assert_int_equal(network_open(&net, "3dssd", 5, NULL), 0);
	return net;
}

static struct executor *open_cpu(const struct network *net)
{
	struct executor *e;
	assert_int_equal(executor_open(&e, "cpu", net, NULL, NULL), 0);
	return e;
}

static void check_batches(struct lab *lab, struct executor *e)
{
	static const int batches[] = {1, 2, 5};
	for (int n = 0; n < lab->net->n_subtasks; n++) {
		int64_t values = network_cut_values(lab->net, n + 1);
		float *alone = lab_tensor(values);
		for (size_t k = 0; k < sizeof(batches) / sizeof(batches[0]); k++) {
			lab_run(lab, e, n, batches[k]);
			for (int i = 0; i < batches[k]; i++)
				lab_assert_selects_alike(lab, lab->out[i], lab->truth[i][n + 1], n);
			if (batches[k] == 1)
				memcpy(alone, lab->out[0], sizeof(float) * (size_t)values);
			assert_memory_equal(lab->out[0], alone, sizeof(float) * (size_t)values);
		}
		free(alone);
	}
}

// The cpu chain and an edge that continues from any of its tensors.
static void check_splits(struct lab *lab, struct executor *device)
{
	struct executor *edge = open_cpu(lab->net);
	float *tensor[LAB_MAX_CUTS];
	int last = lab->net->n_subtasks;
	lab_chain(lab, device, tensor);
	for (int cut = 0; cut < last; cut++) {
		float *here = tensor[cut], *other = lab->out[0], *spare = lab->out[1];
		for (int n = cut; n < last; n++) {
			assert_int_equal(
			    executor_run(edge, n, 1, (const float *const *)&here, &other, NULL, NULL), 0);
			here = other;
			other = spare;
			spare = here;
		}
		assert_memory_equal(here, tensor[last],
				    sizeof(float) * (size_t)network_cut_values(lab->net, last));
	}
	for (int p = 0; p <= last; p++)
		free(tensor[p]);
	executor_close(edge);
}

// Weights drawn at random prove nothing if what tells inputs apart had faded on the way.
static void check_features_differ(const struct lab *lab)
{
	for (int n = 1; n <= lab->net->n_subtasks; n++) {
		double apart =
		    relative_error(lab->truth[0][n], lab->truth[1][n], network_cut_values(lab->net, n));
		assert_true(apart > 100 * LAB_TOLERANCE);
	}
}

static void test_agrees_with_reference(void **state)
{
	(void)state;
	struct lab lab;
	lab_open(&lab, open_network(), LAB_MAX_USERS);
	struct executor *e = open_cpu(lab.net);
	check_features_differ(&lab);
	check_batches(&lab, e);
	check_splits(&lab, e);
	executor_close(e);
	lab_close(&lab);
}

// Rows of single inputs lie beside one another in memory.
static void test_groups_of_other_forms(void **state)
{
	(void)state;
	static const int batches[] = {1, 3};
	struct lab lab;
	lab_open(&lab, parse(lab_groupings), 3);
	struct executor *e = open_cpu(lab.net);
	for (int n = 0; n < lab.net->n_subtasks; n++) {
		for (size_t k = 0; k < 2; k++) {
			lab_run(&lab, e, n, batches[k]);
			for (int i = 0; i < batches[k]; i++)
				lab_assert_close(&lab, lab.out[i], lab.truth[i][n + 1],
						 network_cut_values(lab.net, n + 1), n, batches[k]);
		}
	}
	executor_close(e);
	lab_close(&lab);
}

// Whatever byte is wrong or missing: a network, or a sentence with file and line.
static void test_damaged_descriptions(void **state)
{
	(void)state;
	static const char with[] = "0 \n-9a.#,\x01";
	for (size_t cut = 0; cut < sizeof(lab_3dssd_small) - 1; cut++) {
		for (size_t k = 0; k < sizeof(with); k += 1 + cut % 3) { // the last: the text ends there
			char text[sizeof(lab_3dssd_small)];
			struct network *net;
			struct err err = {""};
			memcpy(text, lab_3dssd_small, sizeof(lab_3dssd_small));
			text[cut] = with[k];
			int r = network_parse(&net, text, "t", 1, &err);
			assert_true(r == 0 ? net != NULL : net == NULL && strncmp(err.text, "t:", 2) == 0);
			network_free(net);
		}
	}
}

static void test_input_looks_like_a_street(void **state)
{
	(void)state;
	struct network *net = open_network();
	int n = net->subtasks[0].in.height, ground = 0;
	float *points = lab_tensor(network_cut_values(net, 0)),
	      *again = lab_tensor(network_cut_values(net, 0));
	assert_int_equal(network_cut_bits(net, 0), 32 * network_cut_values(net, 0));
	assert_int_equal(samples_draw_input(net, 3, 1, points), 0);
	assert_int_equal(samples_draw_input(net, 3, 1, again), 0);
	assert_memory_equal(points, again, sizeof(float) * 4 * (size_t)n);
	for (int i = 0; i < n; i++) {
		const float *p = points + 4 * i;
		double range = hypot(hypot((double)p[0], (double)p[1]), (double)p[2]);
		assert_true(range <= 70.01 && p[0] >= 0 && fabsf(p[1]) <= p[0] * 1.001f);
		assert_true(p[3] >= 0 && p[3] <= 1);
		ground += fabs((double)p[2] + 1.73) < .1;
	}
	assert_in_range(ground, n / 4, n * 19 / 20); // the rest: what stands on it
	assert_int_equal(samples_draw_input(net, 3, 2, again), 0);
	assert_memory_not_equal(points, again, sizeof(float) * 4 * (size_t)n);
	free(points);
	free(again);
	network_free(net);
}

// The published table, and the counts that lead to it.
static void test_sizes(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int points, channels;
		double gmac, mbit;
		double distance_flop;
	} rows[] = {
	    {"SA1", 4096, 3 + 64, 1.091, 8.782, 8. * 16384 * 4096 * 4},
	    {"SA2", 1024, 3 + 128, 2.626, 4.293, 4096. * (512 * (3 * 67 - 1) + 512 * 8 + 3 * 1024 * 8)},
	    {"SA3", 512, 3 + 256, 4.549, 4.243, 512. * 256 * (3 * 131 - 1 + 8) + 3. * 1024 * 512 * 8},
	    {"CG", 256, 3 + 512, 7.199, 4.219, 2. * 512 * 256 * 8},
	    {"PH", 256, 31, .026, .254, 0},
	};
	struct network *net;
	assert_int_equal(network_outline(&net, "3dssd", 0, NULL), 0);
	assert_int_equal(net->n_subtasks, 5);
	assert_int_equal(net->input_kind, INPUT_POINTS);
	assert_int_equal(network_cut_bits(net, 0), 2097152);
	for (int n = 0; n < 5; n++) {
		const struct subtask *t = &net->subtasks[n];
		assert_string_equal(t->name, rows[n].name);
		assert_int_equal(t->out.height, rows[n].points);
		assert_int_equal(t->out.channels, rows[n].channels);
		assert_true(fabs((double)t->macs / 1e9 - rows[n].gmac) <= .0005);
		assert_true(fabs((double)network_cut_bits(net, n + 1) / 1e6 - rows[n].mbit) <= .0005);
		assert_true(network_work_flop(net, n) == 2 * (double)t->macs);
		assert_true(t->distance_flop == rows[n].distance_flop);
	}
	network_free(net);
}

static void test_refusals(void **state)
{
	(void)state;
	static const struct {
		const char *lines, *says;
	} rows[] = {
	    {"sample 3\n", "is not a way to sample"},
	    {"sample distance\n", "number of points"},
	    {"sample distance 21\n", "cannot pick 21 of 20"},
	    {"rows 15 6\n", "beyond the input 20x1x4"},
	    {"rows x 6\n", "the first row is 'x'"},
	    {"channels 3\n", "number of channels"},
	    {"channels 4 1\n", "beyond the input"},
	    {"group 0 3 input\n", "the radius is '0'"},
	    {"group -1 3 input\n", "the radius is '-1'"},
	    {"group 1e9 3 input\n", "the radius is '1e9'"},
	    {"group 1.2.3 3 input\n", "the radius"},
	    {"group 0.5 0 input\n", "number of samples"},
	    {"group 0.5 3\n", "no layer"},
	    {"group 0.5 3 nobody\n", "nobody"},
	    {"group 0.5 65535 input\nconv 1x1 65535\n", "too large"},
	    {"channels 0 2\ngroup 0.5 3 input\n", "the points have the shape 20x1x2"},
	    {"channels 0 2 as a\ngroup 0.5 3 a from input\n", "the centres have the shape"},
	    {"group 1 3 input\nsample distance 5\n", "the points have the shape 20x3x4"},
	    {"rows 0 5 as a\nchannels 0 3 from input as b\nstack a,b\n", "cannot stack 20x1x3"},
	    {"stack input\n", "'stack' joins two"},
	    {"vote input 3,3,2\n", "the shifts have the shape 20x1x4"},
	    {"channels 0 3\nvote input 3,3\n", "the limit is '3,3'"},
	    {"channels 0 3\nvote input 3,3,2,1\n", "the limit"},
	    {"nms input 0.1 10\n", "the predictions have the shape"},
	    {"conv 1x1 31\nnms input 1.5 10\n", "the overlap is '1.5'"},
	    {"conv 1x1 31\nnms input 0.1 0\n", "number of boxes"},
	    {"conv 3x1 4 pad 1x0 float64\n", "float64 is for 'conv 1x1'"},
	    {"conv 1x1 4 sigmoid float64\n", "float64 is for"},
	    {"sample distance 3 relu\n", "'relu' is not an option of 'sample'"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[256];
		struct network *net;
		struct err err;
		snprintf(text, sizeof(text), "network x\ninput 20x1x4 points\nsubtask A\n%s", rows[i].lines);
		assert_int_equal(network_parse(&net, text, "x.net", 1, &err), -EINVAL);
		if (!strstr(err.text, rows[i].says) || strncmp(err.text, "x.net:", 6) != 0)
			fail_msg("'%s' gives '%s'", rows[i].lines, err.text);
	}
	struct network *net;
	struct err err;
	const char *image = "network x\ninput 20x2x4 points\nsubtask A\nrows 0 1\n";
	assert_int_equal(network_parse(&net, image, "x.net", 1, &err), -EINVAL);
	assert_non_null(strstr(err.text, "input POINTSx1x4 points"));
}

int main(int argc, char **argv)
{
	full = argc > 1 && strcmp(argv[1], "full") == 0;
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_agrees_with_reference),
	    cmocka_unit_test(test_groups_of_other_forms),
	    cmocka_unit_test(test_damaged_descriptions),
	    cmocka_unit_test(test_input_looks_like_a_street),
	    cmocka_unit_test(test_sizes),
	    cmocka_unit_test(test_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
