// SPDX-License-Identifier: BSD-3-Clause
#include "tools/doctor/check_private.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 10000

const struct doctor_check doctor_checks[] = {
    {"programs", check_programs},
    {"capabilities", check_capabilities},
    {"rights of parts", check_parts},
    {"namespaces", check_namespaces},
    {"veth and macvlan", check_links},
    {"testbed network", check_testbed},
    {"DPDK", check_dpdk},
    {"hugepages", check_hugepages},
    {"libpcap", check_libpcap},
    {"timer slack", check_timer_slack},
    {"clock source", check_clock_source},
    {"priorities", check_priorities},
    {"shaper's timer", check_shaper_timer},
    {"UEs' timers", check_ue_timer},
    {"edge's timer", check_edge_timer},
    {"batches", check_batches},
    {"processors", check_cores},
    {"isolated cores", check_isolated},
    {"governor", check_governor},
    {"other load", check_load},
    {"virtualization", check_virtual},
    {"GPU", check_gpu},
    {"disk space", check_disk},
    {"limits", check_limits},
    {"netem", check_netem},
    {"tbf", check_tbf},
    {"tools", check_tools},
    {0},
};

void doctor_find(struct finding *f, enum doctor_state state, const char *effect, const char *remedy,
		 const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(f->found, sizeof(f->found), format, args);
	va_end(args);
	f->state = state;
	f->effect = effect;
	f->remedy = remedy;
}

struct answer {
	int result;
	struct err err;
};

static int await(pid_t pid, int pipe_end, struct err *err)
{
	struct answer answer;
	struct pollfd end = {.fd = pipe_end, .events = POLLIN};
	if (poll(&end, 1, PATIENCE_MS) != 1) {
		kill(pid, SIGKILL);
		return err_set(err, EIO, "no answer within %d s", PATIENCE_MS / 1000);
	}
	if (read(pipe_end, &answer, sizeof(answer)) != (ssize_t)sizeof(answer))
		return err_set(err, EIO, "the attempt crashed");
	*err = answer.err;
	return answer.result;
}

int doctor_apart(int (*function)(struct err *err), struct err *err)
{
	int ends[2], status;
	if (pipe(ends) < 0)
		return err_sys(err, errno, "cannot make a pipe");
	pid_t pid = fork();
	if (pid == 0) {
		struct answer answer = {0};
		answer.result = function(&answer.err);
		ssize_t n = write(ends[1], &answer, sizeof(answer));
		_exit(n != (ssize_t)sizeof(answer));
	}
	close(ends[1]);
	int r = pid < 0 ? err_sys(err, errno, "cannot start a process") : await(pid, ends[0], err);
	close(ends[0]);
	if (pid > 0)
		waitpid(pid, &status, 0);
	return r;
}

bool doctor_read_line(const char *path, char *line, size_t size)
{
	FILE *f = fopen(path, "re");
	bool there = f && fgets(line, (int)size, f);
	if (there)
		line[strcspn(line, "\n")] = '\0';
	else
		line[0] = '\0';
	if (f)
		fclose(f);
	return there;
}
