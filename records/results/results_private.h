// SPDX-License-Identifier: BSD-3-Clause
// Shared by results.c (collecting) and summary.c, summary_tasks.c, summary_accuracy.c and
// summary_features.c (figures).
#pragma once

#include <limits.h>
#include "base/lateness.h"
#include "records/results/awaited.h"
#include "records/results/results.h"
#include "records/results/tables.h"
#include "records/timeline/timeline.h"
#include "records/watch/meter.h"

#define BATCH_SIZES (BATCH_MAX_MEMBERS + 1)

struct results {
	const struct topology *topology;
	const struct prepared *prepared; // names of networks; NULL = not known
	int64_t epoch_ns, epoch_wall_ns; // model time 0: CLOCK_MONOTONIC, CLOCK_REALTIME
	FILE *tasks_csv, *batches_csv, *members_csv, *links_csv, *rounds_csv;
	FILE *decisions_csv;	   // NULL until the first decision
	struct timeline *timeline; // trace.json
	char directory[PATH_MAX];
	struct task_record *tasks;
	size_t n_tasks, capacity_tasks;
	struct meter *meter; // of what is watched
	size_t n_batches, batch_members;
	size_t batches_of_size[BATCH_SIZES], batches_by_reason[BATCH_REASONS];
	struct accuracy_record accuracy;
	struct edge_record edge;
	bool has_accuracy, has_edge, is_virtual;
	struct server_record servers[TOPOLOGY_MAX_SERVERS]; // server 0 = nothing was told
	int64_t last_batch_ns;				    // when the last one ended
	struct packets_record *packets;			    // [n_ues]; ue 0 = no traffic
	struct link_span {
		struct link_record first, last; // from model time 0 on; t_ns 0 in last = none yet
	} * links;				// [n_ues]
	struct lateness *lateness;		// [HOST_STAGES]
	struct awaited *awaited; // [n_ues] tasks of which the UE's or the edge's part is not there yet
	json_t *notes, *losses, *refused,
	    *captures; // refused: those of the notes that make the run not valid
};

// By encoding, of the verified results of tensors from a cut in the middle: how far they lie from the exact
// ones.
json_t *features_json(const struct results *r);

// {"modelled", "overall": .., "exits": [..]}: of tasks done, what their networks and exits promise, and how
// many results name the class of their input. NULL: no memory.
json_t *class_accuracy_json(const struct results *r);

// Where tasks ran, and what was to do there: the devices, the edge and each further server. NULL where there
// is only an edge that batches.
json_t *nodes_json(const struct results *r);

// {"tasks": figures of all, "ues": [of each UE's], "stages": [...], where UEs may have several tasks open
// "bursts": [...]}; NULL: no memory.
json_t *task_figures_json(const struct results *r);
