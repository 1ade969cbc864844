// SPDX-License-Identifier: BSD-3-Clause
// `airbatch help topology` and the manual, from the table alone.
#include <stdio.h>
#include <string.h>

#include "base/wrap.h"
#include "setup/topology/needs_private.h"
#include "setup/topology/value_private.h"

#define WIDTH 96
#define INDENT 8

const char topology_help_intro[] =
    "A topology is one YAML file. Each key is shown as 'key: default', then what it means, then what it "
    "takes. Quantities carry their unit. From the command line: --set cell.bandwidth=5MHz, --set "
    "ue3.gain=-95dB: of several for one key the last wins. A key that has no effect is refused: 'Only with' "
    "says what it takes. Names of files count from the topology's folder, those on the command line from "
    "the working directory.";

static void read_key(const struct topology_reader *reader, const struct schema_key *k, const char *leaf)
{
	static const char *const booleans[] = {"true", "false", NULL};
	char accepted[400], needs[500] = "";
	if (k->needs)
		needs_text(k->needs, needs, sizeof(needs));
	value_describe(k, accepted, sizeof(accepted));
	struct topology_key key = {.path = k->path,
				   .leaf = leaf,
				   .preset = k->preset,
				   .doc = k->doc,
				   .accepted = accepted,
				   .needs = needs,
				   .words = k->kind == KEY_BOOL ? booleans : k->words,
				   .item = k->of == KEY_OF_RUN ? NULL : schema_list_of(k->of)->item};
	reader->key(&key, reader->user);
}

static void read_list(const struct topology_reader *reader, const struct schema_list *list)
{
	char path[32];
	snprintf(path, sizeof(path), "%s.list", list->section);
	const struct topology_key key = {
	    .path = path, .leaf = "list", .doc = list->doc, .needs = "", .accepted = list->accepted};
	reader->key(&key, reader->user);
}

void topology_each_key(const struct topology_reader *reader)
{
	for (const struct schema_section *s = schema_sections; s->path; s++) {
		const char *leaf;
		if (reader->section)
			reader->section(s->path, s->doc, reader->user);
		for (int k = 0; k < schema_n_keys; k++)
			if (schema_in_section(&schema_keys[k], s->path, &leaf))
				read_key(reader, &schema_keys[k], leaf);
		if (schema_list_at(s->path))
			read_list(reader, schema_list_at(s->path));
	}
}

static void print_section(const char *path, const char *doc, void *user)
{
	FILE *out = user;
	fprintf(out, "\n%s%s%s\n", path, *path ? ": " : "", doc);
}

static void print_key(const struct topology_key *key, void *user)
{
	FILE *out = user;
	fprintf(out, "    %s: %s\n", key->leaf, key->preset ? key->preset : "(not given)");
	print_wrapped(out, INDENT, WIDTH, key->doc);
	print_wrapped(out, INDENT, WIDTH, key->accepted);
	char needs[520];
	snprintf(needs, sizeof(needs), "Only with %s.", key->needs);
	if (*key->needs)
		print_wrapped(out, INDENT, WIDTH, needs);
}

void topology_print_help(FILE *out)
{
	const struct topology_reader reader = {print_section, print_key, out};
	print_wrapped(out, 0, WIDTH, topology_help_intro);
	topology_each_key(&reader);
}
