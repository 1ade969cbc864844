// SPDX-License-Identifier: BSD-3-Clause
// The facts that effect_private.h calls @NAME. Private to this room.
#pragma once

#include "setup/topology/source.h"

struct fact {
	const char *name;
	const char *text; // for people, after "only with "
	const char
	    *decided; // the keys or groups that decide it, separated by blanks; NULL = the command does
	bool (*holds)(const struct topology *t, const struct topology_ue *u);
};

// NULL when there is none.
const struct fact *fact_find(const char *name, size_t length);
