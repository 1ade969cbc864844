// SPDX-License-Identifier: BSD-3-Clause
// Radio keys that need each other.
#include <errno.h>

#include "emu/topology/source.h"

static bool has_los_variants(const struct topology *t)
{
	return t->cell.path_loss >= PATH_LOSS_UMA_LOS;
}

static int blame(const struct topology *t, const char *path, int rc, struct err *err)
{
	return source_blame(t->source, source_mark(t->source, path), rc, err);
}

int check_radio(const struct topology *t, struct err *err)
{
	if (t->cell.draw_los && !has_los_variants(t))
		return blame(t, "cell.draw_los",
			     err_set(err, EINVAL, "cell.draw_los needs a cell.path_loss of uma or umi"), err);
	if (t->cell.shadowing.kind == SHADOWING_3GPP && !has_los_variants(t))
		return blame(t, "cell.shadowing.kind",
			     err_set(err, EINVAL,
				     "cell.shadowing.kind 3gpp needs a cell.path_loss of uma or umi: write log-normal"),
			     err);
	if (t->cell.harq.kind == HARQ_RADIO && t->cell.rate.kind != LINK_RATE_NR)
		return blame(t, "cell.harq.kind",
			     err_set(err, EINVAL, "cell.harq.kind radio needs cell.rate.kind nr: write fixed"), err);
	if (t->cell.jitter.kind == JITTER_UNIFORM && t->cell.jitter.spread_ns > t->cell.jitter.mean_ns)
		return blame(t, "cell.jitter.spread",
			     err_set(err, EINVAL, "cell.jitter.spread exceeds cell.jitter.mean: a uniform jitter would be negative"),
			     err);
	return 0;
}

int check_ue_radio(const struct topology *t, int i, struct err *err)
{
	const struct topology_ue *ue = &t->ue[i];
	if (ue->mobility.kind == MOBILITY_TRACE && !t->cell.trace.waypoints[0])
		return blame(t, "ues.mobility.kind",
			     err_set(err, EINVAL, "ue%d: mobility.kind is trace: cell.trace.waypoints must name its file", i + 1),
			     err);
	if (ue->mobility.kind != MOBILITY_STATIC && ue->mobility.kind != MOBILITY_TRACE && !TOPOLOGY_UNSET(ue->gain_db))
		return blame(t, "ues.mobility.kind",
			     err_set(err, EINVAL, "ue%d: a UE that moves needs a distance, not a gain", i + 1), err);
	return 0;
}
