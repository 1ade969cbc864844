// SPDX-License-Identifier: BSD-3-Clause
#include "tools/sweep/point.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cache.h"
#include "base/version.h"
#include "sim/sim.h"
#include "tools/run/run.h"

static bool has_text(const json_t *o, const char *key, const char *wanted)
{
	const char *text = json_string_value(json_object_get(o, key));
	return text && strcmp(text, wanted) == 0;
}

json_t *point_summary(const struct grid *g, size_t point)
{
	char path[PATH_MAX];
	grid_path(g, point, "/summary.json", path);
	json_t *o = json_load_file(path, 0, NULL);
	if (has_text(o, "status", "done") && has_text(o, "program", airbatch_version()) &&
	    has_text(o, "engine", g->emulate ? "emulation" : "simulation"))
		return o;
	json_decref(o);
	return NULL;
}

static int remove_entry(const char *path, const struct stat *s, int type, struct FTW *where)
{
	(void)s;
	(void)type;
	(void)where;
	return remove(path);
}

int remove_tree(const char *path, struct err *err)
{
	if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
		return err_sys(err, errno, "cannot remove %s", path);
	return 0;
}

// A process that runs one point is like one that a shell started: default signals, no terminal output.
static void settle_in(pid_t parent)
{
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	setpgid(0, 0);
	int null = open("/dev/null", O_RDWR);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0 || prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
		_exit(126);
}

static int run_it(const struct grid *g, size_t point, const char *directory, int report)
{
	const char **set = grid_overrides(g, point, true), **fixed = grid_overrides(g, point, false);
	struct err err = {.text = "no memory"};
	const struct run_options options = {.simulate = g->emulate ? NULL : simulate,
					    .file = g->file,
					    .set = set,
					    .fixed = fixed,
					    .directory = directory,
					    .quiet = true};
	int status = set && fixed ? run_topology(&options, NULL, 0, &err) : 1;
	if (status != 0 && write(report, err.text, strlen(err.text)) < 0)
		status = 1; // the sweep says with which status we ended
	free(set);
	free(fixed);
	return status;
}

pid_t point_start(const struct grid *g, size_t point, int *report, struct err *err)
{
	int ends[2];
	char part[PATH_MAX], failed[PATH_MAX];
	grid_path(g, point, ".part", part);
	grid_path(g, point, ".failed", failed);
	int r = remove_tree(part, err);
	if (r < 0)
		return r;
	unlink(failed);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, errno, "cannot make a pipe");
	pid_t parent = getpid(), pid = fork();
	if (pid == 0) {
		settle_in(parent);
		_exit(run_it(g, point, part, ends[1]));
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return err_sys(err, errno, "cannot start a process for a point");
	}
	*report = ends[0];
	return pid;
}

static int keep_summary_only(const char *directory, struct err *err)
{
	DIR *d = opendir(directory);
	int r = 0;
	if (!d)
		return err_sys(err, errno, "cannot read %s", directory);
	for (const struct dirent *e; r == 0 && (e = readdir(d));) {
		char path[2 * PATH_MAX];
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    strcmp(e->d_name, "summary.json") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, e->d_name);
		r = remove_tree(path, err);
	}
	closedir(d);
	return r;
}

static int put_in_place(const struct grid *g, size_t point, bool summary_only, struct err *err)
{
	char part[PATH_MAX], place[PATH_MAX];
	grid_path(g, point, ".part", part);
	grid_path(g, point, "", place);
	int r = summary_only ? keep_summary_only(part, err) : 0;
	r = r < 0 ? r : remove_tree(place, err); // of another build
	if (r == 0 && rename(part, place) < 0)
		r = err_sys(err, errno, "cannot rename %s", part);
	return r;
}

// The sentence that the point's process sent, or, when it could not, how it ended.
static void read_failure(int report, int status, struct err *err)
{
	ssize_t n = read(report, err->text, sizeof(err->text) - 1);
	err->text[n > 0 ? n : 0] = '\0';
	if (n > 0)
		return;
	if (WIFSIGNALED(status))
		err_set(err, EIO, "killed by signal %d", WTERMSIG(status));
	else
		err_set(err, EIO, "ended with status %d", WEXITSTATUS(status));
}

int point_finish(const struct grid *g, size_t point, int status, int report, bool summary_only,
		 struct err *err)
{
	char failed[PATH_MAX];
	struct err ignored;
	int r = -EIO;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		r = put_in_place(g, point, summary_only, err);
	else if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGTERM || WTERMSIG(status) == SIGINT))
		r = -EINTR;
	else
		read_failure(report, status, err);
	close(report);
	if (r == 0 || r == -EINTR)
		return r;
	grid_path(g, point, ".failed", failed);
	write_file_atomically(failed, err->text, strlen(err->text), &ignored); // it is said in any case
	return r;
}
