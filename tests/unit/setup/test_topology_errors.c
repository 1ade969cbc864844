// SPDX-License-Identifier: BSD-3-Clause
// Every way to get a topology file wrong, and the exact sentence with line and column that the person reads.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "setup/topology/topology.h"

static const char *const policies[] = {"ip-ssa", "og", "lc", NULL};
static const char *const networks[] = {"mobilenet-v2", NULL};

struct bad {
	const char *text, *sentence;
};

static const struct bad bad_files[] = {
    // Keys
    {"seed: 1\ncell:\n  delay: 1ms\n  bandwith: 1MHz\n",
     "t.yaml:4:3: cell.bandwith is not a key of cell: did you mean bandwidth?"},
    {"sede: 1\n", "t.yaml:1:1: sede is not a key of a topology: did you mean seed?"},
    {"bandwidth: 1MHz\n", "t.yaml:1:1: bandwidth is not a key of a topology: did you mean cell.bandwidth?"},
    {"cell.bandwidth: 1MHz\n",
     "t.yaml:1:1: cell.bandwidth is not a key of a topology: the keys are name, seed, run, "
     "duration, policy, cell, ues, edge, servers, online, train, shaper, capture, samples"},
    {"ues:\n  device: {fmax: 1GFLOP/s}\n",
     "t.yaml:2:12: ues.device.fmax is not a key of ues.device: did you mean f_max?"},
    {"ues:\n  list:\n    - distance: 20m\n    - distanze: 20m\n",
     "t.yaml:4:7: ue2.distanze is not a key of ue2: did you mean distance?"},
    {"ues:\n  list:\n    - count: 3\n", "t.yaml:3:7: ue1.count is not a key of ue1: did you mean ues.count?"},
    {"seed: 1\nrun: 2\nseed: 3\n", "t.yaml:3:1: seed stands twice: first in line 1"},
    {"cell: {mtu: 1500B, mtu: 1400B}\n", "t.yaml:1:20: cell.mtu stands twice: first in line 1"},
    {"cell: {delay: 1ms}\ncell: {mtu: 1400B}\n", "t.yaml:2:1: cell stands twice: first in line 1"},
    {"? [a, b]\n: 1\n", "t.yaml:1:3: a key is one word, not a list"},
    // Units and ranges
    {"duration: 20\n",
     "t.yaml:1:11: duration: '20' has no unit: write a time (ns, us, ms, s, min) such as 50ms"},
    {"duration: 20m\n",
     "t.yaml:1:11: duration: '20m' has the unit 'm': write a time (ns, us, ms, s, min) such as 50ms"},
    {"duration: 0s\n", "t.yaml:1:11: duration is 0s: must be > 0"},
    {"ues:\n  distance: 0m\n", "t.yaml:2:13: ues.distance is 0m: must be > 0"},
    {"ues: {distance: 20m..}\n",
     "t.yaml:1:17: ues.distance: '' is not a distance (mm, cm, m, km): write it as 50m"},
    {"ues: {distance: 20..40m}\n",
     "t.yaml:1:17: ues.distance: '20' has no unit: write a distance (mm, cm, m, km) such as 50m"},
    {"ues: {deadline: 200ms..50ms}\n",
     "t.yaml:1:17: ues.deadline is 200ms..50ms: the range runs backwards, write the "
     "smaller value first"},
    {"ues: {gain: 3dB}\n", "t.yaml:1:13: ues.gain is 3dB: must be <= 0"},
    {"ues: {tx_power: 23}\n",
     "t.yaml:1:17: ues.tx_power: '23' has no unit: write a power (dBm, uW, mW, W) such as 23dBm"},
    {"cell: {bandwidth: -1MHz}\n", "t.yaml:1:19: cell.bandwidth is -1MHz: must be > 0"},
    {"cell: {bandwidth: 1THz}\n",
     "t.yaml:1:19: cell.bandwidth: '1THz' has the unit 'THz': write a bandwidth (Hz, kHz, MHz, "
     "GHz) such as 1MHz"},
    {"cell: {bandwidth: 200GHz}\n", "t.yaml:1:19: cell.bandwidth is 200GHz: must be <= 100 GHz"},
    {"cell: {mtu: 1500}\n",
     "t.yaml:1:13: cell.mtu: '1500' has no unit: write a size (B, kB, MB, GB, KiB, MiB, GiB) such as 1MiB"},
    {"cell: {mtu: 9000B}\n", "t.yaml:1:13: cell.mtu is 9000B: must be <= 1500B"},
    {"cell: {mtu: 1000.5B}\n", "t.yaml:1:13: cell.mtu is 1000.5B: must be whole bytes"},
    {"seed: -1\n", "t.yaml:1:7: seed is -1: must be >= 0"},
    {"seed: 1.5\n", "t.yaml:1:7: seed is '1.5': must be a whole number"},
    {"seed: 99999999999999999999\n", "t.yaml:1:7: seed is '99999999999999999999': must be a whole number"},
    {"edge: {port: 70000}\n", "t.yaml:1:14: edge.port is 70000: must be <= 65535"},
    {"ues: {count: 65001}\n", "t.yaml:1:14: ues.count is 65001: must be <= 65000"},
    // Types and words
    {"seed:\n", "t.yaml:1:6: seed has no value"},
    {"seed: [1]\n", "t.yaml:1:7: seed is a list: must be one value"},
    {"seed: {a: 1}\n", "t.yaml:1:7: seed is a group of keys: must be one value"},
    {"cell: 5\n", "t.yaml:1:7: cell is one value: must be a group of keys, each 'key: value'"},
    {"cell: [1]\n", "t.yaml:1:7: cell is a list: must be a group of keys, each 'key: value'"},
    {"- seed\n", "t.yaml:1:1: a topology is a list: must be a group of keys, each 'key: value'"},
    {"hello\n", "t.yaml:1:1: a topology is one value: must be a group of keys, each 'key: value'"},
    {"edge: {verify: yes}\n", "t.yaml:1:16: edge.verify is 'yes': must be false or true"},
    {"edge: {executor: gpu}\n",
     "t.yaml:1:18: edge.executor is 'gpu': must be cpu, replay, cuda or cuda-fp16"},
    {"ues: {arrivals: {kind: often}}\n",
     "t.yaml:1:24: ues.arrivals.kind is 'often': must be burst, periodic, poisson, immediate, "
     "bernoulli, trace or none"},
    {"policy: {name: og, gasp: 4}\n",
     "t.yaml:1:9: policy is 'og:gasp=4': the policy og has no parameter 'gasp': it takes gaps; did you mean "
     "gaps?"},
    {"policy: {name: og, gaps: 65}\n",
     "t.yaml:1:9: policy is 'og:gaps=65': gaps of the policy og is '65': must be a number from 1 to 64, 8 by "
     "default"},
    {"policy: {gaps: 4}\n", "t.yaml:1:9: policy has no name: write it as in {name: og, gaps: 4}"},
    {"policy: {name: og, gaps: [4]}\n", "t.yaml:1:20: policy takes one value for each parameter"},
    {"policy: magic\n", "t.yaml:1:9: policy is 'magic': must be ip-ssa, og or lc"},
    {"ues: {network: vgg}\n", "t.yaml:1:16: ues.network is 'vgg': must be mobilenet-v2"},
    {"name: a b\n", "t.yaml:1:7: name is 'a b': letters, digits, '.', '_' and '-' only"},
    {"name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
     "t.yaml:1:7: name has 70 letters: must be at most 63"},
    {"edge: {profile: \"a\\tb\"}\n", "t.yaml:1:17: edge.profile holds a control character: write plain text"},
    {"cell: {subnet: 198.18.0.0}\n",
     "t.yaml:1:16: cell.subnet is '198.18.0.0': must be an IPv4 network such as 198.18.0.0/16"},
    {"cell: {subnet: 198.18.0.1/16}\n",
     "t.yaml:1:16: cell.subnet is 198.18.0.1/16: the address has bits beyond its prefix"},
    {"cell: {subnet: 198.18.0.0/31}\n",
     "t.yaml:1:16: cell.subnet is 198.18.0.0/31: its prefix must be from 8 to 30 bits"},
    {"capture: {points: [radio, ue0]}\n",
     "t.yaml:1:19: capture.points holds 'ue0': must be radio, edge, ue1, ue2, ..., or all, or none"},
    {"capture: {points: all,\n  filter: tcp prot 80}\n",
     "t.yaml:2:11: capture.filter: 'tcp prot 80' is no filter of pcap-filter(7): can't parse filter "
     "expression: syntax error"},
    {"capture: {filter: ''}\n", "t.yaml:1:19: capture.filter has no value"},
    {"capture: {format: snoop}\n", "t.yaml:1:19: capture.format is 'snoop': must be pcap or pcapng"},
    {"capture: {rotate: 100}\n", "t.yaml:1:19: capture.rotate: '100' has no unit: write a size (B, kB, MB, "
				 "GB, KiB, MiB, GiB) such as 1MiB"},
    {"capture: {rotate: 100B}\n", "t.yaml:1:19: capture.rotate is 100B: must be 0B or at least 64kB"},
    {"capture: {points: [[radio]]}\n", "t.yaml:1:20: capture.points takes one word for each item"},
    {"ues:\n  list: 3\n", "t.yaml:2:9: ues.list is one value: must be a list with one item for each UE, such "
			  "as '- {distance: 20m}'"},
    {"ues:\n  list: []\n", "t.yaml:2:9: ues.list is empty: leave it out or name a UE"},
    {"ues:\n  list: [20m]\n", "t.yaml:2:10: ue1 is one value: must be a group of keys, each 'key: value'"},
    // Several keys at once
    {"ues:\n  distance: 20m\n  gain: -90dB\n",
     "t.yaml:3:9: ues.gain stands beside distance: give one of the two"},
    {"ues:\n  list:\n    - {gain: -90dB, distance: 20m}\n",
     "t.yaml:3:31: ue1.distance stands beside gain: give one of the two"},
    {"ues:\n  count: 1\n  list: [{gain: -90dB}, {gain: -80dB}]\n",
     "t.yaml:2:10: ues.count is 1 but ues.list has 2 UEs: raise the count or shorten the list"},
    {"ues:\n  list:\n    - {}\n    - {device: {f_max: 10MFLOP/s}}\n",
     "t.yaml:4:7: ue2: device.f_min is 100 MFLOP/s: must be <= device.f_max, 10 MFLOP/s"},
    {"cell:\n  subnet: 10.0.0.0/29\nues:\n  count: 6\n",
     "t.yaml:2:11: more UEs than addresses: 6 UEs and the edge, but cell.subnet (/29) holds 6 hosts"},
    {"capture: {points: [ue5]}\n", "t.yaml:1:19: capture.points names ue5 but there are only 4 UEs"},
    {"edge: {executor: replay}\n",
     "t.yaml:1:18: edge.executor is replay: edge.profile must say what to replay"},
    // The radio
    {"cell: {grant: tdma}\n",
     "t.yaml:1:15: cell.grant is 'tdma': must be own-band, granted, equal-share, round-robin, "
     "proportional-fair, max-rate, priority or earliest-deadline"},
    {"cell: {path_loss: uma}\n", "t.yaml:1:19: cell.path_loss is 'uma': must be free-space, log-distance, "
				 "lte-macro, uma-los, uma-nlos, umi-los or umi-nlos"},
    {"cell: {fading: rayleigh}\n",
     "t.yaml:1:16: cell.fading is one value: must be a group of keys, each 'key: value'"},
    {"cell: {fading: {kind: rice}}\n",
     "t.yaml:1:23: cell.fading.kind is 'rice': must be none, rayleigh, rician or jakes"},
    {"cell: {fading: {coherence: 0s}}\n", "t.yaml:1:28: cell.fading.coherence is 0s: must be >= 1 us"},
    {"cell: {fading: {speed: 3}}\n",
     "t.yaml:1:24: cell.fading.speed: '3' has no unit: write a speed (m/s, km/h) such as 3km/h"},
    {"cell: {shadowing: {sigma: -1dB}}\n", "t.yaml:1:27: cell.shadowing.sigma is -1dB: must be >= 0"},
    {"cell: {shadowing: {kind: 3gpp}}\n", "t.yaml:1:26: cell.shadowing.kind 3gpp needs a cell.path_loss of "
					  "uma or umi: write log-normal"},
    {"cell: {draw_los: true}\n", "t.yaml:1:18: cell.draw_los needs a cell.path_loss of uma or umi"},
    {"cell: {rate: {kind: nr, spacing: 20kHz}}\n",
     "t.yaml:1:34: cell.rate.spacing must be 15kHz, 30kHz, 60kHz or 120kHz"},
    {"cell: {bandwidth: 100kHz, rate: {kind: nr}}\n", "t.yaml:1:19: cell.bandwidth must be >= 180 kHz: with "
						      "cell.rate.kind nr it is cut into resource blocks"},
    {"cell: {rate: {target_bler: 0}}\n", "t.yaml:1:28: cell.rate.target_bler is 0: must be >= 1e-09"},
    {"cell: {harq: {kind: radio}}\n",
     "t.yaml:1:21: cell.harq.kind radio needs cell.rate.kind nr: write fixed"},
    {"cell: {harq: {max: 16}}\n", "t.yaml:1:20: cell.harq.max is 16: must be <= 15"},
    {"cell: {jitter: {kind: uniform, mean: 1ms, spread: 2ms}}\n",
     "t.yaml:1:51: cell.jitter.spread exceeds cell.jitter.mean: a uniform jitter would be negative"},
    {"cell: {tti: 0s}\n", "t.yaml:1:13: cell.tti is 0s: must be > 0"},
    {"cell: {trace: {end: repeat}}\n", "t.yaml:1:21: cell.trace.end is 'repeat': must be hold, loop or stop"},
    {"ues: {loss: 150%}\n", "t.yaml:1:13: ues.loss is 150%: must be <= 1"},
    {"ues:\n  list:\n    - {mobility: {kind: trace}}\n",
     "t.yaml:3:7: ue1: mobility.kind is trace: cell.trace.waypoints must name its file"},
    {"ues:\n  gain: -90dB\n  mobility: {kind: linear}\n",
     "t.yaml:3:20: ue1: a UE that moves needs a distance, not a gain"},
    {"ues: {mobility: {kind: random-waypoint, area: 100m}}\n",
     "t.yaml:1:47: ue1: mobility.area is 100 m wide: its distance, up to 100 m, must be at most half of "
     "that"},
    {"ues: {mobility: {speed: 0m/s}}\n", "t.yaml:1:25: ues.mobility.speed is 0m/s: must be >= 0.001 m/s"},
    {"ues: {trace: {kind: delivery}}\n",
     "t.yaml:1:21: ue1: trace.kind needs a file: trace.uplink, trace.downlink or both"},
    {"ues: {trace: {uplink: a.trace}}\n",
     "t.yaml:1:23: ue1: trace.kind must say what its file is: delivery or link"},
    {"cell: {grant: equal-share}\nues: {trace: {kind: delivery, uplink: a}}\n",
     "t.yaml:2:21: ue1: trace.kind is delivery, a link of this UE's own: cell.grant must be own-band or "
     "granted"},
    {"ues: {radio: {idle: -1W}}\n", "t.yaml:1:21: ues.radio.idle is -1W: must be >= 0"},
    {"ues: {radio: {efficiency: 0}}\n", "t.yaml:1:27: ues.radio.efficiency is 0: must be >= 0.001"},
    // YAML
    {"", "t.yaml:1:1: the file is empty: a topology starts with a line such as 'seed: 1'"},
    {"# nothing\n", "t.yaml:1:1: the file is empty: a topology starts with a line such as 'seed: 1'"},
    {"seed: &a 1\n", "t.yaml:1:7: anchors (&) are not used here: write the values out"},
    {"cell: &c {mtu: 1400B}\n", "t.yaml:1:7: anchors (&) are not used here: write the values out"},
    {"seed: *a\n", "t.yaml:1:7: aliases (*) are not used here: write the values out"},
    {"seed: !!int 1\n", "t.yaml:1:7: tags (!) are not used here: write the plain value"},
    {"seed: 1\n---\nrun: 2\n", "t.yaml:2:1: a second document starts here: a topology file holds one"},
    {"seed: \"1\\0\"\n", "t.yaml:1:7: a text must not contain a NUL byte"},
    {"a: [[[[[[[[1]]]]]]]]\n", "t.yaml:1:10: this is nested too deeply"},
    {"cell:\n\tmtu: 1400B\n", "t.yaml:2:1: a tab stands here: YAML is indented with spaces"},
    {"seed: [1\n", "t.yaml:2:1: this is not YAML: did not find expected ',' or ']'"},
    {"seed: \x80\n", "t.yaml:1:1: this is not YAML: invalid leading UTF-8 octet"},
};

static void each_mistake_has_its_sentence(void **state)
{
	(void)state;
	const struct topology_options options = {.policies = policies, .networks = networks};
	int wrong = 0;
	for (size_t i = 0; i < sizeof(bad_files) / sizeof(bad_files[0]); i++) {
		struct topology *t;
		struct err err = {""};
		int rc = topology_load_text(&t, "t.yaml", bad_files[i].text, strlen(bad_files[i].text),
					    &options, &err);
		assert_true(rc < 0);
		assert_null(t);
		if (strcmp(err.text, bad_files[i].sentence) != 0) {
			print_error("input:\n%swrote:  %s\nwanted: %s\n\n", bad_files[i].text, err.text,
				    bad_files[i].sentence);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

struct bad_override {
	const char *assignment, *sentence;
};

static const struct bad_override bad_overrides[] = {
    {"ues.count", "'ues.count' sets nothing: write path=value, such as ues.count=20"},
    {"ues.cout=3", "ues.cout is not a key of ues: did you mean count?"},
    {"cell.count=3", "cell.count is not a key of cell: did you mean ues.count?"},
    {"ue3.device.fmax=3", "ue3.device.fmax is not a key of ue3.device: did you mean f_max?"},
    {"ue3=3", "ue3 is a group of keys: set one of them, such as ue3.distance"},
    {"ue3.count=3", "ue3.count is not a key of ue3: did you mean ues.count?"},
    {"sell.bandwidth=1MHz", "sell.bandwidth is not a key of sell: did you mean cell.bandwidth?"},
    {"ues.list=3", "ues.list cannot be set: set the keys of its UEs, such as ue3.distance"},
    {"ues.network=vgg:articulations", "ues.network is 'vgg': must be mobilenet-v2"},
    {"ues.network=mobilenet-v2:leaves", "ues.network is 'mobilenet-v2:leaves': a network cannot be cut at "
					"'leaves': behind ':' there can be articulations, branches"},
    {"ues.count=0", "ues.count is 0: must be >= 1"},
    {"ue3.gain=95", "ue3.gain: '95' has no unit: write a gain or loss (dB) such as -95dB"},
    {"ue9.gain=-95dB", "ue9 is set but there are only 4 UEs"},
    {"policy=", "policy has no value"},
    {"policy=x", "policy is 'x': must be ip-ssa, og or lc"},
};

static void each_bad_override_has_its_sentence(void **state)
{
	(void)state;
	int wrong = 0;
	for (size_t i = 0; i < sizeof(bad_overrides) / sizeof(bad_overrides[0]); i++) {
		struct topology *t;
		struct err err = {""};
		const char *const set[] = {bad_overrides[i].assignment, NULL};
		const struct topology_options options = {
		    .policies = policies, .networks = networks, .set = set};
		assert_true(topology_load_text(&t, "t.yaml", "seed: 1\n", 8, &options, &err) < 0);
		if (strcmp(err.text, bad_overrides[i].sentence) != 0) {
			print_error("set:    %s\nwrote:  %s\nwanted: %s\n\n", set[0], err.text,
				    bad_overrides[i].sentence);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

// Files are opened, and refused, by who runs the network.
static void a_network_may_be_a_file(void **state)
{
	(void)state;
	static const char *const references[] = {"./mine.net",
						 "mine.net",
						 "mobilenet-v2@my.safetensors",
						 "mobilenet-v2:articulations",
						 "mine.net:articulations",
						 "./a.b/c:articulations@my.safetensors"};
	for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
		struct topology *t;
		struct err err = {""};
		char assignment[64];
		snprintf(assignment, sizeof(assignment), "ue2.network=%s", references[i]);
		const char *const set[] = {assignment, NULL};
		const struct topology_options options = {
		    .policies = policies, .networks = networks, .set = set};
		assert_int_equal(topology_load_text(&t, "t.yaml", "seed: 1\n", 8, &options, &err), 0);
		assert_string_equal(t->ue[1].network, references[i]);
		topology_free(t);
	}
}

static void a_missing_file_is_named(void **state)
{
	(void)state;
	struct topology *t;
	struct err err;
	assert_true(topology_load(&t, "/nowhere/x.yaml", NULL, &err) < 0);
	assert_string_equal(err.text, "/nowhere/x.yaml: No such file or directory");
	assert_true(topology_load(&t, "/", NULL, &err) < 0);
	assert_string_equal(err.text, "/: Is a directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_mistake_has_its_sentence),
	    cmocka_unit_test(each_bad_override_has_its_sentence),
	    cmocka_unit_test(a_network_may_be_a_file),
	    cmocka_unit_test(a_missing_file_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
