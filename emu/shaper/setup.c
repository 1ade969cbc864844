// SPDX-License-Identifier: BSD-3-Clause
// Building the shaper's parts, in order, and taking them down.
#include "emu/shaper/shaper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/child.h"
#include "base/priority.h"
#include "emu/shaper/eal.h"

#define SPARE_BUFFERS 4096 // bursts in hand and the pool's cache
#define MAX_BUFFERS 65535  // about 160 MiB at an MTU of 1500
#define MIN_BUFFERS 4096
#define LOOP_NICE (-20)

// What the flow's full queue and its way hold.
static double flow_bytes(const struct shaper *s, uint32_t ue, enum link_dir dir)
{
	return (double)s->config->cell.ues[ue].queue_bytes + assembly_most_flight_bytes(s->assembly, ue, dir);
}

// Buffers the cell may hold: full queues of full-sized packets and what is in flight behind them, twice, as
// small packets fill a queue with more buffers.
static uint32_t buffers_for_cell(const struct shaper *s, double bytes)
{
	const struct shaper_config *config = s->config;
	double buffers = bytes / (.5 * config->mtu);
	uint32_t most = MAX_BUFFERS - SPARE_BUFFERS - (config->n_captures ? CAPTURE_RING : 0);
	if (config->mtu > 2000)
		most /= 4; // each is eight times as large
	return buffers < MIN_BUFFERS ? MIN_BUFFERS : buffers > most ? most : (uint32_t)buffers;
}

// How many there are is *n.
static int share_buffers(struct shaper *s, uint32_t *n, struct err *err)
{
	uint32_t n_flows = s->config->n_ues * LINK_DIRS;
	double *need = calloc(n_flows, sizeof(*need)), bytes = 0;
	for (uint32_t f = 0; need && f < n_flows; f++)
		bytes += need[f] = flow_bytes(s, f / LINK_DIRS, (enum link_dir)(f % LINK_DIRS));
	*n = buffers_for_cell(s, bytes);
	s->shares = need ? shares_new(*n, n_flows, need) : NULL;
	free(need);
	return s->shares ? 0 : err_set(err, ENOMEM, "no memory for %u UEs", s->config->n_ues);
}

static void note(const char *text, void *orders)
{
	orders_note(orders, text);
}

// While the file is open with this in it, idle processors stay in states they leave within 0 us (the kernel's
// PM QoS): a packet after a pause is then as punctual as one in a stream. Root only, and dispensable.
static int keep_processors_awake(void)
{
	const int32_t latency_us = 0;
	int fd = open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, &latency_us, sizeof(latency_us)) != sizeof(latency_us)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void note_priority(const struct shaper *s, bool realtime)
{
	if (!realtime || !s->facts.nice_ok)
		child_note(
		    s->orders.channel_fd, false,
		    "the shaper asked for %s%s%s and may not have it (CAP_SYS_NICE; in a control group of "
		    "version 1 also cpu.rt_runtime_us): expect later deliveries when the machine is busy",
		    s->facts.nice_ok ? "" : "nice -20", s->facts.nice_ok || realtime ? "" : " and ",
		    realtime ? "" : "a real-time priority");
}

// Wake-ups on time: no timer slack, and for the sleeping loop awake processors and the highest priority. (A
// spinning thread at that priority would starve its processor's kernel threads, and is not helped by it.)
static void sharpen(struct shaper *s)
{
	priority_exact_timers();
	s->latency_fd = keep_processors_awake();
	if (s->config->busy_poll) {
		s->facts.nice_ok = true;
		return;
	}
	bool realtime = priority_realtime(PRIORITY_LINK);
	priority_realtime(PRIORITY_NORMAL); // the loop takes it in turns
	s->facts.nice_ok = priority_raise(LOOP_NICE);
	note_priority(s, realtime);
}

static void note_buffers(const struct shaper *s)
{
	const struct ports *p = &s->ports;
	int given = p->trunk.send_bytes < p->edge.send_bytes ? p->trunk.send_bytes : p->edge.send_bytes;
	if (p->small_rings)
		child_note(s->orders.channel_fd, false,
			   "the ports' rings hold only %u packets, as this process may lock no more memory: "
			   "`ulimit -l unlimited`, in a container --ulimit memlock=-1",
			   p->ring_frames);
	if (given < PORT_SEND_BYTES)
		child_note(s->orders.channel_fd, false,
			   "the shaper asked for a send buffer of %d bytes a port, the kernel gave %d "
			   "(net.core.wmem_max): packets of large bursts may wait",
			   PORT_SEND_BYTES, given);
}

static int set_up_ports(struct shaper *s, bool verbose, struct err *err)
{
	uint32_t n_buffers;
	int rc = share_buffers(s, &n_buffers, err);
	if (rc < 0)
		return rc;
	n_buffers = n_buffers + SPARE_BUFFERS + (s->config->n_captures ? CAPTURE_RING : 0);
	struct eal_options eal = {ports_memory(s->config, n_buffers), s->config->cpu, verbose};
	rc = eal_start(&eal, err);
	s->eal_started = rc == 0;
	if (rc == 0)
		rc = ports_open(s->config, n_buffers, &s->ports, err);
	if (rc == 0)
		note_buffers(s);
	return rc;
}

int shaper_set_up(struct shaper *s, bool verbose, struct err *err)
{
	if (!(s->classifier = classifier_new(s->config, err)))
		return -errno;
	int rc = assembly_new(&s->assembly, &s->config->cell, clock_now_ns(), err);
	if (rc < 0)
		return rc;
	s->cell = assembly_cell(s->assembly);
	s->presence = calloc((size_t)s->config->n_ues * LINK_DIRS, sizeof(*s->presence));
	if (!s->presence)
		return err_set(err, ENOMEM, "no memory for %u UEs", s->config->n_ues);
	rc = set_up_ports(s, verbose, err);
	if (rc < 0)
		return rc;
	if (*s->config->counters &&
	    !(s->counters = counters_create(s->config->counters, s->config->n_ues, err)))
		return -errno;
	rc = capture_open(s->config, note, &s->orders, &s->capture, err);
	if (rc < 0)
		return rc;
	rc = asked_open(s, err);
	if (rc < 0)
		return rc;
	s->facts = (struct dispatch_facts){.n_ues = s->config->n_ues,
					   .channel_fd = s->orders.channel_fd,
					   .busy_poll = s->config->busy_poll,
					   .capture = s->capture};
	if (s->orders.channel_fd >= 0) {
		s->dispatcher = dispatcher_start(&s->facts, err);
		rc = s->dispatcher ? stamps_open(s, err) : -errno;
		if (rc < 0)
			return rc;
	}
	sharpen(s); // after the other threads were made, so that they keep the normal priority
	return 0;
}

void shaper_tear_down(struct shaper *s)
{
	dispatcher_stop(s->dispatcher);
	asked_close(s);
	stamps_close(s);
	uint64_t cookie;
	while (s->cell && cell_drain(s->cell, &cookie))
		rte_pktmbuf_free(shaper_packet(cookie));
	ports_close(&s->ports);
	capture_close(s->capture);
	counters_close(s->counters);
	assembly_free(s->assembly);
	classifier_free(s->classifier);
	free(s->presence);
	shares_free(s->shares);
	if (s->latency_fd >= 0)
		close(s->latency_fd);
	if (s->eal_started)
		eal_stop();
}
