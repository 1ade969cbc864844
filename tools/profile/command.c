// SPDX-License-Identifier: BSD-3-Clause
#include "tools/profile/command.h"

#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/argument.h"
#include "base/log.h"
#include "base/output.h"
#include "base/percent.h"
#include "dnn/executor.h"
#include "dnn/profile.h"
#include "tools/profile/list.h"
#include "tools/profile/show.h"

#define WEIGHT_SEED 1 // any: times do not depend on it

enum { OPTION_THREADS = 1, OPTION_RUNS, OPTION_WARM_UP, OPTION_REFRESH };

struct arguments {
	const char *network, *backend, *replayed, *out;
	int max_batch, threads, runs, warm_up;
	bool quiet, refresh;
};

static const struct argp_option options[] = {
    {"network", 'n', "NAME", 0, "a built-in network, or a file that describes one (./mine.net)", 0},
    {"backend", 'b', "NAME", 0, "the executor: cpu (default), replay, or what else this build finds", 0},
    {"batches", 'B', "1-MAX", 0, "batches of 1 to MAX inputs; default 1-8", 0},
    {"threads", OPTION_THREADS, "N", 0, "worker threads of the cpu executor; default 1", 0},
    {"runs", OPTION_RUNS, "N", 0,
     "recorded runs of every batch; default: 15 undisturbed ones and 3 s, at most 40, at least 5 in 30 s", 0},
    {"warm-up", OPTION_WARM_UP, "N", 0, "runs before that are not recorded; default 2", 0},
    {"profile", 'p', "FILE|NAME", 0, "what the replay backend replays", 0},
    {"refresh", OPTION_REFRESH, NULL, 0,
     "measure anew what runs take from the cache, in at least this size, and keep it there", 0},
    {"output", 'o', "FILE", 0, "write the profile there (CSV); default: only print it", 0},
    {"quiet", 'q', NULL, 0, "no progress", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'n':
		a->network = arg;
		return 0;
	case 'b':
		a->backend = arg;
		return 0;
	case 'B':
		// Rows below the largest batch are part of every profile: a range begins with 1.
		if (strncmp(arg, "1-", 2) == 0)
			arg += 2;
		a->max_batch =
		    (int)argument_whole(arg, 1, EXECUTOR_MAX_BATCH, "--batches 1-MAX: MAX is", state);
		return 0;
	case OPTION_THREADS:
		a->threads = (int)argument_whole(arg, 1, 1024, "--threads", state);
		return 0;
	case OPTION_RUNS:
		a->runs = (int)argument_whole(arg, 1, 1000000, "--runs", state);
		return 0;
	case OPTION_WARM_UP:
		a->warm_up = (int)argument_whole(arg, 0, 1000000, "--warm-up", state);
		return 0;
	case OPTION_REFRESH:
		a->refresh = true;
		return 0;
	case 'p':
		a->replayed = arg;
		return 0;
	case 'o':
		a->out = arg;
		return 0;
	case 'q':
		a->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': expected options only, or `airbatch profile show FILE...` or `list`",
			   arg);
		return 0;
	case ARGP_KEY_END:
		if (a->refresh && (a->runs || a->warm_up >= 0))
			argp_error(state, "--refresh measures as a run does: without --runs and --warm-up");
		if (!a->network)
			argp_error(state, "--network is needed, such as --network mobilenet-v2");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
	(void)signal;
	stop = 1;
}

static void take_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal,
				   .sa_flags = (int)SA_RESETHAND}; // a second one kills
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int measure(const struct arguments *a, const struct network *net, struct executor *e, struct err *err)
{
	struct profile *p = NULL;
	char what[160];
	snprintf(what, sizeof(what), "profiling %s on %s, batches of 1 to %d", a->network, a->backend,
		 a->max_batch);
	struct percent percent = {.what = what, .quiet = a->quiet};
	struct profile_options how = {.warm_up = a->warm_up, .rounds = a->runs, .stop = &stop};
	struct profile_cache_options anew = {
	    .refresh = true, .stop = &stop, .progress = percent_show, .user = &percent};
	int r = a->refresh ? profile_cached(&p, e, net, a->max_batch, &anew, NULL, err)
			   : profile_measure(&p, e, net, a->max_batch, &how, percent_show, &percent, err);
	percent_end(&percent);
	if (r < 0)
		return r;
	profile_print(p, stdout);
	if (a->out)
		r = profile_save(p, a->out, err);
	if (a->out && r == 0)
		printf("written to %s\n", a->out);
	profile_free(p);
	return r;
}

static int open_and_measure(const struct arguments *a, struct err *err)
{
	struct network *net = NULL;
	struct profile *replayed = NULL;
	struct executor *e = NULL;
	int r = a->out ? output_file(a->out, PROFILE_MARK, "profile", "--output", err) : 0;
	r = r < 0 ? r : network_open(&net, a->network, WEIGHT_SEED, err);
	if (r == 0 && a->replayed)
		r = profile_load(&replayed, a->replayed, err);
	struct executor_options how = {.threads = a->threads, .profile = replayed};
	r = r < 0 ? r : executor_open(&e, a->backend, net, &how, err);
	r = r < 0 ? r : measure(a, net, e, err);
	executor_close(e);
	profile_free(replayed);
	network_free(net);
	return r;
}

const struct argp profile_argp = {
    options,
    parse,
    "",
    "Measures F_n(b), how long a batch of b inputs of each sub-task takes: whole chains as the edge runs "
    "them, "
    "batch sizes mixed; median and spread of each, with the identity of the machine and the evidence that "
    "nobody else used it meanwhile.\v"
    "`airbatch profile list` lists what this machine's runs take from the cache, `airbatch profile show "
    "FILE|NAME...` prints and plots profiles. Runs take profiles with edge.executor=replay and "
    "edge.profile=FILE; with edge.executor=cpu the edge measures this processor itself, once, and anew after "
    "--refresh or when the machine was disturbed.",
    NULL,
    NULL,
    NULL};

static int measure_command(int argc, char **argv)
{
	struct arguments a = {.backend = "cpu", .max_batch = 8, .threads = 1, .warm_up = -1};
	argp_parse(&profile_argp, argc, argv, 0, NULL, &a);
	struct err err = {0};
	take_signals();
	int r = open_and_measure(&a, &err);
	if (r < 0)
		log_error("%s", err.text);
	return r == 0 ? 0 : r == -EINVAL || r == -ENOENT ? 2 : 1;
}

int profile_command(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "list") == 0) {
		static char name[] = "airbatch profile list";
		argv[1] = name;
		return profile_list_command(argc - 1, argv + 1);
	}
	if (argc > 1 && strcmp(argv[1], "show") == 0) {
		static char name[] = "airbatch profile show"; // argp prints it in usage lines
		argv[1] = name;
		return profile_show_command(argc - 1, argv + 1);
	}
	return measure_command(argc, argv);
}
