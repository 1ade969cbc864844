// SPDX-License-Identifier: BSD-3-Clause
#include "tools/sweep/gather.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "records/figures.h"
#include "setup/topology/topology.h"
#include "tools/sweep/point.h"

// Where a summary has what was given for an axis: "cell.bandwidth_hz" of cell.bandwidth.
static const json_t *given(const json_t *summary, const char *key)
{
	char path[128];
	const json_t *o = json_object_get(summary, "given");
	topology_si_path(key, path, sizeof(path));
	for (char *rest = path, *word; (word = strsep(&rest, "."));)
		o = json_object_get(o, word);
	return o;
}

// A range has two numbers, one value twice the same; NaN for what is no number.
static struct gathered_value value_of(const json_t *v)
{
	const json_t *low = json_is_array(v) ? json_array_get(v, 0) : v;
	const json_t *high = json_is_array(v) ? json_array_get(v, 1) : v;
	return (struct gathered_value){json_is_number(low) ? json_number_value(low) : NAN,
				       json_is_number(high) ? json_number_value(high) : NAN};
}

static void take(const struct grid *g, size_t point, const json_t *summary, struct gathered *out)
{
	size_t figures = (size_t)figure_count(), axes = (size_t)g->n_axes;
	for (size_t k = 0; k < figures; k++)
		out->values[point * figures + k] = figure_value(summary, (int)k);
	for (size_t k = 0; k < axes; k++)
		out->parameters[point * axes + k] = value_of(given(summary, g->axes[k].key));
}

// The stage that each sentence begins with (docs/validity.md), or its first word.
static void take_doubts(const json_t *summary, char *words, size_t size)
{
	size_t i, used = 0;
	json_t *why;
	json_array_foreach(json_object_get(summary, "not_valid_because"), i, why)
	{
		const char *text = json_string_value(why);
		int length = (int)strcspn(text, ": ");
		if (used + (size_t)length + 2 > size)
			return;
		used += (size_t)snprintf(words + used, size - used, "%s%.*s", i ? " " : "", length, text);
	}
}

int gather(const struct grid *g, struct gathered *out, struct err *err)
{
	size_t n = grid_points(g), axes = (size_t)g->n_axes;
	*out = (struct gathered){.values = calloc(n * (size_t)figure_count(), sizeof(double)),
				 .parameters = calloc(n * axes + 1, sizeof(*out->parameters)),
				 .done = calloc(n, 1),
				 .doubts = calloc(n, sizeof(*out->doubts))};
	if (!out->values || !out->parameters || !out->done || !out->doubts) {
		gathered_free(out);
		return err_set(err, ENOMEM, "no memory for %zu points", n);
	}
	for (size_t i = 0; i < n; i++) {
		json_t *summary = point_summary(g, i);
		out->done[i] = summary != NULL;
		out->n_done += summary != NULL;
		take(g, i, summary, out);
		take_doubts(summary, out->doubts[i], sizeof(out->doubts[i]));
		json_decref(summary);
	}
	return 0;
}

void gathered_free(struct gathered *gathered)
{
	free(gathered->values);
	free(gathered->parameters);
	free(gathered->done);
	free(gathered->doubts);
	*gathered = (struct gathered){0};
}
