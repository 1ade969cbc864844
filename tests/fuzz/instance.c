// SPDX-License-Identifier: BSD-3-Clause
// Planning problems in JSON.
#include "tools/plan/instance.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan_instance *instance;
	struct err err;
	if (plan_instance_read(&instance, fuzz_file(data, size), &err) == 0)
		plan_instance_free(instance);
	return 0;
}
