// SPDX-License-Identifier: BSD-3-Clause
// The "cpu" back end: a sub-task is a list of operations (most are oneDNN primitives) for each batch size,
// made once. Tensors between layers lie in one arena that all sub-tasks and batch sizes share, since they run
// in turn.
#include <errno.h>
#include <omp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/backend_private.h"
#include "dnn/cpu_layout_private.h"
#include "dnn/cpu_op_private.h"
#include "dnn/description.h"
#include "dnn/onednn_private.h"

#define ALIGNMENT 64 // a cache line, and the widest vector

struct prepared {
	struct layout layout;
	struct onednn_weights *weights; // [n_layers]
	bool runs_singly;		// one input after the other, with the operations of batch 1
	struct cpu_op ***ops;		// [n_batches][layout.n_steps]; a NULL row = not made yet
	int n_batches;
};

struct region {
	char *data;
	size_t size;
};

struct cpu {
	struct executor executor;
	int threads;
	struct onednn *onednn;
	struct prepared *prepared; // [network_parts]
	struct region arena, scratch;
};

static struct cpu *cpu_of(struct executor *e)
{
	return (struct cpu *)e;
}

// Makes a region at least that large, its pages present; the old content is lost.
static int region_grow(struct region *region, size_t size)
{
	if (size <= region->size)
		return 0;
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	char *data = aligned_alloc(ALIGNMENT, size);
	if (!data)
		return -ENOMEM;
	memset(data, 0, size);
	free(region->data);
	region->data = data;
	region->size = size;
	return 0;
}

// Bytes of a tensor of that many values for one input, rounded so that the next one is aligned.
static size_t tensor_bytes(int64_t values, int batch)
{
	size_t bytes = sizeof(float) * (size_t)values * (size_t)batch;
	return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

// The arena: the gathered input, the output before it is scattered, then the slots.
static size_t arena_bytes(const struct subtask *t, const struct layout *layout, int batch)
{
	size_t total = tensor_bytes(shape_values(t->in), batch) + tensor_bytes(shape_values(t->out), batch);
	for (int i = 0; i < layout->n_slots; i++)
		total += tensor_bytes(layout->slot_values[i], batch);
	return total;
}

// oneDNN runs on the calling thread's OpenMP setting, which belongs to the caller: it is lent and given back.
static int lend_threads(const struct cpu *c)
{
	int before = omp_get_max_threads();
	omp_set_num_threads(c->threads);
	return before;
}

static void free_ops(struct cpu_op **ops, int n)
{
	for (int i = 0; ops && i < n; i++)
		cpu_op_free(ops[i]);
	free(ops);
}

static int make_op(struct cpu *c, int n, int batch, int step, struct cpu_op **op, struct err *err)
{
	const struct subtask *t = &c->executor.network->subtasks[n];
	struct prepared *p = &c->prepared[n];
	const struct layout_step *s = &p->layout.steps[step];
	int r = cpu_op_new(op, c->onednn, t, s, batch, p->weights, err);
	if (r < 0)
		err_prefix(err, "%s, sub-task %s, layer %d, batch %d", c->executor.network->name, t->name,
			   s->layer, batch);
	return r;
}

static int make_ops(struct cpu *c, int n, int batch, struct cpu_op ***out, struct err *err)
{
	const struct layout *layout = &c->prepared[n].layout;
	struct cpu_op **ops = calloc((size_t)layout->n_steps, sizeof(struct cpu_op *));
	if (!ops)
		return err_set(err, ENOMEM, "no memory for a batch of %d", batch);
	int r = 0;
	size_t scratch = 0;
	for (int i = 0; r == 0 && i < layout->n_steps; i++) {
		r = make_op(c, n, batch, i, &ops[i], err);
		if (r == 0 && cpu_op_scratch_bytes(ops[i]) > scratch)
			scratch = cpu_op_scratch_bytes(ops[i]);
	}
	if (r == 0 &&
	    (region_grow(&c->scratch, scratch) < 0 ||
	     region_grow(&c->arena, arena_bytes(&c->executor.network->subtasks[n], layout, batch)) < 0))
		r = err_set(err, ENOMEM, "no memory for a batch of %d", batch);
	if (r < 0) {
		free_ops(ops, layout->n_steps);
		return r;
	}
	*out = ops;
	return 0;
}

// Makes sub-task n ready for a batch size, if it is not yet.
static int prepare_batch(struct cpu *c, int n, int batch, struct err *err)
{
	struct prepared *p = &c->prepared[n];
	if (batch > p->n_batches) {
		struct cpu_op ***ops = realloc(p->ops, sizeof(*ops) * (size_t)batch);
		if (!ops)
			return err_set(err, ENOMEM, "no memory for a batch of %d", batch);
		memset(ops + p->n_batches, 0, sizeof(*ops) * (size_t)(batch - p->n_batches));
		p->ops = ops;
		p->n_batches = batch;
	}
	return p->ops[batch - 1] ? 0 : make_ops(c, n, batch, &p->ops[batch - 1], err);
}

static int cpu_prepare(struct executor *e, int max_batch, struct err *err)
{
	struct cpu *c = cpu_of(e);
	int before = lend_threads(c), r = 0;
	for (int n = 0; r == 0 && n < network_parts(e->network); n++)
		for (int b = 1; r == 0 && b <= max_batch; b++)
			r = prepare_batch(c, n, c->prepared[n].runs_singly ? 1 : b, err);
	omp_set_num_threads(before);
	return r;
}

static bool is_contiguous(const float *const tensor[], int batch, int64_t values)
{
	for (int i = 1; i < batch; i++)
		if (tensor[i] != tensor[0] + i * values)
			return false;
	return true;
}

// The batch's input in one piece: where it is, or a copy.
static const float *gather(const float *const in[], int batch, int64_t values, float *buffer)
{
	if (is_contiguous(in, batch, values))
		return in[0];
	for (int i = 0; i < batch; i++)
		memcpy(buffer + i * values, in[i], sizeof(float) * (size_t)values);
	return buffer;
}

static void scatter(const float *buffer, float *const out[], int batch, int64_t values)
{
	for (int i = 0; i < batch; i++)
		memcpy(out[i], buffer + i * values, sizeof(float) * (size_t)values);
}

static int run_steps(struct cpu *c, int n, int batch, const float *input, float *output, float *slots)
{
	const struct layout *layout = &c->prepared[n].layout;
	const struct subtask *t = &c->executor.network->subtasks[n];
	float *place[PLACE_SLOTS + DESCRIPTION_MAX_LAYERS];
	place[PLACE_IN] = (float *)input; // never a step's destination
	place[PLACE_OUT] = output;
	for (int i = 0; i < layout->n_slots; i++) {
		place[PLACE_SLOTS + i] = slots;
		slots += tensor_bytes(layout->slot_values[i], batch) / sizeof(float);
	}
	struct cpu_op **ops = c->prepared[n].ops[batch - 1];
	for (int i = 0; i < layout->n_steps; i++) {
		const struct layout_step *s = &layout->steps[i];
		const float *src[LAYER_MAX_INPUTS];
		for (int k = 0; k < t->layers[s->layer].n_inputs; k++)
			src[k] = place[s->src[k]];
		int r = cpu_op_run(ops[i], c->onednn, src, place[s->dst], c->scratch.data);
		if (r < 0)
			return r;
	}
	return 0;
}

// One prepared batch, gathered and scattered where its tensors lie apart.
static int run_batch(struct cpu *c, int n, int batch, const float *const in[], float *const out[],
		     struct err *err)
{
	const struct subtask *t = &c->executor.network->subtasks[n];
	int64_t in_values = shape_values(t->in), out_values = shape_values(t->out);
	int r = prepare_batch(c, n, batch, err);
	if (r < 0)
		return r;
	float *in_buffer = (float *)(void *)c->arena.data;
	float *out_buffer = in_buffer + tensor_bytes(in_values, batch) / sizeof(float);
	float *slots = out_buffer + tensor_bytes(out_values, batch) / sizeof(float);
	const float *input = gather(in, batch, in_values, in_buffer);
	bool direct = is_contiguous((const float *const *)out, batch, out_values);
	r = run_steps(c, n, batch, input, direct ? out[0] : out_buffer, slots);
	if (r < 0)
		err_set(err, -r, "%s in sub-task %s, batch %d", r == -ENOMEM ? "no memory" : "oneDNN failed",
			t->name, batch);
	else if (!direct)
		scatter(out_buffer, out, batch, out_values);
	return r;
}

static int cpu_run(struct executor *e, int n, int batch, const float *const in[], float *const out[],
		   struct err *err)
{
	struct cpu *c = cpu_of(e);
	int step = c->prepared[n].runs_singly ? 1 : batch;
	int before = lend_threads(c), r = 0;
	for (int i = 0; r == 0 && i < batch; i += step)
		r = run_batch(c, n, step, in + i, out + i, err);
	omp_set_num_threads(before);
	return r;
}

static void free_prepared(struct prepared *p, int n_layers)
{
	for (int b = 0; b < p->n_batches; b++)
		free_ops(p->ops[b], p->layout.n_steps);
	free(p->ops);
	for (int i = 0; p->weights && i < n_layers; i++)
		onednn_weights_free(&p->weights[i]);
	free(p->weights);
	layout_free(&p->layout);
}

static void cpu_close(struct executor *e)
{
	struct cpu *c = cpu_of(e);
	for (int n = 0; c->prepared && n < network_parts(e->network); n++)
		free_prepared(&c->prepared[n], e->network->subtasks[n].n_layers);
	free(c->prepared);
	onednn_close(c->onednn);
	free(c->arena.data);
	free(c->scratch.data);
	free(c);
}

static int make_layouts(struct cpu *c)
{
	const struct network *net = c->executor.network;
	c->prepared = calloc((size_t)network_parts(net), sizeof(*c->prepared));
	if (!c->prepared)
		return -ENOMEM;
	for (int n = 0; n < network_parts(net); n++) {
		struct prepared *p = &c->prepared[n];
		p->weights = calloc((size_t)net->subtasks[n].n_layers, sizeof(*p->weights));
		p->runs_singly = subtask_runs_singly(&net->subtasks[n]);
		if (!p->weights || layout_make(&p->layout, &net->subtasks[n]) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int cpu_open(struct executor **out, const struct network *net, const struct executor_options *options,
		    struct err *err)
{
	int threads = options && options->threads ? options->threads : 1;
	if (threads < 1 || threads > 1024)
		return err_set(err, EINVAL, "%d threads: the cpu executor takes 1 to 1024", threads);
	struct cpu *c = calloc(1, sizeof(*c));
	if (!c)
		return err_set(err, ENOMEM, "no memory for an executor");
	c->executor.network = net;
	c->threads = threads;
	int r = make_layouts(c);
	if (r < 0)
		err_set(err, ENOMEM, "no memory for an executor");
	else
		r = onednn_open(&c->onednn, err);
	if (r < 0) {
		cpu_close(&c->executor);
		return r;
	}
	char version[32];
	snprintf(c->executor.description, sizeof(c->executor.description), "oneDNN %s, %d thread%s, %s",
		 onednn_version(version, sizeof(version)), threads, threads == 1 ? "" : "s",
		 onednn_instructions());
	*out = &c->executor;
	return 0;
}

const struct backend cpu_backend = {
    .name = "cpu", .open = cpu_open, .close = cpu_close, .prepare = cpu_prepare, .run = cpu_run};
