// SPDX-License-Identifier: BSD-3-Clause
// A network and its profile as policies see them: what the edge, and whoever plans in its stead, put into
// snapshots.
#pragma once

#include "dnn/features.h"
#include "dnn/network.h"
#include "dnn/profile.h"
#include "edge/policy/policy.h"

// Work and sizes of `net`, batch times of `profile`: its 95th percentiles, so that bookings hold. batch_s
// stays the profile's, the rest is freed with served_network_free. *result_bytes: body of a result message.
// -EINVAL when the profile is of another network.
int served_network(struct snapshot_network *out, double *result_bytes, const struct network *net,
		   const struct profile *profile, struct err *err);
// A network that no server runs: as if one took time in proportion to its work, like `like` does of its own.
int served_variant(struct snapshot_network *out, double *result_bytes, const struct network *net,
		   const struct snapshot_network *like, struct err *err);

// [n_subtasks][served->max_batch] F_n(b) of a server that is speed times as fast as `of` says: a profile's
// p95_s or median_s. NULL = no memory; the caller frees it.
double *served_table(const struct snapshot_network *served, const struct profile *profile, const double *of,
		     double speed);

// [n_subtasks + 1] bits of the upload at each cut in that encoding: cut_bits is the first row, fp32's, of a
// table with one for each encoding.
static inline const double *served_upload_bits(const struct snapshot_network *served, enum features features)
{
	return served->cut_bits + (ptrdiff_t)features * (served->n_subtasks + 1);
}

void served_network_free(struct snapshot_network *served);
