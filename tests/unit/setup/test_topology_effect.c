// SPDX-License-Identifier: BSD-3-Clause
// No silent loser: whatever is given and changes nothing is refused, by file, line and what wins; what has an
// effect is accepted; an override of the file's key simply wins.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "setup/topology/schema_private.h"
#include "setup/topology/topology.h"
#include "setup/topology/value_private.h"

#define REPLAY "edge: {executor: replay, profile: mobilenet-v2-gpu-model"

struct attempt {
	const char *text;     // of the file
	const char *set[4];   // overrides
	const char *sentence; // how it ends; NULL = accepted
	enum topology_purpose purpose;
};

static const struct attempt attempts[] = {
    // Models that are not chosen
    {"cell: {fading: {k: 2}}\n",
     {0},
     "t.yaml:1:20: cell.fading.k has no effect while cell.fading.kind is none: only with "
     "cell.fading.kind rician or jakes",
     0},
    {"cell: {fading: {kind: jakes, k: 2, speed: 3m/s}}\n", {0}, NULL, 0},
    {"cell: {fading: {kind: jakes, coherence: 2ms}}\n", {0}, "cell.fading.kind rayleigh or rician", 0},
    {"cell: {carrier: 3GHz}\n", {0}, "or cell.fading.kind jakes", 0},
    {"cell: {carrier: 3GHz, path_loss: free-space}\n", {0}, NULL, 0},
    {"cell: {carrier: 3GHz, path_loss: free-space}\nues: {gain: -70dB}\n", {0}, NULL, 99},
    {"cell: {path_loss: uma-nlos}\nues: {gain: -70dB}\n",
     {0},
     "t.yaml:1:19: cell.path_loss has no effect: only with a UE "
     "placed by a distance (neither its gain nor its link given or "
     "recorded)",
     0},
    {"cell: {path_loss: uma-nlos}\nues: {gain: -70dB, count: 2, list: [{distance: 5m}]}\n", {0}, NULL, 0},
    {"cell: {draw_los: false, shadowing: {kind: none}}\n", {0}, NULL, 0}, // says that nothing is wanted
    {"cell: {shadowing: {kind: log-normal, decorrelation: 9m}}\n",
     {0},
     "ues.mobility.kind linear, random-waypoint or trace "
     "and a UE placed by a distance (neither its gain nor "
     "its link given or recorded)",
     0},
    {"cell: {rate: {spacing: 30kHz}}\n", {0}, "only with cell.rate.kind nr", 0},
    {"cell: {harq: {kind: fixed, soft_gain: 2dB}}\n",
     {0},
     "while cell.harq.kind is fixed: only with cell.harq.kind radio",
     0},
    {"cell: {bursts: {bad_loss: 50%}}\n",
     {0},
     "while cell.bursts.p is 0: only with cell.bursts.p above 0",
     0},
    {"cell: {bursts: {p: 1%, bad_loss: 50%}}\n", {0}, NULL, 0},
    {"cell: {jitter: {kind: exponential, mean: 2ms, spread: 1ms}}\n",
     {0},
     "cell.jitter.kind uniform or normal",
     0},
    {"cell: {codel: {target: 9ms}}\n",
     {0},
     "while cell.queue_discipline is drop-tail: only with cell.queue_discipline codel",
     0},
    {"cell: {tti: 2ms}\n",
     {0},
     "while cell.grant is own-band: only with cell.grant round-robin, proportional-fair, max-rate, "
     "priority or earliest-deadline",
     0},
    {"cell: {tti: 2ms, grant: max-rate, fair_window: 9}\n", {0}, "cell.grant proportional-fair", 0},
    {"cell: {trace: {end: loop}}\n", {0}, "only with cell.trace.gain, or cell.trace.waypoints", 0},
    {"cell: {antenna: {azimuth: 9}}\n", {0}, NULL, 99},
    // UEs
    {"ues: {arrivals: {rate: 5}}\n",
     {0},
     "t.yaml:1:24: ues.arrivals.rate has no effect while ues.arrivals.kind is periodic: "
     "only with ues.arrivals.kind poisson",
     0},
    {"ues: {arrivals: {rate: 5}, count: 2, list: [{arrivals: {kind: poisson}}]}\n", {0}, NULL, 0},
    {"ues:\n  list:\n    - distance: 4m\n      arrivals:\n        rate: 5\n",
     {0},
     "t.yaml:5:15: ue1.arrivals.rate has no effect "
     "while ue1.arrivals.kind is periodic: only "
     "with ues.arrivals.kind poisson",
     0},
    {"ues:\n  distance: 9m\n  list: [{distance: 4m}, {gain: -80dB}]\n",
     {0},
     "t.yaml:2:13: ues.distance has no effect: all 2 UEs "
     "have their own (line 3); set ue1.distance, ...",
     0},
    {"ues:\n  distance: 9m\n  count: 3\n  list: [{distance: 4m}, {gain: -80dB}]\n", {0}, NULL, 0},
    {"ues: {arrivals: {kind: none}, network: alexnet}\n",
     {0},
     "only with ues.arrivals.kind other than none",
     0},
    {"cell: {grant: earliest-deadline}\nues: {arrivals: {kind: none}, deadline: 9ms, traffic: {rate: "
     "1Mbit/s}}\n",
     {0},
     NULL,
     0},
    {"ues: {traffic: {size: 99B}}\n", {0}, "only with ues.traffic.rate above 0", 0},
    {"ues: {priority: 2}\n", {0}, "only with cell.grant priority", 0},
    {"ues: {mobility: {kind: linear, pause: 2s}}\n", {0}, "only with ues.mobility.kind random-waypoint", 0},
    {"ues: {angle: 9}\n", {0}, NULL, 99},
    {"ues: {angle: 9, mobility: {kind: linear}}\n", {0}, NULL, 0},
    // The edge, captures, online decisions
    {"edge: {profile: mobilenet-v2-gpu-model}\n", {0}, NULL, 0}, // of this machine, perhaps
    {REPLAY ", threads: 2}\n", {0}, "while edge.executor is replay: only with edge.executor cpu", 0},
    {REPLAY ", frequency_min: 0.5}\npolicy: j-dob\n", {0}, NULL, 0},
    {REPLAY ", frequency_min: 0.5, frequency_steps: 1}\npolicy: j-dob\n",
     {0},
     "while edge.frequency_steps is 1: only with "
     "edge.executor replay and policy j-dob or j-dob:binary "
     "and edge.frequency_steps above 1",
     0},
    {REPLAY ", frequency_min: 0.5}\npolicy: og\n", {0}, NULL, 99},
    {REPLAY ", frequency_min: 0.5}\npolicy: ./mine.so\n", {0}, NULL, 0}, // may use anything
    {REPLAY ", frequency_min: 0.5}\npolicy: og\n",
     {0},
     NULL,
     TOPOLOGY_FOR_PLAN}, // names its policy elsewhere
    {"edge: {batching: {timer: 9ms, mode: size}}\n",
     {0},
     "while edge.batching.mode is size: only with edge.batching.mode timer",
     0},
    {"capture: {snaplen: 99B}\n", {0}, "while capture.points is not given: only with capture.points", 0},
    {"capture: {snaplen: 99B, points: edge}\n", {0}, NULL, 0},
    {"online: {slot: 9ms}\n", {0}, "or ues.arrivals.kind bernoulli", 0},
    {"online: {slot: 9ms}\npolicy: tw-3:og:20ms\n", {0}, NULL, 0},
    {"online: {slot: 9ms}\nues: {arrivals: {kind: bernoulli}}\n", {0}, NULL, 0},
    {"online: {agent: a.abm}\npolicy: tw-3:og\n",
     {0},
     "while policy is tw-3:og: only with policy ddpg-og or ddpg-ip-ssa",
     0},
    {"shaper: {spin_guard: 1ms, loop: poll}\n",
     {0},
     "while shaper.loop is poll: only with shaper.loop ppoll",
     0},
    {"train: {policy_delay: 3}\n", {0}, NULL, 99},
    {"train: {policy_delay: 3, td3: true}\nshaper: {loop: poll}\n",
     {0},
     NULL,
     TOPOLOGY_FOR_RUN}, // the file serves all commands
    // Overrides
    {"cell: {fading: {kind: jakes, k: 2}}\n", {"cell.fading.kind=none"}, NULL, 0}, // it wins, visibly
    {"cell: {fading: {k: 2}}\n", {"cell.fading.kind=jakes"}, NULL, 0},
    {"cell: {fading: {k: 2}}\n", {"cell.delay=2ms"}, "cell.fading.kind rician or jakes", 0},
    {"seed: 1\n", {"cell.fading.k=2"}, "cell.fading.kind rician or jakes", 0},
    {"seed: 1\n", {"cell.fading.k=2", "cell.fading.kind=rician"}, NULL, 0},
    {"ues: {list: [{distance: 4m}]}\n",
     {"ues.distance=9m"},
     "t.yaml: ues.distance has no effect: all 1 UEs have their own (line 1); "
     "set ue1.distance, ...",
     0},
    {"ues: {list: [{distance: 4m}]}\n", {"ues.distance=9m", "ues.count=2"}, NULL, 0},
    {"ues: {distance: 9m, count: 2, list: [{distance: 4m}]}\n", {"ues.count=1"}, NULL, 0},
    {"seed: 1\n", {"seed=2", "seed=3"}, NULL, 0}, // the last wins
    {"seed: 1\n", {"ues.arrivals.kind=poisson", "ues.arrivals.rate=3", "ues.arrivals.kind=burst"}, NULL, 0},
    {"seed: 1\n",
     {"ues.arrivals.kind=burst", "ues.arrivals.rate=3"},
     "only with ues.arrivals.kind poisson",
     0},
    {"seed: 1\n", {"ue1.gain=-80dB", "ue2.gain=-80dB", "ues.gain=-70dB"}, NULL, 0},
    {"seed: 1\n", {"train.gamma=0.5"}, NULL, TOPOLOGY_FOR_TRAINING},
    {"seed: 1\n", {"train.gamma=0.5"}, NULL, 98},
};

static int load(const struct attempt *a, struct err *err)
{
	struct topology *t = NULL;
	const struct topology_options options = {.set = a->set, .purpose = a->purpose > 90 ? 0 : a->purpose};
	int rc = topology_load_text(&t, "t.yaml", a->text, strlen(a->text), &options, err);
	topology_free(t);
	return rc;
}

static bool ends_in(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);
	return n >= m && strcmp(text + n - m, end) == 0;
}

// purpose 99: refused, however it is said; 98: by a simulation.
static void losers_are_refused_and_nothing_else(void **state)
{
	(void)state;
	int wrong = 0;
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		struct attempt a = attempts[i];
		struct err err = {"accepted"};
		bool any_words = (int)a.purpose >= 98;
		if ((int)a.purpose == 98)
			a.purpose = TOPOLOGY_FOR_RUN;
		int rc = load(&a, &err);
		bool right = any_words	  ? rc < 0
			     : a.sentence ? rc < 0 && ends_in(err.text, a.sentence)
					  : rc == 0;
		if (!right)
			print_error("input:\n%sset: %s\nsaid:   %s\nwanted: %s\n\n", a.text,
				    a.set[0] ? a.set[0] : "", err.text,
				    a.sentence	? a.sentence
				    : any_words ? "a refusal"
						: "to be accepted");
		wrong += !right;
	}
	assert_int_equal(wrong, 0);
}

// What holds in every point of a sweep may lose to what is swept, and to nothing else.
static void a_sweeps_constants_may_lose_to_its_axes(void **state)
{
	(void)state;
	const char *const fixed[] = {"online.agent=a.abm", NULL};
	const char *const swept[][2] = {
	    {"policy=lc", NULL}, {"policy=ddpg-og", NULL}, {"cell.delay=1ms", NULL}};
	for (int i = 0; i < 3; i++) {
		struct topology *t = NULL;
		struct err err = {""};
		const struct topology_options options = {.set = swept[i], .fixed = fixed};
		int rc = topology_load_text(&t, "t.yaml", "seed: 1\n", 8, &options, &err);
		assert_int_equal(rc < 0, i == 2);
		topology_free(t);
	}
}

// Every condition of the table names a key or a fact, and has words: needs_text and the check parse all of
// them.
static void every_key_alone_is_accepted_or_refused_with_its_needs(void **state)
{
	(void)state;
	int refused = 0;
	for (int k = 0; k < schema_n_keys; k++) {
		const struct schema_key *key = &schema_keys[k];
		char set[200];
		if (!key->preset || strcmp(key->preset, "none") == 0 || strcmp(key->preset, "false") == 0)
			continue;
		snprintf(set, sizeof(set), "%s=%s", key->path, key->preset);
		const struct attempt a = {"seed: 1\n", {strncmp(set, "seed", 4) ? set : NULL}, NULL, 0};
		struct err err = {""};
		int rc = load(&a, &err);
		if (!key->needs)
			assert_int_equal(rc, 0);
		if (rc == 0)
			continue;
		assert_true(strncmp(err.text, "t.yaml: ", 8) == 0 && strstr(err.text, " has no effect"));
		assert_non_null(strstr(err.text, ": only with "));
		refused++;
	}
	assert_true(refused > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(losers_are_refused_and_nothing_else),
	    cmocka_unit_test(a_sweeps_constants_may_lose_to_its_axes),
	    cmocka_unit_test(every_key_alone_is_accepted_or_refused_with_its_needs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
