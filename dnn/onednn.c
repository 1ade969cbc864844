// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onednn_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "dnn/onednn_recipe_private.h"
#include "dnn/onednn_weights_private.h"

struct onednn {
	dnnl_engine_t engine;
	dnnl_stream_t stream;
};

struct onednn_op {
	dnnl_primitive_t primitive;
	int n_inputs;
	bool takes_many;
	dnnl_memory_t src[LAYER_MAX_INPUTS]; // owned, as the next; addresses are set at each run
	dnnl_memory_t dst, bias, scratch;
	dnnl_memory_t weights; // borrowed from struct onednn_weights
	size_t scratch_bytes;
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

static dnnl_status_t make_memories(struct onednn *o, struct onednn_op *op, const struct recipe *r,
				   struct onednn_weights *w)
{
	const struct layer *l = r->layer;
	dnnl_status_t s = dnnl_memory_create(&op->dst, format_of(&r->dst), o->engine, DNNL_MEMORY_NONE);
	for (int i = 0; !s && i < l->n_inputs; i++)
		s = dnnl_memory_create(&op->src[i], format_of(&r->src[i]), o->engine, DNNL_MEMORY_NONE);
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

int onednn_op_new(struct onednn_op **out, struct onednn *o, const struct subtask *subtask, int i, int batch,
		  const struct layer *after, struct onednn_weights *weights, struct err *err)
{
	*out = NULL;
	const struct layer *layer = &subtask->layers[i];
	struct recipe r = {.subtask = subtask, .layer = layer, .batch = batch, .engine = o->engine};
	struct onednn_op *op = calloc(1, sizeof(*op));
	if (!op)
		return err_set(err, ENOMEM, "no memory for a primitive");
	op->n_inputs = layer->n_inputs;
	op->takes_many = layer->row->onednn->takes_many;
	dnnl_status_t s = recipe_make(&r, after);
	if (!s)
		s = dnnl_primitive_create(&op->primitive, r.pd);
	if (!s)
		s = make_memories(o, op, &r, weights);
	recipe_free(&r);
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
	for (int i = 0; i < op->n_inputs; i++)
		if (op->src[i])
			dnnl_memory_destroy(op->src[i]);
	dnnl_memory_t owned[] = {op->dst, op->bias, op->scratch};
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

int onednn_op_run(struct onednn *o, struct onednn_op *op, const float *const src[], float *dst, void *scratch)
{
	dnnl_exec_arg_t args[LAYER_MAX_INPUTS + 4];
	int n = 0;
	dnnl_status_t s = dnnl_success;
	for (int i = 0; !s && i < op->n_inputs; i++) {
		int which = i == 0 ? DNNL_ARG_SRC_0 : DNNL_ARG_SRC_1;
		add_argument(args, &n, op->takes_many ? DNNL_ARG_MULTIPLE_SRC + i : which, op->src[i]);
		s = dnnl_memory_set_data_handle(op->src[i], (void *)src[i]);
	}
	add_argument(args, &n, DNNL_ARG_WEIGHTS, op->weights);
	add_argument(args, &n, DNNL_ARG_BIAS, op->bias);
	add_argument(args, &n, DNNL_ARG_DST, op->dst);
	add_argument(args, &n, DNNL_ARG_SCRATCHPAD, op->scratch);
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
