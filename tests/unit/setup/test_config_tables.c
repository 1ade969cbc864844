// SPDX-License-Identifier: BSD-3-Clause
// The laws of configurations: what is written is what is read, and nothing else is read. Random ones of every
// process by their tables; the seed is printed.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "setup/edge_config.h"
#include "setup/shaper_config.h"
#include "setup/ue_config.h"
#include "tests/unit/setup/config_lab.h"

enum { ROUNDS = 200, REFUSALS = 5 };

// What a configuration must have beside its rows' bounds.
static void mend_edge(void *config)
{
	struct edge_config *c = config;
	for (int i = 0; i < c->n_ues; i++)
		c->ues[i].network %= c->n_networks;
}

static void mend_ue(void *config)
{
	struct ue_config *c = config;
	c->arrivals.probability += c->arrivals.probability > 0 ? 0 : 1;
	c->arrivals.slot_s += c->arrivals.slot_s > 0 ? 0 : 1;
}

static void mend_shaper(void *config)
{
	struct shaper_config *c = config;
	snprintf(c->trunk, sizeof(c->trunk), "other than edge"); // its letters have no t
	for (uint32_t i = 0; i < c->n_ues; i++) {
		c->ues[i].radio.queue_bytes += SHAPER_MAX_MTU + 14;
		if (c->ues[i].radio.queue_bytes > 1 << 30)
			c->ues[i].radio.queue_bytes = 1 << 30;
		c->ues[i].radio.tx_w += c->ues[i].radio.tx_w > 0 ? 0 : 1;
	}
	for (size_t i = 0; i < c->n_captures; i++)
		c->captures[i].ue = c->captures[i].point == CAPTURE_UE ? 0 : -1;
}

static void forget_edge(void *config)
{
	edge_config_free(config);
}

static void forget_ue(void *config)
{
	ue_config_free(config);
}

static void forget_shaper(void *config)
{
	shaper_config_free(config);
}

static const struct kind {
	const char *name;
	const struct config_table *table;
	void (*mend)(void *config);
	void (*forget)(void *config);
} kinds[] = {
    {"edge", &edge_config_table, mend_edge, forget_edge},
    {"ue", &ue_config_table, mend_ue, forget_ue},
    {"shaper", &shaper_config_table, mend_shaper, forget_shaper},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static uint64_t seed;

static void *random_config(const struct kind *kind, struct rng *rng)
{
	void *config = calloc(1, kind->table->size);
	assert_non_null(config);
	config_fill(kind->table, config, rng);
	kind->mend(config);
	return config;
}

static void what_is_written_is_what_is_read(void **state)
{
	(void)state;
	char path[] = "/tmp/airbatch-config-XXXXXX";
	close(mkstemp(path));
	for (int k = 0; k < KINDS; k++) {
		struct rng *rng = rng_new(seed, 1, RNG_TEST, (uint64_t)k);
		void *back = malloc(kinds[k].table->size);
		assert_true(rng && back);
		for (int i = 0; i < ROUNDS; i++) {
			struct err err;
			void *config = random_config(&kinds[k], rng);
			if (config_save(kinds[k].table, config, path, &err) < 0 ||
			    config_load(kinds[k].table, back, path, &err) < 0)
				fail_msg("%s: %s", kinds[k].name, err.text);
			assert_true(config_equal(kinds[k].table, config, back));
			kinds[k].forget(back);
			kinds[k].forget(config);
			free(config);
		}
		free(back);
		rng_free(rng);
	}
	unlink(path);
}

struct refusals {
	const struct kind *kind;
	json_t *whole;
	int n;
};

// The object as it is now is refused, and the sentence begins with file and path.
static void refused(struct refusals *r, const char *path, const char *how)
{
	struct err err;
	char begin[300];
	void *config = malloc(r->kind->table->size);
	assert_non_null(config);
	snprintf(begin, sizeof(begin), "FILE: %s ", path);
	int code = config_read(r->kind->table, config, r->whole, "FILE", &err);
	if (code != -EINVAL || strncmp(err.text, begin, strlen(begin)) != 0)
		fail_msg("%s: %s %s: %s", r->kind->name, path, how, code < 0 ? err.text : "was read");
	free(config);
	r->n++;
}

static void put(json_t *holder, size_t index, const char *key, json_t *value)
{
	if (json_is_array(holder))
		json_array_set(holder, index, value);
	else
		json_object_set(holder, key, value);
}

static void try(struct refusals *r, json_t *holder, size_t index, const struct config_field *f,
		const char *path, json_t *wrong, const char *how)
{
	put(holder, index, f->key, wrong);
	refused(r, path, how);
	json_decref(wrong);
}

static bool is_number(const struct config_field *f)
{
	return f->kind <= FIELD_SECONDS && f->kind != FIELD_HASH;
}

static void try_texts(struct refusals *r, json_t *holder, size_t index, const struct config_field *f,
		      const char *path)
{
	char *longer = malloc(f->size + 1);
	assert_non_null(longer);
	memset(longer, 'x', f->size);
	longer[f->size] = '\0';
	try(r, holder, index, f, path, json_string(longer), "too long");
	try(r, holder, index, f, path, json_string(""), "empty");
	free(longer);
}

static void try_wrong_values(struct refusals *r, json_t *holder, size_t index, const struct config_field *f,
			     const char *path)
{
	bool whole = f->kind != FIELD_NUMBER && f->kind != FIELD_SECONDS;
	double beyond = f->high + (f->high > 1 ? f->high / 2 : 1);
	try(r, holder, index, f, path, json_null(), "null");
	if (is_number(f)) {
		try(r, holder, index, f, path, whole ? json_integer((json_int_t)beyond) : json_real(beyond),
		    "too large");
		try(r, holder, index, f, path, json_string("1"), "a text");
		if (whole)
			try(r, holder, index, f, path, json_real((f->low + f->high) / 2), "no whole number");
	}
	if (f->kind == FIELD_WORD || f->kind == FIELD_HASH || f->kind == FIELD_MAC)
		try(r, holder, index, f, path, json_string("no-such-word"), "no word");
	if (f->kind == FIELD_MAC)
		try(r, holder, index, f, path, json_string("01:00:5e:00:00:01"), "multicast");
	if (f->kind == FIELD_NUMBERS)
		try(r, holder, index, f, path, json_array(), "no numbers");
	if (f->kind == FIELD_TEXT)
		try_texts(r, holder, index, f, path);
}

static void refuse_each(json_t *holder, size_t index, const struct config_field *f, const char *path,
			void *user)
{
	struct refusals *r = user;
	json_t *value =
	    json_is_array(holder) ? json_array_get(holder, index) : json_object_get(holder, f->key);
	json_incref(value);
	if (!json_is_array(holder)) {
		size_t before = strlen(path) - strlen(f->key);
		char unknown[300];
		json_object_del(holder, f->key);
		if (!f->optional)
			refused(r, path, "missing");
		json_object_set(holder, f->key, value);
		json_object_set_new(holder, "no_key", json_integer(1));
		snprintf(unknown, sizeof(unknown), "%.*sno_key", (int)before, path);
		refused(r, unknown, "unknown");
		json_object_del(holder, "no_key");
	}
	try_wrong_values(r, holder, index, f, path);
	put(holder, index, f->key, value);
	json_decref(value);
}

static void every_wrong_value_is_refused_by_its_path(void **state)
{
	(void)state;
	for (int k = 0; k < KINDS; k++) {
		struct rng *rng = rng_new(seed, 2, RNG_TEST, (uint64_t)k);
		assert_non_null(rng);
		for (int i = 0; i < REFUSALS; i++) {
			void *config = random_config(&kinds[k], rng);
			struct refusals r = {.kind = &kinds[k],
					     .whole = config_write(kinds[k].table, config)};
			assert_non_null(r.whole);
			config_each_value(kinds[k].table, r.whole, refuse_each, &r);
			assert_true(r.n > 50);
			json_decref(r.whole);
			kinds[k].forget(config);
			free(config);
		}
		rng_free(rng);
	}
}

static void a_number_that_is_not_finite_is_not_written(void **state)
{
	(void)state;
	struct err err;
	struct edge_power power = {.static_w = 1. / 0., .n_freq = 1, .freq = {1}};
	struct edge_config config = {.power = power};
	assert_int_equal(config_save(&edge_config_table, &config, "/dev/null", &err), -EDOM);
	assert_non_null(strstr(err.text, "not finite"));
}

struct keys {
	int n;
	const struct kind *kind;
};

static void check_key(const char *path, const struct config_field *field, void *user)
{
	struct keys *keys = user;
	char takes[256];
	keys->n++;
	if (!field->doc || !*field->doc || !*config_takes(field, takes, sizeof(takes)))
		fail_msg("%s: %s has no meaning", keys->kind->name, path);
	if (is_number(field) && !(field->low < field->high))
		fail_msg("%s: %s has no bounds", keys->kind->name, path);
}

static void every_key_says_what_it_means(void **state)
{
	(void)state;
	for (int k = 0; k < KINDS; k++) {
		struct keys keys = {.kind = &kinds[k]};
		config_describe(kinds[k].table, check_key, &keys);
		assert_true(keys.n > 20);
	}
}

static void what_does_not_fit_together_is_refused(void **state)
{
	(void)state;
	struct err err;
	struct rng *rng = rng_new(seed, 3, RNG_TEST, 0);
	struct edge_config *edge = random_config(&kinds[0], rng), back;
	edge->ues[0].network = edge->n_networks;
	json_t *json = config_write(&edge_config_table, edge);
	assert_int_equal(config_read(&edge_config_table, &back, json, "FILE", &err), -EINVAL);
	assert_non_null(strstr(err.text, "ues[0].network is"));
	json_decref(json);
	edge_config_free(edge);
	free(edge);

	struct ue_config *ue = random_config(&kinds[1], rng), *other = malloc(sizeof(*other));
	ue->arrivals.kind = ARRIVALS_BERNOULLI;
	ue->arrivals.slot_s = 0;
	json = config_write(&ue_config_table, ue);
	assert_int_equal(config_read(&ue_config_table, other, json, "FILE", &err), -EINVAL);
	assert_string_equal(err.text,
			    "FILE: arrivals.slot_s is 0: with kind bernoulli a number above 0 is right");
	json_decref(json);
	ue_config_free(ue);
	free(ue);
	free(other);
	rng_free(rng);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_what_is_read),
	    cmocka_unit_test(every_wrong_value_is_refused_by_its_path),
	    cmocka_unit_test(a_number_that_is_not_finite_is_not_written),
	    cmocka_unit_test(every_key_says_what_it_means),
	    cmocka_unit_test(what_does_not_fit_together_is_refused),
	};
	seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)clock_wall_ns() % 1000000;
	printf("seed %llu (an argument repeats it)\n", (unsigned long long)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
