// SPDX-License-Identifier: BSD-3-Clause
#include "records/summary.h"
#include "tools/report/html.h"
#include "tools/report/measure.h"
#include "tools/report/page.h"

#define MOST_UE_ROWS 400

static void ue_row(FILE *out, const struct group *g, uint32_t ue)
{
	const json_t *radio = json_array_get(json_object_get(g->runs[0]->summary, "radio"), ue - 1);
	struct estimate met = group_estimate(g, ue, figure_met);
	html_row(out);
	html_name_cell(out, "%s", g->label);
	html_cell(out, "ue%u", ue);
	html_number_cell(out, summary_number(radio, "gain_db", NULL, NULL), 1);
	html_number_cell(out, summary_number(radio, "uplink_bps", NULL, NULL) / 1e6, 1);
	html_estimate_cell(out, group_estimate(g, ue, figure_latency_ms), 2);
	html_estimate_cell(out, group_estimate(g, ue, figure_energy_mj), 3);
	html_estimate_cell(out, group_estimate(g, ue, figure_compute_mj), 3);
	html_estimate_cell(out, group_estimate(g, ue, figure_transmit_mj), 3);
	html_estimate_cell(out, group_estimate(g, ue, figure_receive_mj), 3);
	html_estimate_cell(out, group_estimate(g, ue, figure_idle_mj), 3);
	html_number_cell(out, 100 * met.mean, 1);
	html_row_end(out);
}

void page_ues(const struct page *page, FILE *out)
{
	static const char *const heads[] = {"group",
					    "UE",
					    "gain at start (dB)",
					    "uplink at start (Mbit/s)",
					    "latency (ms)",
					    "energy (mJ)",
					    "computing (mJ)",
					    "transmitting (mJ)",
					    "receiving (mJ)",
					    "idle radio (mJ)",
					    "deadlines met (%)",
					    NULL};
	const struct groups *g = page->groups;
	int rows = 0;
	html_fold(out, true, "Table of UEs");
	html_table(out);
	html_heads(out, heads);
	for (int i = 0; i < g->n; i++)
		for (uint32_t ue = 1; ue <= group_ues(&g->group[i]) && rows < MOST_UE_ROWS; ue++, rows++)
			ue_row(out, &g->group[i], ue);
	html_table_end(out);
	if (rows == MOST_UE_ROWS)
		fprintf(out, "<p class=\"note\">the first %d rows; summary.json and tasks.csv have all</p>\n",
			MOST_UE_ROWS);
	html_fold_end(out, true);
}
