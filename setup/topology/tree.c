// SPDX-License-Identifier: BSD-3-Clause
#include "setup/topology/tree_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define DEEPEST 6 // ues -> list -> ue -> device -> value, and one to spare

struct reader {
	yaml_parser_t parser;
	const char *file, *text;
	size_t size;
	struct err *err;
};

static int refuse(const struct reader *r, const yaml_mark_t *mark, const char *sentence)
{
	return err_set(r->err, EINVAL, "%s:%zu:%zu: %s", r->file, mark->line + 1, mark->column + 1, sentence);
}

static int out_of_memory(const struct reader *r)
{
	return err_set(r->err, ENOMEM, "%s: out of memory", r->file);
}

// The column of the first tab in a line, 0 when it has none.
static size_t tab_before(const struct reader *r, size_t line)
{
	const char *at = r->text, *end = r->text + r->size;
	for (; line > 0 && at; line--) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	const char *stop = at ? memchr(at, '\n', (size_t)(end - at)) : NULL;
	const char *tab = at ? memchr(at, '\t', (size_t)((stop ? stop : end) - at)) : NULL;
	return tab ? (size_t)(tab - at) + 1 : 0;
}

static int next_event(struct reader *r, yaml_event_t *event)
{
	if (yaml_parser_parse(&r->parser, event))
		return 0;
	const yaml_parser_t *p = &r->parser;
	if (p->error == YAML_MEMORY_ERROR)
		return out_of_memory(r);
	const yaml_mark_t *mark = p->error == YAML_READER_ERROR ? &p->mark : &p->problem_mark;
	size_t tab = tab_before(r, mark->line);
	if (tab > 0)
		return err_set(r->err, EINVAL, "%s:%zu:%zu: a tab stands here: YAML is indented with spaces",
			       r->file, mark->line + 1, tab);
	return err_set(r->err, EINVAL, "%s:%zu:%zu: this is not YAML: %s", r->file, mark->line + 1,
		       mark->column + 1, p->problem ? p->problem : "unreadable");
}

static int take_scalar(const struct reader *r, const yaml_event_t *event, struct node *node)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;
	if (memchr(text, '\0', length))
		return refuse(r, &event->start_mark, "a text must not contain a NUL byte");
	node->kind = NODE_SCALAR;
	node->text = strndup(text, length);
	return node->text ? 0 : out_of_memory(r);
}

static int take_node(struct reader *r, const yaml_event_t *event, int depth, struct node *node);

static struct node *add_child(struct node *node)
{
	if ((node->n & (node->n - 1)) == 0) { // full at every power of two
		size_t capacity = node->n ? 2 * (size_t)node->n : 1;
		struct node *grown = realloc(node->children, capacity * sizeof(*grown));
		if (!grown)
			return NULL;
		node->children = grown;
	}
	struct node *child = &node->children[node->n++];
	memset(child, 0, sizeof(*child));
	return child;
}

static int take_children(struct reader *r, yaml_event_type_t end, int depth, struct node *node)
{
	for (;;) {
		yaml_event_t event;
		int rc = next_event(r, &event);
		if (rc < 0)
			return rc;
		if (event.type == end) {
			yaml_event_delete(&event);
			return 0;
		}
		struct node *child = add_child(node);
		rc = child ? take_node(r, &event, depth + 1, child) : out_of_memory(r);
		yaml_event_delete(&event);
		if (rc < 0)
			return rc;
	}
}

static int refuse_decorated(const struct reader *r, const yaml_event_t *event, const yaml_char_t *anchor,
			    const yaml_char_t *tag)
{
	if (anchor)
		return refuse(r, &event->start_mark, "anchors (&) are not used here: write the values out");
	if (tag)
		return refuse(r, &event->start_mark, "tags (!) are not used here: write the plain value");
	return 0;
}

// Fills *node, zeroed before, from the event that opens it.
static int take_node(struct reader *r, const yaml_event_t *event, int depth, struct node *node)
{
	node->line = (int)event->start_mark.line + 1;
	node->column = (int)event->start_mark.column + 1;
	int rc;
	if (depth > DEEPEST)
		return refuse(r, &event->start_mark, "this is nested too deeply");
	if (event->type == YAML_SCALAR_EVENT) {
		rc = refuse_decorated(r, event, event->data.scalar.anchor, event->data.scalar.tag);
		return rc < 0 ? rc : take_scalar(r, event, node);
	}
	if (event->type == YAML_SEQUENCE_START_EVENT) {
		node->kind = NODE_SEQUENCE;
		rc = refuse_decorated(r, event, event->data.sequence_start.anchor,
				      event->data.sequence_start.tag);
		return rc < 0 ? rc : take_children(r, YAML_SEQUENCE_END_EVENT, depth, node);
	}
	if (event->type == YAML_MAPPING_START_EVENT) {
		node->kind = NODE_MAPPING;
		rc = refuse_decorated(r, event, event->data.mapping_start.anchor,
				      event->data.mapping_start.tag);
		return rc < 0 ? rc : take_children(r, YAML_MAPPING_END_EVENT, depth, node);
	}
	return refuse(r, &event->start_mark, "aliases (*) are not used here: write the values out");
}

// The event after the stream's start or after the document's end: a document, or the end.
static int next_document(struct reader *r, yaml_event_type_t *type, yaml_mark_t *mark)
{
	yaml_event_t event;
	int rc;
	do {
		rc = next_event(r, &event);
		if (rc < 0)
			return rc;
		*type = event.type;
		*mark = event.start_mark;
		yaml_event_delete(&event);
	} while (*type == YAML_STREAM_START_EVENT || *type == YAML_DOCUMENT_END_EVENT);
	return 0;
}

static int take_document(struct reader *r, struct node *root)
{
	yaml_event_type_t type;
	yaml_mark_t mark;
	int rc = next_document(r, &type, &mark);
	if (rc < 0)
		return rc;
	if (type == YAML_STREAM_END_EVENT)
		return err_set(r->err, EINVAL,
			       "%s:1:1: the file is empty: a topology starts with a line such as 'seed: 1'",
			       r->file);
	yaml_event_t event;
	rc = next_event(r, &event);
	if (rc < 0)
		return rc;
	rc = take_node(r, &event, 0, root);
	yaml_event_delete(&event);
	if (rc < 0)
		return rc;
	rc = next_document(r, &type, &mark);
	if (rc < 0)
		return rc;
	if (type != YAML_STREAM_END_EVENT)
		return refuse(r, &mark, "a second document starts here: a topology file holds one");
	return 0;
}

int tree_parse(struct node *root, const char *file, const char *text, size_t size, struct err *err)
{
	struct reader r = {.file = file, .text = text, .size = size, .err = err};
	memset(root, 0, sizeof(*root));
	if (!yaml_parser_initialize(&r.parser))
		return out_of_memory(&r);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, size);
	int rc = take_document(&r, root);
	yaml_parser_delete(&r.parser);
	if (rc < 0)
		tree_free(root);
	return rc;
}

void tree_free(struct node *root)
{
	for (int i = 0; i < root->n; i++)
		tree_free(&root->children[i]);
	free(root->children);
	free(root->text);
	memset(root, 0, sizeof(*root));
}
