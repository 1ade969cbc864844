// SPDX-License-Identifier: BSD-3-Clause
// Directories of runs: whoever claims one has it alone, and nothing in it is lost but what a run left.
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/output.h"
#include "records/claim.h"
#include "records/run_files.h"

static int enter(void **state)
{
	static char template[] = "/tmp/airbatch-claim-XXXXXX";
	strcpy(template + strlen(template) - 6, "XXXXXX");
	*state = template;
	return mkdtemp(template) ? chdir(template) : -1;
}

static int remove_entry(const char *path, const struct stat *s, int type, struct FTW *where)
{
	(void)s;
	(void)type;
	(void)where;
	return remove(path);
}

static int leave(void **state)
{
	return chdir("/") < 0 || nftw(*state, remove_entry, 16, FTW_DEPTH | FTW_PHYS) < 0;
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0 && fclose(f) == 0);
}

static bool is_there(const char *path)
{
	struct stat s;
	return lstat(path, &s) == 0;
}

static void refuses(const char *path, bool overwrite, int code, const char *word)
{
	struct run_claim c;
	struct err err;
	assert_int_equal(run_claim(&c, path, overwrite, &err), -code);
	if (!strstr(err.text, word))
		fail_msg("'%s' does not name %s", err.text, word);
}

// A run that came and went, with every file that the table knows.
static void live_through(const char *path)
{
	static const char *const files[] = {"summary.json",    "tasks.csv", "radio.1.pcapng",	  "ue12.pcap",
					    "profile-a-2.csv", "log.txt",   "summary.json.77.tmp"};
	struct run_claim c;
	struct err err;
	char file[200];
	assert_int_equal(run_claim(&c, path, false, &err), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		assert_true(run_file_is(files[i]));
		snprintf(file, sizeof(file), "%s/%s", path, files[i]);
		put(file, "{\"format\": 1}");
	}
	snprintf(file, sizeof(file), "%s/config", path);
	mkdir(file, 0755);
	snprintf(file, sizeof(file), "%s/config/ue3.json", path);
	put(file, "{}");
	run_claim_release(&c, true);
}

static void test_ten_at_once_are_ten(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		if (fork() == 0) {
			struct run_claim c;
			struct err err;
			_exit(run_claim_new(&c, "runs/same", &err) < 0 ||
			      (run_claim_release(&c, true), false));
		}
	for (int status, i = 0; i < 10; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_true(is_there("runs/same/.run"));
	for (int i = 2; i <= 10; i++) {
		char path[40];
		snprintf(path, sizeof(path), "runs/same-%d/.run", i);
		assert_true(is_there(path));
	}
	assert_false(is_there("runs/same-11"));
}

static void test_one_run_at_a_time(void **state)
{
	(void)state;
	struct run_claim c;
	struct err err;
	assert_int_equal(run_claim(&c, "run", false, &err), 0);
	refuses("run", false, EEXIST, "living");
	refuses("run", true, EEXIST, "living");
	run_claim_release(&c, false);
	assert_false(is_there("run"));
}

static void test_records_stay_unless_overwritten(void **state)
{
	(void)state;
	struct run_claim c;
	struct err err;
	live_through("run");
	refuses("run", false, EEXIST, "--overwrite");
	assert_true(is_there("run/summary.json"));
	assert_int_equal(run_claim(&c, "run", true, &err), 0);
	assert_true(is_there("run/summary.json")); // until the new run has something to record
	run_claim_release(&c, false);
	assert_true(is_there("run/config/ue3.json"));
	assert_int_equal(run_claim(&c, "run", true, &err), 0);
	assert_int_equal(run_claim_clear(&c, &err), 0);
	run_claim_release(&c, false);
	assert_true(is_there("run"));
	assert_false(is_there("run/config") || is_there("run/summary.json") || is_there("run/ue12.pcap"));
}

static void test_nothing_else_is_overwritten(void **state)
{
	(void)state;
	static const char *const foreign[] = {"notes.txt", ".hidden",	    "my.pcap",
					      "uex.pcap",  "tasks.csv.bak", "sub",
					      "ue0.pcap",  "profile-.csv",  "config/mine.json"};
	char path[64];
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		live_through("run");
		snprintf(path, sizeof(path), "run/%s", foreign[i]);
		put(path, "mine");
		refuses("run", true, EEXIST, foreign[i]);
		refuses("run", false, EEXIST, foreign[i]);
		assert_true(is_there(path) && is_there("run/summary.json"));
		nftw("run", remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	}
	live_through("run");
	assert_int_equal(unlink("run/tasks.csv"), 0);
	put("precious", "mine");
	assert_int_equal(symlink("../precious", "run/tasks.csv"), 0);
	refuses("run", true, EEXIST, "tasks.csv");
}

// Names alone do not make a run.
static void test_a_run_is_told_by_its_mark(void **state)
{
	(void)state;
	struct run_claim c;
	struct err err;
	mkdir("mine", 0755);
	put("mine/tasks.csv", "mine");
	put("mine/summary.json", "{\"format\": \"theirs\"}");
	refuses("mine", true, EEXIST, "mine");
	live_through("old");
	unlink("old/.run"); // as earlier builds left it: the summary tells
	assert_int_equal(run_claim(&c, "old", true, &err), 0);
	run_claim_release(&c, false);
	live_through("killed");
	unlink("killed/summary.json");
	refuses("killed", false, EEXIST, "--overwrite");
	assert_int_equal(run_claim(&c, "killed", true, &err), 0);
	run_claim_release(&c, false);
}

static void test_what_is_no_place_for_a_run(void **state)
{
	(void)state;
	put("file", "mine");
	refuses("file", true, ENOTDIR, "is a file");
	refuses("file/run", false, ENOTDIR, "file");
	refuses("", false, EINVAL, "empty");
	refuses("/proc/none/run", false, ENOENT, "/proc/none");
	mkdir("empty", 0755);
	struct run_claim c;
	struct err err;
	assert_int_equal(run_claim(&c, "empty/", false, &err), 0);
	run_claim_release(&c, false);
	assert_true(is_there("empty")); // it was there before us
	assert_false(is_there("empty/.run"));
	assert_int_equal(run_claim(&c, "made/below//", false, &err), 0);
	run_claim_release(&c, false);
	assert_false(is_there("made/below"));
}

static bool is_a(const char *name)
{
	return strcmp(name, "a") == 0;
}

static void test_other_outputs(void **state)
{
	(void)state;
	struct err err;
	put("ours", "x\n# mark: 1\n");
	put("theirs", "x\n");
	put("nothing", "");
	mkdir("folder", 0755);
	assert_int_equal(output_file("new", "# mark", "thing", "--out", &err), 0);
	assert_int_equal(output_file("ours", "# mark", "thing", "--out", &err), 0);
	assert_int_equal(output_file("nothing", "# mark", "thing", "--out", &err), 0);
	assert_int_equal(output_file("/dev/null", "# mark", "thing", "--out", &err), 0);
	assert_int_equal(output_file("theirs", "# mark", "thing", "--out", &err), -EEXIST);
	assert_int_equal(output_file("folder", "# mark", "thing", "--out", &err), -EISDIR);
	assert_int_equal(output_file("none/new", "# mark", "thing", "--out", &err), -ENOENT);
	assert_int_equal(output_new_file("ours", "--anew", "--out", &err), -EEXIST);
	assert_non_null(strstr(err.text, "--anew"));
	assert_int_equal(output_new_file("new", "--anew", "--out", &err), 0);
	assert_int_equal(output_folder("new", is_a, "--out", &err), 0);
	assert_int_equal(output_folder("folder", is_a, "--out", &err), 0);
	put("folder/a", "");
	assert_int_equal(output_folder("folder", is_a, "--out", &err), 0);
	put("folder/b", "");
	assert_int_equal(output_folder("folder", is_a, "--out", &err), -EEXIST);
	assert_non_null(strstr(err.text, "holds b"));
	assert_int_equal(output_folder("ours", is_a, "--out", &err), -EEXIST);
	assert_non_null(strstr(err.text, "is a file"));
	assert_int_equal(output_folder("none/below/it", is_a, "--out", &err), 0);
	assert_int_equal(output_folder("ours/below/it", is_a, "--out", &err), -ENOTDIR);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, enter, leave)
	const struct CMUnitTest tests[] = {
	    CASE(test_ten_at_once_are_ten),
	    CASE(test_one_run_at_a_time),
	    CASE(test_records_stay_unless_overwritten),
	    CASE(test_nothing_else_is_overwritten),
	    CASE(test_a_run_is_told_by_its_mark),
	    CASE(test_what_is_no_place_for_a_run),
	    CASE(test_other_outputs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
