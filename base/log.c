// SPDX-License-Identifier: BSD-3-Clause
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/printable.h"

static const char *program_name = "airbatch";
static bool be_verbose;

void log_open(const char *program, bool verbose)
{
	program_name = program;
	be_verbose = verbose;
}

static void line(const char *level, const char *format, va_list args)
{
	char text[1024];
	vsnprintf(text, sizeof(text), format, args);
	printable(text, true); // names and files of others are in it
	fprintf(stderr, "%s: %s%s\n", program_name, level, text);
}

#define LOG_FUNCTION(name, level, condition)                                                                 \
	void name(const char *format, ...)                                                                   \
	{                                                                                                    \
		if (!(condition))                                                                            \
			return;                                                                              \
		va_list args;                                                                                \
		va_start(args, format);                                                                      \
		line(level, format, args);                                                                   \
		va_end(args);                                                                                \
	}

LOG_FUNCTION(log_error, "", true)
LOG_FUNCTION(log_warn, "warning: ", true)
LOG_FUNCTION(log_info, "", true)
LOG_FUNCTION(log_debug, "", be_verbose)
