// SPDX-License-Identifier: BSD-3-Clause
// The whole story of one UE: its tasks arise, ask the edge for a plan, compute their part on the device, send
// their tensor, take the result and close their record. A state machine without clock, socket, thread or
// file. Its hosts are airbatch-ue (ue/process: sockets and timers) and the simulator (virtual time). A host
// tells it what happens and when, and after each takes the actions that it left:
//
//   life_wake(l, moment);                     or life_start, life_message, life_handed, life_stop
//   while (life_next(l, &action))
//           do what the action says;
//
// The same events give the same actions, whichever host they come from.
//
// A UE has at most config.max_open tasks open. One that arises while there is no room waits in the UE, in
// order of arrival; its deadline runs from its arrival. A UE with room counts as idle for its arrivals
// (arrivals.h).
//
// Device and uplink work at the same time, each for one task after the other, in the order of ue/life/line.h:
//   device  A local part begins at its planned start, when its plan is here and when the one before it is
//           through, by the model's clock: a host that is late delays nobody else. It is not interrupted. A
//           task without local work does not wait for the device.
//   uplink  Of the tasks whose local part is done, the first in order sends its tensor; the next follows when
//           the host's transport has taken the last byte (life_handed). Requests go between tensors.
// So n tasks of one order that take f_i on the device and g_i on the uplink end sending at
// C_i = max(f_1 + .. + f_i, C_(i-1)) + g_i, a two-machine flow shop (Johnson 1954).
//
// A task that the plan does not admit runs on the device or ends at once as refused, as the plan says. One
// whose tensor came too late for its batch ends as dropped when the edge says so, wherever it is: a tensor
// that the transport has begun to send still has the uplink until life_handed.
//
// After the run's end a task may still need the longest deadline and LIFE_GRACE_S more; then it is cut short.
// Open tasks are found by looking at all of them: events cost O(max_open), and allocate nothing.
#pragma once

#include "dnn/features.h"
#include "ue/life/arrivals.h"
#include "ue/life/line.h"

#define LIFE_GRACE_S 2.0

struct life_config {
	uint32_t run_id, ue; // ue: from 1
	uint64_t seed, run;
	struct arrivals arrivals; // its trace must outlive the life
	int max_open;		  // tasks at once; >= 1
	uint32_t n_samples;	  // prepared inputs, in turn; >= 1
	const struct task_network *network;
	// [n_variants] that its device may run instead, as plans say.
	const struct task_network *const *variants;
	int n_variants;
	uint64_t network_hash;
	double least_accuracy; // that its results must have; 0 = any
	int64_t result_values; // of a result
	enum features features;
	struct device device;
	double tx_power_w, receive_power_w, idle_power_w;
};

enum life_action_kind {
	LIFE_REQUEST, // send the header and the body `request`
	LIFE_TENSOR,  // send the header and the task's tensor at record.cut; then life_handed
	LIFE_CLOSE,   // the task is over: its record is complete; valid until the next call of life_next
	LIFE_WAKE,    // call life_wake at at_ns; calls at other times do no harm
};

struct life_action {
	enum life_action_kind kind;
	struct task *task; // NULL: LIFE_WAKE
	int64_t at_ns;	   // LIFE_REQUEST: when it was due (the arrival, or when there was room for it)
	struct message_header header;
	uint8_t request[MESSAGE_REQUEST_MOST];
	size_t request_size;
};

struct life {
	struct life_config config;
	struct arrival_source source;
	int64_t epoch_ns, end_ns, patience_ns; // 0 before life_start
	struct arrival next;
	int64_t next_arrival_ns; // of the next task; TIME_NEVER when there is none, or no room
	int64_t due_ns;		 // it, or since when there is room
	uint32_t begun;		 // the last task's number
	struct task *tasks;	 // [max_open]
	int n_held;		 // of them in use
	struct task_line device; // the first of it has the device, or is the next to have it
	int64_t device_free_ns;	 // when the one before it was through
	struct task_line direct; // planned, without local work
	struct task_line uplink; // computed
	struct task *sending;	 // has the uplink; NULL = nobody, or
	bool is_taken;		 // one that was dropped while it sent
	struct task *ended;	 // to be closed, by `behind`
	struct task *closing;	 // given out by the last call of life_next
	struct radio radio;
	int64_t now_ns;	  // of the last event
	int64_t armed_ns; // the last LIFE_WAKE that has not come
	bool stopped;
};

// network and variants must outlive the life, which must not be moved. 0 or -ENOMEM; -EINVAL for a config out
// of its bounds.
int life_open(struct life *l, const struct life_config *config, struct err *err);
void life_close(struct life *l); // of a life that is all zero, too

// The run goes from epoch_ns to end_ns; a task that would arise later does not. Once.
void life_start(struct life *l, int64_t epoch_ns, int64_t end_ns, struct ue_moment moment);

// Does what is due. At patience_ns it is what life_stop does; no LIFE_WAKE asks for that instant.
void life_wake(struct life *l, struct ue_moment moment);

// A plan, a result, an error or a `dropped` of the edge. body: header->body bytes, of which only the fixed
// part is looked at. -EPROTO with a sentence for an error and for what does not fit: no such task, a message
// out of turn, a plan that does not fit the network or the device, a result of another size. Then nothing has
// changed. What comes after life_stop is too late, and nothing.
int life_message(struct life *l, const struct message_header *header, const uint8_t *body,
		 struct ue_moment moment, struct err *err);

// The transport has taken the last byte of the tensor: the uplink is free. -EPROTO when nothing was being
// sent.
int life_handed(struct life *l, struct ue_moment moment, struct err *err);

// Ends all open tasks with this outcome, and the life with them.
void life_stop(struct life *l, enum task_outcome outcome, struct ue_moment moment);

// The next action, false when there is none left. All are to be followed in turn before the next event.
bool life_next(struct life *l, struct life_action *action);

// The earliest instant at which life_wake has something to do, but for patience_ns; TIME_NEVER when there is
// none.
int64_t life_due_ns(const struct life *l);

// Started, nothing is open and nothing will arise.
bool life_is_over(const struct life *l);

// The open task of this number, NULL when there is none.
struct task *life_task(struct life *l, uint32_t number);

// The next task while it has not begun, as its request will be. False when none is known.
bool life_expects(const struct life *l, struct message_request *request, int64_t *deadline_ns);
