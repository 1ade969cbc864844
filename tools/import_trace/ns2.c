// SPDX-License-Identifier: BSD-3-Clause
// ns-2's movements (setdest, SUMO's traceExporter, BonnMotion's NSFile), as ns-3 reads them:
//     $node_(0) set X_ 150.0                              where it begins
//     $ns_ at 2.0 "$node_(0) setdest 90.0 44.0 1.5"       on the straight line to (90, 44) at 1.5 m/s; 0:
//     stop $ns_ at 9.0 "$node_(0) set X_ 10.0"                 a jump
// Other lines are ignored. Waypoints are where a node's way bends, so nothing is lost; a jump takes 1 us.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tools/import_trace/importer.h"
#include "tools/import_trace/text.h"

#define FAR_M 1e7
#define JUMP_NS NS_PER_US

struct event {
	int64_t ns;
	int node, line;
	int axis;		// of a jump: 0 x, 1 y, 2 z; -1: a destination
	double x, y, speed_mps; // of a jump x alone
};

struct events {
	struct event *at;
	size_t n, capacity;
};

struct mover {
	int64_t from_ns, until_ns; // of its present way
	double place[3];	   // at from_ns
	double mps[2];
	bool waits; // `next` is to be added
	int64_t next_ns;
	double next[3];
};

// ---- reading

static int add_event(struct events *e, const struct event *event, struct err *err)
{
	if (e->n == e->capacity) {
		size_t capacity = e->capacity ? 2 * e->capacity : 256;
		struct event *grown = realloc(e->at, capacity * sizeof(*grown));
		if (!grown)
			return err_set(err, ENOMEM, "no memory for %zu movements", capacity);
		e->at = grown;
		e->capacity = capacity;
	}
	e->at[e->n++] = *event;
	return 0;
}

// 1: the line is a movement of the node in `name`; 0: it is none, or cannot be understood.
static int scan(const char *row, char name[16], double *time_s, struct event *event)
{
	char axis;
	*event = (struct event){.axis = -1};
	*time_s = 0;
	if (sscanf(row, " $%*[A-Za-z0-9_] at %lf \"$%*[A-Za-z0-9_](%15[0-9]) setdest %lf %lf %lf", time_s,
		   name, &event->x, &event->y, &event->speed_mps) == 5)
		return 1;
	if (sscanf(row, " $%*[A-Za-z0-9_](%15[0-9]) set %c_ %lf", name, &axis, &event->x) != 3 &&
	    sscanf(row, " $%*[A-Za-z0-9_] at %lf \"$%*[A-Za-z0-9_](%15[0-9]) set %c_ %lf", time_s, name,
		   &axis, &event->x) != 4)
		return 0;
	event->axis = axis - 'X';
	return axis >= 'X' && axis <= 'Z';
}

static bool is_in_range(const struct event *e, double time_s)
{
	return time_s >= 0 && time_s <= SAMPLES_MOST_S && fabs(e->x) <= FAR_M && fabs(e->y) <= FAR_M &&
	       e->speed_mps >= 0 && e->speed_mps <= FAR_M;
}

static int read_line(const struct text *t, struct samples *samples, struct events *events, struct err *err)
{
	char name[16];
	double time_s;
	struct event event;
	if (!scan(t->row, name, &time_s, &event)) {
		bool moves = strstr(t->row, "setdest") || strstr(t->row, "set X_") ||
			     strstr(t->row, "set Y_") || strstr(t->row, "set Z_");
		return moves ? text_refuse(t, err, "'%.80s' is no movement", t->row) : 0;
	}
	if (!is_in_range(&event, time_s))
		return text_refuse(t, err, "'%.80s' has a number out of range", t->row);
	event.ns = s_to_ns(time_s);
	event.line = t->line;
	event.node = samples_node(samples, name, err);
	return event.node < 0 ? event.node : add_event(events, &event, err);
}

static int by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;
	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	// A place is set before a way begins there, wherever the lines stand.
	if ((x->axis < 0) != (y->axis < 0))
		return x->axis < 0 ? 1 : -1;
	return (x->line > y->line) - (x->line < y->line);
}

// ---- playing

static void place_at(const struct mover *m, int64_t ns, double place[3])
{
	double s = ns_to_s((ns < m->until_ns ? ns : m->until_ns) - m->from_ns);
	for (int i = 0; i < 3; i++)
		place[i] = m->place[i] + (i < 2 && s > 0 ? m->mps[i] * s : 0);
}

static int flush(struct mover *m, struct samples *samples, int node, struct err *err)
{
	int rc = m->waits ? samples_add(samples, node, m->next_ns, m->next, err) : 0;
	m->waits = false;
	return rc;
}

// The node is at place at ns; what was said of the same instant before is replaced.
static int put(struct mover *m, struct samples *samples, int node, int64_t ns, const double place[3],
	       struct err *err)
{
	int rc = m->waits && m->next_ns != ns ? flush(m, samples, node, err) : 0;
	m->waits = true;
	m->next_ns = ns;
	memcpy(m->next, place, sizeof(m->next));
	return rc;
}

// The end of its way, where it has reached that by ns.
static int arrive(struct mover *m, struct samples *samples, int node, int64_t ns, struct err *err)
{
	double place[3];
	if (m->until_ns <= m->from_ns || m->until_ns > ns)
		return 0;
	place_at(m, m->until_ns, place);
	return put(m, samples, node, m->until_ns, place, err);
}

static void head_for(struct mover *m, const struct event *e)
{
	double x = e->x - m->place[0], y = e->y - m->place[1], way_m = hypot(x, y);
	m->until_ns = m->from_ns;
	if (e->speed_mps <= 0 || way_m <= 0)
		return;
	double s = fmin(way_m / e->speed_mps, SAMPLES_MOST_S);
	m->until_ns += s_to_ns(s);
	m->mps[0] = x / s;
	m->mps[1] = y / s;
}

static int move(struct mover *m, struct samples *samples, const struct event *e, struct err *err)
{
	double place[3];
	int rc = arrive(m, samples, e->node, e->ns, err);
	place_at(m, e->ns, place);
	bool jumps = e->axis >= 0 && place[e->axis] != e->x;
	// Where several coordinates jump at once, the place before is said once.
	if (rc == 0 && jumps && e->ns > JUMP_NS && !(m->waits && m->next_ns == e->ns))
		rc = put(m, samples, e->node, e->ns - JUMP_NS, place, err);
	if (e->axis >= 0)
		place[e->axis] = e->x;
	rc = rc < 0 ? rc : put(m, samples, e->node, e->ns, place, err);
	memcpy(m->place, place, sizeof(place));
	m->from_ns = m->until_ns = e->ns;
	if (e->axis < 0)
		head_for(m, e);
	return rc;
}

static int play(struct samples *samples, struct events *events, struct err *err)
{
	struct mover *movers = calloc((size_t)samples->n_nodes + 1, sizeof(*movers));
	if (!movers)
		return err_set(err, ENOMEM, "no memory for %d nodes", samples->n_nodes);
	qsort(events->at, events->n, sizeof(*events->at), by_time);
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < events->n; i++)
		rc = move(&movers[events->at[i].node], samples, &events->at[i], err);
	for (int node = 0; rc == 0 && node < samples->n_nodes; node++) {
		rc = arrive(&movers[node], samples, node, INT64_MAX, err);
		rc = rc < 0 ? rc : flush(&movers[node], samples, node, err);
	}
	free(movers);
	return rc;
}

int import_ns2(struct samples *samples, enum sample_kind *kind, const char *path,
	       const struct import_options *o, struct err *err)
{
	(void)o;
	struct text t;
	struct events events = {0};
	*kind = SAMPLES_PLACE;
	int rc = text_open(
	    &t, path,
	    "lines such as $node_(0) set X_ 150.0 and $ns_ at 2.0 \"$node_(0) setdest 90.0 44.0 1.5\"", err);
	if (rc < 0)
		return rc;
	while (rc == 0 && text_next(&t))
		rc = read_line(&t, samples, &events, err);
	if (rc == 0 && events.n == 0)
		rc = text_refuse_file(&t, err, "has no movement");
	rc = rc < 0 ? rc : play(samples, &events, err);
	free(events.at);
	text_close(&t);
	return rc;
}
