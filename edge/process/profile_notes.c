// SPDX-License-Identifier: BSD-3-Clause
// What is to be known of the profiles that a run was planned with.
#include <math.h>

#include "base/child.h"
#include "edge/process/server_private.h"

#define LEAST_SPREAD .03 // however evenly a profile was measured

static void note_profile(const struct server *s, int i)
{
	const struct edge_config *c = s->config;
	const struct profile *p = s->models.profiles[i];
	const char *name = c->networks[i].name;
	double factor = drift_factor(&s->models.drift[i]), spread = fmax(profile_spread(p), LEAST_SPREAD);
	char anew[sizeof(c->networks[i].name) + 128];
	profile_refresh_command(anew, sizeof(anew), name, c->executor, c->threads);
	if (p->disturbed)
		child_note(
		    s->channel, false,
		    "F_n(b) of %s was measured while others used the machine: the next run measures it "
		    "anew",
		    name);
	if (fabs(log(factor)) > log1p(spread))
		child_note(
		    s->channel, false,
		    "batches of %s took %.2f times what its profile says, beyond its spread of %.1f %%: "
		    "later plans followed; on a quiet machine, `%s` measures it anew",
		    name, factor, 100 * spread, anew);
}

void server_note_profiles(const struct server *s)
{
	for (int i = 0; i < s->models.n && !s->totals->modelled; i++)
		note_profile(s, i);
}
