// SPDX-License-Identifier: BSD-3-Clause
// Where a topology's values came from, so that a check made late still names file, line and column. Private
// to this room.
#pragma once

#include "setup/topology/schema_private.h"
#include "setup/topology/topology.h"
#include "setup/topology/tree_private.h"

struct mark {
	int line, column; // line 0: not from the file, but from the column-th override (0: of all points of a
			  // sweep)
};

// What a list or an override says about one UE or server.
struct list_entry {
	union {
		struct topology_ue ue;
		struct topology_server server;
	} values;
	struct key_set given;		     // these fields of values count
	struct mark marks[SCHEMA_MOST_KEYS]; // of given fields
	struct mark mark;		     // of the item
	bool overridden;
};

struct entry_list {
	int n_listed; // length of the file's list
	int n;	      // >= n_listed: overrides may name later ones
	struct list_entry *entry;
};

struct topology_source {
	char *file;
	char *folder;			     // of the file, with '/' at its end; "" = the working directory
	struct topology_options options;     // set is not kept
	struct key_set given;		     // keys that the file or an override gives, UE list apart
	struct mark marks[SCHEMA_MOST_KEYS]; // of given keys
	int overridden[SCHEMA_MOST_KEYS];    // the last override that gives the key, for any UE; 0 = none
	struct entry_list ues, servers;
};

static inline bool is_given(const struct key_set *given, const struct schema_key *key)
{
	int i = schema_index(key);
	return given->bits[i / 64] >> i % 64 & 1;
}

static inline void set_given(struct key_set *given, const struct schema_key *key, bool is)
{
	uint64_t bit = UINT64_C(1) << schema_index(key) % 64, *word = &given->bits[schema_index(key) / 64];
	*word = is ? *word | bit : *word & ~bit;
}

// Starts the sentence in *err with file:line:column, or with the file alone when the mark is not from it.
// Returns rc.
int source_blame(const struct topology_source *s, struct mark mark, int rc, struct err *err);

// Where a key of the file was given.
struct mark source_mark(const struct topology_source *s, const char *path);

static inline struct entry_list *source_list(struct topology_source *s, const struct schema_list *list)
{
	return list->of == KEY_OF_SERVER ? &s->servers : &s->ues;
}

// What a key's offset counts from in the common part.
static inline void *source_common(const struct schema_key *key, const struct topology *t)
{
	const void *base = key->of == KEY_OF_UE	      ? (const void *)&t->common
			   : key->of == KEY_OF_SERVER ? (const void *)&t->common_server
						      : (const void *)t;
	return (void *)base;
}

// Makes entry[0..count-1] exist. 0 or -ENOMEM.
int source_grow(struct entry_list *list, int count);

// Puts a value from text into the common part (entry = NULL) or one entry and removes the key it replaces.
int source_assign(struct topology *t, struct list_entry *entry, const struct schema_key *key,
		  const char *shown, const char *text, struct mark mark, struct err *err);

// Reads the tree into t. 0, or a negative errno with a sentence that starts with file:line:column.
int read_tree(struct topology *t, const struct node *root, struct err *err);

// Loads the files that UEs of arrivals `trace` name, and gives each UE its rows. 0, or a negative errno with
// the sentence.
int load_traces(struct topology *t, struct err *err);
void free_traces(struct topology *t);

// What concerns several of the radio's keys at once, of the cell and of one UE of ue[]. 0 or -EINVAL with the
// sentence.
int check_radio(const struct topology *t, struct err *err);
int check_ue_radio(const struct topology *t, int i, struct err *err);
