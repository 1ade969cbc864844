// SPDX-License-Identifier: BSD-3-Clause
#include "setup/online.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "edge/online/decider.h"
#include "setup/topology/hash.h"

int online_config_of(struct edge_online *o, const struct topology *t, const struct assembly_config *cell,
		     struct err *err)
{
	*o = (struct edge_online){.slot_s = ns_to_s(t->online.slot_ns),
				  .offset_s = ns_to_s(t->online.offset_ns),
				  .deadline_scale_s = ns_to_s(topology_deadline_scale_ns(t)),
				  .rate_scale_bps = assembly_varies(cell) ? t->online.rate_scale_bps : 0,
				  .horizon_slots = t->online.horizon_slots};
	// The edge process has a working directory of its own choice. Whether the file is there is asked by
	// online_check: it may be made yet, by training.
	if (*t->online.agent && !realpath(t->online.agent, o->agent))
		snprintf(o->agent, sizeof(o->agent), "%s", t->online.agent);
	return online_policy_is(t->policy) ? topology_hash(&o->topology_hash, t, err) : 0;
}

int online_check(const struct edge_config *edge, bool in_virtual_time, struct err *err)
{
	const struct edge_online *o = &edge->online;
	if (*o->agent && access(o->agent, F_OK) < 0)
		return err_sys(err, errno, "online.agent: %s", o->agent);
	if (!online_policy_is(edge->policy))
		return 0;
	const struct slot_config slots = {.n_users = edge->n_ues,
					  .slot_s = o->slot_s,
					  .deadline_scale_s = o->deadline_scale_s,
					  .rate_scale_bps = o->rate_scale_bps};
	const struct decider_config config = {.name = edge->policy,
					      .agent_path = o->agent,
					      .topology_hash = o->topology_hash,
					      .horizon_slots = o->horizon_slots,
					      .slots = &slots};
	struct decider *d;
	int r = decider_open(&d, &config, err);
	if (r == 0 && !in_virtual_time && decider_sees_future(d))
		r = err_set(err, EINVAL,
			    "the policy %s knows the future, which only virtual time has: use `airbatch sim`",
			    edge->policy);
	decider_close(d);
	return r;
}
