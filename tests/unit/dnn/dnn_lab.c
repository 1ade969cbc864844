// SPDX-License-Identifier: BSD-3-Clause
#include "tests/unit/dnn/dnn_lab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dnn/reference.h"
#include "dnn/samples.h"

float *lab_tensor(int64_t values)
{
	float *v = malloc(sizeof(float) * (size_t)values);
	assert_non_null(v);
	return v;
}

static double *new_exact(int64_t values)
{
	double *v = malloc(sizeof(double) * (size_t)values);
	assert_non_null(v);
	return v;
}

static float *draw_input(const struct network *net, int user)
{
	void *wire = malloc((size_t)network_cut_bits(net, 0) / 8);
	float *input = lab_tensor(network_cut_values(net, 0));
	assert_int_equal(samples_draw_input(net, 11, user, wire), 0);
	network_input_from_wire(net, wire, input);
	free(wire);
	return input;
}

// Of the head of an exit, whose cut is in `in`.
static void make_answer(struct lab *lab, int user, int exit, const double *in, double *out)
{
	int head = network_head(lab->net, exit);
	int64_t values = network_cut_values(lab->net, head + 1);
	assert_int_equal(reference_run_head(lab->net, exit, in, out), 0);
	lab->truth[user][head + 1] = lab_tensor(values);
	for (int64_t i = 0; i < values; i++)
		lab->truth[user][head + 1][i] = (float)out[i];
}

static void make_truth(struct lab *lab, int user)
{
	const struct network *net = lab->net;
	double *in = new_exact(lab->largest), *out = new_exact(lab->largest);
	lab->truth[user][0] = draw_input(net, user);
	for (int64_t i = 0; i < network_cut_values(net, 0); i++)
		in[i] = (double)lab->truth[user][0][i];
	for (int n = 0; n < net->n_subtasks; n++) {
		int64_t values = network_cut_values(net, n + 1);
		int exit = network_exit_at(net, n);
		if (exit)
			make_answer(lab, user, exit, in, out);
		assert_int_equal(reference_run(net, n, n + 1, in, out), 0);
		lab->truth[user][n + 1] = lab_tensor(values);
		for (int64_t i = 0; i < values; i++)
			lab->truth[user][n + 1][i] = (float)out[i];
		for (int64_t i = 0; network_selects(net) && i < values; i++)
			out[i] = (double)lab->truth[user][n + 1][i]; // selections are made on fp32
		double *swap = in;
		in = out;
		out = swap;
	}
	free(in);
	free(out);
}

void lab_open(struct lab *lab, struct network *net, int users)
{
	int64_t largest = network_largest_cut(net, 0, network_parts(net));
	*lab = (struct lab){.net = net, .users = users, .largest = largest};
	for (int i = 0; i < users; i++) {
		make_truth(lab, i);
		lab->out[i] = lab_tensor(lab->largest);
	}
}

void lab_close(struct lab *lab)
{
	for (int i = 0; i < lab->users; i++) {
		free(lab->out[i]);
		for (int p = 0; p <= network_parts(lab->net); p++)
			free(lab->truth[i][p]);
	}
	network_free(lab->net);
}

void lab_run(struct lab *lab, struct executor *e, int n, int batch)
{
	const float *in[LAB_MAX_USERS];
	for (int i = 0; i < batch; i++) {
		in[i] = lab->truth[i][network_part_cut(lab->net, n)];
		memset(lab->out[i], 0xff, sizeof(float) * (size_t)lab->largest); // NaN
	}
	int64_t ns = 0;
	struct err err = {""};
	if (executor_run(e, n, batch, in, lab->out, &ns, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(ns > 0);
}

void lab_chain(struct lab *lab, struct executor *e, float *out[LAB_MAX_CUTS])
{
	const struct network *net = lab->net;
	out[0] = lab_tensor(network_cut_values(net, 0));
	memcpy(out[0], lab->truth[0][0], sizeof(float) * (size_t)network_cut_values(net, 0));
	for (int n = 0; n < net->n_subtasks; n++) {
		out[n + 1] = lab_tensor(network_cut_values(net, n + 1));
		assert_int_equal(
		    executor_run(e, n, 1, (const float *const *)&out[n], &out[n + 1], NULL, NULL), 0);
	}
}

void lab_assert_close(const struct lab *lab, const float *a, const float *b, int64_t values, int n, int batch)
{
	double error = relative_error(a, b, values);
	if (!(error <= LAB_TOLERANCE))
		fail_msg("%s, sub-task %d, batch %d: relative error %g", lab->net->name, n, batch, error);
}

char *lab_description(const char *name, int side)
{
	enum { LIMIT = 1 << 16 };
	char path[256], *text = calloc(1, LIMIT), *out = calloc(1, LIMIT);
	snprintf(path, sizeof(path), NETWORKS "/%s.net", name);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	assert_in_range(fread(text, 1, LIMIT - 1, f), 1, LIMIT - 2);
	fclose(f);
	static const char input[] = "\ninput 224x224x3\n";
	char *at = strstr(text, input);
	assert_non_null(at);
	if (side == 0)
		side = 224;
	snprintf(out, LIMIT, "%.*s\ninput %dx%dx3\n%s", (int)(at - text), text, side, side,
		 at + strlen(input));
	free(text);
	return out;
}
