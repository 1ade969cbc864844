// SPDX-License-Identifier: BSD-3-Clause
// run_cuts NETWORK INPUT OUTPUT: runs a network on one input with the cpu executor and writes the tensors at cuts 1..N, one
// behind the other. Files hold fp32, little-endian, rows, columns, channels. For scripts/check-onnx.
#include <stdio.h>
#include <stdlib.h>

#include "dnn/executor.h"

static float *read_input(const char *path, int64_t values)
{
	FILE *file = fopen(path, "rb");
	float *in = malloc(sizeof(float) * (size_t)values);
	bool right = file && in && fread(in, sizeof(float), (size_t)values, file) == (size_t)values &&
		     fgetc(file) == EOF;
	if (file)
		fclose(file);
	if (right)
		return in;
	fprintf(stderr, "%s does not hold %lld values\n", path, (long long)values);
	free(in);
	return NULL;
}

static int run(struct executor *e, const struct network *net, float *in, FILE *out)
{
	struct err err = {""};
	size_t most = sizeof(float) * (size_t)network_largest_cut(net, 0, net->n_subtasks);
	float *tensor = in, *next = malloc(most);
	int r = next ? 0 : -1;
	for (int n = 0; r == 0 && n < net->n_subtasks; n++) {
		const float *from = tensor;
		size_t values = (size_t)network_cut_values(net, n + 1);
		r = executor_run(e, n, 1, &from, &next, NULL, &err);
		if (r == 0 && fwrite(next, sizeof(float), values, out) != values)
			r = -1;
		if (tensor != in)
			free(tensor);
		tensor = next;
		next = malloc(most);
	}
	if (tensor != in)
		free(tensor);
	free(next);
	if (r < 0)
		fprintf(stderr, "%s\n", err.text);
	return r;
}

int main(int argc, char **argv)
{
	struct network *net = NULL;
	struct executor *e = NULL;
	struct err err = {""};
	if (argc != 4) {
		fputs("usage: run_cuts NETWORK INPUT OUTPUT\n", stderr);
		return 2;
	}
	int r = network_open(&net, argv[1], 1, &err);
	r = r < 0 ? r : executor_open(&e, "cpu", net, NULL, &err);
	if (r < 0)
		fprintf(stderr, "%s\n", err.text);
	float *in = r < 0 ? NULL : read_input(argv[2], network_cut_values(net, 0));
	FILE *out = in ? fopen(argv[3], "wb") : NULL;
	r = out ? run(e, net, in, out) : -1;
	if (out && fclose(out) != 0)
		r = -1;
	free(in);
	executor_close(e);
	network_free(net);
	return r < 0;
}
