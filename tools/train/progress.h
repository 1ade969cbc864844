// SPDX-License-Identifier: BSD-3-Clause
// How a training gets on, for the person: one line that is written over on a terminal, else a line now and
// then.
#pragma once

#include "edge/policy/rl/checkpoint.h"

struct train_progress;

struct train_progress *train_progress_new(bool quiet, int first_episode); // NULL with errno
void train_progress_free(struct train_progress *p);			  // ends the line

// train_job.progress; user: struct train_progress.
void train_progress_show(const struct training *t, double seconds, void *user);
