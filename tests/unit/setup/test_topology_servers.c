// SPDX-License-Identifier: BSD-3-Clause
// Servers beyond the edge in a topology: what holds for all and what for one, overrides, the resolved
// configuration, and the sentence for everything that is wrong.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "setup/topology/topology.h"

static struct topology *load(const char *text, const char *const *set, struct err *err)
{
	struct topology *t = NULL;
	const struct topology_options options = {.set = set};
	topology_load_text(&t, "t.yaml", text, strlen(text), &options, err);
	return t;
}

static struct topology *must_load(const char *text, const char *const *set)
{
	struct err err;
	struct topology *t = load(text, set, &err);
	if (!t)
		fail_msg("%s: %s", text, err.text);
	return t;
}

static void refused(const char *text, const char *const *set, const char *sentence)
{
	struct err err;
	struct topology *t = load(text, set, &err);
	assert_null(t);
	assert_string_equal(err.text, sentence);
}

static void there_are_none_unless_asked_for(void **state)
{
	(void)state;
	struct topology *t = must_load("seed: 1\n", NULL);
	json_t *json = topology_to_json(t);
	assert_int_equal(t->n_servers, 0);
	assert_null(json_object_get(json, "servers"));
	json_decref(json);
	topology_free(t);
}

static void a_list_overrides_what_holds_for_all(void **state)
{
	(void)state;
	struct topology *t = must_load("servers:\n"
				       "  cores: 3\n"
				       "  speed: 2\n"
				       "  wan: {rate: 10Mbit/s, delay: 5ms}\n"
				       "  list:\n"
				       "    - {name: cloud, cores: 4, wan: {delay: 20ms}}\n"
				       "    - {}\n",
				       NULL);
	const struct topology_server *cloud = &t->server[0], *other = &t->server[1];
	assert_int_equal(t->n_servers, 2);
	assert_string_equal(cloud->name, "cloud");
	assert_string_equal(other->name, "server2");
	assert_true(cloud->cores == 4 && other->cores == 3 && cloud->speed == 2 && other->speed == 2);
	assert_true(cloud->wan.rate_bps == 1e7 && cloud->wan.delay_ns == 20000000);
	assert_true(other->wan.rate_bps == 1e7 && other->wan.delay_ns == 5000000);
	topology_free(t);
}

static void overrides_reach_one_or_all(void **state)
{
	(void)state;
	static const char text[] = "servers: {list: [{name: cloud, wan: {rate: 1Mbit/s}}]}\n";
	const char *one[] = {"server1.wan.rate=7Mbit/s", "server1.cores=8", NULL};
	struct topology *t = must_load(text, one);
	json_t *json = topology_to_json(t), *given = topology_given_to_json(t);
	json_t *server = json_array_get(json_object_get(json_object_get(json, "servers"), "list"), 0);
	assert_true(json_number_value(json_object_get(json_object_get(server, "wan"), "rate_bps")) == 7e6);
	assert_true(json_integer_value(json_object_get(server, "cores")) == 8);
	assert_string_equal(json_string_value(json_object_get(server, "name")), "cloud");
	assert_non_null(json_object_get(json_object_get(given, "server1"), "cores"));
	json_decref(given);
	json_decref(json);
	topology_free(t);
	const char *more[] = {"servers.count=3", "servers.wan.rate=2Mbit/s", NULL};
	t = must_load(text, more);
	assert_true(t->n_servers == 3 && t->server[0].wan.rate_bps == 1e6 &&
		    t->server[2].wan.rate_bps == 2e6);
	topology_free(t);
	const char *none[] = {"servers.count=0", NULL};
	t = must_load(text, none);
	assert_int_equal(t->n_servers, 0);
	topology_free(t);
}

static void paths_have_their_units(void **state)
{
	(void)state;
	char si[64], text[64];
	assert_int_equal(topology_si_path("server2.wan.rate", si, sizeof(si)), 0);
	assert_string_equal(si, "server2.wan.rate_bps");
	json_t *rate = json_real(1e8);
	topology_si_text(si, rate, text, sizeof(text));
	assert_string_equal(text, "100 Mbit/s");
	json_decref(rate);
	assert_int_equal(topology_si_path("server2.wan.height", si, sizeof(si)), -22);
}

static void what_is_wrong_is_said(void **state)
{
	(void)state;
	refused("servers:\n  list:\n    - {name: cloud}\n", NULL,
		"t.yaml:3:7: server cloud has no way to the edge: give its wan.rate, such as wan: {rate: "
		"100Mbit/s, "
		"delay: 20ms}");
	refused("servers: {count: 2}\n", NULL,
		"t.yaml: server server1 has no way to the edge: give its wan.rate, such as wan: {rate: "
		"100Mbit/s, "
		"delay: 20ms}");
	refused("servers:\n  list:\n    - {wan: {rate: 0Mbit/s}}\n", NULL,
		"t.yaml:3:20: server1.wan.rate is 0Mbit/s: must be > 0");
	refused("servers:\n  list:\n    - {wan: {rate: 1Mbit/s, loss: 60%}}\n", NULL,
		"t.yaml:3:35: server1.wan.loss is 60%: must be <= 0.5");
	refused("servers:\n  list:\n    - {core: 2, wan: {rate: 1Mbit/s}}\n", NULL,
		"t.yaml:3:8: server1.core is not a key of server1: did you mean cores?");
	refused("servers:\n  list:\n    - {cores: 65, wan: {rate: 1Mbit/s}}\n", NULL,
		"t.yaml:3:15: server1.cores is 65: must be <= 64");
	refused("servers:\n  list:\n    - {distance: 20m}\n", NULL,
		"t.yaml:3:8: server1.distance is not a key of server1: did you mean ues.distance?");
	refused("servers: {list: cloud}\n", NULL,
		"t.yaml:1:17: servers.list is one value: must be a list with one item for each server, such "
		"as '- "
		"{name: cloud, cores: 4, wan: {rate: 100Mbit/s, delay: 20ms}}'");
	refused("servers: {list: []}\n", NULL,
		"t.yaml:1:17: servers.list is empty: leave it out or name a server");
	refused("servers: {count: 8}\n", NULL, "t.yaml:1:18: servers.count is 8: must be <= 7");
	refused("servers: {count: 1, list: [{}, {}], wan: {rate: 1Mbit/s}}\n", NULL,
		"t.yaml:1:18: servers.count is 1 but servers.list has 2 servers: raise the count or shorten "
		"the list");
	refused("servers: {cores: 2}\n", NULL,
		"t.yaml:1:18: servers.cores has no effect while servers.count is 0: only with servers.count");
	refused("edge: {cores: 2}\n", NULL,
		"t.yaml:1:15: edge.cores has no effect while edge.batching.mode is planned: only with "
		"edge.batching.mode cores");
}

static void names_differ(void **state)
{
	(void)state;
	refused("servers:\n  wan: {rate: 1Mbit/s}\n  list:\n    - {name: a}\n    - {name: a}\n", NULL,
		"t.yaml:5:14: server2 is called a, which is taken: give it another name");
	refused("servers: {wan: {rate: 1Mbit/s}, list: [{name: edge}]}\n", NULL,
		"t.yaml:1:47: server1 is called edge, which is taken: give it another name");
}

static void overrides_that_miss_are_refused(void **state)
{
	(void)state;
	static const char text[] = "servers: {list: [{wan: {rate: 1Mbit/s}}]}\n";
	const char *beyond[] = {"server2.cores=2", NULL}, *list[] = {"servers.list=x", NULL},
		   *group[] = {"server1.wan=x", NULL}, *ue[] = {"server1.gain=-90dB", NULL};
	refused(text, beyond, "server2 is set but there is only 1 server");
	refused(text, list,
		"servers.list cannot be set: set the keys of its servers, such as server1.wan.rate");
	refused(text, group, "server1.wan is a group of keys: set one of them, such as server1.wan.rate");
	refused(text, ue, "server1.gain is not a key of server1: did you mean cell.antenna.gain?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(there_are_none_unless_asked_for),
	    cmocka_unit_test(a_list_overrides_what_holds_for_all),
	    cmocka_unit_test(overrides_reach_one_or_all),
	    cmocka_unit_test(paths_have_their_units),
	    cmocka_unit_test(what_is_wrong_is_said),
	    cmocka_unit_test(names_differ),
	    cmocka_unit_test(overrides_that_miss_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
