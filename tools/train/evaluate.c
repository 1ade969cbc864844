// SPDX-License-Identifier: BSD-3-Clause
#include "tools/train/evaluate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/estimate.h"

struct player {
	struct env_batch env;
	struct decider *decider;       // NULL: LC
	struct snapshot problem;       // what a decider knows beside the slot's state
	struct decider_future *future; // [n_users]
};

static int step(struct player *p, struct err *err)
{
	static const struct slot_choice wait = {.verdict = SLOT_WAIT};
	if (!p->decider)
		return env_step_choice(&p->env, 0, &wait, err);
	struct decider_view view = {.state = env_state(&p->env, 0), .problem = &p->problem};
	if (decider_sees_future(p->decider)) {
		view.future = p->future;
		view.n_future = env_future(&p->env, 0, p->future);
	}
	struct decision decision;
	int rc = decider_decide(p->decider, &view, p->env.obs, &decision, err);
	return rc < 0 ? rc : env_step_choice(&p->env, 0, &decision.choice, err);
}

static int play(struct player *p, const struct world *w, const struct evaluation *e,
		struct evaluation_row rows[], struct err *err)
{
	int rc = 0;
	for (int k = 0; rc == 0 && k < e->episodes; k++) {
		rc = env_reset(&p->env, 0, (uint64_t)w->topology->seed, e->first_run + (uint64_t)k, err);
		for (int slot = 0; rc == 0 && slot < e->slots; slot++)
			rc = step(p, err);
		rows[k] = (struct evaluation_row){k + 1, *env_log(&p->env, 0)};
	}
	return rc;
}

static int open_decider(struct player *p, const struct world *w, const struct evaluation *e,
			struct env_config *config, struct err *err)
{
	if (strcmp(e->policy, "lc") == 0) {
		config->local_at_arrival = true;
		config->caller = policy_find("lc", err);
		return 0;
	}
	struct decider_config decider = {.name = e->policy,
					 .agent_path = e->agent,
					 .topology_hash = w->hash,
					 .horizon_slots = w->topology->online.horizon_slots,
					 .slots = &config->slot};
	int rc = decider_open(&p->decider, &decider, err);
	if (rc == 0)
		config->caller = decider_caller(p->decider);
	return rc;
}

int evaluate(const struct world *w, const struct evaluation *e, struct evaluation_row rows[], struct err *err)
{
	struct env_config config = w->env;
	config.with_bound = true;
	struct player p = {
	    .problem = {.n_servers = 1, .n_networks = config.n_networks, .networks = config.networks}};
	p.future = calloc((size_t)config.slot.n_users, sizeof(*p.future));
	int rc = p.future ? open_decider(&p, w, e, &config, err) : err_set(err, ENOMEM, "no memory");
	if (rc == 0) {
		rc = env_init(&p.env, &config, 1, err);
		rc = rc < 0 ? rc : play(&p, w, e, rows, err);
		env_close(&p.env);
	}
	decider_close(p.decider);
	free(p.future);
	return rc;
}

static double ratio(double a, double b)
{
	return b > 0 ? a / b : 0;
}

// By how much a is above b; a device without work costs nothing, and nothing is above that in per cent.
static double percent_above(double a, double b)
{
	return b > 0 ? 100 * (a / b - 1) : 0;
}

int evaluation_csv(FILE *out, const struct world *w, const struct evaluation *e,
		   const struct evaluation_row rows[], bool header)
{
	if (header)
		fputs("policy,seed,run,episode,slots,tasks,missed,energy_mj_per_task,local_mj_per_task,bound_"
		      "mj_per_task,"
		      "offloaded,forced,calls,threshold_ms,groups,group_size,batches,batch_size\n",
		      out);
	for (int k = 0; k < e->episodes; k++) {
		const struct env_log *l = &rows[k].log;
		double tasks = (double)l->tasks;
		fprintf(
		    out,
		    "%s,%lld,%lld,%d,%lld,%lld,%lld,%.9g,%.9g,%.9g,%lld,%lld,%lld,%.4g,%lld,%.4g,%lld,%.4g\n",
		    e->policy, (long long)w->topology->seed, (long long)w->topology->run, rows[k].episode,
		    (long long)l->slots, (long long)l->tasks, (long long)l->misses,
		    1e3 * ratio(l->energy_j, tasks), 1e3 * ratio(l->local_j, tasks),
		    1e3 * ratio(l->bound_j, tasks), (long long)l->offloaded, (long long)l->forced,
		    (long long)l->calls, 1e3 * ratio(l->threshold_s, (double)l->calls), (long long)l->groups,
		    ratio((double)l->offloaded, (double)l->groups), (long long)l->batches,
		    ratio((double)l->in_batch, (double)l->batches));
	}
	return ferror(out) ? -EIO : 0;
}

void evaluation_print(FILE *out, const struct evaluation *e, const struct evaluation_row rows[])
{
	double *energy_mj = calloc((size_t)e->episodes, sizeof(*energy_mj));
	struct env_log sum = {0};
	for (int k = 0; energy_mj && k < e->episodes; k++) {
		const struct env_log *l = &rows[k].log;
		energy_mj[k] = 1e3 * ratio(l->energy_j, (double)l->tasks);
		sum.tasks += l->tasks;
		sum.misses += l->misses;
		sum.offloaded += l->offloaded;
		sum.forced += l->forced;
		sum.groups += l->groups;
		sum.batches += l->batches;
		sum.in_batch += l->in_batch;
		sum.energy_j += l->energy_j;
		sum.local_j += l->local_j;
		sum.bound_j += l->bound_j;
	}
	struct estimate mean = estimate_of(energy_mj, energy_mj ? (size_t)e->episodes : 0);
	fprintf(out,
		"%-14s %8.3f +- %.3f mJ a task   %5.1f %% below local, %.1f %% above the bound   %lld of "
		"%lld tasks missed   "
		"%.0f %% offloaded, %.0f %% forced   groups of %.2f, batches of %.2f\n",
		e->policy, mean.mean, mean.ci95, 0 - percent_above(sum.energy_j, sum.local_j),
		percent_above(sum.energy_j, sum.bound_j), (long long)sum.misses, (long long)sum.tasks,
		100 * ratio((double)sum.offloaded, (double)sum.tasks),
		100 * ratio((double)sum.forced, (double)sum.tasks),
		ratio((double)sum.offloaded, (double)sum.groups),
		ratio((double)sum.in_batch, (double)sum.batches));
	free(energy_mj);
}
