// SPDX-License-Identifier: BSD-3-Clause
#include "emu/topology/schema.h"

#include <assert.h>
#include <string.h>

#include "emu/topology/topology.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FIELD(member)                                                                                        \
	.offset = offsetof(struct topology, member), .size = sizeof(((struct topology *)0)->member)
#define UE_FIELD(member)                                                                                     \
	.per_ue = true, .offset = offsetof(struct topology_ue, member),                                      \
	.size = sizeof(((struct topology_ue *)0)->member)
#define WORDS(...)                                                                                           \
	.words = (const char *const[])                                                                       \
	{                                                                                                    \
		__VA_ARGS__, NULL                                                                            \
	}
#define FROM(low, high) .min = (low), .max = (high)
#define ABOVE(low, high) .min = (low), .max = (high), .above_min = true

#define QUANTITY(u) .kind = KEY_QUANTITY, .unit = (u)
#define TIME .kind = KEY_TIME, .unit = UNIT_S
#define SIZE .kind = KEY_SIZE, .unit = UNIT_BYTE
#define INTEGER .kind = KEY_INTEGER

#define MOST_SECONDS 604800. // longest time anywhere: a week
#define MOST_FLOPS 1e17
#define MOST_SEED 4294967295.

const struct schema_section schema_sections[] = {
    {"", "the run"},
    {"cell", "the radio link that all UEs share, and the network behind it"},
    {"ues", "the user equipments; what stands here holds for all of them"},
    {"ues.device", "the modelled processor of a UE"},
    {"ues.arrivals", "when a UE's tasks arise"},
    {"ues.traffic", "datagrams that a UE sends to the edge beside its tasks"},
    {"edge", "the edge server"},
    {"shaper", "the process that carries the frames"},
    {"capture", "pcap files in the run directory"},
    {"samples", "the inputs that the UEs send"},
    {NULL, NULL},
};

// clang-format off
const struct schema_key schema_keys[] = {
	{.path = "name", .kind = KEY_NAME, FIELD(name),
	 .doc = "what the run directory is called; not given: the file's name"},
	{.path = "seed", .preset = "1", INTEGER, FROM(0, MOST_SEED), FIELD(seed),
	 .doc = "of every random stream; keep it while the run number changes"},
	{.path = "run", .preset = "1", INTEGER, FROM(0, MOST_SEED), FIELD(run),
	 .doc = "another run number gives independent draws of the same experiment"},
	{.path = "duration", .preset = "20s", TIME, ABOVE(0, MOST_SECONDS), FIELD(duration_ns),
	 .doc = "how long tasks arise; those under way are finished"},
	{.path = "policy", .preset = "ip-ssa", .kind = KEY_POLICY, FIELD(policy),
	 .doc = "decides cuts, frequencies and batches: one of `airbatch plan --list`, or the path of an outside one (./mine.so)"},

	{.path = "cell.bandwidth", .preset = "1MHz", QUANTITY(UNIT_HZ), ABOVE(0, 100e9), FIELD(cell.bandwidth_hz),
	 .doc = "band of each UE, its own"},
	{.path = "cell.path_loss", .preset = "lte-macro", .kind = KEY_WORD,
	 WORDS("free-space", "log-distance", "lte-macro"), FIELD(cell.path_loss),
	 .doc = "lte-macro: 128.1 + 37.6 log10(d / 1 km) dB; free-space: Friis at the carrier; log-distance: free space to "
		"the reference distance, 10 exponent log10(d / reference) dB beyond"},
	{.path = "cell.carrier", .preset = "2GHz", QUANTITY(UNIT_HZ), FROM(1e6, 1e12), FIELD(cell.carrier_hz),
	 .doc = "carrier frequency, for free-space and log-distance"},
	{.path = "cell.exponent", .preset = "3.5", QUANTITY(UNIT_NONE), FROM(1, 10), FIELD(cell.exponent),
	 .doc = "path loss exponent of log-distance"},
	{.path = "cell.reference", .preset = "1m", QUANTITY(UNIT_M), ABOVE(0, 10e3), FIELD(cell.reference_m),
	 .doc = "reference distance of log-distance"},
	{.path = "cell.noise_density", .preset = "-174dBm/Hz", QUANTITY(UNIT_DBM_HZ), FROM(-250, 0),
	 FIELD(cell.noise_density_dbm_hz), .doc = "thermal noise; -174dBm/Hz is 290 K"},
	{.path = "cell.noise_figure", .preset = "0dB", QUANTITY(UNIT_DB), FROM(0, 60), FIELD(cell.noise_figure_db),
	 .doc = "what the receiver adds to the noise"},
	{.path = "cell.delay", .preset = "1ms", TIME, FROM(0, 60), FIELD(cell.delay_ns),
	 .doc = "fixed delay of the link, each way"},
	{.path = "cell.queue", .preset = "1MiB", SIZE, FROM(2048, 1073741824.), FIELD(cell.queue_bytes),
	 .doc = "each UE's queue at the sender, in each direction; what does not fit is dropped"},
	{.path = "cell.downlink_power", .preset = "30dBm", QUANTITY(UNIT_W), ABOVE(0, 1e4),
	 FIELD(cell.downlink_power_w), .doc = "transmit power of the edge's radio"},
	{.path = "cell.subnet", .preset = "198.18.0.0/16", .kind = KEY_SUBNET, FIELD(cell.subnet),
	 .doc = "addresses: the edge has the first host, ue1 the next; 198.18.0.0/15 is set aside for such tests (RFC 2544)"},
	{.path = "cell.mtu", .preset = "1500B", SIZE, FROM(576, 1500), FIELD(cell.mtu),
	 .doc = "largest IP packet"},
	{.path = "cell.tcp", .preset = "cubic", .kind = KEY_NAME, FIELD(cell.tcp),
	 .doc = "TCP congestion control in every namespace (one of net.ipv4.tcp_available_congestion_control)"},

	{.path = "ues.count", .preset = "4", INTEGER, FROM(1, TOPOLOGY_MAX_UES), FIELD(n_ues),
	 .doc = "how many; not given beside a list: the list's length"},
	{.path = "ues.distance", .preset = "20m..100m", .kind = KEY_RANGE, .unit = UNIT_M, ABOVE(0, 100e3),
	 UE_FIELD(distance_range_m), .instead_of = "ues.gain",
	 .doc = "from the edge; a range is drawn uniformly over the area between the two circles"},
	{.path = "ues.gain", QUANTITY(UNIT_DB), FROM(-250, 0), UE_FIELD(gain_db), .instead_of = "ues.distance",
	 .doc = "channel gain, given instead of a distance"},
	{.path = "ues.tx_power", .preset = "23dBm", QUANTITY(UNIT_W), ABOVE(0, 1e3), UE_FIELD(tx_power_w),
	 .doc = "transmit power"},
	{.path = "ues.network", .preset = "mobilenet-v2", .kind = KEY_NETWORK, UE_FIELD(network),
	 .doc = "what a task infers"},
	{.path = "ues.deadline", .preset = "100ms", .kind = KEY_RANGE, .unit = UNIT_S, ABOVE(0, MOST_SECONDS),
	 UE_FIELD(deadline_range_s),
	 .doc = "from a task's arrival until its result is at the UE; a range is drawn uniformly, once for each UE"},

	{.path = "ues.device.f_min", .preset = "0.1GFLOP/s", QUANTITY(UNIT_FLOPS), ABOVE(0, MOST_FLOPS),
	 UE_FIELD(device.f_min_flops), .doc = "lowest speed"},
	{.path = "ues.device.f_max", .preset = "20GFLOP/s", QUANTITY(UNIT_FLOPS), ABOVE(0, MOST_FLOPS),
	 UE_FIELD(device.f_max_flops), .doc = "highest speed"},
	{.path = "ues.device.power_max", .preset = "4W", QUANTITY(UNIT_W), ABOVE(0, 1e5),
	 UE_FIELD(device.power_max_w), .doc = "power at the highest speed; it falls with the third power of the speed"},

	{.path = "ues.arrivals.kind", .preset = "periodic", .kind = KEY_WORD, WORDS("burst", "periodic", "poisson", "none"),
	 UE_FIELD(arrivals.kind),
	 .doc = "burst: `count` tasks (one if 0) at the start; periodic: one every period, all UEs in step; poisson: at random "
		"with the rate; none: no tasks"},
	{.path = "ues.arrivals.period", .preset = "500ms", TIME, ABOVE(0, MOST_SECONDS), UE_FIELD(arrivals.period_ns),
	 .doc = "between two tasks of a UE (periodic)"},
	{.path = "ues.arrivals.rate", .preset = "2", QUANTITY(UNIT_NONE), ABOVE(0, 1e5), UE_FIELD(arrivals.rate_per_s),
	 .doc = "tasks per second of a UE (poisson)"},
	{.path = "ues.arrivals.count", .preset = "0", INTEGER, FROM(0, 1e9), UE_FIELD(arrivals.count),
	 .doc = "most tasks of a UE; 0 = as many as the duration allows"},
	{.path = "ues.arrivals.jitter", .preset = "0s", TIME, FROM(0, MOST_SECONDS), UE_FIELD(arrivals.jitter_ns),
	 .doc = "each task comes later by a time drawn uniformly up to this (periodic, burst)"},

	{.path = "ues.traffic.rate", .preset = "0bit/s", QUANTITY(UNIT_BPS), FROM(0, 100e9), UE_FIELD(traffic.rate_bps),
	 .doc = "constant bit rate of UDP payload, for the whole duration, with a random phase; 0 = none"},
	{.path = "ues.traffic.size", .preset = "1400B", SIZE, FROM(32, 1472), UE_FIELD(traffic.size_bytes),
	 .doc = "UDP payload of a datagram, at most the MTU less 28 bytes"},

	{.path = "edge.executor", .preset = "cpu", .kind = KEY_WORD, WORDS("cpu", "replay"), FIELD(edge.executor),
	 .doc = "cpu: computes on this processor; replay: takes as long as a profile says (modelled)"},
	{.path = "edge.profile", .kind = KEY_TEXT, FIELD(edge.profile),
	 .doc = "batch latencies for replay: a CSV file or a built-in model's name"},
	{.path = "edge.threads", .preset = "1", INTEGER, FROM(1, 1024), FIELD(edge.threads),
	 .doc = "worker threads of the cpu executor"},
	{.path = "edge.max_batch", .preset = "8", INTEGER, FROM(1, 1024), FIELD(edge.max_batch),
	 .doc = "largest batch that is measured and built for"},
	{.path = "edge.admission_window", .preset = "5ms", TIME, FROM(0, 60), FIELD(edge.admission_window_ns),
	 .doc = "requests that come within this time of the first are planned together"},
	{.path = "edge.guard", .preset = "2ms", TIME, FROM(0, 60), FIELD(edge.guard_ns),
	 .doc = "uploads are planned to arrive this long before their batch starts"},
	{.path = "edge.verify", .preset = "true", .kind = KEY_BOOL, FIELD(edge.verify),
	 .doc = "compare every result with the reference"},
	{.path = "edge.port", .preset = "7070", INTEGER, FROM(1, 65535), FIELD(edge.port),
	 .doc = "TCP port of the edge"},

	{.path = "shaper.loop", .preset = "ppoll", .kind = KEY_WORD, WORDS("ppoll", "poll"), FIELD(shaper.loop),
	 .doc = "ppoll: sleep until the next frame or departure; poll: busy, wants a processor of its own"},
	{.path = "shaper.spin_guard", .preset = "0s", TIME, FROM(0, 0.01), FIELD(shaper.spin_guard_ns),
	 .doc = "with ppoll: wake this much early and spin"},
	{.path = "shaper.cpu", .preset = "-1", INTEGER, FROM(-1, 1023), FIELD(shaper.cpu),
	 .doc = "processor to pin to; -1 = any"},
	{.path = "shaper.interval", .preset = "100ms", TIME, FROM(0.001, 3600), FIELD(shaper.interval_ns),
	 .doc = "between two rows of links.csv"},
	{.path = "shaper.hugepages", .preset = "auto", .kind = KEY_WORD, WORDS("auto", "never", "always"),
	 FIELD(shaper.hugepages), .doc = "auto: when the machine has some free"},

	{.path = "capture.points", .preset = "none", .kind = KEY_POINTS, FIELD(capture.points),
	 .doc = "a list of radio, edge, ue1, ue2, ...; or all, or none"},
	{.path = "capture.snaplen", .preset = "65535B", SIZE, FROM(64, 65535), FIELD(capture.snaplen),
	 .doc = "bytes kept of each frame"},

	{.path = "samples.inputs", .preset = "4", INTEGER, FROM(1, 1024), FIELD(samples.inputs),
	 .doc = "how many different inputs there are; tasks take them in turn"},
	{.path = "samples.seed", .preset = "1", INTEGER, FROM(0, MOST_SEED), FIELD(samples.seed),
	 .doc = "of the inputs' content"},
};
// clang-format on

const int schema_n_keys = COUNT(schema_keys);
static_assert(COUNT(schema_keys) <= 64, "a UE's given keys are bits of one word");

const struct schema_key *schema_find(const char *path)
{
	for (int i = 0; i < schema_n_keys; i++)
		if (strcmp(schema_keys[i].path, path) == 0)
			return &schema_keys[i];
	return NULL;
}

bool schema_is_section(const char *path)
{
	for (const struct schema_section *s = schema_sections; s->path; s++)
		if (strcmp(s->path, path) == 0)
			return true;
	return false;
}

bool schema_in_section(const struct schema_key *key, const char *section, const char **leaf)
{
	size_t length = strlen(section);
	if (length > 0 && (strncmp(key->path, section, length) != 0 || key->path[length] != '.'))
		return false;
	*leaf = key->path + length + (length > 0);
	return !strchr(*leaf, '.');
}
