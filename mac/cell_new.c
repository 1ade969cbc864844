// SPDX-License-Identifier: BSD-3-Clause
// Making a cell: its configuration checked and spread over its parts.
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "mac/cell_private.h"
#include "phy/decibel.h"

static const char *const dir_name[LINK_DIRS] = {"uplink", "downlink"};

static int check_carrier(const struct cell_carrier_config *c, struct err *err)
{
	if (!grant_rule_of(c->strategy))
		return err_set(err, EINVAL, "grant strategy %d is unknown", (int)c->strategy);
	if (!(isfinite(c->band_hz) && c->band_hz >= 0))
		return err_set(err, EINVAL, "a band of %g Hz: it must be 0 or more", c->band_hz);
	if (c->tti_ns < 0 || c->tti_ns > NS_PER_S)
		return err_set(err, EINVAL, "a TTI of %lld ns: it must lie between 1 ns and 1 s",
			       (long long)c->tti_ns);
	if (!(c->window_slots == 0 || (c->window_slots > 1 && isfinite(c->window_slots))))
		return err_set(err, EINVAL, "a window of %g slots: it must be above 1", c->window_slots);
	if (!isfinite(c->noise_dbm_hz) || !isfinite(c->noise_figure_db))
		return err_set(err, EINVAL, "a noise of %g dBm/Hz + %g dB is not finite", c->noise_dbm_hz,
			       c->noise_figure_db);
	return link_rate_check(&c->rate, err);
}

static int check_flow(const struct cell_flow_config *f, struct err *err)
{
	if (!(isfinite(f->hertz) && f->hertz >= 0))
		return err_set(err, EINVAL, "%g Hz: it must be 0 or more", f->hertz);
	if (!(isfinite(f->tx_w) && f->tx_w >= 0))
		return err_set(err, EINVAL, "a power of %g W: it must be 0 or more", f->tx_w);
	if (!(f->fixed_bps >= 0 && f->fixed_bps <= LINK_MAX_RATE_BPS))
		return err_set(err, EINVAL, "a rate of %g bit/s: it must lie between 0 and %g", f->fixed_bps,
			       LINK_MAX_RATE_BPS);
	if (f->codel_target_ns < 0 || f->codel_interval_ns < 0 || f->codel_interval_ns > 3600 * NS_PER_S)
		return err_set(err, EINVAL, "CoDel's target %lld ns and interval %lld ns must be positive",
			       (long long)f->codel_target_ns, (long long)f->codel_interval_ns);
	if (!(f->soft_gain_db >= 0 && f->soft_gain_db <= 30))
		return err_set(err, EINVAL, "a soft combining gain of %g dB: it must lie between 0 and 30",
			       f->soft_gain_db);
	if (f->deadline_ns < 0)
		return err_set(err, EINVAL, "a deadline of %lld ns lies before the arrival",
			       (long long)f->deadline_ns);
	return impairment_check(&f->impairment, err);
}

static int check(const struct cell_config *config, struct err *err)
{
	if (config->gain_interval_ns < 0)
		return err_set(err, EINVAL, "cell: a gain interval of %lld ns: it must be positive",
			       (long long)config->gain_interval_ns);
	for (int dir = 0; dir < LINK_DIRS; dir++) {
		int rc = check_carrier(&config->carrier[dir], err);
		for (uint32_t ue = 0; rc == 0 && ue < config->n_ues; ue++) {
			rc = check_flow(&config->ues[ue].flow[dir], err);
			if (rc == 0 && isnan(config->ues[ue].gain_db))
				rc = err_set(err, EINVAL, "the gain is not a number");
			if (rc < 0)
				err_prefix(err, "UE %u", ue);
		}
		if (rc < 0) {
			err_prefix(err, "cell: %s", dir_name[dir]);
			return rc;
		}
	}
	return 0;
}

static struct link *make_link(const struct cell_config *config, int64_t now, struct err *err)
{
	struct link_flow_config *flows = calloc((size_t)config->n_ues * LINK_DIRS, sizeof(*flows));
	if (!flows && config->n_ues) {
		err_set(err, ENOMEM, "cell: no memory for %u UEs", config->n_ues);
		return NULL;
	}
	for (uint32_t i = 0; i < config->n_ues * LINK_DIRS; i++) {
		const struct cell_flow_config *from = &config->ues[i / LINK_DIRS].flow[i % LINK_DIRS];
		flows[i] = (struct link_flow_config){.delay_ns = from->delay_ns,
						     .limit_bytes = from->limit_bytes,
						     .limit_packets = from->limit_packets};
	}
	struct link *link = link_new(&(struct link_config){config->n_ues, flows}, now, err);
	free(flows);
	return link;
}

// The own bands of one direction; their sum must fit.
static int share_out(struct cell *cell, const struct cell_config *config, int dir, struct err *err)
{
	const struct cell_carrier_config *carrier = &cell->config[dir];
	double sum_hz = 0;
	for (uint32_t ue = 0; ue < cell->n_ues; ue++) {
		const struct cell_flow_config *from = &config->ues[ue].flow[dir];
		struct cell_flow *flow = cell_flow_of(cell, ue, dir);
		flow->start_hz = carrier->band_hz;
		if (!cell_has_own_bands(cell, dir))
			continue;
		flow->hertz = from->hertz;
		if (carrier->strategy == GRANT_OWN_BAND) {
			flow->hertz = from->hertz > 0 ? from->hertz : carrier->band_hz / cell->n_ues;
			flow->start_hz = flow->hertz;
		}
		int rc = grant_check(flow->hertz, sum_hz, carrier->band_hz, err);
		if (rc == 0 && flow->fixed_bps <= 0)
			rc = cell_check_hertz(carrier, flow->hertz, err);
		if (rc < 0) {
			err_prefix(err, "cell: %s: UE %u", dir_name[dir], ue);
			return rc;
		}
		sum_hz += flow->hertz;
	}
	return 0;
}

static int init_flow(struct cell *cell, const struct cell_config *config, uint32_t ue, int dir,
		     struct err *err)
{
	const struct cell_flow_config *from = &config->ues[ue].flow[dir];
	struct cell_flow *flow = cell_flow_of(cell, ue, dir);
	struct carrier *carrier = &cell->carrier[dir];
	flow->tx_w = from->tx_w;
	flow->fixed_bps = from->fixed_bps;
	flow->radio_bler = from->radio_bler;
	flow->soft_gain_db = from->soft_gain_db;
	carrier->ues[ue].priority = from->priority;
	carrier->relative_deadline_ns[ue] = from->deadline_ns;
	int64_t target_ns = from->codel_target_ns ? from->codel_target_ns : CODEL_TARGET_NS;
	int64_t interval_ns = from->codel_interval_ns ? from->codel_interval_ns : CODEL_INTERVAL_NS;
	if (from->codel && flow_set_codel(carrier_flow(carrier, ue), target_ns, interval_ns) < 0)
		return err_set(err, ENOMEM, "cell: no memory for %u UEs", cell->n_ues);
	if (!from->radio_bler && impairment_is_none(&from->impairment))
		return 0;
	return cell_apply_loss(cell, ue, dir, &from->impairment, err);
}

static int init_carrier(struct cell *cell, const struct cell_config *config, int dir, struct err *err)
{
	struct cell_carrier_config *carrier = &cell->config[dir];
	*carrier = config->carrier[dir];
	carrier->tti_ns = carrier->tti_ns ? carrier->tti_ns : GRANT_TTI_NS;
	carrier->window_slots = carrier->window_slots > 0 ? carrier->window_slots : GRANT_WINDOW_SLOTS;
	if (carrier_init(&cell->carrier[dir], cell->link, (enum link_dir)dir,
			 grant_rule_of(carrier->strategy), carrier->tti_ns, carrier->window_slots) < 0)
		return err_set(err, ENOMEM, "cell: no memory for %u UEs", cell->n_ues);
	int rc = 0;
	for (uint32_t ue = 0; rc == 0 && ue < cell->n_ues; ue++)
		rc = init_flow(cell, config, ue, dir, err);
	return rc < 0 ? rc : share_out(cell, config, dir, err);
}

static void start_gains(struct cell *cell, const struct cell_config *config, int64_t now)
{
	cell->gain_of = config->gain_db;
	cell->gain_context = config->gain_context;
	cell->gain_interval_ns = config->gain_interval_ns ? config->gain_interval_ns : CELL_GAIN_INTERVAL_NS;
	cell->next_gain_ns =
	    cell->gain_of ? (now / cell->gain_interval_ns + 1) * cell->gain_interval_ns : TIME_NEVER;
	cell->gain_ns = now;
	cell->quiet = true;
	for (uint32_t ue = 0; ue < cell->n_ues; ue++) {
		cell->gain_db[ue] = config->ues[ue].gain_db;
		cell->gain_is_old[ue] = cell->gain_of != NULL;
		for (int dir = 0; dir < LINK_DIRS; dir++) {
			cell_flow_of(cell, ue, dir)->rate_is_old = true;
			cell_refresh(cell, ue, dir, now);
		}
	}
}

static int init(struct cell *cell, const struct cell_config *config, int64_t now, struct err *err)
{
	cell->link = make_link(config, now, err);
	if (!cell->link)
		return -errno;
	cell->n_ues = config->n_ues;
	cell->seed = config->seed;
	cell->run = config->run;
	cell->gain_db = calloc(config->n_ues, sizeof(*cell->gain_db));
	cell->flows = calloc((size_t)config->n_ues * LINK_DIRS, sizeof(*cell->flows));
	cell->gain_is_old = calloc(config->n_ues, sizeof(*cell->gain_is_old));
	if (!cell->gain_db || !cell->flows || !cell->gain_is_old)
		return err_set(err, ENOMEM, "cell: no memory for %u UEs", config->n_ues);
	for (int dir = 0; dir < LINK_DIRS; dir++) {
		int rc = init_carrier(cell, config, dir, err);
		if (rc < 0)
			return rc;
	}
	int rc = cell_init_traces(cell, config, err);
	cell->only_packets = !config->gain_db && cell->n_traced == 0 && cell_has_own_bands(cell, LINK_UP) &&
			     cell_has_own_bands(cell, LINK_DOWN);
	start_gains(cell, config, now);
	return rc;
}

struct cell *cell_new(const struct cell_config *config, int64_t now, struct err *err)
{
	int rc = check(config, err);
	struct cell *cell = rc == 0 ? calloc(1, sizeof(*cell)) : NULL;
	if (cell)
		rc = init(cell, config, now, err);
	else if (rc == 0)
		rc = err_set(err, ENOMEM, "cell: no memory");
	if (rc < 0) {
		cell_free(cell);
		errno = -rc;
		return NULL;
	}
	return cell;
}

void cell_free(struct cell *cell)
{
	if (!cell)
		return;
	for (int dir = 0; dir < LINK_DIRS; dir++)
		carrier_free(&cell->carrier[dir]);
	for (uint32_t i = 0; cell->flows && i < cell->n_ues * LINK_DIRS; i++)
		rng_free(cell->flows[i].rng);
	free(cell->flows);
	free(cell->gain_db);
	free(cell->gain_is_old);
	heap_free(&cell->traces);
	link_free(cell->link);
	free(cell);
}
