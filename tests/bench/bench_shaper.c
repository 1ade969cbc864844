// SPDX-License-Identifier: BSD-3-Clause
// How exact airbatch-shaper is on this machine: delay error at 1000 packets/s and rate error at 1, 10 and 100
// Mbit/s, for both loops. "own" is the shaper's account of itself; "end to end" is the kernel's stamp at the
// receiver minus (the sender's clock just before send + model), so it also holds the sender's and receiver's
// stacks.
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/quantile.h"
#include "tests/e2e/shaper_lab.h"

#define MAX_ARRIVALS 400000
#define SECONDS 4
#define FRAME 1042

static struct lab_arrival arrivals[MAX_ARRIVALS];
static double errors[MAX_ARRIVALS];
static const char *const config_path = "/tmp/airbatch-bench-shaper.json";

// Receives beside the sender, so that a full receive buffer is not taken for the shaper's loss.
struct receiver {
	pthread_t thread;
	int socket;
	size_t n;
};

static void *receive(void *argument)
{
	struct receiver *receiver = argument;
	receiver->n = lab_receive(receiver->socket, arrivals, MAX_ARRIVALS, 1000);
	return NULL;
}

static void start_receiver(struct receiver *receiver, int socket)
{
	receiver->socket = socket;
	if (pthread_create(&receiver->thread, NULL, receive, receiver) != 0)
		abort();
}

static size_t join_receiver(struct receiver *receiver)
{
	pthread_join(receiver->thread, NULL);
	return receiver->n;
}

static void measure_delay(struct lab *lab, const char *loop, const char *extra)
{
	const double rate = 100e6;
	const int64_t delay_ns = 5 * NS_PER_MS;
	lab_write_config(lab, config_path, (struct lab_link){rate, delay_ns, 1 << 20}, extra);
	if (lab_start(lab, config_path) < 0) {
		fprintf(stderr, "bench_shaper: %s\n", lab->text);
		return;
	}
	int ue = lab_socket(lab, "ue0"), edge = lab_socket(lab, "edge");
	lab_send(ue, -1, 0, FRAME, SECONDS * 1000, 1, NS_PER_MS);
	size_t n = lab_receive(edge, arrivals, MAX_ARRIVALS, 200);
	for (size_t i = 0; i < n; i++)
		errors[i] =
		    (double)(arrivals[i].arrived_ns - arrivals[i].sent_ns - delay_ns) - FRAME * 8e9 / rate;
	lab_stop(lab);
	const struct delay_error *own = &lab->accuracy.delay[LINK_UP];
	printf("%-22s 1000 packets/s: own p50 %5.1f p99 %6.1f p99.9 %7.1f us; end to end p50 %5.1f p99 %6.1f "
	       "us; processor "
	       "%.1f %%; %zu of %d arrived; late %llu\n",
	       loop, (double)own->p50_ns / 1e3, (double)own->p99_ns / 1e3, (double)own->p999_ns / 1e3,
	       quantile(errors, n, .5) / 1e3, quantile(errors, n, .99) / 1e3, 100 * lab->accuracy.cpu_share,
	       n, SECONDS * 1000, (unsigned long long)lab->accuracy.late_polls);
	close(ue);
	close(edge);
}

static void measure_rate(struct lab *lab, const char *loop, const char *extra, double rate)
{
	lab_write_config(lab, config_path, (struct lab_link){rate, NS_PER_MS, 64 << 20}, extra);
	if (lab_start(lab, config_path) < 0) {
		fprintf(stderr, "bench_shaper: %s\n", lab->text);
		return;
	}
	int ue = lab_socket(lab, "ue0"), edge = lab_socket(lab, "edge");
	const uint32_t frame = 1514;
	uint32_t each_ms = (uint32_t)(rate / 8 / frame / 1000 * 1.1) + 1;
	int64_t gap_ns = each_ms == 1 ? (int64_t)(frame * 8e9 / rate / 1.1) : NS_PER_MS;
	struct receiver receiver;
	start_receiver(&receiver, edge);
	lab_send(ue, -1, 0, frame, (uint32_t)(SECONDS * rate / 8 / frame), each_ms, gap_ns);
	size_t n = join_receiver(&receiver);
	lab_stop(lab);
	double seconds = n > 1 ? ns_to_s(arrivals[n - 1].arrived_ns - arrivals[0].arrived_ns) : 1;
	double got = (double)(n - 1) * frame * 8 / seconds;
	printf("%-22s %4.0f Mbit/s: %.6f Mbit/s, error %+.4f %%, over %.2f s, %zu packets; own p50 %.1f p99 "
	       "%.1f us; "
	       "processor %.1f %%\n",
	       loop, rate / 1e6, got / 1e6, 100 * (got / rate - 1), seconds, n,
	       (double)lab->accuracy.delay[LINK_UP].p50_ns / 1e3,
	       (double)lab->accuracy.delay[LINK_UP].p99_ns / 1e3, 100 * lab->accuracy.cpu_share);
	close(ue);
	close(edge);
}

// 100 UEs of 5 Mbit/s each, all with more to send than fits.
static void measure_many(struct lab *lab, const char *loop, const char *extra)
{
	static int sockets[LAB_MAX_UES];
	static int64_t first[LAB_MAX_UES], last[LAB_MAX_UES];
	static uint32_t count[LAB_MAX_UES];
	const double rate = 5e6;
	const uint32_t frame = 1514, ticks = SECONDS * 500;
	const int64_t tick_ns = 2 * NS_PER_MS; // a packet each: 6 Mbit/s
	double worst = 0, sum = 0;
	lab_write_config(lab, config_path, (struct lab_link){rate, 5 * NS_PER_MS, 64 << 10}, extra);
	if (lab_start(lab, config_path) < 0) {
		fprintf(stderr, "bench_shaper: %s\n", lab->text);
		return;
	}
	int edge = lab_socket(lab, "edge");
	for (uint32_t u = 0; u < lab->n_ues; u++) {
		char node[16];
		snprintf(node, sizeof(node), "ue%u", u);
		sockets[u] = lab_socket(lab, node);
		count[u] = 0;
	}
	struct receiver receiver;
	start_receiver(&receiver, edge);
	int64_t begin = clock_now_ns();
	for (uint32_t t = 0; t < ticks; t++) {
		int64_t early_ns = begin + t * tick_ns - clock_now_ns();
		if (early_ns > 0)
			usleep((useconds_t)(early_ns / NS_PER_US));
		for (uint32_t u = 0; u < lab->n_ues; u++)
			lab_send(sockets[u], -1, u, frame, 1, 1, 0);
	}
	double offered = (double)ticks * frame * 8 / ns_to_s(clock_now_ns() - begin);
	size_t n = join_receiver(&receiver);
	lab_stop(lab);
	for (size_t i = 0; i < n; i++) {
		uint32_t u = arrivals[i].ue;
		first[u] = count[u]++ ? first[u] : arrivals[i].arrived_ns;
		last[u] = arrivals[i].arrived_ns;
	}
	for (uint32_t u = 0; u < lab->n_ues; u++) {
		double got = (count[u] - 1) * frame * 8 / ns_to_s(last[u] - first[u]);
		sum += got;
		worst = fabs(got / rate - 1) > worst ? fabs(got / rate - 1) : worst;
		close(sockets[u]);
	}
	close(edge);
	const struct accuracy_record *a = &lab->accuracy;
	printf("%-22s %u UEs x 5 Mbit/s (%.1f offered): %.2f Mbit/s in all, worst UE %.3f %% off; own p50 "
	       "%.1f p99 %.1f us; "
	       "processor %.1f "
	       "%%; ring drops %llu, late %llu, overruns %llu\n",
	       loop, lab->n_ues, offered / 1e6, sum / 1e6, 100 * worst,
	       (double)a->delay[LINK_UP].p50_ns / 1e3, (double)a->delay[LINK_UP].p99_ns / 1e3,
	       100 * a->cpu_share, (unsigned long long)a->rx_ring_drops, (unsigned long long)a->late_polls,
	       (unsigned long long)a->overruns);
}

int main(int argc, char **argv)
{
	struct lab lab;
	static const char *const loops[][2] = {{"ppoll", ""},
					       {"ppoll, no spinning", ", \"spin_share\": 0"},
					       {"ppoll, 80 us spin", ", \"spin_guard_ns\": 80000"},
					       {"poll on processor 1", ", \"loop\": \"poll\", \"cpu\": 1"}};
	if (lab_open(&lab, 1) != 0)
		return 77;
	prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	for (int i = 0; i < 4; i++) {
		if (argc > 1 && !strstr(loops[i][0], argv[1]))
			continue;
		measure_delay(&lab, loops[i][0], loops[i][1]);
		for (int power = 6; power <= 9; power++)
			measure_rate(&lab, loops[i][0], loops[i][1], pow(10, power));
	}
	lab_close(&lab);
	if (lab_open(&lab, 100) != 0)
		return 77;
	measure_many(&lab, loops[0][0], loops[0][1]);
	lab_close(&lab);
	unlink(config_path);
	return 0;
}
