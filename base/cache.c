// SPDX-License-Identifier: BSD-3-Clause
#include "base/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/place.h"

int make_dirs(const char *path, struct err *err)
{
	char part[PATH_MAX];
	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part))
		return err_set(err, ENAMETOOLONG, "the path %.80s... is too long", path);
	for (char *slash = part + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return err_sys(err, errno, "cannot make the folder %s", part);
		*slash = '/';
	}
	if (mkdir(part, 0755) < 0 && errno != EEXIST)
		return err_sys(err, errno, "cannot make the folder %s", part);
	return 0;
}

int cache_path(const char *name, char *path, size_t size, struct err *err)
{
	char folder[PATH_MAX];
	bool at_home = true; // where nobody else can put a link
	const char *own = getenv("AIRBATCH_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	if (own && *own)
		snprintf(folder, sizeof(folder), "%s", own);
	else if (xdg && *xdg)
		snprintf(folder, sizeof(folder), "%s/airbatch", xdg);
	else if (home && *home)
		snprintf(folder, sizeof(folder), "%s/.cache/airbatch", home);
	else
		at_home = snprintf(folder, sizeof(folder), "/tmp/airbatch-%u", (unsigned)getuid()) < 0;
	bool vouched = own && *own; // who names it has looked at it
	int r = vouched ? make_dirs(folder, err) : place_folder(folder, at_home, err);
	if (r < 0)
		return r;
	if (snprintf(path, size, "%s/%s", folder, name) >= (int)size)
		return err_set(err, ENAMETOOLONG, "the path %.80s/%s is too long", folder, name);
	return 0;
}

static int write_all(int fd, const unsigned char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

int write_parts_atomically(const char *path, const struct iovec *parts, int n, struct err *err)
{
	char temporary[PATH_MAX];
	if (snprintf(temporary, sizeof(temporary), "%s.%d.tmp", path, (int)getpid()) >=
	    (int)sizeof(temporary))
		return err_set(err, ENAMETOOLONG, "the path %.80s... is too long", path);
	unlink(temporary); // of a process of this number that was killed
	int fd = place_open(temporary, O_WRONLY | O_CREAT | O_EXCL, false, err);
	if (fd < 0)
		return fd;
	int r = 0;
	for (int i = 0; r == 0 && i < n; i++)
		r = write_all(fd, parts[i].iov_base, parts[i].iov_len);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0) {
		unlink(temporary);
		return err_sys(err, -r, "cannot write %s", path);
	}
	return 0;
}

int write_file_atomically(const char *path, const void *data, size_t size, struct err *err)
{
	return write_parts_atomically(path, &(struct iovec){(void *)data, size}, 1, err);
}
