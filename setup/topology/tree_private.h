// SPDX-License-Identifier: BSD-3-Clause
// YAML as a tree whose nodes know their line and column, private to this room. Anchors, aliases, tags, a
// second document and deep nesting are refused here, so that what is read is what stands in the file.
#pragma once

#include <stddef.h>
#include "base/err.h"

enum node_kind { NODE_SCALAR, NODE_SEQUENCE, NODE_MAPPING };

struct node {
	enum node_kind kind;
	int line, column; // from 1
	char *text;	  // of a scalar, without NUL inside
	int n;		  // children: of a mapping key, value, key, value, ...
	struct node *children;
};

// Parses size bytes. 0, or a negative errno and a sentence that starts with file:line:column. On success the
// caller frees the tree with tree_free.
int tree_parse(struct node *root, const char *file, const char *text, size_t size, struct err *err);

void tree_free(struct node *root);
