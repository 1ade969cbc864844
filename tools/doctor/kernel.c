// SPDX-License-Identifier: BSD-3-Clause
// What the kernel has: each is tried in a namespace that nobody else sees.
#include <errno.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/macvlan.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/qdisc/netem.h>
#include <netlink/route/qdisc/tbf.h>
#include <netlink/route/tc.h>
#include <unistd.h>

#include "emu/netns/netns.h"
#include "emu/netns/testbed.h"
#include "tools/doctor/check_private.h"

#define WIRE "doctor0"

static int nl_error(int rc, const char *what, struct err *err)
{
	return rc < 0 ? err_set(err, EIO, "cannot make a %s: %s", what, nl_geterror(rc)) : 0;
}

// A namespace of its own with a veth pair in it; the socket is for more.
static int open_wire(struct nl_sock **socket, struct err *err)
{
	int r = netns_enter_user_namespace(err);
	int fd = r < 0 ? r : netns_new(err);
	r = fd < 0 ? fd : netns_enter(fd, err);
	if (r < 0)
		return r;
	*socket = nl_socket_alloc();
	if (!*socket || nl_connect(*socket, NETLINK_ROUTE) < 0)
		return err_set(err, EIO, "cannot open a netlink socket");
	return nl_error(rtnl_link_veth_add(*socket, WIRE, "doctor1", getpid()), "veth pair", err);
}

static int try_links(struct err *err)
{
	struct nl_sock *socket;
	int r = open_wire(&socket, err);
	if (r < 0)
		return r;
	struct rtnl_link *link = rtnl_link_macvlan_alloc();
	if (!link)
		return err_set(err, ENOMEM, "no memory");
	rtnl_link_set_name(link, "doctor2");
	rtnl_link_set_link(link, (int)if_nametoindex(WIRE));
	return nl_error(rtnl_link_add(socket, link, NLM_F_CREATE), "macvlan", err);
}

// The root discipline of the wire.
static int try_qdisc(const char *kind, void (*set_up)(struct rtnl_qdisc *qdisc), struct err *err)
{
	struct nl_sock *socket;
	int r = open_wire(&socket, err);
	if (r < 0)
		return r;
	struct rtnl_qdisc *qdisc = rtnl_qdisc_alloc();
	if (!qdisc)
		return err_set(err, ENOMEM, "no memory");
	rtnl_tc_set_ifindex(TC_CAST(qdisc), (int)if_nametoindex(WIRE));
	rtnl_tc_set_parent(TC_CAST(qdisc), TC_H_ROOT);
	rtnl_tc_set_kind(TC_CAST(qdisc), kind);
	set_up(qdisc);
	return nl_error(rtnl_qdisc_add(socket, qdisc, NLM_F_CREATE), kind, err);
}

static void set_netem(struct rtnl_qdisc *qdisc)
{
	rtnl_netem_set_limit(qdisc, 100);
	rtnl_netem_set_delay(qdisc, 1000);
}

static void set_tbf(struct rtnl_qdisc *qdisc)
{
	rtnl_qdisc_tbf_set_limit(qdisc, 100000);
	rtnl_qdisc_tbf_set_rate(qdisc, 1000000, 15000, 0);
}

static int try_netem(struct err *err)
{
	return try_qdisc("netem", set_netem, err);
}

static int try_tbf(struct err *err)
{
	return try_qdisc("tbf", set_tbf, err);
}

void check_links(struct finding *f)
{
	struct err err;
	if (doctor_apart(try_links, &err) == 0)
		doctor_find(f, DOCTOR_OK, "", "", "both can be made");
	else
		doctor_find(f, DOCTOR_FAIL, "UEs cannot be attached: `airbatch run` cannot start",
			    "load the kernel modules on the host: modprobe veth macvlan", "%s", err.text);
}

static int build_testbed(struct err *err)
{
	const struct testbed_net_config config = {
	    .n_ues = 2, .subnet = 198u << 24 | 18u << 16, .prefix = 16, .mtu = 1500, .tcp = "cubic"};
	struct testbed_net *net;
	int r = netns_enter_user_namespace(err);
	r = r < 0 ? r : testbed_net_build(&net, &config, err);
	if (r == 0)
		testbed_net_free(net);
	return r;
}

void check_testbed(struct finding *f)
{
	struct err err;
	if (doctor_apart(build_testbed, &err) == 0)
		doctor_find(f, DOCTOR_OK, "", "", "a network of two UEs and an edge was built and removed");
	else
		doctor_find(f, DOCTOR_FAIL, "`airbatch run` cannot start",
			    "see namespaces, veth and macvlan; /proc/sys must be writable", "%s", err.text);
}

static void report_qdisc(struct finding *f, int (*attempt)(struct err *err), const char *remedy)
{
	struct err err;
	if (doctor_apart(attempt, &err) == 0)
		doctor_find(f, DOCTOR_OK, "", "", "there");
	else
		doctor_find(f, DOCTOR_NOTE,
			    "none on a run: only the precision benchmark compares the shaper with it", remedy,
			    "%s", err.text);
}

void check_netem(struct finding *f)
{
	report_qdisc(f, try_netem, "modprobe sch_netem on the host");
}

void check_tbf(struct finding *f)
{
	report_qdisc(f, try_tbf, "modprobe sch_tbf on the host");
}
