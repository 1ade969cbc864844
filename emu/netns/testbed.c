// SPDX-License-Identifier: BSD-3-Clause
#include "emu/netns/testbed.h"

#include <errno.h>
#include <net/if.h>
#include <netlink/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "emu/netns/link_private.h"
#include "emu/netns/netns.h"
#include "emu/netns/tuning_private.h"
#include "setup/address.h"

#define AIR_PORT "trunk1"
#define UE_PORT "radio"
#define EDGE_INTERFACE "edge"
#define LOOPBACK_INDEX 1 // in every namespace

struct place {
	int fd;			// the namespace
	struct nl_sock *socket; // in it; only while building
};

struct testbed_net {
	struct testbed_net_config config; // tcp: only while building
	bool tcp_is_default;
	struct place shaper, air, edge;
	struct place *ue; // [config.n_ues]
};

static int check_config(const struct testbed_net_config *c, struct err *err)
{
	if (c->n_ues < 1 || c->n_ues > 65535)
		return err_set(err, EINVAL, "%d UEs: must be from 1 to 65535", c->n_ues);
	if (c->prefix < 8 || c->prefix > 30 || c->n_ues + 1 > (1 << (32 - c->prefix)) - 2)
		return err_set(err, EINVAL, "more UEs than addresses: a /%d cannot hold %d UEs and the edge",
			       c->prefix, c->n_ues);
	return 0;
}

static struct testbed_net *new_net(const struct testbed_net_config *config)
{
	struct testbed_net *net = calloc(1, sizeof(*net));
	struct place *ue = calloc((size_t)config->n_ues, sizeof(*ue));
	if (!net || !ue) {
		free(net);
		free(ue);
		return NULL;
	}
	const struct place nowhere = {.fd = -1};
	*net = (struct testbed_net){
	    .config = *config, .shaper = nowhere, .air = nowhere, .edge = nowhere, .ue = ue};
	for (int i = 0; i < config->n_ues; i++)
		ue[i] = nowhere;
	return net;
}

static void leave_place(struct place *p)
{
	if (p->socket)
		nl_socket_free(p->socket);
	if (p->fd >= 0)
		close(p->fd);
}

void testbed_net_free(struct testbed_net *net)
{
	if (!net)
		return;
	leave_place(&net->shaper);
	leave_place(&net->air);
	leave_place(&net->edge);
	for (int i = 0; i < net->config.n_ues; i++)
		leave_place(&net->ue[i]);
	free(net->ue);
	free(net);
}

// A new namespace with its sysctls set and its loopback up. The thread stays in it.
static int open_place(struct testbed_net *net, struct place *p, struct err *err)
{
	p->fd = netns_new(err);
	if (p->fd < 0)
		return p->fd;
	int rc = netns_enter(p->fd, err);
	if (rc == 0)
		rc = tuning_sysctls(err);
	if (rc == 0)
		rc = tuning_congestion_control(net->config.tcp, err);
	net->tcp_is_default = rc > 0;
	if (rc >= 0)
		rc = link_socket(&p->socket, err);
	return rc < 0 ? rc : link_set_up(p->socket, LOOPBACK_INDEX, err);
}

// Index of an interface in the thread's namespace. (if_nametoindex hides why it failed, such as too many
// descriptors.)
static int index_of(const char *name, struct err *err)
{
	struct ifreq request = {0};
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(err, errno, "cannot open a socket");
	int rc = ioctl(fd, SIOCGIFINDEX, &request) < 0
		     ? err_sys(err, errno, "cannot find the interface %s just made", name)
		     : request.ifr_ifindex;
	close(fd);
	return rc;
}

// Enters a place and switches an interface of it on. Returns its index.
static int switch_on(const struct place *p, const char *interface, struct err *err)
{
	int rc = netns_enter(p->fd, err);
	int index = rc < 0 ? rc : index_of(interface, err);
	if (index < 0)
		return index;
	rc = link_set_up(p->socket, index, err);
	return rc < 0 ? rc : index;
}

// As switch_on, for a host that speaks IP.
static int configure_host(const struct testbed_net *net, const struct place *p, const char *interface,
			  uint32_t ipv4, struct err *err)
{
	int index = switch_on(p, interface, err);
	if (index < 0)
		return index;
	int rc = link_add_address(p->socket, index, ipv4, net->config.prefix, err);
	if (rc == 0 && !net->tcp_is_default)
		rc = link_route_congestion_control(p->socket, index, ipv4, net->config.prefix,
						   net->config.tcp, err);
	return rc < 0 ? rc : index;
}

// The veth pair between shaper and air. Returns the index of air's end.
static int wire_trunk(struct testbed_net *net, struct err *err)
{
	static const uint8_t near_mac[6] = {0x02, 0xab, 0xfe, 0, 0, 1},
			     far_mac[6] = {0x02, 0xab, 0xfe, 0, 0, 2};
	const struct link_end near = {TESTBED_TRUNK, near_mac, -1}, far = {AIR_PORT, far_mac, net->air.fd};
	int rc = link_add_veth(net->shaper.socket, &near, &far, net->config.mtu, err);
	if (rc == 0)
		rc = switch_on(&net->shaper, TESTBED_TRUNK, err);
	int index = rc < 0 ? rc : switch_on(&net->air, AIR_PORT, err);
	if (index < 0)
		return index;
	rc = tuning_offloads(AIR_PORT, err);
	return rc < 0 ? rc : index;
}

// The veth pair between shaper and edge. Returns the index of the edge's end.
static int wire_edge(struct testbed_net *net, struct err *err)
{
	static const uint8_t near_mac[6] = {0x02, 0xab, 0xfe, 0, 0, 3};
	uint8_t far_mac[6];
	address_edge_mac(far_mac);
	const struct link_end near = {TESTBED_EDGE_PORT, near_mac, -1},
			      far = {EDGE_INTERFACE, far_mac, net->edge.fd};
	int rc = link_add_veth(net->shaper.socket, &near, &far, net->config.mtu, err);
	if (rc == 0)
		rc = switch_on(&net->shaper, TESTBED_EDGE_PORT, err);
	int index =
	    rc < 0 ? rc : configure_host(net, &net->edge, EDGE_INTERFACE, testbed_net_edge_ipv4(net), err);
	if (index < 0)
		return index;
	rc = tuning_offloads(EDGE_INTERFACE, err);
	return rc < 0 ? rc : index;
}

// edge_index and air_index: the edge's interface and the macvlans' lower device.
static int wire_ue(struct testbed_net *net, int ue, int air_index, int edge_index, struct err *err)
{
	const struct place *p = &net->ue[ue];
	const uint32_t ipv4 = testbed_net_ue_ipv4(net, ue);
	uint8_t mac[6], edge_mac[6];
	testbed_net_ue_mac(net, ue, mac);
	testbed_net_edge_mac(net, edge_mac);
	const struct link_end end = {UE_PORT, mac, p->fd};
	int rc = link_add_macvlan(net->air.socket, air_index, &end, net->config.mtu, err);
	int index = rc < 0 ? rc : configure_host(net, p, UE_PORT, ipv4, err);
	if (index < 0)
		return index;
	rc = link_limit_segments(p->socket, index, err);
	if (rc == 0)
		rc = link_add_neighbour(p->socket, index, testbed_net_edge_ipv4(net), edge_mac, err);
	if (rc == 0)
		rc = link_add_neighbour(net->edge.socket, edge_index, ipv4, mac, err);
	return rc;
}

static void close_socket(struct place *p)
{
	nl_socket_free(p->socket);
	p->socket = NULL;
}

static int build_ues(struct testbed_net *net, int air_index, int edge_index, struct err *err)
{
	for (int i = 0; i < net->config.n_ues; i++) {
		int rc = open_place(net, &net->ue[i], err);
		if (rc == 0)
			rc = wire_ue(net, i, air_index, edge_index, err);
		if (rc < 0) {
			err_prefix(err, "ue%d", i + 1);
			return rc;
		}
		close_socket(&net->ue[i]);
	}
	return 0;
}

static int build_all(struct testbed_net *net, struct err *err)
{
	struct place *const fixed[] = {&net->shaper, &net->air, &net->edge};
	int rc = 0;
	for (int i = 0; rc == 0 && i < 3; i++)
		rc = open_place(net, fixed[i], err);
	int air_index = rc < 0 ? rc : wire_trunk(net, err);
	int edge_index = air_index < 0 ? air_index : wire_edge(net, err);
	rc = edge_index < 0 ? edge_index : build_ues(net, air_index, edge_index, err);
	for (int i = 0; rc == 0 && i < 3; i++)
		close_socket(fixed[i]);
	return rc;
}

int testbed_net_build(struct testbed_net **out, const struct testbed_net_config *config, struct err *err)
{
	*out = NULL;
	int rc = check_config(config, err);
	if (rc < 0)
		return rc;
	struct testbed_net *net = new_net(config);
	if (!net)
		return err_set(err, ENOMEM, "out of memory");
	int home = netns_here(err);
	rc = home < 0 ? home : build_all(net, err);
	net->config.tcp = NULL;
	if (home >= 0) {
		int back = netns_enter(home, rc < 0 ? NULL : err); // the first sentence counts
		rc = rc < 0 ? rc : back;
		close(home);
	}
	if (rc < 0) {
		testbed_net_free(net);
		return rc;
	}
	*out = net;
	return 0;
}

bool testbed_net_tcp_is_default(const struct testbed_net *net)
{
	return net->tcp_is_default;
}

int testbed_net_n_ues(const struct testbed_net *net)
{
	return net->config.n_ues;
}

int testbed_net_shaper_fd(const struct testbed_net *net)
{
	return net->shaper.fd;
}

int testbed_net_air_fd(const struct testbed_net *net)
{
	return net->air.fd;
}

int testbed_net_edge_fd(const struct testbed_net *net)
{
	return net->edge.fd;
}

int testbed_net_ue_fd(const struct testbed_net *net, int ue)
{
	return net->ue[ue].fd;
}

void testbed_net_edge_mac(const struct testbed_net *net, uint8_t mac[6])
{
	(void)net;
	address_edge_mac(mac);
}

void testbed_net_ue_mac(const struct testbed_net *net, int ue, uint8_t mac[6])
{
	(void)net;
	address_ue_mac(ue, mac);
}

uint32_t testbed_net_edge_ipv4(const struct testbed_net *net)
{
	return address_edge_ipv4(net->config.subnet);
}

uint32_t testbed_net_ue_ipv4(const struct testbed_net *net, int ue)
{
	return address_ue_ipv4(net->config.subnet, ue);
}
