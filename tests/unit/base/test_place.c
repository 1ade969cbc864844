// SPDX-License-Identifier: BSD-3-Clause
// What others put where we look: folders that are not ours, links, FIFOs; and text on its way to a terminal.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/lock.h"
#include "base/place.h"
#include "base/printable.h"
#include "base/rng.h"

static char folder[64];

static const char *in(const char *name)
{
	static char path[4][128];
	static int turn;
	char *to = path[turn = (turn + 1) % 4];
	snprintf(to, sizeof(path[0]), "%s/%s", folder, name);
	return to;
}

static int open_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/airbatch-place-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static void a_folder_is_ours_by_owner_and_mode(void **state)
{
	(void)state;
	struct err err;
	assert_int_equal(place_folder(in("new/deep"), false, &err), 0);
	assert_int_equal(chmod(in("new/deep"), 0775), 0);
	assert_int_equal(place_folder(in("new/deep"), false, &err), -EPERM);
	assert_int_equal(chmod(in("new/deep"), 01777), 0);
	assert_int_equal(place_folder(in("new/deep"), false, &err), -EPERM);
	assert_int_equal(chmod(in("new/deep"), 0755), 0);
	assert_int_equal(symlink("new/deep", in("link")), 0);
	assert_true(place_folder(in("link"), false, &err) < 0);
	assert_non_null(strstr(err.text, "symbolic link"));
	assert_int_equal(place_folder(in("link"), true, &err), 0);
	assert_int_equal(close(creat(in("file"), 0644)), 0);
	assert_true(place_folder(in("file"), false, &err) < 0);
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(in("new/deep"), 4711, 4711), 0);
	assert_int_equal(unsetenv("SUDO_UID"), 0);
	assert_int_equal(place_folder(in("new/deep"), false, &err), -EPERM);
	assert_non_null(strstr(err.text, "4711"));
	assert_int_equal(setenv("SUDO_UID", "4711", 1), 0);
	assert_int_equal(place_folder(in("new/deep"), false, &err), 0);
	assert_int_equal(unsetenv("SUDO_UID"), 0);
}

// None of them makes us wait.
static void only_plain_files_are_opened(void **state)
{
	(void)state;
	struct err err;
	int lock;
	assert_int_equal(mkfifo(in("fifo"), 0644), 0);
	assert_int_equal(place_open(in("fifo"), O_RDONLY, true, &err), -EINVAL);
	assert_true(place_open(in("fifo"), O_WRONLY, true, &err) < 0);
	assert_null(place_read(in("fifo"), &err));
	assert_true(lock_file(&lock, in("fifo"), true, &err) < 0);
	assert_int_equal(place_open("/dev/zero", O_RDONLY, true, &err), -EINVAL);
	assert_int_equal(place_open(folder, O_RDONLY, true, &err), -EINVAL);
	assert_int_equal(close(creat(in("plain"), 0644)), 0);
	assert_int_equal(symlink("plain", in("to-plain")), 0);
	assert_int_equal(place_open(in("to-plain"), O_RDONLY, false, &err), -EINVAL);
	assert_true(lock_file(&lock, in("to-plain"), true, &err) < 0);
	assert_int_equal(symlink("made-by-a-link", in("to-new")), 0);
	assert_true(lock_file(&lock, in("to-new"), true, &err) < 0);
	assert_true(access(in("made-by-a-link"), F_OK) < 0);
	int fd = place_open(in("to-plain"), O_RDONLY, true, &err);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(lock_file(&lock, in("plain"), true, &err), 1);
	close(lock);
}

static void umask_opens_nothing(void **state)
{
	(void)state;
	struct stat s;
	mode_t before = umask(0);
	place_guard();
	int fd = open(in("made"), O_CREAT | O_WRONLY, 0666);
	assert_true(fd >= 0 && fstat(fd, &s) == 0);
	assert_int_equal(s.st_mode & 0777, 0644);
	close(fd);
	umask(077);
	place_guard();
	assert_int_equal(umask(before), 077);
}

static void text_has_no_control_characters(void **state)
{
	(void)state;
	static const struct {
		const char *text, *shown;
	} cases[] = {
	    {"plain \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "plain \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
	    {"\x1b[31mred\x1b[0m\a", "?[31mred?[0m?"},
	    {"a\nb\tc\r", "a?b?c?"},
	    {"\xc2\x9b"
	     "31m",
	     "?31m"},
	    {"\xff\xfe", "??"},
	    {"\xc0\xaf", "??"},
	    {"\xe2\x82", "??"},
	    {"\xed\xa0\x80", "???"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[64];
		snprintf(text, sizeof(text), "%s", cases[i].text);
		printable(text, false);
		assert_string_equal(text, cases[i].shown);
	}
	char lines[] = "a\nb\tc\x1b";
	printable(lines, true);
	assert_string_equal(lines, "a\nb\tc?");
}

// A byte that means something to a terminal, or any.
static char draw_byte(struct rng *rng)
{
	static const char telling[] = "\x1b\xc2\x9b\xe2\x80\x07";
	return rng_below(rng, 3) ? (char)rng_below(rng, 256) : telling[rng_below(rng, sizeof(telling) - 1)];
}

// Whatever bytes: what comes out is UTF-8 without control characters, and not longer.
static void random_bytes_become_printable(void **state)
{
	(void)state;
	struct rng *rng = rng_new(4242, 0, RNG_TEST, 0);
	for (int i = 0; i < 20000; i++) {
		char text[41] = "";
		for (int k = 0; k < 40; k++)
			text[k] = draw_byte(rng);
		size_t before = strlen(text);
		printable(text, false);
		assert_true(strlen(text) <= before);
		assert_true(printable_is_utf8(text));
		for (const char *c = text; *c; c++)
			assert_false((unsigned char)*c < 0x20 || *c == 0x7f);
	}
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_folder_is_ours_by_owner_and_mode),
					   cmocka_unit_test(only_plain_files_are_opened),
					   cmocka_unit_test(umask_opens_nothing),
					   cmocka_unit_test(text_has_no_control_characters),
					   cmocka_unit_test(random_bytes_become_printable)};
	return cmocka_run_group_tests(tests, open_folder, remove_folder);
}
