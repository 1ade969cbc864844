// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onednn_weights_private.h"

enum { MAX_VARIANTS = sizeof(((struct onednn_weights *)0)->variant) / sizeof(struct dnnl_memory *) };

// Copies weights into another format.
static dnnl_status_t reorder(dnnl_memory_t from, dnnl_memory_t to, dnnl_engine_t engine, dnnl_stream_t stream)
{
	dnnl_primitive_desc_t pd = NULL;
	dnnl_primitive_t primitive = NULL;
	dnnl_status_t s = dnnl_reorder_primitive_desc_create(&pd, format_of_memory(from), engine,
							     format_of_memory(to), engine, NULL);
	if (!s)
		s = dnnl_primitive_create(&primitive, pd);
	const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
	if (!s)
		s = dnnl_primitive_execute(primitive, stream, 2, args);
	if (!s)
		s = dnnl_stream_wait(stream);
	if (primitive)
		dnnl_primitive_destroy(primitive);
	if (pd)
		dnnl_primitive_desc_destroy(pd);
	return s;
}

static dnnl_status_t make_copy(memory_format wanted, dnnl_memory_t plain, dnnl_engine_t engine,
			       dnnl_stream_t stream, dnnl_memory_t *out)
{
	dnnl_status_t s = dnnl_memory_create(out, wanted, engine, DNNL_MEMORY_ALLOCATE);
	if (s)
		return s;
	s = reorder(plain, *out, engine, stream);
	if (s)
		dnnl_memory_destroy(*out);
	return s;
}

static dnnl_status_t add_variant(struct onednn_weights *w, memory_format wanted, memory_format plain,
				 const float *values, dnnl_engine_t engine, dnnl_stream_t stream)
{
	dnnl_memory_t own = NULL, copy = NULL;
	dnnl_status_t s = dnnl_memory_create(&own, plain, engine, (void *)values);
	if (s)
		return s;
	if (dnnl_memory_desc_equal(wanted, plain)) {
		w->variant[w->n++] = own;
		return dnnl_success;
	}
	s = make_copy(wanted, own, engine, stream, &copy);
	dnnl_memory_destroy(own);
	if (!s)
		w->variant[w->n++] = copy;
	return s;
}

dnnl_status_t weights_find(struct onednn_weights *w, memory_format wanted, memory_format plain,
			   const float *values, dnnl_engine_t engine, dnnl_stream_t stream,
			   dnnl_memory_t *out)
{
	if (!wanted)
		return dnnl_runtime_error;
	for (int i = 0; i < w->n; i++) {
		if (dnnl_memory_desc_equal(wanted, format_of_memory(w->variant[i]))) {
			*out = w->variant[i];
			return dnnl_success;
		}
	}
	if (w->n == MAX_VARIANTS)
		return dnnl_unimplemented;
	dnnl_status_t s = add_variant(w, wanted, plain, values, engine, stream);
	if (!s)
		*out = w->variant[w->n - 1];
	return s;
}

void onednn_weights_free(struct onednn_weights *w)
{
	for (int i = 0; i < w->n; i++)
		dnnl_memory_destroy(w->variant[i]);
	w->n = 0;
}
