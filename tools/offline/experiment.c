// SPDX-License-Identifier: BSD-3-Clause
#include "tools/offline/experiment.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "base/clock.h"
#include "base/output.h"
#include "base/rng.h"
#include "edge/policy/check.h"
#include "phy/decibel.h"
#include "phy/path_loss.h"
#include "phy/rate.h"
#include "tools/plan/instance.h"

static const double edge_freq[] = {.4, .6, .8, 1};

struct experiment *experiment_new(const struct setting *settings, size_t n, int placements, uint64_t seed,
				  const char *profile)
{
	struct experiment *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	*s = (struct experiment){.n_settings = n,
				 .settings = settings,
				 .placements = placements,
				 .seed = seed,
				 .profile = profile};
	for (const struct policy *policy = policies; policy->name && s->n_policies < MOST_POLICIES; policy++)
		if (policy_minimises_energy(policy))
			s->policies[s->n_policies++] = policy->name;
	s->outcomes = calloc(n * (size_t)s->n_policies * (size_t)placements + 1, sizeof(*s->outcomes));
	if (!s->outcomes) {
		free(s);
		return NULL;
	}
	return s;
}

void experiment_free(struct experiment *s)
{
	if (!s)
		return;
	free(s->outcomes);
	free(s);
}

static double rate_bps(const struct setting *s, double distance_m, double shadowing_db)
{
	const struct path_loss loss = PATH_LOSS_DEFAULT;
	double gain_db = -path_loss_db(&loss, distance_m) - shadowing_db;
	double noise = noise_w(THERMAL_NOISE_DBM_HZ, s->bandwidth_hz, s->noise_figure_db);
	return shannon_bps(s->bandwidth_hz, snr_linear(dbm_to_w(s->tx_power_dbm), gain_db, noise), 0);
}

static int place_user(const struct setting *s, uint64_t seed, uint64_t placement, uint64_t m,
		      struct snapshot_job *user)
{
	struct rng *distance = rng_new(seed, placement, RNG_PLACEMENT, m);
	struct rng *deadline = rng_new(seed, placement, RNG_DEADLINE, m);
	struct rng *shadowing = rng_new(seed, placement, RNG_SHADOWING, m);
	int rc = distance && deadline && shadowing ? 0 : -ENOMEM;
	if (rc == 0) {
		double far = s->distance_high_m;
		double d = sqrt(rng_uniform(distance, DISTANCE_LOW_M * DISTANCE_LOW_M, far * far));
		user->rate_bps = rate_bps(s, d, s->shadowing_db * rng_normal(shadowing, 0, 1));
		user->deadline_s = setting_deadlines_equal(s)
				       ? s->deadline_low_s
				       : rng_uniform(deadline, s->deadline_low_s, s->deadline_high_s);
	}
	rng_free(distance);
	rng_free(deadline);
	rng_free(shadowing);
	return rc;
}

int experiment_place(const struct setting *s, const struct experiment_network *network, uint64_t seed,
		     uint64_t placement, struct snapshot_job *users, struct err *err)
{
	for (int m = 0; m < s->users; m++) {
		users[m] =
		    (struct snapshot_job){.tx_power_w = dbm_to_w(s->tx_power_dbm), .device = network->device};
		users[m].device.kappa *= s->device_scale;
		if (place_user(s, seed, placement, (uint64_t)m, &users[m]) < 0)
			return err_set(err, ENOMEM, "no memory for a random stream");
	}
	return 0;
}

static struct snapshot snapshot_of(const struct setting *s, const struct experiment_network *network,
				   const struct snapshot_job *users)
{
	return (struct snapshot){.n_jobs = s->users,
				 .n_networks = 1,
				 .n_servers = 1,
				 .jobs = users,
				 .networks = &network->seen,
				 .servers[0].has_power = true,
				 .servers[0].n_freq = sizeof(edge_freq) / sizeof(edge_freq[0]),
				 .servers[0].freq = edge_freq,
				 .servers[0].static_w = EDGE_STATIC_SHARE * s->edge_power_w,
				 .servers[0].dynamic_w = (1 - EDGE_STATIC_SHARE) * s->edge_power_w};
}

static void record(struct outcome *out, const struct snapshot *snapshot, const struct plan *plan,
		   double plan_s)
{
	int n_subtasks = snapshot->networks[0].n_subtasks;
	*out = (struct outcome){.plan_s = plan_s};
	for (int m = 0; m < plan->n_jobs; m++) {
		const struct plan_job *u = &plan->jobs[m];
		out->compute_j += u->compute_j / plan->n_jobs;
		out->transmit_j += u->transmit_j / plan->n_jobs;
		out->feasible += u->feasible;
		out->offloaded += u->cut < n_subtasks;
		out->partitioned += u->cut > 0 && u->cut < n_subtasks;
	}
	out->edge_j = plan->edge_j / plan->n_jobs;
	out->energy_j = (plan->energy_j - (plan->edge_charged ? plan->edge_j : 0)) / plan->n_jobs;
}

static int plan_all(struct experiment *experiment, size_t i, int k, const struct snapshot *snapshot,
		    struct plan *plan, struct err *err)
{
	for (int p = 0; p < experiment->n_policies; p++) {
		int64_t begin_ns = clock_now_ns();
		const struct policy *policy = policy_find(experiment->policies[p], err);
		int rc = policy ? policy_plan(policy, snapshot, plan, err) : -ENOENT;
		double plan_s = ns_to_s(clock_now_ns() - begin_ns);
		rc = rc < 0 ? rc : plan_check(snapshot, plan, err);
		if (rc < 0) {
			char text[200];
			err_prefix(err, "%s, placement %d, %s",
				   setting_text(&experiment->settings[i], text, sizeof(text)), k + 1,
				   experiment->policies[p]);
			return rc;
		}
		record(&experiment_at(experiment, i, p)[k], snapshot, plan, plan_s);
	}
	return 0;
}

int experiment_network_of(const struct experiment *experiment, const struct setting *s,
			  struct experiment_network *out, struct err *err)
{
	const char *profile = s->network == NETWORK_MOBILENET_V2 ? experiment->profile : NULL;
	return experiment_network_open(out, s->network, s->feature_bits, profile, err);
}

static int run_setting(struct experiment *experiment, size_t i, struct plan *plan, struct err *err)
{
	const struct setting *s = &experiment->settings[i];
	struct experiment_network network;
	struct snapshot_job users[MOST_USERS];
	int rc = experiment_network_of(experiment, s, &network, err);
	for (int k = 0; rc == 0 && k < experiment->placements; k++) {
		rc = experiment_place(s, &network, experiment->seed, (uint64_t)k + 1, users, err);
		struct snapshot snapshot = snapshot_of(s, &network, users);
		rc = rc < 0 ? rc : plan_all(experiment, i, k, &snapshot, plan, err);
	}
	experiment_network_close(&network);
	return rc;
}

int experiment_run(struct experiment *experiment, void (*progress)(double share, void *user), void *user,
		   struct err *err)
{
	struct plan *plan = plan_new(MOST_USERS, POLICY_MAX_SUBTASKS);
	if (!plan)
		return err_set(err, ENOMEM, "no memory for plans");
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < experiment->n_settings; i++) {
		rc = run_setting(experiment, i, plan, err);
		if (progress)
			progress((double)(i + 1) / (double)experiment->n_settings, user);
	}
	plan_free(plan);
	return rc;
}

// Letters, digits and points stay; whatever stands between becomes one '-'.
static void file_name(char *text)
{
	char *out = text;
	for (const char *in = text; *in; in++) {
		if (isalnum((unsigned char)*in) || *in == '.')
			*out++ = *in;
		else if (out > text && out[-1] != '-')
			*out++ = '-';
	}
	*out = '\0';
}

static int write_instance(const struct experiment *experiment, const struct setting *s, const char *directory,
			  struct err *err)
{
	struct experiment_network network;
	struct snapshot_job users[MOST_USERS];
	char text[200], path[PATH_MAX];
	int rc = experiment_network_of(experiment, s, &network, err);
	rc = rc < 0 ? rc : experiment_place(s, &network, experiment->seed, 1, users, err);
	struct snapshot snapshot = snapshot_of(s, &network, users);
	file_name(setting_text(s, text, sizeof(text)));
	snprintf(path, sizeof(path), "%s/%s.json", directory, text);
	rc = rc < 0 ? rc : output_file(path, "\"profile_s\":", "instance", "--instances", err);
	rc = rc < 0 ? rc : plan_instance_write(&snapshot, path, err);
	experiment_network_close(&network);
	return rc;
}

int experiment_write_instances(const struct experiment *experiment, const char *directory, struct err *err)
{
	int rc = make_dirs(directory, err);
	for (size_t i = 0; rc == 0 && i < experiment->n_settings; i++)
		if (experiment->settings[i].question == QUESTION_GRID)
			rc = write_instance(experiment, &experiment->settings[i], directory, err);
	return rc;
}

ptrdiff_t experiment_find(const struct experiment *experiment, const struct setting *s)
{
	for (size_t i = 0; i < experiment->n_settings; i++)
		if (setting_equal(&experiment->settings[i], s))
			return (ptrdiff_t)i;
	return -1;
}

int experiment_policy(const struct experiment *experiment, const char *name)
{
	for (int p = 0; p < experiment->n_policies; p++)
		if (strcmp(experiment->policies[p], name) == 0)
			return p;
	return -1;
}

struct outcome *experiment_at(const struct experiment *experiment, size_t setting, int policy)
{
	size_t cell = setting * (size_t)experiment->n_policies + (size_t)policy;
	return experiment->outcomes + cell * (size_t)experiment->placements;
}

struct estimate experiment_saving(const struct experiment *experiment, size_t setting, int policy,
				  bool with_edge)
{
	const struct outcome *local = experiment_at(experiment, setting, experiment_policy(experiment, "lc"));
	const struct outcome *other = experiment_at(experiment, setting, policy);
	double *saving = calloc((size_t)experiment->placements, sizeof(*saving));
	if (!saving)
		return estimate_of(NULL, 0);
	for (int k = 0; k < experiment->placements; k++) {
		double spent_j = other[k].energy_j + (with_edge ? other[k].edge_j : 0);
		saving[k] = 100 * (1 - spent_j / local[k].energy_j);
	}
	struct estimate e = estimate_of(saving, (size_t)experiment->placements);
	free(saving);
	return e;
}
