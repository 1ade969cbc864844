// SPDX-License-Identifier: BSD-3-Clause
// The networks of the offline experiments, as planning sees them: sizes, work, batch times, and the device
// they are put on.
//
// Both are built-in networks (dnn/network.h). MobileNet-V2's batch times are the stated GPU model, or a measured
// profile; 3DSSD's are STATED (c_n + beta_n b, chosen to fit public run times). The distances between 3DSSD's
// points are left out of its work: how many are computed differs between implementations.
//
// Feature precision scales the tensors between sub-tasks (32, 16 or 8 bits a value); the input stays as its
// sensor gives it (uint8 pixels, fp32 points). Whether a network still infers well at 8 bits is not asked
// here.
#pragma once

#include <stdbool.h>
#include "edge/policy/policy.h"

enum experiment_network_name { NETWORK_MOBILENET_V2, NETWORK_3DSSD, EXPERIMENT_NETWORKS };

struct experiment_network {
	struct snapshot_network seen;
	struct device device;	 // the default UE of the experiments for this network
	char batch_times[320];	 // where F_n(b) comes from
	bool batch_times_stated; // not measured
	double *storage;	 // private
};

// profile: F_n(b) of MobileNet-V2 from that CSV or stated model (NULL: "mobilenet-v2-gpu-model"); medians
// count. -EINVAL for 3DSSD with a profile or for a precision that is not 32, 16 or 8.
int experiment_network_open(struct experiment_network *out, enum experiment_network_name name,
			    int feature_bits, const char *profile, struct err *err);
void experiment_network_close(struct experiment_network *network);

// "mobilenet-v2", "3dssd"
const char *experiment_network_text(enum experiment_network_name name);

// sum over n of F_n(b): how long the GPU takes for b whole inputs.
double experiment_network_run_s(const struct snapshot_network *net, int b);
