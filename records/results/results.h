// SPDX-License-Identifier: BSD-3-Clause
// What a run has measured: tasks.csv, batches.csv, members.csv, links.csv, rounds.csv, trace.json and (of an
// online policy) decisions.csv as the records come in, and the figures of summary.json.
#pragma once

#include <jansson.h>
#include "edge/desk/record.h"
#include "mac/link_record.h"
#include "proto/datagram.h"
#include "records/capture/capture_record.h"
#include "records/network_loss.h"
#include "records/shaper_record.h"
#include "records/watch/run_snapshot.h"
#include "setup/prepare.h"
#include "setup/topology/topology.h"
#include "ue/life/record.h"

struct results;

// Opens the tables in the run directory.
int results_open(struct results **out, const char *directory, const struct topology *t, struct err *err);
// The timeline calls sub-tasks by their names from now on; prepared must outlive the results.
void results_know_networks(struct results *r, const struct prepared *prepared);
void results_free(struct results *r);

// Model time 0 of the run, CLOCK_MONOTONIC.
void results_set_epoch(struct results *r, int64_t epoch_ns);
// The run is a simulation: model time 0 is instant 0 of every clock (1970 in captures), and there is no
// shaper.
void results_set_virtual(struct results *r);
void results_task(struct results *r, const struct task_record *task);
// The edge's part of a task; a task of the emulation waits for it (results_close_tables waits no longer).
void results_job(struct results *r, const struct job_record *job);
// A lateness record of a child (base/lateness.h).
void results_lateness(struct results *r, const void *body, uint32_t size);
void results_batch(struct results *r, const struct batch_record *batch);
void results_round(struct results *r, const struct round_record *round);
void results_decision(struct results *r, const struct decision_record *decision);
void results_links(struct results *r, const struct link_record *links, size_t n);
void results_accuracy(struct results *r, const struct accuracy_record *accuracy);
void results_edge(struct results *r, const struct edge_record *edge);
void results_server(struct results *r, const struct server_record *server);
void results_packets(struct results *r,
		     const struct packets_record *part); // the sender's or the receiver's part
void results_capture(struct results *r, const struct capture_record *capture);
void results_note(struct results *r, const char *text);
// Packets that the kernel lost beside the shaper (emu/netns/losses.h): one of the run's losses, and a note of
// it. Those on the testbed's own wires make the run not valid.
void results_loss(struct results *r, const struct network_loss *loss);
// A note of something that the topology asked for and did not get: it makes the run not valid.
void results_refused(struct results *r, const char *text);

// The run so far at this instant of its clock, for those who watch; the results' own, valid until the next
// call. left_s is NaN in virtual time.
struct run_snapshot *results_snapshot(struct results *r, int64_t now_ns);

// Brings what is written into the tables to where readers of the files see it.
void results_flush(struct results *r);

// Flushes the tables; a failed write (full disk) becomes a note and a sentence.
int results_close_tables(struct results *r, struct err *err);

// Everything measured, as the "results", "shaper", "edge", "valid" and "notes" of summary.json. The caller
// owns it.
json_t *results_to_json(const struct results *r);
