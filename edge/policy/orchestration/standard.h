// SPDX-License-Identifier: BSD-3-Clause
// The problem that agents are trained and compared in, unless told otherwise: MobileNetV1 in eight variants,
// one to eight devices with one core, an edge with two, a cloud with four behind a WAN.
//
// Stated, not measured (the paper tells none of these figures): variant 0 takes 35.4 ms on a device, 19 ms at
// the edge and 11 ms in the cloud; the other variants' times follow their MACs; int8 takes 0.525 of fp32, the
// middle of 0.45 to 0.6. Uplinks and downlinks 20 Mbit/s and 2 ms one way, a weak link 20 ms more; the WAN
// 100 Mbit/s and 20 ms. Input 150 kbit, a compressed picture; reply 8 kbit. A decision takes 1 ms. Accuracies
// are Top-5 of the public model table.
//
// Conditions (which links are weak is ours for B and C): A none, B those of users 2, 4, .., C of users 1, 3,
// .., D all.
#pragma once

#include "edge/policy/orchestration/table.h"

#define ORCH_WEAK_DELAY_S 0.02 // what a weak link has more, one way
#define ORCH_REGULAR_DELAY_S 0.002
#define ORCH_STANDARD_INPUT_BITS 150e3

struct orch_standard {
	int users;	// 1..ORCH_TABLE_USERS
	char condition; // 'A'..'D'
	double threshold;
	double input_bits;
};

// Fills *p, whose users are users[options->users].
void orch_standard(struct orch_problem *p, struct orch_user users[], const struct orch_standard *options);

// "d0" .. "d7".
const char *orch_variant_text(int variant);

// Whether a one-way delay is that of a weak link: nearer to it than to a regular one.
bool orch_is_weak(double delay_s);

// Sets the user's link times from what its link and the WAN are; bit/s of 0 = no limit for the WAN, no
// coverage for the uplink.
struct orch_link {
	double up_bps, down_bps, delay_s;
	double input_bits, reply_bits;
	double wan_delay_s, wan_bps;
};
void orch_set_link(struct orch_user *user, const struct orch_link *link);
