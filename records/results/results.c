// SPDX-License-Identifier: BSD-3-Clause
#include "records/results/results.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "records/line_file.h"
#include "records/results/attribution.h"
#include "records/results/results_private.h"

#define LOSSES_NOTED 10 // beyond, only the list of losses tells them

static FILE *open_table(const char *directory, const char *name, struct err *err)
{
	char path[PATH_MAX + 32];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return line_file_open(path, err);
}

static int open_timeline(struct results *r, const char *directory, struct err *err)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/trace.json", directory);
	int code = timeline_open(&r->timeline, path, r->topology->n_ues, err);
	for (int i = 0; code == 0 && i < r->topology->n_servers; i++)
		timeline_name_server(r->timeline, (uint32_t)i + 1, r->topology->server[i].name);
	for (int i = 0; code == 0 && i < r->topology->n_ues; i++)
		if (r->topology->ue[i].open_tasks > 1)
			timeline_open_several(r->timeline, (uint32_t)i + 1);
	return code;
}

int results_open(struct results **out, const char *directory, const struct topology *t, struct err *err)
{
	struct results *r = calloc(1, sizeof(*r));
	if (!r)
		return err_set(err, ENOMEM, "no memory");
	r->topology = t;
	snprintf(r->directory, sizeof(r->directory), "%s", directory);
	r->notes = json_array();
	r->losses = json_array();
	r->refused = json_array();
	r->captures = json_array();
	r->packets = calloc((size_t)t->n_ues, sizeof(*r->packets));
	r->links = calloc((size_t)t->n_ues, sizeof(*r->links));
	r->awaited = calloc((size_t)t->n_ues, sizeof(*r->awaited));
	r->lateness = calloc(HOST_STAGES, sizeof(*r->lateness));
	r->meter = meter_new((uint32_t)t->n_ues, t->name, t->policy, ns_to_s(t->duration_ns));
	bool ok = r->packets && r->links && r->awaited && r->lateness && r->meter;
	for (int i = 0; ok && i < t->n_ues; i++)
		ok = awaited_open(&r->awaited[i], t->ue[i].open_tasks) == 0;
	if (!ok) {
		results_free(r);
		return err_set(err, ENOMEM, "no memory for %d UEs", t->n_ues);
	}
	r->tasks_csv = open_table(directory, "tasks.csv", err);
	r->batches_csv = r->tasks_csv ? open_table(directory, "batches.csv", err) : NULL;
	r->members_csv = r->batches_csv ? open_table(directory, "members.csv", err) : NULL;
	r->links_csv = r->members_csv ? open_table(directory, "links.csv", err) : NULL;
	r->rounds_csv = r->links_csv ? open_table(directory, "rounds.csv", err) : NULL;
	int code = r->rounds_csv ? open_timeline(r, directory, err) : -errno;
	if (code < 0) {
		results_free(r);
		return code;
	}
	round_csv_header(r->rounds_csv);
	task_csv_header(r->tasks_csv);
	batch_csv_header(r->batches_csv);
	member_csv_header(r->members_csv);
	link_csv_header(r->links_csv);
	*out = r;
	return 0;
}

void results_free(struct results *r)
{
	if (!r)
		return;
	FILE *tables[] = {r->tasks_csv, r->batches_csv, r->members_csv,
			  r->links_csv, r->rounds_csv,	r->decisions_csv};
	for (int i = 0; i < 6; i++)
		if (tables[i])
			fclose(tables[i]);
	timeline_close(r->timeline);
	json_decref(r->notes);
	json_decref(r->losses);
	json_decref(r->refused);
	json_decref(r->captures);
	free(r->tasks);
	free(r->packets);
	free(r->links);
	for (int i = 0; r->awaited && i < r->topology->n_ues; i++)
		awaited_close(&r->awaited[i]);
	free(r->awaited);
	free(r->lateness);
	meter_free(r->meter);
	free(r);
}

void results_set_epoch(struct results *r, int64_t epoch_ns)
{
	r->epoch_ns = epoch_ns;
	r->epoch_wall_ns = epoch_ns + clock_wall_ns() - clock_now_ns();
	timeline_set_epoch(r->timeline, epoch_ns);
}

void results_set_virtual(struct results *r)
{
	r->epoch_ns = r->epoch_wall_ns = 0;
	r->is_virtual = true;
}

static void record_task(struct results *r, const struct task_record *task)
{
	timeline_task(r->timeline, task);
	struct watch_task seen = watch_task_of(task, r->epoch_ns);
	meter_task(r->meter, &seen);
	if (r->n_tasks == r->capacity_tasks) {
		size_t capacity = r->capacity_tasks ? 2 * r->capacity_tasks : 1024;
		struct task_record *more = realloc(r->tasks, capacity * sizeof(*more));
		if (!more) {
			results_note(r, "out of memory: some tasks are in tasks.csv only");
			task_csv_row(r->tasks_csv, task, r->epoch_ns);
			return;
		}
		r->tasks = more;
		r->capacity_tasks = capacity;
	}
	r->tasks[r->n_tasks++] = *task;
	task_csv_row(r->tasks_csv, task, r->epoch_ns);
}

// TCP's pauses are seen by what the link does not explain of an upload and of a result.
static void note_transport(struct results *r, const struct task_record *t, const struct job_record *job)
{
	static const enum task_stage stages[] = {STAGE_UPLOAD, STAGE_RESULT};
	for (int i = 0; i < 2; i++)
		if (attribution_is_whole(t, job, stages[i]))
			lateness_add(&r->lateness[HOST_TRANSPORT], HOST_TRANSPORT, t->host_ns[stages[i]]);
}

// job: the edge's part; NULL = it is not known.
static void settle(struct results *r, struct task_record *task, const struct job_record *job)
{
	attribute_task(task, job);
	note_transport(r, task, job);
	record_task(r, task);
}

void results_task(struct results *r, const struct task_record *task)
{
	if (r->is_virtual || task->ue < 1 || task->ue > (uint32_t)r->topology->n_ues) {
		record_task(r, task);
		return;
	}
	struct awaited *a = &r->awaited[task->ue - 1];
	struct task_record mine = *task, oldest;
	struct job_record job;
	if (awaited_oldest(a, false, &oldest))
		settle(r, &oldest, NULL);
	if (awaited_job(a, task->task, &job))
		settle(r, &mine, &job);
	else if (task->outcome != TASK_DONE && task->outcome != TASK_DROPPED)
		settle(r, &mine, NULL);
	else
		awaited_keep_task(a, task);
}

void results_job(struct results *r, const struct job_record *job)
{
	if (job->ue < 1 || job->ue > (uint32_t)r->topology->n_ues)
		return;
	struct awaited *a = &r->awaited[job->ue - 1];
	struct task_record task;
	if (awaited_task(a, job->task, &task))
		settle(r, &task, job);
	else
		awaited_keep_job(a, job);
}

void results_lateness(struct results *r, const void *body, uint32_t size)
{
	if (!lateness_take(r->lateness, body, size))
		results_note(r, "a process told how late it was in a form that is not known");
}

void results_know_networks(struct results *r, const struct prepared *prepared)
{
	r->prepared = prepared;
}

// "" = not known.
static const char *subtask_of(const struct results *r, const struct batch_record *batch)
{
	bool known = r->prepared && batch->network < (uint32_t)r->prepared->n;
	return known ? prepared_subtask(&r->prepared->networks[batch->network], batch->subtask) : "";
}

void results_batch(struct results *r, const struct batch_record *batch)
{
	r->n_batches++;
	r->last_batch_ns = batch->end_ns > r->last_batch_ns ? batch->end_ns : r->last_batch_ns;
	r->batch_members += batch->n_members;
	r->batches_of_size[batch->n_members < BATCH_SIZES ? batch->n_members : BATCH_SIZES - 1]++;
	if (batch->reason < BATCH_REASONS)
		r->batches_by_reason[batch->reason]++;
	batch_csv_row(r->batches_csv, batch, r->epoch_ns);
	member_csv_rows(r->members_csv, batch);
	timeline_batch_named(r->timeline, batch, subtask_of(r, batch));
	struct watch_batch seen = watch_batch_of(batch, r->epoch_ns);
	meter_batch(r->meter, &seen);
}

void results_round(struct results *r, const struct round_record *round)
{
	round_csv_row(r->rounds_csv, round, r->epoch_ns);
	timeline_round(r->timeline, round);
}

static void remember_link(struct results *r, const struct link_record *link)
{
	if (link->ue >= (uint32_t)r->topology->n_ues || link->t_ns < r->epoch_ns)
		return;
	struct link_span *span = &r->links[link->ue];
	if (span->last.t_ns == 0) // virtual time begins with nothing sent
		span->first = r->is_virtual ? (struct link_record){.t_ns = 0} : *link;
	span->last = *link;
}

void results_decision(struct results *r, const struct decision_record *decision)
{
	struct err err;
	if (!r->decisions_csv) {
		r->decisions_csv = open_table(r->directory, "decisions.csv", &err);
		if (!r->decisions_csv) {
			results_note(r, err.text);
			return;
		}
		decision_csv_header(r->decisions_csv);
	}
	decision_csv_row(r->decisions_csv, decision, r->epoch_ns);
}

void results_links(struct results *r, const struct link_record *links, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		link_csv_row(r->links_csv, &links[i], r->epoch_ns);
		remember_link(r, &links[i]);
		timeline_link(r->timeline, &links[i]);
		struct watch_link seen = watch_link_of(&links[i], r->epoch_ns);
		meter_link(r->meter, &seen);
	}
}

void results_accuracy(struct results *r, const struct accuracy_record *accuracy)
{
	r->accuracy = *accuracy;
	r->has_accuracy = true;
	const struct delay_error *error = &accuracy->delay[ACCURACY_ALL];
	meter_delay_error(r->meter, (double)error->p50_ns / 1e3, (double)error->p99_ns / 1e3,
			  accuracy->overruns);
}

void results_edge(struct results *r, const struct edge_record *edge)
{
	char text[400];
	r->edge = *edge;
	r->has_edge = true;
	if (edge->refused == 0)
		return;
	snprintf(text, sizeof(text), "%llu of %llu requests were refused, the first since %s",
		 (unsigned long long)edge->refused, (unsigned long long)edge->requests, edge->refusal);
	results_note(r, text);
}

void results_server(struct results *r, const struct server_record *server)
{
	if (server->server >= 1 && server->server <= (uint32_t)r->topology->n_servers)
		r->servers[server->server - 1] = *server;
}

void results_packets(struct results *r, const struct packets_record *part)
{
	if (part->ue >= 1 && part->ue <= (uint32_t)r->topology->n_ues)
		packets_merge(&r->packets[part->ue - 1], part);
}

static bool is_noted(const struct results *r, const char *text)
{
	size_t i;
	json_t *note;
	json_array_foreach(r->notes, i, note) if (strcmp(json_string_value(note), text) == 0) return true;
	return false;
}

// A capture that misses something is said now, and again by whoever shows the run.
void results_capture(struct results *r, const struct capture_record *c)
{
	const char *why = *c->error ? c->error : NULL;
	json_array_append_new(r->captures,
			      json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:b, s:s?}", "file", c->file, "files",
					(json_int_t)c->files, "packets", (json_int_t)c->packets, "bytes",
					(json_int_t)c->bytes, "filtered", (json_int_t)c->filtered, "lost",
					(json_int_t)c->lost, "complete", !why && c->lost == 0, "why", why));
	if (why && !is_noted(r, why)) // the shaper notes it when it happens
		results_note(r, why);
	if (why || c->lost > 0)
		log_warn("%s; %llu packets are missing in %s",
			 why ? why : "the writer of captures was behind", (unsigned long long)c->lost,
			 c->file);
}

void results_note(struct results *r, const char *text)
{
	json_array_append_new(r->notes, json_string(text));
}

void results_refused(struct results *r, const char *text)
{
	results_note(r, text);
	json_array_append_new(r->refused, json_string(text));
}

void results_loss(struct results *r, const struct network_loss *l)
{
	char text[200];
	json_array_append_new(r->losses, json_pack("{s:s, s:s, s:s, s:I, s:b}", "node", l->node, "counter",
						   l->counter, "what", l->what, "packets",
						   (json_int_t)l->packets, "on_the_wire", l->on_the_wire));
	if (json_array_size(r->losses) > LOSSES_NOTED && !l->on_the_wire)
		return;
	snprintf(text, sizeof(text), "%s: %" PRIu64 " packets %s (%s)", l->node, l->packets, l->what,
		 l->counter);
	if (l->on_the_wire)
		results_refused(r, text);
	else
		results_note(r, text);
}

struct run_snapshot *results_snapshot(struct results *r, int64_t now_ns)
{
	struct run_snapshot *s = meter_read(r->meter);
	s->simulated = r->is_virtual;
	s->time_s = ns_to_s(now_ns - r->epoch_ns);
	s->state = s->time_s < s->duration_s ? SNAPSHOT_RUNNING : SNAPSHOT_ENDING;
	s->left_s = s->simulated ? NAN : fmax(0, s->duration_s - s->time_s);
	return s;
}

void results_flush(struct results *r)
{
	FILE *tables[] = {r->tasks_csv, r->batches_csv, r->members_csv,
			  r->links_csv, r->rounds_csv,	r->decisions_csv};
	for (int i = 0; i < 6; i++)
		if (tables[i])
			fflush(tables[i]);
}

static int not_written(struct results *r, const char *name, struct err *err)
{
	int code = err_set(err, EIO, "%s could not be written in full (is the disk full?)", name);
	results_note(r, err->text);
	return code;
}

int results_close_tables(struct results *r, struct err *err)
{
	static const char *const names[] = {"tasks.csv", "batches.csv", "members.csv",
					    "links.csv", "rounds.csv",	"decisions.csv"};
	FILE **tables[] = {&r->tasks_csv, &r->batches_csv, &r->members_csv,
			   &r->links_csv, &r->rounds_csv,  &r->decisions_csv};
	struct task_record oldest;
	for (int i = 0; i < r->topology->n_ues; i++)
		while (awaited_oldest(&r->awaited[i], true, &oldest))
			settle(r, &oldest, NULL);
	int result = 0;
	for (int i = 0; i < 6; i++) {
		if (!*tables[i])
			continue;
		bool failed = ferror(*tables[i]);
		failed = fclose(*tables[i]) != 0 || failed;
		*tables[i] = NULL;
		if (failed)
			result = not_written(r, names[i], err);
	}
	if (timeline_close(r->timeline) < 0)
		result = not_written(r, "trace.json", err);
	r->timeline = NULL;
	return result;
}
