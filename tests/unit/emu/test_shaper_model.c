// SPDX-License-Identifier: BSD-3-Clause
// The shaper without its ports: the configuration's strictness, whom a frame belongs to, the sum of its
// accuracy.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/shaper/accuracy.h"
#include "emu/shaper/classify.h"

#define PORTS "\"trunk\": \"t0\", \"edge\": \"e0\", \"edge_mac\": \"02:00:00:00:00:01\""
#define UE "{\"mac\": \"02:00:00:00:01:00\", \"uplink_bps\": 1e6, \"downlink_bps\": 2000000}"
#define UES "\"ues\": [" UE "]"

static int load(struct shaper_config *config, const char *text, struct err *err)
{
	char path[] = "/tmp/airbatch-config-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	int r = shaper_config_load(config, path, err);
	unlink(path);
	return r;
}

static void refused(const char *text, const char *word)
{
	struct shaper_config config;
	struct err err;
	assert_int_equal(load(&config, text, &err), -EINVAL);
	if (!strstr(err.text, word))
		fail_msg("\"%s\" does not name %s", err.text, word);
}

static void config_is_read_with_its_defaults(void **state)
{
	(void)state;
	struct err err;
	struct shaper_config config, *c = &config;
	assert_int_equal(load(c, "{" PORTS ", " UES "}", &err), 0);
	assert_string_equal(c->trunk, "t0");
	assert_int_equal(c->edge_mac[0], 2);
	assert_int_equal(c->edge_mac[5], 1);
	assert_int_equal(c->n_ues, 1);
	assert_int_equal(c->mtu, 1500);
	assert_false(c->busy_poll);
	assert_int_equal(c->cpu, -1);
	assert_int_equal(c->interval_ns, 100 * NS_PER_MS);
	assert_true(c->cell.ues[0].fixed_bps[LINK_UP] == 1e6 && c->cell.ues[0].fixed_bps[LINK_DOWN] == 2e6);
	assert_int_equal(c->cell.ues[0].queue_bytes, 1 << 20);
	assert_string_equal(c->counters, "");
	shaper_config_free(c);
	assert_int_equal(
	    load(c,
		 "{" PORTS ", \"loop\": \"poll\", \"cpu\": 1, \"counters\": \"c\", " UES
		 ", \"captures\": [{\"point\": \"radio\", \"path\": \"r\"}, {\"point\": \"ue\", \"ue\": 0, "
		 "\"path\": \"u\", "
		 "\"snaplen\": 100}]}",
		 &err),
	    0);
	assert_true(c->busy_poll);
	assert_int_equal(c->n_captures, 2);
	assert_int_equal(c->captures[0].snaplen, 65535);
	assert_int_equal(c->captures[1].point, CAPTURE_UE);
	assert_int_equal(c->captures[1].snaplen, 100);
	shaper_config_free(c);
}

static void config_refuses_and_names_the_key(void **state)
{
	(void)state;
	refused("{" PORTS ", " UES, "expected");
	refused("[]", "object is right");
	refused("{" PORTS "}", "ues is missing");
	refused("{" PORTS ", \"ues\": []}", "ues");
	refused("{" PORTS ", \"ues\": [1]}", "ues[0]");
	refused("{" PORTS ", \"speed\": 1, " UES "}", "speed is not a key");
	refused("{" PORTS ", \"mtu\": 1500, \"mtu\": 1500, " UES "}", "mtu");
	refused("{" PORTS ", \"mtu\": 20, " UES "}", "mtu is 20: a whole number from 68");
	refused("{" PORTS ", \"mtu\": 1500.5, " UES "}", "mtu");
	refused("{" PORTS ", \"loop\": \"fast\", " UES "}", "loop is \"fast\": ppoll or poll is right");
	refused("{\"trunk\": \"t0\", \"edge\": \"t0\", \"edge_mac\": \"02:00:00:00:00:01\", " UES "}",
		"edge");
	refused("{\"trunk\": \"a-name-that-is-too-long\", \"edge\": \"t0\", \"edge_mac\": "
		"\"02:00:00:00:00:01\", " UES "}",
		"trunk");
	refused("{\"trunk\": \"t0\", \"edge\": \"e0\", \"edge_mac\": \"ff:ff:ff:ff:ff:ff\", " UES "}",
		"edge_mac");
	refused("{\"trunk\": \"t0\", \"edge\": \"e0\", \"edge_mac\": \"02:00:00:00:00\", " UES "}",
		"edge_mac");
	refused("{" PORTS ", \"ues\": [" UE ", {\"mac\": \"02:00:00:00:01:01\", \"uplink_bps\": 1}]}",
		"ues[1].downlink_bps");
	refused("{" PORTS
		", \"ues\": [{\"mac\": \"02:00:00:00:01:01\", \"uplink_bps\": -1, \"downlink_bps\": 1}]}",
		"ues[0].uplink_bps");
	refused("{" PORTS
		", \"ues\": [{\"mac\": \"02:00:00:00:01:01\", \"uplink_bps\": 1, \"downlink_bps\": 1, "
		"\"queue_bytes\": 1500}]}",
		"queue_bytes");
	refused("{" PORTS ", " UES ", \"captures\": [{\"point\": \"air\", \"path\": \"x\"}]}",
		"captures[0].point");
	refused("{" PORTS ", " UES ", \"captures\": [{\"point\": \"ue\", \"path\": \"x\"}]}",
		"captures[0].ue");
	refused("{" PORTS ", " UES ", \"captures\": [{\"point\": \"ue\", \"ue\": 1, \"path\": \"x\"}]}",
		"captures[0].ue");
}

// A configuration of n UEs, UE i at 02:00:00:01:hi:lo, the edge at 02:00:00:00:00:01; forget it with
// forget().
static struct shaper_config *many_ues(uint32_t n)
{
	struct shaper_config *c = calloc(1, sizeof(*c));
	assert_non_null(c);
	c->n_ues = n;
	c->ues = calloc(n, sizeof(*c->ues));
	assert_non_null(c->ues);
	memcpy(c->edge_mac, (uint8_t[]){2, 0, 0, 0, 0, 1}, MAC_BYTES);
	for (uint32_t i = 0; i < n; i++)
		memcpy(c->ues[i].mac, (uint8_t[]){2, 0, 0, 1, (uint8_t)(i >> 8), (uint8_t)i}, MAC_BYTES);
	return c;
}

static void forget(struct shaper_config *c)
{
	free(c->ues);
	free(c);
}

static void every_ue_is_found_and_nobody_else(void **state)
{
	(void)state;
	struct err err;
	for (uint32_t n = 1; n <= SHAPER_MAX_UES; n = n * 3 + 1) {
		struct shaper_config *config = many_ues(n);
		struct classifier *c = classifier_new(config, &err);
		assert_non_null(c);
		for (uint32_t i = 0; i < n; i++)
			assert_int_equal(classifier_find(c, config->ues[i].mac), i);
		for (uint32_t i = n; i < n + 1000; i++) {
			uint8_t other[MAC_BYTES] = {2, 0, 0, 1, (uint8_t)(i >> 8), (uint8_t)i};
			assert_int_equal(classifier_find(c, other), CLASSIFY_NO_UE);
		}
		classifier_free(c);
		forget(config);
	}
	struct shaper_config *config = many_ues(3);
	memcpy(config->ues[2].mac, config->ues[0].mac, MAC_BYTES);
	assert_null(classifier_new(config, &err));
	assert_non_null(strstr(err.text, "ues[2]"));
	memcpy(config->ues[2].mac, config->edge_mac, MAC_BYTES);
	assert_null(classifier_new(config, &err));
	forget(config);
}

// A frame between two addresses of many_ues: -1 the edge, from 0 on a UE, 999 nobody we know, -2 broadcast.
static void put_address(uint8_t *at, int who)
{
	memcpy(at, (uint8_t[]){2, 0, 0, 0, 0, 1}, MAC_BYTES);
	if (who >= 0) {
		at[3] = 1;
		at[4] = (uint8_t)(who >> 8);
		at[5] = (uint8_t)who;
	} else if (who == -2) {
		memset(at, 0xff, MAC_BYTES);
	}
}

static int verdict(const struct classifier *c, enum link_dir dir, int from, int to, unsigned protocol,
		   uint32_t size, uint32_t ip_size, uint32_t *ue)
{
	uint8_t frame[2048] = {0};
	put_address(frame, to);
	put_address(frame + 6, from);
	frame[12] = (uint8_t)(protocol >> 8);
	frame[13] = (uint8_t)protocol;
	frame[16] = (uint8_t)(ip_size >> 8);
	frame[17] = (uint8_t)ip_size;
	return classify(c, dir, frame, size, ue);
}

static void frames_are_sorted_by_reason(void **state)
{
	(void)state;
	struct err err;
	struct shaper_config *config = many_ues(3);
	struct classifier *c = classifier_new(config, &err);
	uint32_t ue;
	assert_int_equal(verdict(c, LINK_UP, 2, -1, 0x800, 60, 46, &ue), -1);
	assert_int_equal(ue, 2);
	assert_int_equal(verdict(c, LINK_DOWN, -1, 1, 0x800, 60, 40, &ue),
			 -1); // padded to the Ethernet minimum
	assert_int_equal(ue, 1);
	assert_int_equal(verdict(c, LINK_UP, 2, 1, 0x800, 60, 46, &ue), FILTER_UE_TO_UE);
	assert_int_equal(verdict(c, LINK_UP, 999, -1, 0x800, 60, 46, &ue), FILTER_UNKNOWN_SOURCE);
	assert_int_equal(ue, CLASSIFY_NO_UE);
	assert_int_equal(verdict(c, LINK_UP, 1, 999, 0x800, 60, 46, &ue), FILTER_UNKNOWN_DESTINATION);
	assert_int_equal(ue, 1);
	assert_int_equal(verdict(c, LINK_DOWN, -1, 999, 0x800, 60, 46, &ue), FILTER_UNKNOWN_DESTINATION);
	assert_int_equal(verdict(c, LINK_DOWN, 0, 1, 0x800, 60, 46, &ue), FILTER_UNKNOWN_SOURCE);
	assert_int_equal(verdict(c, LINK_UP, 1, -2, 0x806, 42, 0, &ue), FILTER_ARP);
	assert_int_equal(verdict(c, LINK_UP, 1, -1, 0x86dd, 60, 0, &ue), FILTER_IPV6);
	assert_int_equal(verdict(c, LINK_UP, 1, -2, 0x800, 60, 46, &ue), FILTER_MULTICAST);
	assert_int_equal(verdict(c, LINK_UP, 1, -1, 0x88cc, 60, 46, &ue), FILTER_OTHER_PROTOCOL);
	assert_int_equal(verdict(c, LINK_UP, 1, -1, 0x800, 1514, 9000, &ue), FILTER_TRUNCATED);
	for (uint32_t size = 0; size < 34;
	     size++) // too short for its headers: refused, and nothing beyond is read
		assert_int_equal(verdict(c, LINK_UP, 1, -1, 0x800, size, 20, &ue), FILTER_OTHER_PROTOCOL);
	for (int reason = 0; reason < FILTER_REASONS; reason++)
		assert_string_not_equal(filter_name((enum filter_reason)reason), "unknown");
	classifier_free(c);
	forget(config);
}

static void accuracy_sums_both_directions(void **state)
{
	(void)state;
	static struct accuracy a;
	struct accuracy_record r;
	accuracy_begin(&a, 1000);
	for (int i = 1; i <= 100; i++) {
		histogram_add(&a.send[LINK_UP].late, i * NS_PER_US);
		histogram_add(&a.send[LINK_DOWN].late, (100 + i) * NS_PER_US);
	}
	a.waited_ns = 3 * NS_PER_S;
	a.filtered[FILTER_ARP] = 7;
	accuracy_summarise(&a, 1000 + 4 * NS_PER_S, a.since_cpu_ns + NS_PER_S, &r);
	assert_int_equal(r.delay[ACCURACY_ALL].count, 200);
	assert_int_equal(r.delay[ACCURACY_ALL].max_ns, 200 * NS_PER_US);
	assert_true(llabs(r.delay[ACCURACY_ALL].p50_ns - 100 * NS_PER_US) <= 1 * NS_PER_US);
	assert_true(llabs(r.delay[ACCURACY_UP].p50_ns - 50 * NS_PER_US) <= 1 * NS_PER_US);
	assert_true(r.delay[ACCURACY_DOWN].p99_ns >= 198 * NS_PER_US);
	assert_true(r.delay[ACCURACY_ALL].mean_ns > 100.4e3 && r.delay[ACCURACY_ALL].mean_ns < 100.6e3);
	assert_true(r.cpu_share == .25 && r.busy_share == .25);
	assert_int_equal(r.filtered[FILTER_ARP], 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(config_is_read_with_its_defaults),
	    cmocka_unit_test(config_refuses_and_names_the_key),
	    cmocka_unit_test(every_ue_is_found_and_nobody_else),
	    cmocka_unit_test(frames_are_sorted_by_reason),
	    cmocka_unit_test(accuracy_sums_both_directions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
