// SPDX-License-Identifier: BSD-3-Clause
// What can be changed of a running run: `airbatch set RUN ue3.gain=-95dB cell.bandwidth=5MHz ue2.loss=1%`.
//   ueN.gain  channel gain; replaces the topology's channel model for this UE ("auto" gives it back)
//   ueN.loss  residual packet loss, both directions
//   ueN.delay fixed delay of what is sent from now on, each way; packets keep their order
//   ueN.grant its band, with cell.grant: granted
//   cell.loss, cell.delay, cell.bandwidth: likewise for all UEs (bandwidth as in the topology: with own bands
//   each UE's)
#pragma once

#include <stdbool.h>
#include "mac/live.h"

// "ue3.gain", "-95dB" into a setting, checked against the number of UEs. -EINVAL with what would be right.
int live_parse(const char *key, const char *value, uint32_t n_ues, struct live_setting *setting,
	       struct err *err);

// Calls each for every key that may follow "ueN." (of_ue) or "cell.". Returns how many.
int live_each_key(bool of_ue, void (*each)(const char *key, void *user), void *user);
