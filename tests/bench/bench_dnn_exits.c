// SPDX-License-Identifier: BSD-3-Clause
// What early exits cost the cpu executor, and what they save: each block of pentominoes-4 with its tensors
// apart beside the same with its tensors together (compaction), its head beside the block, and a batch that
// halves at every exit beside one that stays whole. Medians of alternating runs.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/quantile.h"
#include "dnn/executor.h"
#include "dnn/samples.h"

enum { BATCH = 32, RUNS = 201, MOST_CUTS = 8 };

struct bench {
	struct network *net;
	struct executor *executor;
	float *tensor[MOST_CUTS]; // [BATCH] at each cut, then of each exit's answers
	double together_ns[MOST_CUTS][RUNS], apart_ns[MOST_CUTS][RUNS], head_ns[MOST_CUTS][RUNS];
	double whole_ns[RUNS], halving_ns[RUNS];
};

// Runs a part on users `first`, first + step, ... Returns the nanoseconds.
static double run(const struct bench *b, int part, int batch, int first, int step)
{
	const float *in[BATCH];
	float *out[BATCH];
	int cut = network_part_cut(b->net, part);
	for (int i = 0; i < batch; i++) {
		in[i] = b->tensor[cut] + (first + i * step) * network_cut_values(b->net, cut);
		out[i] = b->tensor[part + 1] + (first + i * step) * network_cut_values(b->net, part + 1);
	}
	int64_t ns = 0;
	struct err err = {""};
	if (executor_run(b->executor, part, batch, in, out, &ns, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	return (double)ns;
}

// Half of those who are there leave at each exit: every second user.
static double run_halving(const struct bench *b)
{
	double ns = 0;
	for (int n = 0, batch = BATCH, step = 1; n < b->net->n_subtasks; n++) {
		int exit = network_exit_at(b->net, n + 1);
		ns += run(b, n, batch, 0, step);
		if (exit) {
			ns += run(b, network_head(b->net, exit), batch / 2, step, 2 * step);
			batch /= 2;
			step *= 2;
		}
	}
	return ns;
}

static void measure(struct bench *b, int i)
{
	for (int n = 0; n < b->net->n_subtasks; n++) {
		int exit = network_exit_at(b->net, n + 1);
		b->together_ns[n][i] = run(b, n, BATCH, 0, 1);
		b->whole_ns[i] += b->together_ns[n][i];
		b->apart_ns[n][i] = run(b, n, BATCH, BATCH - 1, -1);
		b->head_ns[n][i] = exit ? run(b, network_head(b->net, exit), BATCH, 0, 1) : 0;
	}
	b->halving_ns[i] = run_halving(b);
}

static void report(struct bench *b)
{
	printf("batch of %d\n%-6s %12s %16s %12s\n", BATCH, "block", "together, us", "apart/together",
	       "head/block");
	for (int n = 0; n < b->net->n_subtasks; n++) {
		double together = quantile(b->together_ns[n], RUNS, .5);
		printf("%-6s %12.1f %16.3f %12.3f\n", b->net->subtasks[n].name, together * 1e-3,
		       quantile(b->apart_ns[n], RUNS, .5) / together,
		       quantile(b->head_ns[n], RUNS, .5) / together);
	}
	printf("halving at every exit / whole: %.3f\n",
	       quantile(b->halving_ns, RUNS, .5) / quantile(b->whole_ns, RUNS, .5));
}

static int open_all(struct bench *b, struct err *err)
{
	int r = network_open(&b->net, "pentominoes-4", 1, err);
	r = r < 0 ? r : executor_open(&b->executor, "cpu", b->net, NULL, err);
	r = r < 0 ? r : executor_prepare(b->executor, BATCH, err);
	for (int t = 0; r == 0 && t <= network_parts(b->net); t++) {
		b->tensor[t] = calloc(BATCH * (size_t)network_cut_values(b->net, t), sizeof(float));
		r = b->tensor[t] ? 0 : err_set(err, ENOMEM, "no memory");
	}
	return r;
}

static void draw_inputs(const struct bench *b)
{
	int64_t values = network_cut_values(b->net, 0);
	uint8_t *wire = malloc((size_t)values);
	for (int i = 0; wire && i < BATCH; i++)
		if (samples_draw_input(b->net, 1, i, wire) == 0)
			network_input_from_wire(b->net, wire, b->tensor[0] + i * values);
	free(wire);
}

int main(void)
{
	static struct bench b;
	struct err err = {""};
	if (open_all(&b, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	draw_inputs(&b);
	for (int i = 0; i < RUNS; i++)
		measure(&b, i);
	report(&b);
	for (int t = 0; t <= network_parts(b.net); t++)
		free(b.tensor[t]);
	executor_close(b.executor);
	network_free(b.net);
	return 0;
}
