// SPDX-License-Identifier: BSD-3-Clause
// What a namespace and an interface need so that frames on the wire are what the link model counts. Both
// calls concern the calling thread's namespace. Private to this room.
#pragma once

#include "base/err.h"

// No IPv6 (its autoconfiguration sends frames of its own), TCP starts every connection and every pause
// afresh. Call before an interface appears.
int tuning_sysctls(struct err *err);

// Makes `tcp` the congestion control that sockets have from the start. 1 = done; 0 = it exists, but the
// kernel lets only those of the initial namespace's tcp_allowed_congestion_control be a default here, so a
// route must give it (link_route_congestion_control); or a negative errno.
int tuning_congestion_control(const char *tcp, struct err *err);

// Switches off what would let frames leave without checksums or longer than the MTU: transmit checksum
// offload (af_packet carries the frame before anybody filled it in: TCP and UDP would time out), TSO, GSO and
// GRO. For a veth end: a macvlan keeps claiming checksums and TSO whatever it is told, and its lower device
// does the work instead, so there the lower device is the one to tell.
int tuning_offloads(const char *interface, struct err *err);
