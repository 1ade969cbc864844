// SPDX-License-Identifier: BSD-3-Clause
// Names of runs while others list, clean up, take and leave them at the same time. The folder is one of our
// own: root gets a /run that nobody else sees.
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "emu/supervisor/names.h"

#define LASTS_NS (800 * NS_PER_MS)
#define NAME "stress"

static struct shared {
	int64_t end_ns;
	atomic_int owners, taken, doubled, lost, refused;
} * shared;

static char own_folder[] = "/tmp/airbatch-names-XXXXXX";

static int setup(void **state)
{
	(void)state;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || !mkdtemp(own_folder))
		return -1;
	setenv("XDG_RUNTIME_DIR", own_folder, 1);
	if (geteuid() != 0)
		return 0;
	return unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		       mount("run", "/run", "tmpfs", 0, NULL) < 0
		   ? -1
		   : 0;
}

static int teardown(void **state)
{
	(void)state;
	char path[64];
	snprintf(path, sizeof(path), "%s/airbatch", own_folder);
	rmdir(path); // not there as root
	return rmdir(own_folder);
}

static bool is_found(const struct run_name *n)
{
	struct stat held, found;
	return fstat(n->fd, &held) == 0 && stat(n->path, &found) == 0 && held.st_ino == found.st_ino;
}

// Every second time as if killed: the file stays.
static void leave(struct run_name *n, int round)
{
	if (round % 2)
		close(n->fd);
	else
		run_name_release(n);
}

static void take(void)
{
	struct run_name n;
	struct err err;
	for (int round = 0; clock_now_ns() < shared->end_ns; round++) {
		if (run_name_take(&n, NAME, 0, "/somewhere", &err) < 0) {
			shared->refused++;
			continue;
		}
		shared->taken++;
		shared->doubled += atomic_fetch_add(&shared->owners, 1) != 0;
		sched_yield();
		shared->lost += !is_found(&n);
		shared->owners--;
		leave(&n, round);
	}
}

static void nothing(const struct run_listed *l, void *user)
{
	(void)l;
	(void)user;
}

static void list(void)
{
	struct err err;
	while (clock_now_ns() < shared->end_ns)
		run_names_each(nothing, NULL, &err);
}

static void clean(void)
{
	struct err err;
	while (clock_now_ns() < shared->end_ns)
		run_names_clean(&err);
}

static void run_all(void (*const parts[])(void), int n)
{
	pid_t pids[8];
	*shared = (struct shared){.end_ns = clock_now_ns() + LASTS_NS};
	for (int i = 0; i < n; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			parts[i]();
			_exit(0);
		}
	}
	for (int i = 0; i < n; i++) {
		int status;
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	print_message("%d taken, %d refused\n", shared->taken, shared->refused);
	struct err err;
	run_names_clean(&err);
}

// Two runs never hold one name, and nobody removes a name that is held.
static void a_name_has_one_owner(void **state)
{
	(void)state;
	run_all((void (*const[])(void)){take, take, take, clean}, 4);
	assert_true(shared->taken > 10);
	assert_int_equal(shared->doubled, 0);
	assert_int_equal(shared->lost, 0);
}

// Who looks on or cleans up takes no name from anybody.
static void a_free_name_can_be_taken(void **state)
{
	(void)state;
	run_all((void (*const[])(void)){take, list, clean}, 3);
	assert_true(shared->taken > 10);
	assert_int_equal(shared->refused, 0);
	assert_int_equal(shared->lost, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_has_one_owner),
	    cmocka_unit_test(a_free_name_can_be_taken),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
