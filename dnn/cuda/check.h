// SPDX-License-Identifier: BSD-3-Clause
// CUDA's errors as sentences.
#pragma once

#include <cuda_runtime_api.h>
#include <errno.h>
#include "base/err.h"

// 0, or a negative errno with "what: CUDA's words"; out of memory is -ENOMEM, anything else -EIO.
static inline int cuda_check(cudaError_t e, const char *what, struct err *err)
{
	if (e == cudaSuccess)
		return 0;
	cudaGetLastError(); // a sticky one stays, any other is forgotten: the next launch would report it
			    // again
	return err_set(err, e == cudaErrorMemoryAllocation ? ENOMEM : EIO, "%s: %s", what,
		       cudaGetErrorString(e));
}
