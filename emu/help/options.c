// SPDX-License-Identifier: BSD-3-Clause
#include "emu/help/options.h"

#include <stdbool.h>

struct option_walk options_of(const struct argp *argp)
{
	return (struct option_walk){.argp = argp, .at = argp ? argp->options : NULL};
}

static bool is_end(const struct argp_option *o)
{
	return !o || (!o->name && !o->key && !o->doc);
}

const struct argp_option *option_next(struct option_walk *w)
{
	while (is_end(w->at)) {
		const struct argp_child *child =
		    w->argp && w->argp->children ? &w->argp->children[w->child] : NULL;
		if (!child || !child->argp)
			return NULL;
		w->at = child->argp->options;
		w->child++;
	}
	return w->at++;
}
