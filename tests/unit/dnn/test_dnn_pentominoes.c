// SPDX-License-Identifier: BSD-3-Clause
// The trained network with early exits: the share of held-out pictures that each exit names right is the one
// its description states, counted with the cpu executor; the reference decides alike. The pictures are those
// that it was trained on, byte by byte.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dnn/executor.h"
#include "dnn/hash.h"
#include "dnn/pentominoes.h"
#include "dnn/reference.h"
#include "dnn/samples.h"

enum { SEED = 1, PICTURES = 10000, BATCH = 50, EXITS = 3, REFERENCE_PICTURES = 60 };

#define PICTURES_HASH 0x1209b62aeb87d701u // of the first 500 pictures and classes

// Two answers that lie closer than this, relative to the largest, may change places with rounding.
#define TIE 1e-5

struct fixture {
	struct network *net;
	struct executor *executor;
	float *tensor[6], *answer[EXITS + 1]; // [BATCH] at each cut; of each exit, the network's in front
	int class[BATCH];
};

static float *rows_of(int64_t values)
{
	float *v = calloc((size_t)values * BATCH, sizeof(*v));
	assert_non_null(v);
	return v;
}

static int open_network(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = {""};
	if (network_open(&f->net, "pentominoes-4", 1, &err) < 0 ||
	    executor_open(&f->executor, "cpu", f->net, NULL, &err) < 0)
		fail_msg("%s", err.text);
	for (int cut = 0; cut <= f->net->n_subtasks; cut++)
		f->tensor[cut] = rows_of(network_cut_values(f->net, cut));
	for (int e = 0; e <= EXITS; e++)
		f->answer[e] = rows_of(PENTOMINO_CLASSES);
	*state = f;
	return 0;
}

static int close_network(void **state)
{
	struct fixture *f = *state;
	for (int cut = 0; cut <= f->net->n_subtasks; cut++)
		free(f->tensor[cut]);
	for (int e = 0; e <= EXITS; e++)
		free(f->answer[e]);
	executor_close(f->executor);
	network_free(f->net);
	free(f);
	return 0;
}

static void list_rows(float *rows, int64_t values, float *out[BATCH])
{
	for (int i = 0; i < BATCH; i++)
		out[i] = rows + i * values;
}

static void run_part(struct fixture *f, int part, float *to)
{
	float *in[BATCH], *out[BATCH];
	int cut = network_part_cut(f->net, part);
	list_rows(f->tensor[cut], network_cut_values(f->net, cut), in);
	list_rows(to, network_cut_values(f->net, part + 1), out);
	struct err err = {""};
	if (executor_run(f->executor, part, BATCH, (const float *const *)in, out, NULL, &err) < 0)
		fail_msg("%s", err.text);
}

// Draws pictures first..first+BATCH-1 and lets every exit answer each.
static void answer_batch(struct fixture *f, int first)
{
	uint8_t picture[PENTOMINO_BYTES];
	for (int i = 0; i < BATCH; i++) {
		assert_int_equal(samples_draw_input(f->net, SEED, first + i, picture), 0);
		f->class[i] = samples_class(f->net, SEED, first + i);
		network_input_from_wire(f->net, picture, f->tensor[0] + (ptrdiff_t)i * PENTOMINO_BYTES);
	}
	for (int n = 0; n < f->net->n_subtasks; n++)
		run_part(f, n, f->tensor[n + 1]);
	for (int e = 1; e <= EXITS; e++)
		run_part(f, network_head(f->net, e), f->answer[e]);
	memcpy(f->answer[0], f->tensor[f->net->n_subtasks], sizeof(float) * BATCH * PENTOMINO_CLASSES);
}

struct decision {
	int class;
	bool is_tied;
};

static struct decision decide(const float *answer)
{
	int best = 0, second = -1;
	float largest = fabsf(answer[0]);
	for (int c = 1; c < PENTOMINO_CLASSES; c++) {
		largest = fmaxf(largest, fabsf(answer[c]));
		if (answer[c] > answer[best]) {
			second = best;
			best = c;
		} else if (second < 0 || answer[c] > answer[second]) {
			second = c;
		}
	}
	return (struct decision){best, (double)(answer[best] - answer[second]) <= TIE * (double)largest};
}

static double stated_accuracy(const struct network *net, int exit)
{
	return exit == 0 ? net->accuracy : net->exit_accuracy[exit - 1];
}

static void exits_are_as_accurate_as_stated(void **state)
{
	struct fixture *f = *state;
	int right[EXITS + 1] = {0}, tied[EXITS + 1] = {0};
	assert_int_equal(f->net->n_exits, EXITS);
	for (int first = 0; first < PICTURES; first += BATCH) {
		answer_batch(f, first);
		for (int e = 0; e <= EXITS; e++)
			for (int i = 0; i < BATCH; i++) {
				struct decision d = decide(f->answer[e] + (ptrdiff_t)i * PENTOMINO_CLASSES);
				right[e] += d.class == f->class[i];
				tied[e] += d.is_tied;
			}
	}
	for (int e = 0; e <= EXITS; e++)
		printf("exit %d: %d of %d right, %d tied\n", e, right[e], PICTURES, tied[e]);
	for (int e = 0; e <= EXITS; e++)
		if (!(fabs(stated_accuracy(f->net, e) * PICTURES - right[e]) <= tied[e] + 1e-6))
			fail_msg("exit %d states %.4f", e, stated_accuracy(f->net, e));
}

static void accuracy_rises(void **state)
{
	const struct fixture *f = *state;
	for (int e = 1; e < EXITS; e++)
		assert_true(f->net->exit_accuracy[e] > f->net->exit_accuracy[e - 1]);
	assert_true(f->net->accuracy > f->net->exit_accuracy[EXITS - 1]);
	assert_true(f->net->accuracy - f->net->exit_accuracy[0] >= .05);
	assert_int_equal(f->net->n_subtasks, 4);
	for (int e = 1; e <= EXITS; e++)
		assert_int_equal(f->net->exit_subtasks[e - 1], e);
}

static void assert_decides_alike(const struct fixture *f, int exit, int i, const double *exact)
{
	float rounded[PENTOMINO_CLASSES];
	const float *answer = f->answer[exit] + (ptrdiff_t)i * PENTOMINO_CLASSES;
	for (int c = 0; c < PENTOMINO_CLASSES; c++)
		rounded[c] = (float)exact[c];
	assert_true(relative_error(answer, rounded, PENTOMINO_CLASSES) <= SAMPLES_TOLERANCE);
	struct decision d = decide(rounded);
	assert_true(d.is_tied || d.class == decide(answer).class);
}

static void reference_decides_alike(void **state)
{
	struct fixture *f = *state;
	const struct network *net = f->net;
	size_t most = (size_t)network_largest_cut(net, 0, net->n_subtasks);
	double *in = calloc(most, sizeof(*in)), *out = calloc(most, sizeof(*out)), exact[PENTOMINO_CLASSES];
	for (int k = 0; k < REFERENCE_PICTURES; k++) {
		if (k % BATCH == 0)
			answer_batch(f, k);
		for (int i = 0; i < PENTOMINO_BYTES; i++)
			in[i] = (double)f->tensor[0][k % BATCH * PENTOMINO_BYTES + i];
		for (int n = 0; n < net->n_subtasks; n++) {
			assert_int_equal(reference_run(net, n, n + 1, in, out), 0);
			int exit = network_exit_at(net, n + 1);
			if (exit)
				assert_int_equal(reference_run_head(net, exit, out, exact), 0);
			if (exit || n + 1 == net->n_subtasks)
				assert_decides_alike(f, exit, k % BATCH, exit ? exact : out);
			memcpy(in, out, sizeof(*in) * (size_t)network_cut_values(net, n + 1));
		}
	}
	free(in);
	free(out);
}

// Another compiler, another processor: the same bytes. The classes come about equally often: of 12000
// pictures 1000 each, within six sigmas of a binomial count.
static void pictures_are_the_same_everywhere(void **state)
{
	(void)state;
	enum { DRAWN = 12000, HASHED = 500 };
	uint8_t picture[PENTOMINO_BYTES];
	int count[PENTOMINO_CLASSES] = {0};
	uint64_t hash = HASH_START;
	for (int i = 0; i < DRAWN; i++) {
		int class = pentomino_draw(SEED, (uint64_t)i, picture);
		assert_in_range(class, 0, PENTOMINO_CLASSES - 1);
		count[class]++;
		if (i < HASHED)
			hash = hash_bytes(hash_bytes(hash, &class, 1), picture, sizeof(picture));
	}
	for (int c = 0; c < PENTOMINO_CLASSES; c++)
		assert_in_range(count[c], 1000 - 182, 1000 + 182);
	if (hash != PICTURES_HASH)
		fail_msg("the pictures' hash is 0x%016llx", (unsigned long long)hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pictures_are_the_same_everywhere),
	    cmocka_unit_test(accuracy_rises),
	    cmocka_unit_test(exits_are_as_accurate_as_stated),
	    cmocka_unit_test(reference_decides_alike),
	};
	return cmocka_run_group_tests(tests, open_network, close_network);
}
