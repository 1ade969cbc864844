// SPDX-License-Identifier: BSD-3-Clause
// Laws of the protocol: what is put is got; whatever arrives, it is understood or refused, never believed.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/rng.h"
#include "proto/stream.h"

static const struct message_header sample = {.type = MESSAGE_TENSOR,
					     .body = 4711,
					     .features = 2,
					     .tensors = 4,
					     .run = 0xdeadbeef,
					     .ue = 7,
					     .task = 42,
					     .subtask = 5,
					     .batch = 99,
					     .deadline_ns = 0x0123456789abcdef,
					     .sent_ns = -5};

static void header_round_trip(void **state)
{
	(void)state;
	uint8_t raw[MESSAGE_HEADER_SIZE];
	struct message_header got;
	struct err err;
	message_put_header(raw, &sample);
	assert_int_equal(message_get_header(raw, &got, &err), 0);
	assert_int_equal(got.type, sample.type);
	assert_int_equal(got.features, sample.features);
	assert_int_equal(got.tensors, sample.tensors);
	assert_int_equal(got.body, sample.body);
	assert_int_equal(got.run, sample.run);
	assert_int_equal(got.ue, sample.ue);
	assert_int_equal(got.task, sample.task);
	assert_int_equal(got.subtask, sample.subtask);
	assert_int_equal(got.batch, sample.batch);
	assert_int_equal(got.deadline_ns, sample.deadline_ns);
	assert_int_equal(got.sent_ns, sample.sent_ns);
}

static void layout_is_little_endian_as_documented(void **state)
{
	(void)state;
	uint8_t raw[MESSAGE_HEADER_SIZE];
	message_put_header(raw, &sample);
	assert_memory_equal(raw, "ABTP\x02\x03\x02\x04", 8);
	assert_memory_equal(raw + 8, "\x67\x12\x00\x00\xef\xbe\xad\xde\x07\x00\x00\x00\x2a\x00\x00\x00", 16);
	assert_memory_equal(raw + 32, "\xef\xcd\xab\x89\x67\x45\x23\x01\xfb\xff\xff\xff\xff\xff\xff\xff", 16);
}

static void bodies_round_trip(void **state)
{
	(void)state;
	struct err err;
	uint8_t raw[MESSAGE_PLAN_MOST];
	const struct message_request request = {1, 2, 1e8, 2e10, 5e-31, .2, 0};
	struct message_request request_back;
	assert_int_equal(message_put_request(raw, &request), MESSAGE_REQUEST_SIZE);
	assert_int_equal(message_get_request(raw, MESSAGE_REQUEST_SIZE, &request_back, &err), 0);
	assert_memory_equal(&request, &request_back, sizeof(request));
	static const struct message_plan plan = {3,  1,	  2, 1e9, 1, 2, 3, 4, 5, 6,
						 .5, .25, 0, 0,	  0, 0, 0, 0, 0};
	static struct message_plan plan_back; // static: what pads the structures is 0, too
	assert_int_equal(message_put_plan(raw, &plan), MESSAGE_PLAN_SIZE);
	assert_int_equal(message_get_plan(raw, MESSAGE_PLAN_SIZE, &plan_back, &err), 0);
	assert_memory_equal(&plan, &plan_back, sizeof(plan));
	static const struct message_result result = {1, 2, 3, 4, 5, 0, 1, 3, 7};
	static struct message_result result_back;
	message_put_result(raw, &result);
	assert_int_equal(message_get_result(raw, MESSAGE_RESULT_SIZE, &result_back, &err), 0);
	assert_memory_equal(&result, &result_back, sizeof(result));
}

// Each field of the more makes the body longer, and comes back.
static void more_is_there_when_it_says_something(void **state)
{
	(void)state;
	struct err err;
	uint8_t raw[MESSAGE_PLAN_MOST];
	const struct message_request asks = {1, 2, 1e8, 2e10, 5e-31, .2, .9};
	struct message_request request;
	assert_int_equal(message_put_request(raw, &asks), MESSAGE_REQUEST_MOST);
	assert_int_equal(message_get_request(raw, MESSAGE_REQUEST_MOST, &request, &err), 0);
	assert_true(request.least_accuracy == .9);
	const struct message_plan plans[] = {{.cut = 4, .admission = ADMISSION_REFUSED},
					     {.cut = 4, .exit = 2},
					     {.cut = 4, .subtasks = 3},
					     {.cut = 4, .server = 255},
					     {.cut = 4, .variant = 7},
					     {.cut = 4, .hertz = 1e5},
					     {.cut = 4, .accuracy = .75}};
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		struct message_plan p;
		assert_int_equal(message_put_plan(raw, &plans[i]), MESSAGE_PLAN_MOST);
		assert_int_equal(message_get_plan(raw, MESSAGE_PLAN_MOST, &p, &err), 0);
		assert_true(p.cut == 4 && p.admission == plans[i].admission && p.exit == plans[i].exit);
		assert_true(p.subtasks == plans[i].subtasks && p.hertz == plans[i].hertz);
		assert_true(p.accuracy == plans[i].accuracy && p.server == plans[i].server);
		assert_int_equal(p.variant, plans[i].variant);
		assert_int_equal(message_get_plan(raw, MESSAGE_PLAN_MOST - 8, &p, &err), -EPROTO);
	}
}

static void impossible_more_is_refused(void **state)
{
	(void)state;
	struct err err;
	uint8_t raw[MESSAGE_PLAN_MOST];
	static const double shares[] = {-.1, 1.1, NAN, INFINITY};
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		struct message_request request = {1, 2, 1e8, 2e10, 5e-31, .2, shares[i]};
		struct message_plan plan = {.accuracy = shares[i]};
		message_put_request(raw, &request);
		assert_int_equal(message_get_request(raw, MESSAGE_REQUEST_MOST, &request, &err), -EPROTO);
		message_put_plan(raw, &plan);
		assert_int_equal(message_get_plan(raw, MESSAGE_PLAN_MOST, &plan, &err), -EPROTO);
	}
	const struct message_plan plans[] = {{.admission = 3}, {.hertz = -1}, {.hertz = (double)INFINITY}};
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		struct message_plan p;
		message_put_plan(raw, &plans[i]);
		assert_int_equal(message_get_plan(raw, MESSAGE_PLAN_MOST, &p, &err), -EPROTO);
	}
}

static void refused(const uint8_t raw[MESSAGE_HEADER_SIZE], const char *word)
{
	struct message_header got;
	struct err err = {0};
	assert_int_equal(message_get_header(raw, &got, &err), -EPROTO);
	assert_non_null(strstr(err.text, word));
}

static void wrong_headers_are_refused(void **state)
{
	(void)state;
	static const struct {
		int offset;
		uint8_t value;
		const char *word;
	} cases[] = {{0, 0, "magic"},	 {4, 1, "version"},  {5, 0, "type"},
		     {5, 8, "type"},	 {6, 3, "features"}, {7, 1, "tensors in a table"},
		     {11, 0xff, "bytes"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t raw[MESSAGE_HEADER_SIZE];
		message_put_header(raw, &sample);
		raw[cases[i].offset] = cases[i].value;
		refused(raw, cases[i].word);
	}
}

// Only tensors have them.
static void features_of_other_messages_are_refused(void **state)
{
	(void)state;
	uint8_t raw[MESSAGE_HEADER_SIZE];
	struct message_header request = {
	    .type = MESSAGE_REQUEST, .body = MESSAGE_REQUEST_SIZE, .features = 1};
	message_put_header(raw, &request);
	refused(raw, "features");
	request.features = 0;
	request.tensors = 2;
	message_put_header(raw, &request);
	refused(raw, "only tensors have one");
}

static void impossible_bodies_are_refused(void **state)
{
	(void)state;
	struct err err;
	uint8_t raw[MESSAGE_PLAN_MOST];
	struct message_request request = {1, 2, 1e8, 2e10, 5e-31, .2, 0}, got;
	request.f_min_flops = -1;
	message_put_request(raw, &request);
	assert_int_equal(message_get_request(raw, MESSAGE_REQUEST_SIZE, &got, &err), -EPROTO);
	request.f_min_flops = 0.0 / 0.0;
	message_put_request(raw, &request);
	assert_int_equal(message_get_request(raw, MESSAGE_REQUEST_SIZE, &got, &err), -EPROTO);
	static const double frequencies[] = {-1, -INFINITY, INFINITY, NAN};
	for (size_t i = 0; i < sizeof(frequencies) / sizeof(frequencies[0]); i++) {
		struct message_plan plan = {.cut = 1, .freq_flops = frequencies[i]}, plan_back;
		message_put_plan(raw, &plan);
		assert_int_equal(message_get_plan(raw, MESSAGE_PLAN_SIZE, &plan_back, &err), -EPROTO);
	}
	struct message_result result = {.n_values = 0x40000001}, result_back; // 4 n_values overflows 32 bits
	message_put_result(raw, &result);
	assert_int_equal(message_get_result(raw, MESSAGE_RESULT_SIZE + 4, &result_back, &err), -EPROTO);
}

// Messages in pieces of any size come out whole and in order.
static void streams_reassemble(void **state)
{
	(void)state;
	int fds[2];
	struct err err;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	struct stream *reader = stream_new(fds[0], 1 << 20), *writer = stream_new(fds[1], 1 << 20);
	static uint8_t tensor[300000];
	for (size_t i = 0; i < sizeof(tensor); i++)
		tensor[i] = (uint8_t)(i * 31);
	for (int k = 0; k < 3; k++) {
		struct message_header h = sample;
		h.task = (uint32_t)k;
		assert_int_equal(
		    stream_send(writer, &h, NULL, 0, tensor, sizeof(tensor) - (size_t)k, k == 1, &err), 0);
	}
	int got = 0;
	while (got < 3) {
		struct message_header h;
		const uint8_t *body;
		stream_flush(writer);
		int r = stream_receive(reader, &h, &body, &err);
		assert_true(r >= 0);
		if (r == 0)
			continue;
		assert_int_equal(h.task, got);
		assert_int_equal(h.body, sizeof(tensor) - (size_t)got);
		assert_memory_equal(body, tensor, h.body);
		got++;
	}
	assert_false(stream_wants_write(writer));
	stream_free(writer);
	struct message_header h;
	const uint8_t *body;
	assert_int_equal(stream_receive(reader, &h, &body, &err), -EPIPE);
	stream_free(reader);
}

// A claim of gigabytes is refused before anything is allocated.
static void oversized_claims_are_refused(void **state)
{
	(void)state;
	int fds[2];
	struct err err;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	struct stream *reader = stream_new(fds[0], 1000);
	struct message_header h = sample, got;
	const uint8_t *body;
	uint8_t raw[MESSAGE_HEADER_SIZE];
	h.body = 1001;
	message_put_header(raw, &h);
	assert_int_equal(write(fds[1], raw, sizeof(raw)), sizeof(raw));
	assert_int_equal(stream_receive(reader, &got, &body, &err), -EPROTO);
	stream_free(reader);
	close(fds[1]);
}

// Random damage to valid streams: refused or understood, nothing else (run under ASan for the rest).
static void damaged_streams_never_crash(void **state)
{
	(void)state;
	uint64_t seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	struct rng *rng = rng_new(seed, 0, RNG_TEST, 0);
	for (int round = 0; round < 2000; round++) {
		uint8_t raw[MESSAGE_HEADER_SIZE + 64] = {0};
		struct message_header h = sample;
		h.type = MESSAGE_TENSOR;
		h.body = 64;
		message_put_header(raw, &h);
		for (uint64_t n = 1 + rng_below(rng, 4); n > 0; n--)
			raw[rng_below(rng, sizeof(raw))] = (uint8_t)rng_below(rng, 256);
		int fds[2];
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		struct stream *reader = stream_new(fds[0], 4096);
		size_t size = rng_below(rng, sizeof(raw) + 1);
		assert_int_equal(write(fds[1], raw, size), size);
		close(fds[1]);
		struct err err;
		const uint8_t *body;
		int r;
		while ((r = stream_receive(reader, &h, &body, &err)) == 1)
			assert_true(h.body <= 4096);
		assert_true(r == -EPIPE || r == -EPROTO);
		stream_free(reader);
	}
	rng_free(rng);
}

static void radio_bytes_count_every_segment(void **state)
{
	(void)state;
	assert_int_equal(message_radio_bytes(0, 1500), 48 + 66);
	assert_int_equal(message_radio_bytes(1400, 1500), 1448 + 66);
	assert_int_equal(message_radio_bytes(1401, 1500), 1449 + 2 * 66);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(header_round_trip),
	    cmocka_unit_test(layout_is_little_endian_as_documented),
	    cmocka_unit_test(bodies_round_trip),
	    cmocka_unit_test(more_is_there_when_it_says_something),
	    cmocka_unit_test(impossible_more_is_refused),
	    cmocka_unit_test(wrong_headers_are_refused),
	    cmocka_unit_test(features_of_other_messages_are_refused),
	    cmocka_unit_test(impossible_bodies_are_refused),
	    cmocka_unit_test(streams_reassemble),
	    cmocka_unit_test(oversized_claims_are_refused),
	    cmocka_unit_test(damaged_streams_never_crash),
	    cmocka_unit_test(radio_bytes_count_every_segment),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
