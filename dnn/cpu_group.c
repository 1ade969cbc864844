// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/cpu_group_private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "dnn/points/points.h"

#define BLOCK_BYTES (768 << 10) // of one layer's input and output: they fit into a core's second-level cache
enum { ALIGNMENT = 64 };

struct grouped_network {
	const struct layer *group;
	int n_centres, centre_pitch; // values from centre to centre
	int block;		     // centres at a time; divides n_centres
	int n_convs;
	int out_channels;
	struct onednn_op **conv; // [n_convs], for block x samples
	size_t columns_bytes, rows_bytes,
	    convs_bytes; // of scratch: the points, each of two buffers, oneDNN's
};

static size_t align(size_t bytes)
{
	return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

// The most values that a centre's samples have as input and output of one layer.
static size_t widest(const struct layer *group, const struct layer *conv, int n_convs, size_t *row)
{
	size_t most = (size_t)group->out.channels;
	*row = most;
	for (int i = 0; i < n_convs; i++) {
		size_t out = (size_t)conv[i].out.channels, both = (size_t)conv[i].in.channels + out;
		most = both > most ? both : most;
		*row = out > *row ? out : *row;
	}
	return most * (size_t)group->out.width;
}

// The largest divisor of n_centres whose block fits.
static int choose_block(int n_centres, size_t centre_bytes)
{
	int block = 1;
	for (int k = 1; k <= n_centres; k++)
		if (n_centres % k == 0 && (size_t)k * centre_bytes <= BLOCK_BYTES)
			block = k;
	return block;
}

// One convolution over block x samples rows, as a sub-task of its own.
static int make_conv(struct grouped_network *g, struct onednn *o, const struct layer *conv, int i,
		     struct onednn_weights *weights, struct err *err)
{
	struct layer l = *conv;
	l.in.height = l.out.height = g->block;
	l.input[0] = LAYER_INPUT_OF_SUBTASK;
	const struct subtask t = {.n_layers = 1, .layers = &l, .in = l.in, .out = l.out};
	int r = onednn_op_new(&g->conv[i], o, &t, 0, 1, NULL, weights, err);
	if (r == 0 && onednn_op_scratch_bytes(g->conv[i]) > g->convs_bytes)
		g->convs_bytes = align(onednn_op_scratch_bytes(g->conv[i]));
	return r;
}

int grouped_network_new(struct grouped_network **out, struct onednn *o, const struct subtask *t, int first,
			int last, struct onednn_weights *weights, struct err *err)
{
	*out = NULL;
	struct grouped_network *g = calloc(1, sizeof(*g));
	const struct layer *group = &t->layers[first];
	int n_convs = last > first ? last - first - 1 : 0;
	struct onednn_op **conv = calloc((size_t)n_convs + 1, sizeof(struct onednn_op *));
	if (!g || !conv) {
		free(g);
		free(conv);
		return err_set(err, ENOMEM, "no memory for a group of points");
	}
	const int centres = group->input[1];
	size_t row;
	size_t centre_values = widest(group, group + 1, n_convs, &row);
	*g = (struct grouped_network){
	    .group = group,
	    .n_centres = group->out.height,
	    .centre_pitch = centres < 0 ? t->in.channels : t->layers[centres].out.channels,
	    .block = choose_block(group->out.height, centre_values * sizeof(float)),
	    .out_channels = t->layers[last].out.channels,
	    .conv = conv,
	    .columns_bytes =
		align((size_t)columns_stride(group->in.height) * POSITION_CHANNELS * sizeof(float))};
	g->rows_bytes = align((size_t)g->block * (size_t)group->out.width * row * sizeof(float));
	int r = 0;
	for (int i = 0; r == 0 && i < n_convs; i++) {
		g->n_convs = i + 1;
		r = make_conv(g, o, group + 1 + i, i, &weights[first + 1 + i], err);
	}
	if (r < 0)
		grouped_network_free(g);
	else
		*out = g;
	return r;
}

void grouped_network_free(struct grouped_network *g)
{
	if (!g)
		return;
	for (int i = 0; i < g->n_convs; i++)
		onednn_op_free(g->conv[i]);
	free(g->conv);
	free(g);
}

size_t grouped_network_scratch_bytes(const struct grouped_network *g)
{
	return g->columns_bytes + 2 * g->rows_bytes + g->convs_bytes +
	       (size_t)g->group->out.width * sizeof(int32_t);
}

// Where things lie in a run's scratch memory.
struct workspace {
	struct columns positions;
	float *rows[2];
	void *convs;
	int32_t *found;
};

static struct workspace divide(const struct grouped_network *g, void *scratch)
{
	char *at = scratch;
	const struct layer *l = g->group;
	struct workspace w = {
	    .positions = {scratch, l->in.height, columns_stride(l->in.height), POSITION_CHANNELS}};
	at += g->columns_bytes;
	for (int i = 0; i < 2; i++, at += g->rows_bytes)
		w.rows[i] = (float *)(void *)at;
	w.convs = at;
	w.found = (int32_t *)(void *)(at + g->convs_bytes);
	return w;
}

static void group_block(const struct grouped_network *g, const struct workspace *w, const float *points,
			const float *centres, int n, float *out)
{
	const struct layer *l = g->group;
	for (int i = 0; i < n; i++) {
		const float *centre = centres + (size_t)i * (size_t)g->centre_pitch;
		int found = ball_query(&w->positions, centre, l->group.radius_m, l->out.width, w->found);
		group_rows(points, l->in.channels, centre, w->found, found, l->out.width, out);
		out += (size_t)l->out.width * (size_t)l->in.channels;
	}
}

// out[c] = the largest of rows[..][c]
CLONES static void largest_of_rows(const float *restrict rows, int n, int channels, float *restrict out)
{
	memcpy(out, rows, sizeof(float) * (size_t)channels);
	for (int i = 1; i < n; i++) {
		const float *row = rows + (size_t)i * (size_t)channels;
#pragma omp simd
		for (int c = 0; c < channels; c++)
			out[c] = row[c] > out[c] ? row[c] : out[c];
	}
}

static int run_block(struct grouped_network *g, struct onednn *o, const struct workspace *w, float *dst)
{
	for (int i = 0; i < g->n_convs; i++) {
		const float *src = w->rows[i % 2];
		int r = onednn_op_run(o, g->conv[i], &src, w->rows[(i + 1) % 2], w->convs);
		if (r < 0)
			return r;
	}
	int samples = g->group->out.width, channels = g->out_channels;
	const float *rows = w->rows[g->n_convs % 2];
	for (int i = 0; i < g->block; i++)
		largest_of_rows(rows + (size_t)i * (size_t)samples * (size_t)channels, samples, channels,
				dst + (size_t)i * (size_t)channels);
	return 0;
}

int grouped_network_run(struct grouped_network *g, struct onednn *o, const float *points,
			const float *centres, float *dst, void *scratch)
{
	struct workspace w = divide(g, scratch);
	columns_fill(&w.positions, points, g->group->in.channels);
	if (g->n_convs == 0) {
		group_block(g, &w, points, centres, g->n_centres, dst);
		return 0;
	}
	for (int start = 0; start < g->n_centres; start += g->block) {
		group_block(g, &w, points, centres + (size_t)start * (size_t)g->centre_pitch, g->block,
			    w.rows[0]);
		int r = run_block(g, o, &w, dst + (size_t)start * (size_t)g->out_channels);
		if (r < 0)
			return r;
	}
	return 0;
}
