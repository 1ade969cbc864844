// SPDX-License-Identifier: BSD-3-Clause
// Where a topology's values came from, so that a check made late still names file, line and column. Private
// to this room.
#pragma once

#include "emu/topology/schema.h"
#include "emu/topology/topology.h"
#include "emu/topology/tree.h"

struct mark {
	int line, column; // line 0: not from the file
};

// What ues.list or an override says about one UE.
struct ue_entry {
	struct topology_ue values;
	uint64_t given; // bit schema_index(key): this field of values counts
	struct mark mark;
	bool overridden; // by topology_set
};

struct topology_source {
	char *file;
	struct topology_options options; // set is not kept
	uint64_t given;			 // keys that the file or an override gives, UE list apart
	struct mark marks[64];		 // of given keys
	int n_listed;			 // length of the file's ues.list
	int n_entries;			 // >= n_listed: overrides may name later UEs
	struct ue_entry *entries;
};

static inline bool is_given(uint64_t given, const struct schema_key *key)
{
	return given >> schema_index(key) & 1;
}

// Starts the sentence in *err with file:line:column, or with the file alone when the mark is not from it.
// Returns rc.
int source_blame(const struct topology_source *s, struct mark mark, int rc, struct err *err);

// Makes entries[0..count-1] exist. 0 or -ENOMEM.
int source_grow(struct topology_source *s, int count);

// Puts a value from text into the common part (entry = NULL) or one UE's entry and removes the key it
// replaces.
int source_assign(struct topology *t, struct ue_entry *entry, const struct schema_key *key, const char *shown,
		  const char *text, struct mark mark, struct err *err);

// Reads the tree into t. 0, or a negative errno with a sentence that starts with file:line:column.
int read_tree(struct topology *t, const struct node *root, struct err *err);
