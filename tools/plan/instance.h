// SPDX-License-Identifier: BSD-3-Clause
// A planning problem of co-inference as a JSON file: one network, its batch times, the users, the servers. It
// is what `airbatch plan --instance` reads when the file names no other kind (problems/kinds.h).
//
// {"problem": "co-inference" (may be left out),
//  "network": {"input_bits": O_0, "subtasks": [{"flop": A_n, "output_bits": O_n, and if known "name"}, ...],
//              and, when told: "accuracy"; with early exits: "exits": [{"subtasks": how many run until then,
//              and, when told, "accuracy"}, ...]},
//  "profile_s": [[F_1(1), F_1(2), ...], ...]        seconds, one row per sub-task, all as long, not falling
//  "users": [{"rate_bps", "tx_power_w", "kappa", "f_min", "f_max" (FLOP/s), "deadline_s"
//             and, when not 0: "release_s", "uplink_delay_s", "downlink_s";
//             when its features are encoded: "upload_bits": [O_0, O_1, ...] in place of the network's;
//             a device with one frequency: "device_s": [time of no sub-task, of the first one, ...],
//             "device_w"; and, when not 0: "device_id", "least_accuracy", "snr", "power_to_noise_hz",
//             "reply_bits"}, ...],
//  "gpu_free_s": 0, and, when not 0: "guard_s", "band_hertz";
//  when it is taken again later: "busy_s": [[start, end], ...],
//  for J-DOB: "edge": {"freq_grid": [...], "static_w": .., "dynamic_w": ..}}
//
// Several servers, or an edge with cores: in place of "gpu_free_s", "busy_s" and "edge"
//
//  "servers": [{the edge}, {"name", "profile_s" (batch times of its own), "cores", "free_s", "busy_s",
//               "power": {"static_w", "dynamic_w", and "freq_grid" if it has one}, "wan_delay_s", "wan_bps"},
//              ...]                    each key optional; the edge has neither profile_s nor WAN
//
// Names mean what they mean in edge/policy/policy.h.
//
// Strict: unknown or repeated keys, missing ones, and numbers out of bounds are refused with the field's
// path.
#pragma once

#include "edge/policy/policy.h"
#include "tools/plan/names.h"

enum { INSTANCE_MAX_USERS = 10000, INSTANCE_MAX_BATCH = 4096 };

struct plan_instance;

// Reads a file ("-" for standard input). 0; -EINVAL with path ("f.json: users[3].deadline_s is 0: ...") or
// line, or what reading the file gave. The caller frees the instance.
int plan_instance_read(struct plan_instance **out, const char *path, struct err *err);
void plan_instance_free(struct plan_instance *instance);

// The same of a document that is read already; its err has no file name before the sentence.
struct field;
int plan_instance_read_document(struct plan_instance **out, const struct field *document);

// The problem; valid until the instance is freed.
const struct snapshot *plan_instance_snapshot(const struct plan_instance *instance);

// The name of a sub-task, "" when the file has none; instance is a struct plan_instance.
const char *plan_instance_subtask(const void *instance, int network, int subtask);

// Writes a snapshot of one network in this format. 0, or a negative errno with a sentence.
int plan_instance_write(const struct snapshot *snapshot, const char *path, struct err *err);
// Likewise, with the sub-tasks' names.
int plan_instance_write_named(const struct snapshot *snapshot, const struct plan_names *names,
			      const char *path, struct err *err);
