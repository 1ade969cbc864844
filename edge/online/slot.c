// SPDX-License-Identifier: BSD-3-Clause
#include "edge/online/slot.h"

#include <errno.h>
#include <math.h>

static int refuse(const char *field, int i, double value, struct err *err)
{
	return err_set(err, EINVAL, "users[%d].%s is %g: an observation takes finite numbers >= 0", i, field,
		       value);
}

static bool is_amount(double value)
{
	return isfinite(value) && value >= 0;
}

static float scaled(double value, double scale)
{
	return (float)fmin(value / scale, 1);
}

int slot_observe(const struct slot_config *config, const struct slot_state *state, float obs[],
		 struct err *err)
{
	int n = config->n_users;
	if (!is_amount(state->gpu_free_s))
		return err_set(err, EINVAL, "gpu_free_s is %g: an observation takes finite numbers >= 0",
			       state->gpu_free_s);
	for (int i = 0; i < n; i++) {
		const struct snapshot_job *u = &state->users[i];
		if (state->pending[i] && !is_amount(u->deadline_s))
			return refuse("deadline_s", i, u->deadline_s, err);
		if (config->rate_scale_bps > 0 && !is_amount(u->rate_bps))
			return refuse("rate_bps", i, u->rate_bps, err);
		obs[i] = state->pending[i] ? scaled(u->deadline_s, config->deadline_scale_s) : 0;
		obs[n + i] = state->pending[i];
		if (config->rate_scale_bps > 0)
			obs[2 * n + 1 + i] = scaled(u->rate_bps, config->rate_scale_bps);
	}
	obs[2 * (ptrdiff_t)n] = scaled(state->gpu_free_s, config->deadline_scale_s);
	return 0;
}

int slot_choose(const struct slot_config *config, const float action[SLOT_ACTIONS],
		struct slot_choice *choice, struct err *err)
{
	for (int i = 0; i < SLOT_ACTIONS; i++)
		if (isnan(action[i]))
			return err_set(err, EINVAL, "action[%d] is not a number: -1 to 1 is right", i);
	double third = 1. / 3, share = (fmin(fmax((double)action[1], -1), 1) + 1) / 2;
	double a = (double)action[0], most = fmax(config->deadline_scale_s, config->slot_s);
	*choice = (struct slot_choice){
	    .verdict = a < -third  ? SLOT_WAIT
		       : a < third ? SLOT_LOCAL
				   : SLOT_CALL,
	    .threshold_s = config->slot_s + share * (most - config->slot_s),
	};
	return 0;
}

bool slot_cannot_wait(const struct slot_config *config, const struct snapshot_job *user, int i, double wait_s)
{
	double local_s = device_time_s(config->work_flop[i], user->device.f_max_flops);
	return wait_s + config->margin_s + user->release_s + local_s > user->deadline_s;
}

static enum slot_verdict verdict_of(const struct slot_config *config, const struct slot_state *state,
				    const struct slot_choice *choice, int i)
{
	if (!state->pending[i])
		return SLOT_WAIT;
	if (choice->verdict == SLOT_CALL || !slot_cannot_wait(config, &state->users[i], i, config->slot_s))
		return choice->verdict;
	double local_s = device_time_s(config->work_flop[i], state->users[i].device.f_max_flops);
	bool in_time = state->users[i].release_s + local_s <= state->users[i].deadline_s;
	return in_time ? SLOT_LOCAL : SLOT_CALL;
}

struct slot_counts slot_dispatch(const struct slot_config *config, const struct slot_state *state,
				 const struct slot_choice *choice, enum slot_verdict verdict[])
{
	struct slot_counts counts = {0};
	for (int i = 0; i < config->n_users; i++) {
		verdict[i] = verdict_of(config, state, choice, i);
		counts.wait += state->pending[i] && verdict[i] == SLOT_WAIT;
		counts.local += verdict[i] == SLOT_LOCAL;
		counts.call += verdict[i] == SLOT_CALL;
		counts.forced += choice->verdict == SLOT_WAIT && verdict[i] != SLOT_WAIT;
	}
	return counts;
}

int slot_snapshot(const struct slot_config *config, const struct slot_state *state,
		  const enum slot_verdict verdict[], enum slot_verdict which,
		  const struct slot_choice *choice, struct snapshot *snapshot, struct snapshot_job users[],
		  int who[])
{
	int n = 0;
	for (int i = 0; i < config->n_users; i++)
		if (state->pending[i] && verdict[i] == which) {
			who[n] = i;
			users[n++] = state->users[i];
		}
	snapshot->jobs = users;
	snapshot->n_jobs = n;
	snapshot->servers[0].free_s = state->gpu_free_s;
	snapshot->edge_deadline_s =
	    which == SLOT_CALL && choice->verdict == SLOT_CALL ? choice->threshold_s : 0;
	return n;
}
