// SPDX-License-Identifier: BSD-3-Clause
#include "records/capture/file.h"

#include <errno.h>
#include <limits.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "records/capture/pcapng.h"
#include "setup/capture_filter.h"

#define BUFFER_BYTES (256 << 10)
#define PCAP_FILE_HEADER 24
#define PCAP_PACKET_HEADER 16

struct capture_file {
	struct capture_file_config config;
	char *path;		       // of the first file
	struct capture_filter *filter; // NULL = every packet
	pcap_t *pcap;
	FILE *stream; // NULL: closed, or given up
	char *buffer;
	char comment[PCAPNG_MOST_COMMENT];  // of the packet in hand
	int64_t head_size, size, safe_size; // of the file that is open: before its packets, now, flushed
	uint64_t pending_packets;	    // not flushed yet
	struct capture_record record;
};

// radio.pcap, radio.1.pcap, ...
static void path_of(const struct capture_file *file, uint32_t number, char *path, size_t size)
{
	const char *slash = strrchr(file->path, '/'), *dot = strrchr(file->path, '.');
	int stem = dot && (!slash || dot > slash) ? (int)(dot - file->path) : (int)strlen(file->path);
	if (number == 0)
		snprintf(path, size, "%s", file->path);
	else
		snprintf(path, size, "%.*s.%u%s", stem, file->path, number, file->path + stem);
}

// The file ends with the last packet that is surely whole.
static void give_up(struct capture_file *file, const char *what, int code)
{
	struct capture_record *record = &file->record;
	char path[PATH_MAX];
	path_of(file, record->files ? record->files - 1 : 0, path, sizeof(path));
	snprintf(record->error, sizeof(record->error), "capture %.150s: %s (%s): it ends here", path, what,
		 strerror(code));
	record->bytes -= (uint64_t)(file->size - file->safe_size);
	record->packets -= file->pending_packets;
	record->lost += file->pending_packets;
	file->pending_packets = 0;
	if (!file->stream)
		return;
	fclose(file->stream); // tries once more to write what it holds
	file->stream = NULL;
	(void)!truncate(path, file->safe_size);
}

// A capture leaves a part of its disk to the tables and summary.json, which tell more.
static bool has_room(const struct capture_file *file)
{
	struct statvfs disk;
	if (fstatvfs(fileno(file->stream), &disk) < 0)
		return true;
	uint64_t unit = disk.f_frsize, whole = unit * disk.f_blocks, left = unit * disk.f_bavail;
	uint64_t kept = whole / 16 < CAPTURE_LEAVES_BYTES ? whole / 16 : CAPTURE_LEAVES_BYTES;
	return left >= kept + (uint64_t)(file->size - file->safe_size);
}

bool capture_file_flush(struct capture_file *file)
{
	if (!file->stream || file->size == file->safe_size)
		return true;
	if (!has_room(file)) {
		give_up(file, "cannot be written", ENOSPC);
		return false;
	}
	errno = EIO;
	if (fflush(file->stream) != 0 || ferror(file->stream)) {
		give_up(file, "cannot be written", errno);
		return false;
	}
	file->safe_size = file->size;
	file->pending_packets = 0;
	return true;
}

static void add_size(struct capture_file *file, size_t bytes)
{
	file->size += (int64_t)bytes;
	file->record.bytes += bytes;
}

static void write_head(struct capture_file *file)
{
	if (file->config.format == CAPTURE_PCAP) {
		pcap_dump_fopen(file->pcap, file->stream); // is the stream; a failed write stays in it
		add_size(file, PCAP_FILE_HEADER);
		return;
	}
	add_size(file, pcapng_write_section(file->stream, "airbatch"));
	for (const char *const *name = file->config.interfaces; *name; name++)
		add_size(file, pcapng_write_interface(file->stream, *name, file->config.snaplen));
}

static bool open_next(struct capture_file *file)
{
	char path[PATH_MAX];
	file->size = file->safe_size = 0;
	path_of(file, file->record.files++, path, sizeof(path));
	file->stream = fopen(path, "wbe");
	if (!file->stream) {
		give_up(file, "cannot be created", errno);
		return false;
	}
	setvbuf(file->stream, file->buffer, _IOFBF, BUFFER_BYTES);
	write_head(file);
	file->head_size = file->size;
	return capture_file_flush(file);
}

bool capture_file_close(struct capture_file *file)
{
	if (!capture_file_flush(file))
		return false;
	FILE *stream = file->stream;
	file->stream = NULL;
	errno = EIO;
	if (!stream || fclose(stream) == 0)
		return true;
	give_up(file, "cannot be closed", errno);
	return false;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static int prepare(struct capture_file *file, struct err *err)
{
	const struct capture_file_config *config = &file->config;
	file->path = strdup(config->path);
	file->buffer = malloc(BUFFER_BYTES);
	file->pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, (int)config->snaplen,
							  PCAP_TSTAMP_PRECISION_NANO);
	if (!file->path || !file->buffer || !file->pcap)
		return err_set(err, ENOMEM, "capture %s: no memory", config->path);
	snprintf(file->record.file, sizeof(file->record.file), "%s", base_name(config->path));
	if (*config->filter && !(file->filter = capture_filter_new(config->filter, err)))
		return -errno;
	return 0;
}

int capture_file_new(struct capture_file **out, const struct capture_file_config *config, struct err *err)
{
	struct capture_file *file = calloc(1, sizeof(*file));
	*out = NULL;
	if (!file)
		return err_set(err, ENOMEM, "capture %s: no memory", config->path);
	file->config = *config;
	int rc = prepare(file, err);
	if (rc < 0) {
		capture_file_free(file);
		return rc;
	}
	open_next(file);
	*out = file;
	return 0;
}

void capture_file_free(struct capture_file *file)
{
	if (!file)
		return;
	capture_file_close(file);
	if (file->pcap)
		pcap_close(file->pcap);
	capture_filter_free(file->filter);
	free(file->buffer);
	free(file->path);
	free(file);
}

static void write_pcap(struct capture_file *file, const struct capture_frame *frame, uint32_t kept)
{
	const struct pcap_pkthdr header = {
	    .ts = {.tv_sec = frame->wall_ns / NS_PER_S, .tv_usec = frame->wall_ns % NS_PER_S}, // ns here
	    .caplen = kept,
	    .len = frame->length};
	pcap_dump((u_char *)file->stream, &header, frame->data);
	add_size(file, PCAP_PACKET_HEADER + kept);
}

static void write_pcapng(struct capture_file *file, const struct capture_frame *frame, uint32_t kept)
{
	const struct pcapng_packet packet = {.data = frame->data,
					     .kept = kept,
					     .length = frame->length,
					     .wall_ns = frame->wall_ns,
					     .interface = frame->interface,
					     .comment = *file->comment ? file->comment : NULL};
	add_size(file, pcapng_write_packet(file->stream, &packet));
}

// Of a packet in the file; also makes its comment.
static int64_t size_in_file(struct capture_file *file, const struct capture_frame *frame, uint32_t kept)
{
	if (file->config.format == CAPTURE_PCAP)
		return PCAP_PACKET_HEADER + (int64_t)kept;
	size_t comment = capture_comment(&frame->facts, file->comment, sizeof(file->comment));
	return (int64_t)pcapng_packet_size(kept, comment);
}

// Makes room for a packet. False: the capture failed over it.
static bool rotate(struct capture_file *file, int64_t packet_size)
{
	int64_t most = file->config.rotate_bytes;
	if (most == 0 || file->size == file->head_size || file->size + packet_size <= most)
		return true;
	return capture_file_close(file) && open_next(file);
}

bool capture_file_write(struct capture_file *file, const struct capture_frame *frame)
{
	uint32_t kept = frame->size < file->config.snaplen ? frame->size : file->config.snaplen;
	if (file->filter && !capture_filter_passes(file->filter, frame->data, frame->size, frame->length)) {
		file->record.filtered++;
		return true;
	}
	bool well = !file->stream || rotate(file, size_in_file(file, frame, kept));
	if (!file->stream) {
		file->record.lost++;
		return well;
	}
	if (file->config.format == CAPTURE_PCAP)
		write_pcap(file, frame, kept);
	else
		write_pcapng(file, frame, kept);
	file->record.packets++;
	file->pending_packets++;
	return file->size - file->safe_size < BUFFER_BYTES / 2 || capture_file_flush(file);
}

const struct capture_record *capture_file_record(const struct capture_file *file)
{
	return &file->record;
}
