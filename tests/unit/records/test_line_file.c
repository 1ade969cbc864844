// SPDX-License-Identifier: BSD-3-Clause
// A line file holds whole lines, and the first of those that were written.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rng.h"
#include "records/line_file.h"

#define ROOM (1 << 20)

struct lab {
	char path[64];
	char *written, *read; // [ROOM]
	size_t n_written;
};

static int set_up(void **state)
{
	struct lab *l = calloc(1, sizeof(*l));
	l->written = malloc(ROOM);
	l->read = malloc(ROOM);
	strcpy(l->path, "/tmp/line-file-XXXXXX");
	close(mkstemp(l->path));
	*state = l;
	return 0;
}

static int tear_down(void **state)
{
	struct lab *l = *state;
	unlink(l->path);
	free(l->written);
	free(l->read);
	free(l);
	return 0;
}

// What is in the file now: whole lines, the first of what was written.
static size_t check_lines(struct lab *l)
{
	FILE *f = fopen(l->path, "r");
	assert_non_null(f);
	size_t n = fread(l->read, 1, ROOM, f);
	fclose(f);
	assert_true(n <= l->n_written);
	assert_memory_equal(l->read, l->written, n);
	assert_true(n == 0 || l->read[n - 1] == '\n');
	return n;
}

static void put(struct lab *l, FILE *f, const char *text)
{
	size_t n = strlen(text);
	assert_true(l->n_written + n < ROOM);
	memcpy(l->written + l->n_written, text, n);
	l->n_written += n;
	fputs(text, f);
}

static void put_random(struct lab *l, FILE *f, struct rng *rng)
{
	char text[12000];
	// Most are as long as a row of a table, some longer than any buffer.
	size_t n = rng_below(rng, rng_below(rng, 50) ? 200 : sizeof(text) - 1);
	for (size_t i = 0; i < n; i++)
		text[i] = (char)('a' + rng_below(rng, 26));
	if (rng_below(rng, 3) && n > 0)
		text[n - 1] = '\n';
	text[n] = '\0';
	put(l, f, text);
}

static void test_whole_lines_at_every_moment(void **state)
{
	struct lab *l = *state;
	struct err err;
	uint64_t seed = (uint64_t)clock_wall_ns();
	print_message("seed %llu\n", (unsigned long long)seed);
	struct rng *rng = rng_new(seed, 0, RNG_TEST, 0);
	FILE *f = line_file_open(l->path, &err);
	assert_non_null(f);
	for (int i = 0; i < 1500; i++) {
		put_random(l, f, rng);
		bool flush = rng_below(rng, 8) == 0;
		if (flush)
			assert_int_equal(fflush(f), 0);
		size_t n = check_lines(l);
		const char *feed = memrchr(l->written, '\n', l->n_written);
		if (flush) // nothing that has its line feed waits any more
			assert_int_equal(n, feed ? feed + 1 - l->written : 0);
	}
	put(l, f, "the last line needs no line feed");
	assert_int_equal(fclose(f), 0);
	FILE *again = fopen(l->path, "r");
	assert_int_equal(fread(l->read, 1, ROOM, again), l->n_written);
	fclose(again);
	assert_memory_equal(l->read, l->written, l->n_written);
	rng_free(rng);
}

static void row_of_table(char text[128], unsigned i)
{
	snprintf(text, 128, "%u,%u,%u,a row of a table\n", i, i * 7919, i * i);
}

static pid_t fork_writer(const char *path, int ready)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	struct err err;
	char text[128];
	FILE *f = line_file_open(path, &err);
	for (unsigned i = 0; f && i < 1000 * 1000; i++) {
		row_of_table(text, i);
		fputs(text, f);
		if (i == 5000 && write(ready, "x", 1) != 1)
			_exit(1);
	}
	_exit(1);
}

// Whoever dies at any moment leaves the first of what was written. The kernel may cut its last write short
// where a page ends, so the last line alone may lack its end, and then its line feed says so.
static void test_killed_writer(void **state)
{
	struct lab *l = *state;
	int ready[2];
	char x, line[128], row[128];
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork_writer(l->path, ready[1]);
	assert_int_equal(read(ready[0], &x, 1), 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	FILE *f = fopen(l->path, "r");
	unsigned whole = 0;
	bool is_cut = false;
	while (fgets(line, sizeof(line), f)) {
		assert_false(is_cut);
		row_of_table(row, whole);
		is_cut = strcmp(line, row) != 0;
		if (is_cut)
			assert_memory_equal(line, row, strlen(line));
		else
			whole++;
	}
	assert_true(whole > 4000);
	fclose(f);
}

// A file that may not grow, as on a full disk: the stream fails, whole lines stay.
static void test_full_disk(void **state)
{
	struct lab *l = *state;
	struct err err;
	struct rlimit before, limit;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = 10007;
	FILE *f = line_file_open(l->path, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (int i = 0; i < 2000; i++)
		put(l, f, "twenty bytes a line\n");
	bool failed = ferror(f);
	failed = fclose(f) != 0 || failed;
	setrlimit(RLIMIT_FSIZE, &before);
	assert_true(failed);
	size_t n = check_lines(l);
	assert_true(n > 0 && n <= 10007);
}

static void test_no_directory(void **state)
{
	struct err err;
	(void)state;
	assert_null(line_file_open("/nowhere/at/all.csv", &err));
	assert_non_null(strstr(err.text, "cannot write /nowhere/at/all.csv"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_whole_lines_at_every_moment, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_killed_writer, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_full_disk, set_up, tear_down),
	    cmocka_unit_test(test_no_directory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
