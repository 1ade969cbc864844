// SPDX-License-Identifier: BSD-3-Clause
#include "ue/life/record.h"

#include "base/clock.h"
#include "dnn/features.h"
#include "proto/message.h"

const char *task_stage_name(enum task_stage stage)
{
	static const char *const names[] = {"plan", "local", "upload", "wait", "batch", "result"};
	return names[stage];
}

const char *task_outcome_name(enum task_outcome outcome)
{
	static const char *const names[] = {"done", "failed", "cut-short", "refused", "dropped"};
	return names[outcome];
}

static double ms(int64_t ns)
{
	return (double)ns / (double)NS_PER_MS;
}

int task_csv_header(FILE *f)
{
	return columns_csv_header(f, task_columns);
}

// Why a promise was broken; empty where none was.
static const char *missed_by(const struct task_record *r)
{
	return !task_broke_promise(r) ? "" : task_missed_by_host(r) ? "host" : "radio";
}

int task_csv_row(FILE *f, const struct task_record *r, int64_t epoch_ns)
{
	static const char *const checks[] = {"none", "equal", "differs"};
	fprintf(f, "%u,%u,%u,%s,%u,%u,%d,%u,%u,%d,%.6f,%.6f,%.6f,%.6f", r->ue, r->task, r->sample,
		task_outcome_name(r->outcome), r->cut, r->n_subtasks, (int)r->group, r->largest_batch,
		r->promised, task_met_deadline(r), ms(r->arrival_ns - epoch_ns),
		ms(r->deadline_ns - r->arrival_ns), ms(task_latency_ns(r)), ms(task_plan_latency_ns(r)));
	int64_t planned = r->arrival_ns;
	for (enum task_stage s = STAGE_PLAN; s < STAGE_COUNT; s++) {
		fprintf(f, ",%.6f,%.6f", ms(task_stage_ns(r, s)), ms(r->plan_end_ns[s] - planned));
		planned = r->plan_end_ns[s];
	}
	fprintf(f, ",%.6f,%.6f,%.6f,%.0f,%.6f,%.6f,%.6f,%.6f,%.6f,%.6f,%.6f,%.6f,%.6f,%s,%.3g,%s,%.3g",
		ms(r->batch_run_ns), r->work_flop / 1e6, r->freq_flops / 1e9, r->upload_bits,
		ms(r->airtime_ns), 1e3 * r->compute_j, 1e3 * r->plan_compute_j, 1e3 * r->transmit_j,
		1e3 * r->plan_transmit_j, 1e3 * r->receive_j, 1e3 * r->idle_j, 1e3 * task_energy_j(r),
		1e3 * task_plan_energy_j(r), checks[r->checked], r->check_error,
		features_name((enum features)r->features), r->features_error);
	fprintf(f, ",%.6f,%.6f,%.6f,%.6f,%.6f,%.6f,%s", ms(r->host_ns[STAGE_PLAN]),
		ms(r->host_ns[STAGE_LOCAL]), ms(r->host_ns[STAGE_UPLOAD]), ms(r->host_ns[STAGE_BATCH]),
		ms(r->host_ns[STAGE_RESULT]), ms(r->host_total_ns), missed_by(r));
	static const char *const classes[] = {"", "1", "0"};
	return fprintf(f, ",%d,%u,%.3f,%.6g,%s,%d,%u\n", r->admission == ADMISSION_GRANTED, r->exit, r->hertz,
		       r->accuracy, classes[r->classified], task_server(r), r->variant);
}
