// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: the state of the description parser, its words and its layers.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "dnn/description.h"
#include "dnn/layers/layers.h"

enum { MAX_WORDS = 20 };

struct parser {
	struct network_store *store;
	const char *where;
	int line;
	struct err *err;
	char text[DESCRIPTION_MAX_LINE];
	char *word[MAX_WORDS + 1]; // of this line; NULL-terminated
	struct shape input;	   // of the network; all zero before the `input` line
	struct subtask *subtask;   // the part under way: a sub-task or a head; NULL before the first
	int first_layer;	   // the part's, counted through the network
	struct subtask head[DESCRIPTION_MAX_EXITS];
	int exit_line[DESCRIPTION_MAX_EXITS], accuracy_line; // 0 = none
	int64_t weights;				     // so far
	int layer_line[DESCRIPTION_MAX_LAYERS];
	bool layer_used[DESCRIPTION_MAX_LAYERS];
	char layer_name[DESCRIPTION_MAX_LAYERS][16]; // from `as`; "" = none
};

// "where:line: sentence". Returns -EINVAL.
int parser_refuse(struct parser *p, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

// Each reads one word (NULL where the line ends), or refuses it with `what` it was to be.
int parse_count(struct parser *p, const char *what, const char *word, int limit, int *out);  // 1..limit
int parse_offset(struct parser *p, const char *what, const char *word, int limit, int *out); // 0..limit
int parse_sides(struct parser *p, const char *word, struct shape *out);			     // HxWxC
int parse_kernel(struct parser *p, const char *word, struct yx *kernel);		     // KxK
int parse_pair(struct parser *p, const char *what, const char *word, struct yx *out); // N or NxN, from 1
int parse_padding(struct parser *p, const char *word, struct window *w);	      // N, NxN or T,L,B,R
int parse_decimal(struct parser *p, const char *what, const char *word, double limit, float *out); // above 0
int parse_decimals(struct parser *p, const char *what, const char *word, double limit, float *out,
		   int count);							    // separated by ','
int parse_real(struct parser *p, const char *what, const char *word, float *out);   // any finite number
int parse_share(struct parser *p, const char *what, const char *word, double *out); // above 0, at most 1
int parse_name(struct parser *p, const char *what, const char *word, char *out, size_t size);

// Finds a layer of this sub-task by its `as` name (LAYER_INPUT_OF_SUBTASK for `input`), or refuses.
int find_layer(struct parser *p, const char *name, int *out);

// The shape of what find_layer finds.
struct shape input_shape(const struct parser *p, int input);

// The size of layers whose output has their input's shape.
int layer_size_as_input(struct parser *p, struct layer *l);

// Derives the layer's output shape and work from its inputs and options; refuses what does not fit.
int layer_size(struct parser *p, struct layer *l);

// Reads the line as a layer of p->subtask.
int parse_layer(struct parser *p);

// Ends the part under way, if there is one: it has layers, and each is used.
int part_end(struct parser *p);

// Begins the part whose name is filled in, with the tensor that it reads.
int part_begin(struct parser *p, struct subtask *part, struct shape in);

// The sub-task before the one under way where it packs several tensors; NULL = one tensor comes in.
const struct subtask *part_packed(const struct parser *p);

// "sub-task" or "head": what is under way.
const char *part_kind(const struct parser *p);

// Early exits (description_exit.c): the lines `exit N [accuracy A]`, which begins a head, and `accuracy A`.
// exits_finish holds all of them against the whole network and puts the heads behind its sub-tasks.
int parse_exit(struct parser *p);
int parse_accuracy(struct parser *p);
int exits_finish(struct parser *p);
