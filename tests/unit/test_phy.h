// SPDX-License-Identifier: BSD-3-Clause
// What the tests of phy share: CMocka's headers and comparisons of doubles that print both sides.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

#define assert_near(value, expected, tolerance)                                                              \
	do {                                                                                                 \
		double value_ = (value), expected_ = (expected), tolerance_ = (tolerance);                   \
		if (!(fabs(value_ - expected_) <= tolerance_))                                               \
			fail_msg("%s = %.12g, expected %.12g within %.3g", #value, value_, expected_,        \
				 tolerance_);                                                                \
	} while (0)

#define assert_ratio(value, expected, relative) assert_near(value, expected, (relative)*fabs(expected))
