// SPDX-License-Identifier: BSD-3-Clause
// The cell of the world, where it obeys grants: their laws.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/edge/desk_world.h"

void world_tell_cell(struct world *w)
{
	struct cell_ue_state ues[LAB_UES] = {0};
	for (int i = 0; i < LAB_UES; i++)
		ues[i] = (struct cell_ue_state){.hertz = w->held_hz[i], .power_to_noise_hz = 1e8 * (i + 1)};
	lab_tell(w->desk, &(struct desk_event){
			      .kind = DESK_CELL,
			      .now_ns = w->now_ns,
			      .cell = {.is_granted = true, .band_hz = w->band_hz, .n = LAB_UES, .ue = ues}});
}

void world_grants(struct world *w, double band_hz)
{
	w->band_hz = band_hz;
	for (int i = 0; i < LAB_UES; i++)
		w->held_hz[i] = band_hz / LAB_UES;
	world_tell_cell(w);
}

static double sum_of(const double hertz[LAB_UES])
{
	double sum = 0;
	for (int i = 0; i < LAB_UES; i++)
		sum += hertz[i];
	return sum;
}

void world_obey(struct world *w, const struct desk_action *a)
{
	double held[LAB_UES];
	memcpy(held, w->held_hz, sizeof(held));
	for (size_t i = 0; i < a->grant.n; i++) {
		uint32_t ue = a->grant.share[i].ue;
		assert_true(ue < LAB_UES && (i == 0 || ue > a->grant.share[i - 1].ue));
		assert_true(a->grant.share[i].hertz >= 0);
		held[ue] = a->grant.share[i].hertz;
	}
	w->grants++;
	w->refused_last = rng_below(w->rng, 50) == 0;
	if (w->refused_last) {
		lab_tell(w->desk, &(struct desk_event){.kind = DESK_GRANT_REFUSED, .now_ns = w->now_ns});
		return;
	}
	memcpy(w->held_hz, held, sizeof(held));
	assert_true(sum_of(w->held_hz) <= w->band_hz * (1 + 1e-9));
}

// Of the UE's jobs whose tensors are to come the first that was granted anything; 0 = none.
static double owed_hz(const struct world *w, int ue)
{
	for (size_t i = 0; i < w->n_jobs; i++) {
		const struct world_job *j = &w->jobs[i];
		if (j->ue == ue && j->answered && !j->has_tensor && !j->lost && !j->dropped && j->hertz > 0)
			return j->hertz;
	}
	return 0;
}

void world_check_grants(const struct world *w)
{
	double rest_hz = DESK_REST_SHARE * w->band_hz / LAB_UES;
	for (int ue = 0; ue < LAB_UES && w->grants > 0 && !w->refused_last; ue++) {
		double owed = owed_hz(w, ue);
		if (w->held_hz[ue] != (owed > 0 ? owed : rest_hz))
			fail_msg("ue%d has %g Hz: %g are right", ue + 1, w->held_hz[ue],
				 owed > 0 ? owed : rest_hz);
	}
}
