// SPDX-License-Identifier: BSD-3-Clause
// A problem of orchestration as a JSON file: variants of a network, users, an edge and a cloud.
//
// {"problem": "orchestration", "threshold": least mean accuracy, null = none; "decision_s",
//  "models": [{"name", "accuracy", "device_s", "edge_s", "cloud_s"}, ...]    1 to 8; servers run the first
//  one, so
//                                                      the others need no edge_s and cloud_s
//  "users": [{"up_bps", "down_bps", "delay_s" (one way), "input_bits", "reply_bits",
//             and, when not 0: "device_busy_s"}, ...]                        1 to 8
//  "edge": {"cores", "busy_s": [until when each core is taken]},
//  "cloud": {"cores", "busy_s", "wan_delay_s" (one way), "wan_bps"}}
//
// What follows from it says edge/policy/orchestration/model.h. Strict, as tools/plan/instance.h.
#pragma once

#include "edge/policy/orchestration/table.h"
#include "tools/plan/field.h"

struct orchestration {
	struct orch_problem problem;
	struct orch_user users[ORCH_TABLE_USERS];
	char names[ORCH_MAX_VARIANTS][32]; // of the models
};

// Reads the document into *out, whose problem then points to its users: do not copy it. 0, or -EINVAL with
// the field's path and what would be right (in document->err); a threshold that no choice meets is refused,
// too.
int orchestration_read(struct orchestration *out, const struct field *document);
