// SPDX-License-Identifier: BSD-3-Clause
#include "setup/ue_config.h"

#include "proto/datagram.h"
#include "ue/life/life.h"

#define MOST_UDP_BYTES 65507 // of a payload under IPv4
#define MOST_S 1e9
#define MOST_NS 4e18
#define MOST_W 1e9
#define MOST_FLOPS 1e18
#define MOST_ARRIVALS 1e9

static int settle_arrivals(void *base, const struct config_place *place)
{
	const struct arrivals *a = base;
	if (a->kind != ARRIVALS_BERNOULLI || (a->probability > 0 && a->slot_s > 0))
		return 0;
	return config_refuse(place, a->probability > 0 ? "slot_s" : "probability",
			     "is 0: with kind bernoulli a number above 0 is right");
}

// clang-format off
static const struct config_field device_fields[] = {
	{"f_min_flops", NUMBER_OF(struct device, f_min_flops, 0, MOST_FLOPS), .doc = "lowest speed of the modelled processor"},
	{"f_max_flops", NUMBER_OF(struct device, f_max_flops, 0, MOST_FLOPS), .doc = "highest speed"},
	{"kappa", NUMBER_OF(struct device, kappa, 0, 1), .doc = "energy of work A at speed f: kappa A f^2"},
	{.key = NULL},
};
static const struct config_table device_table = {device_fields, sizeof(struct device), NULL, NULL};

static const struct config_field row_fields[] = {
	{"at_ns", INT64_OF(struct arrival, at_ns, 0, MOST_NS), .doc = "[instant after the run's begin, deadline after it] in ns"},
	{"deadline_ns", INT64_OF(struct arrival, deadline_ns, 0, MOST_NS), .doc = "after the instant"},
	{.key = NULL},
};
static const struct config_table row_table = {row_fields, sizeof(struct arrival), NULL, NULL};

static const struct config_field arrivals_fields[] = {
	{"kind", WORD_OF(struct arrivals, kind, arrivals_kind_names), .doc = "when tasks arise"},
	{"period_s", NUMBER_OF(struct arrivals, period_s, 0, MOST_S), .doc = "periodic: between two tasks"},
	{"jitter_s", NUMBER_OF(struct arrivals, jitter_s, 0, MOST_S), .doc = "periodic: a task comes up to so much later"},
	{"rate_hz", NUMBER_OF(struct arrivals, rate_hz, 0, 1e9), .doc = "poisson: tasks a second"},
	{"probability", NUMBER_OF(struct arrivals, probability, 0, 1), .doc = "bernoulli: of a task in a slot"},
	{"slot_s", NUMBER_OF(struct arrivals, slot_s, 0, MOST_S), .doc = "bernoulli: length of a slot"},
	{"burst", INT_OF(struct arrivals, burst, 0, 1e6), .doc = "periodic, poisson: so many tasks at each instant; 0: one"},
	{"count", INT_OF(struct arrivals, count, 0, 1e9), .doc = "at most so many tasks; 0: no limit (burst: one)"},
	{"deadline_low_s", NUMBER_OF(struct arrivals, deadline_low_s, 0, MOST_S), .doc = "each task's deadline is drawn from here"},
	{"deadline_high_s", NUMBER_OF(struct arrivals, deadline_high_s, 0, MOST_S), .doc = "to here"},
	{"trace", ROWS_OF(struct arrivals, trace, n_trace, row_table, MOST_ARRIVALS), .doc = "trace: each task"},
	{.key = NULL},
};
static const struct config_table arrivals_table = {arrivals_fields, sizeof(struct arrivals), NULL, settle_arrivals};

static const struct config_field traffic_fields[] = {
	{"rate_bps", NUMBER_OF(struct ue_config, traffic.rate_bps, 0, 1e15), .doc = "of UDP payload; 0: no traffic"},
	{"size_bytes", INT_OF(struct ue_config, traffic.size_bytes, DATAGRAM_HEADER_SIZE, MOST_UDP_BYTES), .doc = "payload of a datagram"},
	{"linger_s", NUMBER_OF(struct ue_config, traffic.linger_s, 0, MOST_S), .doc = "how long the last datagrams may be under way"},
	{"realtime", BOOL_OF(struct ue_config, traffic.realtime), .doc = "the UE goes before tasks of the normal kind"},
	{.key = NULL},
};
static const struct config_table traffic_table = {traffic_fields, sizeof(struct ue_config), NULL, NULL};

static const struct config_field ue_fields[] = {
	{"ue", UINT32_OF(struct ue_config, ue, 1, 65535), .doc = "which one it is, from 1"},
	{"run_id", UINT32_OF(struct ue_config, run_id, 0, UINT32_MAX), .doc = "stands in every message of the run"},
	{"seed", UINT64_OF(struct ue_config, seed), .doc = "of all draws"},
	{"run", UINT64_OF(struct ue_config, run), .doc = "number of the repetition, likewise"},
	{"edge", TEXT_OF(struct ue_config, edge_address), .doc = "the edge's IPv4 address"},
	{"port", INT_OF(struct ue_config, edge_port, 1, 65535), .doc = "the edge's, of TCP and UDP"},
	{"tcp", TEXT_OF(struct ue_config, tcp), .doc = "congestion control"},
	{"network", TEXT_OF(struct ue_config, network), .doc = "what a task infers: as networks[].name of the edge"},
	{"weight_seed", UINT64_OF(struct ue_config, weight_seed), .doc = "of weights that are drawn; UEs and edge have the same"},
	{"features", WORD_OF(struct ue_config, features, features_names), .doc = "how it uploads tensors"},
	{"least_accuracy", NUMBER_OF(struct ue_config, least_accuracy, 0, 1), .doc = "that results must have; 0: any"},
	{"check_tolerance", NUMBER_OF(struct ue_config, check_tolerance, 0, 1), .doc = "of results, relative to the largest value"},
	{"samples", TEXT_OF(struct ue_config, samples), .doc = "file of prepared inputs, activations and results"},
	{"counters", TEXT_OF(struct ue_config, counters), .doc = "file of the links' counters (mac/counters.h)"},
	{"open_tasks", INT_OF(struct ue_config, open_tasks, 1, ARRIVALS_MOST_OPEN), .doc = "at most so many tasks are open at once"},
	{"device", OBJECT_OF(struct ue_config, device, device_table), .doc = "the modelled processor"},
	{"tx_power_w", NUMBER_OF(struct ue_config, tx_power_w, 0, MOST_W), .doc = "drawn by the radio while it sends"},
	{"receive_power_w", NUMBER_OF(struct ue_config, receive_power_w, 0, MOST_W), .doc = "while it receives"},
	{"idle_power_w", NUMBER_OF(struct ue_config, idle_power_w, 0, MOST_W), .doc = "while it does neither"},
	{"arrivals", OBJECT_OF(struct ue_config, arrivals, arrivals_table), .doc = "when tasks arise, and their deadlines"},
	{"traffic", .kind = FIELD_OBJECT, .table = &traffic_table, .doc = "UDP traffic to the edge"},
	{.key = NULL},
};
// clang-format on

const struct config_table ue_config_table = {ue_fields, sizeof(struct ue_config), NULL, NULL};

int ue_config_load(struct ue_config *c, const char *path, struct err *err)
{
	return config_load(&ue_config_table, c, path, err);
}

void ue_config_free(struct ue_config *c)
{
	config_clear(&ue_config_table, c);
}

struct life_config ue_life_config(const struct ue_config *c)
{
	return (struct life_config){.run_id = c->run_id,
				    .ue = c->ue,
				    .seed = c->seed,
				    .run = c->run,
				    .arrivals = c->arrivals,
				    .max_open = c->open_tasks,
				    .features = c->features,
				    .least_accuracy = c->least_accuracy,
				    .device = c->device,
				    .tx_power_w = c->tx_power_w,
				    .receive_power_w = c->receive_power_w,
				    .idle_power_w = c->idle_power_w};
}
