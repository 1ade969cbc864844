// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/answer.h"

#include <math.h>

int answer_class(const float *answer, int64_t n)
{
	int best = 0;
	for (int64_t i = 0; i < n; i++) {
		if (isnan(answer[i]))
			return -1;
		if (answer[i] > answer[best])
			best = (int)i;
	}
	return best;
}
