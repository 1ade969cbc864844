// SPDX-License-Identifier: BSD-3-Clause
// Laws of capture files, read back by libpcap: what was written is there, to the nanosecond and byte; a
// rotation loses nothing and keeps to its size; a file that fails ends with whole packets and every missing
// one is counted.
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <pcap/pcap.h>

#include "base/rng.h"
#include "records/capture/file.h"
#include "records/capture/interfaces.h"
#include "records/capture/pcapng.h"
#include "setup/capture_filter.h"

#define MOST 2000
#define MOST_BYTES 1514

struct written {
	uint8_t data[MOST_BYTES];
	uint32_t size;
	int64_t at_ns;
};

static struct written written[MOST];
static char folder[] = "/tmp/airbatch-capture-XXXXXX";
static struct rng *rng;

static const char *in_folder(const char *name)
{
	static char path[128];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

// A UDP datagram over IPv4, whose checksums nobody looks at here, with a port that alternates.
static void make_frame(struct written *w, int i)
{
	static const uint8_t head[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45};
	w->size = 60 + (uint32_t)rng_below(rng, MOST_BYTES - 60);
	w->at_ns = 1700000000000000000 + (int64_t)i * 1234567 + (int64_t)rng_below(rng, 1000);
	for (uint32_t k = 0; k < w->size; k++)
		w->data[k] = (uint8_t)rng_below(rng, 256);
	memcpy(w->data, head, sizeof(head));
	w->data[20] = w->data[21] = 0; // no fragment
	w->data[23] = 17;
	w->data[34] = 0;
	w->data[35] = i % 2 ? 7 : 9;
}

static void write_frames(struct capture_file *file, int n)
{
	for (int i = 0; i < n; i++) {
		make_frame(&written[i], i);
		const struct capture_frame frame = {
		    .data = written[i].data,
		    .size = written[i].size,
		    .length = written[i].size,
		    .wall_ns = written[i].at_ns,
		    .interface = (uint32_t)i % 3,
		    .facts = {.fate = i % 3 ? CAPTURE_DELIVERED : CAPTURE_PASSED,
			      .band_hz = 1e6f,
			      .transmissions = 1}};
		capture_file_write(file, &frame);
	}
}

// Checks that the file holds written[first], written[first + step], ... Returns how many packets.
static int read_back(const char *path, int first, int step, uint32_t snaplen)
{
	char text[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *data;
	pcap_t *pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, text);
	int n = 0, r;
	if (!pcap)
		fail_msg("%s: %s", path, text);
	assert_int_equal(pcap_datalink(pcap), DLT_EN10MB);
	while ((r = pcap_next_ex(pcap, &header, &data)) == 1) {
		const struct written *w = &written[first + n++ * step];
		assert_int_equal(header->len, w->size);
		assert_int_equal(header->caplen, w->size < snaplen ? w->size : snaplen);
		assert_true((int64_t)header->ts.tv_sec * 1000000000 + header->ts.tv_usec == w->at_ns);
		assert_memory_equal(data, w->data, header->caplen);
	}
	assert_int_equal(r, PCAP_ERROR_BREAK); // the end, not a cut packet
	pcap_close(pcap);
	return n;
}

static struct capture_file *open_file(const char *path, enum capture_format format, uint32_t snaplen,
				      const char *filter, int64_t rotate_bytes)
{
	static const char *const interfaces[] = {"ue1 uplink", "ue1 downlink", "other", NULL};
	const struct capture_file_config config = {.path = path,
						   .filter = filter,
						   .interfaces = interfaces,
						   .rotate_bytes = rotate_bytes,
						   .snaplen = snaplen,
						   .format = format};
	struct capture_file *file;
	struct err err;
	if (capture_file_new(&file, &config, &err) < 0)
		fail_msg("%s", err.text);
	return file;
}

static void what_is_written_is_there(void **state)
{
	(void)state;
	for (enum capture_format format = CAPTURE_PCAP; format <= CAPTURE_PCAPNG; format++)
		for (uint32_t snaplen = 64; snaplen < 100000; snaplen *= 8) {
			struct capture_file *file = open_file(in_folder("a.pcap"), format, snaplen, "", 0);
			write_frames(file, MOST);
			assert_true(capture_file_close(file));
			const struct capture_record record = *capture_file_record(file);
			capture_file_free(file);
			assert_string_equal(record.file, "a.pcap");
			assert_int_equal(record.packets, MOST);
			assert_int_equal(record.lost + record.filtered, 0);
			assert_int_equal(read_back(in_folder("a.pcap"), 0, 1, snaplen), MOST);
			struct stat info;
			assert_int_equal(stat(in_folder("a.pcap"), &info), 0);
			assert_int_equal(info.st_size, record.bytes);
		}
}

static void filters_leave_out_and_count(void **state)
{
	(void)state;
	struct capture_file *file = open_file(in_folder("f.pcap"), CAPTURE_PCAP, 65535, "udp src port 7", 0);
	write_frames(file, 1000);
	assert_true(capture_file_close(file));
	assert_int_equal(capture_file_record(file)->packets, 500);
	assert_int_equal(capture_file_record(file)->filtered, 500);
	capture_file_free(file);
	assert_int_equal(read_back(in_folder("f.pcap"), 1, 2, 65535), 500);
}

static void nonsense_is_no_filter(void **state)
{
	(void)state;
	static const char *const nonsense[] = {"tcp prot 80", "port", "ether[", "(udp", "len >", "\xff"};
	struct err err;
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		assert_null(capture_filter_new(nonsense[i], &err));
		assert_non_null(strstr(err.text, nonsense[i]));
		assert_non_null(strstr(err.text, "pcap-filter"));
	}
}

static void rotations_lose_nothing_and_keep_their_size(void **state)
{
	(void)state;
	const int64_t most = 100000;
	for (enum capture_format format = CAPTURE_PCAP; format <= CAPTURE_PCAPNG; format++) {
		struct capture_file *file = open_file(in_folder("r.pcap"), format, 65535, "", most);
		write_frames(file, MOST);
		assert_true(capture_file_close(file));
		const struct capture_record record = *capture_file_record(file);
		capture_file_free(file);
		int read = 0;
		uint64_t bytes = 0;
		assert_true(record.files > 10);
		for (uint32_t i = 0; i < record.files; i++) {
			char name[32];
			struct stat info;
			snprintf(name, sizeof(name), i ? "r.%u.pcap" : "r.pcap", i);
			assert_int_equal(stat(in_folder(name), &info), 0);
			assert_true(info.st_size <= most);
			if (i + 1 < record.files) // the next packet had no room
				assert_true(info.st_size > most - MOST_BYTES - 200);
			bytes += (uint64_t)info.st_size;
			read += read_back(in_folder(name), read, 1, 65535);
		}
		assert_int_equal(read, MOST);
		assert_int_equal(bytes, record.bytes);
	}
}

// A packet larger than the whole file has a file of its own.
static void tiny_rotations_end(void **state)
{
	(void)state;
	struct capture_file *file = open_file(in_folder("t.pcap"), CAPTURE_PCAP, 65535, "", 1);
	write_frames(file, 20);
	assert_int_equal(capture_file_record(file)->files, 20);
	assert_int_equal(capture_file_record(file)->packets, 20);
	capture_file_free(file);
}

static void full_files_end_whole_and_count(void **state)
{
	(void)state;
	struct rlimit old, small;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	for (enum capture_format format = CAPTURE_PCAP; format <= CAPTURE_PCAPNG; format++) {
		small =
		    (struct rlimit){.rlim_cur = 200000 + rng_below(rng, 700000), .rlim_max = old.rlim_max};
		setrlimit(RLIMIT_FSIZE, &small);
		struct capture_file *file = open_file(in_folder("full.pcap"), format, 65535, "", 0);
		write_frames(file, MOST);
		capture_file_close(file);
		setrlimit(RLIMIT_FSIZE, &old);
		const struct capture_record *record = capture_file_record(file);
		assert_non_null(strstr(record->error, "full.pcap"));
		assert_non_null(strstr(record->error, "File too large"));
		assert_true(record->lost > 0 && record->packets > 0);
		assert_int_equal(record->packets + record->lost, MOST);
		assert_int_equal(read_back(in_folder("full.pcap"), 0, 1, 65535), record->packets);
		capture_file_free(file);
	}
}

static void impossible_files_fail_once(void **state)
{
	(void)state;
	static const char *const paths[][2] = {{"/dev/full", "No space left"},
					       {"/nonexistent/x.pcap", "No such file"}};
	for (size_t i = 0; i < 2; i++) {
		struct capture_file *file = open_file(paths[i][0], CAPTURE_PCAP, 65535, "", 0);
		const struct capture_record *record = capture_file_record(file);
		assert_non_null(strstr(record->error, paths[i][0]));
		assert_non_null(strstr(record->error, paths[i][1]));
		write_frames(file, 10);
		assert_true(capture_file_flush(file)); // said once
		assert_int_equal(record->lost, 10);
		assert_int_equal(record->packets + record->bytes, 0);
		capture_file_free(file);
	}
}

static void interfaces_are_named(void **state)
{
	(void)state;
	const char **names = capture_interfaces_new(300);
	assert_string_equal(names[capture_interface_of(300, 0, LINK_UP)], "ue1 uplink");
	assert_string_equal(names[capture_interface_of(300, 299, LINK_DOWN)], "ue300 downlink");
	assert_string_equal(names[capture_interface_of(300, UINT32_MAX, LINK_UP)], "other");
	assert_null(names[601]);
	capture_interfaces_free(names);
}

static void comments_say_what_happened(void **state)
{
	(void)state;
	char text[PCAPNG_MOST_COMMENT], little[20];
	const struct cell_radio radio = {.gain_db = -80, .band_hz = 4e6, .snr = 100, .rate_bps = 8e6};
	struct link_packet packet = {.bytes = 1000,
				     .transmissions = 1,
				     .enqueued_ns = 0,
				     .start_ns = 2000000,
				     .end_ns = 4000000}; // 1 ms over the whole band
	struct capture_facts facts = capture_facts_of(&packet, &radio);
	capture_comment(&facts, text, sizeof(text));
	assert_string_equal(
	    text, "gain -80.0 dB, SNR 20.0 dB, granted 2 MHz, queued 2.000000 ms, on the air 2.000000 ms");
	assert_int_equal(capture_comment(&facts, little, sizeof(little)), sizeof(little) - 1);
	assert_int_equal(strlen(little), sizeof(little) - 1);
	packet.fate = LINK_LOST;
	packet.transmissions = 4;
	facts = capture_facts_of(&packet, &radio);
	capture_comment(&facts, text, sizeof(text));
	assert_ptr_equal(strstr(text, "lost on the air"), text);
	assert_non_null(strstr(text, "4 transmissions"));
	facts = capture_facts_of_refused(&radio);
	capture_comment(&facts, text, sizeof(text));
	assert_string_equal(text, "dropped, the queue is full: gain -80.0 dB, SNR 20.0 dB");
	facts = (struct capture_facts){.fate = CAPTURE_PASSED};
	assert_int_equal(capture_comment(&facts, text, sizeof(text)), 0);
}

static int clean_up(void **state)
{
	(void)state;
	char command[64];
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	rng_free(rng);
	return system(command);
}

int main(void)
{
	uint64_t seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	rng = rng_new(seed, 0, RNG_TEST, 0);
	if (!rng || !mkdtemp(folder))
		return 1;
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_there),
	    cmocka_unit_test(filters_leave_out_and_count),
	    cmocka_unit_test(nonsense_is_no_filter),
	    cmocka_unit_test(rotations_lose_nothing_and_keep_their_size),
	    cmocka_unit_test(tiny_rotations_end),
	    cmocka_unit_test(full_files_end_whole_and_count),
	    cmocka_unit_test(impossible_files_fail_once),
	    cmocka_unit_test(interfaces_are_named),
	    cmocka_unit_test(comments_say_what_happened),
	};
	return cmocka_run_group_tests(tests, NULL, clean_up);
}
