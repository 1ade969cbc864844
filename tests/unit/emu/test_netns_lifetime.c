// SPDX-License-Identifier: BSD-3-Clause
// Nothing outlives a run, neither after kill -9 of the process that holds a testbed nor after a build that
// failed half way. The witness is the kernel's own account: this program moves into a user namespace of its
// own and limits how many network namespaces it may have, so one that is left behind makes the next build
// fail. A namespace takes its links along.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "emu/netns/netns.h"
#include "emu/netns/testbed.h"

#define UES 8
#define FIXED 3 // shaper, air, edge
#define OWN 1	// the namespace that this program sits in

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int rc = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

static int limit_namespaces(int count)
{
	char text[16];
	snprintf(text, sizeof(text), "%d", count);
	return write_text("/proc/sys/user/max_net_namespaces", text);
}

static int try_build(struct testbed_net **net, int n_ues, struct err *err)
{
	const struct testbed_net_config config = {
	    .n_ues = n_ues, .subnet = 10u << 24, .prefix = 24, .mtu = 1500, .tcp = "reno"};
	return testbed_net_build(net, &config, err);
}

static int open_descriptors(void)
{
	int count = 0;
	DIR *directory = opendir("/proc/self/fd");
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

// Waits until the kernel, which works in the background, has taken all namespaces apart but this program's
// own: only then may one more be made. Returns how long that took; fails after half a minute.
static int64_t await_none_left(void)
{
	int64_t start = clock_now_ns();
	struct err err = {""};
	int fd;
	assert_int_equal(limit_namespaces(OWN + 1), 0);
	while ((fd = netns_new(&err)) < 0) {
		if (clock_now_ns() - start > 30 * NS_PER_S)
			fail_msg("namespaces are left after 30 s: %s", err.text);
		usleep(1000);
	}
	close(fd);
	return clock_now_ns() - start;
}

// A child that builds a testbed and holds it until it is killed.
static pid_t start_holder(void)
{
	int ready[2];
	char ok = 0;
	assert_int_equal(pipe(ready), 0);
	pid_t holder = fork();
	if (holder == 0) {
		struct testbed_net *held;
		struct err err;
		ok = try_build(&held, UES, &err) == 0;
		if (write(ready[1], &ok, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &ok, 1), 1);
	assert_true(ok);
	close(ready[0]);
	close(ready[1]);
	return holder;
}

static void killed_holders_leave_no_namespace(void **state)
{
	(void)state;
	struct err err;
	await_none_left();
	assert_int_equal(limit_namespaces(1000), 0);
	pid_t holder = start_holder();
	assert_int_equal(limit_namespaces(OWN + FIXED + UES), 0);
	assert_int_equal(netns_new(&err), -ENOSPC); // the account works: all are in use
	assert_int_equal(kill(holder, SIGKILL), 0);
	assert_int_equal(waitpid(holder, NULL, 0), holder);
	print_message("%d namespaces gone %.1f ms after kill -9\n", FIXED + UES,
		      ns_to_s(await_none_left()) * 1e3);
}

static void freed_testbeds_leave_no_namespace(void **state)
{
	(void)state;
	int before = open_descriptors();
	assert_int_equal(limit_namespaces(1000), 0);
	for (int i = 0; i < 10; i++) {
		struct testbed_net *net;
		struct err err;
		assert_int_equal(try_build(&net, UES, &err), 0);
		testbed_net_free(net);
	}
	assert_int_equal(open_descriptors(), before);
	await_none_left();
}

// The limit stops the build at each of its namespaces in turn.
static void failed_builds_leave_nothing(void **state)
{
	(void)state;
	int before = open_descriptors();
	for (int room = 0; room < FIXED + UES; room++) {
		struct testbed_net *net;
		struct err err;
		await_none_left();
		assert_int_equal(limit_namespaces(OWN + room), 0);
		assert_int_equal(try_build(&net, UES, &err), -ENOSPC);
		assert_null(net);
		assert_non_null(strstr(err.text, "cannot make a network namespace"));
		assert_int_equal(open_descriptors(), before);
	}
	await_none_left();
}

static void note_name(const char *name, void *user)
{
	snprintf(user, 64, "%s", name);
}

// A name must lead to the very namespace (same inode), be found by its prefix and go away.
static void publish_and_unpublish(struct err *err)
{
	char found[64] = "";
	struct stat a, b;
	int fd = netns_new(err);
	assert_true(fd >= 0);
	if (netns_publish(fd, "airbatch-x-ue1", err) < 0)
		fail_msg("%s", err->text);
	assert_int_equal(netns_publish(fd, "airbatch-x-ue1", err), -EEXIST);
	assert_int_equal(netns_publish(fd, "../x", err), -EINVAL);
	int named = open("/run/netns/airbatch-x-ue1", O_RDONLY | O_CLOEXEC);
	assert_true(named >= 0);
	assert_int_equal(fstat(fd, &a) | fstat(named, &b), 0);
	assert_true(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
	assert_int_equal(netns_enter(named, err), 0);
	close(named);
	assert_int_equal(netns_each_published("airbatch-x-", note_name, found, err), 1);
	assert_string_equal(found, "airbatch-x-ue1");
	assert_int_equal(netns_each_published("other-", note_name, found, err), 0);
	assert_int_equal(netns_unpublish("airbatch-x-ue1", err), 0);
	assert_int_equal(netns_each_published("", note_name, found, err), 0);
	assert_int_equal(netns_unpublish("airbatch-x-ue1", err), -ENOENT);
	close(fd);
}

// In mount namespace of its own with an empty /run: the machine's /run/netns is not touched.
static void names_appear_and_go(void **state)
{
	(void)state;
	struct err err = {""};
	assert_int_equal(limit_namespaces(1000), 0);
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount("run", "/run", "tmpfs", 0, NULL), 0);
	assert_int_equal(netns_each_published("", note_name, NULL, &err), 0); // no directory yet
	publish_and_unpublish(&err);
}

static int inode_here(void *user)
{
	return stat("/proc/thread-self/ns/net", user);
}

static void run_in_goes_and_comes_home(void **state)
{
	(void)state;
	struct err err;
	struct stat before, inside, after, target;
	assert_int_equal(limit_namespaces(1000), 0);
	int fd = netns_new(&err);
	assert_true(fd >= 0);
	assert_int_equal(inode_here(&before), 0);
	assert_int_equal(netns_run_in(fd, inode_here, &inside, &err), 0);
	assert_int_equal(inode_here(&after) | fstat(fd, &target), 0);
	assert_true(inside.st_ino == target.st_ino && before.st_ino == after.st_ino &&
		    inside.st_ino != before.st_ino);
	close(fd);
	assert_int_equal(netns_run_in(fd, inode_here, &inside, &err), -EBADF);
}

// Even root goes into a user namespace here, for the sake of an account of its own.
static int enter_accounted_user_namespace(void)
{
	char uid_map[32], gid_map[32];
	snprintf(uid_map, sizeof(uid_map), "0 %u 1", geteuid());
	snprintf(gid_map, sizeof(gid_map), "0 %u 1", getegid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return -errno;
	int rc = write_text("/proc/self/setgroups", "deny");
	if (rc == 0)
		rc = write_text("/proc/self/uid_map", uid_map);
	if (rc == 0)
		rc = write_text("/proc/self/gid_map", gid_map);
	return rc < 0 ? rc : limit_namespaces(1000);
}

int main(void)
{
	int rc = enter_accounted_user_namespace();
	if (rc < 0) {
		printf("skipped: no user namespace with an account of its own: %s\n", strerror(-rc));
		return 77;
	}
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(killed_holders_leave_no_namespace),
	    cmocka_unit_test(freed_testbeds_leave_no_namespace),
	    cmocka_unit_test(failed_builds_leave_nothing),
	    cmocka_unit_test(run_in_goes_and_comes_home),
	    cmocka_unit_test(names_appear_and_go),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
