// SPDX-License-Identifier: BSD-3-Clause
// JSON has no NaN and no infinity: what is not known is null. Header only, for rooms that use jansson anyway.
#pragma once

#include <jansson.h>
#include <math.h>

static inline json_t *json_finite(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}
