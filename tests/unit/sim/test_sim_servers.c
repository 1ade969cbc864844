// SPDX-License-Identifier: BSD-3-Clause
// Further servers in virtual time, over random topologies: every task is answered once; each server's starts
// are first come first served on its cores; the WAN sends one tensor after another; busy times add up; what
// the orchestrating policies predict is what happens; equal seeds give equal bytes.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "tests/unit/sim/sim_star.h"

enum { MOST_TASKS = 4000, MOST_SERVERS = 4, SUBTASKS = 9 };

#define MS 1e-3

// A row of tasks.csv.
struct task {
	int ue, number, server, cut;
	double arrival, latency, plan_latency, plan, local, upload, wait, batch, result;
	bool done;
};

struct record {
	struct task task[MOST_TASKS];
	int n;
};

static double value_of(const char *header, const char *row, const char *column)
{
	size_t length = strlen(column);
	while (strncmp(header, column, length) != 0 || (header[length] != ',' && header[length] != '\n')) {
		header = strchr(header, ',') + 1;
		row = strchr(row, ',') + 1;
	}
	return strtod(row, NULL);
}

static struct record *read_tasks(const struct star *star)
{
	size_t size;
	char *text = star_read(star, "tasks.csv", &size);
	struct record *r = calloc(1, sizeof(*r));
	assert_true(text && r);
	for (const char *row = strchr(text, '\n') + 1; *row; row = strchr(row, '\n') + 1) {
		struct task *t = &r->task[r->n++];
		assert_true(r->n < MOST_TASKS);
#define VALUE(column) value_of(text, row, column)
		*t =
		    (struct task){.ue = (int)VALUE("ue"),
				  .number = (int)VALUE("task"),
				  .server = (int)VALUE("server"),
				  .cut = (int)VALUE("cut"),
				  .arrival = VALUE("arrival_ms"),
				  .latency = VALUE("latency_ms"),
				  .plan_latency = VALUE("plan_latency_ms"),
				  .plan = VALUE("plan_ms"),
				  .local = VALUE("local_ms"),
				  .upload = VALUE("upload_ms"),
				  .wait = VALUE("wait_ms"),
				  .batch = VALUE("batch_ms"),
				  .result = VALUE("result_ms"),
				  .done = strstr(row, ",done,") && strstr(row, ",done,") < strchr(row, '\n')};
	}
	free(text);
	return r;
}

static double input_ms(const struct task *t)
{
	return t->arrival + t->plan + t->local + t->upload;
}

static int by_input(const void *a, const void *b)
{
	const struct task *x = a, *y = b;
	double i = input_ms(x), k = input_ms(y);
	if (fabs(i - k) > 1e-7)
		return (i > k) - (i < k);
	// One that is sent again may let the next be there at the same instant: in the order of their starts.
	return x->wait != y->wait ? (x->wait > y->wait) - (x->wait < y->wait) : x->ue - y->ue;
}

struct server {
	int cores;
	double rate_bps, speed;
	bool loses; // then one tensor may overtake what is sent again of another
};

static double *least(double free_ms[], int n)
{
	double *first = free_ms;
	for (int c = 1; c < n; c++)
		if (free_ms[c] < *first)
			first = &free_ms[c];
	return first;
}

// Kiefer and Wolfowitz 1955: who comes has the core that is free first. Times in the table end at 1 ns.
static int check_fcfs(struct record *r, int server, const struct server *at)
{
	double free_ms[64] = {0};
	int n = 0;
	qsort(r->task, (size_t)r->n, sizeof(*r->task), by_input);
	for (int i = 0; i < r->n; i++) {
		const struct task *t = &r->task[i];
		if (t->server != server)
			continue;
		double *core = least(free_ms, at->cores), start = input_ms(t) + t->wait;
		double right = fmax(*core, input_ms(t));
		if (fabs(start - right) > 1e-5)
			fail_msg("server %d: ue%d:%d starts at %.6f ms, not %.6f", server, t->ue, t->number,
				 start, right);
		*core = start + t->batch;
		n++;
	}
	return n;
}

// Tensors of equal size reach a server no closer than the WAN's rate lets them.
static void check_wan(const struct record *r, int server, const struct server *at, double bits)
{
	double last = -INFINITY;
	for (int i = 0; i < r->n; i++) {
		const struct task *t = &r->task[i];
		if (t->server != server || at->loses)
			continue;
		assert_true(input_ms(t) - last >= 1e3 * bits / at->rate_bps - 1e-5);
		last = input_ms(t);
	}
}

static const json_t *node(json_t *results, int server)
{
	const json_t *list = json_object_get(results, "nodes");
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_integer_value(json_object_get(json_array_get(list, i), "server")) == server)
			return json_array_get(list, i);
	fail_msg("no node %d", server);
	return NULL;
}

static double number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

// A node's figures are its tasks'.
static void check_node(json_t *results, const struct record *r, int server, const struct server *at)
{
	const json_t *n = node(results, server), *latency = json_object_get(n, "latency_ms");
	double sum = 0, busy_s = 0;
	int tasks = 0;
	for (int i = 0; i < r->n; i++) {
		if (r->task[i].server != server)
			continue;
		tasks++;
		sum += r->task[i].latency;
		busy_s += MS * r->task[i].batch;
	}
	assert_int_equal((int)number(latency, "n"), tasks);
	assert_true(tasks == 0 || fabs(number(latency, "mean") - sum / tasks) < 1e-4);
	if (server < 0)
		return;
	assert_int_equal((int)number(n, "batches"), SUBTASKS * tasks);
	assert_true(fabs(number(n, "busy_s") - busy_s) < 1e-6 * (1 + busy_s));
	assert_int_equal((int)number(n, "cores"), at->cores);
	assert_true(number(n, "utilisation") >= 0 && number(n, "utilisation") <= 1);
}

static void each_once(const struct record *r)
{
	for (int i = 0; i < r->n; i++) {
		const struct task *t = &r->task[i];
		assert_true(t->done);
		for (int k = 0; k < i; k++)
			assert_true(r->task[k].ue != t->ue || r->task[k].number != t->number);
		double parts = t->plan + t->local + t->upload + t->wait + t->batch + t->result;
		assert_true(fabs(parts - t->latency) < 1e-5);
		assert_int_equal(t->server >= 0, t->cut == 0);
	}
}

#define YAML                                                                                                 \
	"duration: 2s\nseed: %u\npolicy: %s\n"                                                               \
	"cell: {delay: %.6fms}\n"                                                                            \
	"ues:\n  count: %d\n  network: mobilenet-v2\n  deadline: 60s\n  open_tasks: %d\n"                     \
	"  device: {f_max: %.6fGFLOP/s}\n  arrivals: {%s}\n"                                                 \
	"edge: {executor: replay, profile: mobilenet-v2-gpu-model, guard: 0s, cores: %d, "                   \
	"batching: {mode: cores}}\n"

struct world {
	char yaml[4096];
	double rate_bps;
	int n_servers; // the edge among them
	struct server server[MOST_SERVERS];
};

static double draw(struct rng *rng, double low, double high)
{
	return rng_uniform(rng, low, high);
}

static void add_servers(struct world *w, struct rng *rng)
{
	size_t used = strlen(w->yaml);
	w->n_servers = 1 + (int)rng_below(rng, MOST_SERVERS);
	for (int i = 1; i < w->n_servers; i++) {
		struct server *s = &w->server[i];
		*s = (struct server){1 + (int)rng_below(rng, 3), draw(rng, 5e6, 2e8), draw(rng, .05, 2),
				     rng_below(rng, 2)};
		used += (size_t)snprintf(
		    w->yaml + used, sizeof(w->yaml) - used,
		    "%s    - {cores: %d, speed: %.6f, wan: {rate: %.6fMbit/s, delay: %.6fms, "
		    "jitter: %.6fms, loss: %s}}\n",
		    i == 1 ? "servers:\n  list:\n" : "", s->cores, s->speed, s->rate_bps / 1e6,
		    draw(rng, 0, 30), s->loses * draw(rng, 0, 2), s->loses ? "10%" : "0");
	}
}

static void draw_world(struct world *w, struct rng *rng, const char *policy)
{
	char arrivals[80];
	*w = (struct world){.rate_bps = draw(rng, 2e6, 4e7)};
	w->server[0].cores = 1 + (int)rng_below(rng, 4);
	if (rng_below(rng, 2))
		snprintf(arrivals, sizeof(arrivals), "kind: poisson, rate: %.6f", draw(rng, .5, 8));
	else
		snprintf(arrivals, sizeof(arrivals), "kind: periodic, period: %.6fms", draw(rng, 50, 500));
	snprintf(w->yaml, sizeof(w->yaml), YAML, (unsigned)rng_below(rng, 1000000), policy, draw(rng, 0, 20),
		 1 + (int)rng_below(rng, 5), 1, draw(rng, 2, 60), arrivals, w->server[0].cores);
	add_servers(w, rng);
}

static void live(struct star *star, const struct world *w)
{
	struct err err;
	if (star_open(star, w->yaml, w->rate_bps, &err) < 0 || star_run(star, NULL, NULL, &err) < 0)
		fail_msg("%s\n%s", w->yaml, err.text);
}

static void every_task_is_answered_once(void **state)
{
	(void)state;
	static const char *const policies[] = {"orch-oracle", "orch-edge-only", "orch-cloud-only",
					       "orch-device-only"};
	uint64_t seed = (uint64_t)clock_now_ns();
	struct rng *rng = rng_new(seed, 1, RNG_TEST, 0);
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < 24; i++) {
		struct world w;
		struct star star;
		draw_world(&w, rng, policies[i % 4]);
		live(&star, &w);
		struct record *r = read_tasks(&star);
		json_t *results = star_results(&star);
		int n = 0;
		each_once(r);
		for (int s = 0; s < w.n_servers; s++) {
			n += check_fcfs(r, s, &w.server[s]);
			if (s > 0)
				check_wan(r, s, &w.server[s], 224 * 224 * 3 * 8);
			check_node(results, r, s, &w.server[s]);
		}
		check_node(results, r, -1, NULL);
		assert_true(n <= r->n && (i % 4 != 1 || n == r->n) && (i % 4 != 3 || n == 0));
		json_decref(results);
		free(r);
		star_close(&star);
	}
	rng_free(rng);
}

// All ask at once, and are alone: the plan's response times are the model's.
static void responses_are_those_of_the_model(void **state)
{
	(void)state;
	static const char *const policies[] = {"orch-oracle", "orch-edge-only", "orch-cloud-only",
					       "orch-device-only"};
	uint64_t seed = (uint64_t)clock_now_ns();
	struct rng *rng = rng_new(seed, 1, RNG_TEST, 0);
	print_message("seed %llu\n", (unsigned long long)seed);
	double worst = 0;
	for (int i = 0; i < 20; i++) {
		struct world w = {.rate_bps = 2e7};
		struct star star;
		snprintf(w.yaml, sizeof(w.yaml),
			 YAML "servers: {count: 1, cores: %d, speed: %.6f, wan: {rate: 100Mbit/s, delay: "
			      "%.6fms}}\n",
			 1u, policies[i % 4], 2., 1 + i / 4, 1, draw(rng, 2, 60),
			 "kind: periodic, period: 1s", 2, 4, draw(rng, .1, 2), draw(rng, 0, 40));
		live(&star, &w);
		struct record *r = read_tasks(&star);
		for (int k = 0; k < r->n; k++)
			worst = fmax(worst, fabs(r->task[k].latency / r->task[k].plan_latency - 1));
		assert_int_equal(r->n, 2 * (1 + i / 4));
		free(r);
		star_close(&star);
	}
	print_message("the worst is %.3f %% off\n", 100 * worst);
	assert_true(worst < .03);
	rng_free(rng);
}

// One core that needs S for each of n tasks at once, one WAN: the k-th starts at the later of its input and k
// S.
static void a_burst_waits_in_closed_form(void **state)
{
	(void)state;
	struct world w = {.rate_bps = 2e7};
	struct star star;
	snprintf(w.yaml, sizeof(w.yaml),
		 YAML "servers: {count: 1, speed: 0.01, wan: {rate: 1Gbit/s, delay: 10ms}}\n", 1u,
		 "orch-cloud-only", 2., 5, 1, 20., "kind: burst", 2);
	live(&star, &w);
	struct record *r = read_tasks(&star);
	qsort(r->task, (size_t)r->n, sizeof(*r->task), by_input);
	assert_int_equal(r->n, 5);
	double service = r->task[0].batch, start = input_ms(&r->task[0]);
	assert_true(service > 200 && r->task[0].wait == 0);
	for (int k = 0; k < 5; k++) {
		const struct task *t = &r->task[k];
		assert_true(t->server == 1 && fabs(t->batch - service) < 1e-5);
		assert_true(fabs(input_ms(t) + t->wait - (start + k * service)) < 1e-4);
		assert_int_equal(t->ue, k + 1); // equal uploads: ties go to the lower UE
	}
	free(r);
	star_close(&star);
}

static char *tasks_of(const char *yaml)
{
	struct world w = {.rate_bps = 2e7};
	struct star star;
	size_t size;
	snprintf(w.yaml, sizeof(w.yaml), "%s", yaml);
	live(&star, &w);
	char *text = star_read(&star, "tasks.csv", &size);
	star_close(&star);
	return text;
}

static void equal_seeds_give_equal_bytes(void **state)
{
	(void)state;
	struct world w;
	struct rng *rng = rng_new(7, 1, RNG_TEST, 0);
	for (int i = 0; i < 3; i++) {
		draw_world(&w, rng, "orch-oracle");
		char *a = tasks_of(w.yaml), *b = tasks_of(w.yaml);
		assert_string_equal(a, b);
		free(a);
		free(b);
	}
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_task_is_answered_once),
	    cmocka_unit_test(responses_are_those_of_the_model),
	    cmocka_unit_test(a_burst_waits_in_closed_form),
	    cmocka_unit_test(equal_seeds_give_equal_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
