// SPDX-License-Identifier: BSD-3-Clause
#include "records/results/results_private.h"

#include "base/json_finite.h"
#include "dnn/features.h"

// Whether its tensor was encoded, and its result is there to be measured.
static bool was_encoded(const struct task_record *t)
{
	return t->checked != CHECK_NONE && t->cut > 0 && t->cut < t->n_subtasks;
}

json_t *features_json(const struct results *r)
{
	json_t *all = json_object();
	for (uint32_t f = 0; f < FEATURES_COUNT; f++) {
		json_int_t n = 0;
		double largest = 0, sum = 0;
		for (size_t i = 0; i < r->n_tasks; i++) {
			const struct task_record *t = &r->tasks[i];
			if (t->features != f || !was_encoded(t))
				continue;
			n++;
			sum += t->features_error;
			largest = t->features_error > largest ? t->features_error : largest;
		}
		if (n > 0)
			json_object_set_new(all, features_name((enum features)f),
					    json_pack("{s:I, s:o, s:o}", "results", n, "largest_error",
						      json_finite(largest), "mean_error",
						      json_finite(sum / (double)n)));
	}
	return all;
}
