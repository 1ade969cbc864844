// SPDX-License-Identifier: BSD-3-Clause
// Topology files.
#include "setup/topology/topology.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct topology *t;
	struct err err;
	if (topology_load_text(&t, "fuzz", (const char *)data, size, NULL, &err) == 0) {
		json_decref(topology_to_json(t));
		topology_free(t);
	}
	return 0;
}
