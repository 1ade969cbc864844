// SPDX-License-Identifier: BSD-3-Clause
// Orchestration of end devices, an edge and a cloud: where each user's inference runs, and with which variant
// of the network. This is the response-time model, for any choice of all users at once. Pure.
//
// Model (arXiv 2202.10541, as reconstructed): all users ask at 0 and have their decision at decision_s.
//
//   local        wait until the device is free, then device_s of the variant
//   edge, cloud  variant 0 only. Upload; to the cloud also through the WAN, one transfer after another in the
//   order
//                in which uploads end, then wan_delay_s. First come first served on the node's cores, ties to
//                the lower user, one core a task. Then the reply goes back.
//
//   response = decision + transfer (both ways, with the wait for the WAN) + queue (device or core) +
//   execution
//
// Uplinks are bands of their own, so users meet on the WAN and on the cores only. The response times of those
// on one node depend on nobody else: what the oracle and the learned table (table.h) rest on.
//
// Actions: 0..7 local with that variant, ORCH_EDGE, ORCH_CLOUD.
#pragma once

#include <stdbool.h>

enum {
	ORCH_MAX_VARIANTS = 8,
	ORCH_EDGE = 8,
	ORCH_CLOUD = 9,
	ORCH_ACTIONS = 10,
	ORCH_MAX_CORES = 64, // of a node
};

// What separates two sums of accuracies that are meant to be equal.
#define ORCH_ACCURACY_SLACK 1e-9

struct orch_user {
	int n_variants;			    // 1..ORCH_MAX_VARIANTS; 0 is the one that servers run
	double accuracy[ORCH_MAX_VARIANTS]; // 0..1
	double device_s[ORCH_MAX_VARIANTS]; // execution on its device
	double edge_s, cloud_s;		    // execution of variant 0 there
	double device_free_s;		    // its device is busy until then
	double up_s;	   // upload, until the last bit is at the base station; INFINITY without coverage
	double down_s;	   // the reply's way from the base station
	double wan_s;	   // its input's time on the WAN's transmitter
	double wan_back_s; // the reply's way from the cloud to the base station
	bool weak_link;	   // what telemetry says of its link; the model asks for the times only
};

struct orch_node {
	int cores;		       // 1..ORCH_MAX_CORES; 0 = there is no such node
	double free_s[ORCH_MAX_CORES]; // when each core is free
};

struct orch_problem {
	double threshold; // least mean accuracy of the users, 0..1; 0 = none
	double decision_s;
	int n_users; // at least 1
	struct orch_user *users;
	struct orch_node edge, cloud;
	double wan_delay_s; // one way
};

// Of one user. The four parts after the decision; their sum with decision_s is response_s.
struct orch_result {
	double response_s, transfer_s, queue_s, exec_s;
	double start_s; // when the execution starts
};

// Whether the user has this action at all.
bool orch_has_action(const struct orch_problem *p, int user, int action);

// Fills result[n_users] for action[n_users], all of which the users must have.
void orch_evaluate(const struct orch_problem *p, const int action[], struct orch_result result[]);

// The core of a node with cores that is free first.
double *orch_first_free(struct orch_node *node);

// The mean over the users, of orch_evaluate's response_s and of the variants' accuracies.
double orch_mean_s(const struct orch_problem *p, const struct orch_result result[]);
double orch_accuracy(const struct orch_problem *p, const int action[]);

// Whether the mean accuracy reaches the threshold.
bool orch_is_accurate(const struct orch_problem *p, const int action[]);

// The accuracy of the variant that the user runs under this action.
double orch_action_accuracy(const struct orch_user *user, int action);

// The largest mean accuracy of any choice.
double orch_best_accuracy(const struct orch_problem *p);

// "device", "edge" or "cloud".
const char *orch_node_text(int action);
