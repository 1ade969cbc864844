// SPDX-License-Identifier: BSD-3-Clause
// What the edge knows of its run: the radio, the networks it serves, its power and its rules.
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "edge/desk/batcher.h"
#include "dnn/device.h"
#include "dnn/features.h"
#include "dnn/network.h"

// What a UE may say of itself, as the topology states it (edge/process/terms.h).
struct edge_terms {
	uint32_t address;     // IPv4, in host byte order; 0 = any
	struct device device; // its requests tell these figures
	double tx_power_w, least_accuracy;
	double longest_deadline_s; // after a task's arrival; 0 = nothing is held against its requests
};

// The radio as the edge knows it from its base station.
struct edge_ue {
	// Goodputs over its own or the whole shared band, and from the last bit sent to delivery: of an
	// upload, and of a message to the UE.
	double uplink_bps, downlink_bps, uplink_delay_s, downlink_delay_s;
	// Where the cell obeys grants, as it said last: P g / N0, the uplink's SNR over w hertz of its own is
	// this / w. 0 = not known, or its rate is fixed.
	double power_to_noise_hz;
	int network;		   // index into networks
	enum features features;	   // of its uploads
	const double *upload_bits; // [N + 1] of its uploads; NULL = as its network's say. Borrowed
	int open_jobs;		   // it may have so many at once; 0 counts as 1
	struct edge_terms terms;
	int burst; // its jobs arise so many together; 0 counts as 1
};

struct edge_network {
	char name[NETWORK_REFERENCE_MAX]; // a reference, see dnn/network.h
	uint64_t weight_seed;
	char profile[PATH_MAX];	   // F_n(b): plans are made with it; the replay executor also takes its time
				   // from it
	char samples[PATH_MAX];	   // dnn/samples.h: a replay's results
	char confidence[PATH_MAX]; // dnn/confidence.h: by which tasks leave early; "" = exits are as planned
};

// A further server, behind a WAN. Its cores serve first come first served (edge/desk/station.h).
struct edge_server {
	char name[32];
	int cores;
	// Goodput of a stream of full frames, and from the last bit sent to delivery; each way.
	double wan_bps, wan_delay_s;
};

enum { EDGE_MAX_FREQS = 16, EDGE_MAX_VARIANTS = 7 };

// What the edge draws (modelled). A batch at relative frequency x takes F_n(b) / x and costs F_n(b) (static_w
// / x + dynamic_w x^2), see edge/policy/policy.h.
struct edge_power {
	double static_w, dynamic_w;
	int n_freq;		     // 1 = the edge stays at its highest frequency
	double freq[EDGE_MAX_FREQS]; // ascending, the last is 1
};

// Of an online policy; unused by the others.
struct edge_online {
	double slot_s, offset_s; // decisions fall on model time offset + k slot, k = 0, 1, ...
	double deadline_scale_s, rate_scale_bps; // edge/online/slot.h
	char agent[PATH_MAX];			 // "" = none
	uint64_t topology_hash;			 // what the agent must fit
	int horizon_slots;
};

struct edge_config {
	uint32_t run_id;
	uint64_t seed; // of what is drawn where nothing is computed: who is sure of an answer
	int port, threads, max_batch, mtu;
	char policy[128], executor[32];
	char tcp[16];		   // congestion control
	char counters[PATH_MAX];   // of the radio links (mac/counters.h)
	double admission_window_s; // a round closes this long after its first request, or when every UE has
				   // asked; while a burst comes, this long after its next job could
				   // have
	bool shared_band;	   // UEs that upload at the same time share the rates above
	double guard_s; // planned reserve: uploads before their batch, results before their deadline
	struct batching batching;
	struct edge_power power;
	struct edge_online online;
	bool refuses; // a task that the policy does not admit ends; else all of it runs on its device
	bool outputs; // replay: the results sent back are those prepared for the inputs, not zeros
	int n_ues, n_networks, n_servers;
	// Networks that devices may run in place of a job's own, as indices into networks.
	int n_variants, variants[EDGE_MAX_VARIANTS];
	struct edge_ue *ues;
	struct edge_network *networks;
	struct edge_server *servers; // beyond the edge, which is server 0: servers[0] is server 1
};
