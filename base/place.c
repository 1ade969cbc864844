// SPDX-License-Identifier: BSD-3-Clause
#include "base/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cache.h"

// Root is not asked under sudo whether the one who called it is to be trusted.
static bool is_callers(uid_t owner)
{
	const char *caller = geteuid() == 0 ? getenv("SUDO_UID") : NULL;
	return caller && *caller && strtoul(caller, NULL, 10) == owner;
}

static int check_folder(int fd, const char *path, struct err *err)
{
	struct stat s;
	if (fstat(fd, &s) < 0)
		return err_sys(err, errno, "cannot use %s", path);
	if (s.st_uid != geteuid() && s.st_uid != 0 && !is_callers(s.st_uid))
		return err_set(err, EPERM, "the folder %s belongs to user %u: a folder of one's own is right",
			       path, (unsigned)s.st_uid);
	if (s.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(err, EPERM, "others may write in the folder %s: `chmod go-w %s`", path, path);
	return 0;
}

int place_folder(const char *path, bool follows, struct err *err)
{
	int r = make_dirs(path, err);
	int fd = r < 0 ? r : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follows ? 0 : O_NOFOLLOW));
	if (r == 0 && fd < 0)
		r = err_set(err, errno, "%s is no folder, or a symbolic link to one: a folder is right",
			    path);
	r = r < 0 ? r : check_folder(fd, path, err);
	if (fd >= 0)
		close(fd);
	return r;
}

int place_open(const char *path, int flags, bool follows, struct err *err)
{
	struct stat s;
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (follows ? 0 : O_NOFOLLOW), 0644);
	if (fd < 0 && errno == ELOOP)
		return err_set(err, EINVAL, "%s is a symbolic link: a file is right", path);
	if (fd < 0)
		return err_sys(err, errno, "cannot %s %s", flags & O_ACCMODE ? "write" : "read", path);
	if (fstat(fd, &s) == 0 && S_ISREG(s.st_mode))
		return fd;
	close(fd);
	return err_set(err, EINVAL, "%s is no plain file", path);
}

FILE *place_read(const char *path, struct err *err)
{
	int fd = place_open(path, O_RDONLY, true, err);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	if (fd >= 0 && !f) {
		close(fd);
		err_set(err, ENOMEM, "no memory to read %s", path);
	}
	return f;
}

void place_guard(void)
{
	mode_t was = umask(S_IWGRP | S_IWOTH);
	umask(was | S_IWGRP | S_IWOTH);
}
