// SPDX-License-Identifier: BSD-3-Clause
// Datagrams per second through the whole simulator (sources, link, sinks, records) for a UDP star: every UE
// has 20 Mbit/s and 5 ms to the edge and sends 18 Mbit/s of 1400 byte datagrams. The same scenario runs in
// ns-3 where it is installed (bench_ns3, beside this program), and the ratio is printed.
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "sim/sim.h"
#include "tests/unit/sim/sim_star.h"

#define DATAGRAMS 6e6
#define NS3_DATAGRAMS 3e5 // it is slower by far
#define REPETITIONS 3

static double measure(int n_ues)
{
	char text[400];
	double seconds = DATAGRAMS / n_ues / (18e6 / 11200);
	snprintf(text, sizeof(text),
		 "duration: %.3fs\ncell: {delay: 5ms}\n"
		 "ues: {count: %d, arrivals: {kind: none}, traffic: {rate: 18Mbit/s, size: 1400B}}\n",
		 seconds, n_ues);
	struct star star;
	struct err err;
	if (star_open(&star, text, 20e6, &err) < 0) {
		fprintf(stderr, "bench_sim: %s\n", err.text);
		exit(1);
	}
	int64_t begin = clock_now_ns();
	int r = star_run(&star, NULL, NULL, &err);
	double took_s = ns_to_s(clock_now_ns() - begin);
	uint64_t sent = (uint64_t)(seconds * 18e6 / 11200) * (uint64_t)n_ues, got = star.counts.datagrams;
	star_close(&star);
	if (r < 0 || got + (uint64_t)n_ues < sent) {
		fprintf(stderr, "bench_sim: %s\n", r < 0 ? err.text : "datagrams are missing");
		exit(1);
	}
	return (double)got / took_s;
}

// Datagrams per second of bench_ns3, 0 when it was not built.
static double ask_ns3(const char *self, int n_ues)
{
	char path[PATH_MAX], command[PATH_MAX + 64], copy[PATH_MAX];
	snprintf(copy, sizeof(copy), "%s", self);
	snprintf(path, sizeof(path), "%s/bench_ns3", dirname(copy));
	if (access(path, X_OK) < 0)
		return 0;
	snprintf(command, sizeof(command), "'%s' %d %.0f", path, n_ues, NS3_DATAGRAMS);
	FILE *f = popen(command, "r");
	double rate = 0;
	if (!f || fscanf(f, "%lf", &rate) != 1)
		rate = 0;
	if (f)
		pclose(f);
	return rate;
}

int main(int argc, char **argv)
{
	static const int n_ues[] = {1, 10, 100};
	(void)argc;
	for (int i = 0; i < 3; i++) {
		double best = 0;
		for (int k = 0; k < REPETITIONS; k++) {
			double rate = measure(n_ues[i]);
			best = rate > best ? rate : best;
		}
		printf("sim: udp star, %3d UEs: %.2f million packets/s", n_ues[i], best / 1e6);
		double ns3 = ask_ns3(argv[0], n_ues[i]);
		if (ns3 > 0)
			printf("; ns-3: %.0f packets/s, ratio %.1f", ns3, best / ns3);
		printf("\n");
		fflush(stdout);
	}
	return 0;
}
