// SPDX-License-Identifier: BSD-3-Clause
// A random world around a life: an edge that plans anything that is allowed, at any time, an uplink that
// takes as long as it likes, a modem that counts, a host that may be late, and messages that nobody waits
// for.
#pragma once

#include "base/rng.h"
#include "tests/unit/ue/life_lab.h"

// What a task waits for: its plan or its result.
struct await {
	uint32_t task;
	enum message_type type;
	int64_t at_ns;
};

struct play {
	struct lab lab;
	struct rng *rng;
	struct await awaits[LAB_MOST_TASKS];
	int n_awaits, seen;		 // seen: of the actions
	int64_t handed_ns;		 // when the uplink is free; TIME_NEVER = it is
	int64_t late_ns;		 // the host, at most
	int64_t up_ns, down_ns, idle_ns; // of the modem while it is some task's
	int most_open;
};

// A life of its own for each index and seed, of up to 8 tasks at once. One play at a time.
struct play *play_open(uint64_t index, uint64_t seed);

// Tells it again, which must give the same actions.
void play_close(struct play *p);

// The next thing that happens. False when nothing will.
bool play_step(struct play *p);

// Time goes on, and the radio does something in it.
void play_go_to(struct play *p, int64_t at_ns);

int64_t play_below(struct play *p, int64_t n); // 0 .. n-1
struct message_plan play_plan(struct play *p);
