// SPDX-License-Identifier: BSD-3-Clause
#include "setup/policy_names.h"

#include <stddef.h>

#include "edge/online/decider.h"
#include "edge/policy/policy.h"

const char *const *policy_names(void)
{
	static const char *names[64];
	int n = 0;
	for (int i = 0; n < 63 && policies[i].name; i++)
		names[n++] = policies[i].name;
	for (int i = 0; n < 63 && online_policies[i].name; i++)
		names[n++] = online_policies[i].name;
	names[n] = NULL;
	return names;
}

void policy_names_print(FILE *out)
{
	for (const struct policy *policy = policies; policy->name; policy++)
		fprintf(out, "%-20s %s\n", policy->name, policy->summary);
	fputs("\nOnline, in slots as tasks arise (airbatch run, airbatch sim):\n", out);
	for (const struct online_policy *policy = online_policies; policy->name; policy++)
		fprintf(out, "%-20s %s\n", policy->name, policy->summary);
}
