// SPDX-License-Identifier: BSD-3-Clause
// One UE's connection and its task at the edge.
#pragma once

#include "dnn/network.h"
#include "dnn/samples.h"
#include "edge/desk/batcher.h"
#include "edge/online/slot.h"
#include "edge/desk/round.h"
#include "edge/process/rows.h"
#include "proto/stream.h"

enum session_state {
	SESSION_IDLE,	   // between tasks
	SESSION_REQUESTED, // waits for its round to close
	SESSION_PLANNED,   // answered; the tensor is to come
	SESSION_BATCHING,  // the tensor is here
};

struct session {
	struct batch_task batch; // first: a batch's members are sessions
	struct session *next;
	struct stream *stream;
	enum session_state state;
	int ue; // 0-based; -1 before the first request
	const struct network *network;
	enum features features;	      // of its tensors
	struct message_header header; // of the request
	struct round_request request;
	int64_t asked_ns;	     // when the request counts as come (edge/process/server.c)
	enum slot_verdict verdict;   // of the last slot's decision
	const struct policy *urgent; // of a request that cannot wait for its slot: plans it alone; else NULL
	struct message_plan plan;
	struct rows *rows; // where its tensors lie while it is at the edge, else NULL
	int row;
	int64_t upload_end_ns, batch_start_ns, batch_end_ns, batch_run_ns;
	uint32_t largest_batch, last_batch;
	struct job_record job; // of the task
	int64_t present_ns;    // of its uplink when the plan left
	uint64_t lost;	       // likewise
	int64_t debt_ns;       // how late it is for the host's reasons (edge/process/punctual.h)
	bool dead;	       // its UE is gone: freed when no batch runs with it
};

struct session *session_new(int fd); // takes the descriptor over; NULL with errno
void session_free(struct session *s);

// A request: checked against the run's UEs and networks. -EPROTO when it does not fit.
int session_request(struct session *s, const struct message_header *header, const uint8_t *body,
		    const struct edge_config *config, struct network *const *networks, struct err *err);

// The tensor of the planned cut: checked against the plan and decoded into its row.
int session_tensor(struct session *s, const struct message_header *header, int64_t now_ns, struct err *err);

// The round has planned s->plan: the task starts its life at the edge, as round_task makes it and in its row
// (taken over; NULL when it runs locally), before the batcher hears of it.
void session_begin(struct session *s, const struct batch_task *task, struct rows *rows, int row);

// Its tensors lie in another row from now on (taken over).
void session_move(struct session *s, struct rows *rows, int row);

// Sends the plan. A task that stays on the device leaves the session idle.
int session_answer(struct session *s, uint32_t first_batch, struct err *err);

// Sends the result and is idle again: what the batches have computed, or, where `replayed`, what was prepared
// for the task (zeros of the same size when nothing was: NULL).
int session_result(struct session *s, bool replayed, const struct samples *prepared, struct err *err);
