// SPDX-License-Identifier: BSD-3-Clause
// Who sleeps a part of the time keeps real-time priority, where it may have it; who does not gives it up and
// gets it back.
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/priority.h"

static bool is_realtime(void)
{
	return (sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) == SCHED_FIFO;
}

// A turn of 100 ms, awake for that share of it.
static void turn(struct priority_turns *turns, int64_t *now_ns, double awake)
{
	int64_t since = *now_ns + (int64_t)(awake * 100e6);
	*now_ns += 100 * NS_PER_MS;
	priority_turns_slept(turns, since, *now_ns);
}

static void test_turns(void **state)
{
	(void)state;
	struct priority_turns turns;
	int64_t now = NS_PER_S;
	priority_turns_begin(&turns, PRIORITY_WORK, now);
	bool may = turns.realtime;
	assert_true(is_realtime() == may);
	turn(&turns, &now, .6);
	assert_true(turns.realtime == may && is_realtime() == may);
	turn(&turns, &now, .8);
	assert_true(!turns.realtime && !is_realtime());
	turn(&turns, &now, .6); // not before it sleeps half of its time
	assert_true(!turns.realtime && !is_realtime());
	priority_turns_slept(&turns, now, now + NS_PER_MS); // nor before 100 ms have passed
	assert_true(!turns.realtime);
	now += NS_PER_MS;
	turn(&turns, &now, .4);
	assert_true(turns.realtime == may && is_realtime() == may);
	priority_realtime(PRIORITY_NORMAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_turns)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
