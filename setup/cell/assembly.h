// SPDX-License-Identifier: BSD-3-Clause
// The cell of a run with its channel: mac/cell.h fed with the gains of phy/channel.h. Whoever owns it drives
// the cell by the cell's own calls; this adds what the radio models need around it, and changes at run time.
#pragma once

#include "mac/cell.h"
#include "mac/live.h"
#include "setup/cell/config.h"

struct assembly;

// A cell whose time starts at now; traces are loaded here. 0 with *out for the caller to assembly_free, or a
// negative errno with a sentence. config is read during the call only. Until assembly_set_origin says
// otherwise, model time 0 is at TIME_NEVER: gains and recorded links stay as they are at the start.
int assembly_new(struct assembly **out, const struct assembly_config *config, int64_t now, struct err *err);
// Cookies still inside are forgotten (cell_drain). NULL is allowed.
void assembly_free(struct assembly *a);

struct cell *assembly_cell(struct assembly *a); // borrowed

// Model time 0 lies at origin_ns on the cell's clock, as is known at now.
void assembly_set_origin(struct assembly *a, int64_t origin_ns, int64_t now);

// How long a packet of the UE may be on its way after its last bit was sent, generously: HARQ, jitter and,
// with a trace, its longest delay included.
double assembly_longest_way_s(const struct assembly *a, uint32_t ue, enum link_dir dir);
// The most bytes of it that may be on their way then, generously.
double assembly_most_flight_bytes(struct assembly *a, uint32_t ue, enum link_dir dir);

// One change while the run lives, at now. A gain that is set replaces the whole channel of its UE, fading
// included. 0, or a negative errno with a sentence, and nothing has changed.
int assembly_change(struct assembly *a, const struct live_setting *setting, int64_t now, struct err *err);
