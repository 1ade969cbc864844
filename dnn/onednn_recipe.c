// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onednn_recipe.h"

enum { CHANNEL_AXIS = 1 }; // oneDNN counts dimensions in the order n, c, h, w whatever lies where in memory

// A tensor [batch][h][w][c]; a fully connected layer sees [batch][h w c], the same memory.
static dnnl_status_t tensor_format(dnnl_memory_desc_t *md, const struct recipe *r, struct shape s)
{
	if (r->layer->kind == LAYER_FULLY_CONNECTED)
		return format_new(md, 2, (dnnl_dims_t){r->batch, shape_values(s)}, dnnl_nc);
	return format_new(md, 4, (dnnl_dims_t){r->batch, s.channels, s.height, s.width}, dnnl_nhwc);
}

// Our layout of weights (see struct layer), or "whatever the primitive likes best".
static dnnl_status_t weights_format(dnnl_memory_desc_t *md, const struct layer *l, bool any)
{
	dnnl_dim_t ky = l->kernel.y, kx = l->kernel.x, g = l->groups;
	dnnl_dim_t ci = l->in.channels / g, co = l->out.channels / g;
	if (l->kind == LAYER_FULLY_CONNECTED)
		return format_new(md, 2, (dnnl_dims_t){co, shape_values(l->in)},
				  any ? dnnl_format_tag_any : dnnl_io);
	if (l->kind == LAYER_CONV && g == 1)
		return format_new(md, 4, (dnnl_dims_t){co, ci, ky, kx},
				  any ? dnnl_format_tag_any : dnnl_hwio);
	return format_new(md, 5, (dnnl_dims_t){g, co, ci, ky, kx}, any ? dnnl_format_tag_any : dnnl_hwigo);
}

static dnnl_status_t make_formats(struct recipe *r)
{
	const struct layer *l = r->layer;
	dnnl_status_t s = tensor_format(&r->dst, r, l->out);
	for (int i = 0; !s && i < l->n_inputs; i++) {
		int from = l->input[i];
		s = tensor_format(&r->src[i], r, from < 0 ? r->subtask->in : r->subtask->layers[from].out);
	}
	if (!s && l->bias)
		s = format_new(&r->bias, 1, (dnnl_dims_t){l->out.channels}, dnnl_x);
	if (s || !l->weight)
		return s;
	s = weights_format(&r->any_weights, l, true);
	return s ? s : weights_format(&r->plain_weights, l, false);
}

struct eltwise {
	dnnl_alg_kind_t kind;
	float alpha, beta;
};

static bool is_two_steps(const struct layer *l)
{
	return l->activation == ACTIVATION_HARD_SIGMOID && hard_sigmoid_kind == dnnl_alg_kind_undef;
}

// The last step of a layer's activation.
static struct eltwise eltwise_of(const struct layer *l)
{
	switch (l->activation) {
	case ACTIVATION_NONE:
		break;
	case ACTIVATION_RELU:
		return (struct eltwise){dnnl_eltwise_relu, 0, 0};
	case ACTIVATION_RELU6:
		return (struct eltwise){dnnl_eltwise_clip, 0, 6};
	case ACTIVATION_SIGMOID:
		return (struct eltwise){dnnl_eltwise_logistic, 0, 0};
	case ACTIVATION_HARD_SWISH: // 2.x has these constants built in
		return (struct eltwise){dnnl_eltwise_hardswish, 1.0f / 6, 0.5f};
	case ACTIVATION_SILU:
		return (struct eltwise){dnnl_eltwise_swish, 1, 0};
	case ACTIVATION_TANH:
		return (struct eltwise){dnnl_eltwise_tanh, 0, 0};
	case ACTIVATION_LEAKY_RELU:
		return (struct eltwise){dnnl_eltwise_relu, l->alpha, 0};
	case ACTIVATION_ELU:
		return (struct eltwise){dnnl_eltwise_elu, l->alpha, 0};
	case ACTIVATION_CLIP:
		return (struct eltwise){dnnl_eltwise_clip, l->alpha, l->beta};
	case ACTIVATION_HARD_SIGMOID:
		if (is_two_steps(l)) // the second, of the linear function that linear_of gives
			return (struct eltwise){dnnl_eltwise_clip, 0, 1};
		return (struct eltwise){hard_sigmoid_kind, l->alpha, l->beta};
	}
	return (struct eltwise){dnnl_eltwise_linear, 1, 0};
}

static struct eltwise linear_of(const struct layer *l)
{
	return (struct eltwise){dnnl_eltwise_linear, l->alpha, l->beta};
}

static dnnl_status_t append_step(dnnl_post_ops_t ops, struct eltwise e)
{
	return append_eltwise(ops, e.kind, e.alpha, e.beta);
}

static dnnl_status_t append_activation(dnnl_post_ops_t ops, const struct layer *l)
{
	if (l->activation == ACTIVATION_NONE)
		return dnnl_success;
	dnnl_status_t s = is_two_steps(l) ? append_step(ops, linear_of(l)) : dnnl_success;
	return s ? s : append_step(ops, eltwise_of(l));
}

// Of an activation alone the first step is the primitive itself.
static dnnl_status_t append_own_activation(dnnl_post_ops_t ops, const struct layer *l)
{
	if (l->kind != LAYER_ACTIVATION)
		return append_activation(ops, l);
	return is_two_steps(l) ? append_step(ops, eltwise_of(l)) : dnnl_success;
}

static dnnl_status_t make_attributes(struct recipe *r, const struct layer *after)
{
	dnnl_post_ops_t ops = NULL;
	dnnl_status_t s = dnnl_primitive_attr_create(&r->attr);
	if (!s)
		s = dnnl_primitive_attr_set_scratchpad_mode(r->attr, dnnl_scratchpad_mode_user);
	if (!s)
		s = dnnl_post_ops_create(&ops);
	if (!s)
		s = append_own_activation(ops, r->layer);
	if (!s && after)
		s = append_sum(ops);
	if (!s && after)
		s = append_activation(ops, after);
	if (!s)
		s = dnnl_primitive_attr_set_post_ops(r->attr, ops);
	if (ops)
		dnnl_post_ops_destroy(ops);
	return s;
}

// Padding behind the input such that the last kernel position ends exactly there (with stride 2, a row less).
static dnnl_dim_t padding_after(int in, int out, int kernel, int stride, int dilation, int before)
{
	return (dnnl_dim_t)(out - 1) * stride + (dnnl_dim_t)(kernel - 1) * dilation + 1 - in - before;
}

static dnnl_status_t describe_moving_kernel(struct recipe *r, dnnl_engine_t engine)
{
	const struct layer *l = r->layer;
	const dnnl_dims_t strides = {l->stride.y, l->stride.x}, kernel = {l->kernel.y, l->kernel.x};
	const dnnl_dims_t skipped = {l->dilation.y - 1, l->dilation.x - 1};
	const dnnl_dims_t before = {l->pad_before.y, l->pad_before.x};
	const dnnl_dims_t after = {padding_after(l->in.height, l->out.height, l->kernel.y, l->stride.y,
						 l->dilation.y, l->pad_before.y),
				   padding_after(l->in.width, l->out.width, l->kernel.x, l->stride.x,
						 l->dilation.x, l->pad_before.x)};
	memory_format src = format_of(&r->src[0]), dst = format_of(&r->dst);
	if (l->kind == LAYER_CONV || l->kind == LAYER_DEPTHWISE)
		return describe_convolution(&r->pd, engine, r->attr, src, format_of(&r->any_weights),
					    l->bias ? format_of(&r->bias) : NULL, dst, strides, skipped,
					    before, after);
	dnnl_alg_kind_t average =
	    l->count_padding ? dnnl_pooling_avg_include_padding : dnnl_pooling_avg_exclude_padding;
	return describe_pool(&r->pd, engine, r->attr, l->kind == LAYER_POOL_MAX ? dnnl_pooling_max : average,
			     src, dst, strides, kernel, before, after);
}

static dnnl_status_t make_description(struct recipe *r, dnnl_engine_t engine)
{
	const struct layer *l = r->layer;
	memory_format src = format_of(&r->src[0]), dst = format_of(&r->dst);
	struct eltwise e = is_two_steps(l) ? linear_of(l) : eltwise_of(l);
	switch (l->kind) {
	case LAYER_CONV:
	case LAYER_DEPTHWISE:
	case LAYER_POOL_AVERAGE:
	case LAYER_POOL_MAX:
		return describe_moving_kernel(r, engine);
	case LAYER_FULLY_CONNECTED:
		return describe_inner_product(&r->pd, engine, r->attr, src, format_of(&r->any_weights),
					      l->bias ? format_of(&r->bias) : NULL, dst);
	case LAYER_ADD:
		return describe_binary(&r->pd, engine, r->attr, dnnl_binary_add, src, format_of(&r->src[1]),
				       dst);
	case LAYER_MULTIPLY:
		return describe_binary(&r->pd, engine, r->attr, dnnl_binary_mul, src, format_of(&r->src[1]),
				       dst);
	case LAYER_CONCAT:
		return describe_concat(&r->pd, engine, r->attr, r->src, l->n_inputs, CHANNEL_AXIS, dst);
	case LAYER_SOFTMAX:
		return describe_softmax(&r->pd, engine, r->attr, src, dst, CHANNEL_AXIS);
	case LAYER_ACTIVATION:
		return describe_eltwise(&r->pd, engine, r->attr, e.kind, e.alpha, e.beta, src, dst);
	case LAYER_SLICE:
	case LAYER_STACK:
	case LAYER_SAMPLE:
	case LAYER_GROUP:
	case LAYER_VOTE:
	case LAYER_NMS:
		break; // not oneDNN's: dnn/cpu_op.c
	}
	return dnnl_invalid_arguments;
}

dnnl_status_t recipe_make(struct recipe *r, dnnl_engine_t engine, const struct layer *after)
{
	dnnl_status_t s = make_formats(r);
	if (!s)
		s = make_attributes(r, after);
	return s ? s : make_description(r, engine);
}

void recipe_free(struct recipe *r)
{
	for (int i = 0; i < r->layer->n_inputs; i++)
		format_free(&r->src[i]);
	format_free(&r->dst);
	format_free(&r->any_weights);
	format_free(&r->plain_weights);
	format_free(&r->bias);
	if (r->attr)
		dnnl_primitive_attr_destroy(r->attr);
	if (r->pd)
		dnnl_primitive_desc_destroy(r->pd);
}
