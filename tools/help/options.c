// SPDX-License-Identifier: BSD-3-Clause
#include "tools/help/options.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/nearest.h"

static bool is_end(const struct argp_option *o)
{
	return !o || (!o->name && !o->key && !o->doc);
}

struct option_walk options_of(const struct argp *argp)
{
	return (struct option_walk){.argp = argp};
}

// The next table: of a child, at last the command's. False when there is none.
static bool next_table(struct option_walk *w)
{
	if (!w->argp)
		return false;
	const struct argp_child *child = w->argp->children ? &w->argp->children[w->child++] : NULL;
	bool own = !child || !child->argp;
	w->at = own ? w->argp->options : child->argp->options;
	w->argp = own ? NULL : w->argp;
	return true;
}

const struct argp_option *option_next(struct option_walk *w)
{
	while (is_end(w->at))
		if (!next_table(w))
			return NULL;
	return w->at++;
}

// What argp adds to every command.
static const struct argp_option common[] = {
    {"help", '?', 0, 0, 0, 0}, {"usage", 0, 0, 0, 0, 0}, {"version", 'V', 0, 0, 0, 0}, {0}};

static const struct argp_option *next_of_all(struct option_walk *walk, const struct argp_option **more)
{
	const struct argp_option *o = option_next(walk);
	if (o || !(*more)->name)
		return o;
	return (*more)++;
}

// The option that a word names or begins; NULL = none, and *nearest knows the nearest.
static const struct argp_option *find_long(const struct argp *argp, const char *word, size_t length,
					   struct nearest *nearest)
{
	const struct argp_option *more = common;
	struct option_walk walk = options_of(argp);
	for (const struct argp_option *o; (o = next_of_all(&walk, &more));) {
		if (o->name && strncmp(o->name, word, length) == 0)
			return o;
		if (o->name && !(o->flags & OPTION_HIDDEN))
			nearest_offer(nearest, o->name);
	}
	return NULL;
}

static bool short_takes_next(const struct argp *argp, const char *letters)
{
	struct option_walk walk = options_of(argp);
	for (const struct argp_option *o; (o = option_next(&walk));)
		if (o->key == letters[strlen(letters) - 1] && o->arg)
			return true;
	return false;
}

static bool refuse_option(const struct command *command, const char *word, const struct nearest *nearest)
{
	log_error("%s has no option '--%s': `airbatch help %s` lists them%s%s%s", command->name, word,
		  command->name, nearest->best ? "; did you mean --" : "", nearest->best ? nearest->best : "",
		  nearest->best ? "?" : "");
	return false;
}

bool options_known(const struct command *command, int argc, char **argv)
{
	const char *words = command->argp->args_doc ? command->argp->args_doc : "";
	if (argc > 1 && argv[1][0] != '-' && !*words)
		return true; // of a command within, which knows its own
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		char word[80];
		if (argv[i][0] != '-' && strstr(words, " -- "))
			return true;
		if (argv[i][0] != '-' || !argv[i][1])
			continue;
		if (argv[i][1] != '-') {
			i += short_takes_next(command->argp, argv[i]);
			continue;
		}
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(argv[i] + 2, "="), argv[i] + 2);
		struct nearest nearest = nearest_to(word);
		const struct argp_option *o = find_long(command->argp, word, strlen(word), &nearest);
		if (!o)
			return refuse_option(command, word, &nearest);
		if (o->flags & OPTION_HIDDEN)
			return true; // of the program's own, and so is what follows
		i += o->arg && !strchr(argv[i], '=') && !(o->flags & OPTION_ARG_OPTIONAL);
	}
	return true;
}
