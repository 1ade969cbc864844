// SPDX-License-Identifier: BSD-3-Clause
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/place.h"

#define TRIES 100 // a millisecond apart

bool lock_is_at(int fd, const char *path)
{
	struct stat open_file, found;
	return fstat(fd, &open_file) == 0 && lstat(path, &found) == 0 && open_file.st_ino == found.st_ino &&
	       open_file.st_dev == found.st_dev;
}

static bool lock(int fd, bool patient)
{
	for (int i = 0; i < TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (!patient && flock(fd, LOCK_SH | LOCK_NB) < 0)
			return false;
		flock(fd, LOCK_UN);
		usleep(1000);
	}
	return false;
}

int lock_file(int *fd, const char *path, bool patient, struct err *err)
{
	for (;;) {
		*fd = place_open(path, O_RDWR | O_CREAT, false, err);
		if (*fd < 0) {
			int code = *fd;
			*fd = -1;
			return code;
		}
		bool locked = lock(*fd, patient);
		if (locked && lock_is_at(*fd, path))
			return 1;
		close(*fd);
		*fd = -1;
		if (!locked)
			return 0;
	}
}
