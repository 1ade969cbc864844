// SPDX-License-Identifier: BSD-3-Clause
// Whose time it was: what of each stage of a task the host added, apart from the radio and the plan. Pure.
//
//   plan    the local work began later than planned: at most what planning, the answer's way and the UE's
//   socket
//           took beyond what the model explains
//   local   the UE woke late from its computing
//   upload  from its first byte on, the time in which nothing of the UE was on the link (TCP's pauses, late
//           packets, late reading)
//   batch   the debt of its last batch (edge/process/punctual.h), which what it waited for is in
//   result  the time in which nothing of the result was on the link, and what the edge took to send it
// Where the radio lost packets of a message, TCP's waiting for them is the radio's, and that stage's part is
// 0.
//
// Their sum bounds what the host did to the task from above: the debt begins with the upload's part, so the
// larger of both counts; what a planned start absorbed still counts before it.
#pragma once

#include "edge/desk/record.h"
#include "ue/life/record.h"

//
// Of a task that was dropped the parts are what had been added until then. It was dropped for the host's
// reasons when they add up to at least what the link would still have needed for the tensor.

// Fills task->host_ns, host_total_ns and dropped_by_host. job: the edge's part, NULL when it is not known.
void attribute_task(struct task_record *task, const struct job_record *job);

// Whether the radio lost nothing of the upload (of the result): only then its part says something of TCP.
bool attribution_is_whole(const struct task_record *task, const struct job_record *job,
			  enum task_stage stage);

// The stage in which the host added most.
enum task_stage attribution_stage(const struct task_record *task);
