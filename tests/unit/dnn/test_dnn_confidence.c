// SPDX-License-Identifier: BSD-3-Clause
// Laws of exits by confidence: what a rule promises is what its held-out inputs have when each is led through
// the exits; a threshold keeps what is needed, and is the lowest that does; draws follow the shares; trained
// weights keep the promise on inputs that nobody has seen.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/rng.h"
#include "dnn/answer.h"
#include "dnn/confidence.h"
#include "dnn/executor.h"
#include "dnn/samples.h"

enum { INPUTS = 3000, EXITS = 3 };

// The surer an exit, the more often it is right; later exits are surer.
static void draw_answers(struct rng *rng, struct confidence_answer answers[INPUTS][EXITS + 1])
{
	for (int i = 0; i < INPUTS; i++) {
		double easy = rng_uniform(rng, 0, 1);
		for (int e = 0; e <= EXITS; e++) {
			double sure = fmin(1, pow(easy, 1.5 / (e + 1)) * rng_uniform(rng, .8, 1.1));
			answers[i][e] = (struct confidence_answer){
			    .sure = (float)sure, .right = rng_uniform(rng, 0, 1) < .3 + .7 * sure};
		}
	}
}

// Leads every input through the exits: the mean accuracy; goes_on[EXITS].
static double lead(struct confidence_answer answers[INPUTS][EXITS + 1], int exit, double threshold,
		   double goes_on[])
{
	int latest = exit ? exit - 1 : EXITS, right = 0;
	memset(goes_on, 0, EXITS * sizeof(*goes_on));
	for (int i = 0; i < INPUTS; i++)
		for (int e = 0;; e++) {
			if (e == latest || (double)answers[i][e].sure >= threshold) {
				right += answers[i][e].right != 0;
				break;
			}
			goes_on[e] += 1. / INPUTS;
		}
	return (double)right / INPUTS;
}

static void rules_promise_what_their_inputs_have(void **state)
{
	(void)state;
	static struct confidence_answer answers[INPUTS][EXITS + 1];
	struct confidence *c;
	struct rng *rng = rng_new(1, 0, RNG_TEST, 0);
	int early = 0, never = 0;
	draw_answers(rng, answers);
	assert_int_equal(confidence_of(&c, answers[0], INPUTS, EXITS), 0);
	for (int exit = 0; exit <= EXITS; exit++)
		for (double least = 0; least <= 1; least += .02) {
			double goes_on[EXITS], lower[EXITS];
			struct confidence_rule r = confidence_rule(c, exit, least);
			double accuracy = lead(answers, exit, r.threshold, goes_on);
			assert_true(fabs(accuracy - r.accuracy) < 1e-9);
			for (int e = 0; e < EXITS; e++)
				assert_true(fabs(goes_on[e] - r.goes_on[e]) < 1e-9);
			early += r.threshold <= 1 && exit != 1;
			never += r.threshold > 1;
			if (r.threshold <= 1)
				assert_true(accuracy >= least);
			if (r.threshold <= 0 || r.threshold > 1)
				continue;
			// A step lower does not keep it, by the lower end of the interval.
			double next = lead(answers, exit, r.threshold - .005, lower);
			assert_true(next - 1.645 * sqrt(next * (1 - next) / INPUTS) < least);
		}
	assert_true(early > 20 && never > 20);
	rng_free(rng);
	confidence_close(c);
}

// More is needed: fewer leave early.
static void who_needs_more_leaves_later(void **state)
{
	(void)state;
	static struct confidence_answer answers[INPUTS][EXITS + 1];
	struct confidence *c;
	struct rng *rng = rng_new(2, 0, RNG_TEST, 0);
	draw_answers(rng, answers);
	assert_int_equal(confidence_of(&c, answers[0], INPUTS, EXITS), 0);
	struct confidence_rule before = confidence_rule(c, 0, 0);
	assert_true(before.threshold == 0 && before.goes_on[0] == 0); // all leave at once
	for (double least = .01; least <= 1; least += .01) {
		struct confidence_rule r = confidence_rule(c, 0, least);
		assert_true(r.threshold >= before.threshold);
		for (int e = 0; e < EXITS; e++)
			assert_true(r.goes_on[e] >= before.goes_on[e]);
		before = r;
	}
	assert_true(before.threshold == CONFIDENCE_NEVER && before.goes_on[EXITS - 1] == 1);
	rng_free(rng);
	confidence_close(c);
}

static void draws_follow_the_shares(void **state)
{
	(void)state;
	static struct confidence_answer answers[INPUTS][EXITS + 1];
	struct confidence *c;
	struct rng *rng = rng_new(3, 0, RNG_TEST, 0);
	draw_answers(rng, answers);
	assert_int_equal(confidence_of(&c, answers[0], INPUTS, EXITS), 0);
	struct confidence_rule r = confidence_rule(c, 0, .75);
	enum { DRAWS = 40000 };
	int goes_on[EXITS] = {0};
	for (uint32_t k = 0; k < DRAWS; k++)
		for (int e = 0; e < EXITS && !confidence_draw(c, 5, 1 + k % 7, k, e + 1, r.threshold); e++)
			goes_on[e]++;
	for (int e = 0; e < EXITS; e++) {
		double p = r.goes_on[e], sigma = sqrt(p * (1 - p) / DRAWS);
		assert_true(p > .01 && p < .99);
		assert_true(fabs((double)goes_on[e] / DRAWS - p) < 5 * sigma);
	}
	rng_free(rng);
	confidence_close(c);
}

static void expect_refused(const char *reference, const char *says)
{
	struct network *net;
	struct err err;
	char path[512];
	assert_int_equal(network_open(&net, reference, 1, &err), 0);
	assert_int_equal(confidence_ensure(net, path, sizeof(path), NULL, NULL, &err), -EINVAL);
	if (!strstr(err.text, says))
		fail_msg("'%s' does not say '%s'", err.text, says);
	network_free(net);
}

static void what_has_no_exits_or_classes_is_refused(void **state)
{
	(void)state;
	expect_refused("mobilenet-v1-0.25", "has no exits");
	expect_refused(BLOCKS, "have no classes");
}

struct trained {
	struct network *net;
	struct executor *executor;
	struct confidence *c;
	char path[512];
};

static void open_trained(struct trained *t)
{
	struct err err = {""};
	if (network_open(&t->net, "pentominoes-4", 1, &err) < 0 ||
	    confidence_ensure(t->net, t->path, sizeof(t->path), NULL, NULL, &err) < 0 ||
	    confidence_open(&t->c, t->path, t->net, &err) < 0 ||
	    executor_open(&t->executor, "cpu", t->net, &(struct executor_options){.threads = 1}, &err) < 0)
		fail_msg("%s", err.text);
}

static void close_trained(struct trained *t)
{
	executor_close(t->executor);
	confidence_close(t->c);
	network_free(t->net);
}

// Leads picture `index` of a seed through the network; where it leaves by the rule, 0 = at the end.
static int lead_picture(const struct trained *t, uint64_t seed, int index, int exit, double threshold,
			bool *right)
{
	static uint8_t wire[32 * 32 * 3];
	static float tensor[2][32 * 32 * 32], answer[16];
	struct err err = {""};
	int at = 0;
	assert_int_equal(samples_draw_input(t->net, seed, index, wire), 0);
	network_input_from_wire(t->net, wire, tensor[0]);
	float *head = answer;
	for (int n = 0; n < t->net->n_subtasks; n++) {
		const float *in = tensor[n % 2];
		float *out = tensor[(n + 1) % 2];
		assert_int_equal(executor_run(t->executor, n, 1, &in, &out, NULL, &err), 0);
		at = network_exit_at(t->net, n + 1);
		in = out;
		head = answer;
		if (at)
			assert_int_equal(
			    executor_run(t->executor, network_head(t->net, at), 1, &in, &head, NULL, &err),
			    0);
		else
			head = out;
		if (at && (at == exit || answer_confidence(head, 12) >= threshold))
			break;
	}
	*right = answer_class(head, 12) == samples_class(t->net, seed, index);
	return at;
}

// Pictures of another seed: the mean accuracy is what is needed, within four standard deviations, and the
// share that goes on is the rule's.
static void trained_weights_keep_the_promise(void **state)
{
	(void)state;
	enum { PICTURES = 1500 };
	struct trained t;
	open_trained(&t);
	const struct {
		int exit;
		double least;
	} needs[] = {{2, .8}, {3, .9}, {0, .93}};
	for (size_t k = 0; k < 3; k++) {
		struct confidence_rule r = confidence_rule(t.c, needs[k].exit, needs[k].least);
		int n_right = 0, beyond_first = 0;
		for (int i = 0; i < PICTURES; i++) {
			bool right;
			beyond_first += lead_picture(&t, 99, i, needs[k].exit, r.threshold, &right) != 1;
			n_right += right;
		}
		double accuracy = (double)n_right / PICTURES, goes_on = (double)beyond_first / PICTURES;
		print_message(
		    "need %.2f: threshold %.3f, promised %.4f, measured %.4f; beyond exit 1: %.3f, %.3f\n",
		    needs[k].least, r.threshold, r.accuracy, accuracy, r.goes_on[0], goes_on);
		assert_true(r.threshold <= 1 && r.accuracy >= needs[k].least);
		assert_true(accuracy >= needs[k].least - 4 * sqrt(.25 / PICTURES));
		assert_true(fabs(accuracy - r.accuracy) < 4 * sqrt(.25 / PICTURES));
		assert_true(fabs(goes_on - r.goes_on[0]) < 5 * sqrt(.25 / PICTURES));
		assert_true(r.goes_on[0] < .95); // it is worth it
	}
	close_trained(&t);
}

// Any byte of the header may be wrong, or of what follows.
static void a_damaged_file_is_refused(void **state)
{
	(void)state;
	struct trained t;
	struct confidence *c;
	struct err err;
	open_trained(&t);
	char copy[] = "/tmp/airbatch-confidence-XXXXXX";
	int fd = mkstemp(copy);
	assert_true(fd >= 0);
	FILE *from = fopen(t.path, "rb"), *to = fdopen(fd, "wb");
	static char bytes[1 << 20];
	size_t size = fread(bytes, 1, sizeof(bytes), from);
	fclose(from);
	for (size_t at = 0; at < size; at += at < 40 ? 1 : size / 37) {
		bytes[at] ^= 0x40;
		rewind(to);
		assert_int_equal(fwrite(bytes, 1, size, to), size);
		fflush(to);
		bool reserved = at >= 20 && at < 24;
		if (!reserved)
			assert_int_equal(confidence_open(&c, copy, t.net, &err), -EINVAL);
		bytes[at] ^= 0x40;
	}
	assert_int_equal(ftruncate(fd, (off_t)size - 1), 0);
	assert_int_equal(confidence_open(&c, copy, t.net, &err), -EINVAL);
	fclose(to);
	unlink(copy);
	close_trained(&t);
}

int main(void)
{
	char cache[] = "/tmp/airbatch-confidence-cache-XXXXXX", command[128];
	if (!mkdtemp(cache) || setenv("AIRBATCH_CACHE", cache, 1) < 0)
		return 1;
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rules_promise_what_their_inputs_have),
	    cmocka_unit_test(who_needs_more_leaves_later),
	    cmocka_unit_test(draws_follow_the_shares),
	    cmocka_unit_test(what_has_no_exits_or_classes_is_refused),
	    cmocka_unit_test(trained_weights_keep_the_promise),
	    cmocka_unit_test(a_damaged_file_is_refused),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(command, sizeof(command), "rm -r %s", cache);
	return system(command) != 0 || failed;
}
