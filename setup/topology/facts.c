// SPDX-License-Identifier: BSD-3-Clause
// What several keys together decide, and what the command at hand does.
#include <string.h>

#include "setup/topology/facts_private.h"

// The rows of a link trace may leave the rate to the radio, opportunities of a delivery trace never do.
static bool on_radio(const struct topology *t, const struct topology_ue *u)
{
	(void)t;
	return !topology_follows(u, UE_TRACE_DELIVERY, true, true);
}

static bool on_downlink(const struct topology *t, const struct topology_ue *u)
{
	(void)t;
	return !topology_follows(u, UE_TRACE_DELIVERY, false, true);
}

static bool is_untimed(const struct topology *t, const struct topology_ue *u)
{
	(void)t;
	return !topology_follows(u, UE_TRACE_LINK, true, true);
}

static bool is_ungiven(const struct topology *t, const struct topology_ue *u)
{
	return TOPOLOGY_UNSET(u->gain_db) && on_radio(t, u);
}

static bool is_placed(const struct topology *t, const struct topology_ue *u)
{
	return is_ungiven(t, u) && !t->cell.trace.gain[0];
}

static bool varies(const struct topology *t, const struct topology_ue *u)
{
	return t->cell.fading.kind != FADING_NONE || t->cell.trace.gain[0] ||
	       u->mobility.kind != MOBILITY_STATIC || u->trace.kind != UE_TRACE_NONE;
}

static bool in_training(const struct topology *t, const struct topology_ue *u)
{
	(void)u;
	enum topology_purpose p = t->source->options.purpose;
	return p == TOPOLOGY_FOR_ANY || p == TOPOLOGY_FOR_TRAINING;
}

#define OF_LINKS "ues.gain ues.distance ues.trace cell.trace.gain"

static const struct fact facts[] = {
    {"radio", "a UE whose link is not recorded both ways (ues.trace.kind delivery)", OF_LINKS, on_radio},
    {"downlink", "a UE whose downlink is not recorded (ues.trace.kind delivery)", OF_LINKS, on_downlink},
    {"untimed", "a UE whose link is not recorded both ways (ues.trace.kind link)", OF_LINKS, is_untimed},
    {"ungiven", "a UE whose gain is not given and whose link is not recorded", OF_LINKS, is_ungiven},
    {"placed", "a UE placed by a distance (neither its gain nor its link given or recorded)", OF_LINKS,
     is_placed},
    {"varies", "links that vary: fading, movement or traces", OF_LINKS " cell.fading ues.mobility", varies},
    {"training", "`airbatch train` and `evaluate`", NULL, in_training},
};

const struct fact *fact_find(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (strlen(facts[i].name) == length && strncmp(facts[i].name, name, length) == 0)
			return &facts[i];
	return NULL;
}
