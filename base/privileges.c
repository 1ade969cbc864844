// SPDX-License-Identifier: BSD-3-Clause
#include "base/privileges.h"

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/priority.h"

#define MOST_NICE 40		    // of RLIMIT_NICE: down to -20
#define PATIENCE_NS (10 * NS_PER_S) // a thread may wait for a disk, or for a processor

// Of the calling thread. 0 or a negative errno. Async-signal-safe.
static int keep_only(uint64_t keep)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3];
	if (syscall(SYS_capget, &header, set) < 0)
		return -errno;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		set[i].permitted &= (uint32_t)(keep >> (32 * i));
		set[i].effective &= set[i].permitted;
		set[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, set) < 0 ? -errno : 0;
}

static void allow(__rlimit_resource_t resource, rlim_t least)
{
	struct rlimit limit;
	if (getrlimit(resource, &limit) < 0)
		return;
	if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < least)
		limit.rlim_max = least;
	if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < least)
		limit.rlim_cur = least;
	setrlimit(resource, &limit);
}

static bool is_allowed(__rlimit_resource_t resource, rlim_t least)
{
	struct rlimit limit;
	return getrlimit(resource, &limit) == 0 &&
	       (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= least);
}

uint64_t privileges_of_priority(void)
{
	bool by_limits = is_allowed(RLIMIT_NICE, MOST_NICE) && is_allowed(RLIMIT_RTPRIO, PRIORITY_LINK);
	return by_limits ? 0 : PRIVILEGE(CAP_SYS_NICE);
}

int privileges_confine(uint64_t keep)
{
	allow(RLIMIT_NICE, MOST_NICE);
	allow(RLIMIT_RTPRIO, PRIORITY_LINK);
	keep |= privileges_of_priority();
	for (unsigned long c = 0; c <= CAP_LAST_CAP; c++)
		if (!(keep & PRIVILEGE(c)))
			prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return keep_only(keep);
}

// ---- all threads: each must do it itself, so each is sent a signal

static uint64_t kept;
static atomic_int waiting, refused;

static void on_signal(int signal)
{
	(void)signal;
	int before = errno;
	if (keep_only(kept) < 0)
		atomic_fetch_add(&refused, 1);
	atomic_fetch_sub(&waiting, 1);
	errno = before;
}

static int ask_others(int signal)
{
	DIR *dir = opendir("/proc/self/task");
	pid_t self = (pid_t)syscall(SYS_gettid), process = getpid();
	if (!dir)
		return -errno;
	for (struct dirent *entry; (entry = readdir(dir));) {
		pid_t thread = atoi(entry->d_name);
		if (thread <= 0 || thread == self)
			continue;
		atomic_fetch_add(&waiting, 1);
		if (syscall(SYS_tgkill, process, thread, signal) < 0)
			atomic_fetch_sub(&waiting, 1); // it has ended
	}
	closedir(dir);
	return 0;
}

static int wait_for_others(void)
{
	const struct timespec pause = {.tv_nsec = NS_PER_MS / 10};
	int64_t until_ns = clock_now_ns() + PATIENCE_NS;
	while (atomic_load(&waiting) > 0 && clock_now_ns() < until_ns)
		nanosleep(&pause, NULL);
	return atomic_load(&waiting) > 0 || atomic_load(&refused) > 0 ? -EPERM : 0;
}

int privileges_drop(uint64_t keep, struct err *err)
{
	const int signal = SIGRTMAX - 1;
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, before;
	kept = keep;
	atomic_store(&waiting, 0);
	atomic_store(&refused, 0);
	sigfillset(&action.sa_mask);
	if (sigaction(signal, &action, &before) < 0)
		return err_sys(err, errno, "cannot give up capabilities");
	int r = keep_only(keep);
	r = r < 0 ? r : ask_others(signal);
	r = r < 0 ? r : wait_for_others();
	if (r == 0) // a thread that has not answered may do so yet
		sigaction(signal, &before, NULL);
	return r < 0 ? err_sys(err, -r, "a thread did not give up its capabilities") : 0;
}
