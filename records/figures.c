// SPDX-License-Identifier: BSD-3-Clause
#include "records/figures.h"

#include <math.h>
#include <string.h>

// name, unit, meaning, path in summary.json, or the paths of a ratio
#define COLUMNS(X)                                                                                           \
	X("valid", "", "the testbed kept its own time", "valid")                                             \
	X("done", "", "tasks whose result reached the UE", "tasks.done")                                     \
	X("met", "", "of these, by the deadline", "tasks.met")                                               \
	X("missed", "", "of these, late", "tasks.missed")                                                    \
	X("met_share", "", "met / done", "tasks.met/tasks.done")                                             \
	X("failed", "", "tasks whose connection was lost or refused", "tasks.failed")                        \
	X("offloaded", "", "tasks done with a part at the edge", "tasks.offloaded")                          \
	X("latency_mean_ms", "ms", "arrival to result, mean", "tasks.latency_ms.mean")                       \
	X("latency_p50_ms", "ms", "the same, median", "tasks.latency_ms.p50")                                \
	X("latency_p95_ms", "ms", "the same, 95th percentile", "tasks.latency_ms.p95")                       \
	X("energy_mj", "mJ", "a task's energy at the UE, mean", "tasks.energy_mj.mean")                      \
	X("compute_mj", "mJ", "of it, the processor", "tasks.compute_mj")                                    \
	X("transmit_mj", "mJ", "of it, the transmitter", "tasks.transmit_mj")                                \
	X("receive_mj", "mJ", "of it, the receiver", "tasks.receive_mj")                                     \
	X("idle_mj", "mJ", "of it, the idle radio", "tasks.idle_mj")                                         \
	X("edge_mj", "mJ", "the edge's energy a task (modelled)", "edge.energy.per_task_mj")                 \
	X("batches", "", "batches run", "batches.n")                                                         \
	X("mean_batch", "", "users in a batch, mean", "batches.mean_size")                                   \
	X("latency_error_p50", "", "median of |measured / planned - 1|", "tasks.latency_error.p50")          \
	X("energy_error_p50", "", "the same of energy", "tasks.energy_error.p50")                            \
	X("served", "", "tasks done by the deadline with a part at the edge", "tasks.served")                \
	X("refused", "", "tasks that the policy did not admit and that ended there", "tasks.refused")        \
	X("dropped", "", "tasks whose tensor came too late for its batch", "tasks.dropped")                  \
	X("accuracy", "", "of tasks done, as promised, mean", "tasks.accuracy")                              \
	X("accuracy_measured", "", "share of results that name their input's class",                         \
	  "tasks.accuracy_measured")

#define AS_COLUMN(name, unit, doc, path) {name, unit, doc},
#define AS_PATH(name, unit, doc, path) path,

const struct column figure_columns[] = {COLUMNS(AS_COLUMN){0}};
static const char *const paths[] = {COLUMNS(AS_PATH)};

// path is consumed.
static double number_at(const json_t *o, char *path)
{
	for (char *key; (key = strsep(&path, "."));)
		o = json_object_get(o, key);
	return json_is_boolean(o) ? json_is_true(o) : json_is_number(o) ? json_number_value(o) : NAN;
}

double figure_value(const json_t *summary, int i)
{
	char path[64];
	snprintf(path, sizeof(path), "%s", paths[i]);
	char *below = strchr(path, '/');
	if (below)
		*below++ = '\0';
	double value = number_at(summary, path), divisor = below ? number_at(summary, below) : 1;
	return divisor > 0 ? value / divisor : NAN;
}

int figure_count(void)
{
	int n = 0;
	while (figure_columns[n].name)
		n++;
	return n;
}

int figure_index(const char *name)
{
	for (int i = 0; figure_columns[i].name; i++)
		if (strcmp(figure_columns[i].name, name) == 0)
			return i;
	return -1;
}
