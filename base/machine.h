// SPDX-License-Identifier: BSD-3-Clause
// What a figure was measured on, as far as the machine says.
#pragma once

#include <stdio.h>

// "AMD EPYC 9B14", or "unknown processor".
void machine_processor(char *name, size_t size);

// Lines "# key: value": processor, its vector instructions, processors online, frequency governor and limits
// (where the kernel tells; a guest's often does not), load averages, kernel.
void machine_write_facts(FILE *out);
