// SPDX-License-Identifier: BSD-3-Clause
// Tensors that share memory form a group, named by its first tensor: a residual sum is accumulated in the
// memory of its operand. A group occupies a slot from the layer that makes it to the last one that reads it.
#include "dnn/cpu_layout_private.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "dnn/layers/window.h"

struct lifetimes {
	const struct subtask *subtask;
	int *
	    last_use; // of a layer's output: the last layer that reads it; n_layers for the sub-task's output
	int *group;   // of a layer's output
	int *end;     // of a group: its tensors' last use
	int *place;   // of a group
	int *slot_end; // last use of a slot's present group
};

static int max_int(int a, int b)
{
	return a > b ? a : b;
}

static void find_last_uses(struct lifetimes *f)
{
	int n = f->subtask->n_layers;
	for (int i = 0; i < n; i++) {
		const struct layer *l = &f->subtask->layers[i];
		f->last_use[i] = i;
		for (int k = 0; k < l->n_inputs; k++)
			if (l->input[k] >= 0)
				f->last_use[l->input[k]] = i;
	}
	f->last_use[n - 1] = n;
}

// Whether layer i + 1 adds an otherwise finished tensor to what convolution i writes and nothing else reads.
// One in double precision is rounded before anything is added to it.
static bool can_fold_next(const struct lifetimes *f, int i)
{
	const struct layer *l = &f->subtask->layers[i];
	if (i + 1 >= f->subtask->n_layers || l->kind != LAYER_CONV || l->conv.is_float64 ||
	    l->activation != ACTIVATION_NONE)
		return false;
	const struct layer *add = &f->subtask->layers[i + 1];
	if (add->kind != LAYER_ADD || add->input[0] != i || f->last_use[i] != i + 1)
		return false;
	int other = add->input[1];
	bool finished = other >= 0 && other != i && f->last_use[other] == i + 1;
	bool overwrites_input = finished && l->input[0] >= 0 && f->group[l->input[0]] == f->group[other];
	return finished && !overwrites_input;
}

static bool is_row_by_row(const struct layer *l)
{
	return l->kind == LAYER_CONV && !l->conv.is_float64 && l->conv.groups == 1 &&
	       window_is_single(&l->window);
}

static bool is_max_of_samples(const struct layer *l)
{
	return l->kind == LAYER_POOL_MAX && l->window.kernel.y == 1 && l->window.kernel.x == l->in.width &&
	       l->out.width == 1 && l->out.height == l->in.height;
}

// The last layer of the step that begins with layer i: i itself, or, behind a grouping, the maximum over
// samples that follows one or more convolutions of single rows, if nothing else reads what lies between.
static int step_end(const struct lifetimes *f, int i)
{
	const struct subtask *t = f->subtask;
	if (t->layers[i].kind != LAYER_GROUP)
		return i;
	for (int j = i + 1; j < t->n_layers; j++) {
		const struct layer *l = &t->layers[j];
		if (l->input[0] != j - 1 || f->last_use[j - 1] != j)
			return i;
		if (j > i + 1 && is_max_of_samples(l))
			return j;
		if (!is_row_by_row(l))
			return i;
	}
	return i;
}

// What a step of several layers reads is needed until its end.
static void prolong_uses(struct lifetimes *f)
{
	for (int i = 0; i < f->subtask->n_layers; i++) {
		const struct layer *l = &f->subtask->layers[i];
		for (int k = 0; k < l->n_inputs; k++)
			if (l->kind == LAYER_GROUP && l->input[k] >= 0)
				f->last_use[l->input[k]] = max_int(f->last_use[l->input[k]], step_end(f, i));
	}
}

static void group_tensors(struct lifetimes *f)
{
	for (int i = 0; i < f->subtask->n_layers; i++)
		f->group[i] = i;
	for (int i = 0; i < f->subtask->n_layers; i++)
		if (can_fold_next(f, i))
			f->group[i] = f->group[i + 1] = f->group[f->subtask->layers[i + 1].input[1]];
	for (int i = 0; i < f->subtask->n_layers; i++)
		f->end[f->group[i]] = max_int(f->end[f->group[i]], f->last_use[i]);
}

// The place of what layer i writes.
static int place_output(struct lifetimes *f, struct layout *layout, int i)
{
	const struct subtask *t = f->subtask;
	int g = f->group[i];
	if (g < i)
		return f->place[g];
	if (g == f->group[t->n_layers - 1])
		return f->place[g] = PLACE_OUT;
	int slot = 0;
	while (slot < layout->n_slots && f->slot_end[slot] >= i)
		slot++;
	if (slot == layout->n_slots)
		layout->n_slots++;
	int64_t values = shape_values(t->layers[i].out);
	if (values > layout->slot_values[slot])
		layout->slot_values[slot] = values;
	f->slot_end[slot] = f->end[g];
	return f->place[g] = PLACE_SLOTS + slot;
}

static int place_of(const struct lifetimes *f, int layer)
{
	return layer < 0 ? PLACE_IN : f->place[f->group[layer]];
}

static void make_steps(struct lifetimes *f, struct layout *layout)
{
	for (int i = 0; i < f->subtask->n_layers; i++) {
		const struct layer *l = &f->subtask->layers[i];
		struct layout_step *s = &layout->steps[layout->n_steps++];
		*s = (struct layout_step){.layer = i, .last = step_end(f, i), .add = -1};
		for (int k = 0; k < l->n_inputs; k++)
			s->src[k] = place_of(f, l->input[k]);
		if (can_fold_next(f, i))
			s->add = i + 1;
		s->dst = place_output(f, layout, s->last);
		i = s->add >= 0 ? s->add : s->last;
	}
}

int layout_make(struct layout *layout, const struct subtask *subtask)
{
	size_t n = (size_t)subtask->n_layers;
	int *numbers = calloc(5 * n, sizeof(int));
	*layout = (struct layout){.steps = calloc(n, sizeof(*layout->steps)),
				  .slot_values = calloc(n, sizeof(int64_t))};
	if (!numbers || !layout->steps || !layout->slot_values) {
		free(numbers);
		layout_free(layout);
		return -ENOMEM;
	}
	struct lifetimes f = {subtask,	       numbers,		numbers + n,
			      numbers + 2 * n, numbers + 3 * n, numbers + 4 * n};
	find_last_uses(&f);
	prolong_uses(&f);
	group_tensors(&f);
	make_steps(&f, layout);
	free(numbers);
	return 0;
}

void layout_free(struct layout *layout)
{
	free(layout->steps);
	free(layout->slot_values);
	*layout = (struct layout){0};
}
