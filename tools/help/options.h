// SPDX-License-Identifier: BSD-3-Clause
// The options of a command one by one: those that it shares with others (of its argp's children), then its
// own.
#pragma once

#include <argp.h>
#include <stdbool.h>
#include "tools/command.h"

struct option_walk {
	const struct argp *argp; // NULL once its own options are walked
	const struct argp_option *at;
	int child;
};

struct option_walk options_of(const struct argp *argp);

// Whether every --option of a command line is one of its own, as written or begun; else says which is not and
// what is near. What stands behind "--", or behind the words of a program to run, is not the command's.
bool options_known(const struct command *command, int argc, char **argv);

// NULL at the end. Headings (neither name nor key) come, too.
const struct argp_option *option_next(struct option_walk *walk);
