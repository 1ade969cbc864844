// SPDX-License-Identifier: BSD-3-Clause
// Pages of commands, from their argp.
#include <argp.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tools/help/help.h"
#include "tools/help/options.h"

static void option_term(const struct argp_option *o, char *term, size_t size)
{
	char key[8] = "";
	if (o->key > 32 && o->key < 127 && isprint(o->key))
		snprintf(key, sizeof(key), "-%c", (char)o->key);
	snprintf(term, size, "%s%s%s%s%s%s", key, *key && o->name ? ", " : "", o->name ? "--" : "",
		 o->name ? o->name : "", o->arg ? "=" : "", o->arg ? o->arg : "");
}

static void print_options(const struct page *p, const struct argp *argp)
{
	char term[128];
	page_section(p, "Options");
	struct option_walk walk = options_of(argp);
	for (const struct argp_option *o; (o = option_next(&walk));) {
		if (o->flags & OPTION_HIDDEN || !o->doc || (!o->name && !o->key))
			continue;
		option_term(o, term, sizeof(term));
		page_item(p, term, o->doc);
	}
	page_item(p, "-?, --help, --usage", "print all of this in short, or the usage alone");
	page_item(p, "-V, --version", "print version, git id and build options");
}

static void print_synopsis(const struct page *p, const struct command *command)
{
	char line[256];
	const struct argp *argp = command->argp;
	struct option_walk walk = options_of(argp);
	bool takes_options = argp && option_next(&walk);
	snprintf(line, sizeof(line), "airbatch %s%s%s%s", command->name, takes_options ? " [OPTION...]" : "",
		 argp && argp->args_doc ? " " : "", argp && argp->args_doc ? argp->args_doc : "");
	page_section(p, "Synopsis");
	page_code(p, line);
}

// An argp text is what comes before the options and, after \v, what comes behind.
static void print_doc(const struct page *p, const struct argp *argp)
{
	const char *doc = argp && argp->doc ? argp->doc : "";
	size_t length = strcspn(doc, "\v");
	char *before = strndup(doc, length);
	page_section(p, "Description");
	page_paragraph(p, before ? before : "");
	free(before);
	if (argp)
		print_options(p, argp);
	if (!doc[length])
		return;
	const char *behind = doc + length + 1, *is_status = strstr(behind, "Exit status: ");
	page_section(p, is_status == behind ? "Exit status" : "Notes");
	page_paragraph(p, is_status == behind ? behind + strlen("Exit status: ") : behind);
}

void help_command_page(const struct page *p, const struct command *command)
{
	char name[64];
	snprintf(name, sizeof(name), "airbatch-%s", command->name);
	page_begin(p, name, 1, command->summary);
	print_synopsis(p, command);
	print_doc(p, command->argp);
	page_section(p, "See also");
	page_paragraph(p, "airbatch(1), airbatch-topology(5), airbatch-run-directory(5), airbatch-config(5), "
			  "airbatch-expectations(7), "
			  "airbatch-policies(7), "
			  "airbatch-protocol(7)");
}

static void print_environment(const struct page *p)
{
	page_section(p, "Environment");
	page_item(p, "AIRBATCH_CACHE",
		  "where profiles and activations are kept between runs; else XDG_CACHE_HOME/airbatch, else "
		  "~/.cache/airbatch");
	page_item(p, "XDG_RUNTIME_DIR", "where running runs have their names (root: /run/airbatch)");
}

void help_main_page(const struct page *p, const struct command *commands)
{
	page_begin(p, "airbatch", 1, "a wireless testbed for multi-user DNN co-inference");
	page_section(p, "Synopsis");
	page_code(p, "airbatch COMMAND [OPTION...]");
	page_section(p, "Description");
	page_paragraph(p, "Emulated UEs share a radio link that DPDK shapes packet by packet, and an edge "
			  "server batches real sub-tasks of their networks as a policy decides.");
	page_section(p, "Commands");
	for (const struct command *c = commands; c->name; c++)
		page_item(p, c->name, c->summary);
	page_section(p, "Files and protocols");
	for (const struct topic *t = topics; t->name; t++)
		page_item(p, t->name, t->summary);
	print_environment(p);
	page_section(p, "Examples");
	page_code(p, "airbatch doctor\nairbatch run topologies/quickstart.yaml\n"
		     "airbatch sweep topologies/quickstart.yaml --policy lc,ip-ssa --seeds 1-5 -o sweep");
	page_section(p, "Exit status");
	page_paragraph(p, "0 done, 1 failed or interrupted, 2 wrong usage or input.");
}
