// SPDX-License-Identifier: BSD-3-Clause
// Whatever a topology may say, the processes of its run take: each key at both ends of its range, resolved,
// written, read.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "setup/resolve.h"
#include "setup/topology/schema_private.h"
#include "setup/topology/value_private.h"
#include "tests/unit/setup/config_lab.h"

// Everything in use that can be at once: most keys have an effect.
#define TOPOLOGY                                                                                             \
	"policy: j-dob\n"                                                                                    \
	"cell: {fading: {kind: rician, k: 3}, shadowing: {kind: log-normal, sigma: 4dB}, harq: {kind: "      \
	"fixed}, "                                                                                           \
	"queue_discipline: codel, jitter: {kind: normal, mean: 1ms, spread: 1ms}}\n"                         \
	"ues: {count: 2, distance: 20m..60m, deadline: 100ms, traffic: {rate: 1Mbit/s},\n"                   \
	"  mobility: {kind: random-waypoint}, arrivals: {kind: periodic}}\n"                                 \
	"edge: {executor: replay, profile: mobilenet-v2-gpu-model, batching: {mode: timer}}\n"               \
	"capture: {points: all}\n"

static void same_when_read(const struct config_table *table, const void *config, const char *what)
{
	struct err err = {""};
	void *back = malloc(table->size);
	json_t *json = config_write(table, config);
	assert_non_null(back);
	if (!json)
		fail_msg("%s: cannot be written", what);
	if (config_read(table, back, json, "FILE", &err) < 0)
		fail_msg("%s: %s", what, err.text);
	assert_true(config_equal(table, config, back));
	config_clear(table, back);
	free(back);
	json_decref(json);
}

static void shaper_takes(const struct resolved *r, const char *what)
{
	struct shaper_config config, *back = malloc(sizeof(*back));
	struct err err = {""};
	assert_non_null(back);
	assert_int_equal(resolved_shaper(&config, r, "/run", &err), 0);
	json_t *json = config_write(&shaper_config_table, &config);
	if (!json || config_read(&shaper_config_table, back, json, "FILE", &err) < 0)
		fail_msg("%s: %s", what, err.text);
	assert_int_equal(back->cell.n_ues, r->cell.n_ues);
	assert_true(config_equal(&assembly_config_table, &back->cell, &r->cell));
	for (uint32_t i = 0; i < r->cell.n_ues; i++)
		assert_true(config_equal(&assembly_ue_table, &back->cell.ues[i], &r->cell.ues[i]));
	json_decref(json);
	shaper_config_free(back);
	shaper_config_free(&config);
	free(back);
}

static void processes_take(struct resolved *r, const char *what)
{
	struct prepared_network network = {.samples = "/cache/samples"};
	const struct prepared p = {.n = 1, .networks = &network};
	assert_int_equal(r->edge.n_networks, 1);
	resolved_edge_files(&r->edge, &p, "/run", 7);
	same_when_read(&edge_config_table, &r->edge, what);
	for (int i = 0; i < r->edge.n_ues; i++) {
		struct ue_config ue;
		resolved_ue(&ue, r, i);
		resolved_ue_files(&ue, r, i, &p, "/run", 7);
		same_when_read(&ue_config_table, &ue, what);
	}
	shaper_takes(r, what);
}

// Whether there is such a run: a limit may not fit the rest.
static bool try_setting(const char *set)
{
	const char *const sets[] = {set, NULL};
	const struct topology_options options = {.set = sets};
	struct topology *t;
	struct resolved r;
	struct err err;
	if (topology_load_text(&t, "t.yaml", TOPOLOGY, strlen(TOPOLOGY), set ? &options : NULL, &err) < 0)
		return false;
	bool works = t->n_ues < 100 && resolve(&r, t, &err) == 0;
	if (works) {
		processes_take(&r, set ? set : "the topology");
		resolved_free(&r);
	}
	topology_free(t);
	return works;
}

static void a_topology_is_taken(void **state)
{
	(void)state;
	assert_true(try_setting(NULL));
}

static void both_ends_of_every_key_are_taken(void **state)
{
	(void)state;
	int tried = 0;
	for (int i = 0; i < schema_n_keys; i++) {
		const struct schema_key *key = &schema_keys[i];
		for (int end = 0; end < 2 && key->max > key->min; end++) {
			char limit[64], set[256];
			snprintf(set, sizeof(set), "%s=%s", key->path,
				 value_limit(key, end ? key->max : key->min, limit, sizeof(limit)));
			tried += try_setting(set);
		}
	}
	print_message("%d settings\n", tried);
	assert_true(tried > 80);
}

static void every_word_of_every_key_is_taken(void **state)
{
	(void)state;
	int tried = 0;
	for (int i = 0; i < schema_n_keys; i++)
		for (int w = 0; schema_keys[i].words && schema_keys[i].words[w]; w++) {
			char set[256];
			snprintf(set, sizeof(set), "%s=%s", schema_keys[i].path, schema_keys[i].words[w]);
			tried += try_setting(set);
		}
	print_message("%d settings\n", tried);
	assert_true(tried > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_topology_is_taken),
	    cmocka_unit_test(both_ends_of_every_key_are_taken),
	    cmocka_unit_test(every_word_of_every_key_is_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
