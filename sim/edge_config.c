// SPDX-License-Identifier: BSD-3-Clause
// What the simulated edge is told of its run.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "setup/online.h"
#include "sim/engine.h"

int sim_edge_config(struct sim *s, struct edge_config *c)
{
	const struct topology *t = s->topology;
	*c = (struct edge_config){.run_id = s->plan->run_id,
				  .mtu = t->cell.mtu,
				  .admission_window_s = ns_to_s(t->edge.admission_window_ns),
				  .guard_s = ns_to_s(t->edge.guard_ns),
				  .shared_band = band_is_shared(t),
				  .batching = batching_of(t, s->plan->prepared->max_batch),
				  .power = edge_power_of(t),
				  .n_ues = t->n_ues,
				  .n_networks = s->networks.n};
	snprintf(c->policy, sizeof(c->policy), "%s", t->policy);
	int r = online_config_of(&c->online, t, s->plan->cell, s->err);
	if (r < 0)
		return r;
	c->ues = calloc((size_t)t->n_ues, sizeof(*c->ues));
	if (!c->ues)
		return err_set(s->err, ENOMEM, "no memory");
	for (int i = 0; i < t->n_ues; i++)
		c->ues[i] = edge_ue_of(&s->plan->radio[i], s->networks.of_ue[i], t->ue[i].features);
	return 0;
}

void sim_edge_describe(const struct sim *s, struct edge_record *totals)
{
	const struct prepared *p = s->plan->prepared;
	int i = 0;
	while (i < p->n - 1 && !p->networks[i].profile)
		i++;
	snprintf(totals->executor, sizeof(totals->executor), "virtual time after %.120s",
		 p->networks[i].profile->source);
	totals->modelled = 1;
}
