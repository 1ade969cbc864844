// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/layers/positions.h"

#include "dnn/description_parser_private.h"

int positions_check(struct parser *p, struct shape s, int channels, const char *what)
{
	if (s.width == 1 && s.channels >= channels)
		return 0;
	return parser_refuse(p, p->line, "%s have the shape %dx%dx%d: it must be Nx1x%d%s", what, s.height,
			     s.width, s.channels, channels,
			     channels == POSITION_CHANNELS ? " or more channels" : "");
}

int positions_size(struct parser *p, struct layer *l, int channels, const char *what)
{
	struct shape positions = input_shape(p, l->input[1]);
	int r = positions_check(p, positions, POSITION_CHANNELS, "the positions");
	if (r < 0)
		return r;
	l->out = l->in;
	if (l->in.width != 1 || l->in.channels != channels || l->in.height != positions.height)
		return parser_refuse(p, p->line, "%s have the shape %dx%dx%d: they must be %dx1x%d", what,
				     l->in.height, l->in.width, l->in.channels, positions.height, channels);
	return 0;
}
