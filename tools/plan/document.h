// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <jansson.h>
#include "base/err.h"

// Reads a JSON file ("-" for standard input). NULL with errno and a sentence: with the line when it is no
// JSON or repeats a key. The caller drops the reference.
json_t *document_load(const char *path, struct err *err);
