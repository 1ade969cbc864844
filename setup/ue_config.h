// SPDX-License-Identifier: BSD-3-Clause
// What one airbatch-ue is told, and as a file by one table. `airbatch help config` prints it.
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "dnn/device.h"
#include "dnn/features.h"
#include "dnn/network.h"
#include "setup/fields/fields.h"
#include "ue/life/arrivals.h"

struct life_config;

struct ue_config {
	uint32_t ue, run_id; // ue: from 1
	uint64_t seed, run;
	char edge_address[64];
	int edge_port;
	char tcp[16];			     // congestion control
	char network[NETWORK_REFERENCE_MAX]; // a reference, see dnn/network.h
	uint64_t weight_seed;
	enum features features;	 // of what it uploads
	double least_accuracy;	 // that its results must have; 0 = any
	double check_tolerance;	 // of results, relative to the largest value: the edge's executor's
	char samples[PATH_MAX];	 // dnn/samples.h
	char counters[PATH_MAX]; // mac/counters.h
	int open_tasks;		 // the most at once
	struct device device;
	double tx_power_w, receive_power_w, idle_power_w; // tx: drawn while it sends
	struct arrivals arrivals; // of ue_config_load: its trace is owned; of resolve: the topology's
	struct {
		double rate_bps; // of UDP payload; 0 = no traffic
		int size_bytes;
		double linger_s; // after the run's end: the last datagrams are under way
		bool realtime;	 // go before tasks of the normal kind (base/priority.h)
	} traffic;
};

extern const struct config_table ue_config_table;

// 0, or a negative errno with a sentence (setup/fields/fields.h). The caller ends with ue_config_free.
int ue_config_load(struct ue_config *c, const char *path, struct err *err);
void ue_config_free(struct ue_config *c);

// The part of it that a UE's life is made of, in both hosts. What the host knows of network and samples is
// not there yet.
struct life_config ue_life_config(const struct ue_config *c);
