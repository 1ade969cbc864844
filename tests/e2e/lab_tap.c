// SPDX-License-Identifier: BSD-3-Clause
#include "tests/e2e/lab_tap.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"

#define SNAP_BYTES 96
#define RING_BYTES (32 << 20)
#define APPARATUS_NICE (-15)
#define BLOCK_MS                                                                                             \
	2 // how long the kernel collects packets before it wakes the reader; their stamps do not wait

struct lab_tap {
	pcap_t *pcap;
	pcap_dumper_t *dump;
	pthread_t thread;
	atomic_bool ending;
	atomic_int_fast64_t newest;
	struct lab_tap_packet *packets;
	size_t n, max;
	unsigned lost;
	bool running;
};

void lab_apparatus(void)
{
	cpu_set_t set;
	size_t last = CPU_SETSIZE;
	if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 1) {
		while (last > 0 && !CPU_ISSET(last - 1, &set))
			last--;
		CPU_CLR(last - 1, &set);
		sched_setaffinity(0, sizeof(set), &set);
	}
	setpriority(PRIO_PROCESS, 0, APPARATUS_NICE); // on Linux: of this thread
	prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

void lab_apparatus_session(void)
{
	FILE *file = setsid() >= 0 ? fopen("/proc/self/autogroup", "w") : NULL;
	if (!file)
		return;
	fprintf(file, "%d", APPARATUS_NICE);
	fclose(file);
}

static void take(u_char *argument, const struct pcap_pkthdr *header, const u_char *data)
{
	struct lab_tap *tap = (struct lab_tap *)argument;
	uint32_t sequence;
	if (tap->n == tap->max || header->caplen < LAB_HEADERS + sizeof(sequence))
		return;
	memcpy(&sequence, data + LAB_HEADERS, sizeof(sequence));
	tap->packets[tap->n++] = (struct lab_tap_packet){
	    .sequence = sequence,
	    .bytes = header->len,
	    .t_ns = (int64_t)header->ts.tv_sec * NS_PER_S + header->ts.tv_usec, // nanoseconds, as asked for
	};
	atomic_store_explicit(&tap->newest, sequence, memory_order_relaxed);
	if (tap->dump)
		pcap_dump((u_char *)tap->dump, header, data);
}

static void *read_packets(void *argument)
{
	struct lab_tap *tap = argument;
	const struct timespec pause = {.tv_nsec = BLOCK_MS * NS_PER_MS};
	int n = 0;
	lab_apparatus();
	while (n >= 0 && (n > 0 || !atomic_load(&tap->ending))) {
		n = pcap_dispatch(tap->pcap, -1, take, (u_char *)tap);
		if (n == 0)
			nanosleep(&pause, NULL);
	}
	return NULL;
}

static int activate(struct lab_tap *tap, const char *file, struct err *err)
{
	struct bpf_program filter;
	char text[32], why[PCAP_ERRBUF_SIZE] = "";
	snprintf(text, sizeof(text), "udp port %d", LAB_PORT);
	tap->pcap = pcap_create("eth0", why);
	if (!tap->pcap)
		return err_set(err, ENODEV, "capture on eth0: %s", why);
	pcap_set_snaplen(tap->pcap, SNAP_BYTES);
	pcap_set_buffer_size(tap->pcap, RING_BYTES);
	pcap_set_timeout(tap->pcap, BLOCK_MS);
	if (pcap_set_tstamp_precision(tap->pcap, PCAP_TSTAMP_PRECISION_NANO) != 0 ||
	    pcap_activate(tap->pcap) < 0 || pcap_setnonblock(tap->pcap, 1, why) < 0 ||
	    pcap_compile(tap->pcap, &filter, text, 1, PCAP_NETMASK_UNKNOWN) < 0)
		return err_set(err, EIO, "capture on eth0: %s%s", pcap_geterr(tap->pcap), why);
	int rc = pcap_setfilter(tap->pcap, &filter);
	pcap_freecode(&filter);
	if (rc < 0)
		return err_set(err, EIO, "capture on eth0: %s", pcap_geterr(tap->pcap));
	if (file && !(tap->dump = pcap_dump_open(tap->pcap, file)))
		return err_set(err, EIO, "%s: %s", file, pcap_geterr(tap->pcap));
	return 0;
}

// libpcap finds the interface in the thread's namespace and keeps it by descriptor: the thread can go home.
static int activate_in(struct lab_tap *tap, const struct lab *lab, const char *node, const char *file,
		       struct err *err)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0 || lab_enter(lab, node) < 0) {
		if (home >= 0)
			close(home);
		return err_set(err, EIO, "cannot enter the namespace of %s", node);
	}
	int rc = activate(tap, file, err);
	if (setns(home, CLONE_NEWNET) < 0)
		abort();
	close(home);
	return rc;
}

struct lab_tap *lab_tap_open(const struct lab *lab, const char *node, enum lab_tap_side side, size_t max,
			     const char *file, struct err *err)
{
	struct lab_tap *tap = calloc(1, sizeof(*tap));
	if (!tap || !(tap->packets = calloc(max, sizeof(*tap->packets)))) {
		free(tap);
		err_set(err, ENOMEM, "no memory for a capture of %zu packets", max);
		return NULL;
	}
	tap->max = max;
	tap->newest = -1;
	if (activate_in(tap, lab, node, file, err) < 0)
		goto fail;
	pcap_setdirection(tap->pcap, side == LAB_TAP_SENT ? PCAP_D_OUT : PCAP_D_IN);
	if (pthread_create(&tap->thread, NULL, read_packets, tap) != 0) {
		err_set(err, EAGAIN, "no thread for a capture");
		goto fail;
	}
	tap->running = true;
	return tap;
fail:
	lab_tap_close(tap);
	return NULL;
}

int64_t lab_tap_newest(const struct lab_tap *tap)
{
	return atomic_load_explicit(&tap->newest, memory_order_relaxed);
}

size_t lab_tap_end(struct lab_tap *tap, const struct lab_tap_packet **packets)
{
	const struct timespec pause = {.tv_nsec = 5 * BLOCK_MS * NS_PER_MS};
	struct pcap_stat stat;
	if (tap->running) {
		nanosleep(&pause, NULL); // the kernel hands out its last block
		atomic_store(&tap->ending, true);
		pthread_join(tap->thread, NULL);
		tap->running = false;
		if (pcap_stats(tap->pcap, &stat) == 0)
			tap->lost = stat.ps_drop;
	}
	*packets = tap->packets;
	return tap->n;
}

unsigned lab_tap_lost(const struct lab_tap *tap)
{
	return tap->lost;
}

void lab_tap_close(struct lab_tap *tap)
{
	const struct lab_tap_packet *packets;
	if (!tap)
		return;
	lab_tap_end(tap, &packets);
	if (tap->dump)
		pcap_dump_close(tap->dump);
	if (tap->pcap)
		pcap_close(tap->pcap);
	free(tap->packets);
	free(tap);
}
