// SPDX-License-Identifier: BSD-3-Clause
// Any byte of a topology file may be wrong: mutations of the quickstart either load, or are refused with a
// sentence that names the file; never a crash or a leak (run under the sanitizers).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "setup/topology/topology.h"

#define MUTATIONS 3000
#define ROOM 16384

static size_t read_quickstart(char *text)
{
	FILE *file = fopen(QUICKSTART, "re");
	assert_non_null(file);
	size_t size = fread(text, 1, ROOM / 4, file);
	fclose(file);
	assert_true(size > 100);
	return size;
}

static size_t insert(char *text, size_t size, size_t at, const char *what, size_t length)
{
	if (size + length > ROOM)
		return size;
	memmove(text + at + length, text + at, size - at);
	memcpy(text + at, what, length);
	return size + length;
}

static size_t erase(char *text, size_t size, size_t at, size_t length)
{
	if (length > size - at)
		length = size - at;
	memmove(text + at, text + at + length, size - at - length);
	return size - length;
}

static size_t mutate(struct rng *rng, char *text, size_t size)
{
	static const char *const pieces[] = {
	    "&a ",  "*a",     "- ",   "[",  "]",     "{",     "}", ": ",
	    "\n",   "!!int ", "|\n",  "..", "1e999", "nan",   "-", "999999999999999999999",
	    "\t",   "\xff",   "<<: ", "? ", "ues:",  "list:", "'", "\"",
	    "%TAG", "---\n",  "#"};
	size_t at = rng_below(rng, size + 1), length = 1 + rng_below(rng, 40);
	const char *piece = pieces[rng_below(rng, sizeof(pieces) / sizeof(pieces[0]))];
	char copy[40];
	switch (rng_below(rng, 4)) {
	case 0:
		if (at < size)
			text[at] = (char)rng_below(rng, 256);
		return size;
	case 1:
		return erase(text, size, at, length);
	case 2:
		return insert(text, size, at, piece, strlen(piece));
	default: // a stretch of the file once more, elsewhere
		at = rng_below(rng, size - 39);
		memcpy(copy, text + at, sizeof(copy));
		return insert(text, size, rng_below(rng, size + 1), copy, sizeof(copy));
	}
}

static void any_mutation_loads_or_is_refused_with_a_sentence(void **state)
{
	(void)state;
	static char original[ROOM], text[ROOM];
	size_t original_size = read_quickstart(original);
	const char *fixed = getenv("AIRBATCH_TEST_SEED");
	uint64_t seed = fixed ? strtoull(fixed, NULL, 10) : (uint64_t)clock_now_ns() & 0xffffffffu;
	print_message("AIRBATCH_TEST_SEED=%llu\n", (unsigned long long)seed);
	struct rng *rng = rng_new(seed, 0, RNG_TEST, 0);
	int loaded = 0;
	for (int i = 0; i < MUTATIONS; i++) {
		memcpy(text, original, original_size);
		size_t size = original_size;
		for (uint64_t n = 1 + rng_below(rng, 4); n > 0; n--)
			size = mutate(rng, text, size);
		struct topology *t;
		struct err err = {""};
		if (topology_load_text(&t, "quickstart.yaml", text, size, NULL, &err) == 0) {
			loaded++;
			assert_true(t->n_ues >= 1 && t->n_ues <= TOPOLOGY_MAX_UES);
			topology_free(t);
		} else {
			assert_memory_equal(err.text, "quickstart.yaml:", 16);
		}
	}
	print_message("%d of %d mutations load\n", loaded, MUTATIONS);
	assert_true(loaded > 0 && loaded < MUTATIONS);
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_mutation_loads_or_is_refused_with_a_sentence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
