// SPDX-License-Identifier: BSD-3-Clause
// A process that gives up its capabilities has them in none of its threads, whatever these do; a confined
// child cannot have them back.
#include <dirent.h>
#include <linux/capability.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/privileges.h"

enum { THREADS = 12 };

// What the threads of this process have together.
static uint64_t permitted_by_all(void)
{
	uint64_t all = 0;
	DIR *dir = opendir("/proc/self/task");
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		char path[300], line[200];
		unsigned long long set;
		snprintf(path, sizeof(path), "/proc/self/task/%s/status", entry->d_name);
		FILE *f = entry->d_name[0] == '.' ? NULL : fopen(path, "re");
		while (f && fgets(line, sizeof(line), f))
			if (sscanf(line, "CapPrm: %llx", &set) == 1)
				all |= set;
		if (f)
			fclose(f);
	}
	if (dir)
		closedir(dir);
	return all;
}

static void *sleep_for_good(void *unused)
{
	while (pause() < 0) // until a signal's handler has run, and again
		;
	return unused;
}

static void *work_for_good(void *unused)
{
	for (volatile unsigned i = 0;; i++)
		;
	return unused;
}

// In a process of its own; its exit status says where it failed.
static int drop_all(void)
{
	pthread_t thread;
	struct err err;
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread, NULL, i % 4 ? sleep_for_good : work_for_good, NULL) != 0)
			return 2;
	uint64_t keep = PRIVILEGE(CAP_DAC_OVERRIDE) & permitted_by_all();
	if (privileges_drop(PRIVILEGE(CAP_DAC_OVERRIDE), &err) < 0 || permitted_by_all() != keep)
		return 3;
	if (privileges_drop(0, &err) < 0 || permitted_by_all() != 0)
		return 4;
	return 0;
}

static int confine(void)
{
	uint64_t most = PRIVILEGE(CAP_NET_RAW) | PRIVILEGE(CAP_SYS_NICE);
	if (privileges_confine(PRIVILEGE(CAP_NET_RAW)) < 0)
		_exit(1);
	if (permitted_by_all() & ~most)
		return 2;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 3;
	execl("/bin/sh", "sh", "-c", // what a program of root would have anew: all but NET_RAW and SYS_NICE
	      "set -- $(grep CapPrm /proc/self/status); [ $((0x$2 & ~0x802000)) = 0 ]", NULL);
	return 127;
}

static void in_a_child(int (*function)(void))
{
	int status;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(function());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void every_thread_gives_them_up(void **state)
{
	(void)state;
	in_a_child(drop_all);
}

static void a_confined_program_gains_none(void **state)
{
	(void)state;
	in_a_child(confine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_thread_gives_them_up),
	    cmocka_unit_test(a_confined_program_gains_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
