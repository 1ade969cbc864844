// SPDX-License-Identifier: BSD-3-Clause
// A simulated UE's configuration: what the emulated one is told, with the simulator's networks.
#include "sim/engine_private.h"

struct life_config sim_life_config(const struct sim *s, uint32_t ue)
{
	const struct sim_network *network = &s->networks.network[s->networks.of_ue[ue]];
	struct ue_config told;
	resolved_ue(&told, s->run->resolved, (int)ue);
	told.run_id = s->run->run_id;
	struct life_config config = ue_life_config(&told);
	config.n_samples = (uint32_t)s->topology->samples.inputs;
	config.network = sim_networks_sizes(&s->networks, (int)ue, config.features);
	config.variants = s->networks.variant_sizes[config.features];
	config.n_variants = s->networks.n_variants;
	config.network_hash = network->hash;
	config.result_values = network->result_values;
	return config;
}
