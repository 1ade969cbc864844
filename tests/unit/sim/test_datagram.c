// SPDX-License-Identifier: BSD-3-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/rng.h"
#include "proto/datagram.h"

static uint64_t bits(struct rng *rng)
{
	return rng_below(rng, UINT64_C(1) << 31) << 33 ^ rng_below(rng, UINT64_C(1) << 31) << 2 ^
	       rng_below(rng, 4);
}

static void what_is_put_is_got(void **state)
{
	(void)state;
	uint64_t seed = (uint64_t)time(NULL);
	printf("seed %llu\n", (unsigned long long)seed);
	struct rng *rng = rng_new(seed, 1, RNG_TEST, 5);
	for (int i = 0; i < 10000; i++) {
		struct datagram in = {(uint32_t)bits(rng), (uint32_t)bits(rng), bits(rng),
				      (int64_t)bits(rng)},
				out;
		uint8_t bytes[DATAGRAM_HEADER_SIZE];
		datagram_put(bytes, &in);
		assert_true(datagram_get(bytes, sizeof(bytes), &out));
		assert_true(in.run == out.run && in.ue == out.ue && in.sequence == out.sequence &&
			    in.sent_ns == out.sent_ns);
		// Too short, or a byte of magic or of the reserved word changed: not one of ours.
		assert_false(datagram_get(bytes, rng_below(rng, DATAGRAM_HEADER_SIZE), &out));
		bytes[rng_below(rng, 8)] ^= (uint8_t)(1 + rng_below(rng, 255));
		assert_false(datagram_get(bytes, sizeof(bytes), &out));
	}
	rng_free(rng);
}

static void the_layout_is_that_of_the_header(void **state)
{
	(void)state;
	const uint8_t expected[DATAGRAM_HEADER_SIZE] = {'A', 'B', 'T', 'D', 0, 0, 0, 0, 4, 3, 2,
							1,   7,	  0,   0,   0, 8, 7, 6, 5, 4, 3,
							2,   1,	  9,   0,   0, 0, 0, 0, 0, 0};
	struct datagram d = {.run = 0x01020304, .ue = 7, .sequence = 0x0102030405060708, .sent_ns = 9};
	uint8_t bytes[DATAGRAM_HEADER_SIZE];
	datagram_put(bytes, &d);
	assert_memory_equal(bytes, expected, sizeof(expected));
}

// Sender and receiver report in any order.
static void parts_merge_in_any_order(void **state)
{
	(void)state;
	struct packets_meter *meter = calloc(1, sizeof(*meter));
	assert_non_null(meter);
	for (int64_t i = 1; i <= 5; i++)
		packets_meter_add(meter, 100 * i, 1000 * i);
	const struct packets_record sender = {.ue = 3, .size_bytes = 1400, .sent = 7};
	struct packets_record receiver = {.ue = 3}, a = {0}, b = {0};
	packets_meter_read(meter, &receiver);
	packets_merge(&a, &sender);
	packets_merge(&a, &receiver);
	packets_merge(&b, &receiver);
	packets_merge(&b, &sender);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(a.ue, 3);
	assert_int_equal(a.size_bytes, 1400);
	assert_int_equal(a.sent, 7);
	assert_int_equal(a.received, 5);
	assert_int_equal(a.first_ns, 1000);
	assert_int_equal(a.last_ns, 5000);
	assert_int_equal(a.delay_min_ns, 100);
	assert_int_equal(a.delay_max_ns, 500);
	assert_true(a.delay_mean_ns == 300);
	free(meter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_put_is_got),
	    cmocka_unit_test(the_layout_is_that_of_the_header),
	    cmocka_unit_test(parts_merge_in_any_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
