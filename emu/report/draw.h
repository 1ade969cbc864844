// SPDX-License-Identifier: BSD-3-Clause
// The plots of a page. Each function adds one plot (or one a group) of a stated name, or none where there is
// nothing to show; plots_put finds it by that name.
#pragma once

#include "emu/report/groups.h"
#include "emu/report/plots.h"

// Details of single groups (their links and latency over time) are drawn for the first groups only.
#define MOST_DETAILED 6

// "stages": where the latency goes, a bar for plan, simulation and measurement of each case. "energy":
// likewise.
void draw_stages(struct plots *p, const struct groups *g);
void draw_energy(struct plots *p, const struct groups *g);

// "latency-cdf", "slack-cdf", "off-cdf" (measured - planned latency), "energy-cdf"
void draw_distributions(struct plots *p, const struct groups *g);
// "energy-ue", "latency-ue": mean and 95 % interval of each UE
void draw_ues(struct plots *p, const struct groups *g);

// "gain-<i>", "rate-<i>", "queue-<i>", "latency-time-<i>" of the first run of group i
void draw_links(struct plots *p, const struct groups *g);
void draw_latency_over_time(struct plots *p, const struct groups *g);

// "batch-sizes", "batch-reasons"
void draw_batches(struct plots *p, const struct groups *g);
