// SPDX-License-Identifier: BSD-3-Clause
// A network and its profile as policies see them: what the edge, and whoever plans in its stead, put into
// snapshots.
#pragma once

#include "dnn/network.h"
#include "dnn/profile.h"
#include "edge/policy/policy.h"

// Work and sizes of `net`, batch times of `profile`: its 95th percentiles, so that slots hold. batch_s stays
// the profile's, the rest is freed with served_network_free. *result_bytes: body of a result message. -EINVAL
// when the profile is of another network.
int served_network(struct snapshot_network *out, double *result_bytes, const struct network *net,
		   const struct profile *profile, struct err *err);
void served_network_free(struct snapshot_network *served);
