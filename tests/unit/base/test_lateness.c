// SPDX-License-Identifier: BSD-3-Clause
// How late the host was: what breaks a stage's promise, and that records of many processes add up to what one
// would have measured.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/channel.h"
#include "base/clock.h"
#include "base/lateness.h"
#include "base/rng.h"
#include "base/wall.h"

static void receive_all(int fd, struct lateness *totals)
{
	static struct channel_message m;
	while (channel_receive(fd, &m) == 1) {
		assert_int_equal(m.type, CHANNEL_LATENESS);
		assert_true(lateness_take(totals, m.body, m.size));
	}
}

// Sent from a thread's worth of processes at once, each record a message of the channel's size.
static void records_add_up(void **state)
{
	(void)state;
	enum { PROCESSES = 5, EVENTS = 4000 };
	struct lateness *each = calloc(PROCESSES, sizeof(*each)), *whole = calloc(1, sizeof(*whole));
	struct lateness *totals = calloc(HOST_STAGES, sizeof(*totals));
	struct rng *rng = rng_new(7, 1, RNG_TRAFFIC, 1);
	print_message("seed 7\n");
	for (int p = 0; p < PROCESSES; p++) {
		int pair[2];
		assert_int_equal(channel_pair(pair, NULL), 0);
		for (int i = 0; i < EVENTS; i++) {
			int64_t late_ns = (int64_t)(1e3 * rng_exponential(rng, 1e3 * (p + 1)));
			lateness_add(&each[p], HOST_UE_READ, late_ns);
			lateness_add(whole, HOST_UE_READ, late_ns);
		}
		assert_int_equal(lateness_send(pair[0], HOST_UE_READ, &each[p]), 0);
		close(pair[0]);
		receive_all(pair[1], totals);
		close(pair[1]);
	}
	const struct lateness *sum = &totals[HOST_UE_READ];
	assert_int_equal(sum->over, whole->over);
	assert_int_equal(sum->late.count, whole->late.count);
	assert_int_equal(sum->late.min_ns, whole->late.min_ns);
	assert_int_equal(sum->late.max_ns, whole->late.max_ns);
	assert_memory_equal(sum->late.bucket, whole->late.bucket, sizeof(whole->late.bucket));
	assert_int_equal(totals[HOST_EDGE_READ].late.count, 0);
	rng_free(rng);
	free(each);
	free(whole);
	free(totals);
}

static void malformed_records_are_refused(void **state)
{
	(void)state;
	struct lateness *totals = calloc(HOST_STAGES, sizeof(*totals));
	struct lateness_record r = {.stage = HOST_STAGES, .count = 1};
	const uint32_t head = offsetof(struct lateness_record, pair);
	assert_false(lateness_take(totals, &r, head));
	r.stage = 0;
	assert_true(lateness_take(totals, &r, head));
	assert_false(lateness_take(totals, &r, head - 1));
	r.n_pairs = 1;
	assert_false(lateness_take(totals, &r, head));
	r.n_pairs = LATENESS_PAIRS + 1;
	assert_false(lateness_take(totals, &r, sizeof(r)));
	r.n_pairs = 1;
	r.pair[0].bucket = UINT32_MAX;
	assert_true(lateness_take(totals, &r, head + sizeof(r.pair[0])));
	free(totals);
}

static void a_share_or_one_far_too_late_breaks(void **state)
{
	(void)state;
	struct lateness *l = calloc(1, sizeof(*l));
	const int64_t bound_ns = host_promises[HOST_EDGE_TIMER].bound_ns;
	assert_false(lateness_breaks(l, HOST_EDGE_TIMER)); // nothing happened
	lateness_add(l, HOST_EDGE_TIMER, bound_ns);
	assert_int_equal(l->over, 0);
	lateness_add(l, HOST_EDGE_TIMER, bound_ns + 1);
	assert_false(lateness_breaks(l, HOST_EDGE_TIMER)); // one is no share
	lateness_add(l, HOST_EDGE_TIMER, bound_ns + 1);
	assert_true(lateness_breaks(l, HOST_EDGE_TIMER));
	for (int i = 0; i < 197; i++)
		lateness_add(l, HOST_EDGE_TIMER, -5);
	assert_false(lateness_breaks(l, HOST_EDGE_TIMER)); // 2 of 200
	assert_int_equal(l->late.min_ns, 0);
	lateness_add(l, HOST_EDGE_TIMER, HOST_WORST_NS + 1);
	assert_true(lateness_breaks(l, HOST_EDGE_TIMER));
	free(l);
}

// Every stage says what happened, what helps and how much may be.
static void every_stage_has_a_promise(void **state)
{
	(void)state;
	for (int s = 0; s < HOST_STAGES; s++) {
		const struct host_promise *p = &host_promises[s];
		assert_true(p->name && p->events && p->remedy);
		assert_true(p->share > 0 && p->share < 1);
		assert_true(p->bound_ns > 0 || s == HOST_BATCH);
	}
	assert_int_equal(host_batch_bound_ns(10 * NS_PER_MS), NS_PER_MS + HOST_BATCH_SLACK_NS);
}

// The kernel's stamp of a datagram lies between its sending and its receiving, on the monotonic clock.
static void kernel_stamps_lie_between(void **state)
{
	(void)state;
	int pair[2], one = 1;
	char byte = 1, control[CMSG_SPACE(sizeof(struct timespec))];
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	assert_int_equal(setsockopt(pair[1], SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)), 0);
	int64_t before_ns = clock_now_ns();
	assert_int_equal(send(pair[0], &byte, 1, 0), 1);
	struct iovec part = {&byte, 1};
	struct msghdr m = {
	    .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	assert_int_equal(recvmsg(pair[1], &m, 0), 1);
	int64_t stamp_ns = wall_stamp_ns(&m, wall_offset_ns()), after_ns = clock_now_ns();
	if (stamp_ns == 0) // this kind of socket is not stamped by every kernel
		skip();
	assert_true(stamp_ns >= before_ns - NS_PER_MS && stamp_ns <= after_ns + NS_PER_MS);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(records_add_up),
	    cmocka_unit_test(malformed_records_are_refused),
	    cmocka_unit_test(a_share_or_one_far_too_late_breaks),
	    cmocka_unit_test(every_stage_has_a_promise),
	    cmocka_unit_test(kernel_stamps_lie_between),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
