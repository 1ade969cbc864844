// SPDX-License-Identifier: BSD-3-Clause
#include "records/results/bursts.h"

#include <errno.h>
#include <stdlib.h>

struct span {
	int64_t start_ns, end_ns;
};

// Of all tasks of a schedule, each of them ascending and apart.
struct spans {
	struct span *device, *uplink; // [n_device], [n_uplink]
	int n_device, n_uplink;
};

static const int64_t *ends_of(const struct task_record *t, bool planned)
{
	return planned ? t->plan_end_ns : t->end_ns;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int by_arrival(const void *a, const void *b)
{
	const struct task_record *x = *(const struct task_record *const *)a,
				 *y = *(const struct task_record *const *)b;
	if (x->ue != y->ue)
		return x->ue < y->ue ? -1 : 1;
	if (x->arrival_ns != y->arrival_ns)
		return x->arrival_ns < y->arrival_ns ? -1 : 1;
	return x->task < y->task ? -1 : x->task > y->task;
}

static int compare_spans(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	if (x->end_ns != y->end_ns)
		return x->end_ns < y->end_ns ? -1 : 1;
	return x->start_ns < y->start_ns ? -1 : x->start_ns > y->start_ns;
}

// By their ends; where two overlap the second begins when the first ends.
static void set_apart(struct span spans[], int n)
{
	if (n > 1)
		qsort(spans, (size_t)n, sizeof(*spans), compare_spans);
	for (int i = 1; i < n; i++)
		spans[i].start_ns = earlier(later(spans[i].start_ns, spans[i - 1].end_ns), spans[i].end_ns);
}

static int64_t sum_of(const struct span spans[], int n)
{
	int64_t sum_ns = 0;
	for (int i = 0; i < n; i++)
		sum_ns += spans[i].end_ns - spans[i].start_ns;
	return sum_ns;
}

static int64_t both_of(const struct spans *s)
{
	int64_t sum_ns = 0;
	for (int d = 0, u = 0; d < s->n_device && u < s->n_uplink;) {
		const struct span *a = &s->device[d], *b = &s->uplink[u];
		int64_t start_ns = later(a->start_ns, b->start_ns), end_ns = earlier(a->end_ns, b->end_ns);
		sum_ns += end_ns > start_ns ? end_ns - start_ns : 0;
		if (a->end_ns < b->end_ns)
			d++;
		else
			u++;
	}
	return sum_ns;
}

static struct burst_times times_of(const struct task_record *const tasks[], int n, int64_t begin_ns,
				   bool planned, struct spans *s)
{
	struct burst_times out = {0};
	s->n_device = s->n_uplink = 0;
	for (int i = 0; i < n; i++) {
		const struct task_record *t = tasks[i];
		const int64_t *end = ends_of(t, planned);
		if (t->outcome != TASK_DONE)
			continue;
		if (t->cut > 0)
			s->device[s->n_device++] = (struct span){
			    end[STAGE_PLAN], end[STAGE_LOCAL] - (planned ? 0 : t->host_ns[STAGE_LOCAL])};
		if (t->cut < t->n_subtasks)
			s->uplink[s->n_uplink++] =
			    (struct span){planned ? end[STAGE_LOCAL] : t->send_start_ns, end[STAGE_UPLOAD]};
		out.upload_ns = later(out.upload_ns, end[STAGE_UPLOAD] - begin_ns);
		out.result_ns = later(out.result_ns, end[STAGE_RESULT] - begin_ns);
	}
	set_apart(s->device, s->n_device);
	set_apart(s->uplink, s->n_uplink);
	out.device_ns = sum_of(s->device, s->n_device);
	out.uplink_ns = sum_of(s->uplink, s->n_uplink);
	out.both_ns = both_of(s);
	return out;
}

int burst_figures(struct burst_figures *out, const struct task_record *tasks[], int n)
{
	int64_t begin_ns = INT64_MAX;
	struct span *spans = calloc(2 * (size_t)n, sizeof(*spans));
	if (!spans)
		return -ENOMEM;
	*out = (struct burst_figures){.ue = tasks[0]->ue, .n = (uint32_t)n};
	for (int i = 0; i < n; i++) {
		const struct task_record *t = tasks[i];
		if (t->outcome != TASK_DONE)
			continue;
		out->n_done++;
		begin_ns = earlier(begin_ns, t->plan_end_ns[STAGE_PLAN]);
		out->latency_ns = later(out->latency_ns, task_latency_ns(t));
	}
	struct spans s = {.device = spans, .uplink = spans + n};
	out->measured = times_of(tasks, n, begin_ns, false, &s);
	out->planned = times_of(tasks, n, begin_ns, true, &s);
	free(spans);
	return 0;
}

static json_t *ms(int64_t ns)
{
	return json_real((double)ns / 1e6);
}

static json_t *times_json(const struct burst_times *t)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "upload_makespan_ms", ms(t->upload_ns), "makespan_ms",
			 ms(t->result_ns), "device_busy_ms", ms(t->device_ns), "uplink_busy_ms",
			 ms(t->uplink_ns), "overlap_ms", ms(t->both_ns));
}

static json_t *burst_json(const struct burst_figures *f)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "ue", (json_int_t)f->ue, "burst",
			 (json_int_t)f->burst, "tasks", (json_int_t)f->n, "done", (json_int_t)f->n_done,
			 "latency_ms", ms(f->latency_ns), "measured", times_json(&f->measured), "planned",
			 times_json(&f->planned));
}

static size_t together(const struct task_record *const tasks[], size_t n, size_t first)
{
	size_t i = first + 1;
	while (i < n && tasks[i]->ue == tasks[first]->ue && tasks[i]->arrival_ns == tasks[first]->arrival_ns)
		i++;
	return i - first;
}

json_t *bursts_json(const struct task_record *tasks[], size_t n)
{
	json_t *list = json_array();
	uint32_t number = 0;
	if (n > 1)
		qsort(tasks, n, sizeof(*tasks), by_arrival);
	for (size_t first = 0, size; first < n; first += size) {
		struct burst_figures f;
		size = together(tasks, n, first);
		number = first > 0 && tasks[first]->ue == tasks[first - 1]->ue ? number + 1 : 1;
		if (burst_figures(&f, tasks + first, (int)size) < 0) {
			json_decref(list);
			return NULL;
		}
		f.burst = number;
		json_array_append_new(list, burst_json(&f));
	}
	return list;
}
