// SPDX-License-Identifier: BSD-3-Clause
#include "base/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

int descriptors_raise(uint64_t need, struct err *err)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return err_sys(err, errno, "cannot read the limit of open files");
	if (limit.rlim_cur >= need)
		return 0;
	if (limit.rlim_max < need)
		return err_set(err, EMFILE,
			       "%llu open files are needed, and %llu are allowed: `ulimit -Hn %llu` as root, "
			       "LimitNOFILE= of "
			       "a service or --ulimit nofile= of a container raises that",
			       (unsigned long long)need, (unsigned long long)limit.rlim_max,
			       (unsigned long long)need);
	limit.rlim_cur = need;
	return setrlimit(RLIMIT_NOFILE, &limit) < 0
		   ? err_sys(err, errno, "cannot raise the limit of open files")
		   : 0;
}

int descriptors_spare(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int descriptors_accept(int listener, int *spare)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0 || (errno != EMFILE && errno != ENFILE) || *spare < 0)
		return fd;
	close(*spare);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0)
		close(fd);
	*spare = descriptors_spare();
	return -1;
}
