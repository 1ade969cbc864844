// SPDX-License-Identifier: BSD-3-Clause
#include "tools/offline/network.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/network.h"
#include "dnn/profile.h"

// Device defaults: kappa = P_max / f_max^3.
static const struct device devices[EXPERIMENT_NETWORKS] = {
    [NETWORK_MOBILENET_V2] = {.f_min_flops = 1e8, .f_max_flops = 20e9, .kappa = 4 / (20e9 * 20e9 * 20e9)},
    [NETWORK_3DSSD] = {.f_min_flops = 1e9, .f_max_flops = 200e9, .kappa = 20 / (200e9 * 200e9 * 200e9)},
};

// Where the figures of a network go.
struct arrays {
	double *work, *bits, *batch; // [n], [n + 1], [n][max_batch]; NULL when out of memory
};

static struct arrays allocate(struct experiment_network *out, int n, int max_batch)
{
	out->storage = calloc((size_t)n * (size_t)(max_batch + 2) + 1, sizeof(double));
	if (!out->storage)
		return (struct arrays){0};
	struct arrays a = {out->storage, out->storage + n, out->storage + 2 * (size_t)n + 1};
	out->seen = (struct snapshot_network){.n_subtasks = n,
					      .work_flop = a.work,
					      .cut_bits = a.bits,
					      .max_batch = max_batch,
					      .batch_s = a.batch};
	return a;
}

static void copy_times(struct experiment_network *out, struct arrays a, const struct profile *profile)
{
	memcpy(a.batch, profile->median_s,
	       (size_t)profile->n_subtasks * (size_t)profile->max_batch * sizeof(*a.batch));
	out->batch_times_stated = profile->modelled;
	snprintf(out->batch_times, sizeof(out->batch_times), "%s", profile->source);
}

static int copy_network(struct experiment_network *out, const struct network *net,
			const struct profile *profile, int feature_bits, struct err *err)
{
	int r = profile_check(profile, net, err);
	if (r < 0)
		return r;
	struct arrays a = allocate(out, net->n_subtasks, profile->max_batch);
	if (!a.work)
		return err_set(err, ENOMEM, "no memory for %s", net->name);
	for (int n = 0; n < net->n_subtasks; n++)
		a.work[n] = network_work_flop(net, n);
	a.bits[0] = (double)network_cut_bits(net, 0);
	for (int n = 1; n <= net->n_subtasks; n++)
		a.bits[n] = (double)network_cut_values(net, n) * feature_bits;
	copy_times(out, a, profile);
	return 0;
}

static int open_network(struct experiment_network *out, const char *name, int feature_bits,
			const char *profile_name, struct err *err)
{
	struct network *net;
	struct profile *profile = NULL;
	int r = network_outline(&net, name, 1, err);
	if (r < 0)
		return r;
	r = profile_load(&profile, profile_name, err);
	r = r < 0 ? r : copy_network(out, net, profile, feature_bits, err);
	profile_free(profile);
	network_free(net);
	return r;
}

int experiment_network_open(struct experiment_network *out, enum experiment_network_name name,
			    int feature_bits, const char *profile, struct err *err)
{
	*out = (struct experiment_network){.device = devices[name]};
	if (feature_bits != 32 && feature_bits != 16 && feature_bits != 8)
		return err_set(err, EINVAL, "features of %d bits: must be 32, 16 or 8", feature_bits);
	if (name == NETWORK_3DSSD && profile)
		return err_set(err, EINVAL, "%s: 3dssd has stated batch times only", profile);
	static const char *const stated[EXPERIMENT_NETWORKS] = {"mobilenet-v2-gpu-model", "3dssd-gpu-model"};
	int r = open_network(out, experiment_network_text(name), feature_bits,
			     profile ? profile : stated[name], err);
	snprintf(out->seen.name, sizeof(out->seen.name), "%s", experiment_network_text(name));
	return r;
}

void experiment_network_close(struct experiment_network *network)
{
	free(network->storage);
	*network = (struct experiment_network){.storage = NULL};
}

const char *experiment_network_text(enum experiment_network_name name)
{
	static const char *const names[EXPERIMENT_NETWORKS] = {"mobilenet-v2", "3dssd"};
	return names[name];
}

double experiment_network_run_s(const struct snapshot_network *net, int b)
{
	double sum_s = 0;
	for (int n = 0; n < net->n_subtasks; n++)
		sum_s += snapshot_batch_s(net, n, b);
	return sum_s;
}
