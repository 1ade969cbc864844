// SPDX-License-Identifier: BSD-3-Clause
// Block error rates against the normal approximation written anew, and the choice of a scheme against a
// search through the whole table.
#include "sections.h"

#include <math.h>

#include "phy/bler.h"
#include "phy/link_rate.h"
#include "standard.h"

#define LOW_DB (-10)
#define STEPS 500
#define STEP_DB 0.1

static void compare_curves(struct report *r)
{
	const struct standard_table *table = &standard_tables[MCS_64QAM];
	FILE *series = report_series(r, "block-errors", "mcs,snr_db,computed,reference");
	double worst = 0;
	for (int i = 0; i < table->n; i++) {
		double efficiency = table->rows[i].bits_per_symbol * table->rows[i].rate_x1024 / 1024;
		for (int step = 0; step < STEPS; step++) {
			double snr_db = LOW_DB + step * STEP_DB;
			double computed =
			    bler(pow(10, snr_db / 10), STANDARD_GAP_DB, efficiency, STANDARD_SYMBOLS);
			double reference = reference_bler(snr_db, efficiency);
			worst = fmax(worst, fabs(computed - reference));
			if (i % 4 == 0 && reference > 1e-5 && reference < 1 - 1e-4)
				fprintf(series, "%d,%.1f,%.6f,%.6f\n", i, snr_db, computed, reference);
		}
		if (i % 4 == 0)
			fprintf(series, "\n\n");
	}
	fclose(series);
	report_exact(r, "block error rate: greatest difference", worst, 0, 1e-9,
		     (uint64_t)(table->n * STEPS));
}

static void compare_choices(struct report *r, enum mcs_table which, FILE *series)
{
	const struct standard_table *table = &standard_tables[which];
	struct link_rate config = LINK_RATE_NR_DEFAULT;
	config.table = which;
	int different = 0, above_capacity = 0;
	for (int step = 0; step < STEPS; step++) {
		double snr_db = LOW_DB + step * STEP_DB, snr = pow(10, snr_db / 10);
		struct link_rate_choice choice;
		must(link_rate_choose(&config, snr, 20e6, &choice, NULL) == 0, "no scheme is chosen");
		different += choice.mcs != reference_choice(table, snr_db);
		double capacity = 20e6 * log2(1 + snr);
		above_capacity += choice.rate_bps > capacity;
		if (step % 2 == 0)
			fprintf(series, "%d,%.1f,%.3f,%.3f\n", (int)which, snr_db, choice.rate_bps / 1e6,
				capacity / 1e6);
	}
	fprintf(series, "\n\n");
	report_exact(r, law_name("%s: choices unlike the search's", table->name), different, 0, 0, STEPS);
	report_exact(r, law_name("%s: rates above Shannon's capacity", table->name), above_capacity, 0, 0,
		     STEPS);
}

void validate_block_errors(struct report *r)
{
	compare_curves(r);
	FILE *series = report_series(r, "link-adaptation", "table,snr_db,rate_mbps,capacity_mbps");
	for (int which = 0; which < STANDARD_TABLES; which++)
		compare_choices(r, (enum mcs_table)which, series);
	fclose(series);
}
