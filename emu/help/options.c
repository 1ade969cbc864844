// SPDX-License-Identifier: BSD-3-Clause
#include "emu/help/options.h"

#include <stdbool.h>

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
