// SPDX-License-Identifier: BSD-3-Clause
#include "base/wall.h"

#include <string.h>

#include "base/clock.h"

#define READINGS 10
#define NARROW_NS 200

int64_t wall_offset_ns(void)
{
	int64_t narrowest = INT64_MAX, offset = 0;
	for (int i = 0; i < READINGS && narrowest > NARROW_NS; i++) {
		int64_t before = clock_now_ns(), wall = clock_wall_ns(), width = clock_now_ns() - before;
		if (width >= narrowest)
			continue;
		narrowest = width;
		offset = wall - (before + width / 2);
	}
	return offset;
}

int64_t wall_stamp_ns(struct msghdr *message, int64_t offset_ns)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
			struct timespec t;
			memcpy(&t, CMSG_DATA(c), sizeof(t));
			return t.tv_sec * NS_PER_S + t.tv_nsec - offset_ns;
		}
	return 0;
}
