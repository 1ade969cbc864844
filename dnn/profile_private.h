// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: the parts of dnn/profile.h that call each other.
#pragma once

#include "dnn/profile.h"

// As profile_new, from numbers.
struct profile *profile_allocate(int n_subtasks, int max_batch);

// The stated model of that name; -ENOENT without a sentence when there is none.
int profile_model(struct profile **out, const char *name, struct err *err);
