// SPDX-License-Identifier: BSD-3-Clause
// trace.json of a run: open it at https://ui.perfetto.dev or chrome://tracing. Written record by record; what
// is kept is one link record a UE and one instant a line of batches, however long the run.
//
//   process "ue N"    track "task N"   slices: the task, and nested in it plan, compute, upload, wait, batch,
//                                      result, of a UE that has one task at a time
//                     of a UE that may have several: track "tasks" (async), each from arrival to result;
//                     tracks
//                                      "device", "uplink" and "downlink": whose turn it is on each
//                     track "queue"    slices (async): from a task's arrival until the one before is through.
//                                      queue and plan together are the stage plan of tasks.csv
//                     track "deadlines" marks: each deadline, and when a task that missed it was through
//                     counters         gain, SNR, rates, queues (links.csv)
//   process "radio"   slices (async)   whose upload or result is on the air; counters: each UE's share of the
//                                      airtime since the record before
//   process "edge"    track "policy"   slices: a round's decision and how long it took
//                     track "executor" slices: batches with their members; more lines where batches share the
//                                      GPU, or have cores
//   process NAME      track "executor" likewise of a further server
// An arrow leads from each upload through the task's batches to its result.
#pragma once

#include "edge/desk/record.h"
#include "edge/policy/policy.h"
#include "mac/link_record.h"
#include "ue/life/record.h"

struct timeline;

// Creates `path`. 0, or a negative errno with a sentence.
int timeline_open(struct timeline **out, const char *path, int n_ues, struct err *err);

// The instant that is 0 in the trace; before the first record.
void timeline_set_epoch(struct timeline *t, int64_t epoch_ns);

// Server 1, 2, .. is called so; before its first batch.
void timeline_name_server(struct timeline *t, uint32_t server, const char *name);

// The UE may have several tasks open at once; before its first record.
void timeline_open_several(struct timeline *t, uint32_t ue);

// Tasks of a UE in the order of their ends; batches in the order of theirs; the rest in the order of time.
void timeline_task(struct timeline *t, const struct task_record *task);
void timeline_batch(struct timeline *t, const struct batch_record *batch);
// Likewise, with the sub-task's name; "" = its number.
void timeline_batch_named(struct timeline *t, const struct batch_record *batch, const char *subtask);
void timeline_round(struct timeline *t, const struct round_record *round);
void timeline_link(struct timeline *t, const struct link_record *link);

// Ends and frees it (NULL is allowed); -EIO when something could not be written.
int timeline_close(struct timeline *t);
