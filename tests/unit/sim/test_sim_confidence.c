// SPDX-License-Identifier: BSD-3-Clause
// Exits by confidence in virtual time, with trained weights' answers to held-out inputs: who is admitted is
// as before; nobody leaves after its planned exit, and as many before as the held-out inputs; promises are
// what users need; a policy that reckons with it admits more; what cannot be is refused.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dnn/confidence.h"
#include "tests/unit/sim/sim_star.h"

#define YAML                                                                                                 \
	"duration: 20s\nseed: %u\npolicy: {name: \"%s\", upload: 0.016}\n"                                   \
	"cell: {bandwidth: 12MHz, grant: granted, delay: 0.2ms}\n"                                           \
	"ues: {count: 24, network: %s, distance: 20m..60m, tx_power: 10dBm, deadline: 26ms..36ms, "          \
	"deadline_draw: task, accuracy: 90%%, arrivals: {kind: periodic, period: 100ms}}\n"                  \
	"edge: {executor: replay, profile: %s, exits: %s, max_batch: 32, admission_window: 4ms, guard: "     \
	"1ms, "                                                                                              \
	"verify: false, batching: {start: ready, stragglers: drop}}\n"
#define TRAINED "pentominoes-4", "pentominoes-4-gpu-model"

static int try_run(struct star *star, unsigned seed, const char *policy, const char *exits, struct err *err)
{
	char yaml[2048];
	snprintf(yaml, sizeof(yaml), YAML, seed, policy, TRAINED, exits);
	int r = star_open(star, yaml, 0, err);
	return r < 0 ? r : star_run(star, NULL, NULL, err);
}

static void run(struct star *star, unsigned seed, const char *policy, const char *exits)
{
	struct err err;
	if (try_run(star, seed, policy, exits, &err) < 0)
		fail_msg("%s", err.text);
}

// A task as tasks.csv has it, by UE and number.
enum { UES = 24, MOST = 220 };
struct seen {
	bool done, admitted;
	int exit; // 4 = the end
	double accuracy, latency_ms;
};

static int column_of(const char *header, const char *name)
{
	int n = 0;
	size_t length = strlen(name);
	for (const char *at = header; at; at = strchr(at, ','), at = at ? at + 1 : NULL, n++)
		if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\n'))
			return n;
	fail_msg("no column %s", name);
	return -1;
}

static const char *field(const char *line, int column)
{
	while (column-- > 0)
		line = strchr(line, ',') + 1;
	return line;
}

static int read_tasks(const struct star *star, struct seen seen[UES][MOST])
{
	size_t size;
	char *text = star_read(star, "tasks.csv", &size), *line = text;
	int ue = column_of(text, "ue"), task = column_of(text, "task"), outcome = column_of(text, "outcome"),
	    admitted = column_of(text, "admitted"), exit = column_of(text, "exit"),
	    accuracy = column_of(text, "accuracy"), latency = column_of(text, "latency_ms"), n = 0;
	memset(seen, 0, sizeof(struct seen) * UES * MOST);
	while ((line = strchr(line, '\n')) && line[1]) {
		line++;
		struct seen *s = &seen[atoi(field(line, ue)) - 1][atoi(field(line, task))];
		s->done = strncmp(field(line, outcome), "done", 4) == 0;
		s->admitted = atoi(field(line, admitted)) == 1;
		s->exit = atoi(field(line, exit));
		s->exit = s->exit ? s->exit : 4;
		s->accuracy = atof(field(line, accuracy));
		s->latency_ms = atof(field(line, latency));
		n += s->done;
	}
	free(text);
	return n;
}

static double goes_on_beyond_first(void)
{
	struct network *net;
	struct confidence *c;
	struct err err;
	char path[512];
	assert_int_equal(network_open(&net, "pentominoes-4", WEIGHT_SEED, &err), 0);
	assert_int_equal(confidence_ensure(net, path, sizeof(path), NULL, NULL, &err), 0);
	assert_int_equal(confidence_open(&c, path, net, &err), 0);
	double share = confidence_rule(c, 3, .9).goes_on[0];
	confidence_close(c);
	network_free(net);
	return share;
}

static void nobody_leaves_later_and_many_earlier(void **state)
{
	(void)state;
	static struct seen planned[UES][MOST], sure[UES][MOST];
	struct star a, b;
	run(&a, 1, "bsp-exit:grow", "planned");
	run(&b, 1, "bsp-exit:grow", "confidence");
	int n = read_tasks(&a, planned), beyond = 0, earlier = 0;
	assert_int_equal(read_tasks(&b, sure), n);
	for (int u = 0; u < UES; u++)
		for (int t = 0; t < MOST; t++) {
			const struct seen *p = &planned[u][t], *s = &sure[u][t];
			assert_true(p->done == s->done && p->admitted == s->admitted);
			if (!p->done)
				continue;
			assert_true(s->exit <= p->exit && p->exit == 3);
			assert_true(s->latency_ms <= p->latency_ms + 1e-6);
			assert_true(s->accuracy >= .9 && p->accuracy >= .9);
			beyond += s->exit > 1;
			earlier += s->exit < p->exit;
		}
	double share = goes_on_beyond_first(), error = 5 * sqrt(share * (1 - share) / n);
	print_message("%d of %d go on beyond exit 1: %.4f for %.4f\n", beyond, n, (double)beyond / n, share);
	assert_true(n > 1000 && earlier > n / 4 && fabs((double)beyond / n - share) < error);
	star_close(&a);
	star_close(&b);
}

static int served(const struct star *star)
{
	json_t *figures = star_results(star);
	int n = (int)json_integer_value(json_object_get(json_object_get(figures, "tasks"), "served"));
	json_decref(figures);
	return n;
}

static void a_policy_that_expects_it_serves_more(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 2; seed++) {
		struct star grow, expected;
		run(&grow, seed, "bsp-exit:grow", "confidence");
		run(&expected, seed, "bsp-exit:expected", "confidence");
		print_message("seed %u: %d served, %d by bsp-exit:expected\n", seed, served(&grow),
			      served(&expected));
		assert_true(served(&expected) > 1.02 * served(&grow));
		star_close(&grow);
		star_close(&expected);
	}
}

static void equal_seeds_give_equal_bytes(void **state)
{
	(void)state;
	static const char *const tables[] = {"tasks.csv", "batches.csv", "members.csv"};
	struct star a, b;
	run(&a, 3, "bsp-exit:expected", "confidence");
	run(&b, 3, "bsp-exit:expected", "confidence");
	for (size_t i = 0; i < 3; i++) {
		size_t n, m;
		char *x = star_read(&a, tables[i], &n), *y = star_read(&b, tables[i], &m);
		assert_int_equal(n, m);
		assert_memory_equal(x, y, n);
		free(x);
		free(y);
	}
	star_close(&a);
	star_close(&b);
}

static void without_classes_it_is_refused(void **state)
{
	(void)state;
	char yaml[2048];
	struct star star;
	struct err err = {""};
	snprintf(yaml, sizeof(yaml), YAML, 1, "bsp-exit", BLOCKS, BLOCKS_PROFILE, "confidence");
	assert_int_equal(star_open(&star, yaml, 0, &err), -EINVAL);
	assert_non_null(strstr(err.text, "edge.exits is confidence: the inputs of blocks-4 have no classes"));
}

int main(void)
{
	char cache[] = "/tmp/airbatch-confidence-cache-XXXXXX", command[128];
	if (!mkdtemp(cache) || setenv("AIRBATCH_CACHE", cache, 1) < 0)
		return 1;
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nobody_leaves_later_and_many_earlier),
	    cmocka_unit_test(a_policy_that_expects_it_serves_more),
	    cmocka_unit_test(equal_seeds_give_equal_bytes),
	    cmocka_unit_test(without_classes_it_is_refused),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(command, sizeof(command), "rm -r %s", cache);
	return system(command) != 0 || failed;
}
