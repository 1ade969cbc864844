// SPDX-License-Identifier: BSD-3-Clause
// A host for lives under test: an edge that answers and an uplink that sends as the test says, in virtual
// time. It notes every event and every action, so that a run can be told again.
#pragma once

#include "ue/life/life.h"

#define LAB_MOST_TASKS 512
#define LAB_MOST_NOTES 8192

enum lab_event_kind { LAB_START, LAB_WAKE, LAB_MESSAGE, LAB_HANDED, LAB_STOP };

struct lab_event {
	enum lab_event_kind kind;
	struct ue_moment moment;
	struct message_header header;
	uint8_t body[MESSAGE_PLAN_MOST];
	int refused; // what life_message or life_handed said
};

struct lab_action {
	enum life_action_kind kind;
	int64_t now_ns, at_ns; // at_ns: LIFE_REQUEST, LIFE_WAKE
	struct task_record record;
	struct message_header header; // LIFE_REQUEST, LIFE_TENSOR
};

struct lab {
	struct life life;
	struct ue_moment now;
	struct lab_event events[LAB_MOST_NOTES];
	struct lab_action actions[LAB_MOST_NOTES];
	int n_events, n_actions;
	struct err err;
};

// Three sub-tasks of 0, 1e9 and 1e9 FLOP; a device of 1e8 to 1e14 FLOP/s; 1 W for every state of the radio.
struct life_config lab_config(int max_open, const struct arrivals *arrivals, uint64_t seed);

void lab_open(struct lab *lab, const struct life_config *config);
void lab_close(struct lab *lab);

// An event at lab->now, and the actions that follow. What the life returned.
int lab_tell(struct lab *lab, const struct lab_event *event);
int lab_start(struct lab *lab, int64_t end_ns);
int lab_wake(struct lab *lab);
int lab_handed(struct lab *lab);
int lab_plan(struct lab *lab, uint32_t task, const struct message_plan *plan);
int lab_result(struct lab *lab, uint32_t task, const struct message_result *result);
int lab_stop(struct lab *lab);

// A burst of n tasks with 10 s each, at time 0: as many as there is room for have asked.
void lab_open_burst(struct lab *lab, int n, int max_open);

// A plan whose 1e9 FLOP a sub-task take compute_ns.
struct message_plan lab_plan_of(uint32_t cut, int64_t start_ns, int64_t compute_ns);

// The frequency at which 1e9 FLOP take this long, and how long that is in whole nanoseconds.
double lab_freq_flops(int64_t ns);

// Tells all events of a lab to a new life and holds the actions against those noted.
void lab_replay(const struct lab *lab);
