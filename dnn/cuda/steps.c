// SPDX-License-Identifier: BSD-3-Clause
// A matrix product can apply a ReLU but not its upper limit (ReLU6). So a place may hold values whose limit
// is still pending: own kernels apply it as they read; before anything else reads the place, it is applied
// there.
#include "dnn/cuda/steps.h"

#include <errno.h>
#include <stdlib.h>

#include "dnn/layers/layers.h"

// While steps are made: what each place holds.
struct maker {
	struct cuda_steps *steps;
	struct shape *shape; // [places]
	float *clip;	     // [places], pending
};

static struct cuda_step *append(struct maker *m, struct cuda_step step)
{
	m->steps->step[m->steps->n] = step;
	return &m->steps->step[m->steps->n++];
}

static void apply_clip(struct maker *m, int place)
{
	if (m->clip[place] == NO_CLIP)
		return;
	append(m, (struct cuda_step){.kind = STEP_KERNEL,
				     .kernel = KERNEL_ACTIVATE,
				     .src = place,
				     .dst = place,
				     .in = m->shape[place],
				     .clip = m->clip[place]});
	m->clip[place] = NO_CLIP;
}

// Has the layer's row choose.
static struct cuda_step choose(const struct layer *l)
{
	const struct layer_cuda *cuda = l->row->cuda;
	struct cuda_step step = {.kind = cuda->kind, .kernel = cuda->kernel, .layer = l};
	if (cuda->choose)
		cuda->choose(l, &step);
	return step;
}

// A product applies ReLU itself and leaves ReLU6's limit pending; other activations follow it in place.
static void append_product(struct maker *m, struct cuda_step step)
{
	enum activation wanted = step.activation;
	bool rectified = wanted == ACTIVATION_RELU || wanted == ACTIVATION_RELU6;
	step.activation = rectified ? ACTIVATION_RELU : ACTIVATION_NONE;
	if (step.kind != STEP_CONV_PRODUCT)
		apply_clip(m, step.src);
	step.clip = m->clip[step.src];
	append(m, step);
	m->clip[step.dst] = wanted == ACTIVATION_RELU6 ? 6.0f : NO_CLIP;
	if (!rectified && wanted != ACTIVATION_NONE)
		append(m, (struct cuda_step){.kind = STEP_KERNEL,
					     .kernel = KERNEL_ACTIVATE,
					     .src = step.dst,
					     .dst = step.dst,
					     .in = step.layer->out,
					     .clip = NO_CLIP,
					     .activation = wanted,
					     .alpha = step.alpha,
					     .beta = step.beta});
}

// One step an input: to its channels, or to its rows.
static void append_joined(struct maker *m, struct cuda_step step, const struct layout_step *s)
{
	for (int k = 0; k < step.layer->n_inputs; k++) {
		step.src = s->src[k];
		step.in = m->shape[step.src];
		if (step.is_flat)
			step.in = shape_flat(shape_values(step.in));
		step.clip = m->clip[step.src];
		append(m, step);
		if (step.kernel == KERNEL_STACK)
			step.row += step.in.height;
		else
			step.channel += step.in.channels;
	}
}

// A layer behind a grouping, for balls as images of one row each.
static void append_to_ball(struct maker *m, struct cuda_step *balls, struct layer *l, int index, int *place)
{
	l->in.height = l->out.height = 1;
	struct cuda_step step = choose(l);
	bool is_maximum = step.kernel == KERNEL_POOL;
	step.index = index;
	step.src = step.addend = *place;
	step.dst = is_maximum ? BALL_RESULT : *place ^ 1;
	step.in = l->in;
	step.activation = l->activation;
	step.alpha = l->alpha;
	step.beta = l->beta;
	if (is_maximum) {
		step.clip = m->clip[step.src];
		append(m, step);
	} else {
		append_product(m, step);
	}
	m->shape[step.dst] = l->out;
	*place = step.dst;
	if (*place < BALL_RESULT && shape_values(l->out) > balls->ball_values[*place])
		balls->ball_values[*place] = shape_values(l->out);
}

// A grouping and what the layout runs with it: a row-by-row network of the grouped points, their maximum.
static void append_balls(struct maker *outer, struct cuda_step step, const struct subtask *t,
			 const struct layout_step *s)
{
	struct shape shape[BALL_PLACES], ball = {1, step.layer->out.width, step.layer->out.channels};
	float clip[BALL_PLACES] = {NO_CLIP, NO_CLIP, NO_CLIP};
	struct maker m = {outer->steps, shape, clip};
	int place = BALL_EVEN;
	struct cuda_step *balls = append(&m, step);
	int first = m.steps->n;
	if (s->last > s->layer)
		balls->ball_values[BALL_EVEN] = shape_values(ball);
	shape[BALL_EVEN] = ball;
	for (int i = s->layer + 1; i <= s->last; i++) {
		m.steps->ball_layer[i] = t->layers[i];
		append_to_ball(&m, balls, &m.steps->ball_layer[i], i, &place);
	}
	balls->n_ball = m.steps->n - first;
	balls->ball_out = shape[place];
}

// Selections are made on what a place holds: no limit may be pending.
static void apply_all_clips(struct maker *m, const struct layer *l, const struct layout_step *s)
{
	for (int k = 0; layer_is_over_points(l) && k < l->n_inputs; k++)
		apply_clip(m, s->src[k]);
}

static struct cuda_step step_for(const struct maker *m, const struct subtask *t, const struct layout_step *s)
{
	const struct layer *l = &t->layers[s->layer];
	const struct layer *last = s->add >= 0 ? &t->layers[s->add] : l;
	int addend = l->n_inputs == 2 ? s->src[1] : s->src[0];
	bool one = m->shape[addend].height == 1 && m->shape[addend].width == 1;
	struct cuda_step step = choose(l);
	step.index = s->layer;
	step.src = s->src[0];
	step.addend = addend;
	step.dst = s->dst;
	step.in = l->in;
	step.pitch = m->shape[addend].channels;
	step.accumulate = s->add >= 0;
	step.activation = last->activation;
	step.alpha = last->alpha;
	step.beta = last->beta;
	step.positions = one ? l->in.height * l->in.width : 1;
	step.clip = m->clip[s->src[0]];
	step.clip_addend = m->clip[addend];
	return step;
}

static bool is_product(const struct cuda_step *step)
{
	return step->kind == STEP_PRODUCT || step->kind == STEP_CONV_PRODUCT ||
	       (step->kind == STEP_KERNEL && step->kernel == KERNEL_CONV_FLOAT64);
}

static void append_layer(struct maker *m, const struct subtask *t, const struct layout_step *s)
{
	const struct layer *l = &t->layers[s->layer];
	apply_all_clips(m, l, s);
	if (s->add >= 0)
		apply_clip(m, s->dst);
	struct cuda_step step = step_for(m, t, s);
	if (is_product(&step)) {
		append_product(m, step);
	} else {
		if (l->row->joins)
			append_joined(m, step, s);
		else if (step.kind == STEP_BALLS)
			append_balls(m, step, t, s);
		else
			append(m, step);
		m->clip[step.dst] = NO_CLIP;
	}
	m->shape[step.dst] = t->layers[s->last].out;
}

static void append_all(struct maker *m, const struct subtask *t, size_t places)
{
	for (size_t i = 0; i < places; i++)
		m->clip[i] = NO_CLIP;
	m->shape[PLACE_IN] = t->in;
	for (int i = 0; i < m->steps->layout.n_steps; i++)
		append_layer(m, t, &m->steps->layout.steps[i]);
	apply_clip(m, PLACE_OUT);
}

int cuda_steps_make(struct cuda_steps *steps, const struct subtask *t)
{
	*steps = (struct cuda_steps){0};
	int r = layout_make(&steps->layout, t);
	if (r < 0)
		return r;
	size_t places = PLACE_SLOTS + (size_t)steps->layout.n_slots;
	// A layer is a step, or one an input; an activation behind it; limits before it, of its inputs and
	// dst.
	size_t most = 1;
	for (int i = 0; i < t->n_layers; i++)
		most += 2 * (size_t)t->layers[i].n_inputs + 2;
	struct maker m = {steps, calloc(places, sizeof(struct shape)), calloc(places, sizeof(float))};
	steps->step = calloc(most, sizeof(*steps->step));
	steps->ball_layer = calloc((size_t)t->n_layers, sizeof(*steps->ball_layer));
	if (!m.shape || !m.clip || !steps->step || !steps->ball_layer)
		r = -ENOMEM;
	else
		append_all(&m, t, places);
	free(m.shape);
	free(m.clip);
	if (r < 0)
		cuda_steps_free(steps);
	return r;
}

void cuda_steps_free(struct cuda_steps *steps)
{
	layout_free(&steps->layout);
	free(steps->step);
	free(steps->ball_layer);
	*steps = (struct cuda_steps){0};
}
