// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/points/points.h"

double points_distance_flop(const struct layer *l)
{
	double pairs = (double)l->in.height * l->out.height;
	if (l->kind == LAYER_SAMPLE)
		return pairs * (3 * (l->by_feature ? l->in.channels : POSITION_CHANNELS) - 1);
	return l->kind == LAYER_GROUP ? pairs * (3 * POSITION_CHANNELS - 1) : 0;
}
