// SPDX-License-Identifier: BSD-3-Clause
#include "tools/show/accuracy.h"

#include <math.h>

#include "records/summary.h"

static void print_promised(const json_t *of, FILE *out)
{
	double promised = summary_number(of, "promised", NULL, NULL);
	if (isfinite(promised))
		fprintf(out, "promised %.4f", promised);
	else
		fputs("not promised", out);
}

static void print_measured(const json_t *of, FILE *out)
{
	fprintf(out, ", measured %.4f (95 %%: %.4f to %.4f; %.0f of %.0f results right, %.0f inputs)",
		summary_number(of, "measured", NULL, NULL), summary_number(of, "low", NULL, NULL),
		summary_number(of, "high", NULL, NULL), summary_number(of, "right", NULL, NULL),
		summary_number(of, "known", NULL, NULL), summary_number(of, "inputs", NULL, NULL));
}

static void print_exit(const json_t *of, FILE *out)
{
	double number = summary_number(of, "exit", NULL, NULL);
	fprintf(out, "    %s, ", summary_text(of, "network"));
	if (number > 0)
		fprintf(out, "exit %.0f: ", number);
	else
		fputs("its end: ", out);
	print_promised(of, out);
	if (summary_number(of, "known", NULL, NULL) > 0)
		print_measured(of, out);
	fprintf(out, ", %.0f tasks\n", summary_number(of, "done", NULL, NULL));
}

void show_accuracy(const json_t *summary, FILE *out)
{
	const json_t *accuracy = json_object_get(summary, "accuracy"),
		     *overall = json_object_get(accuracy, "overall"),
		     *exits = json_object_get(accuracy, "exits");
	size_t i, n = json_array_size(exits);
	if (n == 0)
		return;
	fputs("  accuracy: ", out);
	print_promised(overall, out);
	if (summary_number(overall, "known", NULL, NULL) > 0)
		print_measured(overall, out);
	fputs(json_is_true(json_object_get(accuracy, "modelled"))
		  ? "; the edge is MODELLED: of its results none is computed, none measured\n"
		  : "\n",
	      out);
	json_t *one;
	json_array_foreach(exits, i, one) print_exit(one, out);
}
