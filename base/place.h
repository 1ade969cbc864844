// SPDX-License-Identifier: BSD-3-Clause
// Folders and files where other users of the machine may have put something: a folder counts as ours only
// when its owner and mode say so, and what is no plain file is refused instead of waited for.
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include "base/err.h"

// Makes the folder, and those above it, unless it is there; then refuses a symbolic link unless it `follows`,
// an owner who is neither this user nor root (under sudo also the one who called it), and one that others may
// write. 0, or a negative errno with a sentence.
int place_folder(const char *path, bool follows, struct err *err);

// open(2) of a plain file, without waiting; a symbolic link is followed only where `follows`. The descriptor,
// or a negative errno with a sentence: -EINVAL for what is no plain file.
int place_open(const char *path, int flags, bool follows, struct err *err);

// Likewise to be read as a stream; NULL with errno and a sentence.
FILE *place_read(const char *path, struct err *err);

// What this process makes is not to be written by others, whatever umask it was started with.
void place_guard(void);
