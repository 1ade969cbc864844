// SPDX-License-Identifier: BSD-3-Clause
#include "tests/unit/setup/config_lab.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static double between(const struct config_field *f, struct rng *rng)
{
	double u = rng_uniform(rng, 0, 1);
	return u < .1 ? f->low : u > .9 ? f->high : f->low + (f->high - f->low) * u;
}

// As reading counts them: in a way that stays the same when it is written and read again.
static int64_t seconds(const struct config_field *f, struct rng *rng)
{
	return s_to_ns(ns_to_s(s_to_ns(between(f, rng))));
}

static void fill_text(const struct config_field *f, char *at, struct rng *rng)
{
	static const char letters[] = "abcXYZ019 /._-\"\\\n\t@,:";
	size_t most = f->size - 1 < 24 ? f->size - 1 : 24,
	       n = 1 + (size_t)(rng_uniform(rng, 0, 1) * (double)most);
	n = n > most ? most : n;
	for (size_t i = 0; i < n; i++)
		at[i] = letters[(size_t)(rng_uniform(rng, 0, 1) * (sizeof(letters) - 1))];
	at[n] = '\0';
}

static void fill_word(const struct config_field *f, void *at, struct rng *rng)
{
	int n = 0;
	while (f->words[n])
		n++;
	int word = (int)(rng_uniform(rng, 0, 1) * n);
	if (f->size == sizeof(bool))
		*(bool *)at = word == 1;
	else
		*(int *)at = word;
}

static void set_count(const struct config_field *f, void *base, size_t n)
{
	memcpy((char *)base + f->count, &n, f->count_size); // the low half comes first
}

static void fill_numbers(const struct config_field *f, void *base, struct rng *rng)
{
	size_t n = 1 + (size_t)(rng_uniform(rng, 0, 1) * (double)(f->size / sizeof(double)));
	for (size_t i = 0; i < n; i++)
		((double *)(void *)((char *)base + f->offset))[i] = between(f, rng);
	set_count(f, base, n);
}

static void fill_list(const struct config_field *f, void *base, struct rng *rng)
{
	size_t n = 1 + (size_t)(rng_uniform(rng, 0, 1) * 3);
	char *items = calloc(n, f->table->size);
	for (size_t i = 0; items && i < n; i++)
		config_fill(f->table, items + i * f->table->size, rng);
	memcpy((char *)base + f->offset, &items, sizeof(items));
	set_count(f, base, items ? n : 0);
}

static void fill(const struct config_field *f, void *base, struct rng *rng)
{
	void *at = (char *)base + f->offset;
	switch (f->kind) {
	case FIELD_INT:
		*(int *)at = (int)between(f, rng);
		return;
	case FIELD_UINT32:
		*(uint32_t *)at = (uint32_t)between(f, rng);
		return;
	case FIELD_INT64:
	case FIELD_UINT64:
		*(int64_t *)at = (int64_t)between(f, rng);
		return;
	case FIELD_HASH:
		*(uint64_t *)at = (uint64_t)(rng_uniform(rng, 0, 1) * 1.8e19);
		return;
	case FIELD_NUMBER:
		*(double *)at = between(f, rng);
		return;
	case FIELD_SECONDS:
		*(int64_t *)at = seconds(f, rng);
		return;
	case FIELD_BOOL:
		*(bool *)at = rng_uniform(rng, 0, 1) < .5;
		return;
	case FIELD_WORD:
		fill_word(f, at, rng);
		return;
	case FIELD_TEXT:
		fill_text(f, at, rng);
		return;
	case FIELD_MAC:
		for (int i = 1; i < 6; i++)
			((uint8_t *)at)[i] = (uint8_t)(rng_uniform(rng, 0, 1) * 256);
		return;
	case FIELD_NUMBERS:
		fill_numbers(f, base, rng);
		return;
	case FIELD_OBJECT:
	case FIELD_INLINE:
		config_fill(f->table, at, rng);
		return;
	case FIELD_LIST:
	case FIELD_ROWS:
		fill_list(f, base, rng);
		return;
	}
}

void config_fill(const struct config_table *table, void *base, struct rng *rng)
{
	for (const struct config_field *f = table->fields; f->key; f++)
		fill(f, base, rng);
}

struct visit {
	config_value_fn fn;
	void *user;
};

static void visit(const struct visit *v, const struct config_table *table, json_t *holder,
		  const char *before);

static void visit_inside(const struct visit *v, const struct config_field *f, json_t *value, const char *path)
{
	char item[280];
	if (f->kind == FIELD_OBJECT)
		visit(v, f->table, value, path);
	for (size_t i = 0; f->table && i < json_array_size(value); i++) {
		snprintf(item, sizeof(item), "%s[%zu]", path, i);
		visit(v, f->table, json_array_get(value, i), item);
	}
}

static void visit(const struct visit *v, const struct config_table *table, json_t *holder, const char *before)
{
	size_t index = 0;
	char path[256];
	for (const struct config_field *f = table->fields; f->key; f++, index++) {
		snprintf(path, sizeof(path), "%s%s%s", before, *before ? "." : "", f->key);
		if (f->kind == FIELD_INLINE) {
			visit(v, f->table, holder, before);
			continue;
		}
		json_t *value =
		    json_is_array(holder) ? json_array_get(holder, index) : json_object_get(holder, f->key);
		if (!value)
			continue;
		visit_inside(v, f, value, path);
		v->fn(holder, index, f, path, v->user);
	}
}

void config_each_value(const struct config_table *table, json_t *object, config_value_fn fn, void *user)
{
	visit(&(struct visit){fn, user}, table, object, "");
}

static size_t count_of(const struct config_field *f, const void *base)
{
	size_t n = 0;
	memcpy(&n, (const char *)base + f->count, f->count_size);
	return n;
}

static bool equal(const struct config_field *f, const void *a, const void *b)
{
	const char *left = (const char *)a + f->offset, *right = (const char *)b + f->offset;
	switch (f->kind) {
	case FIELD_TEXT:
		return strcmp(left, right) == 0;
	case FIELD_NUMBERS:
		return count_of(f, a) == count_of(f, b) &&
		       memcmp(left, right, count_of(f, a) * sizeof(double)) == 0;
	case FIELD_OBJECT:
	case FIELD_INLINE:
		return config_equal(f->table, left, right);
	case FIELD_LIST:
	case FIELD_ROWS:
		for (size_t i = 0; i < count_of(f, a); i++)
			if (count_of(f, b) <= i ||
			    !config_equal(f->table, *(char *const *)left + i * f->table->size,
					  *(char *const *)right + i * f->table->size))
				return false;
		return count_of(f, a) == count_of(f, b);
	default:
		return memcmp(left, right, f->size) == 0;
	}
}

bool config_equal(const struct config_table *table, const void *a, const void *b)
{
	for (const struct config_field *f = table->fields; f->key; f++)
		if (!equal(f, a, b))
			return false;
	return true;
}
