// SPDX-License-Identifier: BSD-3-Clause
// ddpg-og, ddpg-ip-ssa: a trained agent decides (edge/policy/rl/agent.h).
#include "edge/online/kinds_private.h"

#include <errno.h>
#include <string.h>

int agent_decider_open(struct decider *d, struct err *err)
{
	const struct decider_config *c = &d->config;
	if (!c->agent_path || !*c->agent_path)
		return err_set(
		    err, EINVAL,
		    "the policy %s needs a trained agent: give --agent FILE (airbatch train makes one)",
		    c->name);
	int r = agent_open(&d->agent, c->agent_path, err);
	if (r < 0)
		return r;
	bool og = strcmp(d->kind->caller, "og") == 0;
	const struct agent_identity wanted = {.users = c->slots->n_users,
					      .n_obs = slot_observation_size(c->slots),
					      .n_action = SLOT_ACTIONS,
					      .caller = og ? AGENT_CALLS_OG : AGENT_CALLS_IP_SSA,
					      .topology_hash = c->topology_hash};
	r = agent_fits(d->agent, &wanted, err);
	if (r < 0)
		err_prefix(err, "%s", c->agent_path);
	return r;
}

int agent_decide(struct decider *d, const struct decider_view *view, const float obs[], struct decision *out,
		 struct err *err)
{
	(void)view;
	*out = (struct decision){.has_action = true};
	int r = agent_act(d->agent, obs, out->action, err);
	return r < 0 ? r : slot_choose(d->config.slots, out->action, &out->choice, err);
}
