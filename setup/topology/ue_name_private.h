// SPDX-License-Identifier: BSD-3-Clause
// "ue7" <-> 7. Private to this room.
#pragma once

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "setup/topology/topology.h"

// The number in "ue7" (or in "ue7.gain" up to the dot): 1..TOPOLOGY_MAX_UES, 0 when the word names no UE.
static inline int ue_number(const char *word)
{
	if (strncmp(word, "ue", 2) != 0 || !isdigit((unsigned char)word[2]) || word[2] == '0')
		return 0;
	char *end;
	long number = strtol(word + 2, &end, 10);
	return (*end == '\0' || *end == '.') && number <= TOPOLOGY_MAX_UES ? (int)number : 0;
}
