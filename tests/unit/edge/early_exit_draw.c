// SPDX-License-Identifier: BSD-3-Clause
#include "tests/unit/edge/early_exit_draw.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double T_U = 0.01, BITS = 24000;

static double u(struct rng *rng, double low, double high)
{
	return rng_uniform(rng, low, high);
}

static bool once_in(struct rng *rng, uint64_t n)
{
	return rng_below(rng, n) == 0;
}

static void connect(struct round_drawn *round, int users)
{
	round->network.work_flop = round->work_flop;
	round->network.cut_bits = round->cut_bits;
	round->network.batch_s = round->batch_s;
	round->network.exit_subtasks = round->exit_subtasks;
	round->network.exit_accuracy = round->exit_accuracy;
	snprintf(round->network.name, sizeof(round->network.name), "drawn");
	round->snapshot = (struct snapshot){.n_jobs = users,
					    .n_networks = 1,
					    .jobs = round->jobs,
					    .networks = &round->network,
					    .n_servers = 1,
					    .servers[0].busy = round->busy};
}

void draw_setting(struct round_drawn *round, struct rng *rng, const struct setting_drawn *setting)
{
	static const double alone_ms[4] = {1.2, 1.4, 1.8, 1.6}, each_ms[4] = {.14, .15, .17, .14},
			    accuracy[4] = {.6, .7, .8, .9};
	memset(round, 0, sizeof(*round));
	connect(round, setting->users);
	round->snapshot.band_hertz = setting->band_hz;
	round->network.n_subtasks = 4;
	round->network.n_exits = 3;
	round->network.max_batch = DRAW_MOST_BATCH;
	round->network.accuracy = accuracy[3];
	round->cut_bits[0] = BITS;
	for (int i = 0; i < 4; i++) {
		round->work_flop[i] = 1e18;
		round->exit_accuracy[i] = accuracy[i];
		round->exit_subtasks[i] = i + 1;
		for (int b = 1; b <= DRAW_MOST_BATCH; b++)
			round->batch_s[i * DRAW_MOST_BATCH + b - 1] = (alone_ms[i] + each_ms[i] * b) * 1e-3;
	}
	for (int m = 0; m < setting->users; m++)
		round->jobs[m] = (struct snapshot_job){
		    .device = {.f_min_flops = 1, .f_max_flops = 1},
		    .snr = rng_exponential(rng, pow(10, setting->snr_db / 10)),
		    .deadline_s = T_U + u(rng, setting->least_budget_s, setting->most_budget_s),
		    .least_accuracy = accuracy[rng_below(rng, 4)]};
}

// Sub-tasks in one or two to a block; d(b) grows by any step, now and then by none.
static void draw_network(struct round_drawn *round, struct rng *rng)
{
	struct snapshot_network *net = &round->network;
	int blocks = 1 + (int)rng_below(rng, 5), n = 0;
	net->max_batch = once_in(rng, 3) ? 1 + (int)rng_below(rng, 6) : 24;
	for (int i = 0; i < blocks; i++) {
		n += 1 + (int)rng_below(rng, 2);
		round->exit_subtasks[i] = n;
		round->exit_accuracy[i] = once_in(rng, 10) ? u(rng, .5, .9) : .5 + .08 * i;
	}
	net->n_subtasks = n;
	net->n_exits = blocks - 1;
	net->accuracy = round->exit_accuracy[blocks - 1];
	for (int i = 0; i < n; i++) {
		double *row = round->batch_s + (ptrdiff_t)i * net->max_batch, step = u(rng, 0, .4e-3);
		round->work_flop[i] = u(rng, 1e6, 1e8);
		row[0] = u(rng, .3e-3, 2e-3);
		for (int b = 1; b < net->max_batch; b++)
			row[b] = row[b - 1] + (once_in(rng, 3) ? 0 : step * u(rng, 0, 2));
	}
	for (int p = 0; p <= n; p++)
		round->cut_bits[p] = BITS * u(rng, .1, 1);
}

static void draw_job(struct round_drawn *round, struct rng *rng, struct snapshot_job *job)
{
	double snr = rng_exponential(rng, 10);
	*job = (struct snapshot_job){
	    .device = {.f_min_flops = 1e7, .f_max_flops = 1e10, .kappa = 1e-30},
	    .tx_power_w = .1,
	    .rate_bps = u(rng, 1e6, 1e7),
	    .deadline_s = T_U + u(rng, 1e-3, 25e-3),
	    .least_accuracy = once_in(rng, 12) ? u(rng, 0, 1) : .5 + .08 * (double)rng_below(rng, 5)};
	if (once_in(rng, 3))
		job->power_to_noise_hz = snr * 1e6;
	else
		job->snr = snr;
	if (once_in(rng, 15))
		job->snr = job->power_to_noise_hz = job->rate_bps = 0;
	if (once_in(rng, 2))
		return;
	job->release_s = u(rng, 0, 2e-3);
	job->uplink_delay_s = u(rng, 0, 1e-3);
	job->downlink_s = u(rng, 0, 1e-3);
	job->device_id = round->snapshot.n_jobs > 2 && once_in(rng, 8) ? 1 : 0;
}

void draw_anything(struct round_drawn *round, struct rng *rng, int users)
{
	memset(round, 0, sizeof(*round));
	connect(round, 1 + (int)rng_below(rng, (uint64_t)users));
	struct snapshot *s = &round->snapshot;
	draw_network(round, rng);
	for (int m = 0; m < s->n_jobs; m++)
		draw_job(round, rng, &round->jobs[m]);
	s->band_hertz = once_in(rng, 6) ? 0 : u(rng, .2e6, 1.5e6) * s->n_jobs * (once_in(rng, 4) ? 10 : 1);
	s->guard_s = once_in(rng, 2) ? 0 : u(rng, 0, 1e-3);
	s->edge_deadline_s = once_in(rng, 8) ? u(rng, 12e-3, 30e-3) : 0;
	struct snapshot_server *edge = &s->servers[0];
	edge->free_s = once_in(rng, 2) ? 0 : u(rng, 0, 20e-3);
	edge->n_busy = once_in(rng, 2) ? 0 : (int)rng_below(rng, DRAW_MOST_BUSY + 1);
	for (int i = 0; i < edge->n_busy; i++) {
		double after_s = i > 0 ? round->busy[i - 1].end_s : edge->free_s;
		round->busy[i].start_s = after_s + u(rng, 0, 10e-3);
		round->busy[i].end_s = round->busy[i].start_s + u(rng, .1e-3, 5e-3);
	}
}
