// SPDX-License-Identifier: BSD-3-Clause
// The stages of one task, without clock or socket: requested -> planned -> computed -> sent -> done. When it
// has the device and the uplink is for ue/life/life.h to say.
#pragma once

#include "dnn/device.h"
#include "proto/message.h"
#include "ue/life/radio.h"
#include "ue/life/record.h"

enum task_state {
	TASK_IDLE,	// no task
	TASK_REQUESTED, // waits for its plan
	TASK_PLANNED,	// waits for its start, or computes
	TASK_COMPUTED,	// waits for the uplink
	TASK_SENDING,	// its tensor has the uplink
	TASK_SENT,	// waits for its result
	TASK_ENDED,
};

// What a task needs to know of its network: sizes and work, not weights.
struct task_network {
	int n_subtasks;
	const double *work_flop; // [n_subtasks]
	const double *cut_bits;	 // [n_subtasks + 1]
	const uint8_t *tensors;	 // [n_subtasks + 1] as a message's header says of a cut; NULL = 0 at each
};

struct task {
	enum task_state state;
	struct task_record record;
	const struct task_network *network;
	const struct device *device;
	double tx_power_w;
	uint32_t batch;		  // the first one planned for it, as the plan's header says; 0 = none
	int64_t planned_start_ns; // of its local part
	int64_t earliest_ns;	  // the planned start, or when the plan was here
	bool has_device;	  // or is the next to have it
	int64_t compute_end_ns;	  // then: when the device is through
	bool has_values;	  // its result's values are of its own input (message_result.computed)
	struct radio_mark radio;
	struct task *behind; // in its line (ue/life/line.h)
};

// A new task: the request to send is for a message whose header carries ue, task and deadline.
void task_begin(struct task *t, const struct task_network *network, const struct device *device,
		double tx_power_w, uint32_t ue, uint32_t number, int64_t arrival_ns, int64_t deadline_ns);

// The edge's plan is here: local work may start at the planned instant, or now if that is past. -EPROTO when
// the plan does not fit the network or the device; then the task is as it was.
int task_planned(struct task *t, const struct message_plan *plan, int64_t now_ns, struct err *err);

// The plan that is here does not admit it: what the record says of that.
void task_refused(struct task *t, const struct message_plan *plan);

// It has the device from free_ns on: it computes from then, or from its start if that is later, until
// t->compute_end_ns.
void task_take_device(struct task *t, int64_t free_ns);
// Another goes before it: it has not begun.
void task_leave_device(struct task *t);

// The modelled device is through. Returns true when the task must upload the tensor at record.cut, false when
// it ran wholly on the device and has ended.
bool task_computed(struct task *t, int64_t now_ns);

// The result is here; airtime_ns is its part of the modem's uplink airtime.
void task_answered(struct task *t, const struct message_result *result, int64_t now_ns, int64_t airtime_ns);

// The task cannot go on: stages that did not happen are empty.
void task_abandon(struct task *t, enum task_outcome outcome, int64_t now_ns);
