// SPDX-License-Identifier: BSD-3-Clause
// The layers over point sets: their arguments and output shapes.
#include "dnn/description_parser.h"

#include <string.h>

#include "dnn/points/points.h"

#define MAX_METRES 1000.0

// A slice begins as all rows and all channels; 0 stands for "all" until the input's shape is known.
int read_rows(struct parser *p, struct layer *l)
{
	int r = parse_offset(p, "the first row", p->word[1], DESCRIPTION_MAX_SIDE, &l->first_row);
	return r < 0 ? r
		     : parse_count(p, "the number of rows", p->word[2], DESCRIPTION_MAX_SIDE, &l->out.height);
}

int read_channels(struct parser *p, struct layer *l)
{
	int r = parse_offset(p, "the first channel", p->word[1], DESCRIPTION_MAX_SIDE, &l->first_channel);
	return r < 0 ? r
		     : parse_count(p, "the number of channels", p->word[2], DESCRIPTION_MAX_SIDE,
				   &l->out.channels);
}

int read_sample(struct parser *p, struct layer *l)
{
	const char *by = p->word[1];
	l->by_feature = by && strcmp(by, "feature") == 0;
	if (!l->by_feature && (!by || strcmp(by, "distance") != 0))
		return parser_refuse(p, p->line,
				     "'%s' is not a way to sample: write 'sample distance COUNT' or 'sample "
				     "feature COUNT'",
				     by ? by : "");
	return parse_count(p, "the number of points", p->word[2], DESCRIPTION_MAX_SIDE, &l->out.height);
}

int read_group(struct parser *p, struct layer *l)
{
	l->n_inputs = 2;
	int r = parse_decimal(p, "the radius", p->word[1], MAX_METRES, &l->radius_m);
	if (r == 0)
		r = parse_count(p, "the number of samples", p->word[2], DESCRIPTION_MAX_SIDE, &l->out.width);
	return r < 0 ? r : find_layer(p, p->word[3], &l->input[1]);
}

int read_vote(struct parser *p, struct layer *l)
{
	l->n_inputs = 2;
	int r = find_layer(p, p->word[1], &l->input[1]);
	return r < 0 ? r : parse_decimals(p, "the limit", p->word[2], MAX_METRES, l->limit_m, 3);
}

int read_nms(struct parser *p, struct layer *l)
{
	l->n_inputs = 2;
	int r = find_layer(p, p->word[1], &l->input[1]);
	if (r == 0)
		r = parse_decimal(p, "the overlap", p->word[2], 1, &l->overlap);
	return r < 0 ? r
		     : parse_count(p, "the number of boxes", p->word[3], DESCRIPTION_MAX_SIDE, &l->max_boxes);
}

static int size_slice(struct parser *p, struct layer *l)
{
	l->out.width = l->in.width;
	if (l->out.height == 0)
		l->out.height = l->in.height;
	if (l->out.channels == 0)
		l->out.channels = l->in.channels;
	if (l->first_row + l->out.height > l->in.height ||
	    l->first_channel + l->out.channels > l->in.channels)
		return parser_refuse(p, p->line, "the slice reaches beyond the input %dx%dx%d", l->in.height,
				     l->in.width, l->in.channels);
	return 0;
}

static int size_stack(struct parser *p, struct layer *l)
{
	l->out = (struct shape){0, l->in.width, l->in.channels};
	for (int i = 0; i < l->n_inputs; i++) {
		struct shape s = input_shape(p, l->input[i]);
		if (s.width != l->in.width || s.channels != l->in.channels)
			return parser_refuse(
			    p, p->line,
			    "cannot stack %dx%dx%d below %dx%dx%d: width and channels must be equal",
			    s.height, s.width, s.channels, l->in.height, l->in.width, l->in.channels);
		l->out.height += s.height;
	}
	if (l->out.height > DESCRIPTION_MAX_SIDE)
		return parser_refuse(p, p->line, "%d rows: at most %d", l->out.height, DESCRIPTION_MAX_SIDE);
	return 0;
}

// A tensor that must hold points: one column, at least as many channels.
static int check_points(struct parser *p, struct shape s, int channels, const char *what)
{
	if (s.width == 1 && s.channels >= channels)
		return 0;
	return parser_refuse(p, p->line, "%s have the shape %dx%dx%d: it must be Nx1x%d%s", what, s.height,
			     s.width, s.channels, channels,
			     channels == POSITION_CHANNELS ? " or more channels" : "");
}

static int size_sample(struct parser *p, struct layer *l)
{
	l->out.width = 1;
	l->out.channels = POSITION_CHANNELS;
	int r = check_points(p, l->in, POSITION_CHANNELS, "the points");
	if (r == 0 && l->out.height > l->in.height)
		r = parser_refuse(p, p->line, "cannot pick %d of %d points", l->out.height, l->in.height);
	return r;
}

static int size_group(struct parser *p, struct layer *l)
{
	struct shape centres = input_shape(p, l->input[1]);
	l->out.height = centres.height;
	l->out.channels = l->in.channels;
	int r = check_points(p, l->in, POSITION_CHANNELS, "the points");
	return r < 0 ? r : check_points(p, centres, POSITION_CHANNELS, "the centres");
}

// Input 0 belongs row by row to the positions of input 1.
static int size_by_position(struct parser *p, struct layer *l, int channels, const char *what)
{
	struct shape positions = input_shape(p, l->input[1]);
	int r = check_points(p, positions, POSITION_CHANNELS, "the positions");
	if (r < 0)
		return r;
	l->out = l->in;
	if (l->in.width != 1 || l->in.channels != channels || l->in.height != positions.height)
		return parser_refuse(p, p->line, "%s have the shape %dx%dx%d: they must be %dx1x%d", what,
				     l->in.height, l->in.width, l->in.channels, positions.height, channels);
	return 0;
}

static int size_kind(struct parser *p, struct layer *l)
{
	switch ((int)l->kind) {
	case LAYER_SLICE:
		return size_slice(p, l);
	case LAYER_STACK:
		return size_stack(p, l);
	case LAYER_SAMPLE:
		return size_sample(p, l);
	case LAYER_GROUP:
		return size_group(p, l);
	case LAYER_VOTE:
		return size_by_position(p, l, POSITION_CHANNELS, "the shifts");
	default:
		return size_by_position(p, l, PREDICTION_CHANNELS, "the predictions");
	}
}

int size_points(struct parser *p, struct layer *l)
{
	int r = size_kind(p, l);
	if (r == 0)
		l->distance_flop = points_distance_flop(l);
	return r;
}
