// SPDX-License-Identifier: BSD-3-Clause
// Lines for the person, on standard error: "airbatch-edge: text". One line a call.
#pragma once

#include <stdbool.h>

void log_open(const char *program, bool verbose); // program must outlive the process's logging
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2))); // printed only when verbose
