// SPDX-License-Identifier: BSD-3-Clause
// The energy meter on a library and a folder that we made: joules = watts x seconds, wraps, and what is
// missing.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "edge/process/energy.h"
#include "tests/disturbed.h"

#define GPU "00000000:c4:00.0"

static char folder[] = "/tmp/airbatch-test-XXXXXX";

static void wait_s(double seconds)
{
	struct timespec t = {(time_t)seconds, (long)(1e9 * (seconds - (double)(time_t)seconds))};
	nanosleep(&t, NULL);
}

static void write_number(int package, const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/intel-rapl:%d", folder, package);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/intel-rapl:%d/%s", folder, package, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "%s\n", text);
	fclose(f);
}

static struct energy_meter *open_meter(const char *executor, const struct energy_places *places)
{
	struct energy_meter *m;
	struct err err;
	if (energy_meter_open(&m, executor, places, &err) < 0)
		fail_msg("%s", err.text);
	return m;
}

// Both kinds over two seconds; a meter and its device look at the clock one after the other.
static bool is_power_times_time(void *user)
{
	const char *const *libraries = user;
	struct energy_meter *m[2];
	struct err err;
	double joules, seconds;
	bool right = true;
	for (int i = 0; i < 2; i++)
		m[i] = open_meter("cuda", &(struct energy_places){.nvml = libraries[i], .gpu = GPU});
	assert_string_equal(energy_meter_describe(m[0]), "nvml: energy counter of Fake GPU");
	assert_string_equal(energy_meter_describe(m[1]), "nvml: power, sampled every 100 ms, of Fake GPU");
	wait_s(2.05);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(energy_meter_read(m[i], &joules, &seconds, &err), 0);
		assert_true(seconds > 2.04);
		double most = i == 0 ? .11 * 40 : 1e-3; // the counter's step
		right = right && joules <= 40 * seconds + 1e-3 && joules >= 40 * seconds - most;
		energy_meter_close(m[i]);
	}
	return right;
}

// 40 W over two seconds and more, by the counter and by samples of the power; another GPU does not count.
static void a_gpus_energy_is_power_times_time(void **state)
{
	(void)state;
	const char *libraries[] = {FAKE_NVML_COUNTER, FAKE_NVML_POWER};
	struct err err;
	double joules, seconds;
	setenv("FAKE_NVML_MW", "40000", 1);
	struct energy_meter *m =
	    open_meter("cuda", &(struct energy_places){.nvml = FAKE_NVML_COUNTER, .gpu = GPU});
	assert_int_equal(energy_meter_read(m, &joules, &seconds, &err), -EAGAIN);
	assert_non_null(strstr(err.text, "too short"));
	energy_meter_close(m);
	disturbed_or_right("a GPU's energy", is_power_times_time, libraries);
}

static void what_a_gpu_cannot_tell_is_said(void **state)
{
	(void)state;
	struct energy_meter *m;
	struct err err;
	double joules, seconds;
	assert_int_equal(energy_meter_open(&m, "cuda",
					   &(struct energy_places){.nvml = "libno-such.so.1", .gpu = GPU},
					   &err),
			 -ENOENT);
	assert_non_null(strstr(err.text, "libno-such.so.1"));
	assert_int_equal(energy_meter_open(&m, "replay", NULL, &err), -ENOENT);
	assert_int_equal(
	    energy_meter_open(&m, "cuda",
			      &(struct energy_places){.nvml = FAKE_NVML_COUNTER, .gpu = "00000000:2b:00.0"},
			      &err),
	    -EIO);
	assert_string_equal(err.text, "NVML: finding the GPU: Not Found");
	assert_int_equal(energy_meter_open(
			     &m, "cuda", &(struct energy_places){.nvml = FAKE_NVML_COUNTER, .gpu = ""}, &err),
			 -ENOENT);
	assert_non_null(strstr(err.text, "on which GPU"));
	setenv("FAKE_NVML_BROKEN", "1", 1);
	assert_int_equal(energy_meter_open(&m, "cuda",
					   &(struct energy_places){.nvml = FAKE_NVML_COUNTER, .gpu = GPU},
					   &err),
			 -EIO);
	unsetenv("FAKE_NVML_BROKEN");
	m = open_meter("cuda", &(struct energy_places){.nvml = FAKE_NVML_POWER, .gpu = GPU});
	setenv("FAKE_NVML_LOST", "1", 1);
	assert_int_equal(energy_meter_read(m, &joules, &seconds, &err), -EIO);
	assert_non_null(strstr(err.text, "reading the power"));
	unsetenv("FAKE_NVML_LOST");
	energy_meter_close(m);
}

// Two packages, one of which wraps between two samples.
static void a_processors_counters_wrap(void **state)
{
	(void)state;
	struct energy_places places = {.powercap = folder};
	struct energy_meter *m;
	struct err err;
	double joules, seconds;
	assert_int_equal(energy_meter_open(&m, "cpu", &places, &err), -ENOENT);
	for (int i = 0; i < 2; i++) {
		write_number(i, "name", i ? "package-1" : "package-0");
		write_number(i, "max_energy_range_uj", "262143328850");
	}
	write_number(0, "energy_uj", "1000000");
	write_number(1, "energy_uj", "262143000000");
	m = open_meter("cpu", &places);
	assert_string_equal(energy_meter_describe(m), "rapl: package-0, package-1");
	write_number(0, "energy_uj", "31000000"); // 30 J
	write_number(1, "energy_uj", "19671150"); // 0.32885 J to the wrap, 19.67115 J after it
	wait_s(2.05);
	assert_int_equal(energy_meter_read(m, &joules, &seconds, &err), 0);
	assert_true(joules > 50 - 1e-6 && joules < 50 + 1e-6);
	energy_meter_close(m);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	char command[64];
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_gpus_energy_is_power_times_time),
	    cmocka_unit_test(what_a_gpu_cannot_tell_is_said),
	    cmocka_unit_test(a_processors_counters_wrap),
	};
	return disturbed_status(cmocka_run_group_tests(tests, set_up, tear_down));
}
