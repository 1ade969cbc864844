// SPDX-License-Identifier: BSD-3-Clause
// Planning problems of every kind in JSON.
#include "tools/plan/problems/kinds.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct written_problem problem;
	struct err err;
	if (written_problem_read(&problem, fuzz_file(data, size), &err) == 0)
		written_problem_free(&problem);
	return 0;
}
