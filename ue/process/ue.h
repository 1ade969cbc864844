// SPDX-License-Identifier: BSD-3-Clause
// The emulated UE: a real host of ue/life/life.h, with one connection to the edge and one loop.
#pragma once

#include "setup/ue_config.h"

struct ue;

// Connects to the edge and maps samples and counters. channel_fd: the supervisor's channel.
int ue_open(struct ue **out, const struct ue_config *config, int channel_fd, struct err *err);
void ue_close(struct ue *u);

// Waits for START, lives until the run ends and every task is closed (or STOP), sends each record on the
// channel.
int ue_run(struct ue *u, struct err *err);
