// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onednn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "dnn/onednn_weights.h"

struct onednn {
	dnnl_engine_t engine;
	dnnl_stream_t stream;
};

struct onednn_op {
	dnnl_primitive_t primitive;
	dnnl_memory_t src, addend, dst, bias, scratch; // owned; addresses are set at each run
	dnnl_memory_t weights;			       // borrowed from struct onednn_weights
	size_t scratch_bytes;
};

// While an op is being made.
struct recipe {
	const struct layer *layer;
	dnnl_dim_t batch;
	dnnl_memory_desc_t src, any_weights, plain_weights, bias, dst;
	dnnl_primitive_attr_t attr;
	dnnl_primitive_desc_t pd;
};

static int refuse(struct err *err, dnnl_status_t status, const char *what)
{
	int code = status == dnnl_out_of_memory ? ENOMEM : status == dnnl_unimplemented ? ENOTSUP : EIO;
	return err_set(err, code, "oneDNN cannot make %s (status %d)", what, (int)status);
}

int onednn_open(struct onednn **out, struct err *err)
{
	*out = NULL;
	struct onednn *o = calloc(1, sizeof(*o));
	if (!o)
		return err_set(err, ENOMEM, "no memory for oneDNN");
	dnnl_status_t s = dnnl_engine_create(&o->engine, dnnl_cpu, 0);
	if (!s)
		s = dnnl_stream_create(&o->stream, o->engine, dnnl_stream_default_flags);
	if (s) {
		onednn_close(o);
		return refuse(err, s, "an engine");
	}
	*out = o;
	return 0;
}

void onednn_close(struct onednn *o)
{
	if (!o)
		return;
	if (o->stream)
		dnnl_stream_destroy(o->stream);
	if (o->engine)
		dnnl_engine_destroy(o->engine);
	free(o);
}

static bool is_matrix(const struct layer *l)
{
	return l->kind == LAYER_FULLY_CONNECTED;
}

// A tensor [batch][h][w][c]; a fully connected layer sees [batch][h w c], the same memory.
static dnnl_status_t tensor_format(dnnl_memory_desc_t *md, const struct recipe *r, struct shape s)
{
	if (is_matrix(r->layer))
		return format_new(md, 2, (dnnl_dims_t){r->batch, shape_values(s)}, dnnl_nc);
	return format_new(md, 4, (dnnl_dims_t){r->batch, s.channels, s.height, s.width}, dnnl_nhwc);
}

// Our layout of weights (see struct layer), or "whatever the primitive likes best".
static dnnl_status_t weights_format(dnnl_memory_desc_t *md, const struct layer *l, bool any)
{
	dnnl_dim_t k = l->kernel, ci = l->in.channels, co = l->out.channels;
	switch (l->kind) {
	case LAYER_CONV:
		return format_new(md, 4, (dnnl_dims_t){co, ci, k, k}, any ? dnnl_format_tag_any : dnnl_hwio);
	case LAYER_DEPTHWISE:
		return format_new(md, 5, (dnnl_dims_t){ci, 1, 1, k, k},
				  any ? dnnl_format_tag_any : dnnl_hwigo);
	case LAYER_FULLY_CONNECTED:
		return format_new(md, 2, (dnnl_dims_t){co, shape_values(l->in)},
				  any ? dnnl_format_tag_any : dnnl_io);
	case LAYER_POOL_AVERAGE:
	case LAYER_ADD:
		break;
	}
	return dnnl_invalid_arguments;
}

static dnnl_status_t make_formats(struct recipe *r)
{
	const struct layer *l = r->layer;
	dnnl_status_t s = tensor_format(&r->src, r, l->in);
	if (!s)
		s = tensor_format(&r->dst, r, l->out);
	if (s || !l->weight)
		return s;
	s = weights_format(&r->any_weights, l, true);
	if (!s)
		s = weights_format(&r->plain_weights, l, false);
	if (!s)
		s = format_new(&r->bias, 1, (dnnl_dims_t){l->out.channels}, dnnl_x);
	return s;
}

static dnnl_status_t make_attributes(struct recipe *r, bool accumulate, enum activation after)
{
	dnnl_post_ops_t ops = NULL;
	dnnl_status_t s = dnnl_primitive_attr_create(&r->attr);
	if (!s)
		s = dnnl_primitive_attr_set_scratchpad_mode(r->attr, dnnl_scratchpad_mode_user);
	if (!s)
		s = dnnl_post_ops_create(&ops);
	if (!s && r->layer->activation == ACTIVATION_RELU6)
		s = append_relu6(ops);
	if (!s && accumulate)
		s = append_sum(ops);
	if (!s && after == ACTIVATION_RELU6)
		s = append_relu6(ops);
	if (!s)
		s = dnnl_primitive_attr_set_post_ops(r->attr, ops);
	if (ops)
		dnnl_post_ops_destroy(ops);
	return s;
}

// Padding behind the input such that the last kernel position ends exactly there (with stride 2, a row less).
static dnnl_dim_t padding_after(int in, int out, const struct layer *l)
{
	return (dnnl_dim_t)(out - 1) * l->stride + l->kernel - in - l->padding;
}

static dnnl_status_t make_description(struct recipe *r, dnnl_engine_t engine)
{
	const struct layer *l = r->layer;
	memory_format src = format_of(&r->src), dst = format_of(&r->dst);
	const dnnl_dims_t strides = {l->stride, l->stride}, kernel = {l->kernel, l->kernel}, none = {0, 0};
	const dnnl_dims_t before = {l->padding, l->padding};
	const dnnl_dims_t after = {padding_after(l->in.height, l->out.height, l),
				   padding_after(l->in.width, l->out.width, l)};
	switch (l->kind) {
	case LAYER_CONV:
	case LAYER_DEPTHWISE:
		return describe_convolution(&r->pd, engine, r->attr, src, format_of(&r->any_weights),
					    format_of(&r->bias), dst, strides, before, after);
	case LAYER_POOL_AVERAGE:
		return describe_average_pool(&r->pd, engine, r->attr, src, dst, strides, kernel, none);
	case LAYER_FULLY_CONNECTED:
		return describe_inner_product(&r->pd, engine, r->attr, src, format_of(&r->any_weights),
					      format_of(&r->bias), dst);
	case LAYER_ADD:
		return describe_add(&r->pd, engine, r->attr, src, src, dst);
	}
	return dnnl_invalid_arguments;
}

static dnnl_status_t make_memories(struct onednn *o, struct onednn_op *op, const struct recipe *r,
				   struct onednn_weights *w)
{
	const struct layer *l = r->layer;
	dnnl_status_t s = dnnl_memory_create(&op->src, format_of(&r->src), o->engine, DNNL_MEMORY_NONE);
	if (!s)
		s = dnnl_memory_create(&op->dst, format_of(&r->dst), o->engine, DNNL_MEMORY_NONE);
	if (!s && l->kind == LAYER_ADD)
		s = dnnl_memory_create(&op->addend, format_of(&r->src), o->engine, DNNL_MEMORY_NONE);
	if (!s && l->bias)
		s = dnnl_memory_create(&op->bias, format_of(&r->bias), o->engine, (void *)l->bias);
	if (!s && l->weight)
		s = weights_find(w, format_query(r->pd, dnnl_query_weights_md), format_of(&r->plain_weights),
				 l->weight, o->engine, o->stream, &op->weights);
	memory_format scratch = format_query(r->pd, dnnl_query_scratchpad_md);
	op->scratch_bytes = scratch ? dnnl_memory_desc_get_size(scratch) : 0;
	if (!s && op->scratch_bytes)
		s = dnnl_memory_create(&op->scratch, scratch, o->engine, DNNL_MEMORY_NONE);
	return s;
}

static void free_recipe(struct recipe *r)
{
	format_free(&r->src);
	format_free(&r->dst);
	format_free(&r->any_weights);
	format_free(&r->plain_weights);
	format_free(&r->bias);
	if (r->attr)
		dnnl_primitive_attr_destroy(r->attr);
	if (r->pd)
		dnnl_primitive_desc_destroy(r->pd);
}

int onednn_op_new(struct onednn_op **out, struct onednn *o, const struct layer *layer, int batch,
		  bool accumulate, enum activation after, struct onednn_weights *weights, struct err *err)
{
	*out = NULL;
	struct recipe r = {.layer = layer, .batch = batch};
	struct onednn_op *op = calloc(1, sizeof(*op));
	if (!op)
		return err_set(err, ENOMEM, "no memory for a primitive");
	dnnl_status_t s = make_formats(&r);
	if (!s)
		s = make_attributes(&r, accumulate, after);
	if (!s)
		s = make_description(&r, o->engine);
	if (!s)
		s = dnnl_primitive_create(&op->primitive, r.pd);
	if (!s)
		s = make_memories(o, op, &r, weights);
	free_recipe(&r);
	if (s) {
		onednn_op_free(op);
		return refuse(err, s, "the primitive of a layer");
	}
	*out = op;
	return 0;
}

void onednn_op_free(struct onednn_op *op)
{
	if (!op)
		return;
	dnnl_memory_t owned[] = {op->src, op->addend, op->dst, op->bias, op->scratch};
	for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
		if (owned[i])
			dnnl_memory_destroy(owned[i]);
	if (op->primitive)
		dnnl_primitive_destroy(op->primitive);
	free(op);
}

size_t onednn_op_scratch_bytes(const struct onednn_op *op)
{
	return op->scratch_bytes;
}

static void add_argument(dnnl_exec_arg_t *args, int *n, int which, dnnl_memory_t memory)
{
	if (memory)
		args[(*n)++] = (dnnl_exec_arg_t){which, memory};
}

int onednn_op_run(struct onednn *o, struct onednn_op *op, const float *src, const float *addend, float *dst,
		  void *scratch)
{
	dnnl_exec_arg_t args[6];
	int n = 0;
	add_argument(args, &n, DNNL_ARG_SRC_0, op->src);
	add_argument(args, &n, DNNL_ARG_SRC_1, op->addend);
	add_argument(args, &n, DNNL_ARG_WEIGHTS, op->weights);
	add_argument(args, &n, DNNL_ARG_BIAS, op->bias);
	add_argument(args, &n, DNNL_ARG_DST, op->dst);
	add_argument(args, &n, DNNL_ARG_SCRATCHPAD, op->scratch);
	dnnl_status_t s = dnnl_memory_set_data_handle(op->src, (void *)src);
	if (!s && op->addend)
		s = dnnl_memory_set_data_handle(op->addend, (void *)addend);
	if (!s)
		s = dnnl_memory_set_data_handle(op->dst, dst);
	if (!s && op->scratch)
		s = dnnl_memory_set_data_handle(op->scratch, scratch);
	if (!s)
		s = dnnl_primitive_execute(op->primitive, o->stream, n, args);
	if (!s)
		s = dnnl_stream_wait(o->stream);
	return s ? -EIO : 0;
}

const char *onednn_version(char *buf, size_t size)
{
	const dnnl_version_t *v = dnnl_version();
	snprintf(buf, size, "%d.%d.%d", v->major, v->minor, v->patch);
	return buf;
}

const char *onednn_instructions(void)
{
	static const struct {
		unsigned isa; // unsigned: the enum lacks names for combinations
		const char *name;
	} rows[] = {
	    {dnnl_cpu_isa_sse41, "SSE4.1"},
	    {dnnl_cpu_isa_avx, "AVX"},
	    {dnnl_cpu_isa_avx2, "AVX2"},
	    {dnnl_cpu_isa_avx2_vnni, "AVX2_VNNI"},
	    {dnnl_cpu_isa_avx512_core, "AVX512_CORE"},
	    {dnnl_cpu_isa_avx512_core_vnni, "AVX512_CORE_VNNI"},
	    {dnnl_cpu_isa_avx512_core_bf16, "AVX512_CORE_BF16"},
	    {dnnl_cpu_isa_avx512_core_amx, "AVX512_CORE_AMX"},
	};
	unsigned isa = (unsigned)dnnl_get_effective_cpu_isa();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].isa == isa)
			return rows[i].name;
	return "other instructions";
}
