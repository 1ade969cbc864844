// SPDX-License-Identifier: BSD-3-Clause
// Changes of a living cell.
#include <errno.h>
#include <math.h>

#include "mac/cell_private.h"

int cell_set_gain(struct cell *cell, uint32_t ue, double gain_db, int64_t now, struct err *err)
{
	int rc = cell_check_flow(cell, ue, 0, err);
	if (rc < 0)
		return rc;
	if (isnan(gain_db))
		return err_set(err, EINVAL, "cell: the gain of UE %u is not a number", ue);
	now = cell_move_to(cell, now);
	cell->gain_db[ue] = gain_db;
	cell->gain_is_old[ue] = false;
	for (int dir = 0; dir < LINK_DIRS; dir++)
		cell_update_rate(cell, ue, dir, now);
	return 0;
}

int cell_set_bandwidth(struct cell *cell, enum link_dir dir, double band_hz, int64_t now, struct err *err)
{
	int rc = cell_check_flow(cell, 0, (int)dir, err);
	if (rc < 0)
		return rc;
	if (!(isfinite(band_hz) && band_hz >= 0))
		return err_set(err, EINVAL, "cell: a band of %g Hz: it must be 0 or more", band_hz);
	struct cell_carrier_config *config = &cell->config[dir];
	if (config->strategy == GRANT_GRANTED &&
	    (rc = grant_check(0, cell_granted_hz(cell, (int)dir), band_hz, err)) < 0) {
		err_prefix(err, "cell: a band of %g Hz is too small for the grants", band_hz);
		return rc;
	}
	now = cell_move_to(cell, now);
	double growth = config->band_hz > 0 ? band_hz / config->band_hz : 0;
	for (uint32_t ue = 0; ue < cell->n_ues; ue++) {
		struct cell_flow *flow = cell_flow_of(cell, ue, (int)dir);
		if (config->strategy == GRANT_OWN_BAND)
			flow->hertz = growth > 0 ? flow->hertz * growth : band_hz / cell->n_ues;
	}
	config->band_hz = band_hz;
	for (uint32_t ue = 0; ue < cell->n_ues; ue++)
		cell_update_rate(cell, ue, (int)dir, now);
	return 0;
}

int cell_set_delay(struct cell *cell, uint32_t ue, enum link_dir dir, int64_t delay_ns, int64_t now,
		   struct err *err)
{
	int rc = cell_check_flow(cell, ue, (int)dir, err);
	if (rc < 0)
		return rc;
	if (delay_ns < 0 || delay_ns > LINK_MAX_DELAY_NS)
		return err_set(err, EINVAL, "cell: a delay of %lld ns: it must lie between 0 and one hour",
			       (long long)delay_ns);
	now = cell_move_to(cell, now);
	struct flow *flow = carrier_flow(&cell->carrier[dir], ue);
	flow_advance(flow, now); // what is sent by now met the old delay
	cell_put_latency(cell_flow_of(cell, ue, (int)dir), flow, delay_ns);
	link_reschedule(cell->link, flow);
	if (delay_ns < cell->min_delay_ns)
		cell->min_delay_ns = delay_ns;
	return 0;
}

int cell_apply_loss(struct cell *cell, uint32_t ue, int dir, const struct impairment_config *config,
		    struct err *err)
{
	struct cell_flow *flow = cell_flow_of(cell, ue, dir);
	struct flow *queue = carrier_flow(&cell->carrier[dir], ue);
	struct impairment_config applied = *config;
	int rc = impairment_check(config, err);
	if (rc < 0)
		return rc;
	if (flow->trace && flow->trace->has_jitter && queue->impairment)
		applied.jitter = queue->impairment->config.jitter; // the trace's
	if (!flow->rng)
		flow->rng = rng_new(cell->seed, cell->run, RNG_LOSS, ue * LINK_DIRS + (uint32_t)dir);
	if (!flow->rng || flow_set_impairment(queue, &applied, flow->rng) < 0)
		return err_set(err, ENOMEM, "cell: no memory for the losses of UE %u", ue);
	return 0;
}

int cell_set_loss(struct cell *cell, uint32_t ue, enum link_dir dir, const struct impairment_config *config,
		  int64_t now, struct err *err)
{
	int rc = cell_check_flow(cell, ue, (int)dir, err);
	if (rc < 0)
		return rc;
	now = cell_move_to(cell, now);
	flow_advance(carrier_flow(&cell->carrier[dir], ue), now);
	rc = cell_apply_loss(cell, ue, (int)dir, config, err);
	if (rc < 0) {
		err_prefix(err, "cell: UE %u", ue);
		return rc;
	}
	cell_update_rate(cell, ue, (int)dir, now); // and the radio's block error rates
	return 0;
}

int cell_set_deadline(struct cell *cell, uint32_t ue, enum link_dir dir, int64_t deadline_ns, int64_t now,
		      struct err *err)
{
	int rc = cell_check_flow(cell, ue, (int)dir, err);
	if (rc < 0)
		return rc;
	if (deadline_ns < 0)
		return err_set(err, EINVAL, "cell: a deadline of %lld ns lies before the arrival",
			       (long long)deadline_ns);
	cell_advance(cell, now);
	cell->carrier[dir].relative_deadline_ns[ue] = deadline_ns;
	carrier_reorder(&cell->carrier[dir], ue);
	return 0;
}
