// SPDX-License-Identifier: BSD-3-Clause
// Random events under every kind of policy and batching: the laws of desk_world.c hold, and what was recorded
// replays to the same actions.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/unit/edge/desk_world.h"
#include "tests/unit/edge/policy_shrinking.h"

enum { STEPS = 4000 };

// Breaks a rule in every third round of an odd number of users.
static int plan_some(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
		     struct err *err)
{
	(void)self;
	const struct policy *sound = policy_find("ip-ssa", err);
	int r = sound->plan(sound, snapshot, plan, err);
	if (snapshot->n_jobs % 2 == 1 && (int)(1e9 * snapshot->jobs[0].deadline_s) % 3 == 0)
		plan->jobs[0].cut = -1;
	return r;
}

static const struct policy unsound = {
    .abi = POLICY_ABI, .name = "unsound", .summary = "ip-ssa, and now and then a lie", .plan = plan_some};

// The example's, over a part of what can be granted, or over more.
extern const struct policy airbatch_policy;

static int plan_and_grant(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
			  struct err *err)
{
	struct snapshot seen = *snapshot;
	int draw = (int)(1e9 * snapshot->jobs[0].deadline_s) % 8;
	seen.band_hertz *= draw % 2 == 0 ? self->value[0] : draw / 8.;
	return airbatch_policy.plan(self, &seen, plan, err);
}

static const struct policy granting = {
    .abi = POLICY_ABI, .name = "granting", .summary = "grants", .plan = plan_and_grant, .value = {1}};
static const struct policy greedy = {.abi = POLICY_ABI,
				     .name = "greedy",
				     .summary = "grants too much",
				     .plan = plan_and_grant,
				     .value = {1.01}};

static void live(const char *name, const struct policy *own, enum batch_mode mode, int open_jobs)
{
	uint64_t seed = (uint64_t)clock_now_ns();
	struct desk_lab lab, again;
	struct world world;
	struct tape tape;
	print_message("%s by %s, %d open: seed %llu\n", name, batch_mode_names[mode], open_jobs,
		      (unsigned long long)seed);
	lab_open(&lab, name, own, mode, open_jobs);
	lab_open(&again, name, own, mode, open_jobs);
	tape_listen(&tape, lab.desk);
	world_open(&world, &lab, seed);
	if (own == &granting || own == &greedy)
		world_grants(&world, 1e7);
	for (int i = 0; i < STEPS; i++)
		world_step(&world);
	world_end(&world);
	bool may_stay_local = strcmp(name, "lc") == 0 || strcmp(name, "j-dob") == 0;
	assert_true(world.rounds > 0 && (may_stay_local || world.batches > 0));
	assert_true((own && own != &granting) == (world.refused > 0));
	assert_true((own == &granting || own == &greedy) == (world.grants > 0));
	tape_replay(&tape, again.desk);
	world_close(&world);
	tape_free(&tape);
	lab_close(&again);
	lab_close(&lab);
}

static void policies_keep_the_laws(void **state)
{
	(void)state;
	const char *const names[] = {"lc", "eo", "fifo", "ip-ssa", "ip-ssa-np", "og", "j-dob", "ps", NULL};
	for (int i = 0; names[i]; i++)
		live(names[i], NULL, BATCH_AS_PLANNED, 1);
}

static void batching_keeps_the_laws(void **state)
{
	(void)state;
	for (int mode = BATCH_BY_SIZE; batch_mode_names[mode]; mode++)
		live("ip-ssa", NULL, (enum batch_mode)mode, 1);
}

static void online_policies_keep_the_laws(void **state)
{
	(void)state;
	live("tw-0:og", NULL, BATCH_AS_PLANNED, 1);
	live("tw-1:ip-ssa", NULL, BATCH_AS_PLANNED, 1);
}

static void many_jobs_of_a_ue_keep_the_laws(void **state)
{
	(void)state;
	live("ip-ssa", NULL, BATCH_AS_PLANNED, 3);
	live("ps", NULL, BATCH_AS_PLANNED, 2);
	live("og", NULL, BATCH_BY_DEADLINE, 4);
}

static void an_unsound_policy_harms_its_rounds_alone(void **state)
{
	(void)state;
	live("unsound", &unsound, BATCH_AS_PLANNED, 1);
	live("unsound", &unsound, BATCH_BY_SIZE, 2);
}

static void grants_keep_within_the_band(void **state)
{
	(void)state;
	for (int mode = BATCH_AS_PLANNED; batch_mode_names[mode]; mode++)
		live("granting", &granting, (enum batch_mode)mode, 1 + mode);
	live("greedy", &greedy, BATCH_AS_PLANNED, 1);
	live("greedy", &greedy, BATCH_AS_PLANNED, 3);
}

// Admission, exits and stragglers that are dropped, with and without a band that is granted.
static void live_shrinking(int open_jobs, bool refuses, bool ready, bool grants, struct world *all)
{
	uint64_t seed = (uint64_t)clock_now_ns();
	struct desk_lab lab, again;
	struct world world;
	struct tape tape;
	print_message("shrinking, %d open, %s, %s, %s: seed %llu\n", open_jobs, refuses ? "refuses" : "local",
		      ready ? "ready" : "planned", grants ? "grants" : "rates", (unsigned long long)seed);
	lab_open_shrinking(&lab, &policy_shrinking, open_jobs, refuses, ready);
	lab_open_shrinking(&again, &policy_shrinking, open_jobs, refuses, ready);
	tape_listen(&tape, lab.desk);
	world_open(&world, &lab, seed);
	if (grants)
		world_grants(&world, 1e7);
	for (int i = 0; i < STEPS; i++)
		world_step(&world);
	world_end(&world);
	assert_true(world.batches > 0 && world.refused == 0 && (grants || world.grants == 0));
	assert_true(ready || world.ahead == 0);
	all->not_admitted += world.not_admitted;
	all->left_early += world.left_early;
	all->dropped += world.dropped;
	all->grants += world.grants;
	all->ahead += world.ahead;
	tape_replay(&tape, again.desk);
	world_close(&world);
	tape_free(&tape);
	lab_close(&again);
	lab_close(&lab);
}

static void exits_refusals_and_drops_keep_the_laws(void **state)
{
	(void)state;
	struct world all = {0}; // a single life may miss something
	for (int i = 0; i < 8; i++)
		live_shrinking(1 + i % 3, i & 1, i & 2, i & 4, &all);
	assert_true(all.not_admitted > 0 && all.left_early > 0 && all.dropped > 0);
	assert_true(all.grants > 0 && all.ahead > 0);
}

// And exits by confidence: some leave before their exits, and plans reckon with fewer than are there.
static void live_sure(int open_jobs, bool ready, struct world *all)
{
	uint64_t seed = (uint64_t)clock_now_ns();
	struct desk_lab lab, again;
	struct world world;
	struct tape tape;
	print_message("sure, %d open, %s: seed %llu\n", open_jobs, ready ? "ready" : "planned",
		      (unsigned long long)seed);
	lab_open_sure(&lab, &policy_shrinking, open_jobs, ready);
	lab_open_sure(&again, &policy_shrinking, open_jobs, ready);
	tape_listen(&tape, lab.desk);
	world_open(&world, &lab, seed);
	for (int i = 0; i < STEPS; i++)
		world_step(&world);
	world_end(&world);
	assert_int_equal(world.refused, 0);
	all->sure += world.sure;
	all->left_early += world.left_early;
	tape_replay(&tape, again.desk);
	world_close(&world);
	tape_free(&tape);
	lab_close(&again);
	lab_close(&lab);
}

static void exits_by_confidence_keep_the_laws(void **state)
{
	(void)state;
	struct world all = {0};
	for (int i = 0; i < 4; i++)
		live_sure(1 + i % 3, i & 1, &all);
	assert_true(all.sure > 0 && all.sure < all.left_early);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(grants_keep_within_the_band),
	    cmocka_unit_test(exits_refusals_and_drops_keep_the_laws),
	    cmocka_unit_test(exits_by_confidence_keep_the_laws),
	    cmocka_unit_test(policies_keep_the_laws),
	    cmocka_unit_test(batching_keeps_the_laws),
	    cmocka_unit_test(online_policies_keep_the_laws),
	    cmocka_unit_test(many_jobs_of_a_ue_keep_the_laws),
	    cmocka_unit_test(an_unsound_policy_harms_its_rounds_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
