// SPDX-License-Identifier: BSD-3-Clause
// The control socket answers every line, whatever it holds, and live settings are checked before they are
// applied.
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <poll.h>

#include "emu/run/control.h"
#include "emu/run/live.h"

static void settings_are_read_with_their_units(void **state)
{
	(void)state;
	struct live_setting s;
	struct err err;
	assert_int_equal(live_parse("ue3.gain", "-95dB", 4, &s, &err), 0);
	assert_int_equal(s.ue, 2);
	assert_int_equal(s.what, LIVE_GAIN);
	assert_true(s.value == -95);
	assert_int_equal(live_parse("ue3.gain", "auto", 4, &s, &err), 0);
	assert_int_equal(s.what, LIVE_GAIN_AUTO);
	assert_int_equal(live_parse("cell.bandwidth", "5MHz", 4, &s, &err), 0);
	assert_int_equal(s.ue, LIVE_ALL_UES);
	assert_true(s.value == 5e6);
	assert_int_equal(live_parse("ue1.loss", "1%", 4, &s, &err), 0);
	assert_true(fabs(s.value - .01) < 1e-15);
}

static void wrong_settings_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *key, *value, *word;
	} cases[] = {
	    {"ue5.gain", "-95dB", "ue1 to ue4"}, {"ue0.gain", "-95dB", "ue1 to ue4"},
	    {"ue3.gain", "-95", "unit"},	 {"ue3.gain", "5dB", "from"},
	    {"ue3.colour", "red", "ueN.gain"},	 {"gain", "-95dB", "ueN.gain"},
	    {"cell.gain", "-95dB", "ueN.gain"},	 {"ue3x.gain", "-9dB", "ueN.gain"},
	    {"ue1.loss", "150%", "from"},	 {"cell.bandwidth", "0Hz", "from"},
	    {"ue1.gain", "nan", "gain"},	 {"", "", "ueN.gain"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct live_setting s;
		struct err err = {0};
		assert_int_equal(live_parse(cases[i].key, cases[i].value, 4, &s, &err), -EINVAL);
		if (!strstr(err.text, cases[i].word))
			fail_msg("%s=%s: %s", cases[i].key, cases[i].value, err.text);
	}
}

static json_t *echo(const json_t *request, void *user, struct err *err)
{
	(void)user;
	if (json_is_object(request))
		return json_pack("{s:b, s:O}", "ok", 1, "said", request);
	err_set(err, EINVAL, "an object is right");
	return NULL;
}

struct server {
	struct control *control;
	atomic_bool stop;
};

static void *serve(void *argument)
{
	struct server *s = argument;
	while (!atomic_load(&s->stop)) {
		struct pollfd fd = {.fd = control_fd(s->control), .events = POLLIN};
		if (poll(&fd, 1, 20) > 0)
			control_serve(s->control);
	}
	return NULL;
}

static void every_line_is_answered(void **state)
{
	(void)state;
	char folder[] = "/tmp/airbatch-control-XXXXXX";
	struct err err = {0};
	struct server server = {0};
	pthread_t thread;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(control_open(&server.control, folder, echo, NULL, &err), 0);
	assert_int_equal(pthread_create(&thread, NULL, serve, &server), 0);
	for (int i = 0; i < 50; i++) {
		json_t *request = json_pack("{s:i}", "number", i),
		       *answer = control_ask(folder, request, &err);
		assert_non_null(answer);
		assert_true(json_equal(json_object_get(answer, "said"), request));
		json_decref(answer);
		json_decref(request);
	}
	json_t *list = json_array();
	assert_null(control_ask(folder, list, &err));
	assert_string_equal(err.text, "an object is right");
	json_decref(list);
	atomic_store(&server.stop, true);
	pthread_join(thread, NULL);
	control_close(server.control);
	json_t *request = json_object();
	assert_null(control_ask(folder, request, &err)); // nobody there any more
	json_decref(request);
	assert_int_equal(rmdir(folder), 0); // the socket is gone
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(settings_are_read_with_their_units),
	    cmocka_unit_test(wrong_settings_are_refused),
	    cmocka_unit_test(every_line_is_answered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
