// SPDX-License-Identifier: BSD-3-Clause
#include "setup/topology/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "dnn/hash.h"

static const char *const sections[] = {"cell", "edge", "online", "ues"};

static const struct {
	const char *section, *key;
} left_out[] = {
    {"cell", "subnet"}, {"cell", "mtu_bytes"}, {"cell", "tcp"},	  {"edge", "port"},
    {"edge", "verify"}, {"edge", "threads"},   {"edge", "cores"}, {"online", "agent"},
};

// Agents are older than these keys: without them a topology is called as before.
static void leave_out_unless_given(json_t *ues)
{
	static const char *const keys[] = {"variants", "input_bytes"};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const json_t *value = json_object_get(ues, keys[i]);
		if (json_is_null(value) || json_integer_value(value) == 0)
			json_object_del(ues, json_is_string(value) ? "" : keys[i]);
	}
}

int topology_hash(uint64_t *out, const struct topology *t, struct err *err)
{
	uint64_t hash = HASH_START;
	json_t *root = topology_to_json(t);
	for (size_t i = 0; root && i < sizeof(left_out) / sizeof(left_out[0]); i++)
		json_object_del(json_object_get(root, left_out[i].section), left_out[i].key);
	json_t *ues = json_object_get(root, "ues"), *list = json_object_get(ues, "list");
	leave_out_unless_given(ues);
	for (size_t i = 0; i < json_array_size(list); i++)
		leave_out_unless_given(json_array_get(list, i));
	bool complete = root != NULL;
	for (size_t i = 0; complete && i < sizeof(sections) / sizeof(sections[0]); i++) {
		char *text = json_dumps(json_object_get(root, sections[i]), JSON_COMPACT | JSON_SORT_KEYS);
		complete = text != NULL;
		if (complete)
			hash = hash_bytes(hash, text, strlen(text));
		free(text);
	}
	json_decref(root);
	*out = hash;
	return complete ? 0 : err_set(err, ENOMEM, "no memory to name the topology");
}
