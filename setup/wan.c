// SPDX-License-Identifier: BSD-3-Clause
#include "setup/wan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "mac/goodput.h"
#include "mac/link_record.h"

// So that a WAN's draws are not those of the radio.
#define WAN_SEED UINT64_C(0x57414e)

static struct impairment_config impairment_of(const struct topology_server *server)
{
	int64_t half_ns = server->wan.jitter_ns / 2;
	return (struct impairment_config){.random = server->wan.loss,
					  .jitter = {.kind = half_ns > 0 ? JITTER_UNIFORM : JITTER_NONE,
						     .mean_ns = half_ns,
						     .spread_ns = half_ns}};
}

static struct cell_flow_config flow_of(const struct topology *t, const struct topology_server *server)
{
	return (struct cell_flow_config){.hertz = 1,
					 .fixed_bps = server->wan.rate_bps,
					 .delay_ns = server->wan.delay_ns,
					 .limit_bytes = (uint64_t)t->cell.queue_bytes,
					 .impairment = impairment_of(server)};
}

struct cell *wan_new(const struct topology *t, struct err *err)
{
	struct cell_ue_config servers[TOPOLOGY_MAX_SERVERS] = {0};
	for (int i = 0; i < t->n_servers; i++)
		servers[i].flow[LINK_UP] = servers[i].flow[LINK_DOWN] = flow_of(t, &t->server[i]);
	const struct cell_carrier_config carrier = {.strategy = GRANT_OWN_BAND, .band_hz = t->n_servers};
	const struct cell_config config = {.n_ues = (uint32_t)t->n_servers,
					   .ues = servers,
					   .carrier = {carrier, carrier},
					   .seed = (uint64_t)t->seed ^ WAN_SEED,
					   .run = (uint64_t)t->run};
	return cell_new(&config, 0, err);
}

struct edge_server wan_server_of(const struct topology_server *server)
{
	const struct impairment_config impairment = impairment_of(server);
	struct goodput g = goodput_of(&impairment, server->wan.rate_bps, 8. * LINK_RECORD_FRAME_BYTES);
	struct edge_server out = {.cores = server->cores,
				  .wan_bps = g.bps,
				  .wan_delay_s = ns_to_s(server->wan.delay_ns) + g.lone_late_s};
	snprintf(out.name, sizeof(out.name), "%s", server->name);
	return out;
}
