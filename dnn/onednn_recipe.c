// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onednn_recipe_private.h"

#include "dnn/layers/activations.h"

// A tensor [batch][h][w][c]; a flat layer sees [batch][h w c], the same memory.
static dnnl_status_t tensor_format(dnnl_memory_desc_t *md, const struct recipe *r, struct shape s)
{
	if (r->layer->row->onednn->is_flat)
		return format_new(md, 2, (dnnl_dims_t){r->batch, shape_values(s)}, dnnl_nc);
	return format_new(md, 4, (dnnl_dims_t){r->batch, s.channels, s.height, s.width}, dnnl_nhwc);
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
	s = l->row->onednn->weights(&r->any_weights, l, true);
	return s ? s : l->row->onednn->weights(&r->plain_weights, l, false);
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
	const struct activation_row *a = activation_row(l->activation);
	if (is_two_steps(l)) // the second, of the linear function that linear_of gives
		return (struct eltwise){dnnl_eltwise_clip, 0, 1};
	return (struct eltwise){(dnnl_alg_kind_t)a->eltwise,
				a->n_parameters > 0 ? l->alpha : a->eltwise_alpha,
				a->n_parameters > 1 ? l->beta : a->eltwise_beta};
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
	if (!l->row->onednn->is_activation)
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

// A moving kernel as oneDNN states it.
struct geometry {
	dnnl_dims_t strides, kernel, skipped, before, after;
};

static struct geometry geometry_of(const struct layer *l)
{
	const struct window *w = &l->window;
	return (struct geometry){.strides = {w->stride.y, w->stride.x},
				 .kernel = {w->kernel.y, w->kernel.x},
				 .skipped = {w->dilation.y - 1, w->dilation.x - 1},
				 .before = {w->pad_before.y, w->pad_before.x},
				 .after = {padding_after(l->in.height, l->out.height, w->kernel.y,
							 w->stride.y, w->dilation.y, w->pad_before.y),
					   padding_after(l->in.width, l->out.width, w->kernel.x, w->stride.x,
							 w->dilation.x, w->pad_before.x)}};
}

dnnl_status_t recipe_convolution(struct recipe *r)
{
	struct geometry g = geometry_of(r->layer);
	return describe_convolution(&r->pd, r->engine, r->attr, format_of(&r->src[0]),
				    format_of(&r->any_weights), r->layer->bias ? format_of(&r->bias) : NULL,
				    format_of(&r->dst), g.strides, g.skipped, g.before, g.after);
}

dnnl_status_t recipe_pool(struct recipe *r, dnnl_alg_kind_t kind)
{
	struct geometry g = geometry_of(r->layer);
	return describe_pool(&r->pd, r->engine, r->attr, kind, format_of(&r->src[0]), format_of(&r->dst),
			     g.strides, g.kernel, g.before, g.after);
}

dnnl_status_t recipe_binary(struct recipe *r, dnnl_alg_kind_t kind)
{
	return describe_binary(&r->pd, r->engine, r->attr, kind, format_of(&r->src[0]), format_of(&r->src[1]),
			       format_of(&r->dst));
}

dnnl_status_t recipe_eltwise(struct recipe *r)
{
	struct eltwise e = is_two_steps(r->layer) ? linear_of(r->layer) : eltwise_of(r->layer);
	return describe_eltwise(&r->pd, r->engine, r->attr, e.kind, e.alpha, e.beta, format_of(&r->src[0]),
				format_of(&r->dst));
}

dnnl_status_t recipe_make(struct recipe *r, const struct layer *after)
{
	dnnl_status_t s = make_formats(r);
	if (!s)
		s = make_attributes(r, after);
	return s ? s : r->layer->row->onednn->describe(r);
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
