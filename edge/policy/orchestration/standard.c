// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/orchestration/standard.h"

#include <math.h>

#define INT8_FACTOR 0.525
#define DEVICE_S 0.0354
#define EDGE_S 0.019
#define CLOUD_S 0.011
#define LINK_BPS 20e6
#define WAN_BPS 100e6
#define WAN_DELAY_S 0.02
#define REPLY_BITS 8e3
#define DECISION_S 1e-3
enum { EDGE_CORES = 2, CLOUD_CORES = 4 };

// MobileNetV1, 224 x 224: width 1, .75, .5, .25, in fp32 and in int8.
static const struct {
	const char *name;
	double mega_macs;
	bool int8;
	double accuracy;
} variants[ORCH_MAX_VARIANTS] = {
    {"d0", 569, false, .899}, {"d1", 325, false, .882}, {"d2", 150, false, .849}, {"d3", 41, false, .742},
    {"d4", 569, true, .889},  {"d5", 325, true, .870},	{"d6", 150, true, .832},  {"d7", 41, true, .728},
};

const char *orch_variant_text(int variant)
{
	return variants[variant].name;
}

bool orch_is_weak(double delay_s)
{
	return delay_s >= ORCH_REGULAR_DELAY_S + ORCH_WEAK_DELAY_S / 2;
}

static double transfer_s(double bits, double bps)
{
	return bps > 0 ? bits / bps : 0;
}

void orch_set_link(struct orch_user *user, const struct orch_link *link)
{
	user->up_s = link->up_bps > 0 ? link->delay_s + link->input_bits / link->up_bps : INFINITY;
	user->down_s = link->delay_s + transfer_s(link->reply_bits, link->down_bps);
	user->wan_s = transfer_s(link->input_bits, link->wan_bps);
	user->wan_back_s = link->wan_delay_s + transfer_s(link->reply_bits, link->wan_bps);
	user->weak_link = orch_is_weak(link->delay_s);
}

static bool has_weak_link(char condition, int user)
{
	return condition == 'D' || (condition == 'B' && user % 2 == 1) || (condition == 'C' && user % 2 == 0);
}

static void set_user(struct orch_user *user, const struct orch_standard *options, bool weak)
{
	const struct orch_link link = {.up_bps = LINK_BPS,
				       .down_bps = LINK_BPS,
				       .delay_s = ORCH_REGULAR_DELAY_S + (weak ? ORCH_WEAK_DELAY_S : 0),
				       .input_bits = options->input_bits,
				       .reply_bits = REPLY_BITS,
				       .wan_delay_s = WAN_DELAY_S,
				       .wan_bps = WAN_BPS};
	*user = (struct orch_user){.n_variants = ORCH_MAX_VARIANTS, .edge_s = EDGE_S, .cloud_s = CLOUD_S};
	for (int v = 0; v < ORCH_MAX_VARIANTS; v++) {
		double share = variants[v].mega_macs / variants[0].mega_macs;
		user->accuracy[v] = variants[v].accuracy;
		user->device_s[v] = DEVICE_S * share * (variants[v].int8 ? INT8_FACTOR : 1);
	}
	orch_set_link(user, &link);
}

void orch_standard(struct orch_problem *p, struct orch_user users[], const struct orch_standard *options)
{
	*p = (struct orch_problem){.threshold = options->threshold,
				   .decision_s = DECISION_S,
				   .n_users = options->users,
				   .users = users,
				   .edge.cores = EDGE_CORES,
				   .cloud.cores = CLOUD_CORES,
				   .wan_delay_s = WAN_DELAY_S};
	for (int i = 0; i < options->users; i++)
		set_user(&users[i], options, has_weak_link(options->condition, i));
}
