// SPDX-License-Identifier: BSD-3-Clause
#include "records/watch/replay.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "records/follow.h"

enum {
	TASK_UE,
	TASK_OUTCOME,
	TASK_MET,
	TASK_CUT,
	TASK_ARRIVAL,
	TASK_LATENCY,
	TASK_COMPUTE,
	TASK_TRANSMIT,
	TASK_ENERGY
};
static const char *const task_wanted[] = {"ue",		"outcome",    "met",	    "cut",
					  "arrival_ms", "latency_ms", "compute_mj", "transmit_mj",
					  "energy_mj",	NULL};

enum { LINK_TIME, LINK_UE, LINK_GAIN, UP_BPS, DOWN_BPS, UP_QUEUE, DOWN_QUEUE, UP_AIR, DOWN_AIR };
static const char *const link_wanted[] = {"time_ms",	      "ue",
					  "gain_db",	      "up_bps",
					  "down_bps",	      "up_queue_bytes",
					  "down_queue_bytes", "up_airtime_ms",
					  "down_airtime_ms",  NULL};

enum { BATCH_START, BATCH_MEMBERS };
static const char *const batch_wanted[] = {"start_ms", "members", NULL};

static struct follow *follow_in(const char *directory, const char *table, const char *const *columns)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/%s.csv", directory, table);
	return follow_new(path, columns);
}

int run_replay_open(struct run_replay *r, const char *directory, uint32_t n_ues, const char *name,
		    const char *policy, double duration_s, struct err *err)
{
	*r = (struct run_replay){.meter = meter_new(n_ues, name, policy, duration_s),
				 .history = history_new(n_ues, duration_s),
				 .tasks = follow_in(directory, "tasks", task_wanted),
				 .links = follow_in(directory, "links", link_wanted),
				 .batches = follow_in(directory, "batches", batch_wanted)};
	if (r->meter && r->history && r->tasks && r->links && r->batches)
		return 0;
	run_replay_close(r);
	return err_set(err, ENOMEM, "no memory for the history of %u UEs", n_ues);
}

void run_replay_close(struct run_replay *r)
{
	meter_free(r->meter);
	history_free(r->history);
	follow_free(r->tasks);
	follow_free(r->links);
	follow_free(r->batches);
	*r = (struct run_replay){0};
}

// All fields but `text` as numbers; -EINVAL names the column.
static int numbers(const char *const *columns, const char *const *field, int text, double *out,
		   struct err *err)
{
	for (int i = 0; columns[i]; i++)
		if (i != text && !follow_number(field[i], &out[i]))
			return err_set(err, EINVAL, "%s is '%.40s': a number was expected", columns[i],
				       field[i]);
	return 0;
}

// A damaged table may hold any number.
static uint32_t whole(double v)
{
	return v >= 0 && v <= UINT32_MAX ? (uint32_t)v : UINT32_MAX;
}

static enum task_outcome outcome_of(const char *name)
{
	for (int i = TASK_DONE; i < TASK_OUTCOMES; i++)
		if (strcmp(name, task_outcome_name((enum task_outcome)i)) == 0)
			return (enum task_outcome)i;
	return TASK_CUT_SHORT;
}

static int take_task(struct run_replay *r, const char *const *field, struct err *err)
{
	double v[FOLLOW_MOST_COLUMNS];
	int code = numbers(task_wanted, field, TASK_OUTCOME, v, err);
	if (code < 0)
		return code;
	struct watch_task t = {.ue = whole(v[TASK_UE]) - 1,
			       .outcome = outcome_of(field[TASK_OUTCOME]),
			       .met = v[TASK_MET] != 0,
			       .cut = whole(v[TASK_CUT]),
			       .finish_s = (v[TASK_ARRIVAL] + v[TASK_LATENCY]) / 1e3,
			       .latency_s = v[TASK_LATENCY] / 1e3,
			       .compute_j = v[TASK_COMPUTE] / 1e3,
			       .transmit_j = v[TASK_TRANSMIT] / 1e3,
			       .energy_j = v[TASK_ENERGY] / 1e3};
	meter_task(r->meter, &t);
	history_task(r->history, &t);
	if (t.outcome == TASK_DONE)
		r->last_s = fmax(r->last_s, t.finish_s);
	return 0;
}

static int take_link(struct run_replay *r, const char *const *field, struct err *err)
{
	double v[FOLLOW_MOST_COLUMNS];
	int code = numbers(link_wanted, field, -1, v, err);
	if (code < 0)
		return code;
	struct watch_link l = {.ue = whole(v[LINK_UE]) - 1,
			       .t_s = v[LINK_TIME] / 1e3,
			       .gain_db = v[LINK_GAIN],
			       .rate_bps = {v[UP_BPS], v[DOWN_BPS]},
			       .queue_bytes = {v[UP_QUEUE], v[DOWN_QUEUE]},
			       .airtime_s = {v[UP_AIR] / 1e3, v[DOWN_AIR] / 1e3}};
	meter_link(r->meter, &l);
	history_link(r->history, &l);
	r->last_s = fmax(r->last_s, l.t_s);
	return 0;
}

static int take_batch(struct run_replay *r, const char *const *field, struct err *err)
{
	double v[FOLLOW_MOST_COLUMNS];
	int code = numbers(batch_wanted, field, -1, v, err);
	if (code < 0)
		return code;
	struct watch_batch b = {.start_s = v[BATCH_START] / 1e3, .members = whole(v[BATCH_MEMBERS])};
	meter_batch(r->meter, &b);
	history_batch(r->history, &b);
	return 0;
}

typedef int (*row_taker)(struct run_replay *r, const char *const *field, struct err *err);

static int take_all(struct run_replay *r, struct follow *f, row_taker take, struct err *err)
{
	const char *field[FOLLOW_MOST_COLUMNS];
	int code;
	while ((code = follow_next(f, field, err)) == 1)
		if ((code = take(r, field, err)) < 0) {
			err_prefix(err, "%s", follow_where(f));
			return code;
		}
	return code;
}

int run_replay_update(struct run_replay *r, struct err *err)
{
	int code = take_all(r, r->tasks, take_task, err);
	code = code < 0 ? code : take_all(r, r->links, take_link, err);
	return code < 0 ? code : take_all(r, r->batches, take_batch, err);
}
