// SPDX-License-Identifier: BSD-3-Clause
// tw-K, a time window: call once K slots have passed since the first pending task's arrival. tw-0 calls at
// once. tw-K:og:Lms calls with the threshold l_th = L ms, which is what an agent also chooses: the fair
// opponent of one.
#include "edge/online/kinds_private.h"

#include <errno.h>
#include <math.h>

// Boundaries are multiples of the slot up to rounding, and never early.
#define ROUNDING_S 1e-6

int window_open(struct decider *d, struct err *err)
{
	if (d->numbers[1] > 0)
		return 0;
	return err_set(err, EINVAL, "the policy %s: the threshold must be at least 1 ms, or be left out",
		       d->config.name);
}

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
	bool over = longest_s >= d->numbers[0] * slots->slot_s - ROUNDING_S;
	*out = (struct decision){
	    .choice = {.verdict = over ? SLOT_CALL : SLOT_WAIT, .threshold_s = d->numbers[1] * 1e-3}};
	return 0;
}
