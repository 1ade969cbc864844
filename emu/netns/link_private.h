// SPDX-License-Identifier: BSD-3-Clause
// Links, addresses and neighbours over one netlink socket. A socket belongs to the namespace in which it was
// opened and stays there, so the thread can go home and still configure it. Private to this room.
#pragma once

#include <stdint.h>
#include "base/err.h"

struct nl_sock;

// A socket in the calling thread's namespace; freed with nl_socket_free.
int link_socket(struct nl_sock **out, struct err *err);

// One end of a veth pair.
struct link_end {
	const char *name;
	const uint8_t *mac; // 6 bytes
	int ns_fd;	    // namespace it is born in; -1 = the socket's
};

// A veth pair, both ends down.
int link_add_veth(struct nl_sock *socket, const struct link_end *near, const struct link_end *far, int mtu,
		  struct err *err);

// A private macvlan (it hears its lower device, never its siblings) on the socket namespace's device `lower`,
// born in end->ns_fd and down.
int link_add_macvlan(struct nl_sock *socket, int lower, const struct link_end *end, int mtu, struct err *err);

// Switches an interface on.
int link_set_up(struct nl_sock *socket, int index, struct err *err);

// Makes TCP hand this interface one segment at a time, so that no frame on it is longer than the MTU even
// where TSO cannot be switched off (macvlan).
int link_limit_segments(struct nl_sock *socket, int index, struct err *err);

// Addresses in host byte order.
int link_add_address(struct nl_sock *socket, int index, uint32_t ipv4, int prefix, struct err *err);
// Gives the address's subnet a route by which every connection has this TCP congestion control, also one that
// the kernel allows no namespace as its default. It goes before what a program asks with TCP_CONGESTION.
int link_route_congestion_control(struct nl_sock *socket, int index, uint32_t ipv4, int prefix,
				  const char *tcp, struct err *err);
int link_add_neighbour(struct nl_sock *socket, int index, uint32_t ipv4, const uint8_t mac[6],
		       struct err *err);
