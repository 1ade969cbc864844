// SPDX-License-Identifier: BSD-3-Clause
// How exactly airbatch-shaper keeps a rate and a delay, next to the kernel's tbf, htb and netem set to the
// same, on the same machine in the same run, quiet and beside processor hogs. scripts/bench-precision starts
// it.
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/bench/precision/cell.h"
#include "tests/bench/precision/hogs.h"
#include "tests/bench/precision/table.h"
#include "tests/e2e/lab_tap.h"

#define N_HOGS 2
#define DELAY_NS NS_PER_MS // each way, as a topology's default attachment
#define SEED 1
#define SKIPPED 77
#define RATE_ALLOWED 0.005 // of a smoke run

enum plan { PLAN_FULL, PLAN_QUICK, PLAN_SMOKE };

struct run {
	enum plan plan;
	const char *csv_path, *folder, *only;
	FILE *csv;
	struct lab lab;
	bool netem;
};

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
	stop = signal;
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGTERM); // whoever kills the script ends this too
}

static const struct system_config systems[] = {
    {.kind = SYSTEM_SHAPER, .name = "airbatch ppoll"},
    {.kind = SYSTEM_SHAPER, .name = "airbatch poll", .busy_poll = true},
    {.kind = SYSTEM_TBF, .name = "tbf 1600 B"},
    {.kind = SYSTEM_TBF, .name = "tbf 4 ms", .burst_ns = 4 * NS_PER_MS},
    {.kind = SYSTEM_HTB, .name = "htb 1600 B"},
    {.kind = SYSTEM_HTB, .name = "htb 4 ms", .burst_ns = 4 * NS_PER_MS},
    {.kind = SYSTEM_NETEM, .name = "netem"},
};
#define N_SYSTEMS (sizeof(systems) / sizeof(*systems))

static bool is_measured(const struct run *run, const struct system_config *config)
{
	if (run->only && !strstr(config->name, run->only))
		return false;
	if (config->kind == SYSTEM_NETEM)
		return run->netem && run->plan != PLAN_SMOKE;
	if (config->busy_poll && sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return false;
	if (config->burst_ns && system_burst_bytes(config) == SYSTEM_MIN_BURST)
		return false; // the same as the small burst
	return run->plan != PLAN_SMOKE || config->kind == SYSTEM_SHAPER ||
	       (config->kind == SYSTEM_TBF && config->burst_ns);
}

static struct cell make_cell(const struct run *run, const struct system_config *system, double rate_bps,
			     unsigned hogs)
{
	struct cell cell = {
	    .config = *system, .hogs = hogs, .seed = SEED, .folder = run->folder, .stop = &stop};
	cell.config.rate_bps = rate_bps;
	cell.config.delay_ns = DELAY_NS;
	cell.config.queue_bytes = (uint64_t)fmax(64 << 10, rate_bps / 8 * .2);
	// Windows of 10 s are for the shaper under both conditions and for its peers when it is quiet.
	bool ten = run->plan == PLAN_FULL && (!hogs || system->kind == SYSTEM_SHAPER);
	int64_t window_ns = (ten ? 10 : run->plan == PLAN_FULL ? 3 : 1) * NS_PER_S;
	cell.backlog_ns = window_ns + CELL_SKIP_NS + 50 * NS_PER_MS;
	cell.paced_ns = run->plan == PLAN_FULL ? (ten ? 10 : 3) * NS_PER_S : 800 * NS_PER_MS;
	return cell;
}

static int measure(struct run *run, const struct cell *cell)
{
	struct cell_result result;
	struct err err = {0};
	// A smoke run may share its machine: it judges the default loop alone, and looks twice at a bad
	// second.
	bool judged =
	    run->plan == PLAN_SMOKE && cell->config.kind == SYSTEM_SHAPER && !cell->config.busy_poll;
	for (int attempt = 0; attempt < (judged ? 2 : 1); attempt++) {
		if (cell_measure(&run->lab, cell, &result, &err) < 0) {
			fprintf(stderr, "bench-precision: %s: %s\n", cell->config.name, err.text);
			return -1;
		}
		if (fabs(result.rate_1s) < RATE_ALLOWED)
			break;
	}
	table_row(stdout, cell, &result);
	if (run->csv)
		csv_row(run->csv, cell, &result);
	if (judged && !(fabs(result.rate_1s) < RATE_ALLOWED)) {
		fprintf(stderr, "bench-precision: the rate of %s is off by %.3f %%: 0.5 %% are allowed\n",
			cell->config.name, 100 * result.rate_1s);
		return -1;
	}
	return 0;
}

static int measure_rate(struct run *run, double rate_bps, unsigned hogs)
{
	for (size_t i = 0; i < N_SYSTEMS && !stop; i++) {
		struct cell cell = make_cell(run, &systems[i], rate_bps, hogs);
		if (is_measured(run, &cell.config) && measure(run, &cell) < 0)
			return -1;
	}
	return 0;
}

static int measure_condition(struct run *run, unsigned n_hogs)
{
	static const double rates[] = {1e6, 10e6, 100e6};
	struct hogs hogs = {0};
	struct err err = {0};
	int rc = 0;
	if (hogs_start(&hogs, n_hogs, &err) < 0) {
		fprintf(stderr, "bench-precision: %s\n", err.text);
		return -1;
	}
	for (int i = 0; i < 3 && rc == 0 && !stop; i++)
		if (run->plan != PLAN_SMOKE || i == 1)
			rc = measure_rate(run, rates[i], n_hogs);
	hogs_end(&hogs);
	return rc;
}

static int measure_all(struct run *run)
{
	run->lab.own_session = true;
	run->netem = system_has_netem(&run->lab);
	printf("one UE, payloads of 64 to 1448 bytes, airbatch and netem with %.0f ms of delay; %ld "
	       "processors%s\n\n",
	       (double)DELAY_NS / 1e6, sysconf(_SC_NPROCESSORS_ONLN),
	       run->netem ? "" : "; this kernel has no netem: left out");
	table_header(stdout);
	int rc = measure_condition(run, 0);
	if (rc == 0 && !stop && run->plan != PLAN_SMOKE)
		rc = measure_condition(run, N_HOGS);
	if (stop)
		fprintf(stderr, "bench-precision: stopped\n");
	else if (rc == 0)
		table_legend(stdout);
	return rc == 0 && !stop ? 0 : 1;
}

static int usage(int status)
{
	fprintf(status ? stderr : stdout,
		"usage: scripts/bench-precision [--quick] [--only TEXT] [--csv FILE] [--captures FOLDER]\n"
		"  (nothing)          nine minutes: windows of 1 s and 10 s, 10 s of delays a line\n"
		"  --quick            80 seconds: one window of 1 s, 0.8 s of delays a line\n"
		"  --smoke            some seconds: whether it works and the shaper's rate is within 0.5 %%\n"
		"  --only TEXT        the shapers whose name holds TEXT: \"airbatch\", \"poll\", \"tbf\"\n"
		"  --csv FILE         the table as CSV too\n"
		"  --captures FOLDER  keeps the captures (the first 96 bytes of each packet)\n");
	return status;
}

static int read_options(int argc, char **argv, struct run *run)
{
	static const struct option options[] = {{"quick", no_argument, NULL, 'q'},
						{"smoke", no_argument, NULL, 's'},
						{"only", required_argument, NULL, 'o'},
						{"csv", required_argument, NULL, 'c'},
						{"captures", required_argument, NULL, 'p'},
						{"help", no_argument, NULL, 'h'},
						{0}};
	int option;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'q')
			run->plan = PLAN_QUICK;
		else if (option == 's')
			run->plan = PLAN_SMOKE;
		else if (option == 'o')
			run->only = optarg;
		else if (option == 'c')
			run->csv_path = optarg;
		else if (option == 'p')
			run->folder = optarg;
		else
			return usage(option == 'h' ? 0 : 2);
	}
	return optind < argc ? usage(2) : -1;
}

static int open_outputs(struct run *run)
{
	if (run->folder && mkdir(run->folder, 0777) < 0 && errno != EEXIST) {
		fprintf(stderr, "bench-precision: %s: %s\n", run->folder, strerror(errno));
		return -1;
	}
	if (!run->csv_path)
		return 0;
	run->csv = fopen(run->csv_path, "w");
	if (!run->csv) {
		fprintf(stderr, "bench-precision: %s: %s\n", run->csv_path, strerror(errno));
		return -1;
	}
	csv_header(run->csv);
	return 0;
}

int main(int argc, char **argv)
{
	static struct run run;
	int status = read_options(argc, argv, &run);
	if (status >= 0)
		return status;
	if (geteuid() != 0) {
		fprintf(stderr, "bench-precision: needs root: it makes network namespaces, raises priorities "
				"and captures\n");
		return SKIPPED;
	}
	catch_signals();
	lab_apparatus_session();
	if (open_outputs(&run) < 0)
		return 2;
	if (lab_open(&run.lab, 1) == 0)
		status = measure_all(&run);
	else
		status = SKIPPED;
	lab_close(&run.lab);
	if (run.csv)
		fclose(run.csv);
	return status;
}
