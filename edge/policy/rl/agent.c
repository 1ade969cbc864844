// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/rl/agent.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include "edge/policy/rl/checkpoint.h"
#include "edge/policy/rl/format.h"
#include "edge/policy/rl/sections_private.h"

enum { MOST_BYTES = 256 << 20 };

struct agent {
	struct agent_identity identity;
	struct mlp actor;
	float *parameters;
};

static int fill(struct agent *a, const struct format_reader *r)
{
	struct ddpg_options options;
	int rc = sections_identity(r, &a->identity);
	rc = rc < 0 ? rc : sections_options(r, &options);
	if (rc < 0)
		return rc;
	const int *h = options.hidden;
	a->actor = (struct mlp){3, {a->identity.n_obs, h[0], h[1], a->identity.n_action}, true};
	if (!mlp_is_sane(&a->actor))
		return err_set(r->err, EBADMSG, "%s: an actor of %d, %d, %d, %d units: each must be 1 to %d",
			       r->name, a->actor.width[0], h[0], h[1], a->actor.width[3], MLP_MAX_WIDTH);
	size_t n = mlp_parameters(&a->actor);
	a->parameters = malloc(n * sizeof(float));
	if (!a->parameters)
		return err_set(r->err, ENOMEM, "%s: no memory for %zu parameters", r->name, n);
	return format_floats(r, SECTION_ACTOR, a->parameters, n);
}

int agent_read(struct agent **out, const void *data, size_t size, const char *name, struct err *err)
{
	*out = NULL;
	struct format_reader reader;
	int rc = format_open(&reader, data, size, FORMAT_AGENT, name, err);
	if (rc < 0)
		return rc;
	struct agent *a = calloc(1, sizeof(*a));
	rc = a ? fill(a, &reader) : err_set(err, ENOMEM, "%s: no memory", name);
	if (rc < 0)
		agent_close(a);
	else
		*out = a;
	return rc;
}

int agent_open(struct agent **out, const char *path, struct err *err)
{
	void *data;
	size_t size;
	*out = NULL;
	int rc = checkpoint_read_file(path, MOST_BYTES, &data, &size, err);
	if (rc < 0)
		return rc;
	rc = agent_read(out, data, size, path, err);
	free(data);
	return rc;
}

void agent_close(struct agent *agent)
{
	if (agent)
		free(agent->parameters);
	free(agent);
}

const struct agent_identity *agent_identity(const struct agent *agent)
{
	return &agent->identity;
}

int agent_fits(const struct agent *agent, const struct agent_identity *wanted, struct err *err)
{
	const struct agent_identity *has = &agent->identity;
	const char *policy = agent_policy_text(wanted->caller);
	if (has->users != wanted->users)
		return err_set(err, EINVAL,
			       "the agent was trained for %d users, here are %d: `airbatch train` one with "
			       "ues.count %d",
			       has->users, wanted->users, wanted->users);
	if (has->caller != wanted->caller)
		return err_set(err, EINVAL,
			       "the agent was trained as %s, not as %s: use --policy %s or train",
			       agent_policy_text(has->caller), policy, agent_policy_text(has->caller));
	if (has->n_obs != wanted->n_obs || has->n_action != wanted->n_action)
		return err_set(err, EINVAL,
			       "the agent sees %d numbers and decides %d, here are %d and %d: train one with "
			       "this topology",
			       has->n_obs, has->n_action, wanted->n_obs, wanted->n_action);
	if (has->topology_hash != wanted->topology_hash)
		return err_set(err, EINVAL,
			       "the agent was trained for another topology (%016" PRIx64 ", this one is "
			       "%016" PRIx64 "): give the same file, --set, --seed and --run, or "
			       "`airbatch train` with these",
			       has->topology_hash, wanted->topology_hash);
	return 0;
}

int agent_act(const struct agent *agent, const float *obs, float *action, struct err *err)
{
	for (int i = 0; i < agent->identity.n_obs; i++)
		if (!isfinite(obs[i]))
			return err_set(err, EINVAL,
				       "observation %d of %d is %g: must be finite (the layout is in "
				       "edge/online/slot.h)",
				       i, agent->identity.n_obs, (double)obs[i]);
	mlp_infer(&agent->actor, agent->parameters, obs, action);
	return 0;
}

const char *agent_caller_text(enum agent_caller caller)
{
	return caller == AGENT_CALLS_OG ? "og" : "ip-ssa";
}

const char *agent_policy_text(enum agent_caller caller)
{
	return caller == AGENT_CALLS_OG ? "ddpg-og" : "ddpg-ip-ssa";
}
