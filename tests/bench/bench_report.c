// SPDX-License-Identifier: BSD-3-Clause
// How long a report of 100,000 tasks takes, and how large its page is. Fails beyond 10 s or 2 MB.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rng.h"
#include "edge/desk/record.h"
#include "records/results/tables.h"
#include "tools/report/report.h"
#include "ue/life/record.h"

#define N_TASKS 100000
#define N_UES 20
#define MOST_SECONDS 10.0
#define MOST_BYTES (2 << 20)

static FILE *create(const char *directory, const char *name)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return fopen(path, "we");
}

static void write_tasks(FILE *f, struct rng *rng)
{
	task_csv_header(f);
	for (uint32_t i = 0; i < N_TASKS; i++) {
		struct task_record t = {.ue = 1 + i % N_UES,
					.task = 1 + i / N_UES,
					.n_subtasks = 9,
					.cut = 5,
					.promised = 1,
					.arrival_ns = (int64_t)(i / N_UES) * 100 * NS_PER_MS,
					.compute_j = rng_uniform(rng, 0, 1),
					.plan_compute_j = .5};
		int64_t at = t.arrival_ns, planned = at;
		for (int s = 0; s < STAGE_COUNT; s++) {
			t.end_ns[s] = at += (int64_t)(30e6 * rng_uniform(rng, 0, 1));
			t.plan_end_ns[s] = planned += 15 * NS_PER_MS;
		}
		t.deadline_ns = t.arrival_ns + 120 * NS_PER_MS;
		task_csv_row(f, &t, 0);
	}
}

static void write_batches(FILE *f)
{
	batch_csv_header(f);
	for (uint32_t i = 0; i < N_TASKS / 2; i++) {
		struct batch_record b = {.batch = i + 1,
					 .n_members = 1 + i % N_UES,
					 .planned_members = 1 + i % N_UES,
					 .reason = i % (BATCH_STRAGGLER + 1),
					 .gpu_shares = 1,
					 .edge_freq = 1};
		batch_csv_row(f, &b, 0);
	}
}

static void write_links(FILE *f, struct rng *rng)
{
	link_csv_header(f);
	for (int64_t t = 0; t < N_TASKS / N_UES; t++)
		for (uint32_t ue = 0; ue < N_UES; ue++) {
			struct link_record l = {.t_ns = t * 100 * NS_PER_MS,
						.ue = ue,
						.gain_db = -80 - 10 * rng_uniform(rng, 0, 1),
						.rate_bps = {1e7 * rng_uniform(rng, 0, 1), 1e7}};
			link_csv_row(f, &l, 0);
		}
}

static void write_summary(FILE *f)
{
	fputs(
	    "{\"format\": 1, \"program\": \"bench\", \"engine\": \"emulation\", \"status\": \"done\", "
	    "\"valid\": true, "
	    "\"policy\": \"ip-ssa\", \"topology\": {\"name\": \"bench\", \"policy\": \"ip-ssa\"}, \"ues\": [",
	    f);
	for (int i = 0; i < N_UES; i++)
		fprintf(f, "%s{\"ue\": %d}", i ? ", " : "", i + 1);
	fputs("]}\n", f);
}

static int close_all(FILE *const *files, int n)
{
	int failed = 0;
	for (int i = 0; i < n; i++)
		failed |= !files[i] || fclose(files[i]) != 0;
	return failed;
}

int main(void)
{
	static const char *const names[] = {"tasks.csv", "batches.csv", "links.csv", "summary.json",
					    "report.html"};
	char directory[] = "/tmp/airbatch-bench-report-XXXXXX", path[256];
	struct rng *rng = rng_new(1, 1, RNG_ARRIVAL, 1);
	if (!rng || !mkdtemp(directory))
		return 1;
	FILE *files[4];
	for (int i = 0; i < 4; i++)
		files[i] = create(directory, names[i]);
	if (!files[0] || !files[1] || !files[2] || !files[3])
		return 1;
	write_tasks(files[0], rng);
	write_batches(files[1]);
	write_links(files[2], rng);
	write_summary(files[3]);
	rng_free(rng);
	if (close_all(files, 4))
		return 1;
	const char *const directories[] = {directory, NULL};
	const struct report_options options = {.directories = directories};
	struct err err = {0};
	struct stat page = {0};
	int64_t begin = clock_now_ns();
	int r = report_runs(&options, path, sizeof(path), &err);
	double seconds = ns_to_s(clock_now_ns() - begin);
	stat(path, &page);
	printf("report of %d tasks, %d links: %.2f s, %.0f kB%s%s\n", N_TASKS, N_TASKS, seconds,
	       (double)page.st_size / 1e3, r ? ": " : "", r < 0 ? err.text : "");
	for (int i = 0; i < 5; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
	rmdir(directory);
	return r != 0 || seconds > MOST_SECONDS || page.st_size > MOST_BYTES;
}
