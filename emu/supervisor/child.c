// SPDX-License-Identifier: BSD-3-Clause
#include "emu/supervisor/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/privileges.h"
#include "base/program.h"

static int beside_us(char path[PATH_MAX + 32], const char *program, struct err *err)
{
	char folder[PATH_MAX];
	int r = program_folder(folder, err);
	if (r < 0)
		return r;
	snprintf(path, PATH_MAX + 32, "%s/%s", folder, program);
	if (access(path, X_OK) < 0)
		return err_sys(err, errno, "the program %s is missing", path);
	return 0;
}

// Both where the program looks for them, by way of numbers that are in nobody's way.
static int hand_over(int channel, int ask)
{
	int high_channel = fcntl(channel, F_DUPFD_CLOEXEC, ASK_FD + 1);
	int high_ask = ask < 0 ? -1 : fcntl(ask, F_DUPFD_CLOEXEC, ASK_FD + 1);
	if (high_channel < 0 || (ask >= 0 && high_ask < 0) || dup2(high_channel, CHANNEL_FD) < 0)
		return -1;
	return ask < 0 ? 0 : dup2(high_ask, ASK_FD);
}

// In the child, between fork and exec: only calls that are safe there.
static void become(const char *path, const char *config, int netns_fd, int channel, int log_fd, int ask,
		   uint64_t keep, pid_t parent)
{
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	// What is sent to the whole group (Ctrl-C, `timeout`) is for the supervisor: it decides how the run
	// ends.
	setpgid(0, 0);
	signal(SIGINT, SIG_IGN);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(126);
	if (netns_fd >= 0 && setns(netns_fd, CLONE_NEWNET) < 0)
		_exit(125);
	if (dup2(log_fd, STDOUT_FILENO) < 0 || dup2(log_fd, STDERR_FILENO) < 0)
		_exit(124);
	if (hand_over(channel, ask) < 0)
		_exit(124);
	if (privileges_confine(keep) < 0)
		_exit(123);
	char *const argv[] = {(char *)path, (char *)"--config", (char *)config, NULL};
	execv(path, argv);
	_exit(127);
}

int child_start(struct child *c, const char *label, const char *program, const char *config, int netns_fd,
		int log_fd, int ask_fd, uint64_t keep, struct err *err)
{
	char path[PATH_MAX + 32];
	int pair[2];
	*c = (struct child){.pidfd = -1, .channel = -1};
	snprintf(c->label, sizeof(c->label), "%s", label);
	int r = beside_us(path, program, err);
	r = r < 0 ? r : channel_pair(pair, err);
	if (r < 0)
		return r;
	pid_t parent = getpid(), pid = fork();
	if (pid == 0)
		become(path, config, netns_fd, pair[1], log_fd, ask_fd, keep, parent);
	int code = errno;
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return err_sys(err, code, "cannot start %s", program);
	}
	c->pid = pid;
	c->channel = pair[0];
	c->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (c->pidfd < 0)
		return err_sys(err, errno, "cannot watch %s", program);
	return 0;
}

bool child_gone(struct child *c)
{
	if (c->pid && waitpid(c->pid, &c->status, WNOHANG) == c->pid)
		c->pid = 0;
	return c->pid == 0;
}

void child_end(struct child *c)
{
	if (c->pid) {
		kill(c->pid, SIGKILL);
		while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
			;
		c->pid = 0;
	}
	if (c->pidfd > 0)
		close(c->pidfd);
	if (c->channel > 0)
		close(c->channel);
	c->pidfd = c->channel = -1;
}
