// SPDX-License-Identifier: BSD-3-Clause
// A further server's whole story, as edge/desk/desk.h is the edge's: a job's plan and tensor come over the
// WAN, the job runs on one of its cores, first come first served (edge/desk/batcher.h, on cores), and the
// result goes back. Pure; it decides nothing: that is the edge's business. Its host hands in events, and
// after each takes the actions:
//
//   station_message(s, &header, body, now_ns, &err);    or station_ended, station_run
//   while (station_next(s, &action))
//           do what the action says;
//
// Who runs here is sure of its result: a UE that is lost meanwhile is the edge's matter.
#pragma once

#include "edge/desk/batch_record.h"
#include "edge/desk/round.h"

struct station;

enum station_action_kind {
	STATION_START_BATCH, // batch: run it, and say when it has ended
	STATION_NOTE_BATCH,  // record: a batch has ended
	STATION_SEND_RESULT, // header, result: send them to the edge, with result.n_values values behind
};

// What an action points to can be read until the next event.
struct station_action {
	enum station_action_kind kind;
	const struct batch *batch;
	const struct batch_record *record;
	struct message_header header;
	struct message_result result;
};

// server: from 1, one of config->servers. networks: what it points to outlives the station; the tables of
// this server are its F_n(b). 0, or a negative errno with a sentence. The caller frees with station_close.
int station_open(struct station **out, int server, const struct edge_config *config,
		 const struct round_networks *networks, struct err *err);
void station_close(struct station *s); // NULL is allowed

// A plan or a tensor from the edge. -EPROTO with a sentence for what no edge sends: an unknown UE, a plan
// twice or for another server, a tensor without its plan; -ENOMEM. Then nothing has changed.
int station_message(struct station *s, const struct message_header *header, const uint8_t *body,
		    int64_t now_ns, struct err *err);

// Starts what may start now.
void station_run(struct station *s, int64_t now_ns);

// A batch that STATION_START_BATCH has started; times->end_ns counts as its end. -EINVAL: it does not run.
int station_ended(struct station *s, uint32_t batch, const struct batch_times *times, struct err *err);

bool station_next(struct station *s, struct station_action *action);

// A batch under way; NULL = it does not run.
const struct batch *station_batch(const struct station *s, uint32_t id);

bool station_idle(const struct station *s); // no job is here

struct server_record station_totals(const struct station *s);
