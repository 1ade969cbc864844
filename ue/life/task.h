// SPDX-License-Identifier: BSD-3-Clause
// The life of one task as a state machine without clock or socket, so that the emulated UE and the simulated
// one are the same code: requested -> planned -> computing -> uploading -> waiting for the result -> done.
#pragma once

#include "dnn/device.h"
#include "proto/message.h"
#include "ue/life/record.h"

// After the run's end a task may still need its deadline and some more; then it is cut short.
#define TASK_GRACE_S 2.0

enum task_state { TASK_IDLE, TASK_REQUESTED, TASK_COMPUTING, TASK_UPLOADED, TASK_ENDED };

// What a task needs to know of its network: sizes and work, not weights.
struct task_network {
	int n_subtasks;
	const double *work_flop; // [n_subtasks]
	const double *cut_bits;	 // [n_subtasks + 1]
};

// What the radio draws when it does not send.
struct task_radio {
	double receive_w, idle_w;
};

// The modem's totals (mac/counters.h).
struct task_airtime {
	int64_t up_ns, down_ns;
};

struct task {
	enum task_state state;
	struct task_record record;
	const struct task_network *network;
	const struct device *device;
	double tx_power_w;
	uint32_t batch;		   // the first one planned for it, as the plan's header says; 0 = none
	int64_t compute_end_ns;	   // while computing: when the modelled device is through
	int64_t airtime_before_ns; // the modem's uplink airtime when the upload began
	struct task_radio radio;
	int64_t taken_up_ns;
	struct task_airtime then; // when it was taken up
};

// A new task: the request to send is *request, in a message whose header carries ue, task and deadline.
void task_begin(struct task *t, const struct task_network *network, const struct device *device,
		double tx_power_w, uint32_t ue, uint32_t number, int64_t arrival_ns, int64_t deadline_ns);

// The radio's states are accounted for from now, when the UE takes the task up, ..
void task_take_up(struct task *t, const struct task_radio *radio, int64_t now_ns,
		  struct task_airtime airtime);
// .. until now, when the task has ended: receive_j and idle_j are there. What is neither sent nor received is
// idle; the two bands may be used at once, and then both count, and no idle time is negative.
void task_put_down(struct task *t, int64_t now_ns, struct task_airtime airtime);

// The edge's plan is here: local work starts at the planned instant, or now if that is past, and runs until
// t->compute_end_ns. -EPROTO when the plan does not fit the network or the device.
int task_planned(struct task *t, const struct message_plan *plan, int64_t now_ns, struct err *err);

// The modelled device is through. Returns true when the task must upload the tensor at record.cut now, false
// when it ran wholly on the device and has ended.
bool task_computed(struct task *t, int64_t now_ns, int64_t airtime_ns);

// The result is here; airtime_ns is the modem's uplink airtime now.
void task_answered(struct task *t, const struct message_result *result, int64_t now_ns, int64_t airtime_ns);

// The task cannot go on: stages that did not happen are empty.
void task_abandon(struct task *t, enum task_outcome outcome, int64_t now_ns);
