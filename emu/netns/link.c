// SPDX-License-Identifier: BSD-3-Clause
#include "emu/netns/link_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/macvlan.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/neighbour.h>

#define TRANSMIT_QUEUE 10000 // frames; only counts where the kernel puts a queue before the device

static int to_errno(int nl_error)
{
	switch (-nl_error) {
	case NLE_PERM:
	case NLE_NOACCESS:
		return EPERM;
	case NLE_EXIST:
		return EEXIST;
	case NLE_NOMEM:
		return ENOMEM;
	case NLE_OPNOTSUPP:
		return EOPNOTSUPP;
	case NLE_NODEV:
	case NLE_OBJ_NOTFOUND:
		return ENODEV;
	case NLE_INVAL:
		return EINVAL;
	default:
		return EIO;
	}
}

// rc is what libnl returned: negative is a failure. advice may be "".
static int check(int rc, struct err *err, const char *what, const char *name, const char *advice)
{
	if (rc >= 0)
		return 0;
	return err_set(err, to_errno(rc), "cannot %s %s: %s%s", what, name, nl_geterror(rc),
		       rc == -NLE_OPNOTSUPP ? advice : "");
}

static int out_of_memory(struct err *err)
{
	return err_set(err, ENOMEM, "out of memory for a netlink message");
}

int link_socket(struct nl_sock **out, struct err *err)
{
	struct nl_sock *socket = nl_socket_alloc();
	if (!socket)
		return out_of_memory(err);
	int rc = nl_connect(socket, NETLINK_ROUTE);
	if (rc < 0) {
		nl_socket_free(socket);
		return check(rc, err, "open", "a netlink socket", "");
	}
	*out = socket;
	return 0;
}

static int describe_end(struct rtnl_link *link, const struct link_end *end, int mtu)
{
	struct nl_addr *mac = nl_addr_build(AF_LLC, end->mac, 6);
	if (!mac)
		return -1;
	rtnl_link_set_name(link, end->name);
	rtnl_link_set_addr(link, mac);
	rtnl_link_set_mtu(link, (unsigned)mtu);
	rtnl_link_set_txqlen(link, TRANSMIT_QUEUE);
	if (end->ns_fd >= 0)
		rtnl_link_set_ns_fd(link, end->ns_fd);
	nl_addr_put(mac);
	return 0;
}

int link_add_veth(struct nl_sock *socket, const struct link_end *near, const struct link_end *far, int mtu,
		  struct err *err)
{
	struct rtnl_link *link = rtnl_link_veth_alloc();
	if (!link)
		return out_of_memory(err);
	struct rtnl_link *peer = rtnl_link_veth_get_peer(link);
	int rc;
	if (describe_end(link, near, mtu) < 0 || describe_end(peer, far, mtu) < 0)
		rc = out_of_memory(err);
	else
		rc = check(rtnl_link_add(socket, link, NLM_F_CREATE | NLM_F_EXCL), err,
			   "make the veth pair of", near->name, " (the kernel lacks CONFIG_VETH)");
	rtnl_link_put(peer);
	rtnl_link_veth_release(link);
	return rc;
}

int link_add_macvlan(struct nl_sock *socket, int lower, const struct link_end *end, int mtu, struct err *err)
{
	struct rtnl_link *link = rtnl_link_macvlan_alloc();
	if (!link)
		return out_of_memory(err);
	int rc;
	rtnl_link_set_link(link, lower);
	rtnl_link_macvlan_set_mode(link, MACVLAN_MODE_PRIVATE);
	if (describe_end(link, end, mtu) < 0)
		rc = out_of_memory(err);
	else
		rc = check(rtnl_link_add(socket, link, NLM_F_CREATE | NLM_F_EXCL), err, "make the macvlan",
			   end->name, " (the kernel lacks CONFIG_MACVLAN)");
	rtnl_link_put(link);
	return rc;
}

int link_set_up(struct nl_sock *socket, int index, struct err *err)
{
	struct rtnl_link *link = rtnl_link_alloc(), *change = rtnl_link_alloc();
	int rc;
	if (!link || !change) {
		rc = out_of_memory(err);
	} else {
		rtnl_link_set_ifindex(link, index);
		rtnl_link_set_flags(change, IFF_UP);
		rc = check(rtnl_link_change(socket, link, change, 0), err, "switch on", "an interface", "");
	}
	rtnl_link_put(link);
	rtnl_link_put(change);
	return rc;
}

// libnl 3.7 reads this attribute but has no call to write it.
int link_limit_segments(struct nl_sock *socket, int index, struct err *err)
{
	const struct ifinfomsg which = {.ifi_family = AF_UNSPEC, .ifi_index = index};
	struct nl_msg *message = nlmsg_alloc_simple(RTM_NEWLINK, 0);
	if (!message)
		return out_of_memory(err);
	if (nlmsg_append(message, (void *)&which, sizeof(which), NLMSG_ALIGNTO) < 0 ||
	    nla_put_u32(message, IFLA_GSO_MAX_SEGS, 1) < 0) {
		nlmsg_free(message);
		return out_of_memory(err);
	}
	return check(nl_send_sync(socket, message), err, "limit segments of", "an interface",
		     ""); // frees the message
}

static struct nl_addr *ipv4_address(uint32_t ipv4)
{
	uint32_t wire = htonl(ipv4);
	return nl_addr_build(AF_INET, &wire, sizeof(wire));
}

int link_add_address(struct nl_sock *socket, int index, uint32_t ipv4, int prefix, struct err *err)
{
	struct rtnl_addr *entry = rtnl_addr_alloc();
	struct nl_addr *local = ipv4_address(ipv4);
	int rc;
	if (!entry || !local) {
		rc = out_of_memory(err);
	} else {
		rtnl_addr_set_ifindex(entry, index);
		nl_addr_set_prefixlen(local, prefix);
		rc = rtnl_addr_set_local(entry, local);
		if (rc == 0)
			rc = rtnl_addr_add(socket, entry, 0);
		rc = check(rc, err, "add", "an address", "");
	}
	nl_addr_put(local);
	rtnl_addr_put(entry);
	return rc;
}

// libnl's routes hold numbers as metrics only, and this one is a name.
static int fill_route(struct nl_msg *message, int index, uint32_t ipv4, int prefix, const char *tcp)
{
	const struct rtmsg route = {.rtm_family = AF_INET,
				    .rtm_dst_len = (unsigned char)prefix,
				    .rtm_table = RT_TABLE_MAIN,
				    .rtm_protocol = RTPROT_KERNEL,
				    .rtm_scope = RT_SCOPE_LINK,
				    .rtm_type = RTN_UNICAST};
	const uint32_t subnet = htonl(ipv4 & UINT32_MAX << (32 - prefix)), source = htonl(ipv4);
	if (nlmsg_append(message, (void *)&route, sizeof(route), NLMSG_ALIGNTO) < 0 ||
	    nla_put_u32(message, RTA_DST, subnet) < 0 || nla_put_u32(message, RTA_PREFSRC, source) < 0 ||
	    nla_put_s32(message, RTA_OIF, index) < 0)
		return -1;
	struct nlattr *metrics = nla_nest_start(message, RTA_METRICS);
	if (!metrics || nla_put_string(message, RTAX_CC_ALGO, tcp) < 0)
		return -1;
	return nla_nest_end(message, metrics);
}

int link_route_congestion_control(struct nl_sock *socket, int index, uint32_t ipv4, int prefix,
				  const char *tcp, struct err *err)
{
	struct nl_msg *message = nlmsg_alloc_simple(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
	if (!message)
		return out_of_memory(err);
	if (fill_route(message, index, ipv4, prefix, tcp) < 0) {
		nlmsg_free(message);
		return out_of_memory(err);
	}
	return check(nl_send_sync(socket, message), err, "make a route with the congestion control", tcp, "");
}

int link_add_neighbour(struct nl_sock *socket, int index, uint32_t ipv4, const uint8_t mac[6],
		       struct err *err)
{
	struct rtnl_neigh *entry = rtnl_neigh_alloc();
	struct nl_addr *to = ipv4_address(ipv4), *at = nl_addr_build(AF_LLC, mac, 6);
	int rc;
	if (!entry || !to || !at) {
		rc = out_of_memory(err);
	} else {
		rtnl_neigh_set_ifindex(entry, index);
		rtnl_neigh_set_state(entry, NUD_PERMANENT);
		rtnl_neigh_set_dst(entry, to);
		rtnl_neigh_set_lladdr(entry, at);
		rc = check(rtnl_neigh_add(socket, entry, NLM_F_CREATE), err, "add", "a neighbour", "");
	}
	nl_addr_put(to);
	nl_addr_put(at);
	rtnl_neigh_put(entry);
	return rc;
}
