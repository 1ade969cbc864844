// SPDX-License-Identifier: BSD-3-Clause
// The experiment itself: it is deterministic, its CSV conserves energy, its networks are what they are said
// to be, and its placements are those that `airbatch run` draws.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "dnn/network.h"
#include "setup/radio.h"
#include "tools/offline/command.h"
#include "tools/offline/csv.h"
#include "tools/offline/shapes.h"

enum {
	PLACEMENTS = 3,
	COLUMNS = 29,
	COLUMN_POLICY = 13,
	COLUMN_ENERGY = 15,
	COLUMN_COMPUTE = 17,
	COLUMN_SAVING = 20,
	COLUMN_FEASIBLE = 25
};

static struct experiment *run(const struct setting *settings, size_t n, uint64_t seed)
{
	struct err err = {""};
	struct experiment *experiment = experiment_new(settings, n, PLACEMENTS, seed, NULL);
	assert_non_null(experiment);
	if (experiment_run(experiment, NULL, NULL, &err) < 0)
		fail_msg("%s", err.text);
	return experiment;
}

static char *csv_of(const struct experiment *experiment)
{
	const size_t size = 4 << 20;
	char *text = calloc(1, size);
	FILE *out = fmemopen(text, size, "w");
	assert_non_null(out);
	assert_int_equal(experiment_csv(experiment, out), 0);
	fclose(out);
	return text;
}

// Cuts the last column, how long planning took, from every line.
static void drop_plan_time(char *csv)
{
	char *out = csv;
	for (char *line = strtok(csv, "\n"); line; line = strtok(NULL, "\n")) {
		size_t length = (size_t)(strrchr(line, ',') - line);
		memmove(out, line, length);
		out[length] = '\n';
		out += length + 1;
	}
	*out = '\0';
}

static void the_same_seed_gives_the_same_outcomes(void **state)
{
	(void)state;
	size_t n;
	struct setting *all = setting_grid(&n);
	char *text[3];
	for (int i = 0; i < 3; i++) {
		struct experiment *experiment = run(all, 24, i < 2 ? 7 : 8);
		text[i] = csv_of(experiment);
		drop_plan_time(text[i]);
		experiment_free(experiment);
	}
	assert_string_equal(text[0], text[1]);
	assert_string_not_equal(text[0], text[2]);
	for (int i = 0; i < 3; i++)
		free(text[i]);
	free(all);
}

static void check_row(char *line)
{
	char *cells[COLUMNS];
	int n = 0;
	for (char *cell = strtok(line, ","); cell; cell = strtok(NULL, ","))
		cells[n < COLUMNS ? n++ : 0] = cell;
	assert_int_equal(n, COLUMNS);
	double energy = atof(cells[COLUMN_ENERGY]), compute = atof(cells[COLUMN_COMPUTE]);
	double transmit = atof(cells[COLUMN_COMPUTE + 1]), saving = atof(cells[COLUMN_SAVING]);
	assert_true(fabs(energy - compute - transmit) <= 1e-7 * energy);
	assert_true(saving <= 100 && atof(cells[COLUMN_FEASIBLE]) <= 100.0001);
	if (strcmp(cells[COLUMN_POLICY], "eo") != 0) // offloads even when it will be late
		assert_true(saving > -1e-6 || strncmp(cells[COLUMN_POLICY], "j-dob", 5) == 0);
	if (strcmp(cells[COLUMN_POLICY], "lc") == 0)
		assert_true(transmit == 0 && fabs(saving) < 1e-9 && atof(cells[COLUMN_FEASIBLE]) > 99.99);
}

static void every_row_of_the_whole_grid_adds_up(void **state)
{
	(void)state;
	size_t n, rows = 0;
	struct setting *all = setting_grid(&n);
	struct experiment *experiment = run(all, n, 1);
	char *csv = csv_of(experiment), *line = strchr(csv, '\n') + 1;
	for (; *line; rows++) {
		char *end = strchr(line, '\n');
		*end = '\0';
		check_row(line);
		line = end + 1;
	}
	assert_int_equal(rows, n * (size_t)experiment->n_policies);
	free(csv);
	experiment_free(experiment);
	free(all);
}

static void no_two_settings_of_a_question_are_equal(void **state)
{
	(void)state;
	size_t n;
	struct setting *all = setting_grid(&n);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			assert_false(all[i].question == all[k].question && setting_equal(&all[i], &all[k]));
	free(all);
}

// Every UE of the topology stands where the experiment places the user, with its deadline.
static void placements_are_those_of_a_run(void **state)
{
	(void)state;
	struct setting s = setting_default(NETWORK_MOBILENET_V2, .05, .2);
	struct snapshot_job users[MOST_USERS];
	struct experiment_network network;
	struct err err = {""};
	assert_int_equal(experiment_network_open(&network, s.network, s.feature_bits, NULL, &err), 0);
	for (int k = 1; k <= 3; k++) {
		char run_number[16];
		snprintf(run_number, sizeof(run_number), "run=%d", k);
		const char *const set[] = {"ues.count=10", "seed=5", run_number, NULL};
		const struct topology_options options = {.set = set};
		struct topology *t;
		if (topology_load(&t, OFFLINE_TOPOLOGY, &options, &err) < 0)
			fail_msg("%s", err.text);
		assert_int_equal(experiment_place(&s, &network, 5, (uint64_t)k, users, &err), 0);
		struct assembly_config cell;
		struct ue_radio radios[10];
		assert_int_equal(assembly_config_of(&cell, t, &err), 0);
		assert_int_equal(ue_radios(radios, &cell, &err), 0);
		assembly_config_free(&cell);
		for (int m = 0; m < 10; m++) {
			assert_true(fabs(users[m].rate_bps / radios[m].uplink_bps - 1) < 1e-12);
			assert_true(fabs(users[m].deadline_s - 1e-9 * (double)t->ue[m].deadline_ns) < 1e-9);
			assert_true(fabs(users[m].tx_power_w / t->ue[m].tx_power_w - 1) < 1e-12);
			double f_max = t->ue[m].device.f_max_flops;
			assert_true(users[m].device.f_max_flops == f_max &&
				    users[m].device.f_min_flops == t->ue[m].device.f_min_flops);
			assert_true(fabs(users[m].device.kappa * f_max * f_max * f_max -
					 t->ue[m].device.power_max_w) < 1e-9);
		}
		topology_free(t);
	}
	experiment_network_close(&network);
}

static void precision_scales_features_and_not_the_input(void **state)
{
	(void)state;
	struct err err = {""};
	for (int name = 0; name < EXPERIMENT_NETWORKS; name++) {
		struct experiment_network full, small;
		assert_int_equal(
		    experiment_network_open(&full, (enum experiment_network_name)name, 32, NULL, &err), 0);
		assert_int_equal(
		    experiment_network_open(&small, (enum experiment_network_name)name, 8, NULL, &err), 0);
		assert_true(full.seen.cut_bits[0] == small.seen.cut_bits[0]);
		for (int n = 1; n <= full.seen.n_subtasks; n++)
			assert_true(full.seen.cut_bits[n] == 4 * small.seen.cut_bits[n]);
		experiment_network_close(&full);
		experiment_network_close(&small);
	}
}

static void the_networks_have_their_published_sizes(void **state)
{
	(void)state;
	struct err err = {""};
	struct experiment_network net;
	assert_int_equal(experiment_network_open(&net, NETWORK_3DSSD, 32, NULL, &err), 0);
	static const double mbit[] = {2.097, 8.782, 4.293, 4.243, 4.219, .254};
	double work = 0;
	for (int n = 0; n <= net.seen.n_subtasks; n++)
		assert_true(fabs(net.seen.cut_bits[n] / 1e6 - mbit[n]) < 6e-4);
	for (int n = 0; n < net.seen.n_subtasks; n++)
		work += net.seen.work_flop[n];
	assert_true(fabs(work / 2e9 - 15.491) < 5 * .0005); // five published figures, rounded
	assert_true(fabs(experiment_network_run_s(&net.seen, 1) - .04205) < 1e-9);
	experiment_network_close(&net);
	assert_true(experiment_network_open(&net, NETWORK_3DSSD, 32, "x.csv", &err) < 0);
	assert_true(experiment_network_open(&net, NETWORK_3DSSD, 24, NULL, &err) < 0);
	assert_int_equal(experiment_network_open(&net, NETWORK_MOBILENET_V2, 32, NULL, &err), 0);
	assert_true(fabs(experiment_network_run_s(&net.seen, 1) - 5e-3) < 1e-9);
	experiment_network_close(&net);
}

static void the_interval_is_student_s(void **state)
{
	(void)state;
	struct estimate e = estimate_of((double[]){1, 2, 3, 4}, 4);
	assert_true(e.mean == 2.5 && e.low == 1 && e.high == 4);
	assert_true(fabs(e.ci95 - 3.182446 * 1.290994 / 2) < 1e-5); // t(3; 0.975), s = sqrt(5 / 3)
	assert_true(estimate_of((double[]){3}, 1).ci95 == 0);
	assert_true(isnan(estimate_of(NULL, 0).mean));
}

// The command's exit status, its output thrown away.
static int status_of(char *arguments[])
{
	int argc = 0, status;
	while (arguments[argc])
		argc++;
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(99);
		_exit(offline_command(argc, arguments));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void remove_file(const char *directory, const char *name)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_int_equal(unlink(path), 0);
}

static void the_command_writes_its_files_and_refuses_what_is_wrong(void **state)
{
	(void)state;
	char directory[] = "/tmp/airbatch-offline-XXXXXX";
	assert_non_null(mkdtemp(directory));
	assert_int_equal(status_of((char *[]){"offline", "-n", "1", "-P", "-o", directory, NULL}), 0);
	remove_file(directory, "sweep.csv");
	remove_file(directory, "table.md");
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(status_of((char *[]){"offline", "-n", "0", NULL}), 2);
	assert_int_equal(status_of((char *[]){"offline", "--placement=x", NULL}), 2);
	assert_int_equal(status_of((char *[]){"offline", "--profile", "/nowhere.csv", NULL}), 2);
	assert_int_equal(status_of((char *[]){"offline", "-n", "1", "-o", "/dev/null/x", NULL}), 1);
}

static void without_gnuplot_its_scripts_are_there(void **state)
{
	(void)state;
	static const char *const names[] = {"mobilenet-100ms",
					    "mobilenet-50ms-1mhz",
					    "mobilenet-50ms-5mhz",
					    "mobilenet-different",
					    "3dssd-250ms-int8",
					    "3dssd-different",
					    "spread",
					    "edge-power"};
	char directory[] = "/tmp/airbatch-offline-XXXXXX", script[64];
	assert_non_null(mkdtemp(directory));
	char *path = strdup(getenv("PATH"));
	setenv("PATH", directory, 1);
	int status = status_of((char *[]){"offline", "-n", "1", "-o", directory, NULL});
	setenv("PATH", path, 1);
	free(path);
	assert_int_equal(status, 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(script, sizeof(script), "%s.gp", names[i]);
		remove_file(directory, script);
	}
	remove_file(directory, "sweep.csv");
	remove_file(directory, "table.md");
	assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_same_seed_gives_the_same_outcomes),
	    cmocka_unit_test(every_row_of_the_whole_grid_adds_up),
	    cmocka_unit_test(no_two_settings_of_a_question_are_equal),
	    cmocka_unit_test(placements_are_those_of_a_run),
	    cmocka_unit_test(precision_scales_features_and_not_the_input),
	    cmocka_unit_test(the_networks_have_their_published_sizes),
	    cmocka_unit_test(the_interval_is_student_s),
	    cmocka_unit_test(the_command_writes_its_files_and_refuses_what_is_wrong),
	    cmocka_unit_test(without_gnuplot_its_scripts_are_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
