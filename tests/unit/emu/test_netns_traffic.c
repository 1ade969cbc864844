// SPDX-License-Identifier: BSD-3-Clause
// Frames in the network of a run: at rest there are none, without a shaper nothing crosses, and with somebody
// who carries them UDP and TCP work, with complete checksums and within the MTU. As root or not.
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "emu/netns/netns.h"
#include "emu/netns/testbed.h"

#define MTU 1400
#define FRAME (14 + MTU)
#define VOLUME 400000 // bytes each way over TCP

static struct testbed_net *build(int n_ues)
{
	const struct testbed_net_config config = {
	    .n_ues = n_ues, .subnet = 198u << 24 | 18u << 16, .prefix = 16, .mtu = MTU, .tcp = "cubic"};
	struct testbed_net *net;
	struct err err = {""};
	if (testbed_net_build(&net, &config, &err) < 0)
		fail_msg("%s", err.text);
	return net;
}

static void enter(int fd)
{
	struct err err = {""};
	if (netns_enter(fd, &err) < 0)
		fail_msg("%s", err.text);
}

// A UDP socket of a namespace, bound to its address and port 9.
static int udp_socket(int namespace, uint32_t ipv4)
{
	enter(namespace);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(ipv4)};
	assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

// A raw socket on one of the shaper's ports: all it sees, outgoing frames apart.
static int raw_socket(int namespace, const char *interface)
{
	enter(namespace);
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	const struct sockaddr_ll at = {.sll_family = AF_PACKET,
				       .sll_protocol = htons(ETH_P_ALL),
				       .sll_ifindex = (int)if_nametoindex(interface)};
	const int yes = 1;
	assert_int_equal(setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof(yes)), 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static void send_to(int fd, uint32_t ipv4, const char *text)
{
	const struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(ipv4)};
	ssize_t n = sendto(fd, text, strlen(text), 0, (const struct sockaddr *)&to, sizeof(to));
	assert_int_equal(n, strlen(text));
}

static bool readable(int fd, int milliseconds)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	return poll(&p, 1, milliseconds) == 1;
}

// Takes one frame from a port and puts it on the other, as the shaper will.
static ssize_t carry(int from, int to, uint8_t *frame, size_t size)
{
	assert_true(readable(from, 1000));
	ssize_t n = recv(from, frame, size, 0);
	assert_true(n > 0);
	assert_int_equal(send(to, frame, (size_t)n, 0), n);
	return n;
}

static void expect_text(int fd, const char *text)
{
	char got[64] = "";
	assert_true(readable(fd, 1000));
	assert_int_equal(recv(fd, got, sizeof(got) - 1, 0), strlen(text));
	assert_string_equal(got, text);
}

static uint16_t ones_sum(const uint8_t *bytes, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum += (uint32_t)bytes[i] << (i % 2 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

// The checksum of a UDP or TCP frame, pseudo header included, sums to all ones; UDP's is not left out.
static void expect_complete_checksum(const uint8_t *frame)
{
	const uint8_t *ip = frame + 14, *payload = ip + 20;
	assert_int_equal(ip[0], 0x45);
	size_t length = ((size_t)ip[2] << 8 | ip[3]) - 20;
	assert_true(ip[9] == IPPROTO_TCP || (ip[9] == IPPROTO_UDP && (payload[6] || payload[7])));
	uint32_t pseudo = ones_sum(ip + 12, 8, ip[9] + (uint32_t)length);
	assert_int_equal(ones_sum(payload, length, pseudo), 0xffff);
}

static void only_a_shaper_joins_ue_and_edge(void **state)
{
	(void)state;
	struct err err;
	int home = netns_here(&err);
	struct testbed_net *net = build(3);
	int trunk = raw_socket(testbed_net_shaper_fd(net), TESTBED_TRUNK);
	int port = raw_socket(testbed_net_shaper_fd(net), TESTBED_EDGE_PORT);
	int edge = udp_socket(testbed_net_edge_fd(net), testbed_net_edge_ipv4(net));
	int ue[3];
	for (int i = 0; i < 3; i++)
		ue[i] = udp_socket(testbed_net_ue_fd(net, i), testbed_net_ue_ipv4(net, i));
	enter(home);
	assert_false(readable(trunk, 50)); // a quiet network sends nothing of its own
	assert_false(readable(port, 50));

	uint8_t frame[2048], mac[6];
	send_to(ue[1], testbed_net_edge_ipv4(net), "up");
	assert_true(readable(trunk, 1000));
	assert_false(readable(edge, 50));
	ssize_t n = carry(trunk, port, frame, sizeof(frame));
	assert_int_equal(n, 14 + 20 + 8 + 2);
	testbed_net_edge_mac(net, mac);
	assert_memory_equal(frame, mac, 6);
	testbed_net_ue_mac(net, 1, mac);
	assert_memory_equal(frame + 6, mac, 6);
	expect_complete_checksum(frame);
	expect_text(edge, "up");

	send_to(edge, testbed_net_ue_ipv4(net, 2), "down");
	assert_false(readable(ue[2], 50));
	carry(port, trunk, frame, sizeof(frame));
	expect_complete_checksum(frame);
	expect_text(ue[2], "down");
	assert_false(readable(ue[0], 50));
	assert_false(readable(ue[1], 0));
	const int sockets[] = {trunk, port, edge, ue[0], ue[1], ue[2], home};
	for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++)
		close(sockets[i]);
	testbed_net_free(net);
}

static void ues_do_not_hear_each_other(void **state)
{
	(void)state;
	struct err err;
	int home = netns_here(&err);
	struct testbed_net *net = build(2);
	int other = raw_socket(testbed_net_ue_fd(net, 1), "radio");
	int sender = raw_socket(testbed_net_ue_fd(net, 0), "radio");
	enter(home);
	uint8_t frame[60] = {0};
	memset(frame, 0xff, 6); // broadcast, and then to the sibling's own address
	testbed_net_ue_mac(net, 0, frame + 6);
	frame[12] = 0x88; // a protocol for experiments (IEEE 802)
	frame[13] = 0xb5;
	assert_int_equal(send(sender, frame, sizeof(frame), 0), sizeof(frame));
	testbed_net_ue_mac(net, 1, frame);
	assert_int_equal(send(sender, frame, sizeof(frame), 0), sizeof(frame));
	assert_false(readable(other, 100));
	close(other);
	close(sender);
	close(home);
	testbed_net_free(net);
}

// What carries frames between the two ports, and what the UE itself puts on its interface.
struct carrier {
	int trunk, port, radio;
	int frames, longest_on_radio;
};

static void carry_waiting(int from, int to, struct carrier *c)
{
	uint8_t frame[65536];
	for (ssize_t n; (n = recv(from, frame, sizeof(frame), MSG_DONTWAIT)) > 0; c->frames++) {
		assert_in_range(n, 14 + 20, FRAME);
		expect_complete_checksum(frame);
		assert_int_equal(send(to, frame, (size_t)n, 0), n);
	}
}

static void carry_all(struct carrier *c)
{
	uint8_t frame[65536];
	carry_waiting(c->trunk, c->port, c);
	carry_waiting(c->port, c->trunk, c);
	for (ssize_t n; (n = recv(c->radio, frame, sizeof(frame), MSG_DONTWAIT)) > 0;)
		if (n > c->longest_on_radio)
			c->longest_on_radio = (int)n;
}

// One end of the connection, which sends VOLUME bytes of a pattern and expects as many of the other's.
struct end {
	int fd;
	uint8_t key; // byte i of its stream is key * i
	int sent, received;
};

static void advance(struct end *e, const struct end *peer)
{
	uint8_t bytes[4096];
	int room = VOLUME - e->sent < (int)sizeof(bytes) ? VOLUME - e->sent : (int)sizeof(bytes);
	for (int i = 0; i < room; i++)
		bytes[i] = (uint8_t)(e->key * (e->sent + i));
	ssize_t n = send(e->fd, bytes, (size_t)room, MSG_DONTWAIT | MSG_NOSIGNAL);
	e->sent += n > 0 ? (int)n : 0;
	while ((n = recv(e->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		for (int i = 0; i < (int)n; i++)
			assert_int_equal(bytes[i], (uint8_t)(peer->key * e->received++));
}

// Of a connection of somebody who did not ask for it.
static void expect_congestion_control(int fd, const char *want)
{
	char name[16] = "";
	socklen_t size = sizeof(name);
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &size), 0);
	assert_string_equal(name, want);
}

static void connect_through(struct carrier *c, const struct testbed_net *net, struct end *ue,
			    struct end *edge)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons(7070),
				 .sin_addr.s_addr = htonl(testbed_net_edge_ipv4(net))};
	enter(testbed_net_edge_fd(net));
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(listener, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener, 1), 0);
	enter(testbed_net_ue_fd(net, 0));
	ue->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(connect(ue->fd, (const struct sockaddr *)&at, sizeof(at)), -1);
	assert_int_equal(errno, EINPROGRESS);
	int64_t give_up = clock_now_ns() + 10 * NS_PER_S;
	while ((edge->fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) < 0) {
		assert_true(clock_now_ns() < give_up);
		carry_all(c);
	}
	expect_congestion_control(ue->fd, "cubic");
	expect_congestion_control(edge->fd, "cubic");
	print_message("cubic is %s\n", testbed_net_tcp_is_default(net) ? "the default" : "the route's");
	close(listener);
}

static void tcp_flows_both_ways_in_frames_of_the_mtu(void **state)
{
	(void)state;
	struct err err;
	int home = netns_here(&err);
	struct testbed_net *net = build(1);
	struct carrier c = {.trunk = raw_socket(testbed_net_shaper_fd(net), TESTBED_TRUNK),
			    .port = raw_socket(testbed_net_shaper_fd(net), TESTBED_EDGE_PORT),
			    .radio = raw_socket(testbed_net_ue_fd(net, 0), "radio")};
	const int no = 0;
	assert_int_equal(setsockopt(c.radio, SOL_PACKET, PACKET_IGNORE_OUTGOING, &no, sizeof(no)), 0);
	struct end ue = {.key = 7}, edge = {.key = 13};
	connect_through(&c, net, &ue, &edge);
	enter(home);
	int64_t give_up = clock_now_ns() + 20 * NS_PER_S;
	while (ue.received < VOLUME || edge.received < VOLUME) {
		assert_true(clock_now_ns() < give_up);
		advance(&ue, &edge);
		advance(&edge, &ue);
		carry_all(&c);
	}
	print_message("%d frames carried, longest at the UE %d bytes\n", c.frames, c.longest_on_radio);
	assert_int_equal(c.longest_on_radio, FRAME);
	const int sockets[] = {c.trunk, c.port, c.radio, ue.fd, edge.fd, home};
	for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++)
		close(sockets[i]);
	testbed_net_free(net);
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
	    cmocka_unit_test(only_a_shaper_joins_ue_and_edge),
	    cmocka_unit_test(ues_do_not_hear_each_other),
	    cmocka_unit_test(tcp_flows_both_ways_in_frames_of_the_mtu),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
