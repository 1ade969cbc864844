// SPDX-License-Identifier: BSD-3-Clause
// The network of a run, seen from inside its namespaces: addresses, neighbours, MTU, offloads and congestion
// control are as promised. As root or not.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "emu/netns/netns.h"
#include "emu/netns/testbed.h"

#define SUBNET (198u << 24 | 18u << 16)

static struct testbed_net *build(int n_ues, const char *tcp)
{
	const struct testbed_net_config config = {
	    .n_ues = n_ues, .subnet = SUBNET, .prefix = 16, .mtu = 1400, .tcp = tcp};
	struct testbed_net *net;
	struct err err = {""};
	int64_t start = clock_now_ns();
	if (testbed_net_build(&net, &config, &err) < 0)
		fail_msg("%s", err.text);
	print_message("%d UEs built in %.1f ms\n", n_ues, ns_to_s(clock_now_ns() - start) * 1e3);
	return net;
}

// What one host ought to find in its namespace.
struct host {
	const char *interface;
	uint32_t ipv4, peer;
	uint8_t mac[6], peer_mac[6];
};

static void enter(int fd)
{
	struct err err = {""};
	if (netns_enter(fd, &err) < 0)
		fail_msg("%s", err.text);
}

static struct ifreq ask(int request, const char *interface)
{
	struct ifreq ifr = {0};
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", interface);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rc = ioctl(fd, (unsigned long)request, &ifr);
	close(fd);
	if (rc < 0)
		fail_msg("request 0x%x of %s: %s", request, interface, strerror(errno));
	return ifr;
}

static uint32_t ask_offload(uint32_t command, const char *interface)
{
	struct ethtool_value value = {.cmd = command};
	struct ifreq ifr = {.ifr_data = (char *)&value};
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", interface);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(ioctl(fd, SIOCETHTOOL, &ifr), 0);
	close(fd);
	return value.data;
}

static void check_no_offloads(int fd, const char *interface)
{
	static const uint32_t offloads[] = {ETHTOOL_GTXCSUM, ETHTOOL_GTSO, ETHTOOL_GGSO, ETHTOOL_GGRO};
	enter(fd);
	for (size_t i = 0; i < sizeof(offloads) / sizeof(offloads[0]); i++)
		if (ask_offload(offloads[i], interface))
			fail_msg("%s: offload 0x%x is on", interface, offloads[i]);
}

static void read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	ssize_t n = read(fd, text, size - 1);
	close(fd);
	assert_true(n >= 0);
	text[n] = '\0';
}

static uint32_t ipv4_of(const struct sockaddr *address)
{
	struct sockaddr_in in;
	memcpy(&in, address, sizeof(in));
	return ntohl(in.sin_addr.s_addr);
}

// The peer's line of the ARP table names its MAC, this interface and the flags ATF_COM | ATF_PERM.
static void check_neighbour(const struct host *h)
{
	char start[32], mac[32], line[256], table[8192];
	const uint8_t *m = h->peer_mac;
	const struct in_addr peer = {htonl(h->peer)};
	snprintf(start, sizeof(start), "\n%s ", inet_ntoa(peer));
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	read_text("/proc/thread-self/net/arp", table, sizeof(table));
	const char *at = strstr(table, start);
	assert_non_null(at);
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(at + 1, "\n"), at + 1);
	assert_non_null(strstr(line, mac));
	assert_non_null(strstr(line, h->interface));
	assert_non_null(strstr(line, " 0x6 "));
}

static void check_host(int fd, const struct host *h)
{
	char text[64];
	enter(fd);
	struct ifreq ifr = ask(SIOCGIFADDR, h->interface);
	assert_int_equal(ipv4_of(&ifr.ifr_addr), h->ipv4);
	ifr = ask(SIOCGIFNETMASK, h->interface);
	assert_int_equal(ipv4_of(&ifr.ifr_addr), 0xffff0000u);
	ifr = ask(SIOCGIFHWADDR, h->interface);
	assert_memory_equal(ifr.ifr_hwaddr.sa_data, h->mac, 6);
	assert_int_equal(ask(SIOCGIFMTU, h->interface).ifr_mtu, 1400);
	assert_true(ask(SIOCGIFFLAGS, h->interface).ifr_flags & IFF_UP);
	assert_true(ask(SIOCGIFFLAGS, "lo").ifr_flags & IFF_UP);
	check_neighbour(h);
	read_text("/proc/sys/net/ipv4/tcp_congestion_control", text, sizeof(text));
	assert_string_equal(text, "reno\n");
	read_text("/proc/sys/net/ipv4/tcp_slow_start_after_idle", text, sizeof(text));
	assert_string_equal(text, "0\n");
	if (access("/proc/thread-self/net/if_inet6", F_OK) == 0) {
		read_text("/proc/thread-self/net/if_inet6", text, sizeof(text));
		assert_string_equal(text, ""); // not even ::1
	}
}

static void each_host_is_as_promised(const struct testbed_net *net, int n_ues)
{
	struct err err;
	int home = netns_here(&err);
	assert_true(testbed_net_tcp_is_default(net)); // reno is allowed everywhere
	struct host edge = {.interface = "edge", .ipv4 = SUBNET + 1};
	testbed_net_edge_mac(net, edge.mac);
	check_no_offloads(testbed_net_edge_fd(net), "edge");
	check_no_offloads(testbed_net_air_fd(net), "trunk1"); // it works for the UEs' macvlans
	assert_int_equal(testbed_net_edge_ipv4(net), SUBNET + 1);
	for (int i = 0; i < n_ues; i++) {
		struct host ue = {.interface = "radio", .ipv4 = SUBNET + 2 + (uint32_t)i, .peer = edge.ipv4};
		testbed_net_ue_mac(net, i, ue.mac);
		assert_int_equal(testbed_net_ue_ipv4(net, i), ue.ipv4);
		memcpy(ue.peer_mac, edge.mac, 6);
		check_host(testbed_net_ue_fd(net, i), &ue);
		edge.peer = ue.ipv4;
		memcpy(edge.peer_mac, ue.mac, 6);
		check_host(testbed_net_edge_fd(net), &edge);
	}
	enter(home);
	close(home);
}

static void hosts_have_addresses_neighbours_and_no_offloads(void **state)
{
	(void)state;
	static const int sizes[] = {2, 8, 40};
	for (int i = 0; i < 3; i++) {
		struct testbed_net *net = build(sizes[i], "reno");
		each_host_is_as_promised(net, sizes[i]);
		testbed_net_free(net);
	}
}

static void two_networks_stand_side_by_side(void **state)
{
	(void)state;
	struct testbed_net *a = build(3, "reno"), *b = build(3, "reno");
	each_host_is_as_promised(a, 3);
	each_host_is_as_promised(b, 3);
	testbed_net_free(a);
	each_host_is_as_promised(b, 3);
	testbed_net_free(b);
}

static void mistakes_are_refused_and_the_thread_comes_home(void **state)
{
	(void)state;
	struct testbed_net *net;
	struct err err;
	struct testbed_net_config config = {
	    .n_ues = 2, .subnet = SUBNET, .prefix = 30, .mtu = 1400, .tcp = "reno"};
	char before[64] = "", after[64] = "";
	assert_true(readlink("/proc/thread-self/ns/net", before, sizeof(before) - 1) > 0);
	assert_int_equal(testbed_net_build(&net, &config, &err), -EINVAL);
	assert_string_equal(err.text, "more UEs than addresses: a /30 cannot hold 2 UEs and the edge");
	config.prefix = 16;
	config.tcp = "carrier-pigeon";
	assert_int_equal(testbed_net_build(&net, &config, &err), -ENOENT);
	assert_null(net);
	assert_string_equal(err.text, "this kernel has no TCP congestion control 'carrier-pigeon': see "
				      "net.ipv4.tcp_available_congestion_control");
	assert_true(readlink("/proc/thread-self/ns/net", after, sizeof(after) - 1) > 0);
	assert_string_equal(before, after);
}

static void a_hundred_ues_can_be_built(void **state)
{
	(void)state;
	testbed_net_free(build(100, "reno")); // says how long it took
}

int main(void)
{
	struct err err;
	int fd = netns_enter_user_namespace(&err) < 0 ? -1 : netns_new(&err);
	if (fd < 0) {
		printf("skipped: %s\n", err.text);
		return 77;
	}
	close(fd);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hosts_have_addresses_neighbours_and_no_offloads),
	    cmocka_unit_test(two_networks_stand_side_by_side),
	    cmocka_unit_test(mistakes_are_refused_and_the_thread_comes_home),
	    cmocka_unit_test(a_hundred_ues_can_be_built),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
