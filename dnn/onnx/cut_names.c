// SPDX-License-Identifier: BSD-3-Clause
// Which values a list of names means. A name may hold commas itself, so that the model decides where one
// ends: the longest that is a value's.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/onnx/cuts_private.h"

static int append(struct builder *b, const char *name, size_t length, struct value *v)
{
	struct cut_name *grown = realloc(b->cut_names, sizeof(*grown) * ((size_t)b->n_cut_names + 1));
	char *copy = strndup(name, length);
	b->cut_names = grown ? grown : b->cut_names;
	if (!grown || !copy) {
		free(copy);
		return err_set(b->graph.err, ENOMEM, "no memory for %s", b->graph.where);
	}
	b->cut_names[b->n_cut_names++] = (struct cut_name){copy, v};
	if (v)
		v->is_kept = true;
	return 0;
}

// The value whose name the text begins with, up to a comma or its end; the longest there is, or NULL.
static struct value *longest(const struct graph *g, const char *text, size_t *length)
{
	char *name = strdup(text);
	struct value *v = name ? graph_find_text(g, name) : NULL;
	for (char *comma; name && !v && (comma = strrchr(name, ','));) {
		*comma = '\0';
		v = graph_find_text(g, name);
	}
	*length = name ? strlen(name) : 0;
	free(name);
	return v;
}

static int read_list(struct builder *b, const char *list)
{
	int r = 0;
	while (r == 0 && *list) {
		size_t length;
		struct value *v = longest(&b->graph, list, &length);
		if (!v)
			length = strcspn(list, ",");
		if (v || length > 0)
			r = append(b, list, length, v);
		list += length + (list[length] == ',');
	}
	return r;
}

int cut_names_read(struct builder *b, const char *const *lists)
{
	int r = 0;
	for (int i = 0; r == 0 && lists && lists[i]; i++)
		r = read_list(b, lists[i]);
	return r;
}
