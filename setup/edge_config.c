// SPDX-License-Identifier: BSD-3-Clause
#include "setup/edge_config.h"

#include <stdlib.h>

#include "base/clock.h"
#include "ue/life/arrivals.h"

#define MOST_UES 65535
#define MOST_NETWORKS MOST_UES
#define MOST_S 1e9
#define MOST_BPS 1e15
#define MOST_FLOPS 1e18

static int settle(void *base, const struct config_place *place)
{
	struct edge_config *c = base;
	char key[40];
	c->batching.patience_ns = s_to_ns(c->guard_s);
	for (int i = 0; i < c->n_ues; i++) {
		snprintf(key, sizeof(key), "ues[%d].network", i);
		if (c->ues[i].network >= c->n_networks)
			return config_refuse(place, key, "is %d: 0 to %d are right", c->ues[i].network,
					     c->n_networks - 1);
	}
	return 0;
}

// clang-format off
static const struct config_field batching_fields[] = {
	{"mode", WORD_OF(struct batching, mode, batch_mode_names), .doc = "when batches start"},
	{"size", INT_OF(struct batching, size, 1, BATCH_MAX_MEMBERS), .doc = "the most members of a batch"},
	{"starts_when_ready", BOOL_OF(struct batching, starts_when_ready), .doc = "as planned: the next batch may start before its time"},
	{"drops_stragglers", BOOL_OF(struct batching, drops_stragglers), .doc = "as planned: a task whose input is absent at the planned time ends"},
	{"timer_s", SECONDS_OF(struct batching, timer_ns, 0, MOST_S), .doc = "by timer: the longest wait of a batch's first member"},
	{"cores", INT_OF(struct batching, cores, 1, BATCH_MOST_CORES), .doc = "on cores: tasks that run at once"},
	{.key = NULL},
};
static const struct config_table batching_table = {batching_fields, sizeof(struct batching), NULL, NULL};

static const struct config_field power_fields[] = {
	{"static_w", NUMBER_OF(struct edge_power, static_w, 0, 1e9), .doc = "drawn while a batch runs, whatever the frequency"},
	{"dynamic_w", NUMBER_OF(struct edge_power, dynamic_w, 0, 1e9), .doc = "drawn on top at the highest frequency"},
	{"frequencies", NUMBERS_OF(struct edge_power, freq, n_freq, 0, 1), .doc = "relative to the highest, ascending; the last is 1"},
	{.key = NULL},
};
static const struct config_table power_table = {power_fields, sizeof(struct edge_power), NULL, NULL};

static const struct config_field online_fields[] = {
	{"slot_s", NUMBER_OF(struct edge_online, slot_s, 1e-9, MOST_S), .doc = "between two decisions"},
	{"offset_s", NUMBER_OF(struct edge_online, offset_s, 0, MOST_S), .doc = "model time of the first decision"},
	{"deadline_scale_s", NUMBER_OF(struct edge_online, deadline_scale_s, 1e-9, MOST_S), .doc = "what counts as 1 in an agent's observation of deadlines"},
	{"rate_scale_bps", NUMBER_OF(struct edge_online, rate_scale_bps, 0, MOST_BPS), .doc = "likewise of rates; 0: channels stand still and are not observed"},
	{"agent", TEXT_OF(struct edge_online, agent), .optional = true, .doc = "file of the trained agent"},
	{"topology_hash", HASH_OF(struct edge_online, topology_hash), .doc = "what the agent must have been trained for"},
	{"horizon_slots", INT_OF(struct edge_online, horizon_slots, 1, 64), .doc = "how far the policy that knows the future looks"},
	{.key = NULL},
};
static const struct config_table online_table = {online_fields, sizeof(struct edge_online), NULL, NULL};

static const struct config_field network_fields[] = {
	{"name", TEXT_OF(struct edge_network, name), .doc = "a built-in network or a description file, perhaps with :CUTS or @WEIGHTS"},
	{"weight_seed", UINT64_OF(struct edge_network, weight_seed), .doc = "of weights that are drawn; UEs and edge have the same"},
	{"profile", TEXT_OF(struct edge_network, profile), .doc = "file of F_n(b)"},
	{"samples", TEXT_OF(struct edge_network, samples), .doc = "file of prepared inputs, activations and results"},
	{"confidence", TEXT_OF(struct edge_network, confidence), .optional = true, .doc = "file of held-out answers, by which tasks leave early"},
	{.key = NULL},
};
static const struct config_table network_table = {network_fields, sizeof(struct edge_network), NULL, NULL};

static const struct config_field ue_fields[] = {
	{"uplink_bps", NUMBER_OF(struct edge_ue, uplink_bps, 0, MOST_BPS), .doc = "goodput of a stream over the UE's own or the whole shared band, at the start"},
	{"downlink_bps", NUMBER_OF(struct edge_ue, downlink_bps, 0, MOST_BPS), .doc = "likewise to the UE"},
	{"uplink_delay_s", NUMBER_OF(struct edge_ue, uplink_delay_s, 0, MOST_S), .doc = "of an upload, from the last bit sent to delivery"},
	{"downlink_delay_s", NUMBER_OF(struct edge_ue, downlink_delay_s, 0, MOST_S), .doc = "likewise of a message to the UE"},
	{"network", INT_OF(struct edge_ue, network, 0, MOST_NETWORKS), .doc = "index into networks, from 0"},
	{"open_jobs", INT_OF(struct edge_ue, open_jobs, 1, ARRIVALS_MOST_OPEN), .doc = "it may have so many open at once"},
	{"burst", INT_OF(struct edge_ue, burst, 0, 1e9), .doc = "its jobs arise so many together, and are planned together"},
	{"features", WORD_OF(struct edge_ue, features, features_names), .doc = "how it uploads tensors"},
	{"address", UINT32_OF(struct edge_ue, terms.address, 0, UINT32_MAX), .doc = "its IPv4 address as a number: 198.18.0.2 is 3323068418; 0: any"},
	{"f_min_flops", NUMBER_OF(struct edge_ue, terms.device.f_min_flops, 0, MOST_FLOPS), .doc = "what its requests must say: lowest speed of its processor"},
	{"f_max_flops", NUMBER_OF(struct edge_ue, terms.device.f_max_flops, 0, MOST_FLOPS), .doc = "likewise: highest speed"},
	{"kappa", NUMBER_OF(struct edge_ue, terms.device.kappa, 0, 1), .doc = "likewise: energy of work A at speed f: kappa A f^2"},
	{"tx_power_w", NUMBER_OF(struct edge_ue, terms.tx_power_w, 0, 1e9), .doc = "likewise: drawn by its radio while it sends"},
	{"least_accuracy", NUMBER_OF(struct edge_ue, terms.least_accuracy, 0, 1), .doc = "likewise: that results must have"},
	{"longest_deadline_s", NUMBER_OF(struct edge_ue, terms.longest_deadline_s, 0, MOST_S), .doc = "of its tasks, after they arise; 0: its requests may say anything"},
	{.key = NULL},
};
static const struct config_table ue_table = {ue_fields, sizeof(struct edge_ue), NULL, NULL};

static const struct config_field edge_fields[] = {
	{"run_id", UINT32_OF(struct edge_config, run_id, 0, UINT32_MAX), .doc = "stands in every message of the run"},
	{"seed", UINT64_OF(struct edge_config, seed), .doc = "of draws where nothing is computed"},
	{"port", INT_OF(struct edge_config, port, 1, 65535), .doc = "of TCP and UDP"},
	{"threads", INT_OF(struct edge_config, threads, 1, 1024), .doc = "of the cpu executor"},
	{"max_batch", INT_OF(struct edge_config, max_batch, 1, 1024), .doc = "the largest batch that is prepared before the run"},
	{"mtu", INT_OF(struct edge_config, mtu, 68, 65535), .doc = "bytes of an IP packet"},
	{"policy", TEXT_OF(struct edge_config, policy), .doc = "who decides"},
	{"executor", TEXT_OF(struct edge_config, executor), .doc = "what computes batches"},
	{"tcp", TEXT_OF(struct edge_config, tcp), .doc = "congestion control"},
	{"counters", TEXT_OF(struct edge_config, counters), .doc = "file of the links' counters (mac/counters.h)"},
	{"admission_window_s", NUMBER_OF(struct edge_config, admission_window_s, 0, MOST_S), .doc = "a round closes this long after its first request"},
	{"guard_s", NUMBER_OF(struct edge_config, guard_s, 0, MOST_S), .doc = "planned reserve before a batch and before a deadline"},
	{"shared_band", BOOL_OF(struct edge_config, shared_band), .doc = "UEs that upload at the same time share the rates of ues"},
	{"refuses", BOOL_OF(struct edge_config, refuses), .doc = "a task that the policy does not admit ends; else it runs on its device"},
	{"batching", OBJECT_OF(struct edge_config, batching, batching_table), .doc = "when batches start"},
	{"power", OBJECT_OF(struct edge_config, power, power_table), .doc = "what the edge draws, by its model"},
	{"online", OBJECT_OF(struct edge_config, online, online_table), .doc = "of an online policy; the others do not use it"},
	{"outputs", BOOL_OF(struct edge_config, outputs), .doc = "a replay sends the prepared results back, not zeros"},
	{"networks", LIST_OF(struct edge_config, networks, n_networks, network_table, 1, MOST_NETWORKS), .doc = "each network that a UE has, once"},
	{"ues", LIST_OF(struct edge_config, ues, n_ues, ue_table, 1, MOST_UES), .doc = "ue1, ue2, ..."},
	{.key = NULL},
};
// clang-format on

const struct config_table edge_config_table = {edge_fields, sizeof(struct edge_config), NULL, settle};

int edge_config_load(struct edge_config *c, const char *path, struct err *err)
{
	return config_load(&edge_config_table, c, path, err);
}

void edge_config_free(struct edge_config *c)
{
	config_clear(&edge_config_table, c);
	free(c->servers); // of further ones, which no file has as yet
	c->servers = NULL;
}
