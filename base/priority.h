// SPDX-License-Identifier: BSD-3-Clause
// Going before other tasks, for a process that sleeps nearly always and must be on time when it wakes.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Gives the calling thread the nice value and, where the kernel groups tasks by session (sched_autogroup),
// takes a session of its own for the process and gives that the same: else the value would count within the
// session only, and the process would share evenly with whatever another terminal runs. A shell's job (a
// process group's leader) cannot, and must not raise its shell. True when the thread has the value; a group
// that cannot be raised leaves things as without groups.
bool priority_raise(int nice_value);

// The levels of priority_realtime: who waits for whom when several are due at once.
enum { PRIORITY_NORMAL, PRIORITY_WORK, PRIORITY_SOURCE, PRIORITY_LINK };

// Lets the calling thread go before every task of the normal kind and of a lower level (SCHED_FIFO), or, with
// PRIORITY_NORMAL, ends that: its nice value counts again. A task of the normal kind, whatever its nice
// value, waits for the time slice of the one that runs, up to a tick (4 ms at 250 Hz). The kernel stops a
// thread that takes 95 % of a second so (sched_rt_runtime_us), and nothing else runs meanwhile: only for who
// sleeps much. False when not allowed (CAP_SYS_NICE, or a limit on rtprio).
bool priority_realtime(int level);

// The calling thread's sleeps end when they are to: the kernel may add 1 ns instead of its usual 50 us (timer
// slack).
void priority_exact_timers(void);

// Real-time priority for as long as the calling thread sleeps a part of its time: who is awake for more than
// 70 % of 100 ms goes back to its nice value, long before the kernel would stop it, and returns to real time
// below 50 %.
struct priority_turns {
	int level;
	bool realtime;
	int64_t turn_ns, slept_ns; // since when slept_ns is counted
};

// Begins at real time (level > PRIORITY_NORMAL), where that is allowed; else, and whenever it is given up, at
// the lowest nice value that is.
void priority_turns_begin(struct priority_turns *turns, int level, int64_t now_ns);

// The thread has slept from since_ns until now_ns.
void priority_turns_slept(struct priority_turns *turns, int64_t since_ns, int64_t now_ns);
