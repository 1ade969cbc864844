// SPDX-License-Identifier: BSD-3-Clause
// The event queue against sorting: earliest first, equal instants in the order of putting in.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/rng.h"
#include "sim/queue.h"

static int by_time_then_order(const void *a, const void *b)
{
	const struct event *x = a, *y = b;
	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

// Every size from 1 to 300; few different instants, so that ties abound.
static void events_come_out_sorted_and_ties_in_order(void **state)
{
	(void)state;
	uint64_t seed = (uint64_t)time(NULL);
	printf("seed %llu\n", (unsigned long long)seed);
	struct rng *rng = rng_new(seed, 1, RNG_TEST, 1);
	for (size_t n = 1; n <= 300; n++) {
		struct event_queue q = {0};
		struct event expected[300];
		for (size_t i = 0; i < n; i++) {
			int64_t at = (int64_t)rng_below(rng, 1 + n / 4);
			expected[i] = (struct event){.at_ns = at, .order = i, .index = (uint32_t)i};
			assert_int_equal(event_queue_push(&q, at, 0, (uint32_t)i), 0);
		}
		qsort(expected, n, sizeof(expected[0]), by_time_then_order);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(event_queue_pop(&q).index, expected[i].index);
		assert_null(event_queue_first(&q));
		event_queue_free(&q);
	}
	rng_free(rng);
}

// postpone() is pop() and push(): two queues, one of each kind, stay alike.
static void postponing_is_taking_out_and_putting_in(void **state)
{
	(void)state;
	uint64_t seed = (uint64_t)time(NULL);
	printf("seed %llu\n", (unsigned long long)seed);
	struct rng *rng = rng_new(seed, 1, RNG_TEST, 2);
	struct event_queue a = {0}, b = {0};
	for (uint32_t i = 0; i < 100; i++) {
		int64_t at = (int64_t)rng_below(rng, 50);
		event_queue_push(&a, at, 1, i);
		event_queue_push(&b, at, 1, i);
	}
	for (int i = 0; i < 100000; i++) {
		int64_t at = event_queue_first(&a)->at_ns + (int64_t)rng_below(rng, 20);
		event_queue_postpone(&a, at);
		struct event e = event_queue_pop(&b);
		event_queue_push(&b, at, e.kind, e.index);
		assert_int_equal(event_queue_first(&a)->index, event_queue_first(&b)->index);
		assert_true(event_queue_first(&a)->at_ns == event_queue_first(&b)->at_ns);
	}
	event_queue_free(&a);
	event_queue_free(&b);
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(events_come_out_sorted_and_ties_in_order),
	    cmocka_unit_test(postponing_is_taking_out_and_putting_in),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
