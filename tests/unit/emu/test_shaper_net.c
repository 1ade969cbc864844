// SPDX-License-Identifier: BSD-3-Clause
// airbatch-shaper between real network stacks, measured by the kernel's time stamps, ping, iperf3 and
// libpcap. What must hold on any machine is asserted; medians and rates only where processes did not wait for
// a processor (tests/disturbed.h). Needs root (namespaces), else skipped.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <net/ethernet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <pcap/pcap.h>

#include "base/clock.h"
#include "base/quantile.h"
#include "mac/counters.h"
#include "tests/disturbed.h"
#include "tests/e2e/shaper_lab.h"

#define MAX_ARRIVALS 20000
#define MAX_SOCKETS 8

static struct lab lab;
static char folder[] = "/tmp/airbatch-test-shaper-XXXXXX";
static struct lab_arrival arrivals[MAX_ARRIVALS];
static double values[MAX_ARRIVALS];
static int sockets[MAX_SOCKETS], n_sockets;

static const char *in_folder(const char *name)
{
	static char paths[4][256];
	static int next;
	next = (next + 1) % 4;
	snprintf(paths[next], sizeof(paths[next]), "%s/%s", folder, name);
	return paths[next];
}

// A lab_socket that the test's end closes, however it ends.
static int open_socket(const struct lab *of, const char *node)
{
	assert_in_range(n_sockets, 0, MAX_SOCKETS - 1);
	sockets[n_sockets] = lab_socket(of, node);
	assert_true(sockets[n_sockets] >= 0);
	return sockets[n_sockets++];
}

static void close_sockets(void)
{
	while (n_sockets > 0)
		close(sockets[--n_sockets]);
}

static void start(struct lab_link link, const char *extra)
{
	lab_write_config(&lab, in_folder("shaper.json"), link, extra);
	if (lab_start(&lab, in_folder("shaper.json")) != 0)
		fail_msg("the shaper did not start: %s", lab.text);
}

static void stop_cleanly(void)
{
	lab_stop(&lab);
	assert_true(lab.done);
	assert_true(WIFEXITED(lab.status) && WEXITSTATUS(lab.status) == 0);
	assert_int_equal(lab.accuracy.final, 1);
}

// Paced packets take their transmission time and the delay, never less; the median of what the stacks and the
// shaper add is small; of the loop that goes before others nearly everything, of one that never sleeps the
// half (it shares its processor with whatever else runs). Both directions and two UEs at once.
struct loop_kind {
	const char *extra; // configuration
	bool polls;
};

static bool delay_is_the_models(void *user)
{
	const struct loop_kind *loop = user;
	const struct lab_link link = {10e6, 5 * NS_PER_MS, 1 << 20};
	const uint32_t frame = 500, n = 500;
	bool right = true;
	start(link, loop->extra);
	int edge = open_socket(&lab, "edge"), ue[2] = {open_socket(&lab, "ue0"), open_socket(&lab, "ue1")};
	for (int direction = 0; direction < 2; direction++) {
		lab_send(direction ? edge : ue[0], direction ? 1 : -1, 0, frame, n, 1, 2 * NS_PER_MS);
		size_t got = lab_receive(direction ? ue[1] : edge, arrivals, MAX_ARRIVALS, 300);
		assert_int_equal(got, n);
		for (size_t i = 0; i < got; i++) {
			assert_int_equal(arrivals[i].sequence, i);
			values[i] = (double)(arrivals[i].arrived_ns - arrivals[i].sent_ns - link.delay_ns) -
				    frame * 8e9 / link.rate_bps;
			assert_true(values[i] > -50e3); // two clocks' readings apart, never early
		}
		double median = quantile(values, got, .5), p95 = quantile(values, got, .95);
		printf("direction %d: end-to-end delay error p50 %.1f p95 %.1f us\n", direction, median / 1e3,
		       p95 / 1e3);
		right = right && median < 300e3 && (loop->polls || p95 < 1e6);
	}
	stop_cleanly();
	close_sockets();
	assert_int_equal(lab.accuracy.delay[ACCURACY_ALL].count, 2 * n);
	assert_int_equal(lab.accuracy.rx_ring_drops + lab.accuracy.tx_failures, 0);
	assert_int_equal(lab.accuracy.busy_poll, loop->polls);
	assert_true(loop->polls || lab.accuracy.cpu_share < .5);
	return right;
}

static void sleeping_loop_keeps_the_delay(void **state)
{
	(void)state;
	disturbed_or_right("the sleeping loop's delays", delay_is_the_models, &(struct loop_kind){"", false});
}

static void polling_loop_keeps_the_delay(void **state)
{
	(void)state;
	disturbed_or_right("the polling loop's delays", delay_is_the_models,
			   &(struct loop_kind){", \"loop\": \"poll\"", true});
}

// Two UEs that send more than fits get their own rates each, to a percent, and every packet is accounted for.
static bool has_the_models_rate(void *user)
{
	(void)user;
	bool right = true;
	const struct lab_link link = {20e6, NS_PER_MS, 256 << 10};
	const uint32_t frame = 1514, n = 4500; // 2.7 s of air
	start(link, "");
	int edge = open_socket(&lab, "edge"), ue[2] = {open_socket(&lab, "ue0"), open_socket(&lab, "ue1")};
	pid_t other = fork();
	if (other == 0) {
		lab_send(ue[1], -1, 1, frame, n, 4, 2 * NS_PER_MS);
		_exit(0);
	}
	lab_send(ue[0], -1, 0, frame, n, 4, 2 * NS_PER_MS); // 24 Mbit/s
	waitpid(other, NULL, 0);
	size_t got = lab_receive(edge, arrivals, MAX_ARRIVALS, 300);
	stop_cleanly();
	close_sockets();
	for (uint32_t u = 0; u < 2; u++) {
		int64_t first = 0, last = 0;
		uint32_t count = 0;
		for (size_t i = 0; i < got; i++)
			if (arrivals[i].ue == u) {
				first = count++ ? first : arrivals[i].arrived_ns;
				last = arrivals[i].arrived_ns;
			}
		double rate = (count - 1) * frame * 8 / ns_to_s(last - first);
		printf("UE %u: %u packets at %.4f Mbit/s\n", u, count, rate / 1e6);
		right =
		    right && fabs(rate / link.rate_bps - 1) < .01; // a sender that waits leaves the air idle
		assert_int_equal(count + lab.link[u].drops[LINK_UP], n);
		assert_int_equal(lab.link[u].packets[LINK_UP], count);
		assert_int_equal(lab.link[u].bytes[LINK_UP], (uint64_t)count * frame);
		right = right && lab.link[u].drops[LINK_UP] > 0;
		assert_true(llabs(lab.link[u].airtime_ns[LINK_UP] -
				  llround(count * frame * 8e9 / link.rate_bps)) <= 1);
	}
	return right;
}

static void rate_is_the_models(void **state)
{
	(void)state;
	disturbed_or_right("rates of senders that never pause", has_the_models_rate, NULL);
}

// One counters file, read while the shaper runs, as a UE's modem reads it.
static void counters_are_there_when_the_packet_is(void **state)
{
	(void)state;
	char extra[512];
	snprintf(extra, sizeof(extra), ", \"counters\": \"%s\", \"interval_ns\": 1000000000",
		 in_folder("counters"));
	start((struct lab_link){1e6, NS_PER_MS, 1 << 20}, extra);
	struct err err;
	struct counters *counters = counters_open(in_folder("counters"), &err);
	assert_non_null(counters);
	int edge = open_socket(&lab, "edge"), ue = open_socket(&lab, "ue1");
	struct counters_ue values_of;
	for (uint32_t i = 1; i <= 5; i++) {
		lab_send(ue, -1, 1, 1000, 1, 1, 0);
		assert_int_equal(lab_receive(edge, arrivals, 1, 1000), 1);
		counters_load(counters, 1, &values_of);
		assert_int_equal(values_of.packets[LINK_UP], i);
		assert_int_equal(values_of.bytes[LINK_UP], 1000 * i);
		assert_int_equal(values_of.airtime_ns[LINK_UP], 8 * NS_PER_MS * i);
	}
	stop_cleanly();
	assert_int_equal(lab.link[1].airtime_ns[LINK_UP], 40 * NS_PER_MS);
	assert_true(lab.link[1].gain_db == -91 && lab.link[1].rate_bps[LINK_UP] == 1e6);
	counters_close(counters);
}

static bool has_all_records(void *user)
{
	(void)user;
	int64_t before_ns = clock_now_ns();
	start((struct lab_link){1e6, 0, 1 << 20}, ", \"interval_ns\": 50000000");
	int64_t began_ns = clock_now_ns();
	usleep(2200000);
	int64_t least_ns = clock_now_ns() - began_ns;
	stop_cleanly();
	int64_t most_ns = clock_now_ns() - before_ns;
	// At most: epoch, every 50 ms, and the last; epoch, after each second, and the last.
	assert_true(lab.n_link_messages <= most_ns / (50 * NS_PER_MS) + 3);
	assert_true(lab.n_accuracy <= most_ns / NS_PER_S + 3);
	return lab.n_link_messages >= least_ns / (50 * NS_PER_MS) - 4 && lab.n_accuracy >= 3;
}

static void records_come_every_interval(void **state)
{
	(void)state;
	disturbed_or_right("records every interval", has_all_records, NULL);
}

// What is still on its way at STOP is delivered.
static void stop_delivers_what_is_under_way(void **state)
{
	(void)state;
	start((struct lab_link){10e6, 200 * NS_PER_MS, 1 << 20}, "");
	int edge = open_socket(&lab, "edge"), ue = open_socket(&lab, "ue0");
	lab_send(ue, -1, 0, 1000, 20, 1, 0);
	usleep(20000);
	stop_cleanly();
	assert_int_equal(lab_receive(edge, arrivals, MAX_ARRIVALS, 100), 20);
}

static void shaper_leaves_with_its_supervisor(void **state)
{
	(void)state;
	start((struct lab_link){1e6, 0, 1 << 20}, "");
	lab_wait(&lab, true);
	assert_true(WIFEXITED(lab.status) && WEXITSTATUS(lab.status) == 1);
}

static void failures_are_one_sentence(void **state)
{
	(void)state;
	static const char *const wrong[][2] = {
	    {", \"counters\": \"/nonexistent/counters\"", "/nonexistent/counters"},
	    {", \"captures\": [{\"point\": \"radio\", \"path\": \"x\", \"filter\": \"tcp prot\"}]",
	     "tcp prot"},
	    {", \"mtu\": 1400", "MTU of 1500"},
	    {", \"cpu\": 1000", "processor 1000"},
	    {", \"colour\": 1", "colour is not a key"},
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		lab_write_config(&lab, in_folder("wrong.json"), (struct lab_link){1e6, 0, 1 << 20},
				 wrong[i][0]);
		assert_int_equal(lab_start(&lab, in_folder("wrong.json")), -1);
		assert_true(lab.failed);
		if (!strstr(lab.text, wrong[i][1]))
			fail_msg("\"%s\" does not mention %s", lab.text, wrong[i][1]);
		assert_true(WIFEXITED(lab.status) && WEXITSTATUS(lab.status) == 1);
	}
}

static int run_in(const char *node, const char *command)
{
	char line[1024];
	snprintf(line, sizeof(line), "ip netns exec %s-%s %s", lab.prefix, node, command);
	int status = system(line); // NOLINT: fixed commands of this file
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void other_traffic_is_counted_and_goes_nowhere(void **state)
{
	(void)state;
	start((struct lab_link){10e6, 0, 1 << 20}, "");
	// UE 0 pings UE 1 (by its real address), an address nobody has, and an unknown neighbour (ARP).
	run_in("ue0", "ip neigh replace 10.77.1.2 lladdr 02:00:00:01:00:01 dev eth0 nud permanent");
	run_in("ue0", "ip neigh replace 10.77.9.9 lladdr 02:00:00:09:09:09 dev eth0 nud permanent");
	assert_int_not_equal(run_in("ue0", "ping -q -c 3 -i 0.05 -W 0.2 10.77.1.2 >/dev/null"), 0);
	run_in("ue0", "ping -q -c 2 -i 0.05 -W 0.2 10.77.9.9 >/dev/null");
	run_in("ue0", "ping -q -c 1 -W 0.2 10.77.8.8 >/dev/null");
	run_in("ue0", "ping -q -c 1 -b -W 0.2 10.77.255.255 >/dev/null 2>&1");
	stop_cleanly();
	// A ping that is delayed on a busy machine may give up before its last packet.
	assert_in_range(lab.accuracy.filtered[FILTER_UE_TO_UE], 1, 3);
	assert_in_range(lab.accuracy.filtered[FILTER_UNKNOWN_DESTINATION], 1, 2);
	assert_in_range(lab.accuracy.filtered[FILTER_ARP], 1, 5);
	assert_int_equal(lab.accuracy.filtered[FILTER_MULTICAST], 1);
	assert_int_equal(lab.accuracy.delay[ACCURACY_ALL].count, 0);
}

struct trace {
	uint32_t n;
	uint32_t bytes[MAX_ARRIVALS];
	int64_t at_ns[MAX_ARRIVALS];
};

static void read_trace(const char *path, struct trace *trace)
{
	char text[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, text);
	struct pcap_pkthdr *header;
	const u_char *data;
	assert_non_null(pcap);
	assert_int_equal(pcap_datalink(pcap), DLT_EN10MB);
	trace->n = 0;
	while (pcap_next_ex(pcap, &header, &data) == 1 && trace->n < MAX_ARRIVALS) {
		trace->bytes[trace->n] = header->len;
		trace->at_ns[trace->n++] = (int64_t)header->ts.tv_sec * NS_PER_S + header->ts.tv_usec;
	}
	pcap_close(pcap);
}

// A burst leaves the radio packet by packet exactly one transmission time apart; every point saw every
// packet.
static void captures_show_every_point(void **state)
{
	(void)state;
	static struct trace radio, edge_port, ue_port;
	char extra[1024];
	snprintf(extra, sizeof(extra),
		 ", \"captures\": [{\"point\": \"radio\", \"path\": \"%s\"}, {\"point\": \"edge\", \"path\": "
		 "\"%s\"}, "
		 "{\"point\": \"ue\", \"ue\": 1, \"path\": \"%s\", \"snaplen\": 64}]",
		 in_folder("radio.pcap"), in_folder("edge.pcap"), in_folder("ue1.pcap"));
	start((struct lab_link){8e6, 10 * NS_PER_MS, 1 << 20}, extra);
	int edge = open_socket(&lab, "edge"), ue = open_socket(&lab, "ue1"), ue0 = open_socket(&lab, "ue0");
	const uint32_t n = 200, frame = 1000; // 1 ms each
	lab_send(ue, -1, 1, frame, n, n, 0);
	assert_int_equal(lab_receive(edge, arrivals, MAX_ARRIVALS, 500), n);
	lab_send(ue0, -1, 0, frame, 3, 1, 0); // not in the capture of UE 1
	assert_int_equal(lab_receive(edge, &arrivals[n], MAX_ARRIVALS - n, 300), 3);
	stop_cleanly();
	read_trace(in_folder("radio.pcap"), &radio);
	read_trace(in_folder("edge.pcap"), &edge_port);
	read_trace(in_folder("ue1.pcap"), &ue_port);
	assert_int_equal(radio.n, n + 3);
	assert_int_equal(edge_port.n, n + 3);
	assert_int_equal(ue_port.n, n);
	assert_int_equal(lab.accuracy.capture_packets, 3 * n + 6);
	assert_int_equal(lab.accuracy.capture_drops, 0);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(radio.bytes[i], frame);
		assert_int_equal(ue_port.bytes[i], frame);
		if (i > 0) // a burst's first packets may find the band idle between two looks at the ring
			values[i - 1] = (double)(radio.at_ns[i] - radio.at_ns[i - 1]);
		assert_true(edge_port.at_ns[i] >= radio.at_ns[i]);
		assert_true(radio.at_ns[i] - ue_port.at_ns[i] >= 11 * NS_PER_MS);
		// Wall-clock stamps: the kernel's of the same packet at the receiver is the same within a few
		// milliseconds.
		assert_true(llabs(arrivals[i].arrived_ns - edge_port.at_ns[i]) <
			    lab.accuracy.delay[ACCURACY_ALL].max_ns + 20 * NS_PER_MS);
	}
	assert_true(quantile(values, n - 1, .5) == (double)NS_PER_MS);
}

static void full_disk_ends_the_capture_not_the_run(void **state)
{
	(void)state;
	start((struct lab_link){100e6, 0, 1 << 20},
	      ", \"captures\": [{\"point\": \"radio\", \"path\": \"/dev/full\"}]");
	int edge = open_socket(&lab, "edge"), ue = open_socket(&lab, "ue0");
	for (int i = 0; i < 2; i++) {
		lab_send(ue, -1, 0, 1000, 50, 1, NS_PER_MS);
		assert_int_equal(lab_receive(edge, arrivals, MAX_ARRIVALS, 200), 50);
	}
	stop_cleanly();
	assert_int_equal(lab.n_notes, 1);
	assert_non_null(strstr(lab.text, "/dev/full"));
	assert_true(lab.accuracy.capture_drops > 0);
}

static void a_capture_that_cannot_begin_is_noted(void **state)
{
	(void)state;
	start((struct lab_link){100e6, 0, 1 << 20},
	      ", \"captures\": [{\"point\": \"radio\", \"path\": \"/nonexistent/x\"}]");
	int edge = open_socket(&lab, "edge"), ue = open_socket(&lab, "ue0");
	lab_send(ue, -1, 0, 1000, 50, 1, NS_PER_MS);
	assert_int_equal(lab_receive(edge, arrivals, MAX_ARRIVALS, 200), 50);
	stop_cleanly();
	assert_int_equal(lab.n_notes, 1);
	assert_non_null(strstr(lab.text, "/nonexistent/x"));
	assert_int_equal(lab.accuracy.capture_drops, 50);
	assert_int_equal(lab.accuracy.capture_packets, 0);
}

// What the cell drops is in a pcapng file of the radio, and only there.
static void explained_captures_show_drops(void **state)
{
	(void)state;
	static struct trace radio, edge_port;
	char extra[512];
	snprintf(
	    extra, sizeof(extra),
	    ", \"captures\": [{\"point\": \"radio\", \"path\": \"%s\", \"format\": \"pcapng\"}, {\"point\": "
	    "\"edge\", \"path\": \"%s\", \"format\": \"pcapng\"}]",
	    in_folder("radio.pcapng"), in_folder("edge.pcapng"));
	start((struct lab_link){8e6, 0, 20000}, extra);
	int edge = open_socket(&lab, "edge"), ue = open_socket(&lab, "ue0");
	lab_send(ue, -1, 0, 1000, 100, 100, 0);
	size_t n = lab_receive(edge, arrivals, MAX_ARRIVALS, 200);
	stop_cleanly();
	read_trace(in_folder("radio.pcapng"), &radio);
	read_trace(in_folder("edge.pcapng"), &edge_port);
	assert_true(n >= 20 && n < 100);
	assert_int_equal(radio.n, 100);
	assert_int_equal(edge_port.n, n);
	assert_int_equal(lab.link[0].drops[LINK_UP], 100 - n);
}

// A second shaper beside the first, in a network of its own.
static void two_shapers_get_along(void **state)
{
	(void)state;
	static struct lab second;
	assert_int_equal(lab_open(&second, 1), 0);
	lab_write_config(&second, in_folder("second.json"), (struct lab_link){10e6, NS_PER_MS, 1 << 20}, "");
	start((struct lab_link){10e6, NS_PER_MS, 1 << 20}, "");
	assert_int_equal(lab_start(&second, in_folder("second.json")), 0);
	struct lab *labs[2] = {&lab, &second};
	for (int i = 0; i < 2; i++) {
		int edge = open_socket(labs[i], "edge"), ue = open_socket(labs[i], "ue0");
		lab_send(ue, -1, 0, 500, 50, 1, NS_PER_MS);
		assert_int_equal(lab_receive(edge, arrivals, MAX_ARRIVALS, 200), 50);
	}
	lab_stop(&second);
	assert_true(second.done);
	lab_close(&second);
	stop_cleanly();
}

// ---- people's own tools

static bool have(const char *program)
{
	char command[128];
	snprintf(command, sizeof(command), "command -v %s >/dev/null", program);
	return system(command) == 0; // NOLINT
}

static bool ping_is_on_time(void *user)
{
	(void)user;
	start((struct lab_link){100e6, 4 * NS_PER_MS, 1 << 20}, "");
	char command[512], line[256];
	snprintf(command, sizeof(command), "ip netns exec %s-ue0 ping -c 40 -i 0.02 10.77.0.1", lab.prefix);
	FILE *pipe = popen(command, "re"); // NOLINT
	size_t n = 0;
	double ms;
	while (fgets(line, sizeof(line), pipe)) {
		const char *at = strstr(line, "time=");
		if (at && sscanf(at, "time=%lf", &ms) == 1)
			values[n++] = ms;
	}
	pclose(pipe);
	stop_cleanly();
	assert_int_equal(n, 40);
	double median = quantile(values, n, .5);
	printf("ping: median round trip %.3f ms, model 8.016\n", median);
	assert_true(median >= 8.016 - .0051); // below 10 ms ping prints hundredths
	return median < 8.6;
}

static void ping_reads_the_round_trip(void **state)
{
	(void)state;
	if (!have("ping"))
		skip();
	disturbed_or_right("ping", ping_is_on_time, NULL);
}

// Goodput of iperf3 through a 20 Mbit/s link, in bit/s of payload; -1 when it fails.
static double iperf3(const char *arguments)
{
	char command[512];
	snprintf(command, sizeof(command), "ip netns exec %s-edge iperf3 -s -1 -D --pidfile %s >/dev/null",
		 lab.prefix, in_folder("iperf3.pid"));
	if (system(command) != 0) // NOLINT
		return -1;
	usleep(300000);
	snprintf(command, sizeof(command), "ip netns exec %s-ue0 timeout 20 iperf3 -J -c 10.77.0.1 %s",
		 lab.prefix, arguments);
	FILE *pipe = popen(command, "re"); // NOLINT
	json_t *root = json_loadf(pipe, 0, NULL);
	pclose(pipe);
	json_t *end = json_object_get(root, "end");
	json_t *sum = json_object_get(end, "sum_received");
	double rate = sum ? json_number_value(json_object_get(sum, "bits_per_second")) : -1;
	json_decref(root);
	return rate;
}

static bool iperf3_fills_the_link(void *user)
{
	(void)user;
	start((struct lab_link){20e6, 2 * NS_PER_MS, 128 << 10}, "");
	double tcp = iperf3("-t 3 -O 1 -C cubic") * 1514 / 1448;
	double udp = iperf3("-u -b 30M -l 1400 -t 3 -O 1") * 1442 / 1400;
	stop_cleanly();
	printf("iperf3: TCP %.3f, UDP %.3f of 20 Mbit/s on the air\n", tcp / 1e6, udp / 1e6);
	return fabs(udp / 20e6 - 1) < .01 && tcp > .93 * 20e6 && tcp < 1.01 * 20e6;
}

static void iperf3_reads_the_rate(void **state)
{
	(void)state;
	if (!have("iperf3"))
		skip();
	disturbed_or_right("iperf3", iperf3_fills_the_link, NULL);
}

static int end_what_is_left(void **state)
{
	(void)state;
	lab_abandon(&lab);
	close_sockets();
	return 0;
}

#define LAB_TEST(test) cmocka_unit_test_teardown(test, end_what_is_left)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(sleeping_loop_keeps_the_delay),
	    LAB_TEST(polling_loop_keeps_the_delay),
	    LAB_TEST(rate_is_the_models),
	    LAB_TEST(counters_are_there_when_the_packet_is),
	    LAB_TEST(records_come_every_interval),
	    LAB_TEST(stop_delivers_what_is_under_way),
	    LAB_TEST(shaper_leaves_with_its_supervisor),
	    LAB_TEST(failures_are_one_sentence),
	    LAB_TEST(other_traffic_is_counted_and_goes_nowhere),
	    LAB_TEST(captures_show_every_point),
	    LAB_TEST(a_capture_that_cannot_begin_is_noted),
	    LAB_TEST(explained_captures_show_drops),
	    LAB_TEST(full_disk_ends_the_capture_not_the_run),
	    LAB_TEST(two_shapers_get_along),
	    LAB_TEST(ping_reads_the_round_trip),
	    LAB_TEST(iperf3_reads_the_rate),
	};
	prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	int rc = lab_open(&lab, 2);
	if (rc != 0)
		return rc;
	if (!mkdtemp(folder))
		return 1;
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	lab_close(&lab);
	char command[256];
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return disturbed_status(system(command) == 0 && rc == 0 ? 0 : 1); // NOLINT
}
