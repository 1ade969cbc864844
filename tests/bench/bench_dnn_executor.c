// SPDX-License-Identifier: BSD-3-Clause
// What the cpu executor costs over oneDNN itself: a network through its sub-tasks, one after the other with
// tensors of separate users gathered and scattered at each, against a peer that calls oneDNN directly for the
// whole network on one batch: layouts of oneDNN's own choice, a memory a layer, no cuts. Both run in turn in
// this process, one thread.
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <oneapi/dnnl/dnnl.h>

#include "base/clock.h"
#include "base/quantile.h"
#include "base/rng.h"
#include "dnn/backend_private.h"
#include "dnn/executor.h"
#include "dnn/onednn_api_private.h"
#include "dnn/reference.h"

enum { MAX_OPS = 256, MAX_BATCH = 8, WARM_UP = 3, RUNS = 25 };

static void must(int status, const char *what)
{
	if (status == 0)
		return;
	fprintf(stderr, "bench_dnn_executor: %s failed (%d)\n", what, status);
	exit(1);
}

// The peer.

struct peer {
	dnnl_engine_t engine;
	dnnl_stream_t stream;
	int n;
	dnnl_primitive_t primitive[MAX_OPS];
	dnnl_exec_arg_t args[MAX_OPS][5];
	int n_args[MAX_OPS];
	dnnl_memory_t input, output;
	dnnl_memory_t owned[4 * MAX_OPS];
	int n_owned;
};

static dnnl_memory_t new_memory(struct peer *p, memory_format format)
{
	must(dnnl_memory_create(&p->owned[p->n_owned], format, p->engine, DNNL_MEMORY_ALLOCATE), "a memory");
	return p->owned[p->n_owned++];
}

static void *address(dnnl_memory_t m)
{
	void *data = NULL;
	must(dnnl_memory_get_data_handle(m, &data), "a memory's address");
	return data;
}

static void reorder(struct peer *p, dnnl_memory_t from, dnnl_memory_t to)
{
	dnnl_primitive_desc_t pd;
	dnnl_primitive_t r;
	const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
	must(dnnl_reorder_primitive_desc_create(&pd, format_of_memory(from), p->engine, format_of_memory(to),
						p->engine, NULL),
	     "a reorder");
	must(dnnl_primitive_create(&r, pd), "a reorder");
	must(dnnl_primitive_execute(r, p->stream, 2, args), "a reorder");
	must(dnnl_stream_wait(p->stream), "a reorder");
	dnnl_primitive_destroy(r);
	dnnl_primitive_desc_destroy(pd);
}

// Values of ours in `tag`, brought into the wanted format.
static dnnl_memory_t constant(struct peer *p, memory_format wanted, int n, const dnnl_dims_t dims,
			      dnnl_format_tag_t tag, const float *values)
{
	dnnl_memory_desc_t md;
	dnnl_memory_t plain, copy = new_memory(p, wanted);
	must(format_new(&md, n, dims, tag), "a format");
	must(dnnl_memory_create(&plain, format_of(&md), p->engine, (void *)values), "a memory");
	reorder(p, plain, copy);
	dnnl_memory_destroy(plain);
	format_free(&md);
	return copy;
}

static void append_activation(dnnl_post_ops_t ops, enum activation activation)
{
	if (activation == ACTIVATION_RELU)
		must(append_eltwise(ops, dnnl_eltwise_relu, 0, 0), "ReLU");
	else if (activation == ACTIVATION_RELU6)
		must(append_eltwise(ops, dnnl_eltwise_clip, 0, 6), "ReLU6");
}

// The layer's activation; with `add`, the sum with what the destination holds, and that layer's activation.
static dnnl_primitive_attr_t attributes(const struct layer *l, const struct layer *add)
{
	dnnl_primitive_attr_t attr;
	dnnl_post_ops_t ops;
	must(dnnl_primitive_attr_create(&attr), "attributes");
	must(dnnl_post_ops_create(&ops), "post-ops");
	append_activation(ops, l->activation);
	if (add) {
		must(append_sum(ops), "a sum");
		append_activation(ops, add->activation);
	}
	must(dnnl_primitive_attr_set_post_ops(attr, ops), "post-ops");
	dnnl_post_ops_destroy(ops);
	return attr;
}

static void add_op(struct peer *p, dnnl_primitive_desc_t pd, dnnl_memory_t src, dnnl_memory_t weights,
		   dnnl_memory_t bias, dnnl_memory_t dst)
{
	int i = p->n++, n = 0;
	must(i < MAX_OPS ? 0 : -1, "room for another layer");
	must(dnnl_primitive_create(&p->primitive[i], pd), "a primitive");
	p->args[i][n++] = (dnnl_exec_arg_t){DNNL_ARG_SRC, src};
	if (weights)
		p->args[i][n++] = (dnnl_exec_arg_t){DNNL_ARG_WEIGHTS, weights};
	if (bias)
		p->args[i][n++] = (dnnl_exec_arg_t){DNNL_ARG_BIAS, bias};
	p->args[i][n++] = (dnnl_exec_arg_t){DNNL_ARG_DST, dst};
	p->n_args[i] = n;
	dnnl_primitive_desc_destroy(pd);
}

// A convolution behind src; with `add`, its output is added into the memory `residual`.
static dnnl_memory_t add_convolution(struct peer *p, const struct layer *l, int batch, dnnl_memory_t src,
				     const struct layer *add, dnnl_memory_t residual)
{
	dnnl_dim_t k = l->window.kernel.y, ci = l->in.channels, co = l->out.channels;
	bool depthwise = l->kind == LAYER_DEPTHWISE;
	const dnnl_dims_t dense = {co, ci, k, k}, grouped = {ci, 1, 1, k, k};
	const dnnl_dims_t strides = {l->window.stride.y, l->window.stride.x}, none = {0, 0};
	const dnnl_dims_t before = {l->window.pad_before.y, l->window.pad_before.x};
	const dnnl_dims_t after = {
	    (l->out.height - 1) * l->window.stride.y + k - l->in.height - l->window.pad_before.y,
	    (l->out.width - 1) * l->window.stride.x + k - l->in.width - l->window.pad_before.x};
	dnnl_memory_desc_t weights, bias, dst;
	must(format_new(&weights, depthwise ? 5 : 4, depthwise ? grouped : dense, dnnl_format_tag_any),
	     "a format");
	must(format_new(&bias, 1, (dnnl_dims_t){co}, dnnl_x), "a format");
	must(format_new(&dst, 4, (dnnl_dims_t){batch, co, l->out.height, l->out.width}, dnnl_format_tag_any),
	     "a format");
	dnnl_primitive_attr_t attr = attributes(l, add);
	dnnl_primitive_desc_t pd;
	must(describe_convolution(&pd, p->engine, attr, format_of_memory(src), format_of(&weights),
				  format_of(&bias), residual ? format_of_memory(residual) : format_of(&dst),
				  strides, none, before, after),
	     "a convolution");
	dnnl_memory_t w =
	    constant(p, format_query(pd, dnnl_query_weights_md), depthwise ? 5 : 4,
		     depthwise ? grouped : dense, depthwise ? dnnl_hwigo : dnnl_hwio, l->weight);
	dnnl_memory_t b = constant(p, format_of(&bias), 1, (dnnl_dims_t){co}, dnnl_x, l->bias);
	dnnl_memory_t out = residual ? residual : new_memory(p, format_query(pd, dnnl_query_dst_md));
	add_op(p, pd, src, w, b, out);
	dnnl_primitive_attr_destroy(attr);
	format_free(&weights);
	format_free(&bias);
	format_free(&dst);
	return out;
}

static dnnl_memory_t add_pool(struct peer *p, const struct layer *l, int batch, dnnl_memory_t src)
{
	dnnl_memory_desc_t dst;
	dnnl_primitive_attr_t attr = attributes(l, NULL);
	dnnl_primitive_desc_t pd;
	const dnnl_dims_t strides = {l->window.stride.y, l->window.stride.x},
			  kernel = {l->window.kernel.y, l->window.kernel.x};
	const dnnl_dims_t before = {l->window.pad_before.y, l->window.pad_before.x};
	const dnnl_dims_t after = {(l->out.height - 1) * l->window.stride.y + l->window.kernel.y -
				       l->in.height - l->window.pad_before.y,
				   (l->out.width - 1) * l->window.stride.x + l->window.kernel.x -
				       l->in.width - l->window.pad_before.x};
	bool max = l->kind == LAYER_POOL_MAX;
	must(format_new(&dst, 4, (dnnl_dims_t){batch, l->out.channels, l->out.height, l->out.width},
			l->out.height > 1 ? dnnl_format_tag_any : dnnl_nhwc), // a matrix follows the last one
	     "a format");
	must(describe_pool(&pd, p->engine, attr, max ? dnnl_pooling_max : dnnl_pooling_avg_exclude_padding,
			   format_of_memory(src), format_of(&dst), strides, kernel, before, after),
	     "a pool");
	dnnl_memory_t out = new_memory(p, format_query(pd, dnnl_query_dst_md));
	add_op(p, pd, src, NULL, NULL, out);
	dnnl_primitive_attr_destroy(attr);
	format_free(&dst);
	return out;
}

// Behind the pool, whose 1x1 NHWC output is a matrix already.
static dnnl_memory_t add_fully_connected(struct peer *p, const struct layer *l, int batch,
					 dnnl_memory_t pooled)
{
	const dnnl_dims_t dims = {l->out.channels, l->in.channels};
	dnnl_memory_desc_t src, weights, bias, dst;
	dnnl_memory_t matrix;
	dnnl_primitive_attr_t attr = attributes(l, NULL);
	dnnl_primitive_desc_t pd;
	must(format_new(&src, 2, (dnnl_dims_t){batch, l->in.channels}, dnnl_nc), "a format");
	must(format_new(&weights, 2, dims, dnnl_format_tag_any), "a format");
	must(format_new(&bias, 1, (dnnl_dims_t){l->out.channels}, dnnl_x), "a format");
	must(format_new(&dst, 2, (dnnl_dims_t){batch, l->out.channels}, dnnl_nc), "a format");
	must(describe_inner_product(&pd, p->engine, attr, format_of(&src), format_of(&weights),
				    format_of(&bias), format_of(&dst)),
	     "a fully connected layer");
	must(dnnl_memory_create(&matrix, format_of(&src), p->engine, address(pooled)), "a memory");
	p->owned[p->n_owned++] = matrix;
	dnnl_memory_t out = new_memory(p, format_of(&dst));
	dnnl_memory_t w = constant(p, format_query(pd, dnnl_query_weights_md), 2, dims, dnnl_io, l->weight);
	dnnl_memory_t b = constant(p, format_of(&bias), 1, (dnnl_dims_t){l->out.channels}, dnnl_x, l->bias);
	add_op(p, pd, matrix, w, b, out);
	dnnl_primitive_attr_destroy(attr);
	format_free(&src);
	format_free(&weights);
	format_free(&bias);
	format_free(&dst);
	return out;
}

// A layer; `add` is the addition behind it, which is folded into it, or NULL. made: outputs so far.
static dnnl_memory_t add_layer(struct peer *p, const struct layer *l, const struct layer *add, int batch,
			       dnnl_memory_t in, const dnnl_memory_t *made)
{
	dnnl_memory_t src = l->input[0] < 0 ? in : made[l->input[0]];
	if (l->kind == LAYER_POOL_AVERAGE || l->kind == LAYER_POOL_MAX)
		return add_pool(p, l, batch, src);
	if (l->kind == LAYER_FULLY_CONNECTED)
		return add_fully_connected(p, l, batch, src);
	return add_convolution(p, l, batch, src, add, add ? made[add->input[1]] : NULL);
}

// The whole chain; every addition of these networks follows a convolution and is folded into it.
static void peer_open(struct peer *p, const struct network *net, int batch)
{
	*p = (struct peer){0};
	must(dnnl_engine_create(&p->engine, dnnl_cpu, 0), "an engine");
	must(dnnl_stream_create(&p->stream, p->engine, dnnl_stream_default_flags), "a stream");
	const struct shape in = net->subtasks[0].in;
	dnnl_memory_desc_t md;
	must(format_new(&md, 4, (dnnl_dims_t){batch, in.channels, in.height, in.width}, dnnl_nhwc),
	     "a format");
	dnnl_memory_t last = p->input = new_memory(p, format_of(&md));
	format_free(&md);
	for (int n = 0; n < net->n_subtasks; n++) {
		const struct subtask *t = &net->subtasks[n];
		dnnl_memory_t *made = calloc((size_t)t->n_layers, sizeof(dnnl_memory_t));
		for (int i = 0; i < t->n_layers; i++) {
			const struct layer *next = i + 1 < t->n_layers ? &t->layers[i + 1] : NULL;
			if (t->layers[i].kind == LAYER_ADD)
				made[i] = made[i - 1];
			else
				made[i] =
				    add_layer(p, &t->layers[i], next && next->kind == LAYER_ADD ? next : NULL,
					      batch, last, made);
		}
		last = made[t->n_layers - 1];
		free(made);
	}
	p->output = last;
}

static void peer_run(struct peer *p)
{
	for (int i = 0; i < p->n; i++)
		must(dnnl_primitive_execute(p->primitive[i], p->stream, p->n_args[i], p->args[i]), "a layer");
	must(dnnl_stream_wait(p->stream), "the stream");
}

static void peer_close(struct peer *p)
{
	for (int i = 0; i < p->n; i++)
		dnnl_primitive_destroy(p->primitive[i]);
	for (int i = 0; i < p->n_owned; i++)
		dnnl_memory_destroy(p->owned[i]);
	dnnl_stream_destroy(p->stream);
	dnnl_engine_destroy(p->engine);
}

// The measurement.

struct users {
	float *tensor[10][MAX_BATCH]; // [cut][user]
};

static double run_executor(struct executor *e, const struct network *net, struct users *u, int batch)
{
	int64_t start = clock_now_ns();
	for (int n = 0; n < net->n_subtasks; n++)
		must(executor_run(e, n, batch, (const float *const *)u->tensor[n], u->tensor[n + 1], NULL,
				  NULL),
		     "a run");
	return ns_to_s(clock_now_ns() - start);
}

static double worst_error(const struct network *net, const struct users *u, const float *expected, int batch)
{
	int64_t n = network_cut_values(net, net->n_subtasks);
	double error = 0;
	for (int i = 0; i < batch; i++)
		error = fmax(error, relative_error(u->tensor[net->n_subtasks][i], expected + i * n, n));
	return error;
}

// The executor on tensors that lie apart, on tensors in rows as the edge lays them (edge/process/rows.h), and
// oneDNN itself, in turns.
static void compare(struct executor *e, const struct network *net, struct users layout[2], int batch)
{
	static struct peer peer;
	int64_t n_in = network_cut_values(net, 0);
	double ours[2][RUNS], theirs[RUNS];
	peer_open(&peer, net, batch);
	float *in = address(peer.input);
	for (int64_t i = 0; i < batch * n_in; i++)
		in[i] = layout[0].tensor[0][i / n_in][i % n_in];
	must(executor_prepare(e, batch, NULL), "preparing");
	for (int i = -WARM_UP; i < RUNS; i++) {
		int k = i < 0 ? 0 : i;
		for (int rows = 0; rows < 2; rows++)
			ours[rows][k] = run_executor(e, net, &layout[rows], batch);
		int64_t start = clock_now_ns();
		peer_run(&peer);
		theirs[k] = ns_to_s(clock_now_ns() - start);
	}
	double b = quantile(theirs, RUNS, 0.5);
	for (int rows = 0; rows < 2; rows++) {
		double a = quantile(ours[rows], RUNS, 0.5);
		double error = worst_error(net, &layout[rows], address(peer.output), batch);
		printf("batch %d, tensors %s: executor %.2f ms, oneDNN directly %.2f ms: ratio %.3f; results "
		       "differ by %.1e\n",
		       batch, rows ? "in rows" : "apart", a * 1e3, b * 1e3, a / b, error);
		must(error < 1e-4 ? 0 : -1, "agreement with the peer");
	}
	peer_close(&peer);
}

// Tensors of every cut, apart or in rows; inputs drawn from the seed 1.
static void allocate(struct users *u, const struct network *net, bool rows, int users)
{
	struct rng *rng = rng_new(1, 0, RNG_INPUT, 0);
	for (int p = 0; p <= net->n_subtasks; p++) {
		int64_t n = network_cut_values(net, p);
		float *matrix =
		    rows ? aligned_alloc(64, (sizeof(float) * (size_t)n * (size_t)users + 63) / 64 * 64)
			 : NULL;
		for (int i = 0; i < users; i++) {
			u->tensor[p][i] = rows ? matrix + i * n : malloc(sizeof(float) * (size_t)n);
			for (int64_t k = 0; k < n; k++)
				u->tensor[p][i][k] = p ? 0 : (float)rng_uniform(rng, -1, 1);
		}
	}
	rng_free(rng);
}

static void release(struct users *u, const struct network *net, bool rows, int users)
{
	for (int p = 0; p <= net->n_subtasks; p++)
		for (int i = 0; i < (rows ? 1 : users); i++)
			free(u->tensor[p][i]);
}

static void bench(const char *name, int most)
{
	struct network *net;
	struct executor *e;
	static struct users u[2];
	must(network_open(&net, name, 1, NULL), "opening the network");
	must(executor_open(&e, "cpu", net, NULL, NULL), "opening the executor");
	allocate(&u[0], net, false, most);
	allocate(&u[1], net, true, most);
	printf("%s on %s, median of %d runs\n", net->name, executor_describe(e), RUNS);
	compare(e, net, u, 1);
	if (most > 1)
		compare(e, net, u, most);
	release(&u[0], net, false, most);
	release(&u[1], net, true, most);
	executor_close(e);
	network_free(net);
}

int main(void)
{
	omp_set_num_threads(1); // the peer's; the executor has its own setting
	bench("mobilenet-v2", MAX_BATCH);
	bench("resnet-50", 1);
	return 0;
}
