// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/answer.h"

#include <math.h>
#include <stdbool.h>

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

static bool is_distribution(const float *answer, int64_t n)
{
	double sum = 0;
	bool none_below = true;
	for (int64_t i = 0; i < n; i++) {
		sum += (double)answer[i];
		none_below = none_below && answer[i] >= 0;
	}
	return none_below && fabs(sum - 1) < 1e-4;
}

double answer_confidence(const float *answer, int64_t n)
{
	int class = answer_class(answer, n);
	if (class < 0)
		return NAN;
	double largest = (double)answer[class], sum = 0;
	if (is_distribution(answer, n))
		return largest;
	for (int64_t i = 0; i < n; i++)
		sum += answer[i] < answer[class] ? exp((double)answer[i] - largest) : 1;
	return 1 / sum;
}
