// SPDX-License-Identifier: BSD-3-Clause
// What the simulated edge is made of, and told of its run.
#include <errno.h>
#include <stdlib.h>

#include "sim/engine_private.h"

// As the emulated edge is told, but for networks that nobody has tasks of: they are not there.
static int fill_config(const struct sim *s, struct edge_config *c)
{
	const struct edge_config *told = &s->run->resolved->edge;
	*c = *told;
	c->run_id = s->run->run_id;
	c->ues = calloc((size_t)c->n_ues, sizeof(*c->ues));
	if (!c->ues)
		return err_set(s->err, ENOMEM, "no memory for %d UEs", c->n_ues);
	for (int i = 0; i < c->n_ues; i++)
		c->ues[i] = told->ues[i];
	sim_networks_tell(&s->networks, c);
	return 0;
}

int edge_open(struct sim *s)
{
	if (s->networks.n == 0)
		return 0;
	size_t n = (size_t)s->topology->n_ues;
	struct edge_config config;
	struct round_networks networks = sim_networks_for_rounds(&s->networks);
	struct sim_edge *e = s->edge = calloc(1, sizeof(*e));
	if (!e || !(e->future = calloc(n, sizeof(*e->future))))
		return err_set(s->err, ENOMEM, "no memory for %zu UEs", n);
	e->wake_ns = TIME_NEVER;
	int r = fill_config(s, &config);
	r = r < 0 ? r : desk_open(&e->desk, &config, &networks, NULL, s->err);
	free(config.ues);
	if (r < 0)
		return r;
	struct edge_record *totals = desk_totals(e->desk);
	totals->modelled = 1;
	sim_networks_describe(s->run, totals->executor, sizeof(totals->executor));
	return s->topology->cell.grant == GRANT_GRANTED ? edge_read_cell(s) : 0;
}

void edge_close(struct sim *s)
{
	if (!s->edge)
		return;
	desk_close(s->edge->desk);
	free(s->edge->future);
	free(s->edge);
}

void edge_radio(struct sim *s, const struct link_record *link)
{
	const struct desk_event e = {
	    .kind = DESK_RADIO_CHANGED, .now_ns = s->now_ns, .radio = radio_record_of(link)};
	if (s->edge)
		desk_take(s->edge->desk, &e, NULL); // every UE of the cell is one of the desk's
}

struct desk *sim_desk(const struct sim *s)
{
	return s->edge ? s->edge->desk : NULL;
}
