// SPDX-License-Identifier: BSD-3-Clause
// What the parsers of command lines (argp) share. Each function ends the program with a usage message where
// the text is wrong, as argp_error does.
#pragma once

#include <argp.h>
#include <stdio.h>

// A whole number from least to most; what: "--jobs", as the message calls it.
long argument_whole(const char *text, long least, long most, const char *what,
		    const struct argp_state *state);

// A help_filter's work: what is behind the options in --help ends with what `more` prints. Returns what argp
// is to show, as it expects that.
char *argument_help_with(int key, const char *text, void (*more)(FILE *out));

// For ARGP_KEY_ARG of a command that takes options only.
error_t argument_refuse(const char *text, const struct argp_state *state);
