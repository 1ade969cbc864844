// SPDX-License-Identifier: BSD-3-Clause
// The prediction of every plan, however it was made: from what is decided (struct plan_job and struct
// plan_batch say which fields those are) to what follows under the model of policy.h.
//
// A device works through its jobs in their order; each upload begins when its local work is done and the
// device's uplink is free. A server behind a WAN takes transfers in the order in which uploads end. Batches
// start when the plan says so, whether or not their inputs are there: that is for plan_check to judge.
#pragma once

#include "edge/policy/policy.h"

// Puts the batches in order of start and fills everything that is predicted. The decisions' indices must be
// in range (plan_check_decisions). 0, or -ENOMEM with a sentence. O(M + batches), and O(M log M) for jobs
// that share a device or a WAN.
int plan_predict(const struct snapshot *snapshot, struct plan *plan, struct err *err);

// Uplink rate of user m with this grant; 0 = the snapshot's rate.
double predict_rate_bps(const struct snapshot *snapshot, int m, double hertz);
