// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: the layers over point sets for dnn/reference.h. Selections are made on the tensors rounded
// to fp32, as dnn/points/points.h defines them; what is selected keeps its double precision.
#pragma once

#include "dnn/network.h"

// in[i]: input i of the layer, of shape from[i]. 0 or -ENOMEM.
int reference_points(const struct layer *layer, const struct shape from[], const double *const in[],
		     double *out);
