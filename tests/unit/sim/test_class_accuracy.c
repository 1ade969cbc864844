// SPDX-License-Identifier: BSD-3-Clause
// Measured accuracy beside promised: what summary.json says of random tasks is what they are when counted.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "tests/unit/sim/sim_star.h"

enum { EXITS = 4, INPUTS = 16, TASKS = 400 };

static const char yaml[] = "duration: 1s\nues: {count: 2, distance: 50m}\nsamples: {inputs: 16}\n"
			   "edge: {executor: replay, profile: mobilenet-v2-gpu-model}\n";
static const double promises[EXITS] = {.9, .6, .7, .8}; // of exit 0, 1, ..

struct count {
	int done, known, right, inputs;
	double promised;
	bool has[INPUTS];
};

static void add(struct count *c, const struct task_record *t)
{
	c->done++;
	c->promised += t->accuracy;
	if (t->classified == CLASS_UNKNOWN)
		return;
	c->known++;
	c->right += t->classified == CLASS_RIGHT;
	c->inputs += !c->has[t->sample];
	c->has[t->sample] = true;
}

static struct task_record draw(struct rng *rng, uint32_t number, bool computed)
{
	struct task_record t = {.ue = 1 + number % 2, .task = 1 + number / 2, .n_subtasks = 4};
	t.outcome = rng_uniform(rng, 0, 1) < .9 ? TASK_DONE : TASK_DROPPED;
	t.sample = (uint32_t)rng_uniform(rng, 0, INPUTS);
	t.exit = (uint32_t)rng_uniform(rng, 0, EXITS);
	t.accuracy = promises[t.exit];
	if (computed && t.outcome == TASK_DONE && rng_uniform(rng, 0, 1) < .8)
		t.classified = rng_uniform(rng, 0, 1) < promises[t.exit] ? CLASS_RIGHT : CLASS_WRONG;
	return t;
}

static double number(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	return json_is_null(v) ? NAN : json_number_value(v);
}

static void assert_counted(const json_t *figure, const struct count *c)
{
	assert_int_equal(number(figure, "done"), c->done);
	assert_int_equal(number(figure, "known"), c->known);
	assert_int_equal(number(figure, "right"), c->right);
	assert_int_equal(number(figure, "inputs"), c->inputs);
	assert_true(fabs(number(figure, "promised") - c->promised / c->done) < 1e-12);
	if (c->known == 0) {
		assert_true(isnan(number(figure, "measured")) && isnan(number(figure, "low")));
		return;
	}
	double measured = (double)c->right / c->known;
	assert_true(fabs(number(figure, "measured") - measured) < 1e-12);
	assert_true(number(figure, "low") <= measured && measured <= number(figure, "high"));
}

// computed: at the edge, or on a UE; else replayed.
static void check_trial(unsigned seed, bool computed)
{
	struct star star;
	struct err err;
	struct count all = {0}, exits[EXITS] = {0};
	struct rng *rng = rng_new(seed, 0, RNG_TEST, 0);
	if (star_open(&star, yaml, 1e7, &err) < 0)
		fail_msg("%s", err.text);
	for (uint32_t i = 0; i < TASKS; i++) {
		struct task_record t = draw(rng, i, computed);
		results_task(star.results, &t);
		if (t.outcome != TASK_DONE)
			continue;
		add(&all, &t);
		add(&exits[t.exit], &t);
	}
	json_t *figures = star_results(&star), *accuracy = json_object_get(figures, "accuracy");
	assert_counted(json_object_get(accuracy, "overall"), &all);
	const json_t *list = json_object_get(accuracy, "exits");
	assert_int_equal(json_array_size(list), EXITS);
	for (int i = 0; i < EXITS; i++) { // the end comes last
		int exit = (i + 1) % EXITS;
		assert_int_equal(number(json_array_get(list, (size_t)i), "exit"), exit);
		assert_counted(json_array_get(list, (size_t)i), &exits[exit]);
	}
	json_decref(figures);
	rng_free(rng);
	star_close(&star);
}

static void figures_are_what_is_counted(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 5; seed++) {
		print_message("seed %u\n", seed);
		check_trial(seed, true);
		check_trial(seed, false);
	}
}

// A simulation promises, and measures nothing.
static void a_simulation_knows_no_class(void **state)
{
	(void)state;
	struct star star;
	struct err err;
	if (star_open(&star,
		      "duration: 2s\npolicy: {name: bsp-exit, upload: 0.02}\ncell: {bandwidth: 4MHz, grant: "
		      "granted}\n"
		      "ues: {count: 2, network: pentominoes-4, distance: 50m, tx_power: 10dBm, deadline: "
		      "60ms, accuracy: 80%, "
		      "arrivals: {kind: periodic, period: 200ms}}\n"
		      "edge: {executor: replay, profile: pentominoes-4-gpu-model}\n",
		      0, &err) < 0 ||
	    star_run(&star, NULL, NULL, &err) < 0)
		fail_msg("%s", err.text);
	json_t *figures = star_results(&star), *accuracy = json_object_get(figures, "accuracy"),
	       *overall = json_object_get(accuracy, "overall");
	assert_true(json_is_true(json_object_get(accuracy, "modelled")));
	assert_true(number(overall, "done") > 0 && number(overall, "promised") >= .8);
	assert_int_equal(number(overall, "known"), 0);
	assert_true(isnan(number(overall, "measured")));
	json_decref(figures);
	star_close(&star);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(figures_are_what_is_counted),
	    cmocka_unit_test(a_simulation_knows_no_class),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
