// SPDX-License-Identifier: BSD-3-Clause
// A file that one process at a time holds: it is locked (flock) as long as the process lives, whatever ends
// it.
#pragma once

#include <stdbool.h>
#include "base/err.h"

// Opens the file (made when it is not there) and locks it. patient: waits up to 100 ms for somebody who holds
// it for an instant; else only for those that share it. 1 = taken, *fd (close-on-exec) holds it; 0 = somebody
// has it; a negative errno with a sentence.
int lock_file(int *fd, const char *path, bool patient, struct err *err);

// Whether the open file is the one that others find under this path: not when it was removed meanwhile.
bool lock_is_at(int fd, const char *path);
