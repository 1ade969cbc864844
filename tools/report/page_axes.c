// SPDX-License-Identifier: BSD-3-Clause
#include "tools/report/draw.h"
#include "tools/report/html.h"
#include "tools/report/page.h"

static void put_axis(const struct page *page, const struct report_axis *axis, FILE *out)
{
	char name[72], text[160];
	fputs("<h3>Against ", out);
	html_text(out, axis->name);
	fputs("</h3>\n<div class=\"plots\">\n", out);
	for (int m = 0; page->axes->metric[m]; m++)
		for (int k = 0; k < axis->n_panels; k++) {
			axes_plot_name(name, axis, page->axes->metric[m], k);
			plots_put(page->plots, name, out);
		}
	fputs("</div>\n", out);
	if (axis->n_left_out == 0)
		return;
	snprintf(text, sizeof(text), "%d more settings are not drawn against %.60s; sweep.csv has them",
		 axis->n_left_out, axis->name);
	fputs("<p class=\"note\">", out);
	html_text(out, text);
	fputs("</p>\n", out);
}

void page_axes(const struct page *page, FILE *out)
{
	int panels = 0;
	for (int i = 0; i < page->axes->n; i++)
		panels += page->axes->axis[i].n_panels;
	if (panels == 0)
		return;
	html_section(
	    out, "axes", "Against the parameters",
	    "Each metric against each parameter in which runs differ: a curve a policy, a plot for each "
	    "choice of the other parameters. Means over seeds and runs with their 95 % intervals "
	    "(Student's t).");
	for (int i = 0; i < page->axes->n; i++)
		if (page->axes->axis[i].n_panels > 0)
			put_axis(page, &page->axes->axis[i], out);
	html_section_end(out);
}
