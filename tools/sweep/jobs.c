// SPDX-License-Identifier: BSD-3-Clause
#include "tools/sweep/jobs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "tools/sweep/point.h"

struct job_process {
	pid_t pid; // 0 = free
	size_t point;
	int report; // why it failed
};

struct work {
	const struct jobs *jobs;
	struct jobs_result *result;
	struct job_process *processes;
	size_t next; // of jobs->points
	int running;
	int64_t began_ns, shown_ns;
	bool terminal;
};

static void duration_text(double s, char *text, size_t size)
{
	if (s < 100)
		snprintf(text, size, "%.0f s", s);
	else if (s < 6000)
		snprintf(text, size, "%.0f min", s / 60);
	else
		snprintf(text, size, "%.1f h", s / 3600);
}

static void show_progress(struct work *w, bool last)
{
	int64_t now = clock_now_ns(), every = w->terminal ? 200 * NS_PER_MS : 10 * NS_PER_S;
	size_t ended = w->result->done + w->result->failed;
	char left[32] = "?";
	if (w->jobs->quiet || w->jobs->n == 0 || (!last && now - w->shown_ns < every))
		return;
	w->shown_ns = now;
	if (ended > 0)
		duration_text(ns_to_s(now - w->began_ns) / (double)ended * (double)(w->jobs->n - ended), left,
			      sizeof(left));
	fprintf(stderr, "%s%zu of %zu points done, %zu failed, %d running, %s left%s",
		w->terminal ? "\r" : "", w->result->done, w->jobs->n, w->result->failed, w->running, left,
		w->terminal ? "\033[K" : "\n");
	if (w->terminal && last)
		fputs("\r\033[K", stderr);
}

static int start_points(struct work *w, struct err *err)
{
	for (int i = 0; i < w->jobs->at_once && w->next < w->jobs->n; i++) {
		struct job_process *s = &w->processes[i];
		if (s->pid)
			continue;
		s->point = w->jobs->points[w->next];
		pid_t pid = point_start(w->jobs->grid, s->point, &s->report, err);
		if (pid < 0)
			return (int)pid;
		s->pid = pid;
		w->next++;
		w->running++;
	}
	return 0;
}

static void finish(struct work *w, struct job_process *s, int status)
{
	struct err err;
	char name[GRID_NAME_SIZE];
	s->pid = 0;
	w->running--;
	int r = point_finish(w->jobs->grid, s->point, status, s->report, w->jobs->summary_only, &err);
	if (r == 0)
		w->result->done++;
	if (r == 0 || r == -EINTR || w->result->interrupted)
		return;
	w->result->failed++;
	grid_name(w->jobs->grid, s->point, name);
	if (w->terminal)
		fputs("\r\033[K", stderr);
	log_error("%s: %s", name, err.text);
}

static void collect(struct work *w)
{
	for (int i = 0; i < w->jobs->at_once; i++) {
		struct job_process *s = &w->processes[i];
		int status;
		if (s->pid && waitpid(s->pid, &status, WNOHANG) == s->pid)
			finish(w, s, status);
	}
}

// Those that are under way are ended; their partial folders go.
static void stop(struct work *w)
{
	char path[PATH_MAX];
	struct err ignored;
	for (int i = 0; i < w->jobs->at_once; i++)
		if (w->processes[i].pid)
			kill(w->processes[i].pid, SIGTERM);
	for (int i = 0; i < w->jobs->at_once; i++) {
		bool was_running = w->processes[i].pid != 0;
		int status;
		if (was_running && waitpid(w->processes[i].pid, &status, 0) == w->processes[i].pid)
			finish(w, &w->processes[i], status);
		grid_path(w->jobs->grid, w->processes[i].point, ".part", path);
		if (was_running)
			remove_tree(path, &ignored);
		grid_path(w->jobs->grid, w->processes[i].point, ".failed", path);
		if (was_running)
			unlink(path); // it was stopped, it did not fail
	}
}

static int run_all(struct work *w, const sigset_t *signals, struct err *err)
{
	const struct timespec pause = {.tv_nsec = 200 * NS_PER_MS};
	int r = start_points(w, err);
	while (r == 0 && w->running > 0) {
		siginfo_t info;
		int got = sigtimedwait(signals, &info, &pause);
		if (got == SIGINT || got == SIGTERM) {
			w->result->interrupted = true;
			break;
		}
		collect(w);
		show_progress(w, false);
		r = start_points(w, err);
	}
	stop(w);
	show_progress(w, true);
	return r;
}

int jobs_run(const struct jobs *jobs, struct jobs_result *result, struct err *err)
{
	sigset_t signals, before;
	*result = (struct jobs_result){0};
	struct work w = {.jobs = jobs,
			 .result = result,
			 .processes = calloc((size_t)jobs->at_once, sizeof(*w.processes)),
			 .began_ns = clock_now_ns(),
			 .shown_ns = clock_now_ns(),
			 .terminal = isatty(STDERR_FILENO)};
	if (!w.processes)
		return err_set(err, ENOMEM, "no memory for %d jobs", jobs->at_once);
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, &before);
	int r = run_all(&w, &signals, err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	free(w.processes);
	return r;
}
