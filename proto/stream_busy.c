// SPDX-License-Identifier: BSD-3-Clause
// Apart from stream.c: the kernel's struct tcp_info is longer than that of netinet/tcp.h.
#include "proto/stream.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

int64_t stream_busy_ns(const struct stream *s)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);
	const socklen_t need = offsetof(struct tcp_info, tcpi_busy_time) + sizeof(info.tcpi_busy_time);
	if (getsockopt(stream_fd(s), IPPROTO_TCP, TCP_INFO, &info, &size) < 0 || size < need)
		return -1;
	return (int64_t)info.tcpi_busy_time * 1000;
}
