// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: the calls of oneDNN whose names or arguments changed between versions. Nothing else looks
// at DNNL_VERSION_MAJOR. Tensors are fp32; inference only. Debian 12 has 2.6, Debian 13 has 3.7.
#pragma once

#include <oneapi/dnnl/dnnl.h>

#if DNNL_VERSION_MAJOR == 2

typedef const dnnl_memory_desc_t *memory_format; // borrowed

static inline dnnl_status_t format_new(dnnl_memory_desc_t *md, int n, const dnnl_dims_t dims,
				       dnnl_format_tag_t tag)
{
	return dnnl_memory_desc_init_by_tag(md, n, dims, dnnl_f32, tag);
}

static inline void format_free(dnnl_memory_desc_t *md)
{
	(void)md; // a plain value in 2.x
}

static inline memory_format format_of(const dnnl_memory_desc_t *md)
{
	return md;
}

static inline memory_format format_query(const_dnnl_primitive_desc_t pd, dnnl_query_t what)
{
	return dnnl_primitive_desc_query_md(pd, what, 0);
}

static inline memory_format format_of_memory(const_dnnl_memory_t memory)
{
	const dnnl_memory_desc_t *md = NULL;
	return dnnl_memory_get_memory_desc(memory, &md) == dnnl_success ? md : NULL;
}

static inline dnnl_status_t append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t kind, float alpha, float beta)
{
	return dnnl_post_ops_append_eltwise(ops, 1.0f, kind, alpha, beta);
}

// None of its own in 2.6: it takes a linear function and a clip, one behind the other.
static const dnnl_alg_kind_t hard_sigmoid_kind = dnnl_alg_kind_undef;

static inline dnnl_status_t append_sum(dnnl_post_ops_t ops)
{
	return dnnl_post_ops_append_sum(ops, 1.0f);
}

static inline dnnl_status_t describe_convolution(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
						 const_dnnl_primitive_attr_t attr, memory_format src,
						 memory_format weights, memory_format bias, memory_format dst,
						 const dnnl_dims_t strides, const dnnl_dims_t dilates,
						 const dnnl_dims_t before, const dnnl_dims_t after)
{
	dnnl_convolution_desc_t d;
	dnnl_status_t s = dnnl_dilated_convolution_forward_desc_init(
	    &d, dnnl_forward_inference, dnnl_convolution_direct, src, weights, bias, dst, strides, dilates,
	    before, after);
	return s ? s : dnnl_primitive_desc_create(pd, &d, attr, engine, NULL);
}

static inline dnnl_status_t describe_pool(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
					  const_dnnl_primitive_attr_t attr, dnnl_alg_kind_t kind,
					  memory_format src, memory_format dst, const dnnl_dims_t strides,
					  const dnnl_dims_t kernel, const dnnl_dims_t before,
					  const dnnl_dims_t after)
{
	dnnl_pooling_desc_t d;
	dnnl_status_t s = dnnl_pooling_forward_desc_init(&d, dnnl_forward_inference, kind, src, dst, strides,
							 kernel, before, after);
	return s ? s : dnnl_primitive_desc_create(pd, &d, attr, engine, NULL);
}

static inline dnnl_status_t describe_inner_product(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
						   const_dnnl_primitive_attr_t attr, memory_format src,
						   memory_format weights, memory_format bias,
						   memory_format dst)
{
	dnnl_inner_product_desc_t d;
	dnnl_status_t s =
	    dnnl_inner_product_forward_desc_init(&d, dnnl_forward_inference, src, weights, bias, dst);
	return s ? s : dnnl_primitive_desc_create(pd, &d, attr, engine, NULL);
}

static inline dnnl_status_t describe_binary(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
					    const_dnnl_primitive_attr_t attr, dnnl_alg_kind_t kind,
					    memory_format a, memory_format b, memory_format dst)
{
	dnnl_binary_desc_t d;
	dnnl_status_t s = dnnl_binary_desc_init(&d, kind, a, b, dst);
	return s ? s : dnnl_primitive_desc_create(pd, &d, attr, engine, NULL);
}

static inline dnnl_status_t describe_concat(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
					    const_dnnl_primitive_attr_t attr, const dnnl_memory_desc_t src[],
					    int n, int axis, memory_format dst)
{
	return dnnl_concat_primitive_desc_create(pd, dst, n, axis, src, attr, engine);
}

static inline dnnl_status_t describe_softmax(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
					     const_dnnl_primitive_attr_t attr, memory_format src,
					     memory_format dst, int axis)
{
	dnnl_softmax_v2_desc_t d;
	dnnl_status_t s = dnnl_softmax_v2_forward_desc_init(&d, dnnl_forward_inference, dnnl_softmax_accurate,
							    src, dst, axis);
	return s ? s : dnnl_primitive_desc_create(pd, &d, attr, engine, NULL);
}

static inline dnnl_status_t describe_eltwise(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
					     const_dnnl_primitive_attr_t attr, dnnl_alg_kind_t kind,
					     float alpha, float beta, memory_format src, memory_format dst)
{
	(void)dst; // of src's format in 2.x
	dnnl_eltwise_desc_t d;
	dnnl_status_t s = dnnl_eltwise_forward_desc_init(&d, dnnl_forward_inference, kind, src, alpha, beta);
	return s ? s : dnnl_primitive_desc_create(pd, &d, attr, engine, NULL);
}

#elif DNNL_VERSION_MAJOR == 3

typedef const_dnnl_memory_desc_t memory_format; // borrowed

static inline dnnl_status_t format_new(dnnl_memory_desc_t *md, int n, const dnnl_dims_t dims,
				       dnnl_format_tag_t tag)
{
	return dnnl_memory_desc_create_with_tag(md, n, dims, dnnl_f32, tag);
}

static inline void format_free(dnnl_memory_desc_t *md)
{
	if (*md)
		dnnl_memory_desc_destroy(*md);
}

static inline memory_format format_of(const dnnl_memory_desc_t *md)
{
	return *md;
}

static inline memory_format format_query(const_dnnl_primitive_desc_t pd, dnnl_query_t what)
{
	return dnnl_primitive_desc_query_md(pd, what, 0);
}

static inline memory_format format_of_memory(const_dnnl_memory_t memory)
{
	const_dnnl_memory_desc_t md = NULL;
	return dnnl_memory_get_memory_desc(memory, &md) == dnnl_success ? md : NULL;
}

static inline dnnl_status_t append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t kind, float alpha, float beta)
{
	return dnnl_post_ops_append_eltwise(ops, kind, alpha, beta);
}

// In one step: behind an activation alone 3.x takes no second one.
static const dnnl_alg_kind_t hard_sigmoid_kind = dnnl_eltwise_hardsigmoid;

static inline dnnl_status_t append_sum(dnnl_post_ops_t ops)
{
	return dnnl_post_ops_append_sum(ops, 1.0f, 0, dnnl_data_type_undef);
}

static inline dnnl_status_t describe_convolution(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
						 const_dnnl_primitive_attr_t attr, memory_format src,
						 memory_format weights, memory_format bias, memory_format dst,
						 const dnnl_dims_t strides, const dnnl_dims_t dilates,
						 const dnnl_dims_t before, const dnnl_dims_t after)
{
	return dnnl_convolution_forward_primitive_desc_create(pd, engine, dnnl_forward_inference,
							      dnnl_convolution_direct, src, weights, bias,
							      dst, strides, dilates, before, after, attr);
}

static inline dnnl_status_t describe_pool(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
					  const_dnnl_primitive_attr_t attr, dnnl_alg_kind_t kind,
					  memory_format src, memory_format dst, const dnnl_dims_t strides,
					  const dnnl_dims_t kernel, const dnnl_dims_t before,
					  const dnnl_dims_t after)
{
	const dnnl_dims_t dense = {0, 0};
	return dnnl_pooling_forward_primitive_desc_create(pd, engine, dnnl_forward_inference, kind, src, dst,
							  strides, kernel, dense, before, after, attr);
}

static inline dnnl_status_t describe_inner_product(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
						   const_dnnl_primitive_attr_t attr, memory_format src,
						   memory_format weights, memory_format bias,
						   memory_format dst)
{
	return dnnl_inner_product_forward_primitive_desc_create(pd, engine, dnnl_forward_inference, src,
								weights, bias, dst, attr);
}

static inline dnnl_status_t describe_binary(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
					    const_dnnl_primitive_attr_t attr, dnnl_alg_kind_t kind,
					    memory_format a, memory_format b, memory_format dst)
{
	return dnnl_binary_primitive_desc_create(pd, engine, kind, a, b, dst, attr);
}

static inline dnnl_status_t describe_concat(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
					    const_dnnl_primitive_attr_t attr, const dnnl_memory_desc_t src[],
					    int n, int axis, memory_format dst)
{
	return dnnl_concat_primitive_desc_create(pd, engine, dst, n, axis,
						 (const_dnnl_memory_desc_t const *)src, attr);
}

static inline dnnl_status_t describe_softmax(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
					     const_dnnl_primitive_attr_t attr, memory_format src,
					     memory_format dst, int axis)
{
	return dnnl_softmax_forward_primitive_desc_create(pd, engine, dnnl_forward_inference,
							  dnnl_softmax_accurate, src, dst, axis, attr);
}

static inline dnnl_status_t describe_eltwise(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
					     const_dnnl_primitive_attr_t attr, dnnl_alg_kind_t kind,
					     float alpha, float beta, memory_format src, memory_format dst)
{
	return dnnl_eltwise_forward_primitive_desc_create(pd, engine, dnnl_forward_inference, kind, src, dst,
							  alpha, beta, attr);
}

#else
#error "dnn/onednn_api_private.h knows oneDNN 2.x and 3.x: add the calls of this version"
#endif
