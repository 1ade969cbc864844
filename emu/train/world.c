// SPDX-License-Identifier: BSD-3-Clause
#include "emu/train/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dnn/network.h"
#include "emu/experiment/network.h"
#include "emu/plan/first_round.h"
#include "emu/run/radio.h"
#include "emu/topology/hash.h"

enum { MOST_NETWORKS = 64, LC_SAMPLES = 64, FEATURE_BITS = 32 };

struct world_storage {
	struct first_round *round;	  // NULL for a stated network
	struct experiment_network stated; // storage NULL for a built-in one
	struct snapshot_user *users;	  // [n_ues]
	struct arrivals *arrivals;	  // [n_ues]
	double *work_flop;		  // [n_ues]
};

static const char *const *known_networks(void)
{
	static const char *names[MOST_NETWORKS + 2];
	int n = 0;
	for (const char *const *name = network_names(); *name && n < MOST_NETWORKS; name++)
		names[n++] = *name;
	names[n] = experiment_network_text(NETWORK_3DSSD);
	return names;
}

static int count_stated(const struct topology *t)
{
	int n = 0;
	for (int i = 0; i < t->n_ues; i++)
		n += strcmp(t->ue[i].network, experiment_network_text(NETWORK_3DSSD)) == 0;
	return n;
}

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
	int stated = count_stated(t);
	if (stated > 0 && stated < t->n_ues)
		return err_set(err, EINVAL, "%d of %d UEs have 3dssd: all or none", stated, t->n_ues);
	return 0;
}

static struct snapshot_user stated_user(const struct topology_ue *ue, double rate_bps)
{
	double f_max = ue->device.f_max_flops;
	return (struct snapshot_user){.rate_bps = rate_bps,
				      .tx_power_w = sending_power_w(ue),
				      .device = {.f_min_flops = ue->device.f_min_flops,
						 .f_max_flops = f_max,
						 .kappa = ue->device.power_max_w / (f_max * f_max * f_max)},
				      .deadline_s = ns_to_s(ue->deadline_ns)};
}

static int see_stated_users(struct world *w, const struct assembly_config *cell, struct err *err)
{
	const struct topology *t = w->topology;
	struct ue_radio *radio = calloc((size_t)t->n_ues, sizeof(*radio));
	if (!radio)
		return err_set(err, ENOMEM, "no memory for %d UEs", t->n_ues);
	int rc = ue_radios(radio, cell, err);
	for (int i = 0; rc == 0 && i < t->n_ues; i++)
		w->storage->users[i] = stated_user(&t->ue[i], radio[i].uplink_bps);
	free(radio);
	return rc;
}

static int open_stated(struct world *w, const struct assembly_config *cell, struct err *err)
{
	struct experiment_network *stated = &w->storage->stated;
	int rc = experiment_network_open(stated, NETWORK_3DSSD, FEATURE_BITS, NULL, err);
	w->env.networks = &stated->seen;
	w->env.n_networks = 1;
	return rc < 0 ? rc : see_stated_users(w, cell, err);
}

static int open_built_in(struct world *w, struct err *err)
{
	struct world_storage *s = w->storage;
	int rc = first_round_open(&s->round, w->topology, true, false, err);
	if (rc < 0)
		return rc;
	const struct snapshot *snapshot = first_round_snapshot(s->round);
	memcpy(s->users, snapshot->users, (size_t)snapshot->n_users * sizeof(*s->users));
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
static double mean_local_j(const struct snapshot_user *user, const struct arrivals *a, double work_flop)
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
	w->env.slot = (struct slot_config){.n_users = t->n_ues,
					   .slot_s = ns_to_s(t->online.slot_ns),
					   .deadline_scale_s = ns_to_s(topology_deadline_scale_ns(t)),
					   .work_flop = s->work_flop};
	w->env.offset_s = ns_to_s(t->online.offset_ns);
	w->env.users = s->users;
	w->env.arrivals = s->arrivals;
	w->env.energy_scale_j = energy_j;
	w->env.task_credit = t->train.task_credit;
}

static int fill(struct world *w, struct err *err)
{
	struct assembly_config cell;
	int rc = cell_config(&cell, w->topology, err);
	if (rc < 0)
		return rc;
	rc = check(w->topology, &cell, err);
	if (rc == 0)
		rc = count_stated(w->topology) > 0 ? open_stated(w, &cell, err) : open_built_in(w, err);
	assembly_config_free(&cell);
	if (rc < 0)
		return rc;
	describe_users(w);
	return topology_hash(&w->hash, w->topology, err);
}

int world_open(struct world *w, const char *file, const char *const *set, struct err *err)
{
	*w = (struct world){0};
	struct topology_options options = {.networks = known_networks(), .set = set};
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
		experiment_network_close(&s->stated);
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
