// SPDX-License-Identifier: BSD-3-Clause
// The plots of a page. Each function adds one plot (or one a group) of a stated name, or none where there is
// nothing to show; plots_put finds it by that name.
#pragma once

#include "tools/report/axes.h"
#include "tools/report/groups.h"
#include "tools/report/plots.h"

// "<metric>-by-<axis>-<panel>" (axes_plot_name): a curve a policy, with intervals over each point's runs
void draw_axes(struct plots *p, const struct groups *g, const struct axes *a);

// "stages": where the latency goes, a bar for plan, simulation and measurement of each case. "energy":
// likewise.
void draw_stages(struct plots *p, const struct groups *g);
void draw_energy(struct plots *p, const struct groups *g);

// "latency-cdf", "slack-cdf", "off-cdf" (measured - planned latency), "energy-cdf"
void draw_distributions(struct plots *p, const struct groups *g);
// "energy-ue", "latency-ue": mean and 95 % interval of each UE
void draw_ues(struct plots *p, const struct groups *g);

// "gain-<i>", "rate-<i>", "queue-<i>", "latency-time-<i>" of the first run of group i
// where groups_over_time
void draw_links(struct plots *p, const struct groups *g);
void draw_latency_over_time(struct plots *p, const struct groups *g);

// "batch-sizes", "batch-reasons"
void draw_batches(struct plots *p, const struct groups *g);
