// SPDX-License-Identifier: BSD-3-Clause
#include "tests/bench/precision/hogs.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void hog(pid_t parent)
{
	volatile uint64_t value = 1;
	setsid();
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	for (;;)
		value = value * 6364136223846793005u + 1;
}

int hogs_start(struct hogs *hogs, unsigned n, struct err *err)
{
	pid_t self = getpid();
	for (hogs->n = 0; hogs->n < n && hogs->n < HOGS_MAX; hogs->n++) {
		pid_t pid = fork();
		if (pid == 0)
			hog(self);
		if (pid < 0) {
			int code = errno;
			hogs_end(hogs);
			return err_sys(err, code, "no processor hog");
		}
		hogs->pid[hogs->n] = pid;
	}
	return 0;
}

void hogs_end(struct hogs *hogs)
{
	for (; hogs->n > 0; hogs->n--) {
		kill(hogs->pid[hogs->n - 1], SIGKILL);
		waitpid(hogs->pid[hogs->n - 1], NULL, 0);
	}
}
