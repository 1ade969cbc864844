// SPDX-License-Identifier: BSD-3-Clause
#include "edge/online/decider.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/pattern.h"
#include "base/nearest.h"
#include "edge/online/kinds_private.h"

const struct online_policy online_policies[] = {
    {"ddpg-og", "a trained agent says in each slot: wait, run locally, or call og (--agent FILE)"},
    {"ddpg-ip-ssa", "the same agent's kind, calling ip-ssa with the tightest deadline (--agent FILE)"},
    {"tw-K:og", "call og when K slots have passed since the first pending task's arrival"},
    {"tw-K:ip-ssa", "call ip-ssa when K slots have passed since the first pending task's arrival"},
    {"tw-K:og:Lms", "the same, and the edge may be busy for at most L ms with each call"},
    {"tw-K:ip-ssa:Lms", "likewise"},
    {"random", "calls og, runs locally or waits at random: the floor"},
    {"clairvoyant",
     "knows each user's next task: looks ahead for the best slots and thresholds to call og with "
     "(virtual time only)"},
    {0},
};

// One for each row above.
static const struct decider_kind kinds[] = {
    {"og", agent_decider_open, agent_decide},
    {"ip-ssa", agent_decider_open, agent_decide},
    {"og", NULL, window_decide},
    {"ip-ssa", NULL, window_decide},
    {"og", window_open, window_decide},
    {"ip-ssa", window_open, window_decide},
    {"og", NULL, random_decide},
    {"og", clairvoyant_open, clairvoyant_decide},
};

static int find(const char *name, int numbers[DECIDER_MAX_NUMBERS])
{
	for (int i = 0; online_policies[i].name; i++)
		if (pattern_fits(online_policies[i].name, name, numbers, DECIDER_MAX_NUMBERS))
			return i;
	return -1;
}

bool online_policy_is(const char *name)
{
	int numbers[DECIDER_MAX_NUMBERS];
	return find(name, numbers) >= 0;
}

static int check(const struct decider_config *c, struct err *err)
{
	if (c->slots->n_users <= DECIDER_MAX_USERS)
		return 0;
	return err_set(err, EINVAL, "the policy %s decides for at most %d users: there are %d", c->name,
		       DECIDER_MAX_USERS, c->slots->n_users);
}

static int refuse_name(const char *name, struct err *err)
{
	char near[80];
	struct nearest nearest = nearest_to(name);
	for (const struct online_policy *p = online_policies; p->name; p++)
		nearest_offer(&nearest, p->name);
	return err_set(err, ENOENT,
		       "there is no online policy '%.60s': `airbatch help policies` lists them%s", name,
		       nearest_text(&nearest, near, sizeof(near)));
}

int decider_open(struct decider **out, const struct decider_config *config, struct err *err)
{
	int numbers[DECIDER_MAX_NUMBERS] = {0}, i = find(config->name, numbers);
	*out = NULL;
	if (i < 0)
		return refuse_name(config->name, err);
	int r = check(config, err);
	if (r < 0)
		return r;
	struct decider *d = calloc(1, sizeof(*d));
	if (!d)
		return err_set(err, ENOMEM, "no memory");
	d->config = *config;
	d->kind = &kinds[i];
	memcpy(d->numbers, numbers, sizeof(numbers));
	d->caller = policy_find(d->kind->caller, err);
	r = !d->caller ? -ENOENT : d->kind->open ? d->kind->open(d, err) : 0;
	if (r < 0)
		decider_close(d);
	else
		*out = d;
	return r;
}

void decider_close(struct decider *d)
{
	if (!d)
		return;
	agent_close(d->agent);
	clairvoyant_close(d->clairvoyant);
	free(d);
}

const struct policy *decider_caller(const struct decider *d)
{
	return d->caller;
}

bool decider_sees_future(const struct decider *d)
{
	return d->clairvoyant != NULL;
}

int decider_decide(struct decider *d, const struct decider_view *view, const float obs[],
		   struct decision *out, struct err *err)
{
	return d->kind->decide(d, view, obs, out, err);
}
