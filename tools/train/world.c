// SPDX-License-Identifier: BSD-3-Clause
#include "tools/train/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dnn/network.h"
#include "setup/topology/hash.h"
#include "tools/offline/network.h"
#include "tools/plan/first_round.h"

enum { LC_SAMPLES = 64 };

struct world_storage {
	struct resolved resolved;
	struct first_round *round;
	struct snapshot_job *users; // [n_ues]
	struct arrivals *arrivals;  // [n_ues]
	double *work_flop;	    // [n_ues]
};

static int check(const struct topology *t, const struct assembly_config *cell, struct err *err)
{
	if (assembly_varies(cell))
		return err_set(
		    err, EINVAL,
		    "channels move (mobility, fading or a trace): an agent is trained with channels that "
		    "stand still");
	if (t->cell.grant != GRANT_OWN_BAND)
		return err_set(err, EINVAL,
			       "cell.grant is not own-band: an agent is trained with a band for each UE");
	for (int i = 0; i < t->n_ues; i++)
		if (t->ue[i].arrivals.kind == ARRIVALS_NONE)
			return err_set(err, EINVAL,
				       "ue%d has no tasks (arrivals.kind: none): every UE needs some here",
				       i + 1);
	return 0;
}

static int open_users(struct world *w, struct err *err)
{
	struct world_storage *s = w->storage;
	int rc =
	    first_round_open(&s->round, &s->resolved, &(struct first_round_shape){.ideal = true}, false, err);
	if (rc < 0)
		return rc;
	const struct snapshot *snapshot = first_round_snapshot(s->round);
	memcpy(s->users, snapshot->jobs, (size_t)snapshot->n_jobs * sizeof(*s->users));
	w->env.networks = snapshot->networks;
	w->env.n_networks = snapshot->n_networks;
	return 0;
}

static double whole_work(const struct snapshot_network *net)
{
	double work = 0;
	for (int n = 0; n < net->n_subtasks; n++)
		work += net->work_flop[n];
	return work;
}

// A user's mean energy alone over its deadlines, by the midpoint rule.
static double mean_local_j(const struct snapshot_job *user, const struct arrivals *a, double work_flop)
{
	double sum = 0, low = a->deadline_low_s, span = a->deadline_high_s - low;
	if (a->kind == ARRIVALS_TRACE)
		low = ns_to_s(arrivals_longest_deadline_ns(a));
	for (int i = 0; i < LC_SAMPLES; i++)
		sum += env_local_j(user, work_flop, low + span * (i + 0.5) / LC_SAMPLES);
	return sum / LC_SAMPLES;
}

static void describe_users(struct world *w)
{
	struct world_storage *s = w->storage;
	const struct topology *t = w->topology;
	double energy_j = 0;
	for (int i = 0; i < t->n_ues; i++) {
		s->work_flop[i] = whole_work(&w->env.networks[s->users[i].network]);
		s->arrivals[i] = topology_arrivals(t, i);
		energy_j += mean_local_j(&s->users[i], &s->arrivals[i], s->work_flop[i]) / t->n_ues;
	}
	const struct edge_online *online = &s->resolved.edge.online;
	w->env.slot = (struct slot_config){.n_users = t->n_ues,
					   .slot_s = online->slot_s,
					   .deadline_scale_s = online->deadline_scale_s,
					   .work_flop = s->work_flop};
	w->env.offset_s = online->offset_s;
	w->env.users = s->users;
	w->env.arrivals = s->arrivals;
	w->env.energy_scale_j = energy_j > 0 ? energy_j : 1; // networks without work cost nothing locally
	w->env.task_credit = t->train.task_credit;
}

static int fill(struct world *w, struct err *err)
{
	struct world_storage *s = w->storage;
	int rc = resolve(&s->resolved, w->topology, err);
	rc = rc < 0 ? rc : check(w->topology, &s->resolved.cell, err);
	rc = rc < 0 ? rc : open_users(w, err);
	if (rc < 0)
		return rc;
	describe_users(w);
	return topology_hash(&w->hash, w->topology, err);
}

int world_open(struct world *w, const char *file, const char *const *set, struct err *err)
{
	*w = (struct world){0};
	struct topology_options options = {
	    .networks = network_names(), .set = set, .purpose = TOPOLOGY_FOR_TRAINING};
	int rc = topology_load(&w->topology, file, &options, err);
	if (rc < 0)
		return rc;
	size_t n = (size_t)w->topology->n_ues;
	struct world_storage *s = w->storage = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, ENOMEM, "no memory for %zu UEs", n);
	s->users = calloc(n, sizeof(*s->users));
	s->arrivals = calloc(n, sizeof(*s->arrivals));
	s->work_flop = calloc(n, sizeof(*s->work_flop));
	if (!s->users || !s->arrivals || !s->work_flop)
		return err_set(err, ENOMEM, "no memory for %zu UEs", n);
	rc = fill(w, err);
	if (rc < 0)
		err_prefix(err, "%s", file);
	return rc;
}

void world_close(struct world *w)
{
	struct world_storage *s = w->storage;
	if (s) {
		first_round_free(s->round);
		resolved_free(&s->resolved);
		free(s->users);
		free(s->arrivals);
		free(s->work_flop);
		free(s);
	}
	topology_free(w->topology);
	*w = (struct world){0};
}

struct agent_identity world_identity(const struct world *w, enum agent_caller caller)
{
	return (struct agent_identity){.users = w->env.slot.n_users,
				       .n_obs = slot_observation_size(&w->env.slot),
				       .n_action = SLOT_ACTIONS,
				       .caller = caller,
				       .topology_hash = w->hash};
}
