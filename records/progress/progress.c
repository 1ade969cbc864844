// SPDX-License-Identifier: BSD-3-Clause
#include "records/progress/progress.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "records/control.h"
#include "records/summary.h"
#include "records/watch/screen.h"
#include "records/watch/view.h"

#define BLOCK_EVERY_NS (200 * NS_PER_MS)
#define JSON_EVERY_NS (500 * NS_PER_MS)
#define LINE_EVERY_NS (5 * NS_PER_S)
#define FLUSH_EVERY_NS NS_PER_S
#define ANSWER_EVERY_NS (20 * NS_PER_MS)
#define LAST_WORDS_MS 2000

struct run_progress {
	enum progress_form form;
	struct screen screen;  // outlet NULL = not a terminal
	struct outlet *outlet; // of plain lines and of JSON
	int64_t began_ns, shown_ns, flushed_ns, answered_ns;
	struct control *control;  // NULL = nobody else asks
	struct run_snapshot *now; // what they are told, while they are answered
};

struct run_progress *run_progress_new(enum progress_form form)
{
	struct run_progress *p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->form = form;
	if (form == PROGRESS_TEXT && screen_open(&p->screen, STDERR_FILENO) == 0)
		return p;
	p->outlet = outlet_new(form == PROGRESS_JSON ? STDOUT_FILENO : STDERR_FILENO);
	if (p->outlet)
		return p;
	free(p);
	return NULL;
}

void run_progress_end(struct run_progress *p)
{
	if (p && p->screen.outlet)
		screen_close(&p->screen);
	control_close(p ? p->control : NULL);
	if (p)
		p->control = NULL;
}

void run_progress_free(struct run_progress *p)
{
	run_progress_end(p);
	if (p && p->outlet)
		outlet_flush(p->outlet, LAST_WORDS_MS);
	outlet_free(p ? p->outlet : NULL);
	free(p);
}

static int64_t interval_ns(const struct run_progress *p)
{
	if (p->form == PROGRESS_JSON)
		return JSON_EVERY_NS;
	return p->screen.outlet ? BLOCK_EVERY_NS : LINE_EVERY_NS;
}

static void show_block(struct run_progress *p, const struct run_snapshot *s)
{
	struct view v = {.colour = p->screen.colour, .utf8 = p->screen.utf8};
	screen_size(&p->screen, &v.columns, &v.rows);
	v.rows--; // the cursor's
	char *text = view_text(s, &v);
	if (text)
		screen_draw(&p->screen, text);
	free(text);
}

static void show_line(struct run_progress *p, const struct run_snapshot *s)
{
	char line[256];
	view_line(s, line, sizeof(line));
	size_t size = strlen(line);
	line[size] = '\n'; // in the terminator's place
	outlet_send(p->outlet, line, size + 1);
}

static void show_json(struct run_progress *p, const struct run_snapshot *s)
{
	json_t *o = run_snapshot_to_json(s);
	if (o)
		json_object_set_new(o, "event", json_string("progress"));
	char *text = o ? json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
	json_decref(o);
	if (!text)
		return;
	size_t size = strlen(text);
	text[size] = '\n'; // in the terminator's place
	outlet_send(p->outlet, text, size + 1);
	free(text);
}

// Virtual time passes as fast as it can: what is left takes as long as what is done did, in proportion.
static double simulated_left_s(const struct run_snapshot *s, double taken_s)
{
	double share = s->time_s / s->duration_s;
	return share > 0 ? fmax(0, taken_s * (1 - share) / share) : NAN;
}

static json_t *answer(const json_t *request, void *user, struct err *err)
{
	const struct run_progress *p = user;
	const char *get = json_string_value(json_object_get(request, "get"));
	if (!get || strcmp(get, "progress") != 0) {
		err_set(err, EINVAL,
			"a simulation answers {\"get\": \"progress\"} only: its links change as its "
			"topology says, and it has no processes");
		return NULL;
	}
	json_t *o = run_snapshot_to_json(p->now);
	json_object_set_new(o, "ok", json_true());
	return o;
}

int run_progress_listen(struct run_progress *p, const char *directory, struct err *err)
{
	return p ? control_open(&p->control, directory, answer, p, err) : 0;
}

static void show(struct run_progress *p, const struct run_snapshot *s)
{
	if (p->form == PROGRESS_JSON)
		show_json(p, s);
	else if (p->screen.outlet)
		show_block(p, s);
	else
		show_line(p, s);
}

static bool is_due(int64_t *last_ns, int64_t every_ns, int64_t now_ns)
{
	bool due = now_ns - *last_ns >= every_ns;
	*last_ns = due ? now_ns : *last_ns;
	return due;
}

static void begin(struct run_progress *p, int64_t wall_ns)
{
	if (p->began_ns == 0)
		p->began_ns = p->shown_ns = wall_ns;
}

void run_progress_show(struct run_progress *p, struct results *results, int64_t now_ns)
{
	int64_t wall_ns = clock_now_ns();
	if (!p)
		return;
	begin(p, wall_ns);
	if (is_due(&p->flushed_ns, FLUSH_EVERY_NS, wall_ns))
		results_flush(results);
	bool answers = p->control && is_due(&p->answered_ns, ANSWER_EVERY_NS, wall_ns);
	bool shows = p->form != PROGRESS_NONE && wall_ns - p->shown_ns >= interval_ns(p);
	if (!answers && !shows)
		return;
	struct run_snapshot *s = p->now = results_snapshot(results, now_ns);
	if (s->simulated)
		s->left_s = simulated_left_s(s, ns_to_s(wall_ns - p->began_ns));
	if (answers)
		control_serve(p->control);
	if (!shows || s->time_s < 0)
		return;
	p->shown_ns = wall_ns;
	show(p, s);
}

void run_progress_last_json(const char *directory, int status, const char *error)
{
	struct err err;
	json_t *summary = status != 2 && *directory ? summary_read(directory, &err) : NULL;
	json_t *o = summary ? json_pack("{s:s, s:s, s:o}", "event", "summary", "directory", directory,
					"summary", summary)
			    : json_pack("{s:s, s:s}", "event", "error", "error", error);
	if (o)
		json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}
