// SPDX-License-Identifier: BSD-3-Clause
#include "setup/prepare.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "base/log.h"
#include "base/percent.h"
#include "dnn/confidence.h"
#include "dnn/executor.h"
#include "dnn/profile.h"
#include "dnn/samples.h"
#include "edge/desk/record.h"
#include "setup/accuracy.h"

int prepared_networks_of(const struct topology *t, int *network_of_ue)
{
	int n = 0;
	for (int i = 0; i < t->n_ues; i++) {
		int k = 0;
		while (k < i && strcmp(t->ue[k].network, t->ue[i].network) != 0)
			k++;
		network_of_ue[i] = k < i ? network_of_ue[k] : n++;
	}
	return n;
}

int prepared_max_batch(const struct topology *t)
{
	int64_t jobs = 0;
	for (int i = 0; i < t->n_ues; i++)
		jobs += t->ue[i].open_tasks;
	int most = t->edge.max_batch < BATCH_MAX_MEMBERS ? t->edge.max_batch : BATCH_MAX_MEMBERS;
	return jobs < most ? (int)jobs : most;
}

static int find_networks(struct prepared *p, const struct topology *t, struct err *err)
{
	p->networks = calloc((size_t)t->n_ues, sizeof(*p->networks));
	p->network_of_ue = calloc((size_t)t->n_ues, sizeof(*p->network_of_ue));
	if (!p->networks || !p->network_of_ue) {
		err_set(err, ENOMEM, "no memory");
		return -ENOMEM;
	}
	p->n = prepared_networks_of(t, p->network_of_ue);
	for (int i = 0; i < t->n_ues; i++)
		snprintf(p->networks[p->network_of_ue[i]].name, sizeof(p->networks[0].name), "%s",
			 t->ue[i].network);
	return 0;
}

static void tell(const struct prepared_network *n, const struct topology *t, const char *executor,
		 int max_batch, enum profile_cached how, bool quiet)
{
	char anew[sizeof(n->name) + 128];
	profile_refresh_command(anew, sizeof(anew), n->name, executor_backend((int)t->edge.executor),
				t->edge.threads);
	if (how != PROFILE_FOUND && !quiet)
		log_info("profiled %s on %s, batches of 1 to %d", n->name, executor, max_batch);
	if (n->profile->disturbed)
		log_warn(
		    "F_n(b) of %s was measured while others used the machine: plans may not hold; the next "
		    "run measures it anew (or `%s`)",
		    n->name, anew);
}

// The processor's or the GPU's own F_n(b), measured once on this machine.
static int own_profile(struct prepared_network *n, struct executor *e, const struct network *net,
		       const struct topology *t, int max_batch, bool quiet, struct err *err)
{
	struct percent progress = {.what = "profiling the executor (once)", .quiet = quiet};
	const struct profile_cache_options options = {.progress = percent_show, .user = &progress};
	enum profile_cached how;
	int r = profile_cached(&n->profile, e, net, max_batch, &options, &how, err);
	percent_end(&progress);
	if (r == 0)
		tell(n, t, executor_describe(e), max_batch, how, quiet);
	return r;
}

static int load_profile(struct prepared_network *n, const struct network *net, const struct topology *t,
			struct err *err)
{
	int r = profile_load(&n->profile, t->edge.profile, err);
	r = r < 0 ? r : profile_check(n->profile, net, err);
	if (r < 0)
		err_prefix(err, "edge.profile");
	return r;
}

// A given profile plans for the executor only when it was measured on it.
static int given_profile(struct prepared_network *n, const struct network *net, const struct topology *t,
			 const struct executor *e, struct err *err)
{
	char here[sizeof(n->profile->source)];
	int r = load_profile(n, net, t, err);
	profile_describe_source(e, here, sizeof(here));
	if (r == 0 && (n->profile->modelled || strcmp(n->profile->source, here) != 0))
		r = err_set(
		    err, EINVAL,
		    "edge.profile %s is of another machine or executor (%s; here: %s): leave it away and "
		    "this one is measured, or set edge.executor=replay",
		    t->edge.profile, n->profile->source, here);
	return r;
}

static int measured_profile(struct prepared_network *n, const struct network *net, const struct topology *t,
			    int max_batch, bool quiet, struct err *err)
{
	struct executor *e;
	struct executor_options options = {.threads = t->edge.threads};
	int r = executor_open(&e, executor_backend((int)t->edge.executor), net, &options, err);
	if (r < 0)
		return r;
	r = *t->edge.profile ? given_profile(n, net, t, e, err)
			     : own_profile(n, e, net, t, max_batch, quiet, err);
	executor_close(e);
	return r;
}

static int stated_profile(struct prepared_network *n, const struct network *net, const struct topology *t,
			  bool quiet, struct err *err)
{
	if (!*t->edge.profile)
		return err_set(
		    err, EINVAL,
		    "edge.executor is replay, but edge.profile is not given: name a profile CSV or a "
		    "stated model such as mobilenet-v2-gpu-model");
	char here[128];
	int r = load_profile(n, net, t, err);
	if (r == 0 && !quiet && profile_is_foreign(n->profile, here, sizeof(here)))
		log_info("edge.profile %s was measured on another machine (%s; here: %s), which is replayed",
			 t->edge.profile, n->profile->source, here);
	return r;
}

static bool has_tasks(const struct topology *t, const char *network)
{
	for (int i = 0; i < t->n_ues; i++)
		if (t->ue[i].arrivals.kind != ARRIVALS_NONE && strcmp(t->ue[i].network, network) == 0)
			return true;
	return false;
}

static int make_samples(struct prepared_network *n, const struct network *net, const struct topology *t,
			bool quiet, struct err *err)
{
	struct percent progress = {.what = "computing the UEs' activations and their reference",
				   .quiet = quiet};
	int r = samples_ensure(net, (uint64_t)t->samples.seed, t->samples.inputs, n->samples,
			       sizeof(n->samples), percent_show, &progress, err);
	percent_end(&progress);
	return r;
}

// Where edge.exits says so and the network has tasks.
static int measure_confidence(struct prepared_network *n, const struct topology *t, bool quiet,
			      struct err *err)
{
	struct network *net; // with its weights
	if (t->edge.exits != EXITS_BY_CONFIDENCE || !has_tasks(t, n->name))
		return 0;
	struct percent progress = {.what = "answering held-out inputs for thresholds (once)", .quiet = quiet};
	int r = network_open(&net, n->name, WEIGHT_SEED, err);
	if (r < 0)
		return r;
	r = confidence_ensure(net, n->confidence, sizeof(n->confidence), percent_show, &progress, err);
	percent_end(&progress);
	network_free(net);
	if (r < 0)
		err_prefix(err, "edge.exits is confidence");
	return r;
}

// What tables and JSON take as it is.
static void keep_name(char *out, size_t size, const char *name)
{
	snprintf(out, size, "%s", name);
	for (char *c = out; *c; c++)
		if (strchr(",\"\\", *c))
			*c = '_';
}

static int keep_names(struct prepared_network *n, const struct network *net, struct err *err)
{
	n->subtasks = calloc((size_t)net->n_subtasks, sizeof(*n->subtasks));
	if (!n->subtasks)
		return err_set(err, ENOMEM, "no memory");
	n->n_subtasks = net->n_subtasks;
	keep_name(n->called, sizeof(n->called), net->name);
	for (int i = 0; i < net->n_subtasks; i++)
		keep_name(n->subtasks[i], sizeof(n->subtasks[i]), net->subtasks[i].name);
	return 0;
}

const char *prepared_subtask(const struct prepared_network *n, uint32_t subtask)
{
	return n->subtasks && subtask < (uint32_t)n->n_subtasks ? n->subtasks[subtask] : "";
}

// The profile ends with the largest batch that plans, batches and executors may have.
static int bound_profile(struct prepared_network *n, const struct topology *t, int max_batch, struct err *err)
{
	int most = t->edge.executor == EXECUTOR_REPLAY ? BATCH_MAX_MEMBERS : max_batch;
	if (n->profile->max_batch <= most)
		return 0;
	struct profile *first = profile_first(n->profile, most);
	if (!first)
		return err_set(err, ENOMEM, "no memory for a profile");
	profile_free(n->profile);
	n->profile = first;
	return 0;
}

static int prepare_one(struct prepared_network *n, const struct topology *t, int max_batch, bool samples,
		       bool quiet, struct err *err)
{
	struct network *net;
	if (!samples && !has_tasks(t, n->name))
		return 0;
	bool is_run = samples || t->edge.executor != EXECUTOR_REPLAY; // else nobody reads its weights
	int r = (is_run ? network_open : network_outline)(&net, n->name, WEIGHT_SEED, err);
	if (r < 0)
		return r;
	r = accuracy_check(t, n->name, net, err);
	r = r < 0 ? r : keep_names(n, net, err);
	r = r < 0 ? r : measure_confidence(n, t, quiet, err);
	if (r == 0 && samples)
		r = make_samples(n, net, t, quiet, err);
	if (r == 0)
		r = t->edge.executor == EXECUTOR_REPLAY ? stated_profile(n, net, t, quiet, err)
							: measured_profile(n, net, t, max_batch, quiet, err);
	r = r < 0 ? r : bound_profile(n, t, max_batch, err);
	network_free(net);
	return r;
}

// Further servers are stated ones.
static int prepare_server(struct prepared *p, const struct topology *t, int server, int network,
			  struct err *err)
{
	const struct topology_server *s = &t->server[server];
	const struct prepared_network *n = &p->networks[network];
	struct profile **profile = &p->server_profiles[server * p->n + network];
	struct network *net;
	if (!s->profile[0] || !n->profile)
		return 0;
	int r = network_outline(&net, n->name, WEIGHT_SEED, err);
	if (r < 0)
		return r;
	r = profile_load(profile, s->profile, err);
	r = r < 0 ? r : profile_check(*profile, net, err);
	if (r < 0)
		err_prefix(err, "servers.profile of %s", s->name);
	network_free(net);
	return r;
}

static int prepare_servers(struct prepared *p, const struct topology *t, struct err *err)
{
	p->n_servers = t->n_servers;
	p->server_profiles = calloc((size_t)(t->n_servers * p->n) + 1, sizeof(struct profile *));
	int r = p->server_profiles ? 0 : err_set(err, ENOMEM, "no memory for %d servers", t->n_servers);
	for (int i = 0; r == 0 && i < t->n_servers; i++)
		for (int k = 0; r == 0 && k < p->n; k++)
			r = prepare_server(p, t, i, k, err);
	return r;
}

int prepare(struct prepared *p, const struct topology *t, bool samples, bool quiet, struct err *err)
{
	*p = (struct prepared){0};
	int max_batch = prepared_max_batch(t);
	int r = find_networks(p, t, err);
	for (int i = 0; r == 0 && i < p->n; i++)
		r = prepare_one(&p->networks[i], t, max_batch, samples, quiet, err);
	r = r < 0 ? r : prepare_servers(p, t, err);
	if (r < 0)
		prepared_free(p);
	return r;
}

void prepared_free(struct prepared *p)
{
	for (int i = 0; i < p->n; i++) {
		profile_free(p->networks[i].profile);
		free(p->networks[i].subtasks);
	}
	for (int i = 0; p->server_profiles && i < p->n_servers * p->n; i++)
		profile_free(p->server_profiles[i]);
	free(p->server_profiles);
	free(p->networks);
	free(p->network_of_ue);
	*p = (struct prepared){0};
}
