// SPDX-License-Identifier: BSD-3-Clause
#include "base/priority.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"

#define LEAST_NICE (-20)
#define TURN_NS (100 * NS_PER_MS)
#define TURN_END .7
#define TURN_BEGIN .5

static void raise_session(int nice_value)
{
	int fd =
	    getsid(0) == getpid() || setsid() >= 0 ? open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC) : -1;
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", nice_value);
	if (fd < 0)
		return;
	(void)!write(fd, text, (size_t)length);
	close(fd);
}

bool priority_raise(int nice_value)
{
	bool raised = setpriority(PRIO_PROCESS, 0, nice_value) == 0;
	raise_session(nice_value);
	return raised;
}

bool priority_realtime(int level)
{
	const struct sched_param param = {.sched_priority = level};
	int policy = level > 0 ? SCHED_FIFO : SCHED_OTHER;
	// Who may raise itself by a limit alone may not clear the flag again.
	return sched_setscheduler(0, policy | SCHED_RESET_ON_FORK, &param) == 0;
}

void priority_exact_timers(void)
{
	prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

void priority_turns_begin(struct priority_turns *turns, int level, int64_t now_ns)
{
	setpriority(PRIO_PROCESS, 0, LEAST_NICE); // of this thread, on Linux
	*turns =
	    (struct priority_turns){.level = level, .realtime = priority_realtime(level), .turn_ns = now_ns};
}

void priority_turns_slept(struct priority_turns *turns, int64_t since_ns, int64_t now_ns)
{
	turns->slept_ns += now_ns - since_ns;
	int64_t turn_ns = now_ns - turns->turn_ns;
	if (turn_ns < TURN_NS)
		return;
	double awake = 1 - (double)turns->slept_ns / (double)turn_ns;
	if (turns->realtime && awake > TURN_END)
		turns->realtime = !priority_realtime(PRIORITY_NORMAL);
	else if (!turns->realtime && awake < TURN_BEGIN)
		turns->realtime = priority_realtime(turns->level);
	turns->turn_ns = now_ns;
	turns->slept_ns = 0;
}
