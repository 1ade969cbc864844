// SPDX-License-Identifier: BSD-3-Clause
// `airbatch help`: what the commands and their options are, the topology file, the run directory and the
// protocol, printed from the tables that the program itself works with. The manual pages are the same text
// (`airbatch help --man PAGE`, called by the build), and so is what a shell completes (`airbatch help
// --complete`).
#pragma once

#include <stdio.h>
#include "tools/command.h"
#include "tools/help/page.h"

// A page about something that is no command.
struct topic {
	const char *name; // as in `airbatch help NAME`; NULL ends the table
	int section;	  // of the manual
	const char *summary;
	void (*write)(const struct page *p);
};

extern const struct topic topics[];

// The command line of `airbatch help`. Returns the exit status.
int help_main(const struct command *commands, int argc, char **argv);
extern const struct argp help_argp;

// All commands with one line each.
void help_usage(const struct command *commands, FILE *out);

// The manual page of one command.
void help_command_page(const struct page *p, const struct command *command);

// The manual page airbatch(1).
void help_main_page(const struct page *p, const struct command *commands);

// Prints what may stand for the last of the words after "airbatch", a line each: "word\tmeaning". A line
// ":files PATTERN", ":folders" or ":programs" asks the shell for its own.
void help_complete(const struct command *commands, int n_words, char **words, FILE *out);
