// SPDX-License-Identifier: BSD-3-Clause
#include "emu/shaper/ports.h"

#include <dirent.h>
#include <errno.h>
#include <link.h>
#include <linux/if_packet.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emu/shaper/rings.h"

#define DESCRIPTORS 512
#define POOL_CACHE 256
#define DRIVER "librte_net_af_packet"

static uint32_t buffer_bytes(uint32_t mtu)
{
	return RTE_PKTMBUF_HEADROOM + rings_wanted(mtu).frame_bytes;
}

size_t ports_memory(const struct shaper_config *config, uint32_t n_buffers)
{
	size_t each = sizeof(struct rte_mbuf) + buffer_bytes(config->mtu) + 128;
	return n_buffers * each + (size_t)n_buffers * 16 + (size_t)32 * 1024 * 1024;
}

// A pool whose buffers may cross page borders: these ports copy, they do no DMA. Without that freedom and
// without huge pages every buffer would take whole 4 KiB pages.
static struct rte_mempool *make_pool(uint32_t n_buffers, uint32_t mtu)
{
	struct rte_pktmbuf_pool_private shape = {.mbuf_data_room_size = (uint16_t)buffer_bytes(mtu)};
	struct rte_mempool *pool = rte_mempool_create_empty(
	    "packets", n_buffers, (unsigned)sizeof(struct rte_mbuf) + buffer_bytes(mtu), POOL_CACHE,
	    sizeof(shape), SOCKET_ID_ANY, RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	if (!pool)
		return NULL;
	rte_pktmbuf_pool_init(pool, &shape);
	if (rte_mempool_populate_default(pool) < 0) {
		rte_mempool_free(pool);
		return NULL;
	}
	rte_mempool_obj_iter(pool, rte_pktmbuf_init, NULL);
	return pool;
}

static int is_driver(struct dl_phdr_info *object, size_t size, void *unused)
{
	(void)size;
	(void)unused;
	return strstr(object->dlpi_name, DRIVER) != NULL;
}

int ports_check(struct err *err)
{
	if (!dl_iterate_phdr(is_driver, NULL))
		return err_set(err, ENOENT,
			       "DPDK's af_packet driver (" DRIVER
			       ".so) is not installed: on Debian it comes with librte-net-"
			       "af-packet23, which libdpdk-dev brings along");
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(
		    err, errno,
		    "the shaper cannot open packet sockets: it needs CAP_NET_RAW in its namespace");
	close(fd);
	return 0;
}

static int check_interface(const char *name, uint32_t mtu, const char *role, struct err *err)
{
	struct ifreq request = {0};
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(err, errno, "cannot open a socket");
	int rc = 0;
	if (ioctl(fd, SIOCGIFMTU, &request) < 0)
		rc = err_sys(err, errno, "%s: interface %s: cannot be used", role, name);
	else if ((uint32_t)request.ifr_mtu > mtu)
		rc = err_set(err, EINVAL,
			     "%s: interface %s has an MTU of %d, the configuration says %u: they must agree",
			     role, name, request.ifr_mtu, mtu);
	else if (ioctl(fd, SIOCGIFFLAGS, &request) == 0 && !(request.ifr_flags & IFF_UP))
		rc = err_set(err, ENETDOWN, "%s: interface %s is down: set it up first", role, name);
	close(fd);
	return rc;
}

// The driver does not tell its socket; it is the packet socket of this process bound to the interface.
static int find_socket(const char *name)
{
	unsigned index = if_nametoindex(name);
	DIR *dir = opendir("/proc/self/fd");
	int found = -1;
	if (!dir)
		return -1;
	for (struct dirent *entry; found < 0 && (entry = readdir(dir));) {
		int fd = atoi(entry->d_name), domain = 0;
		socklen_t size = sizeof(domain);
		struct sockaddr_ll address = {0};
		socklen_t address_size = sizeof(address);
		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_PACKET &&
		    getsockname(fd, (struct sockaddr *)&address, &address_size) == 0 &&
		    address.sll_protocol != 0 && (unsigned)address.sll_ifindex == index)
			found = fd;
	}
	closedir(dir);
	return found;
}

// Whether the kernel hands this socket datagrams as they come, in fragments (fanout.c).
static bool keeps_fragments(int fd)
{
	int group = 0;
	socklen_t size = sizeof(group);
	return getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &group, &size) == 0 && group == 0;
}

// Large bursts must not wait for the receiver's stack to free earlier ones; without the right to force it the
// system's limit holds. Returns what the kernel gave (it counts twice what is asked for).
static int enlarge_send_buffer(int fd)
{
	int bytes = PORT_SEND_BYTES;
	socklen_t size = sizeof(bytes);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	return getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, &size) == 0 ? bytes / 2 : 0;
}

static int start_port(struct port *port, struct rte_mempool *pool)
{
	struct rte_eth_conf conf = {0};
	int rc = rte_eth_dev_configure(port->id, 1, 1, &conf);
	if (rc == 0)
		rc = rte_eth_rx_queue_setup(port->id, 0, DESCRIPTORS, (unsigned)SOCKET_ID_ANY, NULL, pool);
	if (rc == 0)
		rc = rte_eth_tx_queue_setup(port->id, 0, DESCRIPTORS, (unsigned)SOCKET_ID_ANY, NULL);
	if (rc == 0)
		rc = rte_eth_dev_start(port->id);
	return rc;
}

static int attach(struct port *port, const char *role, struct ring_shape ring, struct err *err)
{
	char device[32], args[160];
	snprintf(device, sizeof(device), "net_af_packet_%s", role);
	snprintf(args, sizeof(args), "iface=%s,blocksz=%u,framesz=%u,framecnt=%u", port->name,
		 ring.block_bytes, ring.frame_bytes, ring.frames);
	if (rte_eal_hotplug_add("vdev", device, args) < 0 ||
	    rte_eth_dev_get_port_by_name(device, &port->id) < 0)
		return err_set(err, EIO,
			       "%s: DPDK's af_packet driver does not open interface %s with rings of %u "
			       "frames (--verbose "
			       "shows why)",
			       role, port->name, ring.frames);
	return 0;
}

// The driver does not hand on when the kernel took a packet in, but the kernel writes it into every frame of
// the ring. The driver reads the frames in turn from the first on, one a packet.
static int map_ring(struct port *port, struct ring_shape ring, const char *role, struct err *err)
{
	size_t size = (size_t)2 * ring.frames * ring.frame_bytes; // the sending ring comes behind it
	void *at = mmap(NULL, size, PROT_READ, MAP_SHARED, port->fd, 0);
	if (at == MAP_FAILED)
		return err_sys(err, errno, "%s: cannot map the receive ring of port %s", role, port->name);
	port->ring = at;
	port->ring_bytes = size;
	port->frames = ring.frames;
	port->frame_bytes = ring.frame_bytes;
	port->next = 0;
	return 0;
}

static const struct tpacket2_hdr *frame_at(const struct port *port, uint32_t i)
{
	return (const struct tpacket2_hdr *)(port->ring + (size_t)(i % port->frames) * port->frame_bytes);
}

uint16_t port_peek(const struct port *port, int64_t stamps_ns[], uint16_t most)
{
	uint16_t n = 0;
	for (; n < most && n < port->frames; n++) {
		const struct tpacket2_hdr *frame = frame_at(port, port->next + n);
		if (!(__atomic_load_n(&frame->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
			break;
		stamps_ns[n] = (int64_t)frame->tp_sec * 1000000000LL + frame->tp_nsec;
	}
	return n;
}

uint16_t port_receive(struct port *port, struct rte_mbuf *packets[], uint16_t n)
{
	uint16_t got = n > 0 ? rte_eth_rx_burst(port->id, 0, packets, n) : 0;
	port->next = (port->next + got) % port->frames;
	return got;
}

static int open_port(struct port *port, const char *name, const char *role, uint32_t mtu,
		     const struct ports *ports, struct err *err)
{
	struct ring_shape ring = rings_wanted(mtu);
	int rc = check_interface(name, mtu, role, err);
	if (rc < 0)
		return rc;
	ring.frames = ports->ring_frames;
	snprintf(port->name, sizeof(port->name), "%s", name);
	rc = attach(port, role, ring, err);
	if (rc < 0)
		return rc;
	rc = start_port(port, ports->pool);
	if (rc < 0)
		return err_set(err, -rc, "%s: DPDK does not start port %s: %s", role, name, strerror(-rc));
	port->fd = find_socket(name);
	if (port->fd < 0)
		return err_set(err, ENOENT, "%s: the packet socket of port %s was not found", role, name);
	if (!keeps_fragments(port->fd))
		return err_set(
		    err, EIO,
		    "%s: DPDK's af_packet driver has the kernel reassemble the fragments of port %s: "
		    "a shared DPDK, as distributions have it, lets the shaper prevent that",
		    role, name);
	port->send_bytes = enlarge_send_buffer(port->fd);
	return map_ring(port, ring, role, err);
}

int ports_open(const struct shaper_config *config, uint32_t n_buffers, struct ports *ports, struct err *err)
{
	struct ring_shape ring;
	int rc = rings_lockable(&ring, config->mtu, err);
	if (rc < 0)
		return rc;
	*ports = (struct ports){.trunk = {.fd = -1},
				.edge = {.fd = -1},
				.ring_frames = ring.frames,
				.small_rings = ring.frames < rings_wanted(config->mtu).frames};
	rc = ports_check(err);
	if (rc < 0)
		return rc;
	ports->pool = make_pool(n_buffers, config->mtu);
	if (!ports->pool)
		return err_set(err, rte_errno ? rte_errno : ENOMEM, "no memory for %u packet buffers",
			       n_buffers);
	rc = open_port(&ports->trunk, config->trunk, "trunk", config->mtu, ports, err);
	if (rc == 0)
		rc = open_port(&ports->edge, config->edge, "edge", config->mtu, ports, err);
	return rc;
}

void ports_close(struct ports *ports)
{
	struct port *each[] = {&ports->trunk, &ports->edge};
	for (int i = 0; i < 2; i++) {
		if (each[i]->fd < 0)
			continue;
		if (each[i]->ring)
			munmap((void *)each[i]->ring, each[i]->ring_bytes);
		rte_eth_dev_stop(each[i]->id);
		rte_eth_dev_close(each[i]->id);
		each[i]->fd = -1;
	}
}

uint64_t port_ring_drops(struct port *port)
{
	struct tpacket_stats stats = {0};
	socklen_t size = sizeof(stats);
	// Reading resets the kernel's counts.
	return getsockopt(port->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0 ? stats.tp_drops : 0;
}

uint64_t port_send_errors(const struct port *port)
{
	struct rte_eth_stats stats;
	return rte_eth_stats_get(port->id, &stats) == 0 ? stats.oerrors : 0;
}
