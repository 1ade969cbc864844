// SPDX-License-Identifier: BSD-3-Clause
// From a topology to what each part of a run is told, once: `airbatch run` writes it into files, `sim`,
// `plan` and `train` use it as it is. Rates, features, power, batching and the settings of online policies
// come from here alone.
#pragma once

#include "setup/edge_config.h"
#include "setup/prepare.h"
#include "setup/radio.h"
#include "setup/shaper_config.h"
#include "setup/ue_config.h"

struct resolved {
	const struct topology *topology; // must outlive it
	struct assembly_config cell;
	struct ue_radio *radio;	 // [n_ues] what the cell gives at the start
	struct edge_config edge; // of all UEs and networks; paths: see resolved_edge_files
};

// 0 with *r for the caller to resolved_free, or a negative errno with a sentence: a radio that does not work,
// as ue_radios says, or no memory. Files are not read but for traces.
int resolve(struct resolved *r, const struct topology *t, struct err *err);

// Likewise around a cell that is there: assembly_config_of, and changed since. The cell is taken over,
// whatever comes of it.
int resolve_around(struct resolved *r, const struct topology *t, const struct assembly_config *cell,
		   struct err *err);
void resolved_free(struct resolved *r); // of one that is all zero, too

// What ue[i] is told. Its trace is the topology's; run_id, paths and the edge's address are not there yet.
void resolved_ue(struct ue_config *out, const struct resolved *r, int i);

// ---- of an emulation: where files are, and who is called what. directory: the run's.

// Fills in the run and the paths. -ENAMETOOLONG never: a path beyond PATH_MAX is cut, and not found.
void resolved_edge_files(struct edge_config *edge, const struct prepared *p, const char *directory,
			 uint32_t run_id);
void resolved_ue_files(struct ue_config *ue, const struct resolved *r, int i, const struct prepared *p,
		       const char *directory, uint32_t run_id);

// All that the shaper is told. 0 with *out for the caller to shaper_config_free, or -ENOMEM.
int resolved_shaper(struct shaper_config *out, const struct resolved *r, const char *directory,
		    struct err *err);

// DIR/profile-<network>.csv
void resolved_profile_path(char *path, size_t size, const struct prepared *p, int network,
			   const char *directory);
