// SPDX-License-Identifier: BSD-3-Clause
// What a key takes to have an effect (`needs` of its row), taken apart. Private to this room.
//
//     needs        = alternative { " or " alternative }
//     alternative  = condition { " and " condition }
//     condition    = PATH=WORD|WORD  its value is one of these (of `policy`, base/pattern.h; an outside
//                                    policy may use anything)
//                  | PATH!WORD|WORD  it is none of these
//                  | PATH>NUMBER     it is greater
//                  | PATH | !PATH    it is given (is not 0, empty or false), or it is not
//                  | @NAME           a fact (facts_private.h)
//
// Conditions of a UE in the needs of the cell's or the edge's key hold when they hold for any UE.
#pragma once

#include "setup/topology/facts_private.h"
#include "setup/topology/schema_private.h"

struct condition {
	const struct fact *fact; // NULL = of a key
	const struct schema_key *key;
	char sign;	   // '=', '!', '>', '?' given, '-' not given
	char operand[200]; // words, or a number
};

// Where needs are judged.
struct place {
	const struct topology *t;
	const struct topology_ue *ue; // NULL = any will do
	bool of_file;		      // written for every command; else an override, for the one at hand
};

// Whether they hold; if not, *failing is the first condition that does not in the first alternative.
bool needs_hold(const char *needs, const struct place *p, struct condition *failing);

// Whether an override behind number `after` gave one of the keys that decide.
bool needs_overridden(const struct topology_source *s, const char *needs, int after);

// "cell.fading.kind rician or jakes": for people, after "only with ". Returns buf.
char *needs_text(const char *needs, char *buf, size_t size);
