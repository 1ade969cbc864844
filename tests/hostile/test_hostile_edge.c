// SPDX-License-Identifier: BSD-3-Clause
// Every attack of hostile_ue against a real edge process over loopback. The law: the other UEs' tasks are all
// answered, the attacker's broken rules are counted under their reasons and under no other, the edge's memory
// stays bounded, and it ends in order.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/channel.h"
#include "base/clock.h"
#include "dnn/network.h"
#include "dnn/profile.h"
#include "edge/desk/record.h"
#include "mac/counters.h"
#include "setup/edge_config.h"
#include "tests/hostile/peer.h"

enum { UES = 3, ATTACKER = 2, LEAST_TASKS = 8, RUN_ID = 4711, MOST_BATCH = 4, MOST_GROWN_KIB = 32 << 10 };

// AddressSanitizer keeps what is freed, so memory grows whatever the edge does.
#ifdef __SANITIZE_ADDRESS__
#define IS_QUARANTINED true
#else
#define IS_QUARANTINED false
#endif

static const char small[] = "network small\ninput 20x20x3\nsubtask A\nconv 4x4 4 stride 4 relu6\n"
			    "subtask CLS\npool 5x5\nfc 10\n";

struct lab {
	char folder[64], network[96], profile[96], counters[96], config[96];
	struct network *net;
	struct counters *made;
	uint64_t secrets[UES];
	struct peer peer[UES];
	uint32_t next_task[UES];
	pid_t edge, attacker; // while they live
	int channel;
	struct edge_record record; // once it has ended
};

// ---- what the edge is given

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void write_profile(struct lab *lab)
{
	struct err err;
	struct profile *p = profile_new(lab->net, MOST_BATCH);
	assert_non_null(p);
	snprintf(p->source, sizeof(p->source), "stated");
	p->modelled = true;
	for (int i = 0; i < p->n_subtasks * MOST_BATCH; i++)
		p->entries[i] = (struct profile_entry){
		    .runs = 1, .median_s = 1e-4, .p95_s = 1e-4, .min_s = 1e-4, .max_s = 1e-4};
	profile_make_monotone(p);
	if (profile_save(p, lab->profile, &err) < 0)
		fail_msg("%s", err.text);
	profile_free(p);
}

static int free_port(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
	close(fd);
	return ntohs(at.sin_port);
}

static void write_config(struct lab *lab, int port)
{
	struct edge_network network = {.weight_seed = 1, .samples = "none"};
	struct edge_ue ues[UES];
	struct edge_config c = {.run_id = RUN_ID,
				.port = port,
				.threads = 1,
				.max_batch = MOST_BATCH,
				.mtu = 1500,
				.policy = "eo",
				.executor = "replay",
				.tcp = "reno",
				.admission_window_s = 1e-3,
				.guard_s = 1e-3,
				.batching = {.mode = BATCH_BY_SIZE, .size = 1, .cores = 1},
				.power = {.n_freq = 1, .freq = {1}},
				.online = {.slot_s = 1, .deadline_scale_s = 1, .horizon_slots = 1},
				.n_ues = UES,
				.n_networks = 1,
				.ues = ues,
				.networks = &network};
	struct err err;
	for (int i = 0; i < UES; i++)
		ues[i] = (struct edge_ue){
		    .uplink_bps = 1e8,
		    .downlink_bps = 1e8,
		    .open_jobs = 1,
		    .terms = {.address = lab->peer[i].address,
			      .device = {peer_device.f_min_flops, peer_device.f_max_flops, peer_device.kappa},
			      .tx_power_w = peer_device.tx_power_w,
			      .longest_deadline_s = ns_to_s(PEER_DEADLINE_NS)}};
	snprintf(network.name, sizeof(network.name), "%s", lab->network);
	snprintf(network.profile, sizeof(network.profile), "%s", lab->profile);
	snprintf(c.counters, sizeof(c.counters), "%s", lab->counters);
	if (config_save(&edge_config_table, &c, lab->config, &err) < 0)
		fail_msg("%s", err.text);
}

// ---- the edge

static void become_edge(const struct lab *lab, int channel)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int log = open("/dev/null", O_WRONLY);
	dup2(log, STDERR_FILENO);
	int high = fcntl(channel, F_DUPFD_CLOEXEC, ASK_FD + 1); // in nobody's way
	dup2(high, CHANNEL_FD);
	close(ASK_FD);
	execl(EDGE, EDGE, "--config", lab->config, NULL);
	_exit(127);
}

static struct channel_message *next_message(const struct lab *lab, int *r)
{
	static struct channel_message m;
	*r = channel_receive(lab->channel, &m);
	return &m;
}

// Reads what the edge says up to a message of this type.
static void read_up_to(struct lab *lab, enum channel_type type)
{
	for (;;) {
		int r;
		struct channel_message *m = next_message(lab, &r);
		if (r != 1 || m->type == CHANNEL_FAIL)
			fail_msg("the edge has failed: %.*s", r == 1 ? (int)m->size : 0, m->body);
		if (m->type == CHANNEL_EDGE && m->size == sizeof(lab->record))
			memcpy(&lab->record, m->body, sizeof(lab->record));
		if (m->type == (uint32_t)type)
			return;
	}
}

static void start_edge(struct lab *lab)
{
	int pair[2];
	struct err err;
	assert_int_equal(channel_pair(pair, &err), 0);
	lab->edge = fork();
	assert_true(lab->edge >= 0);
	if (lab->edge == 0)
		become_edge(lab, pair[1]);
	close(pair[1]);
	lab->channel = pair[0];
	assert_int_equal(channel_send(lab->channel, CHANNEL_SECRETS, lab->secrets, sizeof(lab->secrets)), 0);
	read_up_to(lab, CHANNEL_READY);
	int64_t now_ns = clock_now_ns();
	const struct channel_start start = {.epoch_ns = now_ns, .end_ns = now_ns + 3600 * NS_PER_S};
	assert_int_equal(channel_send(lab->channel, CHANNEL_START, &start, sizeof(start)), 0);
}

static void stop_edge(struct lab *lab)
{
	int status;
	assert_int_equal(channel_send(lab->channel, CHANNEL_STOP, NULL, 0), 0);
	read_up_to(lab, CHANNEL_DONE);
	assert_int_equal(waitpid(lab->edge, &status, 0), lab->edge);
	lab->edge = 0;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static long resident_kib(pid_t pid)
{
	char path[64], line[128];
	long kib = 0;
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		sscanf(line, "VmHWM: %ld", &kib);
	fclose(f);
	return kib;
}

// ---- the others

static void live_through_a_task(struct lab *lab, int ue)
{
	static uint8_t body[1 << 16], tensor[1 << 16];
	const struct peer *p = &lab->peer[ue];
	uint32_t task = ++lab->next_task[ue];
	struct message_header h;
	struct message_plan plan;
	struct err err;
	assert_true(peer_request(p, task));
	assert_true(peer_read(p, &h, body, sizeof(body)));
	if (h.type != MESSAGE_PLAN)
		fail_msg("ue%d gets no plan: %.*s", ue + 1, (int)h.body, body);
	assert_int_equal(message_get_plan(body, h.body, &plan, &err), 0);
	assert_int_equal(plan.cut, 0);
	h = peer_header(p, MESSAGE_TENSOR, task);
	assert_true(peer_send(p, &h, tensor, (uint32_t)features_cut_bytes(lab->net, 0, FEATURES_FP32)));
	assert_true(peer_read(p, &h, body, sizeof(body)));
	assert_true(h.type == MESSAGE_RESULT && h.task == task && h.ue == p->ue);
}

static pid_t attack(const struct lab *lab, const char *verb)
{
	const struct peer *p = &lab->peer[ATTACKER];
	char text[8][32];
	snprintf(text[0], 32, "%d", p->port);
	snprintf(text[1], 32, "%u", p->address);
	snprintf(text[2], 32, "%u", p->ue);
	snprintf(text[3], 32, "%llu", (unsigned long long)p->secret);
	snprintf(text[4], 32, "%u", p->run);
	snprintf(text[5], 32, "%llu", (unsigned long long)p->network_hash);
	snprintf(text[6], 32, "%lld", (long long)features_cut_bytes(lab->net, 0, FEATURES_FP32));
	snprintf(text[7], 32, "1");
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(HOSTILE, HOSTILE, verb, text[0], text[1], text[2], text[3], text[4], text[5], text[6],
		      text[7], NULL);
		_exit(127);
	}
	return pid;
}

// ---- a lab for each attack

static int open_lab(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	struct err err;
	int port = free_port();
	*state = lab;
	snprintf(lab->folder, sizeof(lab->folder), "/tmp/airbatch-hostile-XXXXXX");
	assert_non_null(mkdtemp(lab->folder));
	snprintf(lab->network, sizeof(lab->network), "%s/small.net", lab->folder);
	snprintf(lab->profile, sizeof(lab->profile), "%s/small.csv", lab->folder);
	snprintf(lab->counters, sizeof(lab->counters), "%s/counters", lab->folder);
	snprintf(lab->config, sizeof(lab->config), "%s/edge.json", lab->folder);
	write_file(lab->network, small);
	if (network_outline(&lab->net, lab->network, 1, &err) < 0)
		fail_msg("%s", err.text);
	lab->made = counters_create(lab->counters, UES, &err);
	assert_non_null(lab->made);
	write_profile(lab);
	for (int i = 0; i < UES; i++) {
		lab->secrets[i] = 0x1234567890abcdefu * (uint64_t)(i + 1);
		lab->peer[i] = (struct peer){.address = INADDR_LOOPBACK + 1 + (uint32_t)i,
					     .port = port,
					     .run = RUN_ID,
					     .ue = (uint32_t)i + 1,
					     .secret = lab->secrets[i],
					     .network_hash = lab->net->hash,
					     .fd = -1};
	}
	write_config(lab, port);
	start_edge(lab);
	return 0;
}

static int close_lab(void **state)
{
	struct lab *lab = *state;
	const char *const files[] = {lab->network, lab->profile, lab->counters, lab->config};
	const pid_t left[] = {lab->attacker, lab->edge};
	for (int i = 0; i < 2; i++)
		if (left[i] > 0) {
			kill(left[i], SIGKILL);
			waitpid(left[i], NULL, 0);
		}
	for (int i = 0; i < UES; i++)
		peer_close(&lab->peer[i]);
	close(lab->channel);
	counters_close(lab->made);
	network_free(lab->net);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(files[i]);
	rmdir(lab->folder);
	free(lab);
	return 0;
}

struct expected {
	const char *verb;
	uint64_t least;			  // refusals of `reason`
	enum edge_refusal reason, beside; // no others but these two
};

static void check_refusals(const struct lab *lab, const struct expected *e)
{
	for (int i = 0; i < EDGE_REFUSALS; i++) {
		uint64_t n = lab->record.refusals[i];
		if (n > 0)
			printf("  %s: %llu %s\n", e->verb, (unsigned long long)n, edge_refusal_names[i]);
		if (i != (int)e->reason && i != (int)e->beside && n > 0)
			fail_msg("%s: %llu refusals for the reason %s", e->verb, (unsigned long long)n,
				 edge_refusal_names[i]);
	}
	if (lab->record.refusals[e->reason] < e->least)
		fail_msg("%s: %llu refusals for the reason %s, at least %llu are right", e->verb,
			 (unsigned long long)lab->record.refusals[e->reason], edge_refusal_names[e->reason],
			 (unsigned long long)e->least);
}

static void survive(struct lab *lab, const struct expected *e)
{
	int status = 0, tasks = 0;
	for (int ue = 0; ue < ATTACKER; ue++) {
		assert_true(peer_connect(&lab->peer[ue]) && peer_hello(&lab->peer[ue]));
		live_through_a_task(lab, ue);
	}
	long before_kib = resident_kib(lab->edge);
	lab->attacker = attack(lab, e->verb);
	bool over = false;
	while (!over || tasks < LEAST_TASKS) {
		for (int ue = 0; ue < ATTACKER; ue++)
			live_through_a_task(lab, ue);
		tasks++;
		over = over || waitpid(lab->attacker, &status, WNOHANG) == lab->attacker;
		lab->attacker = over ? 0 : lab->attacker;
	}
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	long grown_kib = resident_kib(lab->edge) - before_kib;
	if (grown_kib > MOST_GROWN_KIB && !IS_QUARANTINED)
		fail_msg("%s: the edge has grown by %ld KiB", e->verb, grown_kib);
	stop_edge(lab);
	assert_int_equal(lab->record.refused, 0);
	check_refusals(lab, e);
}

#define ATTACK(name, verb, least, reason, beside)                                                            \
	static void name(void **state)                                                                       \
	{                                                                                                    \
		survive(*state, &(struct expected){verb, least, reason, beside});                            \
	}

ATTACK(many_connections, "open-many", 16, REFUSED_CROWD, REFUSED_EXCLUDED)
ATTACK(garbage, "garbage", 16, REFUSED_MALFORMED, REFUSED_EXCLUDED)
ATTACK(a_huge_body, "huge-body", 6, REFUSED_MALFORMED, REFUSED_MALFORMED)
ATTACK(no_hello, "no-hello", 6, REFUSED_MALFORMED, REFUSED_UNKNOWN)
ATTACK(a_second_hello, "hello-twice", 6, REFUSED_UNKNOWN, REFUSED_UNKNOWN)
ATTACK(a_wrong_secret, "wrong-secret", 6, REFUSED_IMPOSTOR, REFUSED_IMPOSTOR)
ATTACK(anothers_number, "impersonate", 6, REFUSED_IMPOSTOR, REFUSED_IMPOSTOR)
ATTACK(another_run, "wrong-run", 6, REFUSED_IMPOSTOR, REFUSED_IMPOSTOR)
ATTACK(a_ue_that_is_not, "unknown-ue", 6, REFUSED_IMPOSTOR, REFUSED_IMPOSTOR)
ATTACK(a_second_connection, "two-sessions", 6, REFUSED_SECOND, REFUSED_SECOND)
ATTACK(anothers_request, "speak-for-another", 6, REFUSED_IMPOSTOR, REFUSED_IMPOSTOR)
ATTACK(wild_figures, "figures", 6, REFUSED_FIGURES, REFUSED_FIGURES)
ATTACK(wild_times, "times", 6, REFUSED_TIME, REFUSED_TIME)
ATTACK(too_many_requests, "two-requests", 6, REFUSED_ORDER, REFUSED_ORDER)
ATTACK(a_tensor_unasked_for, "unasked-tensor", 6, REFUSED_ORDER, REFUSED_ORDER)
ATTACK(a_short_tensor, "short-tensor", 6, REFUSED_ORDER, REFUSED_ORDER)
ATTACK(the_edges_own_messages, "edges-messages", 6, REFUSED_ORDER, REFUSED_ORDER)
ATTACK(vanishing, "vanish", 0, REFUSED_ORDER, REFUSED_SECOND)
ATTACK(answers_unread, "never-read", 0, REFUSED_BACKLOG, REFUSED_ORDER)
ATTACK(bad_datagrams, "bad-datagrams", 100, REFUSED_DATAGRAM, REFUSED_DATAGRAM)
ATTACK(foreign_datagrams, "foreign-datagrams", 100, REFUSED_FOREIGN_DATAGRAM, REFUSED_FOREIGN_DATAGRAM)
ATTACK(a_foreign_address, "foreign-address", 6, REFUSED_FOREIGN, REFUSED_FOREIGN)

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_lab, close_lab)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(many_connections),
	    TEST(garbage),
	    TEST(a_huge_body),
	    TEST(no_hello),
	    TEST(a_second_hello),
	    TEST(a_wrong_secret),
	    TEST(anothers_number),
	    TEST(another_run),
	    TEST(a_ue_that_is_not),
	    TEST(a_second_connection),
	    TEST(anothers_request),
	    TEST(wild_figures),
	    TEST(wild_times),
	    TEST(too_many_requests),
	    TEST(a_tensor_unasked_for),
	    TEST(a_short_tensor),
	    TEST(the_edges_own_messages),
	    TEST(vanishing),
	    TEST(answers_unread),
	    TEST(bad_datagrams),
	    TEST(foreign_datagrams),
	    TEST(a_foreign_address),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
