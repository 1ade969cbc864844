// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: the parts of dnn/profile.h that call each other.
#pragma once

#include "dnn/profile.h"

// As profile_new, from numbers.
struct profile *profile_allocate(int n_subtasks, int max_batch);

// The stated model of that name; -ENOENT without a sentence when there is none.
int profile_model(struct profile **out, const char *name, struct err *err);

// "oneDNN 2.6.3, 1 thread, AVX512_CORE; AMD EPYC": what was measured, where.
void profile_describe_source(const struct executor *e, char *buf, size_t size);

// Inputs of every sub-task for a network whose run time depends on its input (network_selects: how soon a
// ball is full): a few drawn scenes carried through the executor, which users take in turn.
struct executor;
struct scenes;
int profile_scenes_new(struct scenes **out, struct executor *e, const struct network *net, int max_batch,
		       struct err *err);
const float *const *profile_scenes_inputs(const struct scenes *scenes, int subtask); // [max_batch]
void profile_scenes_free(struct scenes *scenes);
