// SPDX-License-Identifier: BSD-3-Clause
// Where the running program stands, and the files that came with it.
#pragma once

#include <limits.h>
#include <stdbool.h>
#include "base/err.h"

// The absolute path of the program itself. 0; or a negative errno with a sentence.
int program_path(char out[PATH_MAX], struct err *err);

// The folder that it lies in, without a slash at its end. Likewise.
int program_folder(char out[PATH_MAX], struct err *err);

// A file that comes with airbatch, such as "topologies/quickstart.yaml": as installed (PREFIX/share/airbatch
// of the program in PREFIX/bin), or in the sources of a program in the build folder. False: in neither place.
bool program_shared(const char *name, char out[PATH_MAX]);
