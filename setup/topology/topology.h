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
#include "dnn/device.h"
#include "dnn/features.h"
#include "mac/grant/grant.h"
#include "mac/impairment.h"
#include "phy/antenna.h"
#include "phy/fading.h"
#include "phy/link_rate.h"
#include "phy/mobility.h"
#include "phy/path_loss.h"
#include "phy/trace/end.h"
#include "ue/life/arrival_trace.h"
#include "ue/life/arrivals.h"

#define TOPOLOGY_MAX_UES 65000
#define TOPOLOGY_MAX_SERVERS 7
#define TOPOLOGY_MAX_VARIANTS 7
#define TOPOLOGY_UNSET(value) ((value) != (value)) // an optional number that is not given is NaN

enum topology_executor {
	EXECUTOR_CPU,
	EXECUTOR_REPLAY,
	EXECUTOR_CUDA,
	EXECUTOR_CUDA_FP16
}; // as executor_backend()
enum topology_batching { BATCHING_PLANNED, BATCHING_SIZE, BATCHING_TIMER, BATCHING_DEADLINE, BATCHING_CORES };
enum topology_not_admitted { NOT_ADMITTED_REFUSE, NOT_ADMITTED_LOCAL };
enum topology_exits { EXITS_AS_PLANNED, EXITS_BY_CONFIDENCE };
enum topology_start { START_AS_PLANNED, START_READY };
enum topology_stragglers { STRAGGLERS_SERVE, STRAGGLERS_DROP };
enum topology_loop { LOOP_PPOLL, LOOP_POLL };
enum topology_shadowing { SHADOWING_NONE, SHADOWING_LOG_NORMAL, SHADOWING_3GPP };
enum topology_harq { HARQ_NONE, HARQ_FIXED, HARQ_RADIO };
enum topology_deadline_draw { DEADLINE_OF_UE, DEADLINE_OF_TASK };
enum topology_trace { UE_TRACE_NONE, UE_TRACE_DELIVERY, UE_TRACE_LINK };
enum topology_discipline { DISCIPLINE_DROP_TAIL, DISCIPLINE_CODEL };

enum topology_format { FORMAT_PCAP, FORMAT_PCAPNG };

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
	struct topology_range angle_range_deg;
	double loss; // probability
	int priority;
	double tx_power_w;
	struct {
		enum mobility_model kind;
		struct topology_range speed_range_mps, heading_range_deg;
		double area_m;
		int64_t pause_ns;
		double speed_mps, heading_deg; // drawn
	} mobility;
	struct {
		double efficiency, circuit_w, receive_w, idle_w;
	} radio;
	struct {
		enum topology_trace kind;
		char uplink[256], downlink[256]; // "" = the radio
		enum trace_end end;
		int64_t start_ns; // the trace's time at which the run begins
	} trace;
	char network[256]; // a reference as dnn/network.h reads it
	enum features features;
	double accuracy; // that results need, 0..1; 0 = any
	int input_bytes; // in which an input travels; 0 = as its sensor gives it
	int open_tasks;
	struct {
		double f_min_flops, f_max_flops;
		double power_max_w; // at f_max: kappa = power_max_w / f_max^3
	} device;
	struct {
		enum arrivals_kind kind;
		int64_t period_ns;
		double rate_per_s;
		int burst; // tasks at each instant
		int count; // 0 = unlimited
		int64_t jitter_ns;
		double probability;
		char trace[256];	    // "" = none
		int64_t start_ns;	    // the trace's time at which the run begins
		const struct arrival *rows; // [n_rows] of the trace: this UE's, in topology.traces
		size_t n_rows;
	} arrivals;
	struct {
		double rate_bps; // UDP payload bits; 0 = no traffic
		int size_bytes;	 // UDP payload
	} traffic;
	struct topology_range deadline_range_s;
	enum topology_deadline_draw deadline_draw;

	// Filled by topology_resolve:
	double distance_m; // drawn uniformly over the AREA of the annulus (d = sqrt(U[low^2, high^2])); NaN
			   // with a gain
	double angle_deg;
	int64_t deadline_ns; // relative to the task's arrival, drawn uniformly; where each task has its own,
			     // the longest possible
	bool capture;
};

// A server behind a WAN. In topology.server[] everything is final.
struct topology_server {
	char name[32]; // "" in what is given: its place in the list, "server1"
	int cores;
	double speed;	   // relative to its profile
	char profile[256]; // "" = the edge's
	struct {
		double rate_bps; // NaN = not given
		int64_t delay_ns, jitter_ns;
		double loss; // probability
	} wan;
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
		bool draw_los;
		double base_height_m, ue_height_m; // NaN = the standard's
		int64_t gain_interval_ns;
		enum grant_strategy grant;
		int64_t tti_ns;
		double fair_window; // turns
		enum topology_discipline queue_discipline;
		struct topology_subnet subnet;
		int mtu; // bytes
		char tcp[16];
		struct {
			enum topology_shadowing kind;
			double sigma_db, decorrelation_m;
		} shadowing;
		struct {
			enum fading_model kind;
			double k; // ratio
			int64_t coherence_ns;
			double speed_mps;
		} fading;
		struct {
			enum antenna_model kind;
			double gain_db, azimuth_deg, downtilt_deg, ue_gain_db;
		} antenna;
		struct {
			char gain[256], waypoints[256]; // "" = none
			enum trace_end end;
			int64_t start_ns;
		} trace;
		struct {
			enum link_rate_model kind;
			double gap_db; // NaN = the model's default
			enum mcs_table table;
			double spacing_hz;
			double overhead; // NaN = the standard's, by direction
			double target_bler;
		} rate;
		struct {
			enum topology_harq kind;
			double bler, soft_factor, soft_gain_db;
			int max;
			int64_t round_trip_ns;
		} harq;
		struct {
			double p, r, good_loss, bad_loss;
		} bursts;
		struct {
			enum jitter_kind kind;
			int64_t mean_ns, spread_ns;
		} jitter;
		struct {
			int64_t target_ns, interval_ns;
		} codel;
	} cell;
	struct {
		enum topology_executor executor;
		char profile[256]; // "" = none
		int threads;
		int max_batch;
		int cores;
		int64_t admission_window_ns;
		int64_t guard_ns;
		enum topology_not_admitted not_admitted;
		enum topology_exits exits;
		struct {
			enum topology_batching mode;
			enum topology_start start;
			enum topology_stragglers stragglers;
			int size;
			int64_t timer_ns;
		} batching;
		double frequency_min; // relative
		int frequency_steps;
		struct {
			double static_w, dynamic_w;
		} power;
		bool verify;
		int port;
	} edge;
	struct {
		int64_t slot_ns, offset_ns;
		char agent[256];	   // "" = none
		int64_t deadline_scale_ns; // 0 = the longest deadline
		double rate_scale_bps;
		int horizon_slots;
	} online;
	struct {
		int episodes, slots; // slots of each episode
		int hidden;
		double actor_rate, critic_rate, gamma, tau;
		int batch, replay, warmup;
		double noise_first, noise_last;
		bool td3;
		double target_noise, target_noise_limit;
		int policy_delay;
		double task_credit;
		int validation, save_every; // episodes
	} train;
	struct {
		enum topology_loop loop;
		int64_t spin_guard_ns;
		double spin_share;
		int cpu; // -1 = any
		int64_t interval_ns;
	} shaper;
	struct {
		struct topology_points points;
		int snaplen; // bytes
		enum topology_format format;
		char filter[256];     // "" = every packet
		int64_t rotate_bytes; // 0 = one file
	} capture;
	struct {
		int inputs;
		int64_t seed;
	} samples;

	char variants[2048]; // networks that devices may run in place of a task's own; "" = none

	int n_ues;
	struct topology_ue *ue;	   // [n_ues], owned
	struct topology_ue common; // what stands directly under `ues`: ranges not drawn

	int n_servers; // beyond the edge
	struct topology_server server[TOPOLOGY_MAX_SERVERS];
	struct topology_server common_server; // what stands directly under `servers`

	struct arrival_trace **traces; // [n_traces] owned
	int n_traces;
	struct topology_source *source; // private: where each value came from, the UE list's entries
};

// What a topology is loaded for: whether its policy decides, and whether agents are trained.
enum topology_purpose {
	TOPOLOGY_FOR_ANY,
	TOPOLOGY_FOR_RUN,     // in real or virtual time
	TOPOLOGY_FOR_PLAN,    // policies are named beside the topology
	TOPOLOGY_FOR_TRAINING // likewise, and for evaluation
};

struct topology_options {
	const char *const *policies; // NULL-terminated allowed names, outside policies aside; NULL = any.
				     // Must outlive the topology.
	const char *const *networks; // likewise
	// NULL-terminated overrides "path=value" (cell.bandwidth=5MHz, ue3.gain=-95dB); of several for one
	// key the last wins; NULL = none. A smaller ues.count than the file's list keeps the first UEs.
	const char *const *set;
	const char *const *fixed; // likewise and before, in place of what the file says: keys that some
				  // value of `set` may leave without effect
	enum topology_purpose purpose;
};

// Reads the file, applies options->set (options may be NULL) and resolves. 0, or a negative errno and a
// sentence that starts with file:line:column. The caller frees with topology_free.
int topology_load(struct topology **out, const char *path, const struct topology_options *options,
		  struct err *err);

// As topology_load from memory; `name` stands for the file in errors and gives the default of the key `name`.
int topology_load_text(struct topology **out, const char *name, const char *text, size_t size,
		       const struct topology_options *options, struct err *err);

void topology_free(struct topology *t);

// Fills ue[] from the common attributes and the list, draws distances and deadlines (streams RNG_PLACEMENT
// and RNG_DEADLINE of seed and run, index = UE from 0) and checks what concerns several keys at once.
int topology_resolve(struct topology *t, struct err *err);

// The i-th of the variants, from 0: false when there is none.
bool topology_variant(const struct topology *t, int i, char *name, size_t size);

// The modelled processor of a UE.
struct device topology_device(const struct topology_ue *ue);

// Starts the sentence in *err with where ue[i] got its value of a key: path, line and column, or the path
// alone where no line gives it. Returns rc.
int topology_blame_ue(const struct topology *t, int i, const char *path, int rc, struct err *err);

// When the tasks of ue[ue] arise and how long they may take. Its trace stays the topology's.
struct arrivals topology_arrivals(const struct topology *t, int ue);

// What counts as 1 in an agent's observation: online.deadline_scale, or the longest deadline.
int64_t topology_deadline_scale_ns(const struct topology *t);

// Whether recorded links of this kind stand in place of the UE's uplink, its downlink, or (both true) both.
static inline bool topology_follows(const struct topology_ue *u, enum topology_trace kind, bool uplink,
				    bool downlink)
{
	return u->trace.kind == kind && (!uplink || u->trace.uplink[0]) &&
	       (!downlink || u->trace.downlink[0]);
}

// What the names of its captures end in.
static inline const char *topology_capture_suffix(const struct topology *t)
{
	return t->capture.format == FORMAT_PCAPNG ? "pcapng" : "pcap";
}

// One key of the file, for people. The strings live until the call returns, `words` for ever.
struct topology_key {
	const char *path;     // "cell.bandwidth"
	const char *leaf;     // "bandwidth"
	const char *preset;   // the default; NULL = not given
	const char *doc;      // what it means
	const char *accepted; // what it takes, with unit and range
	const char
	    *needs; // "cell.fading.kind rician or jakes": without which it has no effect; "" = it always has
	const char *const *words; // all it takes, NULL-terminated; NULL = not a choice
	const char *item;	  // "ue", "server": also as "ueN.<path after ues.>"; NULL = not
};

// Calls section for each section of the file ("" = its top) and key for each of its keys.
struct topology_reader {
	void (*section)(const char *path, const char *doc, void *user); // may be NULL
	void (*key)(const struct topology_key *key, void *user);
	void *user;
};
void topology_each_key(const struct topology_reader *reader);

// How the file and its overrides are written, in one sentence or two.
extern const char topology_help_intro[];

// Prints every key with default, unit, range and meaning, by section.
void topology_print_help(FILE *out);

// The resolved configuration: nested as the file is, numbers in SI units named by suffix ("bandwidth_hz"),
// ranges as [low, high], what is not given as null, ues.list with every UE's drawn values. NULL when out of
// memory; the caller owns the reference.
json_t *topology_to_json(const struct topology *t);

// The same before anything is drawn: what the file and its overrides say, with every default, and below
// "ue3" what they say of that UE alone (also when ues.count leaves it out). Runs whose copies differ in seed
// and run only are repetitions of one experiment.
json_t *topology_given_to_json(const struct topology *t);

// The path of a key in the latter: "cell.bandwidth_hz" of "cell.bandwidth", "ue3.gain_db" of "ue3.gain".
// -EINVAL when there is no such key (si gets the path as it is).
int topology_si_path(const char *path, char *si, size_t size);

// What such a path ends in beside the key's own name: "_hz", or "".
const char *topology_si_suffix(const char *si);

// A value at such a path as people write it: "5 MHz", "20 m..100 m".
void topology_si_text(const char *si, const json_t *value, char *text, size_t size);
