// SPDX-License-Identifier: BSD-3-Clause
#include "tools/early_exit/draws.h"

#include <math.h>
#include "base/rng.h"

const struct draws_setting draws_standard = {.users = 40,
					     .band_hz = 20e6,
					     .mean_snr_db = 10,
					     .least_budget_s = 8e-3,
					     .most_budget_s = 20e-3,
					     .least_need = .5,
					     .most_need = .9,
					     .upload_s = .01,
					     .upload_bits = 24000, // an image of 32 x 32 x 3 bytes
					     .seed = 1};

enum { BLOCKS = 4 };

const struct snapshot_network *draws_network(void)
{
	static const double alone_ms[BLOCKS] = {1.2, 1.4, 1.8, 1.6}, each_ms[BLOCKS] = {.14, .15, .17, .14};
	static const double accuracy[BLOCKS] = {.6, .7, .8, .9}, cut_bits[BLOCKS + 1] = {0};
	static const double work_flop[BLOCKS] = {1e18, 1e18, 1e18, 1e18}; // no device runs any of it
	static const int subtasks[BLOCKS] = {1, 2, 3, 4};
	static double batch_s[BLOCKS * DRAWS_MOST_BATCH];
	static const struct snapshot_network network = {.name = "standard",
							.n_subtasks = BLOCKS,
							.work_flop = work_flop,
							.cut_bits = cut_bits,
							.max_batch = DRAWS_MOST_BATCH,
							.batch_s = batch_s,
							.n_exits = BLOCKS - 1,
							.exit_subtasks = subtasks,
							.exit_accuracy = accuracy,
							.accuracy = .9};
	for (int i = 0; i < BLOCKS; i++)
		for (int b = 1; b <= DRAWS_MOST_BATCH; b++)
			batch_s[i * DRAWS_MOST_BATCH + b - 1] = (alone_ms[i] + each_ms[i] * b) * 1e-3;
	return &network;
}

static double between(double share, double low, double high)
{
	return low + share * (high - low);
}

static struct snapshot_job draw_user(const struct draws_setting *s, struct rng_key key)
{
	double snr = -log(1 - rng_uniform_at(key, 0)) * pow(10, s->mean_snr_db / 10);
	double budget_s = between(rng_uniform_at(key, 1), s->least_budget_s, s->most_budget_s);
	return (struct snapshot_job){.device = {.f_min_flops = 1, .f_max_flops = 1},
				     .snr = fmax(snr, 1e-30),
				     .deadline_s = s->upload_s + budget_s,
				     .least_accuracy =
					 between(rng_uniform_at(key, 2), s->least_need, s->most_need)};
}

void draws_round(struct snapshot *snapshot, struct snapshot_job jobs[], double bits[],
		 const struct snapshot_network *network, const struct draws_setting *setting, uint64_t draw)
{
	bits[0] = setting->upload_bits;
	for (int n = 1; n <= network->n_subtasks; n++)
		bits[n] = 0;
	for (int m = 0; m < setting->users; m++) {
		jobs[m] = draw_user(setting, rng_key(setting->seed, draw, RNG_PLACEMENT, (uint64_t)m));
		jobs[m].upload_bits = bits;
	}
	*snapshot = (struct snapshot){.n_jobs = setting->users,
				      .n_networks = 1,
				      .jobs = jobs,
				      .networks = network,
				      .band_hertz = setting->band_hz,
				      .n_servers = 1};
}
