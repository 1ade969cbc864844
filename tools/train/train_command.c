// SPDX-License-Identifier: BSD-3-Clause
#include "tools/train/command.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/argument.h"
#include "base/cache.h"
#include "base/log.h"
#include "base/output.h"
#include "edge/policy/rl/format.h"
#include "setup/topology/arguments.h"
#include "tools/train/orchestration.h"
#include "tools/train/progress.h"
#include "tools/train/train.h"
#include "tools/train/world.h"

#define CURVE_HEADER "episode,reward,tasks,energy_mj_per_task,local_mj_per_task,validated_mj_per_task"

enum {
	KEY_POLICY = 256,
	KEY_EPISODES,
	KEY_TD3,
	KEY_RESUME,
	KEY_ANEW,
	KEY_CURVE,
	KEY_INSTANCE,
	KEY_INTERACTIONS,
	KEY_FROM
};

static const struct argp_option option_table[] = {
    {"policy", KEY_POLICY, "POLICY", 0,
     "ddpg-og (default) or ddpg-ip-ssa: what the agent calls; with --instance q-orch (default), dqn-orch, "
     "hybrid-orch, rl-no-selection or independent-orch",
     0},
    {"instance", KEY_INSTANCE, "FILE.json", 0,
     "in place of a topology: a problem of orchestration to learn in; repeat it for an agent that knows "
     "several "
     "conditions",
     0},
    {"interactions", KEY_INTERACTIONS, "N", 0, "with --instance: how many requests to learn from", 0},
    {"from", KEY_FROM, "FILE.abm", 0, "with --instance: go on from an agent, also of another threshold", 0},
    {"out", 'o', "FILE.abm", 0, "where the agent goes (default: agent.abm)", 0},
    {"episodes", KEY_EPISODES, "N", 0, "same as --set train.episodes=N", 0},
    {"td3", KEY_TD3, 0, 0, "same as --set train.td3=true", 0},
    {"resume", KEY_RESUME, 0, 0, "go on with a training that was stopped (FILE.state)", 0},
    {"anew", KEY_ANEW, 0, 0, "begin again, although FILE.state could be resumed", 0},
    {"curve", KEY_CURVE, "FILE.csv", 0, "also write the training curve, a row an episode", 0},
    {"quiet", 'q', 0, 0, "print errors only", 0},
    {0},
};

struct arguments {
	struct topology_arguments topology;
	enum agent_caller caller;
	const char *out, *curve;
	bool resume, anew, quiet;
	const char *policy;
	struct train_orchestration orchestration; // with --instance
};

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

static enum agent_caller caller_of(const char *name, struct argp_state *state)
{
	for (enum agent_caller c = AGENT_CALLS_OG; c <= AGENT_CALLS_IP_SSA; c++)
		if (strcmp(name, agent_policy_text(c)) == 0)
			return c;
	argp_error(state,
		   "'%s' is not trained: there are ddpg-og and ddpg-ip-ssa, and with --instance those that "
		   "orchestrate",
		   name);
	return AGENT_CALLS_OG;
}

static void add_instance(struct train_orchestration *o, const char *file, struct argp_state *state)
{
	if (o->n_instances == TRAIN_MAX_INSTANCES)
		argp_error(state, "more than %d instances", TRAIN_MAX_INSTANCES);
	o->instances[o->n_instances++] = file;
}

// With --instance: of the topology's options only the seed has a meaning.
static void finish_orchestration(struct arguments *a, struct argp_state *state)
{
	struct err err = {""};
	struct train_orchestration *o = &a->orchestration;
	if (a->topology.file || a->resume || a->anew)
		argp_error(state,
			   "--instance stands in place of a topology, and --from in place of --resume");
	for (int i = 0; i < a->topology.n_set; i++) {
		if (strncmp(a->topology.set[i], "seed=", 5) != 0)
			argp_error(state, "%s belongs to a topology, not to --instance", a->topology.set[i]);
		o->seed = (uint64_t)argument_whole(a->topology.set[i] + 5, 0, INT_MAX, "--seed", state);
	}
	o->kind = orch_agent_kind_find(a->policy ? a->policy : "q-orch", &err);
	if (!o->kind)
		argp_error(state, "%s", err.text);
	o->out = a->out;
	o->curve = a->curve;
	o->quiet = a->quiet;
}

static void finish_arguments(struct arguments *a, struct argp_state *state)
{
	if (a->orchestration.n_instances > 0) {
		finish_orchestration(a, state);
		return;
	}
	if (a->orchestration.from || a->orchestration.interactions > 0)
		argp_error(state, "--from and --interactions belong to --instance");
	if (!a->topology.file)
		argp_error(state, "a topology file is needed, such as topologies/quickstart.yaml");
	if (a->policy)
		a->caller = caller_of(a->policy, state);
	if (a->resume && a->anew)
		argp_error(state, "--resume goes on, --anew begins again: give one of them");
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->topology;
		return 0;
	case KEY_POLICY:
		a->policy = value;
		return 0;
	case KEY_INSTANCE:
		add_instance(&a->orchestration, value, state);
		return 0;
	case KEY_INTERACTIONS:
		a->orchestration.interactions =
		    (int)argument_whole(value, 1, 100000000, "--interactions", state);
		return 0;
	case KEY_FROM:
		a->orchestration.from = value;
		return 0;
	case 'o':
		a->out = value;
		return 0;
	case KEY_EPISODES:
		topology_arguments_set(&a->topology, "train.episodes", value, state);
		return 0;
	case KEY_TD3:
		topology_arguments_set(&a->topology, "train.td3", "true", state);
		return 0;
	case KEY_RESUME:
		a->resume = true;
		return 0;
	case KEY_ANEW:
		a->anew = true;
		return 0;
	case KEY_CURVE:
		a->curve = value;
		return 0;
	case 'q':
		a->quiet = true;
		return 0;
	case ARGP_KEY_END:
		finish_arguments(a, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int begin(struct training *t, const struct arguments *a, const struct world *w, struct err *err)
{
	char state[PATH_MAX];
	train_state_path(a->out, state, sizeof(state));
	if (!a->anew && access(state, F_OK) == 0)
		return err_set(err, EEXIST,
			       "%s is a training that was stopped: --resume goes on, --anew begins again",
			       state);
	int mine = output_file(state, FORMAT_MAGIC, "training", "--out", err);
	if (mine < 0)
		return mine;
	const struct topology *topology = w->topology;
	struct agent_identity identity = world_identity(w, a->caller);
	struct ddpg_options options = train_options(topology);
	json_t *json = topology_to_json(topology);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	if (!text)
		return err_set(err, ENOMEM, "no memory for the topology");
	int rc = training_open(t, &identity, &options, topology->train.episodes, topology->train.slots,
			       (uint64_t)topology->seed, text, err);
	free(text);
	struct rng *rng = rc == 0 ? rng_new(t->seed, 0, RNG_AGENT, 0) : NULL;
	if (rc == 0 && !rng)
		rc = err_set(err, ENOMEM, "no memory");
	if (rc == 0)
		ddpg_init(&t->ddpg, rng);
	rng_free(rng);
	if (rc < 0)
		training_close(t);
	return rc;
}

// Whether the keys train.* are those that the training was started with, but for how often it is saved.
static bool same_constants(const struct training *t, const struct topology *topology)
{
	json_t *then = t->topology ? json_loads(t->topology, 0, NULL) : NULL;
	json_t *now = topology_to_json(topology);
	json_t *had = json_object_get(then, "train"), *has = json_object_get(now, "train");
	json_object_del(had, "save_every");
	json_object_del(has, "save_every");
	bool same = had && has && json_equal(had, has);
	json_decref(then);
	json_decref(now);
	return same;
}

// What was stopped must be what is asked for now.
static int check_resumed(const struct training *t, const struct arguments *a, const struct world *w,
			 const char *state, struct err *err)
{
	struct agent_identity wanted = world_identity(w, a->caller), has = t->identity;
	bool same_world = has.topology_hash == wanted.topology_hash && has.caller == wanted.caller &&
			  has.users == wanted.users;
	if (!same_world || t->seed != (uint64_t)w->topology->seed)
		return err_set(err, EINVAL,
			       "%s is the training of %s for %d users with seed %llu in another topology or "
			       "setting: resume with what it was started with, or --anew",
			       state, agent_policy_text(has.caller), has.users, (unsigned long long)t->seed);
	if (!same_constants(t, w->topology))
		return err_set(err, EINVAL,
			       "%s was started with %d episodes of %d slots and its own constants train.*: "
			       "resume with the same, or --anew",
			       state, t->episodes, t->slots);
	return 0;
}

static int resume(struct training *t, const struct arguments *a, const struct world *w, struct err *err)
{
	char state[PATH_MAX];
	train_state_path(a->out, state, sizeof(state));
	int rc = checkpoint_load_state(t, state, err);
	if (rc == -ENOENT)
		return err_set(err, ENOENT,
			       "there is no %s: nothing to resume (it is gone when a training is done)",
			       state);
	if (rc < 0)
		return rc;
	rc = check_resumed(t, a, w, state, err);
	if (rc < 0)
		training_close(t);
	return rc;
}

static int write_curve(const struct training *t, const char *path, struct err *err)
{
	FILE *f = fopen(path, "we");
	if (!f)
		return err_sys(err, errno, "cannot write %s", path);
	fputs(CURVE_HEADER "\n", f);
	for (int i = 0; i < t->done; i++) {
		const struct curve_point *p = &t->curve[i];
		double tasks = p->tasks > 0 ? p->tasks : 1;
		fprintf(f, "%d,%.9g,%.0f,%.9g,%.9g,%.9g\n", i + 1, p->reward, p->tasks,
			1e3 * p->energy_j / tasks, 1e3 * p->local_j / tasks, 1e3 * p->validated_j);
	}
	int failed = ferror(f);
	return fclose(f) != 0 || failed ? err_set(err, EIO, "cannot write %s", path) : 0;
}

static int train(const struct arguments *a, const struct world *w, struct training *t, struct err *err)
{
	struct env_config config = w->env;
	struct env_batch env;
	config.caller = policy_find(agent_caller_text(a->caller), err);
	int rc = env_init(&env, &config, 1, err);
	struct train_progress *progress = rc == 0 ? train_progress_new(a->quiet, t->done) : NULL;
	if (rc == 0 && !progress)
		rc = err_set(err, ENOMEM, "no memory");
	struct train_job job = {.training = t,
				.env = &env,
				.path = a->out,
				.save_every = w->topology->train.save_every,
				.validation = w->topology->train.validation,
				.stop = &interrupted,
				.progress = train_progress_show,
				.user = progress};
	rc = rc < 0 ? rc : train_run(&job, err);
	train_progress_free(progress);
	env_close(&env);
	return rc == 0 && a->curve ? write_curve(t, a->curve, err) : rc;
}

static void catch_interrupts(void)
{
	struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int complain(int status, const struct err *err)
{
	log_error("%s", err->text);
	return status;
}

static int open_and_train(const struct arguments *a, const struct world *w)
{
	struct err err = {""};
	struct training t = {0};
	int rc = output_file(a->out, FORMAT_MAGIC, "agent", "--out", &err);
	if (rc == 0 && a->curve)
		rc = output_file(a->curve, CURVE_HEADER, "training curve", "--curve", &err);
	rc = rc < 0 ? rc : a->resume ? resume(&t, a, w, &err) : begin(&t, a, w, &err);
	if (rc < 0)
		return complain(rc == -ENOMEM ? 1 : 2, &err);
	catch_interrupts();
	rc = train(a, w, &t, &err);
	int done = t.done, episodes = t.episodes;
	training_close(&t);
	if (rc < 0)
		return complain(1, &err);
	if (done == episodes && !a->quiet)
		printf("%s: %s after %d episodes\n", a->out, agent_policy_text(a->caller), done);
	if (done == episodes)
		return 0;
	log_warn("stopped after %d of %d episodes; go on with --resume", done, episodes);
	return 1;
}

const struct argp train_argp = {
    .options = option_table,
    .parser = parse,
    .args_doc = "TOPOLOGY.yaml",
    .doc = "Trains the agent of an online policy in virtual time (keys train.* and online.* of the "
	   "topology). Ctrl-C ends after the episode under way, and --resume goes on as if nothing had been. "
	   "With "
	   "--instance: an agent that orchestrates devices, edge and cloud, on the response times of written "
	   "problems.\v"
	   "Exit status: 0 done, 1 failed or stopped, 2 wrong usage, topology or file.",
    .children = topology_argp_children};

int train_command(int argc, char **argv)
{
	struct arguments a = {
	    .topology.optional = true, .caller = AGENT_CALLS_OG, .out = "agent.abm", .orchestration.seed = 1};
	struct world w;
	struct err err = {""};
	argp_err_exit_status = 2;
	argp_parse(&train_argp, argc, argv, 0, NULL, &a);
	if (a.orchestration.n_instances > 0) {
		int done = train_orchestration(&a.orchestration);
		topology_arguments_free(&a.topology);
		return done;
	}
	int rc = world_open(&w, a.topology.file, a.topology.set, &err);
	int status = rc < 0 ? complain(rc == -ENOMEM ? 1 : 2, &err) : open_and_train(&a, &w);
	world_close(&w);
	topology_arguments_free(&a.topology);
	return status;
}
