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
#include <sys/socket.h>
#include <sys/un.h>

#include "emu/supervisor/live_key.h"
#include "emu/supervisor/live_trial.h"
#include "records/control.h"
#include "setup/radio.h"

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

// A run's topology with its cell, as a supervisor tries changes on them.
struct stage {
	struct topology *t;
	struct assembly_config cell;
	struct live_trial trial;
};

static void stage_open(struct stage *s, const char *text)
{
	struct err err = {""};
	*s = (struct stage){0};
	if (topology_load_text(&s->t, "t.yaml", text, strlen(text), NULL, &err) < 0 ||
	    assembly_config_of(&s->cell, s->t, &err) < 0)
		fail_msg("%s", err.text);
	s->trial = (struct live_trial){.topology = s->t, .cell = &s->cell};
}

static void stage_close(struct stage *s)
{
	free(s->trial.grants);
	assembly_config_free(&s->cell);
	topology_free(s->t);
}

// says: NULL = the changes are taken.
static void change(struct stage *s, const char *const changes[][2], size_t n, const char *says)
{
	struct live_setting settings[4];
	struct err err = {""};
	for (size_t i = 0; i < n; i++)
		assert_int_equal(
		    live_parse(changes[i][0], changes[i][1], (uint32_t)s->t->n_ues, &settings[i], &err), 0);
	int rc = live_try(&s->trial, settings, n, &err);
	if ((rc == 0) != !says || (says && strcmp(err.text, says) != 0))
		fail_msg("%s: '%s'", changes[0][0], err.text);
}

#define CHANGE(s, says, ...)                                                                                 \
	change(s, (const char *const[][2]){__VA_ARGS__},                                                     \
	       sizeof((const char *const[][2]){__VA_ARGS__}) / (2 * sizeof(char *)), says)

static void changes_without_effect_are_refused(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s, "ues: {count: 2}\n");
	CHANGE(&s, "ue1.grant has no effect: cell.grant is own-band, bands are given with granted only",
	       {"ue1.grant", "1MHz"});
	CHANGE(&s, NULL, {"ue1.gain", "-90dB"}, {"cell.loss", "1%"}, {"cell.bandwidth", "3MHz"});
	stage_close(&s);
	stage_open(&s, "cell: {grant: equal-share}\nues: {count: 2}\n");
	CHANGE(&s, "ue2.grant has no effect: cell.grant is equal-share, bands are given with granted only",
	       {"ue2.grant", "1MHz"});
	stage_close(&s);
}

static void grants_are_those_that_the_cell_can_give(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s, "cell: {grant: granted, bandwidth: 4MHz}\nues: {count: 2}\n");
	CHANGE(&s, NULL, {"ue1.grant", "1MHz"}, {"ue2.grant", "3MHz"});
	CHANGE(&s,
	       "ue1.grant: a grant of 2000000 Hz exceeds the band by 1000000 Hz: 1000000 Hz of 4000000 Hz "
	       "are free",
	       {"ue1.grant", "2MHz"});
	// All of a request or nothing: ue1 still has 1 MHz afterwards.
	CHANGE(&s,
	       "ue2.grant: a grant of 4000000 Hz exceeds the band by 500000 Hz: 3500000 Hz of 4000000 Hz are "
	       "free",
	       {"ue1.grant", "500kHz"}, {"ue2.grant", "4MHz"});
	CHANGE(&s,
	       "ue2.grant: a grant of 3500000 Hz exceeds the band by 500000 Hz: 3000000 Hz of 4000000 Hz are "
	       "free",
	       {"ue2.grant", "3.5MHz"});
	CHANGE(&s, NULL, {"cell.bandwidth", "5MHz"}, {"ue2.grant", "4MHz"});
	stage_close(&s);
}

static void links_that_traces_give_take_no_others(void **state)
{
	(void)state;
	struct stage s;
	char path[] = "/tmp/airbatch-trace-XXXXXX", text[400];
	int fd = mkstemp(path);
	assert_true(fd >= 0 && write(fd, "1\n5\n9\n", 6) == 6);
	close(fd);
	snprintf(text, sizeof(text),
		 "ues: {count: 2, list: [{trace: {kind: delivery, uplink: %s, downlink: %s}}]}\n", path,
		 path);
	stage_open(&s, text);
	CHANGE(&s, "ue1.gain has no effect on ue1: its link is recorded both ways (trace.kind delivery)",
	       {"ue1.gain", "-90dB"});
	CHANGE(&s, NULL, {"ue2.gain", "-90dB"}, {"ue1.loss", "1%"}, {"cell.bandwidth", "2MHz"});
	stage_close(&s);
	unlink(path);
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
	pthread_t thread;
	char folder[32];
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

static void server_begin(struct server *s, control_handler handler)
{
	struct err err = {0};
	*s = (struct server){.folder = "/tmp/airbatch-control-XXXXXX"};
	assert_non_null(mkdtemp(s->folder));
	assert_int_equal(control_open(&s->control, s->folder, handler, NULL, &err), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_end(struct server *s)
{
	atomic_store(&s->stop, true);
	pthread_join(s->thread, NULL);
	control_close(s->control);
}

static void every_line_is_answered(void **state)
{
	(void)state;
	struct err err = {0};
	struct server server;
	server_begin(&server, echo);
	const char *folder = server.folder;
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
	server_end(&server);
	json_t *request = json_object();
	assert_null(control_ask(folder, request, &err)); // nobody there any more
	json_decref(request);
	assert_int_equal(rmdir(folder), 0); // the socket is gone
}

static json_t *repeat(const json_t *request, void *user, struct err *err)
{
	size_t n = (size_t)json_integer_value(json_object_get(request, "zeros"));
	(void)user;
	(void)err;
	char *zeros = malloc(n + 1);
	memset(zeros, '0', n);
	json_t *answer = json_pack("{s:s#}", "said", zeros, n);
	free(zeros);
	return answer;
}

static size_t line_length(FILE *stream)
{
	size_t n = 0;
	for (int c; (c = fgetc(stream)) != EOF && c != '\n';)
		n++;
	return n;
}

// Answers larger than any socket's buffer arrive whole and in order, and who does not read its answer keeps
// nobody else waiting.
static void large_answers_wait_for_their_reader(void **state)
{
	(void)state;
	enum { ZEROS = 3000000, FRAME = sizeof("{\"said\":\"\"}") - 1 };
	struct err err = {0};
	struct server server;
	server_begin(&server, repeat);
	const char *folder = server.folder;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/control", folder);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	static const char requests[] = "{\"zeros\": 3000000}\n{\"zeros\": 5}\n{\"zeros\": 3000000}\n";
	assert_int_equal(write(fd, requests, sizeof(requests) - 1), sizeof(requests) - 1);
	json_t *request = json_pack("{s:i}", "zeros", ZEROS), *answer = control_ask(folder, request, &err);
	assert_int_equal(json_string_length(json_object_get(answer, "said")), ZEROS);
	json_decref(answer);
	json_decref(request);
	FILE *stream = fdopen(fd, "r");
	assert_int_equal(line_length(stream), ZEROS + FRAME);
	assert_int_equal(line_length(stream), 5 + FRAME);
	assert_int_equal(line_length(stream), ZEROS + FRAME);
	fclose(stream);
	server_end(&server);
	assert_int_equal(rmdir(folder), 0);
}

static int connect_client(const char *folder)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/control", folder);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

// A flood of clients that say nothing: who comes too late is told so, and those who were there are served.
static void floods_are_turned_away(void **state)
{
	(void)state;
	enum { CLIENTS = 64 };
	struct err err = {0};
	struct server server;
	server_begin(&server, echo);
	int first[CLIENTS];
	for (int i = 0; i < CLIENTS; i++)
		first[i] = connect_client(server.folder);
	char line[80] = "";
	int late = connect_client(server.folder);
	assert_true(read(late, line, sizeof(line) - 1) > 0);
	assert_string_equal(line, "{\"error\":\"too many clients already: try again\"}\n");
	close(late);
	assert_int_equal(write(first[CLIENTS - 1], "{}\n", 3), 3);
	assert_true(read(first[CLIENTS - 1], line, sizeof(line) - 1) > 0);
	assert_memory_equal(line, "{\"ok\":true", 10);
	close(first[0]);
	close(first[1]);
	json_t *request = json_object(), *answer = NULL;
	for (int i = 0; i < 6000 && !answer; i++) { // until they are seen to have left
		usleep(10000);
		answer = control_ask(server.folder, request, &err);
		if (answer && json_object_get(answer, "error")) {
			json_decref(answer);
			answer = NULL;
		}
	}
	assert_non_null(answer);
	json_decref(answer);
	json_decref(request);
	for (int i = 2; i < CLIENTS; i++)
		close(first[i]);
	server_end(&server);
	assert_int_equal(rmdir(server.folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(settings_are_read_with_their_units),
	    cmocka_unit_test(wrong_settings_are_refused),
	    cmocka_unit_test(changes_without_effect_are_refused),
	    cmocka_unit_test(grants_are_those_that_the_cell_can_give),
	    cmocka_unit_test(links_that_traces_give_take_no_others),
	    cmocka_unit_test(every_line_is_answered),
	    cmocka_unit_test(large_answers_wait_for_their_reader),
	    cmocka_unit_test(floods_are_turned_away),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
