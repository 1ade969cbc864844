// SPDX-License-Identifier: BSD-3-Clause
// What the simulated edge asks of the cell: obeyed at the very instant, and stamped as by the shaper.
#include "mac/ask.h"
#include "sim/engine_private.h"

#include <errno.h>
#include <stdlib.h>

int edge_grant(struct sim *s, const struct cell_share *shares, size_t n)
{
	struct err why;
	if (cell_grant_all(s->cell, LINK_UP, shares, n, s->now_ns, &why) < 0) {
		const struct desk_event refused = {.kind = DESK_GRANT_REFUSED, .now_ns = s->now_ns};
		results_note(s->results, why.text);
		return desk_take(s->edge->desk, &refused, s->err);
	}
	for (size_t i = 0; i < n; i++)
		sim_record_link(s, shares[i].ue);
	return 0;
}

int edge_read_cell(struct sim *s)
{
	struct ask_state *state = malloc(ASK_MAX_ANSWER);
	uint32_t next = 0;
	int r = state ? 0 : err_set(s->err, ENOMEM, "no memory for the cell's state");
	do {
		if (r < 0)
			break;
		ask_read_state(s->cell, next, s->now_ns, state);
		const struct desk_event e = {.kind = DESK_CELL,
					     .now_ns = s->now_ns,
					     .cell = {.is_granted = state->is_granted,
						      .band_hz = state->band_hz,
						      .least_hz = state->least_hz,
						      .first_ue = next,
						      .n = state->n,
						      .ue = state->ue}};
		r = desk_take(s->edge->desk, &e, s->err);
		next += state->n;
	} while (next < cell_n_ues(s->cell));
	free(state);
	return r;
}
