// SPDX-License-Identifier: BSD-3-Clause
#include "tools/watch/source.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "emu/supervisor/names.h"
#include "records/control.h"
#include "records/summary.h"
#include "records/watch/replay.h"

#define START_PATIENCE_NS (60 * NS_PER_S)
#define END_PATIENCE_NS                                                                                      \
	(15 * NS_PER_S)		       // from the control socket's end to the summary: children may take 10 s
#define FILE_TIME_NS (100 * NS_PER_MS) // stamps of files are that coarse
#define PAUSE_NS (50 * NS_PER_MS)

struct run_source {
	char directory[PATH_MAX];
	struct run_snapshot snapshot;
	bool known;	     // the snapshot holds something
	bool ended;	     // the snapshot is of the finished run
	int64_t silent_ns;   // since when nobody answers; 0 = somebody does
	int64_t answered_ns; // when somebody last did, CLOCK_REALTIME
	struct run_replay replay;
	struct err problem; // of the tables; text "" = none
};

static void pause_a_little(void)
{
	nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
}

static void take(struct run_source *s, struct run_snapshot *new)
{
	run_snapshot_free(&s->snapshot);
	s->snapshot = *new;
	s->known = true;
}

// The running run's own word. 0, or a negative errno when it does not answer.
static int ask(struct run_source *s, struct err *err)
{
	struct run_snapshot now;
	json_t *request = json_pack("{s:s}", "get", "progress");
	json_t *answer = control_ask(s->directory, request, err);
	json_decref(request);
	int r = answer ? run_snapshot_from_json(&now, answer, err) : -ECONNREFUSED;
	json_decref(answer);
	if (r == 0) {
		take(s, &now);
		s->answered_ns = clock_wall_ns();
	}
	return r;
}

// There is a summary, and not of a run that was here before the one that answered.
static bool has_summary(const struct run_source *s)
{
	char path[PATH_MAX + 16];
	struct stat st;
	snprintf(path, sizeof(path), "%s/summary.json", s->directory);
	return stat(path, &st) == 0 &&
	       st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec + FILE_TIME_NS >= s->answered_ns;
}

static enum run_snapshot_state state_of(const json_t *summary)
{
	const char *status = summary_text(summary, "status");
	return strcmp(status, "done") == 0	    ? SNAPSHOT_DONE
	       : strcmp(status, "interrupted") == 0 ? SNAPSHOT_INTERRUPTED
						    : SNAPSHOT_FAILED;
}

static int open_replay(struct run_source *s, uint32_t n_ues, const char *name, const char *policy,
		       double duration_s, struct err *err)
{
	return s->replay.meter
		   ? 0
		   : run_replay_open(&s->replay, s->directory, n_ues, name, policy, duration_s, err);
}

static void tell_accuracy(struct run_source *s, const json_t *summary)
{
	const json_t *shaper = json_object_get(summary, "shaper");
	double overruns = summary_number(shaper, "overruns", NULL, NULL);
	if (json_is_object(shaper))
		meter_delay_error(s->replay.meter, summary_number(shaper, "delay_error", "p50_us", NULL),
				  summary_number(shaper, "delay_error", "p99_us", NULL),
				  overruns > 0 ? (uint64_t)overruns : 0);
}

// The finished run's snapshot, from its tables; the meter goes on owning the UEs, so a copy by way of JSON.
static int take_replayed(struct run_source *s, const json_t *summary, struct err *err)
{
	struct run_snapshot *end = meter_read(s->replay.meter), now;
	end->state = state_of(summary);
	end->simulated = strcmp(summary_text(summary, "engine"), "simulation") == 0;
	end->time_s = fmax(s->replay.last_s, end->state == SNAPSHOT_DONE ? end->duration_s : 0);
	end->left_s = 0;
	json_t *o = run_snapshot_to_json(end);
	int r = o ? run_snapshot_from_json(&now, o, err) : err_set(err, ENOMEM, "no memory");
	json_decref(o);
	if (r == 0)
		take(s, &now);
	return r;
}

static int read_finished(struct run_source *s, struct err *err)
{
	json_t *summary = summary_read(s->directory, err);
	if (!summary)
		return -EINVAL;
	const json_t *topology = json_object_get(summary, "topology");
	double duration_s = summary_number(topology, "duration_s", NULL, NULL);
	int r = isnan(duration_s)
		    ? err_set(err, EINVAL, "%s/summary.json: no topology.duration_s", s->directory)
		    : open_replay(s, (uint32_t)json_array_size(json_object_get(summary, "ues")),
				  summary_text(topology, "name"), summary_text(summary, "policy"), duration_s,
				  err);
	if (r == 0) {
		run_replay_update(&s->replay, &s->problem);
		tell_accuracy(s, summary);
		r = take_replayed(s, summary, err);
	}
	s->ended = true;
	json_decref(summary);
	return r;
}

// Nobody answers: the run has ended, or is about to write its summary.
static int read_silent(struct run_source *s, struct err *err)
{
	int64_t now = clock_now_ns();
	s->silent_ns = s->silent_ns ? s->silent_ns : now;
	if (has_summary(s))
		return read_finished(s, err);
	if (now - s->silent_ns < END_PATIENCE_NS) {
		s->snapshot.state = SNAPSHOT_ENDING;
		return 0;
	}
	s->ended = true;
	s->snapshot.state = SNAPSHOT_FAILED;
	return err_set(err, EPIPE,
		       "the run in %s does not answer any more and left no summary: it was killed",
		       s->directory);
}

int run_source_update(struct run_source *s, struct err *err)
{
	struct err silence;
	if (s->ended)
		return 0;
	if (ask(s, &silence) < 0)
		return read_silent(s, err);
	s->silent_ns = 0;
	int r = open_replay(s, s->snapshot.n_ues, s->snapshot.name, s->snapshot.policy,
			    s->snapshot.duration_s, err);
	if (r == 0)
		run_replay_update(&s->replay, &s->problem);
	return r;
}

struct naming {
	const char *directory;
	bool running;
};

static void compare(const struct run_listed *l, void *user)
{
	struct naming *n = user;
	n->running = n->running || (l->running && strcmp(l->directory, n->directory) == 0);
}

// A run is at work in this directory, be it only about to start, or to write its summary.
static bool is_running(const struct run_source *s)
{
	char path[PATH_MAX];
	struct naming n = {.directory = realpath(s->directory, path) ? path : s->directory};
	run_names_each(compare, &n, NULL);
	return n.running;
}

static int first_look(struct run_source *s, struct err *err)
{
	int64_t until = clock_now_ns() + START_PATIENCE_NS;
	while (ask(s, err) < 0) {
		if (clock_now_ns() > until)
			return err_set(err, ETIMEDOUT, "the run in %s does not answer", s->directory);
		if (!is_running(s))
			return has_summary(s)
				   ? read_finished(s, err)
				   : err_set(err, ENOENT,
					     "%s: no run is at work here (`airbatch ls` lists those that "
					     "are), and it holds no summary.json of a finished one",
					     s->directory);
		pause_a_little();
	}
	return run_source_update(s, err);
}

struct run_source *run_source_open(const char *run, struct err *err)
{
	struct run_source *s = calloc(1, sizeof(*s));
	struct stat st;
	if (!s) {
		err_set(err, ENOMEM, "no memory");
		return NULL;
	}
	int named = run_name_directory(run, s->directory, sizeof(s->directory), err);
	if (named < 0 && stat(run, &st) == 0) {
		snprintf(s->directory, sizeof(s->directory), "%s", run);
		named = 0;
	}
	if (named == 0 && first_look(s, err) == 0)
		return s;
	run_source_free(s);
	return NULL;
}

void run_source_free(struct run_source *s)
{
	if (!s)
		return;
	run_snapshot_free(&s->snapshot);
	run_replay_close(&s->replay);
	free(s);
}

const struct run_snapshot *run_source_snapshot(const struct run_source *s)
{
	return &s->snapshot;
}

bool run_source_ended(const struct run_source *s)
{
	return s->ended;
}

const char *run_source_directory(const struct run_source *s)
{
	return s->directory;
}

const char *run_source_problem(const struct run_source *s)
{
	return *s->problem.text ? s->problem.text : NULL;
}

json_t *run_source_history(const struct run_source *s)
{
	return history_to_json(s->replay.history);
}
