// SPDX-License-Identifier: BSD-3-Clause
// Online policies in virtual time, on the same link, batches and messages as any other run: no deadline that
// a device can meet alone is missed, whatever is decided; the same tasks arise under every policy; and what
// was observed decides alone: replayed observations give the decisions in decisions.csv.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "edge/online/decider.h"
#include "edge/policy/rl/checkpoint.h"
#include "setup/topology/hash.h"
#include "tests/unit/sim/sim_star.h"

enum { USERS = 5, MOST_TASKS = 4000 };

static int random_seed(void)
{
	int seed = (int)(time(NULL) % 100000);
	print_message("seed %d\n", seed);
	return seed;
}

// What every topology of this file has in common.
static void describe(char *yaml, size_t size, int seed, const char *policy, const char *arrivals,
		     const char *more)
{
	snprintf(yaml, size,
		 "seed: %d\nduration: 3s\npolicy: %s\n"
		 "ues: {count: %d, distance: 20m..100m, tx_power: 10dBm, deadline: 50ms..200ms, "
		 "deadline_draw: task, "
		 "arrivals: {%s}}\n"
		 "edge: {executor: replay, profile: mobilenet-v2-gpu-model, max_batch: 8, verify: false}\n%s",
		 seed, policy, USERS, arrivals, more);
}

static void open_star(struct star *s, const char *yaml)
{
	struct err err;
	if (star_open(s, yaml, 0, &err) < 0)
		fail_msg("%s", err.text);
}

static void run_star(struct star *s, const char *yaml)
{
	struct err err;
	open_star(s, yaml);
	if (star_run(s, NULL, NULL, &err) < 0)
		fail_msg("%s", err.text);
}

struct task {
	int ue, number, met;
	bool local;
	double arrival_ms, deadline_ms;
};

static int read_tasks(const struct star *s, struct task tasks[])
{
	size_t size;
	char *text = star_read(s, "tasks.csv", &size), *save = NULL;
	int n = 0;
	assert_non_null(text);
	strtok_r(text, "\n", &save);
	for (char *line; (line = strtok_r(NULL, "\n", &save)) && n < MOST_TASKS; n++) {
		struct task *t = &tasks[n];
		int cut, subtasks;
		assert_int_equal(sscanf(line, "%d,%d,%*d,done,%d,%d,%*d,%*d,%*d,%d,%lf,%lf", &t->ue,
					&t->number, &cut, &subtasks, &t->met, &t->arrival_ms,
					&t->deadline_ms),
				 7);
		t->local = cut == subtasks;
	}
	free(text);
	return n;
}

struct rounds {
	int n;
	struct {
		double at_ms;
		int requests;
	} row[MOST_TASKS];
};

static void read_rounds(const struct star *s, struct rounds *r)
{
	size_t size;
	char *text = star_read(s, "rounds.csv", &size), *save = NULL;
	assert_non_null(text);
	strtok_r(text, "\n", &save);
	r->n = 0;
	for (char *line; (line = strtok_r(NULL, "\n", &save)) && r->n < MOST_TASKS; r->n++)
		assert_int_equal(sscanf(line, "%*d,%lf,%*f,%d", &r->row[r->n].at_ms, &r->row[r->n].requests),
				 2);
	free(text);
}

// The next round from *i on of `requests` tasks at this instant. Rounds that are passed over are of a task
// that could not wait for its slot: of one.
static void find_round(const struct rounds *r, int *i, double at_ms, int requests)
{
	for (; *i < r->n && !(r->row[*i].at_ms == at_ms && r->row[*i].requests == requests); ++*i)
		assert_int_equal(r->row[*i].requests, 1);
	assert_true(*i < r->n);
	++*i;
}

// Every task was planned in one round; what a decision lets go, locally and in a call, is a round each.
static void check_rounds(const struct star *s, int n_tasks)
{
	static struct rounds r;
	size_t size;
	char *text = star_read(s, "decisions.csv", &size), *save = NULL;
	int planned = 0, i = 0;
	assert_non_null(text);
	read_rounds(s, &r);
	for (int k = 0; k < r.n; k++)
		planned += r.row[k].requests;
	assert_int_equal(planned, n_tasks);
	strtok_r(text, "\n", &save);
	for (char *line; (line = strtok_r(NULL, "\n", &save));) {
		double at_ms;
		int local, call;
		char action[64];
		// The actions are two numbers, or nothing.
		if (sscanf(line, "%lf,%*[a-z],%*f,,,%*d,%d,%d", &at_ms, &local, &call) != 3)
			assert_int_equal(sscanf(line, "%lf,%*[a-z],%*f,%63[^,],%*f,%*d,%d,%d", &at_ms, action,
						&local, &call),
					 4);
		if (local)
			find_round(&r, &i, at_ms, local);
		if (call)
			find_round(&r, &i, at_ms, call);
	}
	for (; i < r.n; i++)
		assert_int_equal(r.row[i].requests, 1);
	free(text);
}

static const char *const POLICIES[] = {"tw-0:og", "tw-1:ip-ssa", "tw-40:og", "random", "clairvoyant"};
#define N_POLICIES (sizeof(POLICIES) / sizeof(POLICIES[0]))

static void no_deadline_is_missed(void **state)
{
	(void)state;
	static const char *const arrivals[] = {"kind: bernoulli, probability: 30%", "kind: immediate"};
	static struct task tasks[MOST_TASKS];
	int seed = random_seed();
	for (size_t a = 0; a < 2; a++)
		for (size_t p = 0; p < N_POLICIES; p++) {
			char yaml[900];
			struct star star;
			describe(yaml, sizeof(yaml), seed, POLICIES[p], arrivals[a], "");
			run_star(&star, yaml);
			int n = read_tasks(&star, tasks);
			assert_true(n > 20);
			check_rounds(&star, n);
			for (int i = 0; i < n; i++)
				if (!tasks[i].met)
					fail_msg("%s, %s: task %d of ue%d missed", POLICIES[p], arrivals[a],
						 tasks[i].number, tasks[i].ue);
			star_close(&star);
		}
}

// In a shared band a call counts on those that upload then; who uploads after a later slot slows them. So an
// upload may be late, now and then, but never a task that stays on its device.
static void devices_meet_deadlines_in_a_shared_band(void **state)
{
	(void)state;
	static const char *const grants[] = {"equal-share", "round-robin"};
	static struct task tasks[MOST_TASKS];
	int seed = random_seed();
	for (size_t g = 0; g < 2; g++)
		for (size_t p = 0; p < N_POLICIES; p++) {
			char yaml[900], more[60];
			struct star star;
			snprintf(more, sizeof(more), "cell: {grant: %s, bandwidth: 20MHz}\n", grants[g]);
			describe(yaml, sizeof(yaml), seed, POLICIES[p], "kind: bernoulli, probability: 30%",
				 more);
			run_star(&star, yaml);
			int n = read_tasks(&star, tasks), late = 0;
			assert_true(n > 20);
			check_rounds(&star, n);
			for (int i = 0; i < n; i++) {
				late += !tasks[i].met;
				if (!tasks[i].met && tasks[i].local)
					fail_msg("%s, %s: task %d of ue%d missed on its device", POLICIES[p],
						 grants[g], tasks[i].number, tasks[i].ue);
			}
			if (10 * late > n)
				fail_msg("%s, %s: %d of %d late", POLICIES[p], grants[g], late, n);
			star_close(&star);
		}
}

// Poisson tasks do not ask whether the UE is busy: number k of a UE is the same task under every policy.
static void every_policy_meets_the_same_tasks(void **state)
{
	(void)state;
	static struct task first[MOST_TASKS], tasks[MOST_TASKS];
	static const char *const names[] = {"tw-3:og", "lc", "random"};
	int seed = random_seed(), n_first = 0;
	for (size_t p = 0; p < 3; p++) {
		char yaml[900];
		struct star star;
		describe(yaml, sizeof(yaml), seed, names[p], "kind: poisson, rate: 4", "");
		run_star(&star, yaml);
		int n = read_tasks(&star, tasks);
		if (p == 0)
			memcpy(first, tasks, sizeof(first));
		n_first = p == 0 ? n : n_first;
		assert_int_equal(n, n_first);
		for (int i = 0; i < n; i++) {
			int k = 0;
			while (k < n && (first[k].ue != tasks[i].ue || first[k].number != tasks[i].number))
				k++;
			assert_true(k < n);
			assert_true(first[k].arrival_ms == tasks[i].arrival_ms);
			assert_true(first[k].deadline_ms == tasks[i].deadline_ms);
		}
		star_close(&star);
	}
}

// An agent that has learnt nothing: its first parameters, drawn from a seed.
static void write_agent(const char *path, const struct agent_identity *identity)
{
	static const struct ddpg_options options = {.hidden = {16, 16},
						    .actor_rate = 1e-3,
						    .critic_rate = 1e-3,
						    .gamma = .9,
						    .tau = .01,
						    .batch = 8,
						    .replay = 16,
						    .warmup = 8,
						    .policy_delay = 1};
	struct training t;
	struct err err;
	if (training_open(&t, identity, &options, 1, 1, 1, NULL, &err) < 0)
		fail_msg("%s", err.text);
	struct rng *rng = rng_new(5, 1, RNG_TEST, 0);
	ddpg_init(&t.ddpg, rng);
	rng_free(rng);
	if (checkpoint_write_agent(&t, path, &err) < 0)
		fail_msg("%s", err.text);
	training_close(&t);
}

static uint64_t hash_of(const char *yaml)
{
	struct star star;
	struct err err;
	uint64_t hash;
	open_star(&star, yaml);
	assert_int_equal(topology_hash(&hash, star.topology, &err), 0);
	star_close(&star);
	return hash;
}

// Each row's observation through the decider again: the same action and choice.
static int replay(const struct star *star, struct decider *d, const struct slot_config *slots)
{
	static const char *const choices[] = {"wait", "local", "call"};
	size_t size;
	char *text = star_read(star, "decisions.csv", &size), *save = NULL;
	int n = 0;
	assert_non_null(text);
	strtok_r(text, "\n", &save);
	for (char *line; (line = strtok_r(NULL, "\n", &save)); n++) {
		char choice[16];
		float action[2], obs[2 * USERS + 1];
		struct decision decision;
		struct err err;
		const struct decider_view nothing = {0};
		assert_int_equal(sscanf(line, "%*f,%15[a-z],%*f,%f,%f", choice, &action[0], &action[1]), 3);
		char *at = strrchr(line, ',') + 1;
		for (int i = 0; i < slot_observation_size(slots); i++)
			obs[i] = strtof(at, &at);
		assert_int_equal(decider_decide(d, &nothing, obs, &decision, &err), 0);
		assert_memory_equal(decision.action, action, sizeof(action));
		assert_string_equal(choices[decision.choice.verdict], choice);
	}
	free(text);
	return n;
}

static void observations_alone_decide(void **state)
{
	(void)state;
	static const char *const names[] = {"random", "ddpg-og", "ddpg-ip-ssa"};
	char path[] = "/tmp/airbatch-agent-XXXXXX", yaml[900], more[100];
	close(mkstemp(path));
	int seed = random_seed();
	for (size_t p = 0; p < 3; p++) {
		const char *agent = p > 0 ? "agent: " : "", *comma = p > 0 ? ", " : "";
		snprintf(more, sizeof(more), "online: {%s%s%sdeadline_scale: 200ms}\n", agent,
			 p > 0 ? path : "", comma);
		struct star star;
		struct decider *d;
		struct err err;
		describe(yaml, sizeof(yaml), seed, names[p], "kind: bernoulli", more);
		const struct agent_identity identity = {USERS, 2 * USERS + 1, SLOT_ACTIONS,
							p == 2 ? AGENT_CALLS_IP_SSA : AGENT_CALLS_OG,
							hash_of(yaml)};
		write_agent(path, &identity);
		run_star(&star, yaml);
		const struct slot_config slots = {.n_users = USERS, .slot_s = .025, .deadline_scale_s = .2};
		const struct decider_config config = {.name = names[p],
						      .agent_path = path,
						      .topology_hash = identity.topology_hash,
						      .slots = &slots};
		if (decider_open(&d, &config, &err) < 0)
			fail_msg("%s", err.text);
		assert_true(replay(&star, d, &slots) > 30);
		decider_close(d);
		star_close(&star);
	}
	unlink(path);
}

static void a_foreign_agent_is_refused(void **state)
{
	(void)state;
	static const struct {
		struct agent_identity identity;
		const char *says;
	} wrong[] = {{{4, 9, 2, AGENT_CALLS_OG, 0}, "trained for 4 users, here are 5"},
		     {{5, 11, 2, AGENT_CALLS_IP_SSA, 0}, "trained as ddpg-ip-ssa, not as ddpg-og"},
		     {{5, 11, 2, AGENT_CALLS_OG, 77}, "trained for another topology"}};
	char path[] = "/tmp/airbatch-agent-XXXXXX", yaml[900], more[100];
	close(mkstemp(path));
	snprintf(more, sizeof(more), "online: {agent: %s}\n", path);
	describe(yaml, sizeof(yaml), 1, "ddpg-og", "kind: bernoulli", more);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct star star;
		struct err err;
		write_agent(path, &wrong[i].identity);
		open_star(&star, yaml);
		assert_true(star_run(&star, NULL, NULL, &err) < 0);
		if (!strstr(err.text, wrong[i].says) || !strstr(err.text, path))
			fail_msg("'%s' does not say '%s'", err.text, wrong[i].says);
		star_close(&star);
	}
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_deadline_is_missed),
	    cmocka_unit_test(devices_meet_deadlines_in_a_shared_band),
	    cmocka_unit_test(every_policy_meets_the_same_tasks),
	    cmocka_unit_test(observations_alone_decide),
	    cmocka_unit_test(a_foreign_agent_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
