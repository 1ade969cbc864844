// SPDX-License-Identifier: BSD-3-Clause
// The table of UEs of a view (records/watch/view.h). Columns that do not fit the width are left out, the
// least telling first.
#pragma once

#include "records/watch/canvas.h"
#include "records/watch/view.h"

// At most `rows` lines: a head, then all UEs; or the worst few and one line about the others.
void view_ues(struct canvas *c, const struct run_snapshot *s, enum view_sort sort, int rows);

// The UEs' indices in that order (equal ones by number) into order[n_ues].
void view_order(const struct run_snapshot *s, enum view_sort sort, uint32_t *order);
