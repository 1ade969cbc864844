// SPDX-License-Identifier: BSD-3-Clause
// Path loss against the formulas of Friis, 3GPP TR 36.942 and TR 38.901, and LOS states against table
// 7.4.2-1.
#include "sections.h"

#include <math.h>
#include <stdlib.h>

#include "phy/channel.h"
#include "phy/path_loss.h"
#include "stats.h"

#define POINTS 2000
#define PLOT_POINTS 120
#define FREQUENCY_HZ 3.5e9
#define UES 1000
#define RUNS 10

// TR 38.901, table 7.4.1-1, for hUT = 1.5 m. d is along the ground.
struct scenario {
	double base_m, los_a, breakpoint_factor, nlos_a, nlos_b, nlos_f;
};

static const struct scenario uma = {25, 28.0, 9, 13.54, 39.08, 20}, umi = {10, 32.4, 9.5, 22.4, 35.3, 21.3};

static double reference_los(const struct scenario *s, double slope, double d)
{
	double fc = FREQUENCY_HZ / 1e9, height = s->base_m - 1.5;
	double d3 = sqrt(d * d + height * height), d_bp = 4 * (s->base_m - 1) * 0.5 * FREQUENCY_HZ / 3e8;
	if (d <= d_bp)
		return s->los_a + slope * log10(d3) + 20 * log10(fc);
	return s->los_a + 40 * log10(d3) + 20 * log10(fc) -
	       s->breakpoint_factor * log10(d_bp * d_bp + height * height);
}

static double reference_nlos(const struct scenario *s, double slope, double d)
{
	double height = s->base_m - 1.5, d3 = sqrt(d * d + height * height);
	double nlos = s->nlos_a + s->nlos_b * log10(d3) + s->nlos_f * log10(FREQUENCY_HZ / 1e9);
	return fmax(reference_los(s, slope, d), nlos); // hUT - 1.5 m = 0: no height term
}

static double reference_free_space(double d)
{
	return 20 * log10(4 * 3.14159265358979323846 * d * FREQUENCY_HZ / 299792458.);
}

static double reference_db(enum path_loss_model model, double d)
{
	switch (model) {
	case PATH_LOSS_FREE_SPACE:
		return reference_free_space(d);
	case PATH_LOSS_LOG_DISTANCE:
		return reference_free_space(1) + 10 * 3.2 * log10(d);
	case PATH_LOSS_LTE_MACRO:
		return 128.1 + 37.6 * log10(d / 1000);
	case PATH_LOSS_UMA_LOS:
		return reference_los(&uma, 22, d);
	case PATH_LOSS_UMA_NLOS:
		return reference_nlos(&uma, 22, d);
	case PATH_LOSS_UMI_LOS:
		return reference_los(&umi, 21, d);
	case PATH_LOSS_UMI_NLOS:
		return reference_nlos(&umi, 21, d);
	}
	return NAN;
}

static struct path_loss configure(enum path_loss_model model)
{
	return (struct path_loss){.model = model, .frequency_hz = FREQUENCY_HZ, .exponent = 3.2};
}

static void compare_curve(struct report *r, enum path_loss_model model, FILE *series)
{
	struct path_loss p = configure(model);
	double worst = 0;
	for (int i = 0; i < POINTS; i++) {
		double d = 10 * pow(500, i / (POINTS - 1.)); // 10 m .. 5 km, the range all models share
		double computed = path_loss_db(&p, d), reference = reference_db(model, d);
		worst = fmax(worst, fabs(computed - reference));
		if (i % (POINTS / PLOT_POINTS) == 0)
			fprintf(series, "%d,%.2f,%.3f,%.3f\n", (int)model, d, computed, reference);
	}
	report_exact(r, law_name("%s: greatest difference, dB", path_loss_name(model)), worst, 0, 1e-9,
		     POINTS);
}

// Values that stand in textbooks or follow with pencil and paper.
static void compare_known_values(struct report *r)
{
	struct path_loss p = configure(PATH_LOSS_FREE_SPACE);
	p.frequency_hz = 2.4e9;
	report_exact(r, "free-space: 1 km at 2.4 GHz, dB (32.45 + 20 lg km + 20 lg MHz)",
		     path_loss_db(&p, 1000), 32.45 + 20 * log10(2400), 0.01, 1);
	p = configure(PATH_LOSS_LTE_MACRO);
	report_exact(r, "lte-macro: 1 km, dB", path_loss_db(&p, 1000), 128.1, 1e-9, 1);
	report_exact(r, "lte-macro: ten times the distance adds, dB",
		     path_loss_db(&p, 3000) - path_loss_db(&p, 300), 37.6, 1e-9, 1);
}

void validate_path_loss(struct report *r)
{
	FILE *series = report_series(r, "path-loss", "model,distance_m,computed_db,reference_db");
	for (int model = PATH_LOSS_FREE_SPACE; model <= PATH_LOSS_UMI_NLOS; model++) {
		compare_curve(r, (enum path_loss_model)model, series);
		fprintf(series, "\n\n");
	}
	fclose(series);
	compare_known_values(r);
}

// Table 7.4.2-1, outdoor, hUT up to 13 m.
static double reference_los_probability(double scale_m, double d)
{
	return d <= 18 ? 1 : 18 / d + exp(-d / scale_m) * (1 - 18 / d);
}

static int count_los(struct radio_channel *channel)
{
	int los = 0;
	for (int ue = 0; ue < UES; ue++)
		los += radio_channel_at(channel, ue, 0)->los;
	return los;
}

static int draw_los_states(enum path_loss_model model, double d, uint64_t seed)
{
	struct radio_channel_config config = RADIO_CHANNEL_DEFAULT;
	config.path_loss = (struct path_loss){.model = model, .frequency_hz = FREQUENCY_HZ};
	config.draw_los = true;
	config.seed = seed;
	struct mobility *ues = must_allocate(UES, sizeof(*ues));
	for (int i = 0; i < UES; i++)
		ues[i] = (struct mobility){.model = MOBILITY_STATIC, .start = {d, 0, 1.5}};
	int los = 0;
	for (uint64_t run = 1; run <= RUNS; run++) {
		struct radio_channel *channel = NULL;
		config.run = run + (uint64_t)(d * 1000); // other draws at each distance
		must(radio_channel_new(&channel, &config, ues, UES, NULL) == 0, "a channel does not open");
		los += count_los(channel);
		radio_channel_free(channel);
	}
	free(ues);
	return los;
}

void validate_line_of_sight(struct report *r)
{
	static const double distances_m[] = {25, 50, 100, 200, 400};
	FILE *series = report_series(r, "line-of-sight", "umi,distance_m,share,low,high");
	for (int street = 0; street < 2; street++) {
		for (size_t i = 0; i < sizeof(distances_m) / sizeof(distances_m[0]); i++) {
			double d = distances_m[i];
			int los = draw_los_states(street ? PATH_LOSS_UMI_LOS : PATH_LOSS_UMA_LOS, d, r->seed);
			struct interval ci = binomial_interval(los, UES * RUNS, LEVEL);
			double share = los / (double)(UES * RUNS);
			report_interval(r, law_name("%s: P(LOS) at %g m", street ? "UMi" : "UMa", d), share,
					reference_los_probability(street ? 36 : 63, d), ci, UES * RUNS);
			fprintf(series, "%d,%g,%.5f,%.5f,%.5f\n", street, d, share, ci.low, ci.high);
		}
		fprintf(series, "\n\n");
	}
	fclose(series);
}
