// SPDX-License-Identifier: BSD-3-Clause
// What the desk is made of.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "edge/desk/desk_private.h"
#include "edge/policy/outside.h"

static int64_t duration_ns(int network, int subtask, int batch, void *desk)
{
	const struct desk *d = desk;
	return s_to_ns(snapshot_batch_s(&d->networks.networks[network], subtask, batch));
}

static int open_policy(struct desk *d, const struct policy *policy, struct err *err)
{
	if (!policy && online_policy_is(d->config.policy)) {
		for (int i = 0; i < d->config.n_ues; i++)
			if (d->config.ues[i].open_jobs > 1)
				return err_set(
				    err, EINVAL,
				    "the policy %s decides for one job a UE: ue%d may have %d open",
				    d->config.policy, i + 1, d->config.ues[i].open_jobs);
		int r = boundaries_open(&d->boundaries, &d->config, &d->networks, err);
		d->policy = r == 0 ? boundaries_caller(d->boundaries) : NULL;
		return r;
	}
	d->policy = policy ? policy : policy_open(d->config.policy, &d->policy_library, err);
	return d->policy ? 0 : -errno;
}

static int most_open_of(const struct edge_ue *ue)
{
	return ue->open_jobs > 1 ? ue->open_jobs : 1;
}

static int most_open(const struct edge_config *config)
{
	int n = 0;
	for (int i = 0; i < config->n_ues; i++)
		n += most_open_of(&config->ues[i]);
	return n;
}

static int make_storage(struct desk *d, struct err *err)
{
	int subtasks = 1;
	for (int i = 0; i < d->networks.n; i++)
		if (d->networks.networks[i].n_subtasks > subtasks)
			subtasks = d->networks.networks[i].n_subtasks;
	size_t n = (size_t)d->most_asked, batches = (size_t)d->most_batches,
	       servers = 1 + (size_t)d->config.n_servers;
	d->plan = plan_new(d->most_asked, subtasks);
	d->batcher = batcher_new(&d->config.batching, duration_ns, d);
	d->ues = calloc((size_t)d->config.n_ues, sizeof(*d->ues));
	d->shares = calloc((size_t)d->config.n_ues, sizeof(*d->shares));
	d->asked = calloc(n, sizeof(struct desk_job *));
	d->requests = calloc(n, sizeof(*d->requests));
	d->answers = calloc(n, sizeof(*d->answers));
	d->tasks = calloc(n, sizeof(struct batch_task *));
	d->first_batch = calloc(n, sizeof(*d->first_batch));
	d->verdicts = calloc(n, sizeof(*d->verdicts));
	d->known = calloc(servers, sizeof(*d->known));
	d->cores = calloc(servers, sizeof(*d->cores));
	d->to_serve = calloc(n, sizeof(struct desk_job *));
	d->running = calloc(batches, sizeof(struct batch *));
	d->starts = calloc(batches, sizeof(struct batch *));
	bool ok = d->plan && d->batcher && d->ues && d->shares && d->asked && d->requests && d->answers &&
		  d->tasks && d->first_batch && d->verdicts && d->running && d->starts && d->known &&
		  d->cores && d->to_serve;
	for (int i = 0; ok && i < d->config.n_ues; i++) {
		d->ues[i].most_jobs = most_open_of(&d->config.ues[i]);
		d->ues[i].burst = d->config.ues[i].burst;
	}
	return ok ? 0 : err_set(err, ENOMEM, "no memory for %d UEs", d->config.n_ues);
}

// What every network bears, and a record can tell.
static int largest_batch(const struct round_networks *networks)
{
	int most = BATCH_MAX_MEMBERS;
	for (int i = 0; i < networks->n; i++)
		if (networks->networks[i].max_batch < most)
			most = networks->networks[i].max_batch;
	return most;
}

// Batches that nobody planned keep to the policies' bound.
static void bound_batches(struct desk *d)
{
	struct batching *batching = &d->config.batching;
	int most = largest_batch(&d->networks);
	if (batching->mode == BATCH_AS_PLANNED || batching->size > most)
		batching->size = most;
}

static int copy_config(struct desk *d, const struct edge_config *config, struct err *err)
{
	size_t n = (size_t)config->n_ues;
	d->config = *config;
	bound_batches(d);
	d->config.networks = NULL;
	d->config.ues = malloc(n * sizeof(*config->ues));
	d->config.servers = calloc((size_t)config->n_servers + 1, sizeof(*config->servers));
	if (!d->config.ues || !d->config.servers)
		return err_set(err, ENOMEM, "no memory for %d UEs", config->n_ues);
	memcpy(d->config.ues, config->ues, n * sizeof(*config->ues));
	for (int i = 0; i < config->n_servers; i++)
		d->config.servers[i] = config->servers[i];
	return 0;
}

static int most_batches(const struct desk *d)
{
	if (d->config.batching.mode == BATCH_ON_CORES)
		return d->config.batching.cores;
	return policy_shares_gpu(d->policy) ? d->most_asked : 1;
}

int desk_open(struct desk **out, const struct edge_config *config, const struct round_networks *networks,
	      const struct policy *policy, struct err *err)
{
	struct desk *d = calloc(1, sizeof(*d));
	*out = NULL;
	if (!d)
		return err_set(err, ENOMEM, "no memory");
	d->networks = *networks;
	d->closes_ns = d->run_due_ns = TIME_NEVER;
	int r = copy_config(d, config, err);
	r = r < 0 ? r : open_policy(d, policy, err);
	r = r < 0 ? r : round_check(&d->config, d->policy, err);
	if (r == 0) {
		d->most_asked = most_open(config);
		d->most_batches = most_batches(d);
		r = make_storage(d, err);
	}
	if (r < 0)
		desk_close(d);
	else
		*out = d;
	return r;
}

void desk_close(struct desk *d)
{
	if (!d)
		return;
	while (d->made) {
		struct desk_job *job = d->made;
		d->made = job->next_made;
		free(job);
	}
	batcher_free(d->batcher);
	plan_free(d->plan);
	boundaries_close(d->boundaries);
	policy_close(d->policy_library);
	free(d->config.ues);
	free(d->config.servers);
	free(d->known);
	free(d->cores);
	free(d->to_serve);
	free(d->ues);
	free(d->shares);
	free(d->asked);
	free(d->requests);
	free(d->answers);
	free(d->tasks);
	free(d->first_batch);
	free(d->verdicts);
	free(d->running);
	free(d->starts);
	free(d->actions);
	free(d);
}
