// SPDX-License-Identifier: BSD-3-Clause
// What the edge's process keeps of a job while it is open (desk_job.host): where its tensors lie, and how
// late it is for this host's reasons.
#pragma once

#include "dnn/network.h"
#include "dnn/samples.h"
#include "edge/desk/desk.h"
#include "edge/process/rows.h"
#include "proto/stream.h"

struct hosted {
	const struct desk_job *job;
	const struct network *network;
	enum features features; // of its upload
	struct rows *rows;	// where its tensors lie, NULL = it runs on its device
	int row;
	int64_t ready_ns; // when the input of its present sub-task was there
	int64_t debt_ns;  // how late it is for the host's reasons (edge/process/punctual.h)
	struct job_record record;
	// Of its uplink when the plan left (mac/counters.h).
	int64_t present_ns;
	uint64_t lost, bytes;
};

static inline struct hosted *hosted_of(const struct desk_job *job)
{
	return job->host;
}

// A job that was planned: rows (taken over) and row hold its tensors. NULL with errno.
struct hosted *hosted_new(struct desk_job *job, const struct network *network, enum features features,
			  struct rows *rows, int row);
void hosted_free(struct desk_job *job); // and its row; a job without is allowed

// The tensor of the planned cut: checked against the plan and decoded into its row.
int hosted_receive(const struct desk_job *job, const struct message_header *header, struct stream *stream,
		   struct err *err);

// Its tensors lie in another row from now on (taken over).
void hosted_move(struct hosted *h, struct rows *rows, int row);

// The result's values: what the batches, or the head of its exit, have computed, or, where `replayed`, what
// was prepared for the task (zeros of the same size when nothing was: NULL).
const float *hosted_result(const struct desk_job *job, bool replayed, const struct samples *prepared);
