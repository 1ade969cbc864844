// SPDX-License-Identifier: BSD-3-Clause
// The joules that the edge's device drew over the run, where it can tell.
#include <stdio.h>

#include "edge/process/server_private.h"

void server_start_meter(struct server *s)
{
	struct err why;
	const struct energy_places places = {.gpu = executor_pci_bus_id(s->models.executors[0])};
	if (!s->meter && energy_meter_open(&s->meter, s->config->executor, &places, &why) < 0)
		snprintf(s->totals->no_meter, sizeof(s->totals->no_meter), "%.159s", why.text);
}

void server_read_meter(struct server *s)
{
	struct edge_record *t = s->totals;
	struct err why;
	if (!s->meter)
		return;
	if (energy_meter_read(s->meter, &t->metered_j, &t->metered_s, &why) < 0)
		snprintf(t->no_meter, sizeof(t->no_meter), "%.159s", why.text);
	else
		snprintf(t->meter, sizeof(t->meter), "%s", energy_meter_describe(s->meter));
}
