// SPDX-License-Identifier: BSD-3-Clause
#include "tools/help/help.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/cache.h"
#include "base/log.h"
#include "base/nearest.h"

enum { KEY_MANUALS = 256, KEY_COMPLETE };

struct arguments {
	const char *about, *manuals;
};

static const struct argp_option options[] = {
    {"manuals", KEY_MANUALS, "DIR", OPTION_HIDDEN, "write all manual pages into DIR/man1, man5 and man7", 0},
    {"complete", KEY_COMPLETE, "WORD...", OPTION_HIDDEN, "print what may stand for the last word",
     0}, // help_main
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case KEY_MANUALS:
		a->manuals = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (a->about)
			argp_error(state, "help on one thing at a time: '%s' is a second one", arg);
		a->about = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp help_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[COMMAND|TOPIC]",
    .doc = "Lists the commands, or says all about one of them, or about topology (every key of the topology "
	   "file), run-directory (files and columns), config (what each process of a run is told), policies "
	   "or protocol (what UEs and edge send).\v"
	   "Exit status: 0 done, 2 there is no such command or topic."};

void help_usage(const struct command *commands, FILE *out)
{
	fputs("usage: airbatch COMMAND [OPTION...]\n\n"
	      "A wireless testbed for multi-user DNN co-inference: emulated UEs share a DPDK link shaper, an "
	      "edge batches their sub-tasks.\n\n",
	      out);
	for (const struct command *c = commands; c->name; c++)
		fprintf(out, "  %-9s %s\n", c->name, c->summary);
	fputs("\nMore on each: `airbatch help COMMAND`; on files and protocols:", out);
	for (const struct topic *t = topics; t->name; t++)
		fprintf(out, " `airbatch help %s`", t->name);
	fputs(".\nStart here: airbatch run topologies/quickstart.yaml\n", out);
}

static void write_topic(const struct page *p, const struct topic *t)
{
	char name[64];
	snprintf(name, sizeof(name), "airbatch-%s", t->name);
	page_begin(p, name, t->section, t->summary);
	t->write(p);
	if (p->roff) {
		page_section(p, "See also");
		page_paragraph(p, "airbatch(1)");
	}
}

static FILE *open_manual(const char *folder, const char *name, int section, char *path, size_t size,
			 struct err *err)
{
	snprintf(path, size, "%s/man%d", folder, section);
	if (make_dirs(path, err) < 0)
		return NULL;
	snprintf(path, size, "%s/man%d/%s.%d", folder, section, name, section);
	FILE *f = fopen(path, "we");
	if (!f)
		err_sys(err, errno, "cannot write %s", path);
	return f;
}

// What one manual page is about: a command, a topic, or (neither) airbatch itself.
static int write_manual(const char *folder, const struct command *commands, const struct command *c,
			const struct topic *t, struct err *err)
{
	char name[64], path[PATH_MAX];
	const char *about = c ? c->name : t ? t->name : "";
	snprintf(name, sizeof(name), "airbatch%s%s", *about ? "-" : "", about);
	struct page p = {.roff = true};
	p.out = open_manual(folder, name, t ? t->section : 1, path, sizeof(path), err);
	if (!p.out)
		return -errno;
	if (c)
		help_command_page(&p, c);
	else if (t)
		write_topic(&p, t);
	else
		help_main_page(&p, commands);
	bool failed = ferror(p.out);
	return fclose(p.out) != 0 || failed ? err_set(err, EIO, "cannot write %s", path) : 0;
}

static int write_manuals(const char *folder, const struct command *commands, struct err *err)
{
	int r = write_manual(folder, commands, NULL, NULL, err);
	for (const struct command *c = commands; r == 0 && c->name; c++)
		r = write_manual(folder, commands, c, NULL, err);
	for (const struct topic *t = topics; r == 0 && t->name; t++)
		r = write_manual(folder, commands, NULL, t, err);
	return r;
}

static int help_on(const struct command *commands, const char *about)
{
	static char option[] = "--help";
	char name[64];
	const struct page p = {.out = stdout};
	for (const struct topic *t = topics; t->name; t++)
		if (strcmp(t->name, about) == 0) {
			t->write(&p);
			return 0;
		}
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(c->name, about) == 0) {
			snprintf(name, sizeof(name), "airbatch %s", c->name);
			char *arguments[] = {name, option, NULL};
			return c->run(2, arguments);
		}
	char near[80];
	struct nearest nearest = nearest_to(about);
	for (const struct topic *t = topics; t->name; t++)
		nearest_offer(&nearest, t->name);
	for (const struct command *c = commands; c->name; c++)
		nearest_offer(&nearest, c->name);
	log_error("no help on '%s': `airbatch help` lists commands and topics%s", about,
		  nearest_text(&nearest, near, sizeof(near)));
	return 2;
}

int help_main(const struct command *commands, int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--complete") == 0) {
		help_complete(commands, argc - 2, argv + 2, stdout);
		return 0;
	}
	struct arguments a = {0};
	struct err err;
	argp_parse(&help_argp, argc, argv, 0, NULL, &a);
	if (a.manuals && write_manuals(a.manuals, commands, &err) < 0) {
		log_error("%s", err.text);
		return 1;
	}
	if (a.manuals)
		return 0;
	if (a.about)
		return help_on(commands, a.about);
	help_usage(commands, stdout);
	return 0;
}
