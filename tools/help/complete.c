// SPDX-License-Identifier: BSD-3-Clause
// Completion from the tables. What may stand at a place is told by the name that help texts give it: the
// argument of an option ("POLICY"), or a word of a command's args_doc ("RUN NODE -- COMMAND").
#include <argp.h>
#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/network.h"
#include "edge/online/decider.h"
#include "edge/policy/policy.h"
#include "emu/supervisor/live_key.h"
#include "emu/supervisor/names.h"
#include "records/expect/figure.h"
#include "records/results/summary_fields.h"
#include "setup/topology/topology.h"
#include "tools/exec/exec.h"
#include "tools/help/help.h"
#include "tools/help/options.h"

struct completion {
	const struct command *commands;
	FILE *out;
	const char *before; // printed before every candidate: "--policy=", "lc,"
	const char *word;   // what is there after it
	const char *run;    // first argument that is no option, for nodes of a run
};

static void offer(const struct completion *c, const char *candidate, const char *meaning)
{
	if (strncmp(candidate, c->word, strlen(c->word)) == 0)
		fprintf(c->out, "%s%s\t%s\n", c->before, candidate, meaning);
}

// shown: the key whose value it is; NULL = it stands alone.
static void offer_value(const struct completion *c, const char *shown, const char *value, const char *meaning)
{
	char candidate[200];
	snprintf(candidate, sizeof(candidate), "%s%s%s", shown ? shown : "", shown ? "=" : "", value);
	offer(c, candidate, meaning);
}

// One with a K for a number is no name yet.
static void offer_built_in(const struct completion *c, const char *shown)
{
	for (const struct policy *p = policies; p->name; p++)
		offer_value(c, shown, p->name, p->summary);
	for (const struct online_policy *p = online_policies; p->name; p++)
		if (!strchr(p->name, 'K'))
			offer_value(c, shown, p->name, p->summary);
}

static void offer_policies(const struct completion *c)
{
	offer_built_in(c, NULL);
	fputs(":files *.so\n", c->out);
}

static void offer_run(const struct run_listed *l, void *user)
{
	if (l->running)
		offer(user, l->name, l->directory);
}

static void offer_runs(const struct completion *c)
{
	run_names_each(offer_run, (void *)c, NULL);
}

// The nodes of the run that is named already, that a program can run in.
static void offer_nodes(const struct completion *c)
{
	const char *node;
	json_t *pid, *processes = c->run ? run_processes(c->run, NULL) : NULL;
	json_object_foreach(processes, node, pid)
	{
		if (strcmp(node, "shaper") != 0)
			offer(c, node, "node");
	}
	json_decref(processes);
}

struct live_offer {
	const struct completion *completion;
	const char *node;
};

static void offer_live_key(const char *key, void *user)
{
	const struct live_offer *o = user;
	char candidate[80];
	snprintf(candidate, sizeof(candidate), "%s.%s=", o->node, key);
	offer(o->completion, candidate, "changes while the run lives");
}

static void offer_live_keys(const struct completion *c)
{
	struct live_offer o = {c, "cell"};
	live_each_key(false, offer_live_key, &o);
	json_t *pid, *processes = c->run ? run_processes(c->run, NULL) : NULL;
	json_object_foreach(processes, o.node, pid)
	{
		if (strncmp(o.node, "ue", 2) == 0)
			live_each_key(true, offer_live_key, &o);
	}
	json_decref(processes);
}

static void offer_commands(const struct completion *c)
{
	for (const struct command *command = c->commands; command->name; command++)
		offer(c, command->name, command->summary);
}

static void offer_help(const struct completion *c)
{
	offer_commands(c);
	for (const struct topic *t = topics; t->name; t++)
		offer(c, t->name, t->summary);
}

// The values of a key that takes one of a few, else its default as an example.
static void offer_values(const struct completion *c, const struct topology_key *key, const char *shown)
{
	if (strcmp(key->leaf, "policy") == 0)
		offer_built_in(c, shown);
	else if (strcmp(key->leaf, "network") == 0)
		for (const char *const *n = network_names(); *n; n++)
			offer_value(c, shown, *n, "network");
	else if (key->words)
		for (const char *const *w = key->words; *w; w++)
			offer_value(c, shown, *w, "");
	else if (key->preset)
		offer_value(c, shown, key->preset, "default");
}

static void offer_key(const struct topology_key *key, void *user)
{
	const struct completion *c = user;
	char shown[100];
	size_t item = key->item ? strlen(key->item) : 0; // "ue3" in place of "ues"
	bool is_item = item > 0 && strncmp(c->word, key->item, item) == 0;
	size_t digits = is_item ? strspn(c->word + item, "0123456789") : 0;
	if (digits > 0 && digits < 6)
		snprintf(shown, sizeof(shown), "%.*s%s", (int)(item + digits), c->word,
			 strchr(key->path, '.'));
	else
		snprintf(shown, sizeof(shown), "%s", key->path);
	size_t length = strlen(shown);
	if (strncmp(c->word, shown, length) == 0 && c->word[length] == '=') {
		offer_values(c, key, shown);
		return;
	}
	strncat(shown, "=", sizeof(shown) - length - 1);
	offer(c, shown, key->doc);
}

static void offer_keys(const struct completion *c)
{
	const struct topology_reader reader = {NULL, offer_key, (void *)c};
	topology_each_key(&reader);
}

static void offer_figure(const char *name, const struct column *row, void *user)
{
	bool is_short = strncmp(name, "tasks.", 6) == 0 && *((const struct completion *)user)->word != 't';
	if (strcmp(row->unit, "configuration") != 0)
		offer(user, is_short ? name + 6 : name, row->doc);
}

static void offer_figures(const struct completion *c)
{
	figure_each_name(summary_fields, offer_figure, (void *)c);
}

static void offer_programs(const struct completion *c)
{
	fputs(":programs\n", c->out);
}

static void offer_folders(const struct completion *c)
{
	fputs(":folders\n", c->out);
}

static const struct place {
	const char *name;
	void (*offer)(const struct completion *c);
} places[] = {
    {"KEY=VALUE", offer_keys},
    {"NODE.KEY=VALUE", offer_live_keys},
    {"POLICY", offer_policies},
    {"RUN", offer_runs},
    {"NODE", offer_nodes},
    {"COMMAND", offer_programs},
    {"COMMAND|TOPIC", offer_help},
    {"DIR", offer_folders},
    {"FIGURE>=VALUE", offer_figures},
};

static void offer_alternatives(const struct completion *c, const char *list)
{
	char *copy = strdup(list), *rest = copy;
	for (char *word; copy && (word = strsep(&rest, "|"));)
		offer(c, word, "");
	free(copy);
}

// name: "POLICY", "[DIR...]", "FILE.json", "local|slurm"; a list "POLICY,..." is completed at its last
// member.
static void offer_at(struct completion *c, const char *name)
{
	char bare[80], before[400];
	const char *comma = strstr(name, ",...") ? strrchr(c->word, ',') : NULL;
	snprintf(bare, sizeof(bare), "%s", name + strspn(name, "["));
	bare[strcspn(bare, "],")] = '\0';
	char *dots = strstr(bare, "...");
	if (dots)
		*dots = '\0';
	if (comma) {
		snprintf(before, sizeof(before), "%s%.*s", c->before, (int)(comma + 1 - c->word), c->word);
		c->before = before;
		c->word = comma + 1;
	}
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strcmp(places[i].name, bare) == 0) {
			places[i].offer(c);
			return;
		}
	const char *dot = strrchr(bare, '.');
	if (dot || strcmp(bare, "FILE") == 0)
		fprintf(c->out, ":files *%s\n", dot ? dot : "");
	else if (strchr(bare, '|'))
		offer_alternatives(c, bare);
}

static void offer_options(const struct completion *c, const struct argp *argp)
{
	char candidate[80];
	struct option_walk walk = options_of(argp);
	for (const struct argp_option *o; (o = option_next(&walk));) {
		if (!o->name || o->flags & OPTION_HIDDEN)
			continue;
		snprintf(candidate, sizeof(candidate), "--%s%s", o->name, o->arg ? "=" : "");
		offer(c, candidate, o->doc ? o->doc : "");
	}
	offer(c, "--help", "all options");
}

// The option of a word "--set", "--set=...", "-s" or "-s...": *value gets what is behind it, NULL = the next
// word.
static const struct argp_option *option_of(const struct argp *argp, const char *word, const char **value)
{
	size_t length = strncmp(word, "--", 2) == 0 ? strcspn(word + 2, "=") : 0;
	struct option_walk walk = options_of(argp);
	for (const struct argp_option *o; (o = option_next(&walk));) {
		bool is_long =
		    length && o->name && strlen(o->name) == length && strncmp(o->name, word + 2, length) == 0;
		bool is_short =
		    !length && word[0] == '-' && word[1] && word[1] == (char)o->key && isprint(o->key);
		if (!is_long && !is_short)
			continue;
		const char *behind = is_long ? word + 2 + length : word + 2;
		*value = *behind ? behind + is_long : NULL;
		return o;
	}
	return NULL;
}

// The n-th word of args_doc, "--" apart; the last one when it repeats.
static void argument_name(const struct argp *argp, int n, char *name, size_t size)
{
	char *copy = strdup(argp->args_doc ? argp->args_doc : ""), *rest = copy;
	name[0] = '\0';
	for (char *word; copy && n >= 0 && (word = strsep(&rest, " "));) {
		if (strcmp(word, "--") == 0 || !*word)
			continue;
		bool repeats = strstr(word, "...") && !rest;
		if (n-- == 0 || repeats) {
			snprintf(name, size, "%s", word);
			break;
		}
	}
	free(copy);
}

static void complete_command(struct completion *c, const struct argp *argp, int n, char **words)
{
	const struct argp_option *open = NULL; // its value is the next word
	int arguments = 0;
	bool only_arguments = false;
	char name[80], before[200];
	for (int i = 0; i < n - 1; i++) {
		const char *value = NULL;
		const struct argp_option *o =
		    open || only_arguments ? NULL : option_of(argp, words[i], &value);
		if (!open && strcmp(words[i], "--") == 0)
			only_arguments = true;
		else if (!open && !o && (only_arguments || words[i][0] != '-') && arguments++ == 0)
			c->run = words[i];
		open = o && o->arg && !value ? o : NULL;
	}
	c->word = words[n - 1];
	const char *value = NULL;
	const struct argp_option *o = open || only_arguments ? NULL : option_of(argp, c->word, &value);
	if (o && o->arg && value) {
		snprintf(before, sizeof(before), "%.*s", (int)(value - c->word), c->word);
		c->before = before;
		c->word = value;
		open = o;
	}
	if (open) {
		offer_at(c, open->arg);
	} else if (c->word[0] == '-' && !only_arguments) {
		offer_options(c, argp);
	} else {
		argument_name(argp, arguments, name, sizeof(name));
		offer_at(c, name);
	}
}

void help_complete(const struct command *commands, int n_words, char **words, FILE *out)
{
	struct completion c = {.commands = commands, .out = out, .before = "", .word = ""};
	if (n_words <= 1) {
		c.word = n_words == 1 ? words[0] : "";
		offer_commands(&c);
		offer(&c, "--help", "the commands");
		offer(&c, "--version", "version, git id, build options");
		return;
	}
	for (const struct command *command = commands; command->name; command++)
		if (strcmp(command->name, words[0]) == 0 && command->argp)
			complete_command(&c, command->argp, n_words - 1, words + 1);
}
