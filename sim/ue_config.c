// SPDX-License-Identifier: BSD-3-Clause
// A simulated UE's configuration, as setup/configs.c writes the emulated one's.
#include "sim/engine.h"

struct life_config sim_life_config(const struct sim *s, uint32_t ue)
{
	const struct topology *t = s->topology;
	const struct topology_ue *from = &t->ue[ue];
	const struct sim_network *network = &s->networks.network[s->networks.of_ue[ue]];
	return (struct life_config){.run_id = s->plan->run_id,
				    .ue = ue + 1,
				    .seed = (uint64_t)t->seed,
				    .run = (uint64_t)t->run,
				    .arrivals = topology_arrivals(t, (int)ue),
				    .max_open = 1,
				    .n_samples = (uint32_t)t->samples.inputs,
				    .network = &network->sizes[from->features],
				    .network_hash = network->hash,
				    .result_values = network->result_values,
				    .features = from->features,
				    .device = topology_device(from),
				    .tx_power_w = sending_power_w(from),
				    .receive_power_w = from->radio.receive_w,
				    .idle_power_w = from->radio.idle_w};
}
