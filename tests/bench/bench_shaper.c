// SPDX-License-Identifier: BSD-3-Clause
// How exact airbatch-shaper is on this machine: delay error at 1000 packets/s and rate error at 1, 10 and 100
// Mbit/s, for both loops. "own" is the shaper's account of itself; "end to end" is the kernel's stamp at the
// receiver minus (the sender's clock just before send + model), so it also holds the sender's and receiver's
// stacks.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/quantile.h"
#include "tests/e2e/shaper_lab.h"

#define MAX_ARRIVALS 200000
#define SECONDS 4
#define FRAME 1042

static struct lab_arrival arrivals[MAX_ARRIVALS];
static double errors[MAX_ARRIVALS];
static const char *const config_path = "/tmp/airbatch-bench-shaper.json";

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
	lab_send(ue, -1, 0, frame, (uint32_t)(SECONDS * rate / 8 / frame), each_ms, gap_ns);
	size_t n = lab_receive(edge, arrivals, MAX_ARRIVALS, 500);
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

int main(int argc, char **argv)
{
	struct lab lab;
	static const char *const loops[][2] = {{"ppoll", ""},
					       {"ppoll, 80 us spin", ", \"spin_guard_ns\": 80000"},
					       {"poll on processor 1", ", \"loop\": \"poll\", \"cpu\": 1"}};
	if (lab_open(&lab, 1) != 0)
		return 77;
	prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	for (int i = 0; i < 3; i++) {
		if (argc > 1 && !strstr(loops[i][0], argv[1]))
			continue;
		measure_delay(&lab, loops[i][0], loops[i][1]);
		for (double rate = 1e6; rate <= 100e6; rate *= 10)
			measure_rate(&lab, loops[i][0], loops[i][1], rate);
	}
	lab_close(&lab);
	unlink(config_path);
	return 0;
}
