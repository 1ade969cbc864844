// SPDX-License-Identifier: BSD-3-Clause
// What plans of batching with early exits must keep: the order of a round's jobs changes nothing, who is
// refused may run alone, a search that is cut short still gives a plan, grants carry their uploads.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "edge/policy/check.h"
#include "edge/policy/parameters.h"
#include "edge/policy/predict.h"
#include "tests/unit/edge/early_exit_draw.h"
#include "tests/unit/edge/policy_random.h"

static const char *const all[] = {
    "bsp",	  "bsp-exit",	"bsp-exit:refine", "bsp-exit:grow", "bsp-exit-optimal", "bsp-exit-classes",
    "batch-only", "one-by-one", "one-by-one-exit", "equal-band",    "random-admission"};
enum { ALL = sizeof(all) / sizeof(all[0]) };

struct lab {
	struct rng *rng;
	struct round_drawn round;
	struct plan *plan, *other;
};

static int open_lab(void **state)
{
	struct lab *lab = *state = calloc(1, sizeof(*lab));
	lab->rng = rng_new(test_seed(), 0, RNG_TEST, 35);
	lab->plan = plan_new(DRAW_MOST_USERS, 2 * DRAW_MOST_BLOCKS);
	lab->other = plan_new(DRAW_MOST_USERS, 2 * DRAW_MOST_BLOCKS);
	return lab->rng && lab->plan && lab->other ? 0 : -1;
}

static int close_lab(void **state)
{
	struct lab *lab = *state;
	rng_free(lab->rng);
	plan_free(lab->plan);
	plan_free(lab->other);
	free(lab);
	return 0;
}

static int plan_or_fail(const char *text, const struct snapshot *snapshot, struct plan *plan)
{
	char name[POLICY_NAME_SIZE];
	struct policy policy;
	struct err err = {""};
	if (parameters_choose(text, &policy, name, &err) < 0 ||
	    policy_plan(&policy, snapshot, plan, &err) < 0 || plan_check(snapshot, plan, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	int n = 0;
	for (int m = 0; m < snapshot->n_jobs; m++)
		n += plan->jobs[m].group >= 0;
	return n;
}

// Jobs in another order have the same decisions.
static void the_order_of_jobs_changes_nothing(void **state)
{
	struct lab *lab = *state;
	for (int i = 0; i < 500; i++) {
		draw_anything(&lab->round, lab->rng, 12);
		struct snapshot s = lab->round.snapshot, turned = s;
		struct snapshot_job jobs[DRAW_MOST_USERS];
		int shift = (int)rng_below(lab->rng, (uint64_t)s.n_jobs);
		for (int m = 0; m < s.n_jobs; m++)
			jobs[(m + shift) % s.n_jobs] = s.jobs[m];
		turned.jobs = jobs;
		for (int k = 0; k < ALL; k++) {
			plan_or_fail(all[k], &s, lab->plan);
			plan_or_fail(all[k], &turned, lab->other);
			for (int m = 0; m < s.n_jobs; m++) {
				const struct plan_job *a = &lab->plan->jobs[m],
						      *b = &lab->other->jobs[(m + shift) % s.n_jobs];
				assert_true(a->admitted == b->admitted && a->exit == b->exit);
				assert_true(a->hertz == b->hertz && fabs(a->finish_s - b->finish_s) < 1e-12);
			}
		}
	}
}

// Each grant, and no less, brings its upload in when the batch starts, or before.
static void grants_carry_their_uploads(void **state)
{
	struct lab *lab = *state;
	int powers = 0;
	for (int i = 0; i < 500; i++) {
		draw_anything(&lab->round, lab->rng, 12);
		const struct snapshot *s = &lab->round.snapshot;
		plan_or_fail("bsp-exit-classes", s, lab->plan);
		for (int m = 0; m < s->n_jobs; m++) {
			const struct plan_job *u = &lab->plan->jobs[m];
			if (u->group < 0 || u->hertz <= 0)
				continue;
			double rate_bps = predict_rate_bps(s, m, u->hertz);
			double air_s = 0.01 - s->jobs[m].release_s - s->jobs[m].uplink_delay_s - s->guard_s;
			assert_true(fabs(rate_bps * air_s - s->networks[0].cut_bits[0]) <
				    1e-6 * s->networks[0].cut_bits[0]);
			powers += s->jobs[m].snr == 0;
		}
	}
	assert_true(powers > 50);
}

static void equal_bands_are_equal(void **state)
{
	struct lab *lab = *state;
	const struct setting_drawn setting = {40, 20e6, 10, 8e-3, 20e-3};
	for (int i = 0; i < 20; i++) {
		draw_setting(&lab->round, lab->rng, &setting);
		int n = plan_or_fail("equal-band", &lab->round.snapshot, lab->plan);
		assert_true(n > 0);
		for (int m = 0; m < 40; m++)
			assert_true(!lab->plan->jobs[m].admitted ||
				    fabs(lab->plan->jobs[m].hertz - 20e6 / n) < 1e-6);
	}
}

// Who is refused runs alone where it can; who is served is the same.
static void the_refused_may_run_alone(void **state)
{
	struct lab *lab = *state;
	int alone = 0, refused = 0;
	for (int i = 0; i < 500; i++) {
		draw_anything(&lab->round, lab->rng, 12);
		int n = plan_or_fail("bsp-exit", &lab->round.snapshot, lab->plan);
		assert_int_equal(plan_or_fail("bsp-exit:local", &lab->round.snapshot, lab->other), n);
		for (int m = 0; m < lab->round.snapshot.n_jobs; m++) {
			const struct plan_job *u = &lab->other->jobs[m];
			assert_true(lab->plan->jobs[m].group == u->group && u->feasible == u->admitted);
			alone += u->admitted && u->group < 0;
			refused += !u->admitted;
		}
	}
	assert_true(alone > 100 && refused > 100);
}

// A search with few steps is no worse than best-shelf packing, from which it starts.
static void a_search_cut_short_still_plans(void **state)
{
	struct lab *lab = *state;
	const struct setting_drawn setting = {60, 40e6, 10, 8e-3, 20e-3};
	for (int i = 0; i < 20; i++) {
		draw_setting(&lab->round, lab->rng, &setting);
		const struct snapshot *s = &lab->round.snapshot;
		int low = plan_or_fail("bsp-exit", s, lab->plan);
		int exact = plan_or_fail("bsp-exit-classes", s, lab->plan);
		for (int k = 0; k < 2; k++) {
			int cut = plan_or_fail(
			    k ? "bsp-exit-classes:effort=50" : "bsp-exit-optimal:effort=50", s, lab->plan);
			assert_true(cut >= low && cut <= exact);
		}
	}
}

static void several_networks_are_refused(void **state)
{
	struct lab *lab = *state;
	const struct setting_drawn setting = {2, 20e6, 10, 8e-3, 20e-3};
	struct err err = {""};
	draw_setting(&lab->round, lab->rng, &setting);
	struct snapshot_network two[2] = {lab->round.network, lab->round.network};
	lab->round.snapshot.networks = two;
	lab->round.snapshot.n_networks = 2;
	plan_or_fail("bsp-exit", &lab->round.snapshot, lab->plan); // nobody has the second
	lab->round.jobs[1].network = 1;
	assert_int_equal(policy_plan(policy_find("bsp-exit", NULL), &lab->round.snapshot, lab->plan, &err),
			 -EINVAL);
	assert_non_null(strstr(err.text, "a batch with exits is of one network"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_order_of_jobs_changes_nothing),
	    cmocka_unit_test(grants_carry_their_uploads),
	    cmocka_unit_test(equal_bands_are_equal),
	    cmocka_unit_test(the_refused_may_run_alone),
	    cmocka_unit_test(a_search_cut_short_still_plans),
	    cmocka_unit_test(several_networks_are_refused),
	};
	return cmocka_run_group_tests(tests, open_lab, close_lab);
}
