// SPDX-License-Identifier: BSD-3-Clause
// Policies with parameters as a text: NAME:SETTING:SETTING, where a setting is PARAMETER=VALUE, or for switches
// PARAMETER (1) and no-PARAMETER (0). So ip-ssa:tighten and ip-ssa:tighten=1 are the same policy. In a
// topology the same is written policy: {name: ip-ssa, tighten: 1}.
#pragma once

#include "edge/policy/policy.h"

enum { POLICY_NAME_SIZE = 128 };

// Sets the values that a policy's settings say ("tighten=1:keep-best"; "" = none); the others keep theirs.
// -EINVAL with what would be right: an unknown parameter, a bad number, one out of range.
int parameters_set(struct policy *policy, const char *settings, struct err *err);

// Makes every value the parameter's standard one.
void parameters_reset(struct policy *policy);

// A built-in policy by name and settings. name[POLICY_NAME_SIZE] gets its name in one spelling, whichever was
// given: a listed one where the values are listed, else with the values that are not standard. policy->name
// points to it. -ENOENT, or -EINVAL as above.
int parameters_choose(const char *text, struct policy *policy, char name[], struct err *err);

// "a number from 1 to 64, 8 by default" or "0 or 1, 0 by default". Returns buf.
char *parameters_range(const struct policy_parameter *parameter, char *buf, size_t size);
