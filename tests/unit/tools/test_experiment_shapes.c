// SPDX-License-Identifier: BSD-3-Clause
// The tests of shapes are tests themselves: on invented experiments, whose outcomes are written by hand, each
// verdict turns when and only when its criterion is broken.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tools/offline/shapes.h"

enum { PLACEMENTS = 2 };

struct world {
	struct setting *settings;
	struct experiment *experiment;
};

// Sets a policy's saving in every setting that `where` picks (NULL = all), as local work.
static void set_saving(struct world *w, const char *policy, double saving,
		       bool (*where)(const struct setting *))
{
	int p = experiment_policy(w->experiment, policy);
	assert_true(p >= 0);
	for (size_t i = 0; i < w->experiment->n_settings; i++)
		for (int k = 0; k < PLACEMENTS && (!where || where(&w->settings[i])); k++) {
			double energy_j = 1 - saving;
			experiment_at(w->experiment, i, p)[k] =
			    (struct outcome){.energy_j = energy_j, .compute_j = energy_j};
		}
}

static bool more_than_one_user(const struct setting *s)
{
	return s->users > 1;
}

static bool many_users(const struct setting *s)
{
	return s->users >= 10;
}

static bool narrow(const struct setting *s)
{
	return s->bandwidth_hz == 1e6;
}

static bool one_cell(const struct setting *s)
{
	return s->question == QUESTION_GRID && s->network == NETWORK_MOBILENET_V2 && s->feature_bits == 32 &&
	       s->users == 5 && s->deadline_high_s == .1 && s->bandwidth_hz == 5e6 && s->tx_power_dbm == 10;
}

static bool one_different_cell(const struct setting *s)
{
	return s->question == QUESTION_GRID && s->users == 15 && s->deadline_high_s == .2 &&
	       s->feature_bits == 8;
}

static bool widest_spread(const struct setting *s)
{
	return s->question == QUESTION_SPREAD && s->deadline_high_s == .3;
}

static bool int8_of_3dssd(const struct setting *s)
{
	return s->network == NETWORK_3DSSD && s->feature_bits == 8;
}

static void partition(struct world *w, bool (*where)(const struct setting *))
{
	int p = experiment_policy(w->experiment, "ip-ssa");
	for (size_t i = 0; i < w->experiment->n_settings; i++)
		if (where(&w->settings[i]))
			experiment_at(w->experiment, i, p)[0].partitioned = 1;
}

// A world in which every shape holds.
static void make_world(struct world *w)
{
	size_t n;
	w->settings = setting_grid(&n);
	w->experiment = experiment_new(w->settings, n, PLACEMENTS, 1, NULL);
	assert_non_null(w->experiment);
	for (int p = 0; p < w->experiment->n_policies; p++)
		set_saving(w, w->experiment->policies[p], 0, NULL);
	set_saving(w, "ip-ssa", .8, NULL);
	set_saving(w, "ip-ssa-np", .7, NULL);
	set_saving(w, "ip-ssa-np", .1, narrow);
	set_saving(w, "ps", .7, NULL);
	set_saving(w, "ps", .3, more_than_one_user);
	set_saving(w, "fifo", .7, NULL);
	set_saving(w, "fifo", .3, more_than_one_user);
	set_saving(w, "og", .8, NULL);
	set_saving(w, "og", .85, many_users);
	set_saving(w, "j-dob", .9, NULL);
	partition(w, int8_of_3dssd);
}

static void free_world(struct world *w)
{
	experiment_free(w->experiment);
	free(w->settings);
}

static enum verdict verdict_of(const struct world *w, const char *beginning)
{
	struct finding findings[MOST_FINDINGS];
	int n = shapes_test(w->experiment, findings, MOST_FINDINGS);
	for (int i = 0; i < n; i++)
		if (strncmp(findings[i].shape, beginning, strlen(beginning)) == 0) {
			assert_true(strlen(findings[i].measured) > 5 && strlen(findings[i].expected) > 5);
			return findings[i].verdict;
		}
	fail_msg("no shape begins with '%s'", beginning);
	return SHAPE_NOT_TESTED;
}

static void a_good_world_passes_everything(void **state)
{
	(void)state;
	struct world w;
	struct finding findings[MOST_FINDINGS];
	make_world(&w);
	int n = shapes_test(w.experiment, findings, MOST_FINDINGS), passed = 0;
	for (int i = 0; i < n; i++)
		if (findings[i].verdict == SHAPE_FAILS)
			print_error("%s: %s\n", findings[i].shape, findings[i].measured);
		else
			passed += findings[i].verdict == SHAPE_HOLDS;
	assert_int_equal(passed, n - 1); // DDPG is not tested here
	free_world(&w);
}

struct break_one {
	const char *shape, *policy;
	double saving;
	bool (*where)(const struct setting *);
};

static void every_broken_criterion_is_found(void **state)
{
	(void)state;
	static const struct break_one breaks[] = {
	    {"IP-SSA is at least as good as PS", "ps", .81, one_cell},
	    {"IP-SSA is at least as good as LC", "ip-ssa", -.01, one_cell},
	    {"IP-SSA-NP is at least as good as LC", "ip-ssa-np", -.01, one_cell},
	    {"IP-SSA is at least as good as IP-SSA-NP", "ip-ssa-np", .81, one_cell},
	    {"PS collapses", "ps", .36, more_than_one_user},
	    {"FIFO collapses", "fifo", .36, many_users},
	    {"IP-SSA stays flat", "ip-ssa", .6, one_cell},
	    {"IP-SSA-NP suffers", "ip-ssa-np", .7, narrow},
	    {"OG is at least as good", "og", .79, one_different_cell},
	    {"OG's gain over IP-SSA(min l) grows with M", "og", .83, one_different_cell},
	    {"OG's gain over IP-SSA(min l) grows with the spread", "og", .82, widest_spread},
	    {"J-DOB's edge DVFS", "j-dob:no-edge-dvfs", .95, one_cell},
	    {"J-DOB's partitioning", "j-dob:binary", .95, one_cell},
	    {"J-DOB spends less", "ip-ssa", .95, one_cell},
	};
	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
		struct world w;
		make_world(&w);
		if (strncmp(breaks[i].shape, "OG's gain over IP-SSA(min l) grows with M", 41) == 0)
			set_saving(&w, "og", .85, NULL); // so that .83 at 15 users is a fall
		assert_int_equal(verdict_of(&w, breaks[i].shape), SHAPE_HOLDS);
		set_saving(&w, breaks[i].policy, breaks[i].saving, breaks[i].where);
		if (verdict_of(&w, breaks[i].shape) != SHAPE_FAILS)
			fail_msg("'%s' still holds", breaks[i].shape);
		free_world(&w);
	}
}

static bool fp32_of_3dssd(const struct setting *s)
{
	return s->network == NETWORK_3DSSD && s->feature_bits == 32 && s->users == 1;
}

static void partitioning_at_fp32_is_found(void **state)
{
	(void)state;
	struct world w;
	make_world(&w);
	assert_int_equal(verdict_of(&w, "Partitioning 3DSSD"), SHAPE_HOLDS);
	partition(&w, fp32_of_3dssd);
	assert_int_equal(verdict_of(&w, "Partitioning 3DSSD"), SHAPE_FAILS);
	free_world(&w);
}

static void an_empty_experiment_tests_nothing(void **state)
{
	(void)state;
	struct finding findings[MOST_FINDINGS];
	struct experiment *experiment = experiment_new(NULL, 0, PLACEMENTS, 1, NULL);
	int n = shapes_test(experiment, findings, MOST_FINDINGS);
	for (int i = 0; i < n; i++)
		assert_int_equal(findings[i].verdict, SHAPE_NOT_TESTED);
	experiment_free(experiment);
}

static void a_contest_counts_losses(void **state)
{
	(void)state;
	struct world w;
	make_world(&w);
	set_saving(&w, "og", .6, one_cell); // 0.4 against 0.2: twice as much
	struct contest c = contest_of(w.experiment, NULL, "og", "ip-ssa", false);
	assert_int_equal(c.worse, PLACEMENTS);
	assert_int_equal(c.cells_worse, 1);
	assert_int_equal(c.pairs, (long)w.experiment->n_settings * PLACEMENTS);
	assert_true(fabs(c.worst_pct - 100) < 1e-6 && one_cell(&w.settings[c.worst_setting]));
	free_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_good_world_passes_everything),
	    cmocka_unit_test(every_broken_criterion_is_found),
	    cmocka_unit_test(partitioning_at_fp32_is_found),
	    cmocka_unit_test(an_empty_experiment_tests_nothing),
	    cmocka_unit_test(a_contest_counts_losses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
