// SPDX-License-Identifier: BSD-3-Clause
// The answer of `airbatch plan`: what most plans leave as it is, is said only where it is not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tools/plan/answer.h"

static const char *no_name(const void *of, int network, int subtask)
{
	(void)of;
	(void)network;
	(void)subtask;
	return NULL;
}

// What the answer says of a plan of two jobs and one batch.
static char *answer_of(const struct plan *plan)
{
	char *text;
	size_t size;
	const struct snapshot snapshot = {.n_jobs = 2, .n_networks = 1, .n_servers = 2};
	const struct plan_names names = {.subtask = no_name};
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	assert_int_equal(plan_answer_json("mine", &snapshot, plan, &names, 1, out), 0);
	assert_int_equal(plan_answer_table("mine", &snapshot, plan, &names, 1, out), 0);
	fclose(out);
	return text;
}

static void an_answer_has_unusual_decisions_only_where_they_are(void **state)
{
	(void)state;
	struct plan *plan = plan_new(2, 1);
	static const char *const keys[] = {"\"admitted\":false",
					   "\"exit\":2",
					   "\"server\":1,",
					   "\"hertz\":1000000.0",
					   "\"order\":3",
					   "\"server\":1}",
					   "  exit 2  server 1  1 MHz  order 3",
					   " at server 1"};
	assert_non_null(plan);
	plan->n_jobs = 2;
	plan->n_batches = plan->n_members = plan->gpu_shares = 1;
	for (int m = 0; m < 2; m++)
		plan->jobs[m] = (struct plan_job){.admitted = true, .feasible = true};
	plan->batches[0] = (struct plan_batch){.n_jobs = 1, .edge_freq = 1};
	plan->members[0] = 0;
	char *usual = answer_of(plan);
	plan->jobs[0] = (struct plan_job){
	    .admitted = true, .feasible = true, .exit = 2, .server = 1, .hertz = 1e6, .order = 3};
	plan->jobs[1].admitted = false;
	plan->batches[0].server = 1;
	char *unusual = answer_of(plan);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strstr(usual, keys[i]) || !strstr(unusual, keys[i]))
			fail_msg("'%s' in\n%s\nor not in\n%s", keys[i], usual, unusual);
	}
	static const char *const names[] = {"admitted", "exit", "server", "hertz", "order"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_null(strstr(usual, names[i]));
	free(usual);
	free(unusual);
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_answer_has_unusual_decisions_only_where_they_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
