// SPDX-License-Identifier: BSD-3-Clause
// Times whole networks on an executor: time_network BACKEND NETWORK BATCH... Prints CSV rows
// network,mode,batch,runs,median_s,p95_s,min_s,max_s (as torch_network.py does): seconds from the call until
// the results are in the users' memory, of 200 runs after 50, each with other inputs than the one before.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/quantile.h"
#include "dnn/executor.h"
#include "dnn/samples.h"

enum { WARM_UP = 50, RUNS = 200, SETS = 4, MAX_BATCH = 256 };

struct lab {
	const char *backend;
	struct network *net;
	struct executor *executor;
	float *in[SETS][MAX_BATCH], *out[MAX_BATCH];
};

static float *draw_input(const struct network *net, int user)
{
	void *wire = malloc((size_t)network_cut_bits(net, 0) / 8);
	float *input = malloc(sizeof(float) * (size_t)network_cut_values(net, 0));
	if (!wire || !input || samples_draw_input(net, 11, user, wire) < 0) {
		free(input);
		input = NULL;
	} else {
		network_input_from_wire(net, wire, input);
	}
	free(wire);
	return input;
}

// Inputs and room for results of `batch` users, kept from call to call.
static int make_users(struct lab *lab, int batch, struct err *err)
{
	size_t results = (size_t)network_cut_values(lab->net, lab->net->n_subtasks);
	for (int i = 0; i < batch; i++) {
		for (int s = 0; s < SETS; s++)
			if (!lab->in[s][i] && !(lab->in[s][i] = draw_input(lab->net, i * SETS + s)))
				return err_set(err, ENOMEM, "no memory for the inputs of %d users", batch);
		if (!lab->out[i] && !(lab->out[i] = malloc(sizeof(float) * results)))
			return err_set(err, ENOMEM, "no memory for the results of %d users", batch);
	}
	return 0;
}

static int time_batch(struct lab *lab, int batch, struct err *err)
{
	double seconds[RUNS];
	int r = make_users(lab, batch, err);
	for (int i = 0; r == 0 && i < WARM_UP + RUNS; i++) {
		int64_t ns = 0;
		r = executor_run_range(lab->executor, 0, lab->net->n_subtasks, batch,
				       (const float *const *)lab->in[i % SETS], lab->out, &ns, err);
		if (i >= WARM_UP)
			seconds[i - WARM_UP] = (double)ns / 1e9;
	}
	if (r < 0)
		return r;
	double median = quantile(seconds, RUNS, 0.5), p95 = quantile(seconds, RUNS, 0.95); // sorted now
	printf("%s,airbatch %s,%d,%d,%.9f,%.9f,%.9f,%.9f\n", lab->net->name, lab->backend, batch, RUNS,
	       median, p95, seconds[0], seconds[RUNS - 1]);
	fflush(stdout);
	return 0;
}

static int parse_batch(const char *word, struct err *err)
{
	char *end;
	long batch = strtol(word, &end, 10);
	if (*end || end == word || batch < 1 || batch > MAX_BATCH)
		return err_set(err, EINVAL, "'%s' is not a batch size: it must be 1 to %d", word, MAX_BATCH);
	return (int)batch;
}

static int time_all(struct lab *lab, char **words, struct err *err)
{
	int r = network_open(&lab->net, *words, 5, err);
	if (r == 0)
		r = executor_open(&lab->executor, lab->backend, lab->net, NULL, err);
	for (words++; r == 0 && *words; words++) {
		int batch = parse_batch(*words, err);
		r = batch < 0 ? batch : time_batch(lab, batch, err);
	}
	return r;
}

int main(int argc, char **argv)
{
	static struct lab lab;
	struct err err = {""};
	if (argc < 4) {
		fprintf(stderr, "usage: time_network BACKEND NETWORK BATCH...\n");
		return 2;
	}
	lab.backend = argv[1];
	int r = time_all(&lab, argv + 2, &err);
	if (r < 0)
		fprintf(stderr, "time_network: %s\n", err.text);
	executor_close(lab.executor);
	network_free(lab.net);
	for (int i = 0; i < MAX_BATCH; i++) {
		free(lab.out[i]);
		for (int s = 0; s < SETS; s++)
			free(lab.in[s][i]);
	}
	return r < 0;
}
