// SPDX-License-Identifier: BSD-3-Clause
// random: an action drawn uniformly, by a hash of the observation. What any learned agent must beat; and a
// witness that no choice whatever makes a deadline missed.
#include "edge/online/kinds_private.h"

#include "base/rng.h"
#include "dnn/hash.h"

int random_decide(struct decider *d, const struct decider_view *view, const float obs[], struct decision *out,
		  struct err *err)
{
	(void)view;
	const struct slot_config *slots = d->config.slots;
	size_t size = (size_t)slot_observation_size(slots) * sizeof(*obs);
	struct rng_key key = rng_key(hash_bytes(HASH_START, obs, size), 0, RNG_DECISION, 0);
	*out = (struct decision){.has_action = true};
	for (uint64_t i = 0; i < SLOT_ACTIONS; i++)
		out->action[i] = (float)(2 * rng_uniform_at(key, i) - 1);
	return slot_choose(slots, out->action, &out->choice, err);
}
