// SPDX-License-Identifier: BSD-3-Clause
// Radio keys that need each other.
#include <errno.h>

#include "setup/topology/source.h"

static bool has_los_variants(const struct topology *t)
{
	return t->cell.path_loss >= PATH_LOSS_UMA_LOS;
}

static int blame(const struct topology *t, const char *path, int rc, struct err *err)
{
	return source_blame(t->source, source_mark(t->source, path), rc, err);
}

static int check_models(const struct topology *t, struct err *err)
{
	if (t->cell.draw_los && !has_los_variants(t))
		return blame(t, "cell.draw_los",
			     err_set(err, EINVAL, "cell.draw_los needs a cell.path_loss of uma or umi"), err);
	if (t->cell.shadowing.kind == SHADOWING_3GPP && !has_los_variants(t))
		return blame(t, "cell.shadowing.kind",
			     err_set(err, EINVAL,
				     "cell.shadowing.kind 3gpp needs a cell.path_loss of uma or umi: write "
				     "log-normal"),
			     err);
	return 0;
}

static bool is_spacing(double hz)
{
	return hz == 15e3 || hz == 30e3 || hz == 60e3 || hz == 120e3;
}

static int check_nr(const struct topology *t, struct err *err)
{
	double spacing_hz = t->cell.rate.spacing_hz, block_hz = 12 * spacing_hz;
	if (!is_spacing(spacing_hz))
		return blame(t, "cell.rate.spacing",
			     err_set(err, EINVAL, "cell.rate.spacing must be 15kHz, 30kHz, 60kHz or 120kHz"),
			     err);
	double least_hz = t->cell.grant == GRANT_GRANTED ? block_hz * t->n_ues : block_hz;
	char least[40];
	if (t->cell.bandwidth_hz < least_hz)
		return blame(t, "cell.bandwidth",
			     err_set(err, EINVAL,
				     "cell.bandwidth must be >= %s: with cell.rate.kind nr it is cut into "
				     "resource blocks",
				     unit_format(least_hz, UNIT_HZ, least, sizeof(least))),
			     err);
	return 0;
}

int check_radio(const struct topology *t, struct err *err)
{
	int rc = t->cell.rate.kind == LINK_RATE_NR ? check_nr(t, err) : 0;
	if (rc < 0)
		return rc;
	if (t->cell.harq.kind == HARQ_RADIO && t->cell.rate.kind != LINK_RATE_NR)
		return blame(
		    t, "cell.harq.kind",
		    err_set(err, EINVAL, "cell.harq.kind radio needs cell.rate.kind nr: write fixed"), err);
	if (t->cell.jitter.kind == JITTER_UNIFORM && t->cell.jitter.spread_ns > t->cell.jitter.mean_ns)
		return blame(t, "cell.jitter.spread",
			     err_set(err, EINVAL,
				     "cell.jitter.spread exceeds cell.jitter.mean: a uniform jitter would be "
				     "negative"),
			     err);
	return check_models(t, err);
}

// In the UE's place of the list, or where the key stands for all.
static int blame_ue(const struct topology *t, int i, const char *path, int rc, struct err *err)
{
	const struct topology_source *s = t->source;
	bool own = i < s->ues.n && s->ues.entry[i].mark.line > 0;
	return source_blame(s, own ? s->ues.entry[i].mark : source_mark(s, path), rc, err);
}

static int check_trace(const struct topology *t, int i, struct err *err)
{
	const struct topology_ue *ue = &t->ue[i];
	bool has_file = ue->trace.uplink[0] || ue->trace.downlink[0];
	if (has_file != (ue->trace.kind != UE_TRACE_NONE))
		return blame_ue(t, i, has_file ? "ues.trace.uplink" : "ues.trace.kind",
				err_set(err, EINVAL,
					has_file ? "ue%d: trace.kind must say what its file is: delivery or "
						   "link"
						 : "ue%d: trace.kind needs a file: trace.uplink, "
						   "trace.downlink or both",
					i + 1),
				err);
	bool own = t->cell.grant == GRANT_OWN_BAND || t->cell.grant == GRANT_GRANTED;
	if (ue->trace.kind == UE_TRACE_DELIVERY && !own)
		return blame_ue(t, i, "ues.trace.kind",
				err_set(err, EINVAL,
					"ue%d: trace.kind is delivery, a link of this UE's own: cell.grant "
					"must be own-band or granted",
					i + 1),
				err);
	return 0;
}

int check_ue_radio(const struct topology *t, int i, struct err *err)
{
	const struct topology_ue *ue = &t->ue[i];
	int rc = check_trace(t, i, err);
	if (rc < 0)
		return rc;
	const enum mobility_model kind = ue->mobility.kind;
	if (kind == MOBILITY_TRACE && !t->cell.trace.waypoints[0])
		return blame_ue(
		    t, i, "ues.mobility.kind",
		    err_set(err, EINVAL,
			    "ue%d: mobility.kind is trace: cell.trace.waypoints must name its file", i + 1),
		    err);
	bool leaves = kind == MOBILITY_LINEAR || kind == MOBILITY_RANDOM_WAYPOINT;
	if (leaves && !TOPOLOGY_UNSET(ue->gain_db))
		return blame_ue(
		    t, i, "ues.mobility.kind",
		    err_set(err, EINVAL, "ue%d: a UE that moves needs a distance, not a gain", i + 1), err);
	if (kind == MOBILITY_RANDOM_WAYPOINT && ue->distance_range_m.high > ue->mobility.area_m / 2)
		return blame_ue(t, i, "ues.mobility.area",
				err_set(err, EINVAL,
					"ue%d: mobility.area is %g m wide: its distance, up to %g m, must be "
					"at most half of that",
					i + 1, ue->mobility.area_m, ue->distance_range_m.high),
				err);
	return 0;
}
