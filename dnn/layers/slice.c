// SPDX-License-Identifier: BSD-3-Clause
// Some rows, or some channels.
#include <string.h>

#include "dnn/cuda/steps.h"
#include "dnn/description_parser_private.h"

// It begins as all rows and all channels; 0 stands for "all" until the input's shape is known.
static int rows_read(struct parser *p, struct layer *l)
{
	l->slice = (struct slice_layer){.first_channel = 0};
	int r = parse_offset(p, "the first row", p->word[1], DESCRIPTION_MAX_SIDE, &l->slice.first_row);
	return r < 0 ? r
		     : parse_count(p, "the number of rows", p->word[2], DESCRIPTION_MAX_SIDE, &l->out.height);
}

static int channels_read(struct parser *p, struct layer *l)
{
	l->slice = (struct slice_layer){.first_row = 0};
	int r =
	    parse_offset(p, "the first channel", p->word[1], DESCRIPTION_MAX_SIDE, &l->slice.first_channel);
	return r < 0 ? r
		     : parse_count(p, "the number of channels", p->word[2], DESCRIPTION_MAX_SIDE,
				   &l->out.channels);
}

static bool is_of_rows(const struct layer *l)
{
	return l->out.height < l->in.height;
}

static int slice_word(const struct layer *l)
{
	return is_of_rows(l) ? 0 : 1;
}

static void slice_write(FILE *text, const struct layer *l, const char *const names[])
{
	(void)names;
	if (is_of_rows(l))
		fprintf(text, " %d %d", l->slice.first_row, l->out.height);
	else
		fprintf(text, " %d %d", l->slice.first_channel, l->out.channels);
}

static int slice_size(struct parser *p, struct layer *l)
{
	l->out.width = l->in.width;
	if (l->out.height == 0)
		l->out.height = l->in.height;
	if (l->out.channels == 0)
		l->out.channels = l->in.channels;
	if (l->slice.first_row + l->out.height > l->in.height ||
	    l->slice.first_channel + l->out.channels > l->in.channels)
		return parser_refuse(p, p->line, "the slice reaches beyond the input %dx%dx%d", l->in.height,
				     l->in.width, l->in.channels);
	return 0;
}

// The input's value that is the output's first.
static int64_t first_value(const struct layer *l)
{
	return (int64_t)l->slice.first_row * l->in.width * l->in.channels + l->slice.first_channel;
}

static int slice_reference(const struct layer *l, const struct layer_tensors *t)
{
	const double *in = t->in[0] + first_value(l);
	double *out = t->out;
	for (int64_t i = 0; i < (int64_t)l->out.height * l->out.width; i++)
		for (int c = 0; c < l->out.channels; c++)
			*out++ = in[i * l->in.channels + c];
	return 0;
}

static void take(const struct layer *l, const float *src, float *dst)
{
	size_t in = (size_t)l->in.channels, out = (size_t)l->out.channels;
	src += first_value(l);
	if (in == out) { // rows follow each other
		memcpy(dst, src, sizeof(float) * (size_t)shape_values(l->out));
		return;
	}
	for (int64_t i = 0; i < (int64_t)l->out.height * l->out.width; i++, src += in, dst += out)
		memcpy(dst, src, sizeof(float) * out);
}

static int slice_run(const struct layer_call *c)
{
	const struct layer *l = c->layer;
	for (int64_t i = 0; i < c->batch; i++)
		take(l, c->src[0] + i * shape_values(l->in), c->dst + i * shape_values(l->out));
	return 0;
}

static void slice_choose(const struct layer *l, struct cuda_step *step)
{
	step->row = l->slice.first_row;
	step->channel = l->slice.first_channel;
}

const struct layer_row layer_slice = {
    .kind = LAYER_SLICE,
    .words = {{"rows", 2, rows_read}, {"channels", 2, channels_read}},
    .options = {&option_from},
    .word_of = slice_word,
    .write = slice_write,
    .size = slice_size,
    .keeps_sign = true,
    .copies = true,
    .reference = slice_reference,
    .code = &(const struct layer_code){.run = slice_run},
    .any_batch = true,
    .cuda = &(const struct layer_cuda){STEP_KERNEL, KERNEL_SLICE, slice_choose, NULL},
    .onnx = {"Slice"},
};
