// SPDX-License-Identifier: BSD-3-Clause
// The numbers of CUDA's interface as a set of headers states them: the stand-in's, or a toolkit's.
#pragma once

struct cuda_value {
	const char *name;
	long long number;
};

// Ended by a NULL name. The second is there where a toolkit was found.
extern const struct cuda_value cuda_values_of_stand_in[], cuda_values_of_toolkit[];
