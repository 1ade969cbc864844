// SPDX-License-Identifier: BSD-3-Clause
#include "records/watch/view_ues.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define BAR_COLUMNS 8

enum column { UE, GAIN, UP, UP_BUSY, DOWN, DOWN_BUSY, QUEUE, CUT, MET, MISSED, LATENCY, ENERGY, COLUMNS };

static const struct {
	const char *head;
	int width;
	int rank; // what goes last when room is short
} columns[COLUMNS] = {
    [UE] = {"UE", 6, 0},	   [GAIN] = {"gain dB", 8, 4},
    [UP] = {"up Mb/s", 8, 3},	   [UP_BUSY] = {"uplink busy", BAR_COLUMNS + 7, 5},
    [DOWN] = {"down", 6, 9},	   [DOWN_BUSY] = {"downlink busy", BAR_COLUMNS + 7, 11},
    [QUEUE] = {"queue B", 8, 8},   [CUT] = {"cut", 4, 10},
    [MET] = {"met", 6, 2},	   [MISSED] = {"late", 5, 1},
    [LATENCY] = {"last ms", 8, 6}, [ENERGY] = {"mJ/task", 8, 7},
};

const char *view_sort_name(enum view_sort sort)
{
	static const char *const names[SORT_COUNT] = {"UE", "missed", "latency", "energy", "gain", "busy"};
	return names[sort];
}

// Which columns fit, by rank.
static void choose(int room, bool *shown)
{
	for (int i = 0; i < COLUMNS; i++)
		shown[i] = false;
	for (int rank = 0; rank < COLUMNS; rank++)
		for (int i = 0; i < COLUMNS; i++)
			if (columns[i].rank == rank) {
				if (columns[i].width > room)
					return;
				shown[i] = true;
				room -= columns[i].width;
			}
}

static uint64_t bad(const struct run_snapshot_tasks *t)
{
	return t->missed + t->failed + t->cut_short + t->dropped;
}

static double per_task_mj(const struct run_snapshot_ue *u)
{
	uint64_t n = run_snapshot_closed(&u->tasks);
	return n ? 1e3 * u->energy_j / (double)n : NAN;
}

// Larger is worse; what is not known comes last.
static double badness(const struct run_snapshot_ue *u, enum view_sort sort)
{
	double v = 0;
	switch (sort) {
	case SORT_UE:
	case SORT_COUNT:
		return 0;
	case SORT_MISSED:
		return (double)bad(&u->tasks);
	case SORT_LATENCY:
		v = u->latency_s;
		break;
	case SORT_ENERGY:
		v = per_task_mj(u);
		break;
	case SORT_GAIN:
		v = -u->gain_db;
		break;
	case SORT_BUSY:
		v = fmax(u->busy[LINK_UP], u->busy[LINK_DOWN]);
		break;
	}
	return isnan(v) ? -INFINITY : v;
}

struct ranked {
	double badness;
	uint32_t ue;
};

static int worse_first(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->badness != y->badness)
		return x->badness > y->badness ? -1 : 1;
	return x->ue < y->ue ? -1 : x->ue > y->ue;
}

void view_order(const struct run_snapshot *s, enum view_sort sort, uint32_t *order)
{
	struct ranked *r = calloc(s->n_ues + 1, sizeof(*r));
	for (uint32_t i = 0; i < s->n_ues; i++) {
		order[i] = i;
		if (r)
			r[i] = (struct ranked){badness(&s->ue[i], sort), i};
	}
	if (!r)
		return;
	qsort(r, s->n_ues, sizeof(*r), worse_first);
	for (uint32_t i = 0; i < s->n_ues; i++)
		order[i] = r[i].ue;
	free(r);
}

// A number right-aligned in its column; a dash when it is not known.
static void number(struct canvas *c, int width, int decimals, double v)
{
	if (isnan(v))
		canvas_put(c, "%*s", width, "-");
	else
		canvas_put(c, "%*.*f", width, decimals, v);
}

// 999, 9.9k, 999k, 9.9M
static void bytes(struct canvas *c, int width, double v)
{
	char text[32];
	double k = v / 1e3, m = v / 1e6;
	if (isnan(v))
		snprintf(text, sizeof(text), "-");
	else if (v < 1000)
		snprintf(text, sizeof(text), "%.0f", v);
	else if (k < 1000)
		snprintf(text, sizeof(text), k < 10 ? "%.1fk" : "%.0fk", k);
	else
		snprintf(text, sizeof(text), "%.1fM", m);
	canvas_put(c, "%*s", width, text);
}

static void busy(struct canvas *c, double share)
{
	canvas_put(c, "  ");
	canvas_bar(c, BAR_COLUMNS, share);
	if (isnan(share))
		canvas_put(c, "    -");
	else
		canvas_put(c, "%4.0f%%", 100 * share);
}

static void cell(struct canvas *c, enum column column, uint32_t ue, const struct run_snapshot_ue *u)
{
	int width = columns[column].width;
	char name[24];
	switch (column) {
	case UE:
		snprintf(name, sizeof(name), "ue%u", ue + 1);
		canvas_put(c, "%-*s", width, name);
		return;
	case GAIN:
		number(c, width, 1, u->gain_db);
		return;
	case UP:
		number(c, width, 1, u->rate_bps[LINK_UP] / 1e6);
		return;
	case UP_BUSY:
		busy(c, u->busy[LINK_UP]);
		return;
	case DOWN:
		number(c, width, 1, u->rate_bps[LINK_DOWN] / 1e6);
		return;
	case DOWN_BUSY:
		busy(c, u->busy[LINK_DOWN]);
		return;
	case QUEUE:
		bytes(c, width, u->queue_bytes[LINK_UP]);
		return;
	case CUT:
		number(c, width, 0, u->cut >= 0 ? (double)u->cut : (double)NAN);
		return;
	case MET:
		canvas_put(c, "%*llu", width, (unsigned long long)u->tasks.met);
		return;
	case MISSED:
		canvas_tone(c, bad(&u->tasks) ? TONE_BAD : TONE_PLAIN);
		canvas_put(c, "%*llu", width, (unsigned long long)bad(&u->tasks));
		canvas_tone(c, TONE_PLAIN);
		return;
	case LATENCY:
		number(c, width, 1, 1e3 * u->latency_s);
		return;
	case ENERGY:
		number(c, width, 2, per_task_mj(u));
		return;
	case COLUMNS:
		return;
	}
}

static void head(struct canvas *c, const bool *shown)
{
	canvas_tone(c, TONE_SOFT);
	for (int i = 0; i < COLUMNS; i++)
		if (shown[i])
			canvas_put(c, i == UE ? "%-*s" : "%*s", columns[i].width, columns[i].head);
	canvas_tone(c, TONE_PLAIN);
	canvas_end_line(c);
}

// What the UEs from order[from] on have in common: ranges of gain and rate, sums of tasks.
static void others(struct canvas *c, const struct run_snapshot *s, const uint32_t *order, uint32_t from)
{
	double gain[2] = {INFINITY, -INFINITY}, up[2] = {INFINITY, -INFINITY};
	uint64_t met = 0, late = 0;
	for (uint32_t i = from; i < s->n_ues; i++) {
		const struct run_snapshot_ue *u = &s->ue[order[i]];
		gain[0] = fmin(gain[0], u->gain_db);
		gain[1] = fmax(gain[1], u->gain_db);
		up[0] = fmin(up[0], u->rate_bps[LINK_UP]);
		up[1] = fmax(up[1], u->rate_bps[LINK_UP]);
		met += u->tasks.met;
		late += bad(&u->tasks);
	}
	canvas_put(c, "%s%u others: %llu met, %llu late", from ? "and " : "", s->n_ues - from,
		   (unsigned long long)met, (unsigned long long)late);
	if (gain[0] <= gain[1])
		canvas_put(c, ", gain %.0f to %.0f dB, up %.1f to %.1f Mb/s", gain[0], gain[1], up[0] / 1e6,
			   up[1] / 1e6);
	canvas_end_line(c);
}

void view_ues(struct canvas *c, const struct run_snapshot *s, enum view_sort sort, int rows)
{
	bool shown[COLUMNS], all = (int)s->n_ues + 1 <= rows;
	uint32_t *order = calloc(s->n_ues + 1, sizeof(*order));
	if (rows < 1 || s->n_ues == 0 || !order) {
		free(order);
		return;
	}
	uint32_t n = all ? s->n_ues : rows > 2 ? (uint32_t)rows - 2 : 0;
	view_order(s, all || sort != SORT_UE ? sort : SORT_MISSED, order);
	choose(c->columns, shown);
	if (n > 0)
		head(c, shown);
	for (uint32_t i = 0; i < n; i++) {
		for (int column = 0; column < COLUMNS; column++)
			if (shown[column])
				cell(c, (enum column)column, order[i], &s->ue[order[i]]);
		canvas_end_line(c);
	}
	if (!all)
		others(c, s, order, n);
	free(order);
}
