// SPDX-License-Identifier: BSD-3-Clause
// A time as logs have it: a number, or text of a clock.
//     12:34:56.7  12:34  3:04:05 PM                       seconds of the day
//     2018-01-16T13:30:30.5Z  2018/01/16 13:30:30         seconds since 1970, UTC
//     2018.01.16_13.30.30 (G-NetTrack)  16.01.2018 13:30  likewise
// An offset behind it (+02:00) is taken off.
#pragma once

#include <stdbool.h>

enum moment_kind { MOMENT_NUMBER, MOMENT_OF_DAY, MOMENT_SINCE_1970 };

struct moment {
	enum moment_kind kind;
	double value; // of a number in its own unit; else seconds
};

// False for anything else, dates of 16/01/2018 included: day and month could change places.
bool moment_parse(const char *text, struct moment *out);

// For messages: what moment_parse takes.
#define MOMENT_FORMS "a number, 12:34:56.7, 2018-01-16 13:30:30 or 2018.01.16_13.30.30"
