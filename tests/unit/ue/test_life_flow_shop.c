// SPDX-License-Identifier: BSD-3-Clause
// Many open tasks are a two-machine flow shop: the device computes while the uplink sends.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "tests/unit/ue/life_lab.h"

#define MS NS_PER_MS

static struct lab lab; // too large for a stack

static uint64_t random_seed(void)
{
	uint64_t seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	return seed;
}

// Plays a burst whose tasks have all been planned, until each has sent: handed[task] = when.
static void play_flow_shop(const int64_t *send_ns, int64_t *handed)
{
	int64_t free_ns = TIME_NEVER;
	for (;;) {
		int64_t due_ns = life_due_ns(&lab.life);
		if (due_ns == TIME_NEVER && free_ns == TIME_NEVER)
			return;
		bool hands = free_ns <= due_ns;
		lab.now.now_ns = hands ? free_ns : due_ns;
		if (hands) {
			handed[lab.life.sending->record.task] = lab.now.now_ns;
			assert_int_equal(lab_handed(&lab), 0);
			free_ns = TIME_NEVER;
		} else {
			lab_wake(&lab);
		}
		if (free_ns == TIME_NEVER && lab.life.sending)
			free_ns = lab.now.now_ns + send_ns[lab.life.sending->record.task];
	}
}

static void shuffle(struct rng *rng, uint32_t *order, int n)
{
	for (int i = n - 1; i > 0; i--) {
		int j = (int)rng_below(rng, (uint64_t)i + 1);
		uint32_t kept = order[i];
		order[i] = order[j];
		order[j] = kept;
	}
}

// n tasks in an order that their planned starts prescribe, whose plans come in another: task i has sent at
// C_i = max(F_i, C_(i-1)) + g_i, F_i the sum of f (Johnson 1954), to the nanosecond.
static void a_burst_is_a_two_machine_flow_shop(void **state)
{
	(void)state;
	enum { MOST = 40 };
	struct rng *rng = rng_new(random_seed(), 1, RNG_TEST, 0);
	for (int round = 0; round < 200; round++) {
		int n = 1 + (int)rng_below(rng, MOST);
		uint32_t order[MOST], come[MOST];
		int64_t compute_ns[MOST + 1], send_ns[MOST + 1], handed[MOST + 1] = {0}, start_ns[MOST + 1];
		int64_t planned_ns = 1 + (int64_t)rng_below(rng, 1000);
		bool starts_at_once = rng_below(rng, 2);
		for (int i = 0; i < n; i++)
			order[i] = come[i] = (uint32_t)i + 1;
		if (!starts_at_once)
			shuffle(rng, order, n);
		shuffle(rng, come, n);
		lab_open_burst(&lab, n, n);
		for (int i = 0; i < n; i++) {
			uint32_t task = order[i];
			compute_ns[task] = MS / 10 + (int64_t)rng_below(rng, (uint64_t)(10 * MS));
			send_ns[task] = 1 + (int64_t)rng_below(rng, (uint64_t)(10 * MS));
			start_ns[task] = planned_ns;
			planned_ns += starts_at_once ? 0 : compute_ns[task];
		}
		for (int i = 0; i < n; i++) {
			struct message_plan p = lab_plan_of(2, start_ns[come[i]], compute_ns[come[i]]);
			assert_int_equal(lab_plan(&lab, come[i], &p), 0);
		}
		int64_t f = start_ns[order[0]], c = 0;
		play_flow_shop(send_ns, handed);
		for (int i = 0; i < n; i++) {
			f += compute_ns[order[i]];
			c = (f > c ? f : c) + send_ns[order[i]];
			assert_int_equal(handed[order[i]], c);
		}
		lab_replay(&lab);
		lab_close(&lab);
	}
	rng_free(rng);
}

// Of tasks without local work and with one planned start the planned ends of uploads say the order.
static void without_local_work_the_planned_uploads_say_the_order(void **state)
{
	(void)state;
	enum { N = 6 };
	struct rng *rng = rng_new(random_seed(), 2, RNG_TEST, 0);
	for (int round = 0; round < 50; round++) {
		uint32_t order[N], come[N];
		int64_t upload_end_ns[N + 1];
		for (int i = 0; i < N; i++)
			order[i] = come[i] = (uint32_t)i + 1;
		shuffle(rng, order, N);
		shuffle(rng, come, N);
		for (int i = 0; i < N; i++)
			upload_end_ns[order[i]] = MS * (2 + i);
		lab_open_burst(&lab, N, N);
		for (int i = 0; i < N; i++) {
			struct message_plan p = lab_plan_of(0, MS, MS);
			p.upload_end_ns = upload_end_ns[come[i]];
			assert_int_equal(lab_plan(&lab, come[i], &p), 0);
		}
		lab.now.now_ns = MS;
		lab_wake(&lab);
		for (int i = 0; i < N; i++) {
			assert_non_null(lab.life.sending);
			assert_int_equal(lab.life.sending->record.task, order[i]);
			assert_int_equal(lab.life.sending->record.send_start_ns, lab.now.now_ns);
			lab.now.now_ns += MS;
			assert_int_equal(lab_handed(&lab), 0);
		}
		lab_replay(&lab);
		lab_close(&lab);
	}
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_burst_is_a_two_machine_flow_shop),
	    cmocka_unit_test(without_local_work_the_planned_uploads_say_the_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
