// SPDX-License-Identifier: BSD-3-Clause
#include "setup/topology/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "dnn/hash.h"

static const char *const sections[] = {"cell", "edge", "online", "servers", "ues"};

static const struct {
	const char *section, *key;
} left_out[] = {
    {"cell", "subnet"}, {"cell", "mtu_bytes"}, {"cell", "tcp"},	    {"edge", "port"},
    {"edge", "verify"}, {"edge", "threads"},   {"online", "agent"},
};

int topology_hash(uint64_t *out, const struct topology *t, struct err *err)
{
	uint64_t hash = HASH_START;
	json_t *root = topology_to_json(t);
	for (size_t i = 0; root && i < sizeof(left_out) / sizeof(left_out[0]); i++)
		json_object_del(json_object_get(root, left_out[i].section), left_out[i].key);
	bool complete = root != NULL;
	for (size_t i = 0; complete && i < sizeof(sections) / sizeof(sections[0]); i++) {
		const json_t *section = json_object_get(root, sections[i]);
		if (!section)
			continue; // further servers are there or not
		char *text = json_dumps(section, JSON_COMPACT | JSON_SORT_KEYS);
		complete = text != NULL;
		if (complete)
			hash = hash_bytes(hash, text, strlen(text));
		free(text);
	}
	json_decref(root);
	*out = hash;
	return complete ? 0 : err_set(err, ENOMEM, "no memory to name the topology");
}
