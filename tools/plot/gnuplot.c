// SPDX-License-Identifier: BSD-3-Clause
#include "tools/plot/gnuplot.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// Starts gnuplot with these actions on its descriptors and waits for its end; consumes the actions.
static int run(posix_spawn_file_actions_t *actions, char *const argv[], const char *what, struct err *err)
{
	extern char **environ;
	pid_t pid;
	int status = 0, code = posix_spawnp(&pid, "gnuplot", actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(actions);
	if (code == ENOENT)
		return err_set(err, ENOENT, "gnuplot is not installed (scripts/setup installs it)");
	if (code)
		return err_sys(err, code, "cannot start gnuplot");
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0
		   ? 0
		   : err_set(err, EIO, "gnuplot could not draw %s", what);
}

int gnuplot_run_file(const char *directory, const char *script, struct err *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addchdir_np(&actions, directory);
	char *argv[] = {(char[]){"gnuplot"}, (char *)script, NULL};
	return run(&actions, argv, script, err);
}

static int write_all(int fd, const char *text, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = write(fd, text + done, size - done);
		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

static char *read_all(int fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return NULL;
	size_t size = (size_t)st.st_size, done = 0;
	char *text = malloc(size + 1);
	while (text && done < size) {
		ssize_t n = pread(fd, text + done, size - done, (off_t)done);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (text)
		text[done] = '\0';
	return text;
}

// What gnuplot complained of, without its warnings and the echo of the script.
static void add_complaint(int fd, struct err *err)
{
	char *text = read_all(fd), *error = text ? strstr(text, "line ") : NULL;
	if (error) {
		error[strcspn(error, "\n")] = '\0';
		size_t used = strlen(err->text);
		snprintf(err->text + used, sizeof(err->text) - used, " (%.200s)", error);
	}
	free(text);
}

enum { SCRIPT, DRAWING, COMPLAINTS, FILES };

static int run_on(const int fd[FILES], struct err *err)
{
	posix_spawn_file_actions_t actions;
	char *argv[] = {(char[]){"gnuplot"}, NULL};
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd[SCRIPT], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fd[DRAWING], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fd[COMPLAINTS], STDERR_FILENO);
	int r = run(&actions, argv, "the plots", err);
	if (r == -EIO)
		add_complaint(fd[COMPLAINTS], err);
	return r;
}

// Files in memory rather than pipes: neither side ever waits for the other.
char *gnuplot_draw(const char *script, struct err *err)
{
	char *drawing = NULL;
	int fd[FILES] = {-1, -1, -1}, open_files = 0;
	while (open_files < FILES && (fd[open_files] = memfd_create("gnuplot", MFD_CLOEXEC)) >= 0)
		open_files++;
	int r = open_files < FILES ? -errno : write_all(fd[SCRIPT], script, strlen(script));
	if (r < 0)
		err_sys(err, -r, "cannot hand gnuplot its script");
	else if (run_on(fd, err) == 0 && !(drawing = read_all(fd[DRAWING])))
		err_set(err, ENOMEM, "no memory for the plots");
	while (open_files > 0)
		close(fd[--open_files]);
	return drawing;
}
