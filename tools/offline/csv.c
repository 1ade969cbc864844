// SPDX-License-Identifier: BSD-3-Clause
#include "tools/offline/csv.h"

#include <errno.h>
#include <stdlib.h>
#include "base/quantile.h"

static const char *const questions[] = {"grid", "spread", "sensitivity", "edge-power"};

static double mean_of(const struct outcome *o, int n, double (*figure)(const struct outcome *))
{
	double sum = 0;
	for (int k = 0; k < n; k++)
		sum += figure(&o[k]);
	return sum / n;
}

static double compute_mj(const struct outcome *o)
{
	return 1e3 * o->compute_j;
}

static double transmit_mj(const struct outcome *o)
{
	return 1e3 * o->transmit_j;
}

static double edge_mj(const struct outcome *o)
{
	return 1e3 * o->edge_j;
}

static double feasible(const struct outcome *o)
{
	return o->feasible;
}

static double offloaded(const struct outcome *o)
{
	return o->offloaded;
}

static double partitioned(const struct outcome *o)
{
	return o->partitioned;
}

// Scratch holds one number a placement.
static struct estimate energy_mj(const struct outcome *o, int n, double *scratch)
{
	for (int k = 0; k < n; k++)
		scratch[k] = 1e3 * o[k].energy_j;
	return estimate_of(scratch, (size_t)n);
}

static double plan_us(const struct outcome *o, int n, double *scratch)
{
	for (int k = 0; k < n; k++)
		scratch[k] = 1e6 * o[k].plan_s;
	return quantile(scratch, (size_t)n, .5);
}

static void setting_columns(const struct setting *s, FILE *out)
{
	fprintf(out, "%s,%s,%d,%g,%g,%g,%g,%d,%g,%g,%g,%g,%g", questions[s->question],
		experiment_network_text(s->network), s->feature_bits, 1e3 * s->deadline_low_s,
		1e3 * s->deadline_high_s, s->bandwidth_hz / 1e6, s->tx_power_dbm, s->users,
		s->distance_high_m, s->noise_figure_db, s->shadowing_db, s->device_scale, s->edge_power_w);
}

static void row(const struct experiment *experiment, size_t i, int p, double *scratch, FILE *out)
{
	const struct setting *s = &experiment->settings[i];
	const struct outcome *o = experiment_at(experiment, i, p);
	int n = experiment->placements;
	struct estimate energy = energy_mj(o, n, scratch),
			saving = experiment_saving(experiment, i, p, false);
	double share = 100. / s->users;
	setting_columns(s, out);
	fprintf(out, ",%s,%d,%.9g,%.6g,%.9g,%.9g,%.9g,%.6f,%.6f,%.6f,%.6f,%.6f,%.4f,%.4f,%.4f,%.3f\n",
		experiment->policies[p], n, energy.mean, energy.ci95, mean_of(o, n, compute_mj),
		mean_of(o, n, transmit_mj), mean_of(o, n, edge_mj), saving.mean, saving.ci95, saving.low,
		saving.high, experiment_saving(experiment, i, p, true).mean, share * mean_of(o, n, feasible),
		share * mean_of(o, n, offloaded), share * mean_of(o, n, partitioned), plan_us(o, n, scratch));
}

int experiment_csv(const struct experiment *experiment, FILE *out)
{
	double *scratch = calloc((size_t)experiment->placements, sizeof(*scratch));
	if (!scratch)
		return -ENOMEM;
	fputs(SWEEP_CSV_MARK
	      "deadline_high_ms,bandwidth_mhz,tx_power_dbm,"
	      "users,distance_high_m,"
	      "noise_figure_db,shadowing_db,device_power_scale,edge_power_w,policy,placements,energy_mj,"
	      "energy_ci95_mj,"
	      "compute_mj,transmit_mj,edge_mj,saving_pct,saving_ci95_pct,saving_min_pct,saving_max_pct,total_"
	      "saving_pct,"
	      "feasible_pct,offloaded_pct,partitioned_pct,plan_us\n",
	      out);
	for (size_t i = 0; i < experiment->n_settings; i++)
		for (int p = 0; p < experiment->n_policies; p++)
			row(experiment, i, p, scratch, out);
	free(scratch);
	return ferror(out) ? -EIO : 0;
}
