// SPDX-License-Identifier: BSD-3-Clause
#include "tools/sim/command.h"

#include <signal.h>

#include "sim/sim.h"
#include "tools/run/run.h"

static volatile sig_atomic_t signalled;

static void on_signal(int signal)
{
	(void)signal;
	signalled = 1;
}

static int simulate_until_signal(const struct prepared_run *run, struct results *results, struct err *err)
{
	struct sigaction action = {.sa_handler = on_signal,
				   .sa_flags = (int)SA_RESETHAND}; // a second one kills
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return simulate_until(run, results, &signalled, err);
}

int sim_command(int argc, char **argv)
{
	return run_command_with(simulate_until_signal, argc, argv);
}
