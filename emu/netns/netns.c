// SPDX-License-Identifier: BSD-3-Clause
#include "emu/netns/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int netns_here(struct err *err)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_sys(err, errno, "cannot open /proc/thread-self/ns/net: is /proc mounted?") : fd;
}

int netns_enter(int fd, struct err *err)
{
	return setns(fd, CLONE_NEWNET) < 0 ? err_sys(err, errno, "cannot enter a network namespace") : 0;
}

static int go_home(int home, int result, struct err *err)
{
	int rc = netns_enter(home, err);
	close(home);
	return rc < 0 ? rc : result;
}

int netns_new(struct err *err)
{
	int home = netns_here(err);
	if (home < 0)
		return home;
	if (unshare(CLONE_NEWNET) < 0) {
		int rc =
		    err_sys(err, errno,
			    "namespaces need root or unprivileged user namespaces: cannot make a network "
			    "namespace");
		close(home);
		return rc;
	}
	int fd = netns_here(err);
	int rc = go_home(home, fd, err);
	if (rc < 0 && fd >= 0)
		close(fd);
	return rc;
}

int netns_run_in(int fd, int (*function)(void *user), void *user, struct err *err)
{
	int home = netns_here(err);
	if (home < 0)
		return home;
	int rc = netns_enter(fd, err);
	if (rc < 0) {
		close(home);
		return rc;
	}
	return go_home(home, function(user), err);
}

static int write_file(const char *path, const char *text, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "cannot open %s", path);
	int rc = write(fd, text, strlen(text)) < 0
		     ? err_sys(err, errno, "cannot write '%s' to %s", text, path)
		     : 0;
	close(fd);
	return rc;
}

// Not where this process lacks CAP_SYS_ADMIN, nor where another user namespace than its own owns the network.
static bool may_come_back(void)
{
	struct err ignored;
	int here = netns_here(&ignored);
	bool may = here >= 0 && netns_enter(here, &ignored) == 0;
	if (here >= 0)
		close(here);
	return may;
}

static bool has_a_mapping(void)
{
	char text[64];
	int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	bool mapped = fd < 0 || read(fd, text, sizeof(text)) != 0;
	if (fd >= 0)
		close(fd);
	return mapped;
}

int netns_enter_user_namespace(struct err *err)
{
	char uid_map[32], gid_map[32];
	if (geteuid() == 0 && (may_come_back() || unshare(CLONE_NEWNET) == 0))
		return 0;
	if (!has_a_mapping())
		return err_set(err, EPERM,
			       "this process is in a user namespace without users (/proc/self/uid_map is "
			       "empty): make it with `unshare --user --map-root-user`");
	snprintf(uid_map, sizeof(uid_map), "0 %u 1", geteuid());
	snprintf(gid_map, sizeof(gid_map), "0 %u 1", getegid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return err_sys(
		    err, errno,
		    "namespaces need root or unprivileged user namespaces: cannot make a user namespace (in "
		    "a "
		    "container: docker run --privileged; else see /proc/sys/user/max_user_namespaces and, on "
		    "Debian and Ubuntu, kernel.unprivileged_userns_clone and "
		    "kernel.apparmor_restrict_unprivileged_userns)");
	int rc = write_file("/proc/self/setgroups", "deny", err); // the kernel wants it before gid_map
	if (rc == 0)
		rc = write_file("/proc/self/uid_map", uid_map, err);
	if (rc == 0)
		rc = write_file("/proc/self/gid_map", gid_map, err);
	return rc;
}
