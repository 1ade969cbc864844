// SPDX-License-Identifier: BSD-3-Clause
// airbatch-shaper obeys the edge: what it grants is in force from one instant on, which is stamped, and the
// packets show it. Judged by the model's own stamps; only how soon an order is obeyed is a matter of the
// machine, and there the best of many counts. Needs root (namespaces), else skipped.
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "mac/ask.h"
#include "tests/disturbed.h"
#include "tests/e2e/shaper_lab.h"

#define BAND_HZ 4e6
#define RATE_BPS 4e6 // over the whole band
#define FRAME 1000
#define CONFIG ", \"interval_ns\": 20000000, \"cell\": {\"grant\": \"granted\", \"bandwidth_hz\": 4000000}"
#define MAX_RECORDS 20000

static struct lab lab;
static char folder[] = "/tmp/airbatch-test-grants-XXXXXX", config_path[64];
static _Alignas(8) unsigned char question_bytes[ASK_MAX_QUESTION], answer_bytes[ASK_MAX_ANSWER + 1];
static struct ask_grant *const question = (struct ask_grant *)question_bytes;
static const struct ask_granted *const answer = (const struct ask_granted *)answer_bytes;
static struct link_record records[MAX_RECORDS];
static size_t n_records;

static void keep(const struct link_record *record, void *user)
{
	(void)user;
	if (n_records < MAX_RECORDS)
		records[n_records++] = *record;
}

static void start(void)
{
	n_records = 0;
	lab.on_link = keep;
	lab_write_config(&lab, config_path, (struct lab_link){RATE_BPS, NS_PER_MS, 1 << 22}, CONFIG);
	if (lab_start(&lab, config_path) != 0)
		fail_msg("the shaper did not start: %s", lab.text);
}

static void stop_cleanly(void)
{
	lab_stop(&lab);
	assert_true(lab.done);
	assert_true(WIFEXITED(lab.status) && WEXITSTATUS(lab.status) == 0);
}

static int end_what_is_left(void **state)
{
	(void)state;
	lab_abandon(&lab);
	return 0;
}

static size_t ask(size_t size)
{
	struct pollfd fd = {.fd = lab.ask, .events = POLLIN};
	assert_int_equal(send(lab.ask, question_bytes, size, 0), (ssize_t)size);
	assert_int_equal(poll(&fd, 1, 20000), 1);
	ssize_t n = recv(lab.ask, answer_bytes, ASK_MAX_ANSWER, 0);
	assert_true(n > 0);
	answer_bytes[n] = '\0';
	assert_int_equal(ask_check_answer(answer_bytes, (size_t)n), 0);
	return (size_t)n;
}

static int grant(double first_hz, double second_hz)
{
	*question = (struct ask_grant){.type = ASK_GRANT, .n = 2, .sent_ns = clock_now_ns()};
	question->share[0] = (struct cell_share){0, first_hz};
	question->share[1] = (struct cell_share){1, second_hz};
	ask(ASK_GRANT_SIZE(2));
	assert_int_equal(answer->type, ASK_GRANTED);
	assert_true(answer->t_ns >= question->sent_ns);
	return answer->code;
}

// The first record of the UE at or after t_ns.
static const struct link_record *record_at(uint32_t ue, int64_t t_ns)
{
	for (size_t i = 0; i < n_records; i++)
		if (records[i].ue == ue && records[i].t_ns >= t_ns)
			return &records[i];
	fail_msg("no record of ue%u", ue + 1);
	return NULL;
}

struct granted {
	int64_t t_ns;
	double hertz[2];
};

// The row of a change stands at its instant with the new band, and until the next one the bytes are those of
// its rate, to a frame. Where a slow machine let the queue run empty before the next one, they say nothing:
// returns how many UEs were judged.
static int check_rates(const struct granted *g, const struct granted *next)
{
	int n = 0;
	for (uint32_t ue = 0; ue < 2; ue++) {
		const struct link_record *from = record_at(ue, g->t_ns), *to = record_at(ue, next->t_ns);
		assert_int_equal(from->t_ns, g->t_ns);
		assert_int_equal(to->t_ns, next->t_ns);
		assert_true(from->bandwidth_hz == g->hertz[ue]);
		if (to->queue_bytes[LINK_UP] == 0)
			continue;
		n++;
		double bytes = RATE_BPS / 8 * g->hertz[ue] / BAND_HZ * ns_to_s(next->t_ns - g->t_ns);
		double sent = (double)(to->bytes[LINK_UP] - from->bytes[LINK_UP]);
		if (fabs(sent - bytes) > .005 * bytes + FRAME)
			fail_msg("ue%u sent %g bytes in place of %g", ue + 1, sent, bytes);
	}
	return n;
}

// Whether enough could be judged, and the soonest of the grants was obeyed within one TTI: only a machine
// that keeps processes waiting may say no.
static bool grants_are_obeyed(void *user)
{
	(void)user;
	enum { GRANTS = 40 };
	struct granted given[GRANTS];
	uint64_t seed = (uint64_t)clock_now_ns();
	struct rng *rng = rng_new(seed, 0, RNG_TEST, 0);
	int64_t soonest_ns = INT64_MAX;
	int judged = 0;
	printf("seed %llu\n", (unsigned long long)seed);
	start();
	int ue[2] = {lab_socket(&lab, "ue0"), lab_socket(&lab, "ue1")};
	for (uint32_t i = 0; i < 2; i++)
		lab_send(ue[i], -1, i, FRAME, 3000, 100, NS_PER_MS);
	for (int i = 0; i < GRANTS; i++) {
		double first_hz = rng_uniform(rng, .05, .95) * BAND_HZ;
		assert_int_equal(grant(first_hz, BAND_HZ - first_hz), 0);
		given[i] = (struct granted){answer->t_ns, {first_hz, BAND_HZ - first_hz}};
		soonest_ns = answer->t_ns - question->sent_ns < soonest_ns ? answer->t_ns - question->sent_ns
									   : soonest_ns;
		usleep(30000);
	}
	stop_cleanly();
	close(ue[0]);
	close(ue[1]);
	rng_free(rng);
	for (int i = 0; i + 1 < GRANTS; i++)
		judged += check_rates(&given[i], &given[i + 1]);
	printf("the soonest of %d grants took %.1f us\n", GRANTS, (double)soonest_ns / 1e3);
	return judged > 10 && soonest_ns < GRANT_TTI_NS;
}

static void grants_are_in_force_from_their_stamp_on(void **state)
{
	(void)state;
	disturbed_or_right("grants", grants_are_obeyed, NULL);
}

static void the_edge_reads_the_cell(void **state)
{
	(void)state;
	const struct ask_state *s = (const struct ask_state *)answer_bytes;
	start();
	const struct ask_read read = {ASK_READ, 0};
	memcpy(question_bytes, &read, sizeof(read));
	assert_int_equal(ask(sizeof(read)), ASK_STATE_SIZE(2));
	assert_true(s->n_ues == 2 && s->n == 2 && s->is_granted && s->band_hz == BAND_HZ);
	for (int i = 0; i < 2; i++) {
		assert_true(s->ue[i].hertz == BAND_HZ / 2 && s->ue[i].whole_band_bps == RATE_BPS);
		assert_true(s->ue[i].gain_db == -90 - i);
	}
	stop_cleanly();
}

// What is refused is said to the edge, and noted for the person; nothing is stamped, and the shaper goes on.
static void what_is_refused_is_said_twice(void **state)
{
	(void)state;
	start();
	assert_int_equal(grant(3e6, 2e6), -ERANGE);
	assert_string_equal(answer->why, "cell: UE 1: a grant of 2000000 Hz exceeds the band by 1000000 Hz: "
					 "1000000 Hz of 4000000 Hz are free");
	assert_int_equal(grant(1e6, (double)NAN), -EINVAL);
	memset(question_bytes, 0xff, 100);
	ask(100);
	assert_int_equal(answer->code, -EPROTO);
	assert_int_equal(grant(1e6, 2e6), 0);
	stop_cleanly();
	assert_int_equal(lab.n_notes, 3);
	assert_string_equal(lab.text, "the edge asks 100 bytes of type 4294967295, which no cell knows");
	for (size_t i = 0; i < n_records; i++)
		assert_true(records[i].bandwidth_hz == 2e6 || records[i].bandwidth_hz == 1e6);
}

// An edge that is gone, in the middle of its questions, or never reads an answer, keeps nobody from working.
static void an_edge_that_dies_is_missed_by_nobody(void **state)
{
	(void)state;
	start();
	const struct ask_read read = {ASK_READ, 0};
	for (int i = 0; i < 1000; i++)
		send(lab.ask, &read, sizeof(read), MSG_DONTWAIT);
	close(lab.ask);
	lab.ask = -1;
	int edge = lab_socket(&lab, "edge"), ue = lab_socket(&lab, "ue0");
	struct lab_arrival arrivals[20];
	lab_send(ue, -1, 0, FRAME, 20, 1, NS_PER_MS);
	assert_int_equal(lab_receive(edge, arrivals, 20, 1000), 20);
	close(ue);
	close(edge);
	stop_cleanly();
}

#define LAB_TEST(test) cmocka_unit_test_teardown(test, end_what_is_left)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(grants_are_in_force_from_their_stamp_on),
	    LAB_TEST(the_edge_reads_the_cell),
	    LAB_TEST(what_is_refused_is_said_twice),
	    LAB_TEST(an_edge_that_dies_is_missed_by_nobody),
	};
	prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	int rc = lab_open(&lab, 2);
	if (rc != 0)
		return rc;
	if (!mkdtemp(folder))
		return 1;
	snprintf(config_path, sizeof(config_path), "%s/shaper.json", folder);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	lab_close(&lab);
	unlink(config_path);
	rmdir(folder);
	return disturbed_status(rc == 0 ? 0 : 1);
}
