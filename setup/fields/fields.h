// SPDX-License-Identifier: BSD-3-Clause
// A configuration as one table: a row a key. The same rows write a struct as a JSON object, read it back, and
// say what each key means (`airbatch help config`). Nothing here knows what a configuration is for.
//
// Reading is strict. A key that is unknown, missing, of another type or out of its bounds is refused with a
// sentence that names the file, the path of the key and what would be right:
// "ue1.json: traffic.size_bytes is 3: a whole number from 32 to 65507 is right".
//
// A row says where its value lies in the struct. The macros below take the struct and the member; a member of
// another C type than the row's does not compile. Units stand in the keys' names, as everywhere.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "base/err.h"

enum config_kind {
	FIELD_INT,     // int
	FIELD_INT64,   // int64_t
	FIELD_UINT32,  // uint32_t
	FIELD_UINT64,  // uint64_t up to 2^53
	FIELD_HASH,    // uint64_t, in the file 16 hexadecimal digits: JSON's integers have a sign
	FIELD_NUMBER,  // double
	FIELD_SECONDS, // int64_t nanoseconds, in the file seconds
	FIELD_BOOL,    // bool
	FIELD_WORD,    // an enum or a bool that counts along `words`
	FIELD_TEXT,    // char[size], not empty
	FIELD_MAC,     // uint8_t[6], a unicast Ethernet address
	FIELD_NUMBERS, // double[] inside the struct, and how many count
	FIELD_OBJECT,  // a struct with a table of its own
	FIELD_INLINE,  // likewise, its keys beside the others
	FIELD_LIST,    // structs in allocated memory, and how many: objects
	FIELD_ROWS,    // likewise, each an array of its values in the table's order
};

struct config_table;

struct config_field {
	const char *key;
	const char *doc;
	enum config_kind kind;
	bool optional; // may be left out: the preset stands. It is left out when it is NaN, "" or an empty
		       // list
	size_t offset, size;		 // of the value; size: of a bool or an enum, or of a text's buffer
	double low, high;		 // of numbers; of lists the least and most items
	const char *const *words;	 // NULL-terminated
	const struct config_table *table; // of an object, or of a list's items
	size_t count, count_size;	 // offset and size of a list's count
};

struct config_place; // where in which file a reader is

struct config_table {
	const struct config_field *fields; // a NULL key ends them
	size_t size;		    // of the struct
	void (*preset)(void *base); // what optional keys are when they are not there; NULL = all zero
	// What no single row can say: refuses what does not fit together, and fills in what follows from the
	// keys. 0 or what config_refuse returns. NULL = nothing.
	int (*settle)(void *base, const struct config_place *place);
};

#define FIELD_AT(type, member, wanted) _Generic(&((type *)0)->member, wanted * : offsetof(type, member))
#define FIELD_SIZE(type, member) sizeof(((type *)0)->member)
#define FIELD_IS(kind_, type, member, wanted)                                                                \
	.kind = (kind_), .offset = FIELD_AT(type, member, wanted), .size = FIELD_SIZE(type, member)
#define FIELD_OF(kind_, type, member)                                                                        \
	.kind = (kind_), .offset = offsetof(type, member), .size = FIELD_SIZE(type, member)
#define BETWEEN(low_, high_) .low = (low_), .high = (high_)

#define INT_OF(type, member, low, high) FIELD_IS(FIELD_INT, type, member, int), BETWEEN(low, high)
#define INT64_OF(type, member, low, high) FIELD_IS(FIELD_INT64, type, member, int64_t), BETWEEN(low, high)
#define UINT32_OF(type, member, low, high) FIELD_IS(FIELD_UINT32, type, member, uint32_t), BETWEEN(low, high)
#define UINT64_OF(type, member) FIELD_IS(FIELD_UINT64, type, member, uint64_t), BETWEEN(0, FIELD_MOST_INTEGER)
#define HASH_OF(type, member) FIELD_IS(FIELD_HASH, type, member, uint64_t)
#define NUMBER_OF(type, member, low, high) FIELD_IS(FIELD_NUMBER, type, member, double), BETWEEN(low, high)
#define SECONDS_OF(type, member, low, high) FIELD_IS(FIELD_SECONDS, type, member, int64_t), BETWEEN(low, high)
#define BOOL_OF(type, member) FIELD_IS(FIELD_BOOL, type, member, bool)
#define WORD_OF(type, member, names) FIELD_OF(FIELD_WORD, type, member), .words = (names)
#define TEXT_OF(type, member) FIELD_OF(FIELD_TEXT, type, member)
#define MAC_OF(type, member) FIELD_OF(FIELD_MAC, type, member)
#define COUNTED(type, member) .count = offsetof(type, member), .count_size = FIELD_SIZE(type, member)
#define NUMBERS_OF(type, member, n, low, high)                                                               \
	FIELD_OF(FIELD_NUMBERS, type, member), COUNTED(type, n), BETWEEN(low, high)
#define OBJECT_OF(type, member, table_) FIELD_OF(FIELD_OBJECT, type, member), .table = &(table_)
#define INLINE_OF(type, member, table_) FIELD_OF(FIELD_INLINE, type, member), .table = &(table_)
#define LIST_OF(type, member, n, table_, low, high)                                                          \
	FIELD_OF(FIELD_LIST, type, member), COUNTED(type, n), .table = &(table_), BETWEEN(low, high)
#define ROWS_OF(type, member, n, table_, high)                                                               \
	FIELD_OF(FIELD_ROWS, type, member), COUNTED(type, n), .table = &(table_), BETWEEN(0, high)

#define FIELD_MOST_INTEGER 9007199254740992. // 2^53: exact as a double

// ---- files

// Writes the struct into a file. 0, or a negative errno with a sentence: -EDOM for a number that is not
// finite.
int config_save(const struct config_table *table, const void *base, const char *path, struct err *err);

// Fills the whole struct from a file. 0, or a negative errno with a sentence; then nothing is to be freed.
// The caller ends with config_clear.
int config_load(const struct config_table *table, void *base, const char *path, struct err *err);

// Frees the lists, and forgets them.
void config_clear(const struct config_table *table, void *base);

// ---- values

// A new reference; NULL when out of memory or when a number is not finite.
json_t *config_write(const struct config_table *table, const void *base);

// Presets the struct and reads the object over it. file: to be named in sentences. As config_load.
int config_read(const struct config_table *table, void *base, json_t *object, const char *file,
		struct err *err);

// Of a table's settle: "FILE: PATH.KEY <sentence>"; PATH is where the table's object stands. Returns -EINVAL.
int config_refuse(const struct config_place *place, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Likewise without memory. Returns -ENOMEM.
int config_no_memory(const struct config_place *place);

// ---- words

// What a row takes: "a whole number from 1 to 65535". Returns buf.
char *config_takes(const struct config_field *field, char *buf, size_t size);

// Calls fn for every key, those of objects and items under the path of theirs: "ues[].network".
void config_describe(const struct config_table *table,
		     void (*fn)(const char *path, const struct config_field *field, void *user), void *user);
