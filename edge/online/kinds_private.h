// SPDX-License-Identifier: BSD-3-Clause
// The kinds of deciders, for decider.c's table; private to this room.
#pragma once

#include "edge/online/decider.h"
#include "edge/policy/rl/agent.h"

enum { DECIDER_MAX_NUMBERS = 2 };

struct decider {
	struct decider_config config;
	const struct decider_kind *kind;
	const struct policy *caller;
	int numbers[DECIDER_MAX_NUMBERS]; // in its name, in order
	struct agent *agent;		  // agents: owned
	struct clairvoyant *clairvoyant;  // clairvoyant: owned
};

struct decider_kind {
	const char *caller;
	int (*open)(struct decider *d, struct err *err); // NULL = nothing to prepare
	int (*decide)(struct decider *d, const struct decider_view *view, const float obs[],
		      struct decision *out, struct err *err);
};

int agent_decider_open(struct decider *d, struct err *err);
int agent_decide(struct decider *d, const struct decider_view *view, const float obs[], struct decision *out,
		 struct err *err);

int window_open(struct decider *d, struct err *err);
int window_decide(struct decider *d, const struct decider_view *view, const float obs[], struct decision *out,
		  struct err *err);

int random_decide(struct decider *d, const struct decider_view *view, const float obs[], struct decision *out,
		  struct err *err);

int clairvoyant_open(struct decider *d, struct err *err);
void clairvoyant_close(struct clairvoyant *c); // NULL is allowed
int clairvoyant_decide(struct decider *d, const struct decider_view *view, const float obs[],
		       struct decision *out, struct err *err);
