// SPDX-License-Identifier: BSD-3-Clause
// tw-K, a time window: call once K slots have passed since the first pending task's arrival. tw-0 calls at
// once.
#include "edge/online/kinds.h"

#include <math.h>

// Boundaries are multiples of the slot up to rounding, and never early.
#define ROUNDING_S 1e-6

int window_decide(struct decider *d, const struct decider_view *view, const float obs[], struct decision *out,
		  struct err *err)
{
	(void)obs;
	(void)err;
	const struct slot_config *slots = d->config.slots;
	double longest_s = 0;
	for (int i = 0; i < slots->n_users; i++)
		if (view->state.pending[i])
			longest_s = fmax(longest_s, view->state.waited_s[i]);
	bool over = longest_s >= d->window_slots * slots->slot_s - ROUNDING_S;
	*out = (struct decision){.choice.verdict = over ? SLOT_CALL : SLOT_WAIT};
	return 0;
}
