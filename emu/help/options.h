// SPDX-License-Identifier: BSD-3-Clause
// The options of a command one by one: those that it shares with others (of its argp's children), then its
// own.
#pragma once

#include <argp.h>

struct option_walk {
	const struct argp *argp; // NULL once its own options are walked
	const struct argp_option *at;
	int child;
};

struct option_walk options_of(const struct argp *argp);

// NULL at the end. Headings (neither name nor key) come, too.
const struct argp_option *option_next(struct option_walk *walk);
