// SPDX-License-Identifier: BSD-3-Clause
// What a simulated run told its desk, told to another one, gives the same actions; and jobs that the desk
// refuses fail alone.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/edge/desk_lab.h"
#include "tests/unit/sim/sim_star.h"

static void open_star(struct star *star, struct sim **sim, const char *yaml)
{
	struct err err;
	if (star_open(star, yaml, 0, &err) < 0 || sim_new(sim, &star->run, star->results, &err) < 0)
		fail_msg("%s", err.text);
}

static void record_and_replay(const char *policy, const char *batching)
{
	char yaml[1024];
	struct star star, other;
	struct sim *sim, *again;
	struct tape tape;
	struct err err;
	snprintf(yaml, sizeof(yaml),
		 "seed: 3\nduration: 2s\npolicy: %s\n"
		 "ues: {count: 5, distance: 20m..100m, tx_power: 10dBm, deadline: 50ms..200ms, "
		 "arrivals: {kind: poisson, rate: 8}}\n"
		 "edge: {executor: replay, profile: mobilenet-v2-gpu-model, max_batch: 8, verify: false, "
		 "batching: {mode: %s}}\n",
		 policy, batching);
	open_star(&star, &sim, yaml);
	tape_listen(&tape, sim_desk(sim));
	if (sim_run(sim, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(desk_totals(sim_desk(sim))->batches > 10);
	open_star(&other, &again, yaml);
	tape_replay(&tape, sim_desk(again));
	assert_int_equal(desk_totals(sim_desk(again))->run_ns, desk_totals(sim_desk(sim))->run_ns);
	tape_free(&tape);
	sim_free(sim);
	sim_free(again);
	star_close(&star);
	star_close(&other);
}

static void a_simulated_run_replays(void **state)
{
	(void)state;
	record_and_replay("ip-ssa", "planned");
	record_and_replay("ps", "planned");
	record_and_replay("og", "deadline");
	record_and_replay("eo", "timer");
}

static void an_online_run_replays(void **state)
{
	(void)state;
	record_and_replay("tw-1:og", "planned");
	record_and_replay("clairvoyant", "planned");
}

static void refused_jobs_fail_and_their_ues_go_on(void **state)
{
	(void)state;
	struct star star;
	struct sim *sim;
	struct err err = {0};
	open_star(
	    &star, &sim,
	    "duration: 1s\npolicy: " POLICY_THAT_IS_LATE "\n"
	    "ues: {count: 2, distance: 20m, tx_power: 10dBm, arrivals: {kind: periodic, period: 300ms}}\n"
	    "edge: {executor: replay, profile: mobilenet-v2-gpu-model, verify: false}\n");
	assert_int_equal(sim_run(sim, &err), 0);
	const struct edge_record *totals = desk_totals(sim_desk(sim));
	assert_int_equal(totals->rounds, 0);
	assert_int_equal(totals->requests, 2 * 4); // at 0, 300, 600 and 900 ms
	assert_int_equal(totals->refused, totals->requests);
	assert_non_null(strstr(totals->refusal, "broke a rule: users["));
	assert_int_equal(results_close_tables(star.results, &err), 0);
	json_t *figures = star_results(&star);
	const json_t *tasks = json_object_get(figures, "tasks");
	assert_int_equal(json_integer_value(json_object_get(tasks, "failed")), 2 * 4);
	json_decref(figures);
	sim_free(sim);
	star_close(&star);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_simulated_run_replays),
	    cmocka_unit_test(an_online_run_replays),
	    cmocka_unit_test(refused_jobs_fail_and_their_ues_go_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
