// SPDX-License-Identifier: BSD-3-Clause
// What one airbatch-ue is told: a JSON file that the supervisor writes (docs/processes.md lists the keys).
#pragma once

#include <limits.h>
#include <stdint.h>
#include "base/err.h"
#include "dnn/device.h"
#include "dnn/features.h"
#include "dnn/network.h"
#include "ue/life/arrivals.h"

struct ue_config {
	uint32_t ue, run_id;
	uint64_t seed, run;
	char edge_address[64];
	int edge_port;
	char tcp[16];			     // congestion control
	char network[NETWORK_REFERENCE_MAX]; // a reference, see dnn/network.h
	uint64_t weight_seed;
	enum features features;	 // of what it uploads
	double check_tolerance;	 // of results, relative to the largest value: the edge's executor's
	char samples[PATH_MAX];	 // dnn/samples.h
	char counters[PATH_MAX]; // mac/counters.h
	struct device device;
	double tx_power_w, receive_power_w, idle_power_w;
	struct arrivals arrivals; // its trace is owned
	struct {
		double rate_bps; // of UDP payload; 0 = no traffic
		int size_bytes;
		double linger_s; // after the run's end: the last datagrams are under way
		int realtime;	 // go before tasks of the normal kind (base/priority.h)
	} traffic;
};

// Reads the file; an unknown or missing key is refused with its name.
int ue_config_load(struct ue_config *c, const char *path, struct err *err);
void ue_config_free(struct ue_config *c);
