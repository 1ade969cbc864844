// SPDX-License-Identifier: BSD-3-Clause
// The network of one run: namespaces, wires and addresses (picture: docs/namespaces.md). Every frame between
// a UE and the edge must pass the shaper, which alone joins `trunk0` and `edge0`: without it nothing crosses.
//
//   ue1..ueN: `radio`, a private macvlan each -> air: `trunk1` --veth-- `trunk0` :shaper: `edge0` --veth--
//   `edge` :edge
//
// Everything is held by descriptors: it vanishes with testbed_net_free or the process, however it dies.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "setup/address.h"

struct testbed_net;

struct testbed_net_config {
	int n_ues;	 // >= 1
	uint32_t subnet; // network address, host byte order; the edge has its first host, ue1 the next, ...
	int prefix;	 // bits; must hold n_ues + 1 hosts
	int mtu;	 // bytes
	const char *tcp; // congestion control; need not outlive the call
};

// Builds it; the calling thread comes home. Holds one descriptor for each UE and three more (mind
// RLIMIT_NOFILE). 0, or a negative errno and a sentence, with nothing left.
int testbed_net_build(struct testbed_net **out, const struct testbed_net_config *config, struct err *err);
void testbed_net_free(struct testbed_net *net);

int testbed_net_n_ues(const struct testbed_net *net);

// Descriptors for netns_enter; owned by net, close-on-exec. UEs count from 0.
int testbed_net_shaper_fd(const struct testbed_net *net);
int testbed_net_air_fd(const struct testbed_net *net);
int testbed_net_edge_fd(const struct testbed_net *net);
int testbed_net_ue_fd(const struct testbed_net *net, int ue);

// Whether `tcp` is the namespaces' default. If not (the kernel allows only what the machine's
// net.ipv4.tcp_allowed_congestion_control lists), connections get it from their route, even where a program
// asks for another one.
bool testbed_net_tcp_is_default(const struct testbed_net *net);

// IPv4 addresses in host byte order.
void testbed_net_edge_mac(const struct testbed_net *net, uint8_t mac[6]);
void testbed_net_ue_mac(const struct testbed_net *net, int ue, uint8_t mac[6]);
uint32_t testbed_net_edge_ipv4(const struct testbed_net *net);
uint32_t testbed_net_ue_ipv4(const struct testbed_net *net, int ue);
