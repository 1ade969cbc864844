// SPDX-License-Identifier: BSD-3-Clause
// One sentence for the person when a call fails: what, where, and what would be right.
// A library function returns a negative errno (or NULL with errno set) and fills a struct err.
#pragma once

#include <stdarg.h>

struct err {
	char text[512];
};

// Writes the sentence and returns -code, so that a failing path reads `return err_set(err, EINVAL, "...")`.
// err may be NULL. errno is set to code.
int err_set(struct err *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

// As err_set, with ": <strerror(code)>" appended; for failed system calls.
int err_sys(struct err *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

// Puts "prefix: " before the sentence that is already there.
void err_prefix(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
