// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: a 1x1 convolution in double precision, its result rounded to fp32 (struct layer,
// is_float64). Two implementations that add in another order then still agree to the last fp32 bit but once
// in some 10^8 values.
#pragma once

#include "dnn/network.h"

size_t float64_scratch_bytes(const struct layer *layer);

// in: [height * width][in.channels], out: [height * width][out.channels]; scratch: that many bytes.
void float64_run(const struct layer *layer, const float *in, float *out, void *scratch);
