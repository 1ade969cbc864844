// SPDX-License-Identifier: BSD-3-Clause
// Where a command may write: what somebody else made is never overwritten. Checks come before any work, so
// that nothing is computed that could not be kept.
#pragma once

#include <stdbool.h>
#include "base/err.h"

// A file that a command is to write: it is not there, or it is one that `mark`, a text within its first 8
// KiB, tells to be an earlier `what` ("report"); devices and pipes take anything. Its folder can be written.
// option: what asked for it ("--out"). 0, or a negative errno with what would be right.
int output_file(const char *path, const char *mark, const char *what, const char *option, struct err *err);

// As output_file for a result that no later one may replace (`instead`, such as "--overwrite", says what
// allows it all the same): -EEXIST when it is there.
int output_new_file(const char *path, const char *instead, const char *option, struct err *err);

// A folder that a command is to fill: it can be made, is empty, or holds nothing but what ours(name) knows.
// 0, or a negative errno: -EEXIST for a file, or with the name of what is foreign.
int output_folder(const char *path, bool (*ours)(const char *name), const char *option, struct err *err);
