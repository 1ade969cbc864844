// SPDX-License-Identifier: BSD-3-Clause
// The quota of control groups: the tightest of a process's own group and all above it, in both versions, as a
// host and as a container see them.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cache.h"
#include "base/clock.h"
#include "base/quota.h"

static char root[] = "/tmp/airbatch-test-quota-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[512], folder[512];
	struct err err = {""};
	snprintf(path, sizeof(path), "%s/%s", root, name);
	snprintf(folder, sizeof(folder), "%s", path);
	*strrchr(folder, '/') = '\0';
	if (make_dirs(folder, &err) < 0 || write_file_atomically(path, text, strlen(text), &err) < 0)
		fail_msg("%s", err.text);
}

static int make_root(void **state)
{
	(void)state;
	strcpy(root + strlen(root) - 6, "XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	(void)state;
	char command[512];
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command); // NOLINT(cert-env33-c): a test's own folder
}

static struct quota found(void)
{
	struct quota q;
	quota_find(&q, root);
	return q;
}

static const char v2_mount[] =
    "25 1 0:22 / /proc rw - proc proc rw\n"
    "30 25 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

static void no_groups_are_no_quota(void **state)
{
	(void)state;
	assert_true(isinf(found().cores)); // not even /proc
	put("proc/self/mountinfo", v2_mount);
	put("proc/self/cgroup", "0::/a/b\n");
	put("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
	struct quota q = found();
	assert_true(isinf(q.cores));
	assert_string_equal(q.group, "");
	assert_int_equal(quota_stopped_ns(&q), 0);
}

static void the_tightest_group_above_counts(void **state)
{
	(void)state;
	put("proc/self/mountinfo", v2_mount);
	put("proc/self/cgroup", "0::/system.slice/docker-1.scope\n");
	put("sys/fs/cgroup/system.slice/docker-1.scope/cpu.max", "150000 100000\n");
	assert_float_equal(found().cores, 1.5, 0);
	put("sys/fs/cgroup/system.slice/cpu.max", "10000 50000\n");
	put("sys/fs/cgroup/system.slice/cpu.stat",
	    "usage_usec 7\nnr_periods 9\nnr_throttled 4\nthrottled_usec 2500\n");
	struct quota q = found();
	assert_float_equal(q.cores, .2, 1e-12);
	assert_int_equal(q.period_ns, 50 * NS_PER_MS);
	assert_non_null(strstr(q.group, "/system.slice"));
	assert_int_equal(quota_stopped_ns(&q), 2500 * NS_PER_US);
}

// With a cgroup namespace of its own a container's group is "/", and its quota stands at the mount.
static void a_container_sees_its_own_group_as_the_top(void **state)
{
	(void)state;
	put("proc/self/mountinfo", v2_mount);
	put("proc/self/cgroup", "0::/\n");
	put("sys/fs/cgroup/cpu.max", "20000 100000\n");
	assert_float_equal(found().cores, .2, 1e-12);
}

// Without one it is told its host's path, but the mount shows only that group.
static void version_1_mounts_a_part_of_the_tree(void **state)
{
	(void)state;
	put("proc/self/mountinfo", "40 30 0:30 /docker/1 /sys/fs/cgroup/cpuset ro - cgroup cgroup rw,cpuset\n"
				   "41 30 0:31 /docker/1 /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup "
				   "rw,cpu,cpuacct\n");
	put("proc/self/cgroup", "5:cpuset:/docker/1\n4:cpu,cpuacct:/docker/1/inner\n0::/\n");
	put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n");
	put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
	put("sys/fs/cgroup/cpu,cpuacct/inner/cpu.cfs_quota_us", "-1\n");
	put("sys/fs/cgroup/cpu,cpuacct/inner/cpu.cfs_period_us", "100000\n");
	put("sys/fs/cgroup/cpu,cpuacct/cpu.stat", "nr_periods 3\nnr_throttled 2\nthrottled_time 12345\n");
	struct quota q = found();
	assert_float_equal(q.cores, .5, 0);
	assert_int_equal(quota_stopped_ns(&q), 12345);
}

static void the_tighter_of_both_versions_counts(void **state)
{
	(void)state;
	put("proc/self/mountinfo", "41 30 0:31 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
				   "42 30 0:32 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
	put("proc/self/cgroup", "1:cpu:/g\n0::/h\n");
	put("sys/fs/cgroup/cpu/g/cpu.cfs_quota_us", "30000\n");
	put("sys/fs/cgroup/cpu/g/cpu.cfs_period_us", "100000\n");
	assert_float_equal(found().cores, .3, 1e-12);
	put("sys/fs/cgroup/unified/h/cpu.max", "25000 100000\n");
	assert_float_equal(found().cores, .25, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)
	const struct CMUnitTest tests[] = {
	    TEST(no_groups_are_no_quota),
	    TEST(the_tightest_group_above_counts),
	    TEST(a_container_sees_its_own_group_as_the_top),
	    TEST(version_1_mounts_a_part_of_the_tree),
	    TEST(the_tighter_of_both_versions_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
