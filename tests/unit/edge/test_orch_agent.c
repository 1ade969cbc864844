// SPDX-License-Identifier: BSD-3-Clause
// What agents see, choose and keep in files.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "edge/policy/rl/agent.h"
#include "tests/unit/edge/orch_lab.h"
#include "tests/unit/edge/orch_school.h"
#include "tests/unit/edge/policy_random.h"

static struct rng *rng;

static int open_rng(void **state)
{
	(void)state;
	rng = rng_new(test_seed(), 0, RNG_TEST, 19);
	return rng ? 0 : -1;
}

static int close_rng(void **state)
{
	(void)state;
	rng_free(rng);
	return 0;
}

static struct orch_state draw_state(int users)
{
	struct orch_state s = {.users = users, .level = {(int)rng_below(rng, 10), (int)rng_below(rng, 10)}};
	for (int i = 0; i < users; i++) {
		s.weak_link[i] = rng_below(rng, 2);
		s.device_busy[i] = rng_below(rng, 4) == 0;
	}
	return s;
}

// Choices that differ only in the order of users who are alike have one canonical form, which is one of them
// and has the same response times in sum.
static void canonical_choices_stand_for_all_orders(void **state)
{
	(void)state;
	for (int k = 0; k < 5000; k++) {
		int n = 1 + (int)rng_below(rng, ORCH_AGENT_USERS), one[ORCH_AGENT_USERS],
		    other[ORCH_AGENT_USERS];
		struct orch_state s = draw_state(n);
		for (int i = 0; i < n; i++)
			one[i] = other[i] = (int)rng_below(rng, ORCH_ACTIONS);
		for (int swap = 0; swap < 10; swap++) {
			int i = (int)rng_below(rng, (uint64_t)n), j = (int)rng_below(rng, (uint64_t)n),
			    keep = other[i];
			if (s.weak_link[i] != s.weak_link[j] || s.device_busy[i] != s.device_busy[j])
				continue;
			other[i] = other[j];
			other[j] = keep;
		}
		orch_canonical(&s, one);
		orch_canonical(&s, other);
		assert_memory_equal(one, other, (size_t)n * sizeof(*one));
	}
}

static void joint_choices_are_numbers(void **state)
{
	(void)state;
	for (int users = 1; users <= 3; users++)
		for (int joint = 0; joint < (users == 1 ? 10 : users == 2 ? 100 : 1000); joint++) {
			int action[ORCH_AGENT_USERS];
			orch_actions(users, joint, action);
			assert_int_equal(orch_joint(users, action), joint);
		}
}

static void a_choice_below_the_threshold_counts_as_the_worst(void **state)
{
	(void)state;
	static struct school s;
	struct orch_result result[ORCH_AGENT_USERS];
	const int cheap[] = {7, 7}, good[] = {ORCH_EDGE, 4};
	school_open(&s, "q-orch", 2, 'A', .89, 1);
	orch_evaluate(&s.p, cheap, result);
	assert_near(orch_reward(&s.task, cheap, result), -1, 0);
	orch_evaluate(&s.p, good, result);
	assert_near(orch_reward(&s.task, good, result), -orch_mean_s(&s.p, result) / s.task.worst_s, 1e-15);
	assert_true(orch_reward(&s.task, good, result) > -.5);
	school_close(&s);
}

// Before anything is learnt, and with every choice at random.
static void no_choice_breaks_the_threshold(void **state)
{
	(void)state;
	struct err err = {""};
	static struct school s;
	for (const struct orch_agent_kind *const *kind = orch_agent_kinds(); *kind; kind++)
		for (int n = 1; n <= ORCH_AGENT_USERS; n++) {
			school_open(&s, (*kind)->name, n, 'A', .85, 1);
			for (int k = 0; k < 30; k++) {
				int action[ORCH_AGENT_USERS];
				struct orch_state seen = draw_state(n);
				assert_int_equal(orch_agent_try(s.agent, &seen, .8, rng, action, &err), 0);
				assert_true(orch_is_accurate(&s.p, action));
				assert_int_equal(orch_agent_decide(s.agent, &seen, action, &err), 0);
				assert_true(orch_is_accurate(&s.p, action));
			}
			school_close(&s);
		}
}

static void temporary(char path[])
{
	strcpy(path, "/tmp/airbatch-orch-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
}

static void an_agent_decides_the_same_after_a_file(void **state)
{
	(void)state;
	struct err err = {""};
	static struct school s;
	for (const struct orch_agent_kind *const *kind = orch_agent_kinds(); *kind; kind++) {
		struct orch_agent *again;
		char path[40];
		temporary(path);
		school_open(&s, (*kind)->name, 3, 'B', .85, 1);
		school_train(&s, 200, 1);
		assert_int_equal(orch_agent_save(s.agent, path, &err), 0);
		if (orch_agent_load(&again, path, &err) < 0)
			fail_msg("%s", err.text);
		assert_ptr_equal(orch_agent_kind_of(again), *kind);
		assert_int_equal(orch_agent_fits(again, *kind, &s.task, false, &err), 0);
		for (int k = 0; k < 50; k++) {
			int one[ORCH_AGENT_USERS], other[ORCH_AGENT_USERS];
			struct orch_state seen = k == 0 ? orch_observe(&s.p) : draw_state(3);
			assert_int_equal(orch_agent_decide(s.agent, &seen, one, &err), 0);
			assert_int_equal(orch_agent_decide(again, &seen, other, &err), 0);
			assert_memory_equal(one, other, 3 * sizeof(*one));
		}
		orch_agent_close(again);
		school_close(&s);
		unlink(path);
	}
}

static void an_agent_for_something_else_is_refused(void **state)
{
	(void)state;
	struct err err = {""};
	static struct school s, other;
	school_open(&s, "q-orch", 2, 'A', .89, 1);
	school_open(&other, "q-orch", 3, 'A', .89, 1);
	assert_int_equal(orch_agent_fits(s.agent, NULL, &other.task, true, &err), -EINVAL);
	assert_string_equal(err.text, "the agent was trained for 2 users, here are 3: train one for 3");
	struct orch_task wanted = s.task;
	assert_int_equal(
	    orch_agent_fits(s.agent, orch_agent_kind_find("dqn-orch", &err), &wanted, false, &err), -EINVAL);
	assert_non_null(strstr(err.text, "the agent is q-orch, not dqn-orch"));
	wanted.threshold = .85;
	assert_int_equal(orch_agent_fits(s.agent, NULL, &wanted, false, &err), -EINVAL);
	assert_non_null(strstr(err.text, "trained for the threshold 0.89, here it is 0.85"));
	assert_int_equal(orch_agent_fits(s.agent, NULL, &wanted, true, &err), 0);
	wanted.accuracy[3] = .5;
	assert_int_equal(orch_agent_fits(s.agent, NULL, &wanted, true, &err), -EINVAL);
	assert_non_null(strstr(err.text, "other accuracies"));
	school_close(&s);
	school_close(&other);
}

static unsigned char *bytes_of(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	unsigned char *data = malloc(1 << 20);
	assert_non_null(f);
	assert_non_null(data);
	*size = fread(data, 1, 1 << 20, f);
	fclose(f);
	return data;
}

static void damaged_and_foreign_files_are_refused(void **state)
{
	(void)state;
	struct err err = {""};
	static struct school s;
	for (const struct orch_agent_kind *const *kind = orch_agent_kinds(); *kind; kind++) {
		char path[40];
		size_t size;
		struct orch_agent *again;
		struct agent *slots;
		temporary(path);
		school_open(&s, (*kind)->name, 2, 'A', .85, 1);
		school_train(&s, 50, 1);
		assert_int_equal(orch_agent_save(s.agent, path, &err), 0);
		unsigned char *data = bytes_of(path, &size);
		for (int k = 0; k < 300; k++) {
			size_t at = rng_below(rng, size);
			data[at] ^= (unsigned char)(1U << rng_below(rng, 8));
			assert_int_equal(orch_agent_from_bytes(&again, data, size, "f.abm", &err), -EBADMSG);
			free(data);
			data = bytes_of(path, &size);
			assert_int_equal(
			    orch_agent_from_bytes(&again, data, rng_below(rng, size), "f.abm", &err),
			    -EBADMSG);
		}
		assert_int_equal(agent_read(&slots, data, size, "f.abm", &err), -EBADMSG);
		assert_non_null(strstr(err.text, "f.abm is an orchestrating agent"));
		free(data);
		school_close(&s);
		unlink(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(canonical_choices_stand_for_all_orders),
	    cmocka_unit_test(joint_choices_are_numbers),
	    cmocka_unit_test(a_choice_below_the_threshold_counts_as_the_worst),
	    cmocka_unit_test(no_choice_breaks_the_threshold),
	    cmocka_unit_test(an_agent_decides_the_same_after_a_file),
	    cmocka_unit_test(an_agent_for_something_else_is_refused),
	    cmocka_unit_test(damaged_and_foreign_files_are_refused),
	};
	return cmocka_run_group_tests(tests, open_rng, close_rng);
}
