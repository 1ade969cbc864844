// SPDX-License-Identifier: BSD-3-Clause
#include "records/run_directory.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "records/summary.h"

#define STAGE(stage, name)                                                                                   \
	{name "_ms", CSV_NUMBER, offsetof(struct task_row, stage_ms) + (stage) * sizeof(double)},            \
	{                                                                                                    \
		"plan_" name "_ms", CSV_NUMBER,                                                              \
		    offsetof(struct task_row, plan_stage_ms) + (stage) * sizeof(double)                      \
	}
#define TASK(kind, member)                                                                                   \
	{                                                                                                    \
#member, kind, offsetof(struct task_row, member)                                             \
	}

static const struct csv_column task_members[] = {
    TASK(CSV_COUNT, ue),
    TASK(CSV_COUNT, task),
    TASK(CSV_COUNT, cut),
    {"subtasks", CSV_COUNT, offsetof(struct task_row, n_subtasks)},
    TASK(CSV_COUNT, promised),
    TASK(CSV_COUNT, met),
    TASK(CSV_TEXT, outcome),
    TASK(CSV_NUMBER, arrival_ms),
    TASK(CSV_NUMBER, deadline_ms),
    TASK(CSV_NUMBER, latency_ms),
    TASK(CSV_NUMBER, plan_latency_ms),
    STAGE(STAGE_PLAN, "plan"),
    STAGE(STAGE_LOCAL, "local"),
    STAGE(STAGE_UPLOAD, "upload"),
    STAGE(STAGE_WAIT, "wait"),
    STAGE(STAGE_BATCH, "batch"),
    STAGE(STAGE_RESULT, "result"),
    TASK(CSV_NUMBER, compute_mj),
    TASK(CSV_NUMBER, plan_compute_mj),
    TASK(CSV_NUMBER, transmit_mj),
    TASK(CSV_NUMBER, plan_transmit_mj),
    TASK(CSV_NUMBER, receive_mj),
    TASK(CSV_NUMBER, idle_mj),
    TASK(CSV_NUMBER, energy_mj),
    TASK(CSV_NUMBER, plan_energy_mj)};

#define BATCH(kind, member)                                                                                  \
	{                                                                                                    \
#member, kind, offsetof(struct batch_row, member)                                            \
	}
static const struct csv_column batch_members[] = {BATCH(CSV_COUNT, subtask), BATCH(CSV_COUNT, members),
						  BATCH(CSV_TEXT, reason), BATCH(CSV_NUMBER, start_ms),
						  BATCH(CSV_NUMBER, end_ms)};

#define LINK(kind, member)                                                                                   \
	{                                                                                                    \
#member, kind, offsetof(struct link_row, member)                                             \
	}
static const struct csv_column link_members[] = {LINK(CSV_COUNT, ue), LINK(CSV_NUMBER, time_ms),
						 LINK(CSV_NUMBER, gain_db), LINK(CSV_NUMBER, up_bps),
						 LINK(CSV_NUMBER, up_queue_bytes)};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static struct csv_table read_table(struct run_directory *r, const char *name,
				   const struct csv_column *columns, size_t n_columns, size_t row_size)
{
	char path[PATH_MAX];
	struct csv_table table;
	struct err err;
	snprintf(path, sizeof(path), "%s/%s", r->path, name);
	if (csv_read(&table, path, columns, n_columns, row_size, &err) < 0)
		json_array_append_new(r->problems, table.n_rows
						       ? json_sprintf("%s; the %zu rows before are shown",
								      err.text, table.n_rows)
						       : json_string(err.text));
	return table;
}

static bool has_no_table(const char *directory)
{
	static const char *const names[] = {"tasks.csv", "batches.csv", "links.csv"};
	char path[PATH_MAX];
	for (size_t i = 0; i < LENGTH(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		if (access(path, F_OK) == 0)
			return false;
	}
	return true;
}

static void read_tables(struct run_directory *r)
{
	struct csv_table tasks =
	    read_table(r, "tasks.csv", task_members, LENGTH(task_members), sizeof(struct task_row));
	struct csv_table batches =
	    read_table(r, "batches.csv", batch_members, LENGTH(batch_members), sizeof(struct batch_row));
	struct csv_table links =
	    read_table(r, "links.csv", link_members, LENGTH(link_members), sizeof(struct link_row));
	r->tasks = tasks.rows;
	r->n_tasks = tasks.n_rows;
	r->batches = batches.rows;
	r->n_batches = batches.n_rows;
	r->links = links.rows;
	r->n_links = links.n_rows;
}

int run_directory_read(struct run_directory *r, const char *path, struct err *err)
{
	*r = (struct run_directory){.summary = summary_read(path, err)};
	if (!r->summary)
		return -EINVAL;
	r->path = strdup(path);
	if (!r->path) {
		run_directory_free(r);
		return err_set(err, ENOMEM, "no memory for %s", path);
	}
	r->problems = json_array();
	r->summary_only = has_no_table(path);
	if (!r->summary_only)
		read_tables(r);
	return 0;
}

void run_directory_free(struct run_directory *r)
{
	free(r->path);
	json_decref(r->summary);
	json_decref(r->problems);
	free(r->tasks);
	free(r->batches);
	free(r->links);
}

bool task_row_done(const struct task_row *t)
{
	return strcmp(t->outcome, task_outcome_name(TASK_DONE)) == 0;
}
