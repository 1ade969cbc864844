// SPDX-License-Identifier: BSD-3-Clause
#include "base/pattern.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool pattern_fits(const char *pattern, const char *name, int numbers[], int most)
{
	for (int k = 0; *pattern; pattern++) {
		if (!isupper((unsigned char)*pattern)) {
			if (*pattern != *name++)
				return false;
			continue;
		}
		size_t digits = strspn(name, "0123456789");
		if (digits < 1 || digits > 3 || (numbers && k == most))
			return false;
		if (numbers)
			numbers[k++] = atoi(name);
		name += digits;
	}
	return *name == '\0';
}
