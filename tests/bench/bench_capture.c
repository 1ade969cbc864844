// SPDX-License-Identifier: BSD-3-Clause
// What captures of every point cost the shaper's loop at 20,000 packets/s (each packet is captured three
// times: in, on the radio, out), beside no capture and beside plain pcap_dump called in the loop
// (capture_in_loop.c). In turns, so that a machine that is busy for a while is busy for all. Processor times
// are the loop's thread alone.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/quantile.h"
#include "tests/e2e/shaper_lab.h"

enum { UES = 10, ROUNDS = 5, SECONDS = 3, FRAME = 1042, TICKS = SECONDS * 1000 };
#define PACKETS (TICKS * UES * LINK_DIRS)

enum way { OFF, THREAD, THREAD_PCAPNG, IN_LOOP, WAYS };

static const struct {
	const char *name, *program, *format; // NULL = no capture
} ways[WAYS] = {
    [OFF] = {"no capture", THREAD_PROGRAM, NULL},
    [THREAD] = {"pcap, writer thread", THREAD_PROGRAM, "pcap"},
    [THREAD_PCAPNG] = {"pcapng, writer thread", THREAD_PROGRAM, "pcapng"},
    [IN_LOOP] = {"pcap_dump in the loop", LOOP_PROGRAM, "pcap"},
};

struct figures {
	double share[ROUNDS], call_ns[ROUNDS], p50_us[ROUNDS], p99_us[ROUNDS];
	double worst_ns;	// of all calls
	uint64_t packets, lost; // in all rounds
};

static char folder[] = "/tmp/airbatch-bench-capture-XXXXXX";

static void add_captures(char *text, size_t size, const char *format)
{
	size_t n =
	    (size_t)snprintf(text, size,
			     ", \"captures\": [{\"point\": \"radio\", \"path\": \"%s/radio\", \"format\": "
			     "\"%s\"}, {\"point\": \"edge\", \"path\": \"%s/edge\", \"format\": \"%s\"}",
			     folder, format, folder, format);
	for (int i = 0; i < UES; i++)
		n += (size_t)snprintf(
		    text + n, size - n,
		    ", {\"point\": \"ue\", \"ue\": %d, \"path\": \"%s/ue%d\", \"format\": \"%s\"}", i, folder,
		    i, format);
	snprintf(text + n, size - n, "]");
}

static void send_all(struct lab *lab)
{
	int edge = lab_socket(lab, "edge"), ues[UES];
	for (int i = 0; i < UES; i++) {
		char node[16];
		snprintf(node, sizeof(node), "ue%d", i);
		ues[i] = lab_socket(lab, node);
	}
	int64_t begin = clock_now_ns();
	for (int tick = 0; tick < TICKS; tick++) {
		int64_t early_ns = begin + tick * NS_PER_MS - clock_now_ns();
		if (early_ns > 0)
			usleep((useconds_t)(early_ns / NS_PER_US));
		for (int i = 0; i < UES; i++) {
			lab_send(ues[i], -1, (uint32_t)i, FRAME, 1, 1, 0);
			lab_send(edge, i, (uint32_t)i, FRAME, 1, 1, 0);
		}
	}
	usleep(50000);
	for (int i = 0; i < UES; i++)
		close(ues[i]);
	close(edge);
}

static void read_figures(const struct lab *lab, enum way way, int round, struct figures *f)
{
	const struct accuracy_record *a = &lab->accuracy;
	uint64_t carried = a->delay[ACCURACY_ALL].count, due = ways[way].format ? 3 * carried : 0;
	unsigned long long calls = 0;
	double ns = 0, worst_ns = 0;
	sscanf(lab->text, "timed %llu calls %lf ns worst %lf", &calls, &ns, &worst_ns);
	f->share[round] = ways[way].format ? ns / (double)(a->t_ns - a->since_ns) : 0;
	f->call_ns[round] = ways[way].format ? ns / (double)calls : 0;
	f->worst_ns = ways[way].format && worst_ns > f->worst_ns ? worst_ns : f->worst_ns;
	f->p50_us[round] = (double)a->delay[ACCURACY_ALL].p50_ns / 1e3;
	f->p99_us[round] = (double)a->delay[ACCURACY_ALL].p99_ns / 1e3;
	f->packets += a->capture_packets;
	f->lost += a->capture_packets < due ? due - a->capture_packets : 0;
	if (carried < PACKETS)
		fprintf(stderr, "bench_capture: only %llu of %d packets were carried\n",
			(unsigned long long)carried, PACKETS);
}

static int measure(struct lab *lab, enum way way, int round, struct figures *f)
{
	static char extra[8192];
	char path[64];
	extra[0] = '\0';
	if (ways[way].format)
		add_captures(extra, sizeof(extra), ways[way].format);
	snprintf(path, sizeof(path), "%s/config.json", folder);
	lab_write_config(lab, path, (struct lab_link){100e6, NS_PER_MS, 1 << 20}, extra);
	lab->program = ways[way].program;
	if (lab_start(lab, path) < 0) {
		fprintf(stderr, "bench_capture: %s\n", lab->text);
		return -1;
	}
	send_all(lab);
	lab_stop(lab);
	read_figures(lab, way, round, f);
	return 0;
}

static void print(struct figures figures[WAYS])
{
	double share[WAYS];
	printf("%-22s %14s %12s %12s %12s %12s %10s %6s\n", "20,000 packets/s", "loop's time", "ns a call",
	       "worst us", "delay p50 us", "p99 us", "captured", "lost");
	for (int way = 0; way < WAYS; way++) {
		struct figures *f = &figures[way];
		share[way] = quantile(f->share, ROUNDS, .5);
		printf("%-22s %12.3f %% %12.0f %12.1f %12.1f %12.1f %10llu %6llu\n", ways[way].name,
		       100 * share[way], quantile(f->call_ns, ROUNDS, .5), f->worst_ns / 1e3,
		       quantile(f->p50_us, ROUNDS, .5), quantile(f->p99_us, ROUNDS, .5),
		       (unsigned long long)f->packets, (unsigned long long)f->lost);
	}
	printf("capturing all links costs %.3f %% of the loop's time (at most 2 %% are wanted); pcap_dump in "
	       "the loop %.1f times "
	       "as much\n",
	       100 * share[THREAD], share[IN_LOOP] / share[THREAD]);
}

int main(void)
{
	static struct figures figures[WAYS];
	struct lab lab;
	char command[64];
	if (!mkdtemp(folder) || lab_open(&lab, UES) != 0)
		return 77;
	prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	int failed = 0;
	for (int round = 0; round < ROUNDS && !failed; round++)
		for (int way = 0; way < WAYS && !failed; way++)
			failed = measure(&lab, (enum way)way, round, &figures[way]) < 0;
	lab_close(&lab);
	if (!failed)
		print(figures);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command) != 0 || failed;
}
