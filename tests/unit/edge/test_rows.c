// SPDX-License-Identifier: BSD-3-Clause
// Rows of tensors: neighbours in memory, apart from everything else, and back to the pool when nobody is
// left.
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/rng.h"
#include "edge/process/rows.h"

static const char three[] =
    "network three\ninput 8x8x3\nsubtask A\nconv 3x3 16 pad 1\nsubtask B\nconv 3x3 5\n"
    "subtask C\nfc 7\n";

static const char large[] = "network large\ninput 40x40x3\nsubtask A\nconv 3x3 40\n";

static struct network *parse_text(const char *text)
{
	struct network *net;
	assert_int_equal(network_parse(&net, text, "text.net", 1, NULL), 0);
	return net;
}

static struct network *parse(void)
{
	return parse_text(three);
}

static void rows_are_neighbours_and_nothing_overlaps(void **state)
{
	(void)state;
	struct network *net = parse();
	struct rows_pool *pool = rows_pool_new();
	for (int first = 0; first <= net->n_subtasks; first++) {
		enum { N = 5 };
		struct rows *rows = rows_take(pool, net, first, N);
		float mark = 0;
		for (int cut = first; cut <= net->n_subtasks; cut++) {
			assert_int_equal((uintptr_t)rows_tensor(rows, cut, 0) % 64, 0);
			for (int row = 0; row < N; row++) {
				float *t = rows_tensor(rows, cut, row);
				int64_t n = network_cut_values(net, cut);
				if (row > 0)
					assert_ptr_equal(t, rows_tensor(rows, cut, row - 1) + n);
				mark += 1;
				for (int64_t i = 0; i < n; i++)
					t[i] = mark;
			}
		}
		mark = 0;
		for (int cut = first; cut <= net->n_subtasks; cut++)
			for (int row = 0; row < N; row++) {
				mark += 1;
				for (int64_t i = 0; i < network_cut_values(net, cut); i++)
					assert_true(rows_tensor(rows, cut, row)[i] == mark);
			}
		for (int row = 0; row < N; row++)
			rows_drop(rows);
	}
	rows_pool_free(pool);
	network_free(net);
}

// The last to drop returns the memory, and only then is it taken again.
static void memory_is_used_again(void **state)
{
	(void)state;
	struct network *net = parse();
	struct rows_pool *pool = rows_pool_new();
	struct rows *first = rows_take(pool, net, 0, 3);
	float *place = rows_tensor(first, 0, 0);
	rows_drop(first);
	rows_drop(first);
	struct rows *second = rows_take(pool, net, 0, 3);
	assert_ptr_not_equal(rows_tensor(second, 0, 0), place);
	rows_drop(first);
	struct rows *third = rows_take(pool, net, 1, 2);
	assert_ptr_equal(rows_tensor(third, 1, 0), place);
	rows_drop(third);
	rows_drop(third);
	for (int i = 0; i < 3; i++)
		rows_drop(second);
	rows_drop(NULL);
	rows_pool_free(pool);
	network_free(net);
}

// Whatever is taken and dropped in whatever order: live pieces never overlap (each keeps its mark).
static void random_use_mixes_nothing_up(void **state)
{
	(void)state;
	uint64_t seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	struct rng *rng = rng_new(seed, 0, RNG_TEST, 0);
	struct network *net = parse();
	struct rows_pool *pool = rows_pool_new();
	enum { LIVE = 8 };
	struct rows *live[LIVE] = {0};
	int size[LIVE] = {0}, cut[LIVE] = {0};
	for (int i = 0; i < 5000; i++) {
		int k = (int)rng_below(rng, LIVE);
		if (live[k]) {
			assert_true(*rows_tensor(live[k], cut[k], size[k] - 1) == (float)k);
			while (size[k]-- > 0)
				rows_drop(live[k]);
			live[k] = NULL;
			continue;
		}
		size[k] = 1 + (int)rng_below(rng, 20);
		cut[k] = (int)rng_below(rng, 3);
		live[k] = rows_take(pool, net, cut[k], size[k]);
		for (int row = 0; row < size[k]; row++)
			*rows_tensor(live[k], cut[k], row) = (float)k;
	}
	for (int k = 0; k < LIVE; k++)
		while (live[k] && size[k]-- > 0)
			rows_drop(live[k]);
	rows_pool_free(pool);
	network_free(net);
	rng_free(rng);
}

static size_t allocated_bytes(void)
{
	struct mallinfo2 m = mallinfo2(); // all zeros where a sanitizer allocates
	return m.uordblks + m.hblkhd;
}

// Tasks of two networks that are at the edge at once, in one group each or in several.
static void what_is_reserved_is_not_allocated_again(void **state)
{
	(void)state;
	enum { N = 6 };
	struct network *net[] = {parse(), parse_text(large)};
	const struct network *of_task[2 * N];
	static const int sizes[][3] = {{6, 0, 0}, {1, 2, 3}, {3, 2, 1}, {1, 4, 1}, {2, 2, 2}};
	struct rows_pool *pool = rows_pool_new();
	for (int i = 0; i < 2 * N; i++)
		of_task[i] = net[i % 2];
	assert_int_equal(rows_pool_reserve(pool, of_task, 2 * N), 0);
	size_t before = allocated_bytes();
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		struct rows *rows[6] = {0};
		for (int g = 0; g < 6; g++)
			if (sizes[k][g / 2] > 0)
				rows[g] = rows_take(pool, net[g % 2], 0, sizes[k][g / 2]);
		assert_int_equal(allocated_bytes(), before);
		for (int g = 0; g < 6; g++)
			for (int i = 0; i < sizes[k][g / 2]; i++)
				rows_drop(rows[g]);
	}
	rows_pool_free(pool);
	network_free(net[0]);
	network_free(net[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_are_neighbours_and_nothing_overlaps),
	    cmocka_unit_test(memory_is_used_again),
	    cmocka_unit_test(what_is_reserved_is_not_allocated_again),
	    cmocka_unit_test(random_use_mixes_nothing_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
