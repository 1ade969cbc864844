// SPDX-License-Identifier: BSD-3-Clause
#include "tests/unit/edge/policy_random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double T = 0.1, F_MAX = 20e9, RATE = 20e6;
enum { MAX_BATCH = 6 };

static double u(struct rng *rng, double low, double high)
{
	return rng_uniform(rng, low, high);
}

static bool once_in(struct rng *rng, uint64_t n)
{
	return rng_below(rng, n) == 0;
}

static int most_batch(const struct instance_shape *shape)
{
	return shape->max_batch > 0 ? shape->max_batch : MAX_BATCH;
}

static void draw_batch_times(struct rng *rng, const struct instance_shape *shape, double *row, double alone_s)
{
	enum batch_growth growth = shape->growth;
	double slope = u(rng, 0, 0.5);
	row[0] = alone_s;
	for (int b = 2; b <= most_batch(shape); b++) {
		row[b - 1] = row[b - 2];
		if (growth == GROWTH_AFFINE)
			row[b - 1] += slope * alone_s;
		else if (growth == GROWTH_JUMPS && once_in(rng, 3))
			row[b - 1] += u(rng, 0, 4) * alone_s;
	}
}

static void draw_network(struct rng *rng, const struct instance_shape *shape, struct snapshot_network *net,
			 double *numbers)
{
	int n = shape->networks > 1 ? 1 + (int)rng_below(rng, (uint64_t)shape->subtasks) : shape->subtasks;
	double *work = numbers, *bits = work + n, *batch = bits + n + 1;
	snprintf(net->name, sizeof(net->name), "random");
	net->n_subtasks = n;
	net->max_batch = most_batch(shape);
	net->work_flop = work;
	net->cut_bits = bits;
	net->batch_s = batch;
	for (int i = 0; i < n; i++) {
		work[i] = u(rng, 0.1, 1) * T * F_MAX / n;
		draw_batch_times(rng, shape, batch + (ptrdiff_t)i * most_batch(shape),
				 u(rng, 0.02, 0.4) * T / n);
		if (!shape->plain && once_in(rng, 20))
			work[i] = 0;
	}
	for (int p = 0; p <= n; p++)
		bits[p] = RATE * T * u(rng, 0, once_in(rng, 2) ? 1 : 0.1);
}

static void draw_user(struct rng *rng, const struct instance_shape *shape, struct snapshot_job *user,
		      double deadline_s)
{
	*user = (struct snapshot_job){
	    .network = (int)rng_below(rng, (uint64_t)shape->networks),
	    .rate_bps = RATE * u(rng, 0.2, 3),
	    .tx_power_w = u(rng, 0.01, 1),
	    .device = {.f_min_flops = F_MAX * u(rng, 0.001, 0.1), .f_max_flops = F_MAX, .kappa = 5e-31},
	    .deadline_s = shape->equal_deadlines ? deadline_s : T * u(rng, 0.5, 4)};
	if (shape->plain)
		return;
	user->uplink_delay_s = u(rng, 0, 0.05) * T;
	user->downlink_s = u(rng, 0, 0.05) * T;
	user->release_s = u(rng, 0, 0.1) * T;
	if (once_in(rng, 15))
		user->rate_bps = 0;
	if (once_in(rng, 8))
		user->device.f_min_flops = user->device.f_max_flops = F_MAX * u(rng, 0.05, 0.4);
	if (once_in(rng, 20))
		user->deadline_s = T * u(rng, 0.001, 0.1);
}

// Some users encode their features: 8 or 16 bits where the network has 32, and the input as it is.
static void draw_uploads(struct rng *rng, const struct instance *instance, struct snapshot_job *user,
			 double *bits)
{
	const struct snapshot_network *net = &instance->networks[user->network];
	double shrink = once_in(rng, 2) ? .25 : .5;
	if (!once_in(rng, 3))
		return;
	for (int p = 0; p <= net->n_subtasks; p++)
		bits[p] = net->cut_bits[p] * (p == 0 ? 1 : shrink);
	user->upload_bits = bits;
}

static const double edge_freq[] = {0.25, 0.5, 0.75, 1};

struct instance *instance_new(struct rng *rng, const struct instance_shape *shape)
{
	struct instance *instance = calloc(1, sizeof(*instance));
	size_t per_network = (size_t)shape->subtasks * ((size_t)most_batch(shape) + 2) + 1;
	size_t per_user = (size_t)shape->subtasks + 1, all_networks = (size_t)shape->networks * per_network;
	if (!instance)
		return NULL;
	instance->networks = calloc((size_t)shape->networks, sizeof(*instance->networks));
	instance->jobs = calloc((size_t)shape->jobs + 1, sizeof(*instance->jobs));
	instance->storage = calloc(all_networks + (size_t)shape->jobs * per_user, sizeof(double));
	if (!instance->networks || !instance->jobs || !instance->storage) {
		instance_free(instance);
		return NULL;
	}
	for (int i = 0; i < shape->networks; i++)
		draw_network(rng, shape, &instance->networks[i], instance->storage + (size_t)i * per_network);
	double deadline_s = T * u(rng, 0.5, 4);
	for (int m = 0; m < shape->jobs; m++)
		draw_user(rng, shape, &instance->jobs[m], deadline_s);
	for (int m = 0; m < shape->jobs && !shape->plain; m++)
		draw_uploads(rng, instance, &instance->jobs[m],
			     instance->storage + all_networks + (size_t)m * per_user);
	instance->snapshot = (struct snapshot){.n_jobs = shape->jobs,
					       .n_networks = shape->networks,
					       .jobs = instance->jobs,
					       .networks = instance->networks,
					       .n_servers = 1,
					       .servers[0].has_power = shape->edge_power,
					       .servers[0].n_freq = 4,
					       .servers[0].freq = edge_freq,
					       .servers[0].static_w = u(rng, 0, 2),
					       .servers[0].dynamic_w = u(rng, 0, 5)};
	if (!shape->plain) {
		instance->snapshot.servers[0].free_s = once_in(rng, 2) ? u(rng, 0, 0.5) * T : 0;
		instance->snapshot.guard_s = u(rng, 0, 0.02) * T;
	}
	return instance;
}

void instance_draw_busy(struct rng *rng, struct instance *instance, struct busy busy[], int most_busy)
{
	struct snapshot *s = &instance->snapshot;
	double at_s = s->servers[0].free_s;
	s->servers[0].busy = busy;
	for (s->servers[0].n_busy = (int)rng_below(rng, (uint64_t)most_busy + 1); most_busy > 0;
	     most_busy--, busy++) {
		busy->start_s = at_s + (once_in(rng, 4) ? 0 : u(rng, 0, 0.6) * T);
		busy->end_s = at_s = busy->start_s + u(rng, 0.001, 0.4) * T;
	}
}

void instance_free(struct instance *instance)
{
	if (!instance)
		return;
	free(instance->networks);
	free(instance->jobs);
	free(instance->storage);
	free(instance);
}

void instance_print(const struct instance *instance)
{
	const struct snapshot *s = &instance->snapshot;
	fprintf(stderr, "gpu_free %.17g guard %.17g\n", s->servers[0].free_s, s->guard_s);
	for (int i = 0; i < s->servers[0].n_busy; i++)
		fprintf(stderr, "taken from %.17g to %.17g\n", s->servers[0].busy[i].start_s,
			s->servers[0].busy[i].end_s);
	for (int i = 0; i < s->n_networks; i++)
		for (int n = 0; n < s->networks[i].n_subtasks; n++) {
			const struct snapshot_network *net = &s->networks[i];
			fprintf(stderr, "network %d sub-task %d: work %.17g bits in %.17g, F", i, n,
				net->work_flop[n], net->cut_bits[n]);
			for (int b = 1; b <= net->max_batch; b++)
				fprintf(stderr, " %.17g", snapshot_batch_s(net, n, b));
			fputc('\n', stderr);
		}
	for (int m = 0; m < s->n_jobs; m++) {
		const struct snapshot_job *x = &s->jobs[m];
		fprintf(stderr,
			"user %d: network %d rate %.17g W %.17g delay %.17g down %.17g f %.17g..%.17g "
			"release %.17g "
			"deadline %.17g\n",
			m, x->network, x->rate_bps, x->tx_power_w, x->uplink_delay_s, x->downlink_s,
			x->device.f_min_flops, x->device.f_max_flops, x->release_s, x->deadline_s);
		for (int p = 0; x->upload_bits && p <= s->networks[x->network].n_subtasks; p++)
			fprintf(stderr, "user %d uploads %.17g at cut %d\n", m, x->upload_bits[p], p);
	}
}

bool plans_networks(const struct policy *policy, int n_networks)
{
	static const char *const of_one[] = {"j-dob",	   "bsp",	 "batch-only",
					     "one-by-one", "equal-band", "random"};
	size_t i = 0, n = sizeof(of_one) / sizeof(of_one[0]);
	while (i < n && strncmp(policy->name, of_one[i], strlen(of_one[i])) != 0)
		i++;
	return n_networks <= 1 || i == n;
}

unsigned long test_seed(void)
{
	const char *text = getenv("AIRBATCH_SEED");
	unsigned long seed = text ? strtoul(text, NULL, 0) : 20220613;
	printf("seed %lu (set AIRBATCH_SEED to change it)\n", seed);
	return seed;
}
