// SPDX-License-Identifier: BSD-3-Clause
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "setup/topology/schema_private.h"
#include "setup/topology/topology.h"

static struct topology *load(const char *text, const char *const *set)
{
	struct topology *t;
	struct err err = {""};
	const struct topology_options options = {.set = set};
	if (topology_load_text(&t, "dir/my run.yaml", text, strlen(text), &options, &err) < 0)
		fail_msg("%s", err.text);
	return t;
}

static void near(double a, double b)
{
	assert_true(fabs(a - b) <= 1e-12 * fabs(b));
}

static void defaults_are_those_of_the_specification(void **state)
{
	(void)state;
	struct topology *t = load("seed: 1\n", NULL);
	assert_string_equal(t->name, "my_run");
	assert_string_equal(t->policy, "ip-ssa");
	assert_int_equal(t->duration_ns, 20000000000);
	near(t->cell.bandwidth_hz, 1e6);
	near(t->cell.noise_density_dbm_hz, -174);
	near(t->cell.downlink_power_w, 1);
	assert_int_equal(t->cell.delay_ns, 1000000);
	assert_int_equal(t->cell.queue_bytes, 1048576);
	assert_int_equal(t->cell.subnet.base, 198u << 24 | 18u << 16);
	assert_int_equal(t->cell.subnet.prefix, 16);
	assert_int_equal(t->cell.mtu, 1500);
	assert_int_equal(t->n_ues, 4);
	near(t->ue[3].tx_power_w, pow(10, -0.7)); // 23 dBm
	near(t->ue[3].device.f_max_flops, 20e9);
	// kappa of the specification
	near(t->ue[3].device.power_max_w / pow(t->ue[3].device.f_max_flops, 3), 5e-31);
	assert_int_equal(t->ue[3].arrivals.kind, ARRIVALS_PERIODIC);
	assert_int_equal(t->ue[3].deadline_ns, 100000000);
	assert_true(t->edge.verify);
	assert_int_equal(t->edge.port, 7070);
	assert_int_equal(t->shaper.cpu, -1);
	assert_false(t->capture.points.radio);
	assert_int_equal(t->capture.snaplen, 65535);
	topology_free(t);
}

// Parameters in a group, in any order, are the name with settings; a listed name where there is one.
static void a_policy_takes_parameters(void **state)
{
	(void)state;
	static const char *const listed[] = {"ip-ssa", "ip-ssa:tighten", "og", NULL};
	static const char *const same[][2] = {
	    {"policy: {name: og, gaps: 4}\n", "og:gaps=4"},
	    {"policy: {tighten: 1, name: ip-ssa}\n", "ip-ssa:tighten"},
	    {"policy: {name: og}\n", "og"},
	    {"policy: ip-ssa:no-tighten\n", "ip-ssa"},
	};
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct topology *t;
		struct err err = {""};
		const struct topology_options options = {.policies = listed};
		if (topology_load_text(&t, "t.yaml", same[i][0], strlen(same[i][0]), &options, &err) < 0)
			fail_msg("%s", err.text);
		assert_string_equal(t->policy, same[i][1]);
		topology_free(t);
	}
}

static void quickstart_is_four_phones_in_a_row(void **state)
{
	(void)state;
	struct topology *t;
	struct err err = {""};
	if (topology_load(&t, QUICKSTART, NULL, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(t->n_ues, 4);
	for (int i = 0; i < 4; i++) {
		near(t->ue[i].distance_m, 20 * (i + 1));
		assert_int_equal(t->ue[i].deadline_ns, 100000000);
		assert_false(t->ue[i].capture);
	}
	assert_true(t->capture.points.radio && t->capture.points.edge);
	topology_free(t);
}

static void a_ue_overrides_what_holds_for_all(void **state)
{
	(void)state;
	struct topology *t = load("ues:\n"
				  "  count: 3\n"
				  "  distance: 50m\n"
				  "  device: {f_max: 10GFLOP/s}\n"
				  "  list:\n"
				  "    - {gain: -95dB, arrivals: {kind: poisson, rate: 5}}\n"
				  "    - {distance: 20m, device: {power_max: 2W}}\n"
				  "capture: {points: [ue2, edge]}\n",
				  NULL);
	near(t->ue[0].gain_db, -95);
	assert_true(TOPOLOGY_UNSET(t->ue[0].distance_m));
	assert_int_equal(t->ue[0].arrivals.kind, ARRIVALS_POISSON);
	near(t->ue[0].arrivals.rate_per_s, 5);
	near(t->ue[1].distance_m, 20);
	assert_true(TOPOLOGY_UNSET(t->ue[1].gain_db));
	near(t->ue[1].device.power_max_w, 2);
	near(t->ue[1].device.f_max_flops, 10e9);
	near(t->ue[2].distance_m, 50);
	near(t->ue[2].device.power_max_w, 4);
	assert_false(t->ue[0].capture);
	assert_true(t->ue[1].capture);
	topology_free(t);
}

static void overrides_win_over_the_file(void **state)
{
	(void)state;
	const char *const set[] = {"ues.count=6",
				   "cell.bandwidth=2MHz",
				   "ue5.gain=-80dB",
				   "ue1.distance=33m",
				   "ues.gain=-70dB",
				   "capture.points=radio, ue6",
				   NULL};
	struct topology *t =
	    load("cell: {bandwidth: 1MHz}\nues:\n  distance: 50m\n  list: [{gain: -95dB}]\n", set);
	assert_int_equal(t->n_ues, 6);
	near(t->cell.bandwidth_hz, 2e6);
	near(t->ue[0].distance_m, 33);
	assert_true(TOPOLOGY_UNSET(t->ue[0].gain_db));
	near(t->ue[1].gain_db, -70);
	assert_true(TOPOLOGY_UNSET(t->ue[1].distance_m));
	near(t->ue[4].gain_db, -80);
	assert_true(t->ue[5].capture && t->capture.points.radio);
	topology_free(t);
}

static void the_list_gives_the_count_and_an_override_cuts_it(void **state)
{
	(void)state;
	const char *text = "ues:\n  list: [{distance: 10m}, {distance: 20m}, {distance: 30m}]\n";
	const char *const set[] = {"ues.count=2", NULL};
	struct topology *t = load(text, NULL);
	assert_int_equal(t->n_ues, 3);
	topology_free(t);
	t = load(text, set);
	assert_int_equal(t->n_ues, 2);
	near(t->ue[1].distance_m, 20);
	topology_free(t);
}

static void draws_depend_on_seed_run_and_ue_alone(void **state)
{
	(void)state;
	const char *text = "ues: {count: 50, distance: 20m..100m, deadline: 50ms..200ms}\n";
	const char *const more[] = {"ues.count=80", NULL}, *const other_run[] = {"run=2", NULL};
	struct topology *a = load(text, NULL), *b = load(text, more), *c = load(text, other_run);
	int differ = 0;
	for (int i = 0; i < 50; i++) {
		assert_true(a->ue[i].distance_m == b->ue[i].distance_m);
		assert_int_equal(a->ue[i].deadline_ns, b->ue[i].deadline_ns);
		assert_in_range(a->ue[i].deadline_ns, 50000000, 200000000);
		assert_true(a->ue[i].distance_m >= 20 && a->ue[i].distance_m <= 100);
		differ += a->ue[i].distance_m != c->ue[i].distance_m;
	}
	assert_int_equal(differ, 50);
	topology_free(a);
	topology_free(b);
	topology_free(c);
}

// Uniform over an annulus: (d^2 - low^2) / (high^2 - low^2) is uniform on [0, 1]; Kolmogorov-Smirnov at 1e-6.
static void distances_are_uniform_over_the_area(void **state)
{
	(void)state;
	enum { N = 1000 };
	struct topology *t = load("ues: {count: 1000, distance: 20m..100m}\n", NULL);
	double share[N];
	for (int i = 0; i < N; i++)
		share[i] = (pow(t->ue[i].distance_m, 2) - 400) / (10000 - 400);
	double worst = 0;
	for (int i = 0; i < N; i++) {
		int below = 0;
		for (int k = 0; k < N; k++)
			below += share[k] <= share[i];
		worst = fmax(worst, fabs((double)below / N - share[i]));
	}
	assert_true(worst < 2.69 / sqrt(N)); // sqrt(-ln(1e-6 / 2) / 2)
	topology_free(t);
}

static const char *const suffixes[] = {"",   "_s",  "_hz",     "_bps",	 "_bytes", "_m",
				       "_w", "_db", "_dbm_hz", "_flops", "_mps",   "_ratio"};

// The value at a table path, whatever unit its name ends in.
static const json_t *json_at(const json_t *root, const char *path)
{
	char word[64];
	const char *dot = strchr(path, '.');
	if (dot) {
		snprintf(word, sizeof(word), "%.*s", (int)(dot - path), path);
		return json_at(json_object_get(root, word), dot + 1);
	}
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(word, sizeof(word), "%s%s", path, suffixes[i]);
		if (json_object_get(root, word))
			return json_object_get(root, word);
	}
	return NULL;
}

static void json_holds_every_key(void **state)
{
	(void)state;
	const char *const set[] = {"ue2.gain=-90dB", "capture.points=edge,ue3", "ues.deadline=50ms..200ms",
				   NULL};
	struct topology *t = load("ues: {count: 3}\nservers: {count: 2, wan: {rate: 1Mbit/s}}\n", set);
	json_t *root = topology_to_json(t);
	assert_non_null(root);
	for (int k = 0; k < schema_n_keys; k++)
		if (!json_at(root, schema_keys[k].path))
			fail_msg("%s is not in the JSON", schema_keys[k].path);
	const json_t *list = json_at(root, "ues.list");
	assert_int_equal(json_array_size(list), 3);
	for (int k = 0; k < schema_n_keys; k++)
		if (schema_keys[k].of == KEY_OF_UE &&
		    !json_at(json_array_get(list, 0), schema_keys[k].path + 4))
			fail_msg("%s is not in the JSON of a UE", schema_keys[k].path);
	for (int k = 0; k < schema_n_keys; k++)
		if (schema_keys[k].of == KEY_OF_SERVER &&
		    !json_at(json_array_get(json_at(root, "servers.list"), 1), schema_keys[k].path + 8))
			fail_msg("%s is not in the JSON of a server", schema_keys[k].path);
	near(json_real_value(json_at(root, "cell.bandwidth")), 1e6);
	assert_string_equal(json_string_value(json_at(root, "cell.subnet")), "198.18.0.0/16");
	assert_int_equal(json_array_size(json_at(root, "ues.deadline")), 2);
	near(json_real_value(json_at(json_array_get(list, 0), "deadline")),
	     (double)t->ue[0].deadline_ns / 1e9);
	assert_true(json_is_null(json_at(json_array_get(list, 1), "distance")));
	near(json_real_value(json_at(json_array_get(list, 1), "gain")), -90);
	assert_int_equal(json_array_size(json_at(root, "capture.points")), 2);
	json_decref(root);
	topology_free(t);
}

// Reading back what help and JSON print is not promised; that help names every key, default and section is.
static void help_names_every_key_with_its_default(void **state)
{
	(void)state;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	topology_print_help(out);
	fclose(out);
	for (int k = 0; k < schema_n_keys; k++) {
		char line[128];
		const struct schema_key *key = &schema_keys[k];
		const char *dot = strrchr(key->path, '.');
		snprintf(line, sizeof(line), "\n    %s: %s\n", dot ? dot + 1 : key->path,
			 key->preset ? key->preset : "(not given)");
		if (!strstr(text, line))
			fail_msg("help lacks '%s'", line);
	}
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= 110);
	free(text);
}

static void commented_out_sections_are_fine(void **state)
{
	(void)state;
	struct topology *t = load("cell:\n# bandwidth: 5MHz\nues:\n  device:\n", NULL);
	near(t->cell.bandwidth_hz, 1e6);
	topology_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults_are_those_of_the_specification),
	    cmocka_unit_test(a_policy_takes_parameters),
	    cmocka_unit_test(quickstart_is_four_phones_in_a_row),
	    cmocka_unit_test(a_ue_overrides_what_holds_for_all),
	    cmocka_unit_test(overrides_win_over_the_file),
	    cmocka_unit_test(the_list_gives_the_count_and_an_override_cuts_it),
	    cmocka_unit_test(draws_depend_on_seed_run_and_ue_alone),
	    cmocka_unit_test(distances_are_uniform_over_the_area),
	    cmocka_unit_test(json_holds_every_key),
	    cmocka_unit_test(help_names_every_key_with_its_default),
	    cmocka_unit_test(commented_out_sections_are_fine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
