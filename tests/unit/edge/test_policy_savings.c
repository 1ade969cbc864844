// SPDX-License-Identifier: BSD-3-Clause
// The shapes the literature reports, on MobileNet-V2 with the default parameters of docs/policies.md: savings
// of user energy against local computing, mean of 20 placements. What must hold is the order and the trend
// with the number of users, not the figures, which are a function of transmit power and kappa.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "edge/policy/check.h"
#include "tests/unit/edge/policy_random.h"
#include "tools/plan/instance.h"

enum { PLACEMENTS = 20, MOST_USERS = 15 };
static const int sizes[] = {1, 5, 10, 15};

struct setting {
	double bandwidth_hz, power_w;
	double least_deadline_s, most_deadline_s;
};

// Shannon rate behind 128.1 + 37.6 log10(d / km) dB with noise of -174 dBm/Hz.
static double rate_bps(const struct setting *setting, double distance_m)
{
	double loss_db = 128.1 + 37.6 * log10(distance_m / 1000);
	double noise_w = pow(10, -17.4) * 1e-3 * setting->bandwidth_hz;
	return setting->bandwidth_hz * log2(1 + setting->power_w * pow(10, -loss_db / 10) / noise_w);
}

static void place(struct rng *rng, const struct setting *setting, struct snapshot_job users[], int n)
{
	for (int m = 0; m < n; m++) {
		double distance_m = sqrt(rng_uniform(rng, 20 * 20, 100 * 100));
		users[m] = (struct snapshot_job){
		    .rate_bps = rate_bps(setting, distance_m),
		    .tx_power_w = setting->power_w,
		    .device = {.f_min_flops = 1e8, .f_max_flops = 20e9, .kappa = 5e-31},
		    .deadline_s = rng_uniform(rng, setting->least_deadline_s, setting->most_deadline_s)};
	}
}

static double energy_j(const char *policy, const struct snapshot *snapshot, struct plan *plan)
{
	struct err err = {""};
	if (policy_plan(policy_find(policy, NULL), snapshot, plan, &err) < 0 ||
	    plan_check(snapshot, plan, &err) < 0)
		fail_msg("%s: %s", policy, err.text);
	return plan->energy_j;
}

// Mean saving against LC in per cent for each number of users.
static void measure(const struct snapshot *mobilenet, const struct setting *setting, const char *policy,
		    double saving[])
{
	struct plan *plan = plan_new(MOST_USERS, 16);
	struct snapshot_job users[MOST_USERS];
	printf("%-10s", policy);
	for (int i = 0; i < 4; i++) {
		struct rng *rng = rng_new(1, 0, RNG_TEST, 4);
		saving[i] = 0;
		for (int k = 0; k < PLACEMENTS; k++) {
			struct snapshot s = *mobilenet;
			s.jobs = users;
			s.n_jobs = sizes[i];
			place(rng, setting, users, sizes[i]);
			saving[i] +=
			    100 * (1 - energy_j(policy, &s, plan) / energy_j("lc", &s, plan)) / PLACEMENTS;
		}
		printf("  M=%-2d %5.1f %%", sizes[i], saving[i]);
		rng_free(rng);
	}
	putchar('\n');
	plan_free(plan);
}

static int open_mobilenet(void **state)
{
	struct plan_instance *instance;
	struct err err = {""};
	int rc = plan_instance_read(&instance, INSTANCES "/equal-deadlines.json", &err);
	fputs(err.text, stderr);
	*state = instance;
	return rc;
}

static int close_mobilenet(void **state)
{
	plan_instance_free(*state);
	return 0;
}

static void batching_holds_where_sharing_collapses(void **state)
{
	const struct snapshot *mobilenet = plan_instance_snapshot(*state);
	struct setting setting = {1e6, 0.01, 0.1, 0.1};
	double ip_ssa[4], np[4], ps[4], fifo[4];
	puts("l = 100 ms, 1 MHz, 10 dBm");
	measure(mobilenet, &setting, "ip-ssa", ip_ssa);
	measure(mobilenet, &setting, "ip-ssa-np", np);
	measure(mobilenet, &setting, "ps", ps);
	measure(mobilenet, &setting, "fifo", fifo);
	for (int i = 0; i < 4; i++) {
		assert_true(ip_ssa[i] >= ps[i] && ip_ssa[i] >= np[i] && ip_ssa[i] >= fifo[i] && np[i] >= 0);
		assert_true(ip_ssa[i] > ip_ssa[0] - 15); // flat
	}
	assert_true(ps[3] < ps[0] / 4 && fifo[3] < fifo[0] / 2);
}

static void without_partitioning_a_narrow_band_forbids_offloading(void **state)
{
	const struct snapshot *mobilenet = plan_instance_snapshot(*state);
	struct setting narrow = {1e6, 0.2, 0.05, 0.05}, wide = {5e6, 0.2, 0.05, 0.05};
	double ip_ssa[4], np[4];
	puts("l = 50 ms, 1 MHz, 23 dBm");
	measure(mobilenet, &narrow, "ip-ssa", ip_ssa);
	measure(mobilenet, &narrow, "ip-ssa-np", np);
	for (int i = 0; i < 4; i++)
		assert_true(np[i] < 5 && ip_ssa[i] > 25);
	puts("l = 50 ms, 5 MHz, 23 dBm");
	measure(mobilenet, &wide, "ip-ssa", ip_ssa);
	measure(mobilenet, &wide, "ip-ssa-np", np);
	for (int i = 0; i < 4; i++)
		assert_true(np[i] > 85 && ip_ssa[i] >= np[i] - 1e-9);
}

static void grouping_pays_when_deadlines_differ(void **state)
{
	const struct snapshot *mobilenet = plan_instance_snapshot(*state);
	struct setting setting = {1e6, 0.01, 0.05, 0.2};
	double ip_ssa[4], og[4];
	puts("l in U[50, 200] ms, 1 MHz, 10 dBm");
	measure(mobilenet, &setting, "ip-ssa", ip_ssa);
	measure(mobilenet, &setting, "og", og);
	for (int i = 1; i < 4; i++)
		assert_true(og[i] > ip_ssa[i] + 10);
	assert_true(fabs(og[0] - ip_ssa[0]) < 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(batching_holds_where_sharing_collapses),
	    cmocka_unit_test(without_partitioning_a_narrow_band_forbids_offloading),
	    cmocka_unit_test(grouping_pays_when_deadlines_differ),
	};
	return cmocka_run_group_tests(tests, open_mobilenet, close_mobilenet);
}
