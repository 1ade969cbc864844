// SPDX-License-Identifier: BSD-3-Clause
#include "records/watch/view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "records/watch/canvas.h"
#include "records/watch/view_ues.h"

#define MOST_COLUMNS 120 // lines longer than this are hard to read
#define SECOND_HALF 42	 // column where the second figure of a line begins

static double per_task_mj(const struct run_snapshot *s, double joule)
{
	uint64_t n = run_snapshot_closed(&s->tasks);
	return n ? 1e3 * joule / (double)n : 0;
}

static void left_text(const struct run_snapshot *s, char *text, size_t size)
{
	if (s->state != SNAPSHOT_RUNNING)
		snprintf(text, size, "%s",
			 s->state == SNAPSHOT_ENDING ? "last tasks" : run_snapshot_state_name(s->state));
	else if (isnan(s->left_s))
		snprintf(text, size, "running");
	else if (s->left_s < 120)
		snprintf(text, size, "%.1f s left", s->left_s);
	else
		snprintf(text, size, "%.0f min left", s->left_s / 60);
}

static void second_half(struct canvas *c)
{
	canvas_put(c, "  ");
	canvas_to(c, SECOND_HALF);
}

static double shown_time_s(const struct run_snapshot *s)
{
	return fmax(0, fmin(s->time_s, s->duration_s));
}

static void time_line(struct canvas *c, const struct run_snapshot *s)
{
	char left[32], time[96];
	left_text(s, left, sizeof(left));
	int n = snprintf(time, sizeof(time), "%.1f of %.1f s%s   %s", shown_time_s(s), s->duration_s,
			 s->simulated ? " simulated" : "", left);
	canvas_tone(c, TONE_STRONG);
	canvas_put(c, "%.24s", s->name);
	canvas_tone(c, TONE_PLAIN);
	canvas_put(c, " with %.24s  ", s->policy);
	canvas_bar(c, canvas_left(c) - n - 2, s->duration_s > 0 ? shown_time_s(s) / s->duration_s : 0);
	canvas_put(c, "  %s", time);
	canvas_end_line(c);
}

static void count_of(struct canvas *c, enum canvas_tone tone, uint64_t n, const char *what)
{
	canvas_tone(c, n ? tone : TONE_PLAIN);
	canvas_put(c, "   %llu %s", (unsigned long long)n, what);
	canvas_tone(c, TONE_PLAIN);
}

static void tasks_line(struct canvas *c, const struct run_snapshot *s)
{
	canvas_put(c, "tasks    %llu", (unsigned long long)run_snapshot_closed(&s->tasks));
	count_of(c, TONE_GOOD, s->tasks.met, "met");
	count_of(c, TONE_BAD, s->tasks.missed, "missed");
	if (s->tasks.failed)
		count_of(c, TONE_BAD, s->tasks.failed, "failed");
	if (s->tasks.cut_short)
		count_of(c, TONE_BAD, s->tasks.cut_short, "cut short");
	if (s->tasks.refused)
		count_of(c, TONE_PLAIN, s->tasks.refused, "refused");
	if (s->tasks.dropped)
		count_of(c, TONE_BAD, s->tasks.dropped, "dropped");
	second_half(c);
	if (isnan(s->latency_p50_s))
		canvas_put(c, "latency  none yet");
	else
		canvas_put(c, "latency  p50 %.1f  p95 %.1f ms", 1e3 * s->latency_p50_s,
			   1e3 * s->latency_p95_s);
	canvas_end_line(c);
}

static void energy_line(struct canvas *c, const struct run_snapshot *s)
{
	canvas_put(c, "energy   %.2f mJ a task, %.4g J in all", per_task_mj(s, s->energy_j), s->energy_j);
	second_half(c);
	canvas_put(c, "of it    compute %.2f + radio %.2f mJ", per_task_mj(s, s->compute_j),
		   per_task_mj(s, s->energy_j - s->compute_j));
	canvas_end_line(c);
}

static void shaper_part(struct canvas *c, const struct run_snapshot *s)
{
	canvas_tone(c, s->overruns ? TONE_BAD : TONE_PLAIN);
	if (isnan(s->delay_p50_us))
		canvas_put(c, s->simulated ? "shaper   exact (virtual time)" : "shaper   not measured yet");
	else if (s->overruns)
		canvas_put(c, "shaper   %llu overrun%s, p99 %.0f us", (unsigned long long)s->overruns,
			   s->overruns == 1 ? "" : "s", s->delay_p99_us);
	else
		canvas_put(c, "shaper   off by p50 %.0f  p99 %.0f us", s->delay_p50_us, s->delay_p99_us);
	canvas_tone(c, TONE_PLAIN);
}

static void edge_line(struct canvas *c, const struct run_snapshot *s)
{
	if (s->batches)
		canvas_put(c, "edge     %llu batches of %.2f", (unsigned long long)s->batches,
			   (double)s->batch_members / (double)s->batches);
	else
		canvas_put(c, "edge     no batches");
	second_half(c);
	shaper_part(c, s);
	canvas_end_line(c);
}

char *view_text(const struct run_snapshot *s, const struct view *v)
{
	int columns = v->columns < MOST_COLUMNS ? v->columns : MOST_COLUMNS;
	struct canvas c = {.columns = columns > 0 ? columns : 1, .colour = v->colour, .utf8 = v->utf8};
	time_line(&c, s);
	tasks_line(&c, s);
	energy_line(&c, s);
	edge_line(&c, s);
	int rows = v->rows > 0 ? v->rows - c.lines - (v->footer != NULL) : (int)s->n_ues + 1;
	view_ues(&c, s, v->sort, rows);
	if (v->footer) {
		canvas_tone(&c, TONE_SOFT);
		canvas_put(&c, "%s", v->footer);
		canvas_tone(&c, TONE_PLAIN);
		canvas_end_line(&c);
	}
	return c.text;
}

void view_line(const struct run_snapshot *s, char *line, size_t size)
{
	char left[32], latency[48] = "";
	left_text(s, left, sizeof(left));
	if (!isnan(s->latency_p50_s))
		snprintf(latency, sizeof(latency), "   latency p50 %.1f ms", 1e3 * s->latency_p50_s);
	snprintf(line, size,
		 "%.1f of %.1f s (%s)   %llu tasks, %llu missed   %.2f mJ a task%s   %llu batches",
		 shown_time_s(s), s->duration_s, left, (unsigned long long)run_snapshot_closed(&s->tasks),
		 (unsigned long long)s->tasks.missed, per_task_mj(s, s->energy_j), latency,
		 (unsigned long long)s->batches);
}
