// SPDX-License-Identifier: BSD-3-Clause
#include "emu/run/policy_names.h"

#include "edge/policy/policy.h"

const char *const *policy_names(void)
{
	static const char *names[64];
	for (int i = 0; i < 63 && policies[i].name; i++)
		names[i] = policies[i].name;
	return names;
}
