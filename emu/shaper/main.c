// SPDX-License-Identifier: BSD-3-Clause
// airbatch-shaper: the radio link of a run, packet by packet, between two interfaces.
#include <argp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/place.h"
#include "base/privileges.h"
#include "base/version.h"
#include "emu/shaper/eal.h"
#include "emu/shaper/shaper.h"

#include <rte_eal.h> // after ours: DPDK has an NS_PER_S too
#include <rte_version.h>

struct options {
	const char *config;
	bool verbose, probe;
};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct options *options = state->input;
	switch (key) {
	case 'c':
		options->config = text;
		return 0;
	case 'v':
		options->verbose = true;
		return 0;
	case 'p':
		options->probe = true;
		return 0;
	case 'V':
		puts(airbatch_version());
		exit(0);
	case ARGP_KEY_END:
		if (!options->config && !options->probe)
			argp_error(state, "--config FILE is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option known_options[] = {
    {"config", 'c', "FILE", 0, "the ports, the UEs and their links (`airbatch help config`)", 0},
    {"probe", 'p', NULL, 0, "only start DPDK, look for its driver, and say so", 0},
    {"verbose", 'v', NULL, 0, "show DPDK's messages", 0},
    {"version", 'V', NULL, 0, "print the version", 0},
    {0},
};

static const struct argp arguments = {
    .options = known_options,
    .parser = parse_option,
    .doc = "The radio link of a run: takes packets from the trunk port (the UEs) and the edge port, holds "
	   "each as long "
	   "as its UE's link would, and passes it on.\vUsually started by airbatch. Without a supervisor it "
	   "runs "
	   "until SIGINT or SIGTERM and then prints how exact it was.",
};

static void send_captures(const struct shaper *shaper)
{
	struct capture_record record;
	for (size_t i = 0; capture_read_record(shaper->capture, i, &record); i++)
		orders_capture(&shaper->orders, &record);
}

// Its loop changes its priority in turns; captures that go on to new files need what the first ones needed.
static uint64_t needs_later(const struct shaper *shaper)
{
	const struct shaper_config *c = shaper->config;
	uint64_t priority = privileges_of_priority();
	for (size_t i = 0; i < c->n_captures; i++)
		if (c->captures[i].rotate_bytes > 0)
			return priority | PRIVILEGE(CAP_DAC_READ_SEARCH) | PRIVILEGE(CAP_DAC_OVERRIDE);
	return priority;
}

// Returns the exit status. Everything between "I know what to do" and "all records are sent".
static int run(struct shaper *shaper, bool verbose)
{
	struct err err;
	if (shaper_set_up(shaper, verbose, &err) < 0 || privileges_drop(needs_later(shaper), &err) < 0) {
		orders_fail(&shaper->orders, err.text);
		shaper_tear_down(shaper);
		return 1;
	}
	orders_ready(&shaper->orders);
	loop_run(shaper);
	int64_t now = clock_now_ns();
	forward_end(shaper);
	capture_finish(shaper->capture);
	send_captures(shaper);
	upkeep_finish(shaper, now);
	dispatcher_stop(shaper->dispatcher);
	shaper->dispatcher = NULL;
	int status = orders_end(&shaper->orders);
	shaper_tear_down(shaper);
	return status;
}

// For `airbatch doctor`: one line on standard output, or the sentence on standard error. Exit status 0 or 1.
static int probe(bool verbose)
{
	struct err err;
	const struct eal_options options = {.memory_bytes = 16 << 20, .cpu = -1, .verbose = verbose};
	int r = eal_start(&options, &err);
	r = r < 0 ? r : ports_check(&err);
	if (r < 0) {
		log_error("%s", err.text);
		return 1;
	}
	printf("%s started with %s memory, driver af_packet found\n", rte_version(),
	       rte_eal_has_hugepages() ? "huge-page" : "normal");
	eal_stop();
	return 0;
}

int main(int argc, char **argv)
{
	struct options options = {0};
	struct shaper shaper = {.orders = {.channel_fd = -1, .ask_fd = -1}, .latency_fd = -1};
	shaper.ports.trunk.fd = shaper.ports.edge.fd = -1;
	struct err err;
	argp_parse(&arguments, argc, argv, 0, NULL, &options);
	log_open("airbatch-shaper", options.verbose);
	place_guard();
	if (options.probe)
		return probe(options.verbose);
	signal(SIGXFSZ, SIG_IGN); // a capture that may not grow is given up like one on a full disk
	struct shaper_config config;
	if (orders_open(&shaper.orders, &err) < 0 || shaper_config_load(&config, options.config, &err) < 0) {
		orders_fail(&shaper.orders, err.text);
		return 1;
	}
	shaper.config = &config;
	int status = run(&shaper, options.verbose);
	shaper_config_free(&config);
	return status;
}
