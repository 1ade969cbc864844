// SPDX-License-Identifier: BSD-3-Clause
#include "emu/netns/losses.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/netns/netns.h"

// The calling thread's namespace.
#define SNMP "/proc/thread-self/net/snmp"
#define NETSTAT "/proc/thread-self/net/netstat"
#define SOCKETS "/proc/thread-self/net/sockstat"
#define INTERFACES "/proc/thread-self/net/dev"

struct counter {
	const char *group, *name, *what;
	bool on_the_wire;
};

// RFC 1213's and Linux's own (Documentation/networking/snmp_counter.rst).
static const struct counter counters[] = {
    {"Ip", "InHdrErrors", "had a broken IP header", true},
    {"Ip", "InDiscards", "were discarded by the receiving IP", true},
    {"Ip", "OutDiscards", "were discarded by the sending IP", true},
    {"IpExt", "InTruncatedPkts", "were cut short", true},
    {"IpExt", "InCsumErrors", "had a wrong IP checksum", true},
    {"Tcp", "InErrs", "had a wrong TCP checksum or header", true},
    {"Udp", "InCsumErrors", "had a wrong UDP checksum", true},
    {"Ip", "InAddrErrors", "were for an address that nobody has here", false},
    {"Ip", "OutNoRoutes", "had no route", false},
    {"Ip", "FragFails", "may not be cut into fragments", false},
    {"Ip", "ReasmFails", "were fragments whose datagram did not become whole", false},
    {"Udp", "NoPorts", "were for a UDP port that no program had open", false},
    {"Udp", "RcvbufErrors", "found their program's UDP receive buffer full", false},
    {"Udp", "SndbufErrors", "found their program's UDP send buffer full", false},
    {"TcpExt", "ListenDrops", "wanted a TCP connection that its program did not take in time", false},
    {"TcpExt", "TCPBacklogDrop", "found their program's TCP backlog full", false},
    {"TcpExt", "TCPRcvQDrop", "found their program's TCP receive buffer full", false},
    {"TcpExt", "RcvPruned", "were pruned from their program's TCP receive buffer", false},
    {"TcpExt", "TCPOFODrop", "found their program's TCP buffer for packets out of order full", false},
    {"TcpExt", "PFMemallocDrop", "found no memory", false},
    {"TcpExt", "IPReversePathFilter", "came from an address that has another way back", false},
};

// The columns of net/dev.
static const struct {
	int column;
	const char *name, *what;
} interface_counters[] = {
    {2, "rx_errors", "were refused by the interface"},
    {3, "rx_dropped", "were dropped by the interface that received them"},
    {10, "tx_errors", "were not sent"},
    {11, "tx_dropped", "found the next interface's receive queue full"},
};

#define COUNTERS (sizeof(counters) / sizeof(counters[0]))
#define INTERFACE_COUNTERS (sizeof(interface_counters) / sizeof(interface_counters[0]))

struct reading {
	const char *node;
	netns_loss_fn found;
	void *user;
};

static void tell(const struct reading *r, const char *group, const char *name, const char *what,
		 uint64_t packets, bool on_the_wire)
{
	char text[64];
	if (packets == 0)
		return;
	snprintf(text, sizeof(text), "%s %s", group, name);
	const struct network_loss loss = {r->node, text, what, packets, on_the_wire};
	r->found(&loss, r->user);
}

static void tell_protocol(const struct reading *r, const char *group, const char *name, uint64_t packets)
{
	for (size_t i = 0; i < COUNTERS; i++)
		if (strcmp(group, counters[i].group) == 0 && strcmp(name, counters[i].name) == 0)
			tell(r, group, name, counters[i].what, packets, counters[i].on_the_wire);
}

// "Ip: names..." and "Ip: values...".
static void read_pair(const struct reading *r, char *names, char *values)
{
	char *name_rest, *value_rest;
	const char *group = strtok_r(names, ": \n", &name_rest), *name;
	const char *value = strtok_r(values, ": \n", &value_rest);
	if (!group || !value || strcmp(group, value) != 0)
		return;
	while ((name = strtok_r(NULL, " \n", &name_rest)) && (value = strtok_r(NULL, " \n", &value_rest)))
		tell_protocol(r, group, name, strtoull(value, NULL, 10));
}

static void read_protocols(const struct reading *r, FILE *file)
{
	char *names = NULL, *values = NULL;
	size_t names_size = 0, values_size = 0;
	while (getline(&names, &names_size, file) > 0 && getline(&values, &values_size, file) > 0)
		read_pair(r, names, values);
	free(names);
	free(values);
}

static void read_interfaces(const struct reading *r, FILE *file)
{
	char line[512], *rest;
	while (fgets(line, sizeof(line), file)) {
		if (!strchr(line, ':'))
			continue; // a heading
		uint64_t columns[16] = {0};
		const char *name = strtok_r(line, ": ", &rest), *value;
		for (int i = 0; i < 16 && (value = strtok_r(NULL, " \n", &rest)); i++)
			columns[i] = strtoull(value, NULL, 10);
		for (size_t i = 0; i < INTERFACE_COUNTERS; i++)
			tell(r, name, interface_counters[i].name, interface_counters[i].what,
			     columns[interface_counters[i].column], true);
	}
}

// The kernel gives a datagram half a minute to become whole; until then it is in no counter of losses.
static void read_waiting_fragments(const struct reading *r, FILE *file)
{
	char line[256];
	uint64_t waiting;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "FRAG: inuse %" SCNu64, &waiting) == 1)
			tell(r, "FRAG", "inuse",
			     "were datagrams of which a fragment was still missing at the end", waiting,
			     false);
}

struct place {
	struct reading reading;
	struct err *err;
};

static int read_file(const struct place *p, const char *path,
		     void (*read)(const struct reading *r, FILE *file))
{
	FILE *file = fopen(path, "re");
	if (!file)
		return err_sys(p->err, errno, "cannot open %s", path);
	read(&p->reading, file);
	fclose(file);
	return 0;
}

static int read_place(void *user)
{
	const struct place *p = user;
	int rc = read_file(p, INTERFACES, read_interfaces);
	rc = rc < 0 ? rc : read_file(p, SNMP, read_protocols);
	rc = rc < 0 ? rc : read_file(p, NETSTAT, read_protocols);
	return rc < 0 ? rc : read_file(p, SOCKETS, read_waiting_fragments);
}

int testbed_net_losses(const struct testbed_net *net, netns_loss_fn found, void *user, struct err *err)
{
	char node[16] = "shaper";
	struct place p = {{node, found, user}, err};
	int rc = netns_run_in(testbed_net_shaper_fd(net), read_place, &p, err);
	snprintf(node, sizeof(node), "air");
	rc = rc < 0 ? rc : netns_run_in(testbed_net_air_fd(net), read_place, &p, err);
	snprintf(node, sizeof(node), "edge");
	rc = rc < 0 ? rc : netns_run_in(testbed_net_edge_fd(net), read_place, &p, err);
	for (int i = 0; rc == 0 && i < testbed_net_n_ues(net); i++) {
		snprintf(node, sizeof(node), "ue%d", i + 1);
		rc = netns_run_in(testbed_net_ue_fd(net, i), read_place, &p, err);
	}
	return rc;
}
