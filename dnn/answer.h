// SPDX-License-Identifier: BSD-3-Clause
// What a classifier's answer says: n values, one a class, a linear layer's (logits) or a softmax's.
#pragma once

#include <stdint.h>

// The class it names: where its largest value stands, of equals the first; -1 when a value is not a number.
int answer_class(const float *answer, int64_t n);
