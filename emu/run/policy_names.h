// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// Names of the built-in policies, NULL-terminated: what a topology may say.
const char *const *policy_names(void);
