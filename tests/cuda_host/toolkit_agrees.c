// SPDX-License-Identifier: BSD-3-Clause
// Compiled with a CUDA toolkit's headers where there is one: the stand-in declares the same functions again,
// which a compiler refuses unless they agree, and names the same numbers (values.h).
#include <cublasLt.h>
#include <cuda_runtime_api.h>

#include "include/cublasLt_functions.h"
#include "include/cuda_runtime_functions.h"
