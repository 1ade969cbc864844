// SPDX-License-Identifier: BSD-3-Clause
// A fuzz target is one file with this function: it hands the bytes to one loader and frees what comes back.
// Built with clang's libFuzzer (preset `fuzz`, scripts/fuzz) it looks for inputs that crash, hang or leak;
// built with replay.c it runs the committed corpus, in every build's tests.
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// The path of a file in memory that holds the bytes, for loaders that take a path; valid until the next call.
const char *fuzz_file(const uint8_t *data, size_t size);
