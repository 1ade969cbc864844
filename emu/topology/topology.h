// SPDX-License-Identifier: BSD-3-Clause
// The topology file: one strict YAML file says everything about a run. One table (schema.c) parses it, holds
// every default and range, prints `airbatch help topology`, takes `--set` overrides and writes the
// configuration as JSON. Unknown or repeated keys, missing units, values out of range, anchors, aliases and
// tags are refused with file:line:column and what would be right. This room runs nothing and knows no policy,
// network or executor.
//
// Times are nanoseconds; every other field carries its unit in its name. UEs are numbered from 1 for people
// ("ue1" is ue[0]).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <jansson.h>
#include "base/err.h"
#include "phy/path_loss.h"
#include "ue/source.h"

#define TOPOLOGY_MAX_UES 1000
#define TOPOLOGY_UNSET(value) ((value) != (value)) // an optional number that is not given is NaN

enum topology_executor { EXECUTOR_CPU, EXECUTOR_REPLAY };
enum topology_loop { LOOP_PPOLL, LOOP_POLL };
enum topology_hugepages { HUGEPAGES_AUTO, HUGEPAGES_NEVER, HUGEPAGES_ALWAYS };

// `20m..100m`, or one value with low = high.
struct topology_range {
	double low, high;
};

struct topology_subnet {
	uint32_t base; // network address, host byte order
	int prefix;    // bits
};

// Where frames are captured: any of the radio link, the edge and single UEs.
struct topology_points {
	bool radio, edge;
	bool all;				// everything, however many UEs there are
	uint8_t ue[(TOPOLOGY_MAX_UES + 7) / 8]; // bit i: ue[i]
};

// One UE. In topology.ue[] everything is drawn and final.
struct topology_ue {
	struct topology_range distance_range_m; // NaN when the gain is given
	double gain_db; // NaN when the distance is given: exactly one of the two is set
	double tx_power_w;
	char network[32];
	struct {
		double f_min_flops, f_max_flops;
		double power_max_w; // at f_max: kappa = power_max_w / f_max^3
	} device;
	struct {
		enum arrivals_kind kind;
		int64_t period_ns;
		double rate_per_s;
		int count; // 0 = unlimited
		int64_t jitter_ns;
	} arrivals;
	struct {
		double rate_bps; // UDP payload bits; 0 = no traffic
		int size_bytes;	 // UDP payload
	} traffic;
	struct topology_range deadline_range_s;

	// Filled by topology_resolve:
	double distance_m;   // drawn uniformly over the AREA of the annulus (d = sqrt(U[low^2, high^2])); NaN
			     // with a gain
	int64_t deadline_ns; // relative to the task's arrival; drawn uniformly, once for each UE
	bool capture;
};

struct topology {
	char name[64];
	int64_t seed, run;
	int64_t duration_ns;
	char policy[128]; // a listed name, or an outside policy: a path, or a name ending in .so
	struct {
		double bandwidth_hz;
		enum path_loss_model path_loss;
		double carrier_hz, exponent, reference_m;
		double noise_density_dbm_hz, noise_figure_db;
		int64_t delay_ns;
		int64_t queue_bytes;
		double downlink_power_w;
		struct topology_subnet subnet;
		int mtu; // bytes
		char tcp[16];
	} cell;
	struct {
		enum topology_executor executor;
		char profile[256]; // "" = none
		int threads;
		int max_batch;
		int64_t admission_window_ns;
		int64_t guard_ns;
		bool verify;
		int port;
	} edge;
	struct {
		enum topology_loop loop;
		int64_t spin_guard_ns;
		int cpu; // -1 = any
		int64_t interval_ns;
		enum topology_hugepages hugepages;
	} shaper;
	struct {
		struct topology_points points;
		int snaplen; // bytes
	} capture;
	struct {
		int inputs;
		int64_t seed;
	} samples;

	int n_ues;
	struct topology_ue *ue;	   // [n_ues], owned
	struct topology_ue common; // what stands directly under `ues`: ranges not drawn

	struct topology_source *source; // private: where each value came from, the UE list's entries
};

struct topology_options {
	const char *const *policies; // NULL-terminated allowed names, outside policies aside; NULL = any. Must outlive the topology.
	const char *const *networks; // likewise
	const char *const *set;	     // NULL-terminated overrides "path=value", applied in turn; NULL = none
};

// Reads the file, applies options->set (options may be NULL) and resolves. 0, or a negative errno and a
// sentence that starts with file:line:column. The caller frees with topology_free.
int topology_load(struct topology **out, const char *path, const struct topology_options *options,
		  struct err *err);

// As topology_load from memory; `name` stands for the file in errors and gives the default of the key `name`.
int topology_load_text(struct topology **out, const char *name, const char *text, size_t size,
		       const struct topology_options *options, struct err *err);

void topology_free(struct topology *t);

// Overrides one value: "cell.bandwidth", "ues.count", "ue3.gain", ... Call topology_resolve when all are set.
// A smaller ues.count than the file's list keeps the first UEs.
int topology_set(struct topology *t, const char *path, const char *value, struct err *err);

// Fills ue[] from the common attributes and the list, draws distances and deadlines (streams RNG_PLACEMENT
// and RNG_DEADLINE of seed and run, index = UE from 0) and checks what concerns several keys at once.
int topology_resolve(struct topology *t, struct err *err);

// Prints every key with default, unit, range and meaning, by section.
void topology_print_help(FILE *out);

// The resolved configuration: nested as the file is, numbers in SI units named by suffix ("bandwidth_hz"),
// ranges as [low, high], what is not given as null, ues.list with every UE's drawn values. NULL when out of
// memory; the caller owns the reference.
json_t *topology_to_json(const struct topology *t);
