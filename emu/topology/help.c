// SPDX-License-Identifier: BSD-3-Clause
// `airbatch help topology`, printed from the table alone.
#include <string.h>

#include "emu/topology/value.h"

#define WIDTH 96
#define INDENT 8

// Prints text wrapped at WIDTH with every line indented.
static void print_wrapped(FILE *out, const char *text)
{
	int column = fprintf(out, "%*s", INDENT, "");
	while (*text) {
		int word = (int)strcspn(text, " ");
		if (column > INDENT && column + 1 + word > WIDTH)
			column = fprintf(out, "\n%*s", INDENT, "") - 1;
		column += fprintf(out, "%s%.*s", column > INDENT ? " " : "", word, text);
		text += word + (text[word] == ' ');
	}
	fputc('\n', out);
}

static void print_key(FILE *out, const struct schema_key *key, const char *leaf)
{
	char accepted[400];
	fprintf(out, "    %s: %s\n", leaf, key->preset ? key->preset : "(not given)");
	print_wrapped(out, key->doc);
	value_describe(key, accepted, sizeof(accepted));
	print_wrapped(out, accepted);
}

void topology_print_help(FILE *out)
{
	fprintf(
	    out,
	    "A topology is one YAML file. Each key is shown as 'key: default', then what it means, then what "
	    "it "
	    "takes.\nQuantities carry their unit. From the command line: --set cell.bandwidth=5MHz, --set "
	    "ue3.gain=-95dB.\n");
	for (const struct schema_section *s = schema_sections; s->path; s++) {
		const char *leaf;
		fprintf(out, "\n%s%s%s\n", s->path, *s->path ? ": " : "", s->doc);
		for (int k = 0; k < schema_n_keys; k++)
			if (schema_in_section(&schema_keys[k], s->path, &leaf))
				print_key(out, &schema_keys[k], leaf);
		if (strcmp(s->path, "ues") == 0) {
			fprintf(out, "    list: (not given)\n");
			print_wrapped(
			    out,
			    "what differs for ue1, ue2, ...: one item each with any of the keys under ues "
			    "(count apart), device and arrivals; UEs beyond the list take what stands here");
			print_wrapped(
			    out,
			    "a list such as [{distance: 20m}, {gain: -95dB, device: {f_max: 40GFLOP/s}}]");
		}
	}
}
