// SPDX-License-Identifier: BSD-3-Clause
// What a classifier's answer says: n values, one a class, a linear layer's (logits) or a softmax's.
#pragma once

#include <stdint.h>

// The class it names: where its largest value stands, of equals the first; -1 when a value is not a number.
int answer_class(const float *answer, int64_t n);

// How sure it is: the largest value of its softmax, or of the answer itself where that is one already (no
// value below 0, and the sum is 1). NaN when a value is not a number.
double answer_confidence(const float *answer, int64_t n);
