// SPDX-License-Identifier: BSD-3-Clause
// DPDK's af_packet driver puts each of its sockets into a fan-out group in which the kernel reassembles IP
// datagrams (PACKET_FANOUT_FLAG_DEFRAG, so that all fragments reach one queue), and has no option against it.
// A link carries fragments, and a reassembled datagram fits no frame of the ring. A port of one queue needs
// no group: the driver, which finds this setsockopt before the C library's, believes to be in one.
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	if (level == SOL_PACKET && name == PACKET_FANOUT)
		return 0;
	return (int)syscall(SYS_setsockopt, fd, level, name, value, size);
}
