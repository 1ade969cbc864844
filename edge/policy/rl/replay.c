// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/rl/replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int replay_open(struct replay *r, int capacity, int n_obs, int n_action, struct err *err)
{
	*r = (struct replay){.n_obs = n_obs, .n_action = n_action, .capacity = capacity};
	size_t n = (size_t)capacity, before = (size_t)n_obs + (size_t)n_action, after = (size_t)n_obs;
	r->before = calloc(n * before, sizeof(float));
	r->after = calloc(n * after, sizeof(float));
	r->outcome = calloc(n * 2, sizeof(float));
	if (!r->before || !r->after || !r->outcome)
		return err_set(err, ENOMEM, "no memory for %d transitions", capacity);
	return 0;
}

void replay_close(struct replay *r)
{
	free(r->before);
	free(r->after);
	free(r->outcome);
	*r = (struct replay){0};
}

void replay_add(struct replay *r, const float *obs, const float *action, float reward, const float *next_obs,
		bool ended)
{
	size_t at = (size_t)r->next, n_obs = (size_t)r->n_obs, n_action = (size_t)r->n_action;
	float *before = r->before + at * (n_obs + n_action);
	memcpy(before, obs, n_obs * sizeof(float));
	memcpy(before + n_obs, action, n_action * sizeof(float));
	memcpy(r->after + at * n_obs, next_obs, n_obs * sizeof(float));
	r->outcome[2 * at] = reward;
	r->outcome[2 * at + 1] = ended ? 0 : 1;
	r->next = (r->next + 1) % r->capacity;
	if (r->count < r->capacity)
		r->count++;
}

void replay_draw(const struct replay *r, struct rng *rng, struct replay_batch *out)
{
	size_t n_obs = (size_t)r->n_obs, width = n_obs + (size_t)r->n_action;
	for (int i = 0; i < out->size; i++) {
		size_t from = (size_t)rng_below(rng, (uint64_t)r->count);
		memcpy(out->before + (size_t)i * width, r->before + from * width, width * sizeof(float));
		memcpy(out->after + (size_t)i * width, r->after + from * n_obs, n_obs * sizeof(float));
		memcpy(out->outcome + 2 * (size_t)i, r->outcome + 2 * from, 2 * sizeof(float));
	}
}
