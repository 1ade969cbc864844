// SPDX-License-Identifier: BSD-3-Clause
// Policies that are not built in: a shared object that defines
//
//     const struct policy airbatch_policy = {
//         .abi = POLICY_ABI, .name = "mine", .summary = "what it does in a line", .plan = plan_mine};
//
// and includes edge/policy/policy.h only. Its plans always pass through plan_check. See edge/policy/example/.
#pragma once

#include "edge/policy/policy.h"

// A built-in policy by name, or, when the name holds a '/' or ends in ".so", the outside policy in that file;
// either with settings behind it, as in og:gaps=4 or ./mine.so:weight=2 (parameters.h). *library is for
// policy_close, which ends the policy's life. NULL with errno and a sentence; -ENOEXEC for another ABI
// version.
const struct policy *policy_open(const char *text, void **library, struct err *err);
void policy_close(void *library);
