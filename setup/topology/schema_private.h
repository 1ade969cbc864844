// SPDX-License-Identifier: BSD-3-Clause
// The table behind the topology file, private to this room: one row a key.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/units.h"

enum key_kind {
	KEY_INTEGER,  // int or int64_t
	KEY_QUANTITY, // double, in the unit's SI form
	KEY_TIME,     // int64_t nanoseconds
	KEY_SIZE,     // int or int64_t bytes
	KEY_RANGE,    // struct topology_range: one quantity, or low..high
	KEY_WORD,     // an enum that counts along `words`
	KEY_BOOL,     // bool
	KEY_NAME,     // char[]: letters, digits, '.', '_', '-'
	KEY_TEXT,     // char[]: printable
	KEY_PATH,     // char[]: a file's name, from the file that gives it or from the working directory
	KEY_PROFILE,  // char[]: likewise, or the name of a stated model
	KEY_POLICY,   // char[]: one of the caller's policies
	KEY_NETWORK,  // char[]: one of the caller's networks, or a path, or NETWORK:CUTS@WEIGHTS
	KEY_NETWORKS, // char[]: networks as above, separated by commas; "" = none
	KEY_SUBNET,   // struct topology_subnet
	KEY_POINTS,   // struct topology_points
	KEY_FILTER,   // char[]: a filter of captures
};

// What a key is of: its field's offset counts within struct topology, topology_ue or topology_server.
enum key_of { KEY_OF_RUN, KEY_OF_UE, KEY_OF_SERVER };

struct schema_key {
	const char *path;   // "cell.bandwidth"
	const char *preset; // the default, as it would stand in a file; NULL = not given
	const char *doc;
	const char *needs;	// without which the key has no effect (needs_private.h); NULL = it always has
	const char *instead_of; // path of the key that giving this one replaces
	const char *const *words;
	double min, max;
	size_t offset, size;
	enum key_kind kind;
	enum unit unit;
	bool above_min; // min itself is not allowed
	enum key_of of;
};

#define SCHEMA_MOST_KEYS 256

// Which keys are given.
struct key_set {
	uint64_t bits[SCHEMA_MOST_KEYS / 64];
};

struct schema_section {
	const char *path; // "" = the top of the file
	const char *doc;
};

// Of UEs and servers there are several: what stands in their section holds for all of them, its list and
// overrides ("ue3.gain") say what one of them has of its own.
struct schema_list {
	enum key_of of;
	const char *section; // "ues"
	const char *item;    // "ue"
	const char *each;    // "UE", for people
	const char *count;   // the key that says how many there are
	int most;
	const char *example; // of an item
	const char *doc, *accepted;
};

// Terminated by a NULL section.
extern const struct schema_list schema_lists[];

// Of keys that are not the run's.
const struct schema_list *schema_list_of(enum key_of of);

// The list whose section this is; NULL = none.
const struct schema_list *schema_list_at(const char *section);

// The number in "ue7" (or in "ue7.gain" up to the dot), and of which list: 1..list->most; 0 when the word
// names none.
int schema_item(const char *word, const struct schema_list **list);

// All keys in the order of the help text, a section's keys side by side.
extern const struct schema_key schema_keys[];
extern const int schema_n_keys;

// All sections, a NULL path ends them.
extern const struct schema_section schema_sections[];

// The row of a full path, NULL when there is none.
const struct schema_key *schema_find(const char *path);

static inline int schema_index(const struct schema_key *key)
{
	return (int)(key - schema_keys);
}

bool schema_is_section(const char *path);

// Whether `key` stands directly in `section`; *leaf gets its last word.
bool schema_in_section(const struct schema_key *key, const char *section, const char **leaf);

// What is wrong with a word that is no key of `section`, and what would be right, after "is not a key of
// <where>: ". of_item: only keys of a single UE or server are offered.
void schema_suggest(const char *section, const char *word, bool of_item, char *buf, size_t size);
