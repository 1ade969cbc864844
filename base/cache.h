// SPDX-License-Identifier: BSD-3-Clause
// Files worth keeping between runs (profiles, precomputed activations): $AIRBATCH_CACHE, else
// $XDG_CACHE_HOME/airbatch, else ~/.cache/airbatch, else /tmp/airbatch-<uid>. The last three must be ours
// (base/place.h); who names a folder vouches for it.
#pragma once

#include <stddef.h>
#include <sys/uio.h>
#include "base/err.h"

// Writes the path of `name` inside the cache into path and makes the folder. 0 or a negative errno.
int cache_path(const char *name, char *path, size_t size, struct err *err);

// Makes `path` and its parents (mode 0755); 0 when it is there already.
int make_dirs(const char *path, struct err *err);

// Writes size bytes to path so that a reader sees the old file or the new one, never a part (temporary +
// rename).
int write_file_atomically(const char *path, const void *data, size_t size, struct err *err);

// As write_file_atomically, n parts one behind the other.
int write_parts_atomically(const char *path, const struct iovec *parts, int n, struct err *err);
