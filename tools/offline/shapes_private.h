// SPDX-License-Identifier: BSD-3-Clause
// What the parts of shapes share: shapes.c (the list), shapes_orders.c (one policy against another on the
// same placements) and shapes_trends.c (savings from setting to setting).
#pragma once

#include <stdio.h>
#include "tools/offline/shapes.h"

#define SAY(f, ...) snprintf((f)->measured, sizeof((f)->measured), __VA_ARGS__)

// Picks of settings.
bool shape_in_grid(const struct setting *s);
bool shape_equal_deadlines(const struct setting *s);
bool shape_different_deadlines(const struct setting *s);

enum verdict shape_judge(bool tested, bool holds);

// A shape's test: fills verdict and measured.
typedef void shape_test(const struct experiment *experiment, struct finding *f);
shape_test shape_ip_ssa_beats_ps, shape_ip_ssa_beats_lc, shape_np_beats_lc, shape_ip_ssa_beats_np,
    shape_og_beats_ip_ssa, shape_jdob_beats_fixed_edge, shape_jdob_beats_binary, shape_jdob_beats_ip_ssa;
shape_test shape_ps_collapses, shape_fifo_collapses, shape_ip_ssa_is_flat, shape_narrow_band_hurts_np,
    shape_gap_grows_with_users, shape_gap_grows_with_spread, shape_partitioning_3dssd_needs_int8;
