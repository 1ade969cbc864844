// SPDX-License-Identifier: BSD-3-Clause
// What is expected of a run: every figure of summary.json has its row, names find it, values are compared as
// they are written, and the verdicts stand in JUnit's form.
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "records/expect/expectation.h"
#include "records/expect/junit.h"
#include "records/results/summary_fields.h"
#include "records/results/summary_file.h"
#include "tests/unit/sim/sim_star.h"

static void test_names_find_their_figure(void **state)
{
	(void)state;
	static const struct {
		const char *name, *path, *unit;
		int ue;
	} rows[] = {
	    {"met", "tasks.met", "", 0},
	    {"tasks.met", "tasks.met", "", 0},
	    {"promised_missed", "tasks.promised_but_missed", "", 0},
	    {"ue2.promised_missed", "ues[2].promised_but_missed", "", 2},
	    {"latency_ms.p95", "tasks.latency_ms.p95", "ms", 0},
	    {"latency_ms.n", "tasks.latency_ms.n", "", 0},
	    {"ue12.energy_mj.mean", "ues[12].energy_mj.mean", "mJ", 12},
	    {"ues[3].cuts.4", "ues[3].cuts.4", "", 3},
	    {"ues[].met", "ues[].met", "", 0},
	    {"ues[2].ue", "ues[2].ue", "", 2},
	    {"radio[4].snr_db", "radio[4].snr_db", "dB", 4},
	    {"stages[upload].n", "stages[upload].n", "", 0},
	    {"stages[].measured_p50_ms", "stages[].measured_p50_ms", "ms", 0},
	    {"captures[radio.pcap].lost", "captures[radio.pcap].lost", "", 0},
	    {"features.int8.largest_error", "features.int8.largest_error", "ratio", 0},
	    {"valid", "valid", "true or false", 0},
	    {"status", "status", "text", 0},
	    {"shaper.delay_error.p99_us", "shaper.delay_error.p99_us", "us", 0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct figure f;
		struct err err;
		if (figure_find(&f, rows[i].name, summary_fields, &err) < 0)
			fail_msg("%s", err.text);
		assert_string_equal(f.path, rows[i].path);
		assert_string_equal(f.unit, rows[i].unit);
		assert_int_equal(f.ue, rows[i].ue);
	}
}

static void test_refusals_say_what_would_be_right(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
	    {"mett>=1", "did you mean met?"},
	    {"ue3.mett>=1", "did you mean ue3.met?"},
	    {"promised_mised==0", "did you mean promised"},
	    {"shaper.overrun==0", "did you mean shaper.overruns?"},
	    {"stages[uplod].n>0", "did you mean stages[upload].n?"},
	    {"batches.reasons.planed>0", "did you mean batches.reasons.planned?"},
	    {"tasks.cuts.four==1", "no figure"},
	    {"ues[x].met==1", "no figure"},
	    {"ues[3.met==1", "no figure"},
	    {"nothing.like.this==1", "help run-directory"},
	    {"==1", "no figure"},
	    {"latency_ms<1s", "latency_ms.mean, latency_ms.p50"},
	    {"topology.seed==1", "what the run was told"},
	    {"given==1", "what the run was told"},
	    {"valid", "compares nothing"},
	    {"met=5", "compares nothing"},
	    {"met=>5", "compares nothing"},
	    {"met==", "no value"},
	    {"met==abc", "'abc' is not a number"},
	    {"met>=5ms", "has the unit 'ms'"},
	    {"latency_ms.p50<5kg", "has the unit 'kg'"},
	    {"edge.rounds>=5%", "of what"},
	    {"latency_ms.p50<5%", "of what"},
	    {"met>=x%", "is not a number"},
	    {"valid==yes", "true or false"},
	    {"valid>=true", "== or !="},
	    {"status<done", "== or !="},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct expectation e;
		struct err err = {""};
		if (expectation_parse(&e, rows[i][0], summary_fields, &err) == 0)
			fail_msg("%s is taken", rows[i][0]);
		if (!strstr(err.text, rows[i][1]))
			fail_msg("%s: '%s' is not in: %s", rows[i][0], rows[i][1], err.text);
	}
}

static const char summary_text[] =
    "{\"status\": \"done\", \"valid\": true, \"why\": null, \"tasks\": {\"done\": 160, \"met\": 126, "
    "\"promised\": 0, "
    "\"promised_but_missed\": 0, \"failed\": 0, \"cut_short\": 40, \"cuts\": {\"3\": 160}, \"latency_ms\": "
    "{\"n\": 160, "
    "\"p95\": 95.25, \"p50\": null}, \"energy_mj\": {\"mean\": 5.2}, \"latency_error\": {\"p50\": 0.01}}, "
    "\"ues\": [{\"ue\": 1, \"done\": 80, \"met\": 80}, {\"ue\": 2, \"done\": 80, \"met\": 46}], "
    "\"stages\": [{\"stage\": \"plan\", \"n\": 160}, {\"stage\": \"upload\", \"n\": 90}], "
    "\"radio\": [{\"ue\": 1, \"uplink_bps\": 2e7, \"gain_db\": -70}], \"shaper\": null}";

static void test_values_are_compared_as_they_are_written(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool holds;
		const char *found;
	} rows[] = {
	    {"met==126", true, "126"},
	    {"met != 126", false, "126"},
	    {"met<126", false, "126"},
	    {"met<=126", true, "126"},
	    {"met>125", true, "126"},
	    {"met>=127", false, "126"},
	    {"met>=78.75%", true, "126 of 160 done (78.75 %)"}, // whole numbers: no rounding
	    {"met>=99 %", false, "126 of 160 done (78.75 %)"},
	    {"cut_short==20%", true, "40 of 200 done+failed+cut_short+refused+dropped (20 %)"},
	    {"promised_missed==0", true, "0"},
	    {"promised_missed<=1%", false, "0 of 0 promised: no share"},
	    {"latency_error.p50<=1%", true, "0.01"},
	    {"latency_error.p50<=0.01", true, "0.01"},
	    {"latency_error.p50<1%", false, "0.01"},
	    {"latency_ms.p95<100ms", true, "95.25 ms"},
	    {"latency_ms.p95<100", true, "95.25 ms"},
	    {"latency_ms.p95==0.09525s", true, "95.25 ms"},
	    {"latency_ms.p95>=95300us", false, "95.25 ms"},
	    {"latency_ms.p50<100ms", false, "no value"},
	    {"energy_mj.mean<=0.0052J", true, "5.2 mJ"},
	    {"radio[1].uplink_bps>=20Mbit/s", true, "20000000 bit/s at ue1"},
	    {"radio[1].gain_db>-71dB", true, "-70 dB at ue1"},
	    {"cuts.3==160", true, "160"},
	    {"cuts.7==0", true, "0"}, // never counted
	    {"ues[].met>=46", true, "80 at ue1"},
	    {"ues[].met==100%", false, "46 of 80 done (57.5 %) at ue2"},
	    {"ue2.met==46", true, "46 at ue2"},
	    {"ue7.met==46", false, "no value"},
	    {"stages[upload].n==90", true, "90 at upload"},
	    {"shaper.overruns==0", false, "no value"},
	    {"valid==true", true, "true"},
	    {"valid!=true", false, "true"},
	    {"status==done", true, "done"},
	    {"status!=failed", true, "done"},
	    {"why==done", false, "no value"},
	};
	json_t *summary = json_loads(summary_text, 0, NULL);
	assert_non_null(summary);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct expectation e;
		struct err err;
		char found[200];
		if (expectation_parse(&e, rows[i].text, summary_fields, &err) < 0)
			fail_msg("%s", err.text);
		bool holds = expectation_holds(&e, summary, found, sizeof(found));
		if (holds != rows[i].holds || strcmp(found, rows[i].found) != 0)
			fail_msg("%s: %s, found %s", rows[i].text, holds ? "holds" : "does not hold", found);
	}
	json_decref(summary);
}

// A leaf of a real summary, and whether a row of the table is its own.
struct leaf {
	const char *path;
	const json_t *value;
	const struct column *row; // the last of its own
	int rows;
};

static bool type_fits(const json_t *v, const char *unit)
{
	bool is_text = strcmp(unit, "text") == 0, is_flag = strcmp(unit, "true or false") == 0;
	return json_is_null(v) || (is_text   ? json_is_string(v)
				   : is_flag ? json_is_boolean(v)
					     : json_is_number(v));
}

static void compare(const char *name, const struct column *row, void *user)
{
	struct leaf *leaf = user;
	size_t n = strlen(row->name);
	bool below = strcmp(row->unit, "configuration") == 0 && strncmp(row->name, leaf->path, n) == 0;
	if (!below && !figure_fits(name, leaf->path))
		return;
	if (!below && !type_fits(leaf->value, row->unit))
		fail_msg("%s is of another kind than '%s'", leaf->path, row->unit);
	leaf->rows += leaf->row != row; // one of several names that a row stands for
	leaf->row = row;
}

static void check_leaf(const json_t *v, const char *path)
{
	struct leaf leaf = {.path = path, .value = v};
	char as_task[FIGURE_PATH];
	snprintf(as_task, sizeof(as_task), "tasks%s", path + strcspn(path, "."));
	figure_each_name(summary_fields, compare, &leaf);
	leaf.path = strncmp(path, "ues[", 4) == 0 && leaf.rows == 0 ? as_task : path;
	if (leaf.path == as_task)
		figure_each_name(summary_fields, compare, &leaf);
	if (leaf.rows != 1)
		fail_msg("%s has %d rows in records/results/summary_fields.c, not one", path, leaf.rows);
}

static void walk(const json_t *v, const char *path)
{
	const char *key;
	json_t *one;
	size_t i;
	char below[FIGURE_PATH];
	json_object_foreach((json_t *)v, key, one)
	{
		snprintf(below, sizeof(below), "%s%s%s", path, *path ? "." : "", key);
		if (strcmp(below, "topology") != 0 && strcmp(below, "given") != 0)
			walk(one, below);
	}
	json_array_foreach(v, i, one)
	{
		snprintf(below, sizeof(below), "%s[]", path);
		walk(one, below);
	}
	if (!json_is_object(v) && !json_is_array(v))
		check_leaf(v, path);
}

struct wanted {
	const json_t *summary;
};

static void note_found(const json_t *value, const json_t *object, const char *place, void *user)
{
	(void)value;
	(void)place;
	*(bool *)user |= object != NULL;
}

// The object that a name's last word belongs to is there (the figure itself may be null, or never counted).
static void is_in_summary(const char *name, const struct column *row, void *user)
{
	const struct wanted *w = user;
	struct figure f = {0};
	bool found = false;
	snprintf(f.path, sizeof(f.path), "%s", name);
	char *open = strchr(f.path, '['), *close = strchr(f.path, ']');
	if (open && close && isupper((unsigned char)open[1]))
		memmove(open + 1, close, strlen(close) + 1); // every item
	if (strstr(name, ".ENCODING") || strstr(name, ".decisions") ||
	    strcmp(row->unit, "configuration") == 0)
		return; // only where there are such
	figure_each(&f, w->summary, note_found, &found);
	f.path[strcspn(f.path, "[")] = '\0';
	bool is_empty_list =
	    json_is_array(json_object_get(w->summary, f.path)) && strcmp(row->unit, "text") == 0;
	if (!found && !is_empty_list)
		fail_msg("%s is in records/results/summary_fields.c, but not in summary.json", name);
}

// Of a run in which everything happened, figures that a simulation has none of included.
static json_t *full_summary(struct star *s)
{
	static const char yaml[] = "duration: 1s\nues: {count: 2, distance: 50m, open_tasks: 2, traffic: "
				   "{rate: 1Mbit/s}, network: pentominoes-4}\n"
				   "edge: {executor: replay, profile: pentominoes-4-gpu-model}\n"
				   "servers: {count: 1, wan: {rate: 1Gbit/s}}\n";
	static const struct run_outcome emulated = {.status = "done", .why = "a reason", .setup_s = 1};
	struct err err;
	if (star_open(s, yaml, 1e7, &err) < 0 || star_run(s, NULL, NULL, &err) < 0)
		fail_msg("%s", err.text);
	const struct accuracy_record accuracy = {.filtered = {1, 2, 3}};
	results_accuracy(s->results, &accuracy);
	results_edge(s->results, &(struct edge_record){.rounds = 1, .worker_ns = 1, .decisions = 1});
	results_note(s->results, "a note");
	results_capture(s->results, &(struct capture_record){.file = "radio.pcap"});
	results_loss(s->results,
		     &(struct network_loss){
			 .node = "ue1", .counter = "Udp RcvbufErrors", .what = "were lost", .packets = 1});
	if (summary_write(&s->run, s->results, &emulated, &err) < 0)
		fail_msg("%s", err.text);
	size_t size;
	char *text = star_read(s, "summary.json", &size);
	json_t *o = json_loads(text, 0, NULL);
	free(text);
	return o;
}

static void test_every_field_has_its_row(void **state)
{
	(void)state;
	struct star s;
	json_t *summary = full_summary(&s);
	const struct wanted wanted = {summary};
	walk(summary, "");
	figure_each_name(summary_fields, is_in_summary, (void *)&wanted);
	json_decref(summary);
	star_close(&s);
}

static void test_junit_counts_and_escapes(void **state)
{
	(void)state;
	char path[] = "/tmp/airbatch-junit-XXXXXX", text[2000] = "";
	struct junit *j;
	struct err err;
	close(mkstemp(path));
	assert_int_equal(junit_open(&j, path, &err), 0);
	junit_suite(j, "a & b", "2026-11-29T00:00:00Z", 2);
	junit_case(j, "met>=99%", JUNIT_FAILED, "found \"1\" <\n2");
	junit_case(j, "valid", JUNIT_PASSED, "");
	junit_suite_end(j);
	junit_suite(j, "c", NULL, 0);
	junit_case(j, "valid", JUNIT_ERROR, "gone");
	junit_case(j, "met==1", JUNIT_SKIPPED, "not done");
	junit_suite_end(j);
	assert_int_equal(junit_close(j, &err), 0);
	FILE *f = fopen(path, "r");
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	fclose(f);
	unlink(path);
	assert_string_equal(
	    text,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<testsuites name=\"airbatch\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\">\n"
	    "  <testsuite name=\"a &amp; b\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\" "
	    "time=\"2.000\" "
	    "timestamp=\"2026-11-29T00:00:00Z\">\n"
	    "    <testcase classname=\"a &amp; b\" name=\"met&gt;=99%\" time=\"0\">\n"
	    "      <failure message=\"found &quot;1&quot; &lt; 2\"/>\n    </testcase>\n"
	    "    <testcase classname=\"a &amp; b\" name=\"valid\" time=\"0\"/>\n  </testsuite>\n"
	    "  <testsuite name=\"c\" tests=\"2\" failures=\"0\" errors=\"1\" skipped=\"1\" time=\"0.000\">\n"
	    "    <testcase classname=\"c\" name=\"valid\" time=\"0\">\n      <error message=\"gone\"/>\n    "
	    "</testcase>\n"
	    "    <testcase classname=\"c\" name=\"met==1\" time=\"0\">\n      <skipped message=\"not "
	    "done\"/>\n"
	    "    </testcase>\n  </testsuite>\n</testsuites>\n");
	assert_true(junit_open(&j, "/nowhere/verdict.xml", &err) < 0);
	assert_non_null(strstr(err.text, "/nowhere/verdict.xml"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names_find_their_figure),
	    cmocka_unit_test(test_refusals_say_what_would_be_right),
	    cmocka_unit_test(test_values_are_compared_as_they_are_written),
	    cmocka_unit_test(test_every_field_has_its_row),
	    cmocka_unit_test(test_junit_counts_and_escapes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
