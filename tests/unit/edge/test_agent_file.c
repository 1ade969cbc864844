// SPDX-License-Identifier: BSD-3-Clause
// Agent files: what is written is read back and acts the same; any flipped bit, any cut, a foreign file and
// another version are refused with a sentence that names the file.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "dnn/hash.h"
#include "edge/policy/rl/checkpoint.h"

enum { USERS = 3, N_OBS = 7, N_ACTION = 2, TRANSITIONS = 20, HEADER = 40 };

static const struct agent_identity identity = {USERS, N_OBS, N_ACTION, AGENT_CALLS_OG, 0x1234abcd5678u};
static const struct ddpg_options options = {
    .hidden = {8, 6},
    .actor_rate = 1e-3,
    .critic_rate = 1e-3,
    .gamma = 0.9,
    .tau = 0.02,
    .batch = 8,
    .replay = 16,
    .warmup = 8,
    .td3 = true,
    .policy_delay = 1,
};

struct lab {
	struct training training;
	char path[64];
	unsigned char *data;
	size_t size;
};

static void learn_something(struct training *t)
{
	struct rng *rng = rng_new(3, 1, RNG_TEST, 0);
	ddpg_init(&t->ddpg, rng);
	for (int i = 0; i < TRANSITIONS; i++) {
		float values[2 * N_OBS + N_ACTION];
		for (size_t k = 0; k < 2 * N_OBS + N_ACTION; k++)
			values[k] = (float)rng_uniform(rng, -1, 1);
		replay_add(&t->ddpg.replay, values, values + 2 * N_OBS, values[0], values + N_OBS, i == 5);
		ddpg_update(&t->ddpg, rng);
	}
	t->done = 2;
	t->curve[1] = (struct curve_point){-3, 0.5, 0.75, 40, 0};
	training_keep_best(t, 0.0125);
	rng_free(rng);
}

static void lab_open(struct lab *lab, bool state)
{
	struct err err;
	mlp_single_thread();
	assert_int_equal(
	    training_open(&lab->training, &identity, &options, 5, 100, 9, "{\"name\":\"test\"}", &err), 0);
	learn_something(&lab->training);
	snprintf(lab->path, sizeof(lab->path), "/tmp/airbatch-test-%d.abm", (int)getpid());
	assert_int_equal(
	    (state ? checkpoint_write_state : checkpoint_write_agent)(&lab->training, lab->path, &err), 0);
	void *data;
	assert_int_equal(checkpoint_read_file(lab->path, 1 << 20, &data, &lab->size, &err), 0);
	lab->data = data;
}

static void lab_close(struct lab *lab)
{
	unlink(lab->path);
	free(lab->data);
	training_close(&lab->training);
}

static void a_loaded_agent_acts_as_the_trained_one(void **state)
{
	(void)state;
	struct lab lab;
	struct err err;
	struct agent *agent;
	lab_open(&lab, false);
	assert_int_equal(agent_open(&agent, lab.path, &err), 0);
	assert_memory_equal(agent_identity(agent), &identity, sizeof(identity));
	float obs[N_OBS] = {0.1f, 0.9f, 0, 1, 0, 1, 0.25f}, a[N_ACTION], b[N_ACTION];
	ddpg_act(&lab.training.ddpg, obs, a);
	assert_int_equal(agent_act(agent, obs, b, &err), 0);
	assert_memory_equal(a, b, sizeof(a));
	agent_close(agent);
	lab_close(&lab);
}

static void observations_must_be_finite(void **state)
{
	(void)state;
	struct lab lab;
	struct err err;
	struct agent *agent;
	lab_open(&lab, false);
	assert_int_equal(agent_open(&agent, lab.path, &err), 0);
	for (int i = 0; i < N_OBS; i++) {
		float obs[N_OBS] = {0}, action[N_ACTION] = {5, 6};
		obs[i] = i % 2 ? NAN : INFINITY;
		char where[40];
		snprintf(where, sizeof(where), "observation %d of %d", i, N_OBS);
		assert_int_equal(agent_act(agent, obs, action, &err), -EINVAL);
		assert_non_null(strstr(err.text, where));
		assert_true(action[0] == 5 && action[1] == 6);
	}
	agent_close(agent);
	lab_close(&lab);
}

static void an_agent_for_something_else_is_refused(void **state)
{
	(void)state;
	struct lab lab;
	struct err err;
	struct agent *agent;
	lab_open(&lab, false);
	assert_int_equal(agent_open(&agent, lab.path, &err), 0);
	assert_int_equal(agent_fits(agent, &identity, &err), 0);
	struct agent_identity wanted = identity;
	wanted.users = 15;
	assert_int_equal(agent_fits(agent, &wanted, &err), -EINVAL);
	assert_non_null(strstr(err.text, "trained for 3 users, here are 15"));
	wanted = identity;
	wanted.caller = AGENT_CALLS_IP_SSA;
	assert_int_equal(agent_fits(agent, &wanted, &err), -EINVAL);
	assert_non_null(strstr(err.text, "ddpg-og"));
	wanted = identity;
	wanted.topology_hash++;
	assert_int_equal(agent_fits(agent, &wanted, &err), -EINVAL);
	assert_non_null(strstr(err.text, "another topology"));
	agent_close(agent);
	lab_close(&lab);
}

static int read_either(bool state, const void *data, size_t size, struct err *err)
{
	struct agent *agent = NULL;
	struct training training;
	int rc = state ? checkpoint_read_state(&training, data, size, "bad.abm", err)
		       : agent_read(&agent, data, size, "bad.abm", err);
	if (rc == 0 && state)
		training_close(&training);
	agent_close(agent);
	return rc;
}

static void check_damage(bool is_state)
{
	struct lab lab;
	struct err err;
	lab_open(&lab, is_state);
	assert_int_equal(read_either(is_state, lab.data, lab.size, &err), 0);
	for (size_t bit = 0; bit < 8 * lab.size; bit++) {
		lab.data[bit / 8] ^= (unsigned char)(1u << bit % 8);
		if (read_either(is_state, lab.data, lab.size, &err) != -EBADMSG)
			fail_msg("bit %zu flipped: accepted", bit);
		assert_non_null(strstr(err.text, "bad.abm"));
		lab.data[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	for (size_t size = 0; size < lab.size; size++) {
		unsigned char *cut = malloc(size + 1); // of its own, so that a sanitizer sees reads beyond
		memcpy(cut, lab.data, size);
		assert_int_equal(read_either(is_state, cut, size, &err), -EBADMSG);
		free(cut);
	}
	lab_close(&lab);
}

static void damage_is_refused(void **state)
{
	(void)state;
	check_damage(false);
	check_damage(true);
}

// Damage with a checksum that fits: what a fuzzer does. Anything may come back but a crash.
static void nonsense_with_a_checksum_is_survived(void **state)
{
	(void)state;
	for (int is_state = 0; is_state < 2; is_state++) {
		struct lab lab;
		struct err err;
		struct rng *rng = rng_new(77, 1, RNG_TEST, (uint64_t)is_state);
		lab_open(&lab, is_state);
		unsigned char *data = malloc(lab.size);
		for (int i = 0; i < 2000; i++) {
			memcpy(data, lab.data, lab.size);
			for (int k = 0; k < 1 + i % 3; k++)
				data[HEADER + rng_below(rng, i % 2 ? 200 : lab.size - HEADER)] =
				    (unsigned char)rng_below(rng, 256);
			uint64_t hash = hash_bytes(HASH_START, data + HEADER, lab.size - HEADER);
			memcpy(data + HEADER - 8, &hash, sizeof(hash));
			int rc = read_either(is_state, data, lab.size, &err);
			assert_true(rc == 0 || rc == -EBADMSG || rc == -ENOMEM);
		}
		free(data);
		rng_free(rng);
		lab_close(&lab);
	}
}

static void foreign_files_are_told_apart(void **state)
{
	(void)state;
	struct lab lab;
	struct err err;
	char text[100] = "time_s,ue,gain_db\n0,ue1,-90\nand more than a header's worth of bytes";
	assert_int_equal(read_either(false, text, sizeof(text), &err), -EBADMSG);
	assert_non_null(strstr(err.text, "is no agent"));
	lab_open(&lab, true);
	assert_int_equal(read_either(false, lab.data, lab.size, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "a training's state"));
	uint32_t version = 99;
	memcpy(lab.data + 8, &version, sizeof(version));
	assert_int_equal(read_either(true, lab.data, lab.size, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "version 99"));
	lab_close(&lab);
	struct agent *agent;
	assert_int_equal(agent_open(&agent, "/nonexistent/a.abm", &err), -ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent/a.abm"));
}

static void a_state_goes_on_where_it_was(void **state)
{
	(void)state;
	struct lab lab;
	struct err err;
	struct training again;
	lab_open(&lab, true);
	assert_int_equal(checkpoint_load_state(&again, lab.path, &err), 0);
	struct training *both[2] = {&lab.training, &again};
	assert_int_equal(again.done, 2);
	assert_int_equal(again.seed, 9);
	assert_string_equal(again.topology, "{\"name\":\"test\"}");
	assert_memory_equal(again.curve, lab.training.curve, 2 * sizeof(*again.curve));
	for (int i = 0; i < 2; i++) {
		struct rng *rng = rng_new(4, 1, RNG_TEST, 0);
		for (int k = 0; k < 10; k++)
			ddpg_update(&both[i]->ddpg, rng);
		rng_free(rng);
	}
	assert_memory_equal(again.ddpg.actor.parameters, lab.training.ddpg.actor.parameters,
			    learner_saved(&again.ddpg.actor) * sizeof(float));
	training_close(&again);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_loaded_agent_acts_as_the_trained_one),
	    cmocka_unit_test(observations_must_be_finite),
	    cmocka_unit_test(an_agent_for_something_else_is_refused),
	    cmocka_unit_test(damage_is_refused),
	    cmocka_unit_test(nonsense_with_a_checksum_is_survived),
	    cmocka_unit_test(foreign_files_are_told_apart),
	    cmocka_unit_test(a_state_goes_on_where_it_was),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
