// SPDX-License-Identifier: BSD-3-Clause
#include "records/timeline/timeline.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/version.h"
#include "records/line_file.h"
#include "records/timeline/events.h"

// Batches that share the GPU are drawn on at most so many lines.
#define MOST_LANES 64

enum process { PROCESS_EDGE = 1, PROCESS_RADIO, PROCESS_FIRST_UE };
enum edge_thread { THREAD_POLICY = 1, THREAD_EXECUTOR };
enum radio_thread { THREAD_UPLINK = 1, THREAD_DOWNLINK };
enum ue_thread {
	THREAD_TASK = 1,
	THREAD_QUEUE,
	THREAD_DEADLINES,
	THREAD_DEVICE, // of a UE with several tasks open
	THREAD_SENT,
	THREAD_RESULTS,
};

struct ue_line {
	int64_t busy_until_ns;	 // the end of its last task
	struct link_record link; // its last record,
	double share[LINK_DIRS]; // and its share of the airtime that was written last
	bool has_link;
	bool is_several;	      // it may have several tasks open
	int64_t sent_ns, answered_ns; // then: the ends of the last upload and result
};

struct lanes {
	int n;
	int64_t end_ns[MOST_LANES];
};

struct timeline {
	struct events events;
	int n_ues;
	struct lanes lanes[POLICY_MAX_SERVERS]; // of the edge and of each further server
	struct ue_line *ue;			// [n_ues]
};

static struct track ue_track(uint32_t ue, enum ue_thread thread)
{
	return (struct track){PROCESS_FIRST_UE + ue - 1, thread};
}

static void name_tracks(struct timeline *t)
{
	struct events *e = &t->events;
	char name[32];
	events_name_process(e, PROCESS_EDGE, "edge");
	events_name_track(e, (struct track){PROCESS_EDGE, THREAD_POLICY}, "policy");
	events_name_process(e, PROCESS_RADIO, "radio");
	events_name_track(e, (struct track){PROCESS_RADIO, THREAD_UPLINK}, "uplink");
	events_name_track(e, (struct track){PROCESS_RADIO, THREAD_DOWNLINK}, "downlink");
	for (int i = 0; i < t->n_ues; i++) {
		uint32_t ue = (uint32_t)i + 1;
		snprintf(name, sizeof(name), "ue%u", ue);
		events_name_process(e, PROCESS_FIRST_UE + ue - 1, name);
		snprintf(name, sizeof(name), "task of ue%u", ue);
		events_name_track(e, ue_track(ue, THREAD_TASK), name);
		events_name_track(e, ue_track(ue, THREAD_QUEUE), "queue");
		events_name_track(e, ue_track(ue, THREAD_DEADLINES), "deadlines");
	}
}

int timeline_open(struct timeline **out, const char *path, int n_ues, struct err *err)
{
	FILE *file = line_file_open(path, err);
	if (!file)
		return -errno;
	struct timeline *t = calloc(1, sizeof(*t));
	struct ue_line *ue = calloc((size_t)n_ues, sizeof(*ue));
	if (!t || !ue) {
		free(t);
		free(ue);
		fclose(file);
		return err_set(err, ENOMEM, "no memory for the timeline of %d UEs", n_ues);
	}
	t->n_ues = n_ues;
	t->ue = ue;
	for (int i = 0; i < n_ues; i++)
		ue[i] = (struct ue_line){.busy_until_ns = INT64_MIN, .share = {-1, -1}};
	events_open(&t->events, file, airbatch_version());
	name_tracks(t);
	*out = t;
	return 0;
}

void timeline_open_several(struct timeline *t, uint32_t ue)
{
	t->ue[ue - 1].is_several = true;
	events_name_track(&t->events, ue_track(ue, THREAD_TASK), "tasks");
	events_name_track(&t->events, ue_track(ue, THREAD_DEVICE), "device");
	events_name_track(&t->events, ue_track(ue, THREAD_SENT), "uplink");
	events_name_track(&t->events, ue_track(ue, THREAD_RESULTS), "downlink");
}

void timeline_set_epoch(struct timeline *t, int64_t epoch_ns)
{
	t->events.zero_ns = epoch_ns;
}

static uint64_t task_id(uint32_t ue, uint32_t task)
{
	return (uint64_t)ue << 32 | task;
}

static void draw_stages(struct timeline *t, const struct task_record *task, int64_t begin_ns)
{
	static const char *const names[] = {"plan", "compute", "upload", "wait", "batch", "result"};
	int64_t start = begin_ns, planned = task->arrival_ns;
	for (int s = 0; s < STAGE_COUNT; s++) {
		if (task->end_ns[s] > start || s == STAGE_PLAN)
			events_slice(&t->events, ue_track(task->ue, THREAD_TASK), names[s], start,
				     task->end_ns[s], "\"planned_ms\":%.6f",
				     (double)(task->plan_end_ns[s] - planned) / 1e6);
		start = task->end_ns[s];
		planned = task->plan_end_ns[s];
	}
}

static void draw_on_air(struct timeline *t, const struct task_record *task)
{
	uint64_t id = task_id(task->ue, task->task);
	char name[32];
	snprintf(name, sizeof(name), "ue%u", task->ue);
	if (task->end_ns[STAGE_UPLOAD] > task->end_ns[STAGE_LOCAL])
		events_async(&t->events, (struct track){PROCESS_RADIO, THREAD_UPLINK}, name, id,
			     task->send_start_ns, task->end_ns[STAGE_UPLOAD],
			     "\"task\":%u,\"bits\":%.0f,\"airtime_ms\":%.6f", task->task, task->upload_bits,
			     (double)task->airtime_ns / 1e6);
	if (task->end_ns[STAGE_RESULT] > task->end_ns[STAGE_BATCH])
		events_async(&t->events, (struct track){PROCESS_RADIO, THREAD_DOWNLINK}, name, id,
			     task->end_ns[STAGE_BATCH], task->end_ns[STAGE_RESULT], "\"task\":%u",
			     task->task);
}

// From within the upload through the batches (timeline_batch) into the result.
static void draw_arrow(struct timeline *t, const struct task_record *task, struct track sent,
		       struct track result)
{
	uint64_t id = task_id(task->ue, task->task);
	if (task->end_ns[STAGE_BATCH] <= task->end_ns[STAGE_WAIT])
		return;
	events_flow(&t->events, FLOW_BEGIN, sent, id, task->end_ns[STAGE_UPLOAD] - 1);
	events_flow(&t->events, FLOW_END, result, id, task->end_ns[STAGE_BATCH]);
}

static void draw_deadline(struct timeline *t, const struct task_record *task)
{
	struct track track = ue_track(task->ue, THREAD_DEADLINES);
	int64_t end = task->end_ns[STAGE_RESULT];
	events_instant(&t->events, track, "deadline", task->deadline_ns, "\"task\":%u", task->task);
	if (!task_met_deadline(task))
		events_instant(&t->events, track, "missed", end, "\"task\":%u,\"late_ms\":%.6f", task->task,
			       (double)(end - task->deadline_ns) / 1e6);
}

static void draw_queue(struct timeline *t, const struct task_record *task, int64_t begin_ns)
{
	if (begin_ns > task->arrival_ns)
		events_async(&t->events, ue_track(task->ue, THREAD_QUEUE), "queue",
			     task_id(task->ue, task->task), task->arrival_ns, begin_ns, "\"task\":%u",
			     task->task);
}

#define TASK_ARGS                                                                                            \
	"\"task\":%u,\"outcome\":\"%s\",\"met\":%d,\"cut\":%u,\"latency_ms\":%.6f,\"planned_ms\":%.6f,"      \
	"\"compute_mj\":%.6f,\"transmit_mj\":%.6f,\"largest_batch\":%u,"                                     \
	"\"exit\":%u,\"hertz\":%.3f"
#define TASK_VALUES(task)                                                                                    \
	(task)->task, task_outcome_name((task)->outcome), task_met_deadline(task), (task)->cut,              \
	    (double)task_latency_ns(task) / 1e6, (double)task_plan_latency_ns(task) / 1e6,                   \
	    1e3 * (task)->compute_j, 1e3 * (task)->transmit_j, (task)->largest_batch, (task)->exit,          \
	    (task)->hertz

// A UE with one task at a time: its stages follow each other.
static void draw_alone(struct timeline *t, struct ue_line *ue, const struct task_record *task,
		       const char *name)
{
	int64_t begin = task->arrival_ns > ue->busy_until_ns ? task->arrival_ns : ue->busy_until_ns;
	draw_queue(t, task, begin);
	events_slice(&t->events, ue_track(task->ue, THREAD_TASK), name, begin, task->end_ns[STAGE_RESULT],
		     TASK_ARGS, TASK_VALUES(task));
	draw_stages(t, task, begin);
	draw_on_air(t, task);
	draw_arrow(t, task, ue_track(task->ue, THREAD_TASK), ue_track(task->ue, THREAD_TASK));
	ue->busy_until_ns = task->end_ns[STAGE_RESULT];
}

// What uses a resource from start_ns on and when the one before is through, whose end is in *free_ns. One
// that was through earlier than that has a line of its own.
static void draw_turn(struct timeline *t, struct track track, const char *name, uint64_t id, int64_t start_ns,
		      int64_t end_ns, int64_t *free_ns)
{
	int64_t begin_ns = start_ns > *free_ns ? start_ns : *free_ns;
	if (begin_ns >= end_ns) {
		events_async(&t->events, track, name, id, start_ns, end_ns, "%s", "");
		return;
	}
	events_slice(&t->events, track, name, begin_ns, end_ns, "%s", "");
	*free_ns = end_ns;
}

// One of several: device, uplink and downlink work on several tasks at once.
static void draw_among_others(struct timeline *t, struct ue_line *ue, const struct task_record *task,
			      const char *name)
{
	const int64_t *end = task->end_ns;
	int64_t computed_ns =
	    end[STAGE_LOCAL] - task->host_ns[STAGE_LOCAL]; // as modelled, however late the host
	uint64_t id = task_id(task->ue, task->task);
	struct track sent = ue_track(task->ue, THREAD_SENT), results = ue_track(task->ue, THREAD_RESULTS);
	events_async(&t->events, ue_track(task->ue, THREAD_TASK), name, id, task->arrival_ns,
		     end[STAGE_RESULT], TASK_ARGS, TASK_VALUES(task));
	if (computed_ns > end[STAGE_PLAN])
		events_slice(&t->events, ue_track(task->ue, THREAD_DEVICE), name, end[STAGE_PLAN],
			     computed_ns, "%s", "");
	draw_on_air(t, task);
	if (end[STAGE_UPLOAD] <= end[STAGE_LOCAL])
		return;
	draw_turn(t, sent, name, id, task->send_start_ns, end[STAGE_UPLOAD], &ue->sent_ns);
	draw_turn(t, results, name, id, end[STAGE_BATCH], end[STAGE_RESULT], &ue->answered_ns);
	draw_arrow(t, task, sent, results);
}

void timeline_task(struct timeline *t, const struct task_record *task)
{
	if (task->ue < 1 || task->ue > (uint32_t)t->n_ues)
		return;
	struct ue_line *ue = &t->ue[task->ue - 1];
	char name[32];
	snprintf(name, sizeof(name), "task %u", task->task);
	if (ue->is_several)
		draw_among_others(t, ue, task, name);
	else
		draw_alone(t, ue, task, name);
	draw_deadline(t, task);
}

// Further servers come behind the UEs.
static uint32_t process_of(const struct timeline *t, uint32_t server)
{
	return server == 0 ? PROCESS_EDGE : PROCESS_FIRST_UE + (uint32_t)t->n_ues + server - 1;
}

void timeline_name_server(struct timeline *t, uint32_t server, const char *name)
{
	events_name_process(&t->events, process_of(t, server), name);
}

// The first line on which the batch overlaps none; the last line takes what has no place.
static struct track lane_of(struct timeline *t, const struct batch_record *batch)
{
	uint32_t server = batch->server < POLICY_MAX_SERVERS ? batch->server : 0;
	struct lanes *lanes = &t->lanes[server];
	int lane = 0;
	while (lane < lanes->n && lanes->end_ns[lane] > batch->start_ns && lane < MOST_LANES - 1)
		lane++;
	struct track track = {process_of(t, server), THREAD_EXECUTOR + (uint32_t)lane};
	if (lane == lanes->n) {
		char name[32];
		snprintf(name, sizeof(name), lane ? "executor (%d)" : "executor", lane + 1);
		events_name_track(&t->events, track, name);
		lanes->n++;
	}
	lanes->end_ns[lane] = batch->end_ns;
	return track;
}

#define MEMBER_TEXT 24 // "ue4294967295:4294967295 "

void timeline_batch(struct timeline *t, const struct batch_record *batch)
{
	timeline_batch_named(t, batch, "");
}

void timeline_batch_named(struct timeline *t, const struct batch_record *batch, const char *subtask)
{
	struct track track = lane_of(t, batch);
	char name[48], who[BATCH_MAX_MEMBERS * MEMBER_TEXT + 1] = "";
	int length = 0;
	for (uint32_t i = 0; i < batch->n_members; i++)
		length += snprintf(who + length, sizeof(who) - (size_t)length, "%sue%u:%u", i ? " " : "",
				   batch->member[i].ue, batch->member[i].task);
	if (*subtask)
		snprintf(name, sizeof(name), "%s x %u", subtask, batch->n_members);
	else
		snprintf(name, sizeof(name), "sub-task %u x %u", batch->subtask, batch->n_members);
	events_slice(
	    &t->events, track, name, batch->start_ns, batch->end_ns,
	    "\"batch\":%u,\"network\":%u,\"members\":\"%s\",\"reason\":\"%s\",\"planned_members\":%u,"
	    "\"planned_start_ms\":%.6f,\"run_ms\":%.6f,\"gpu_shares\":%u,\"edge_freq\":%.6g,"
	    "\"exit\":%u,\"leaving\":%u",
	    batch->batch, batch->network, who, batch_reason_name((enum batch_reason)batch->reason),
	    batch->planned_members, (double)(batch->planned_start_ns - t->events.zero_ns) / 1e6,
	    (double)batch->run_ns / 1e6, batch->gpu_shares, batch->edge_freq, batch->exit, batch->n_leaving);
	for (uint32_t i = 0; i < batch->n_members; i++)
		events_flow(&t->events, FLOW_STEP, track, task_id(batch->member[i].ue, batch->member[i].task),
			    batch->start_ns);
}

void timeline_round(struct timeline *t, const struct round_record *round)
{
	char name[32];
	snprintf(name, sizeof(name), "round %u", round->round);
	events_slice(&t->events, (struct track){PROCESS_EDGE, THREAD_POLICY}, name, round->at_ns,
		     round->at_ns + round->took_ns, "\"requests\":%u,\"promised\":%u,\"batches\":%u",
		     round->n_requests, round->n_promised, round->n_batches);
}

// Each UE's share of the time since its record before, 0 to 1.
static void draw_airtime(struct timeline *t, struct ue_line *ue, const struct link_record *link)
{
	double span_ns = (double)(link->t_ns - ue->link.t_ns), share[LINK_DIRS];
	char name[32];
	if (span_ns <= 0)
		return;
	for (int dir = 0; dir < LINK_DIRS; dir++)
		share[dir] = (double)(link->airtime_ns[dir] - ue->link.airtime_ns[dir]) / span_ns;
	if (share[LINK_UP] == ue->share[LINK_UP] && share[LINK_DOWN] == ue->share[LINK_DOWN])
		return;
	snprintf(name, sizeof(name), "airtime of ue%u", link->ue + 1);
	events_counter(&t->events, PROCESS_RADIO, name, ue->link.t_ns, "\"uplink\":%.6f,\"downlink\":%.6f",
		       share[LINK_UP], share[LINK_DOWN]);
	memcpy(ue->share, share, sizeof(share));
}

// JSON has no infinity: a link without gain shows a curve that ends far below.
static double drawable_db(double db)
{
	return isfinite(db) ? db : -999;
}

static void draw_channel(struct timeline *t, uint32_t process, const struct link_record *link)
{
	events_counter(&t->events, process, "gain (dB)", link->t_ns, "\"gain\":%.3f",
		       drawable_db(link->gain_db));
	events_counter(&t->events, process, "SNR (dB)", link->t_ns, "\"snr\":%.3f",
		       drawable_db(link->snr_db));
	events_counter(&t->events, process, "rate (Mbit/s)", link->t_ns, "\"uplink\":%.6f,\"downlink\":%.6f",
		       link->rate_bps[LINK_UP] / 1e6, link->rate_bps[LINK_DOWN] / 1e6);
}

static bool same_channel(const struct link_record *a, const struct link_record *b)
{
	return a->gain_db == b->gain_db && a->snr_db == b->snr_db &&
	       a->rate_bps[LINK_UP] == b->rate_bps[LINK_UP] &&
	       a->rate_bps[LINK_DOWN] == b->rate_bps[LINK_DOWN];
}

static bool same_queues(const struct link_record *a, const struct link_record *b)
{
	return memcmp(a->queue_bytes, b->queue_bytes, sizeof(a->queue_bytes)) == 0;
}

// A counter keeps its value until the next event: what has not changed is not written again.
void timeline_link(struct timeline *t, const struct link_record *link)
{
	if (link->ue >= (uint32_t)t->n_ues)
		return;
	struct ue_line *ue = &t->ue[link->ue];
	uint32_t process = PROCESS_FIRST_UE + link->ue;
	if (!ue->has_link || !same_channel(&ue->link, link))
		draw_channel(t, process, link);
	if (!ue->has_link || !same_queues(&ue->link, link))
		events_counter(&t->events, process, "queue (bytes)", link->t_ns,
			       "\"uplink\":%llu,\"downlink\":%llu",
			       (unsigned long long)link->queue_bytes[LINK_UP],
			       (unsigned long long)link->queue_bytes[LINK_DOWN]);
	if (ue->has_link)
		draw_airtime(t, ue, link);
	ue->link = *link;
	ue->has_link = true;
}

int timeline_close(struct timeline *t)
{
	if (!t)
		return 0;
	events_close(&t->events);
	int failed = ferror(t->events.file);
	failed |= fclose(t->events.file) != 0;
	free(t->ue);
	free(t);
	return failed ? -EIO : 0;
}
