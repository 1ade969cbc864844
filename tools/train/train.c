// SPDX-License-Identifier: BSD-3-Clause
#include "tools/train/train.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

struct ddpg_options train_options(const struct topology *t)
{
	return (struct ddpg_options){
	    .hidden = {t->train.hidden, t->train.hidden},
	    .actor_rate = t->train.actor_rate,
	    .critic_rate = t->train.critic_rate,
	    .gamma = t->train.gamma,
	    .tau = t->train.tau,
	    .batch = t->train.batch,
	    .replay = t->train.replay,
	    .warmup = t->train.warmup,
	    .noise_first = t->train.noise_first,
	    .noise_last = t->train.noise_last,
	    .td3 = t->train.td3,
	    .target_noise = t->train.target_noise,
	    .target_noise_limit = t->train.target_noise_limit,
	    .policy_delay = t->train.policy_delay,
	};
}

char *train_state_path(const char *path, char *buf, size_t size)
{
	snprintf(buf, size, "%s.state", path);
	return buf;
}

static double sigma_of(const struct training *t)
{
	const struct ddpg_options *o = &t->ddpg.options;
	double share = t->episodes > 1 ? (double)t->done / (t->episodes - 1) : 0;
	return o->noise_first + share * (o->noise_last - o->noise_first);
}

struct streams {
	struct rng *exploration, *replay;
};

static int one_slot(struct training *t, struct env_batch *env, const struct streams *streams, double sigma,
		    struct err *err)
{
	float seen[MLP_MAX_WIDTH];
	memcpy(seen, env->obs, (size_t)env->n_obs * sizeof(*seen));
	ddpg_explore(&t->ddpg, seen, sigma, streams->exploration, env->action);
	int rc = env_step(env, 0, err);
	if (rc < 0)
		return rc;
	replay_add(&t->ddpg.replay, seen, env->action, env->reward[0], env->obs, false);
	ddpg_update(&t->ddpg, streams->replay);
	return 0;
}

static int one_episode(struct training *t, struct env_batch *env, const struct streams *streams,
		       struct err *err)
{
	double sigma = sigma_of(t);
	int rc = env_reset(env, 0, t->seed, TRAIN_RUNS + (uint64_t)t->done, err);
	for (int slot = 0; rc == 0 && slot < t->slots; slot++)
		rc = one_slot(t, env, streams, sigma, err);
	const struct env_log *log = env_log(env, 0);
	if (rc == 0 && log->misses > 0)
		rc =
		    err_set(err, EPROTO,
			    "%lld of %lld tasks missed their deadlines in virtual time: ues.deadline is less "
			    "than a device needs alone at device.f_max",
			    (long long)log->misses, (long long)log->tasks);
	if (rc == 0)
		t->curve[t->done++] =
		    (struct curve_point){log->reward, log->energy_j, log->local_j, (double)log->tasks, 0};
	return rc;
}

static int next_episode(struct training *t, struct env_batch *env, struct err *err)
{
	uint64_t episode = (uint64_t)t->done;
	struct streams streams = {.exploration = rng_new(t->seed, episode, RNG_EXPLORATION, 0),
				  .replay = rng_new(t->seed, episode, RNG_REPLAY, 0)};
	int rc = streams.exploration && streams.replay ? one_episode(t, env, &streams, err)
						       : err_set(err, ENOMEM, "no memory");
	rng_free(streams.exploration);
	rng_free(streams.replay);
	return rc;
}

// Energy a task of the actor as it is, over episodes of their own that are always the same; the best is kept.
static int validate(const struct train_job *job, struct err *err)
{
	struct training *t = job->training;
	struct env_batch *env = job->env;
	double energy_j = 0, tasks = 0;
	int rc = 0;
	for (int k = 0; rc == 0 && k < job->validation; k++) {
		rc = env_reset(env, 0, t->seed, VALIDATION_RUNS + (uint64_t)k, err);
		for (int slot = 0; rc == 0 && slot < t->slots; slot++) {
			ddpg_act(&t->ddpg, env->obs, env->action);
			rc = env_step(env, 0, err);
		}
		energy_j += env_log(env, 0)->energy_j;
		tasks += (double)env_log(env, 0)->tasks;
	}
	if (rc == 0 && tasks > 0)
		training_keep_best(t, energy_j / tasks);
	return rc;
}

static int save(const struct train_job *job, struct err *err)
{
	char state[PATH_MAX];
	train_state_path(job->path, state, sizeof(state));
	int rc = checkpoint_write_state(job->training, state, err);
	return rc < 0 ? rc : checkpoint_write_agent(job->training, job->path, err);
}

static int finish(const struct train_job *job, struct err *err)
{
	char state[PATH_MAX];
	int rc = checkpoint_write_agent(job->training, job->path, err);
	if (rc == 0 && unlink(train_state_path(job->path, state, sizeof(state))) < 0 && errno != ENOENT)
		return err_sys(err, errno, "cannot remove %s", state);
	return rc;
}

static int run_episodes(const struct train_job *job, struct err *err)
{
	struct training *t = job->training;
	int64_t began_ns = clock_now_ns();
	while (t->done < t->episodes) {
		int rc = next_episode(t, job->env, err);
		if (rc == 0 && t->ddpg.updates > 0)
			rc = validate(job, err);
		if (rc < 0)
			return rc;
		if (job->progress)
			job->progress(t, ns_to_s(clock_now_ns() - began_ns), job->user);
		if (t->done == t->episodes)
			break;
		bool stop = job->stop && *job->stop;
		if (stop || t->done % job->save_every == 0)
			rc = save(job, err);
		if (stop || rc < 0)
			return rc;
	}
	return finish(job, err);
}

int train_run(const struct train_job *job, struct err *err)
{
	int threads = mlp_single_thread();
	int rc = run_episodes(job, err);
	mlp_restore_threads(threads);
	return rc;
}
