// SPDX-License-Identifier: BSD-3-Clause
// Latency profiles in CSV.
#include "dnn/profile.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile *p;
	struct err err;
	if (profile_load(&p, fuzz_file(data, size), &err) == 0)
		profile_free(p);
	return 0;
}
