// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/rl/format.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/cache.h"
#include "dnn/hash.h"
#include "edge/policy/rl/checkpoint.h"

#define BYTE_ORDER_MARK 0x01020304u

struct header {
	char magic[8];
	uint32_t version, byte_order, kind, zero;
	uint64_t size, hash;
};

struct section {
	char tag[4];
	uint32_t zero;
	uint64_t size;
};

static void append(struct format_writer *w, const void *data, size_t size)
{
	if (w->failed || size == 0)
		return;
	if (size > w->room - w->size) {
		size_t room = 2 * w->room + size;
		unsigned char *larger = realloc(w->data, room);
		w->failed = !larger;
		if (!larger)
			return;
		w->data = larger;
		w->room = room;
	}
	memcpy(w->data + w->size, data, size);
	w->size += size;
}

void format_begin(struct format_writer *w, enum format_kind kind)
{
	struct header header = {.version = CHECKPOINT_VERSION, .byte_order = BYTE_ORDER_MARK, .kind = kind};
	memcpy(header.magic, FORMAT_MAGIC, sizeof(header.magic));
	*w = (struct format_writer){0};
	append(w, &header, sizeof(header));
}

void format_section(struct format_writer *w, const char *tag, const void *data, size_t size)
{
	struct section section = {.size = size};
	memcpy(section.tag, tag, sizeof(section.tag));
	append(w, &section, sizeof(section));
	append(w, data, size);
}

int format_write(struct format_writer *w, const char *path, struct err *err)
{
	int rc = w->failed ? err_set(err, ENOMEM, "%s: no memory to write it", path) : 0;
	if (rc == 0) {
		struct header header;
		memcpy(&header, w->data, sizeof(header));
		header.size = w->size - sizeof(header);
		header.hash = hash_bytes(HASH_START, w->data + sizeof(header), (size_t)header.size);
		memcpy(w->data, &header, sizeof(header));
		rc = write_file_atomically(path, w->data, w->size, err);
	}
	free(w->data);
	*w = (struct format_writer){0};
	return rc;
}

static const char *kind_found(uint32_t kind)
{
	return kind == FORMAT_AGENT	      ? "an agent without its training's state"
	       : kind == FORMAT_STATE	      ? "a training's state"
	       : kind == FORMAT_ORCHESTRATION ? "an orchestrating agent"
					      : "neither an agent nor a training's state";
}

static const char *kind_wanted(enum format_kind kind)
{
	return kind == FORMAT_AGENT   ? "the agent itself (.abm)"
	       : kind == FORMAT_STATE ? "a training's state"
				      : "an orchestrating agent (.abm)";
}

static int check_header(const struct header *h, size_t follow, enum format_kind kind, const char *name,
			struct err *err)
{
	if (memcmp(h->magic, FORMAT_MAGIC, sizeof(h->magic)) != 0)
		return err_set(err, EBADMSG, "%s is no agent: `airbatch train` writes one", name);
	if (h->byte_order != BYTE_ORDER_MARK)
		return err_set(err, EBADMSG, "%s was written on a machine of another byte order: train here",
			       name);
	if (h->version != CHECKPOINT_VERSION)
		return err_set(err, EBADMSG, "%s has version %u of the agent format, this program reads %d",
			       name, h->version, CHECKPOINT_VERSION);
	if (h->kind != (uint32_t)kind)
		return err_set(err, EBADMSG, "%s is %s: %s is wanted", name, kind_found(h->kind),
			       kind_wanted(kind));
	if (h->size != follow)
		return err_set(err, EBADMSG,
			       "%s is %s: %zu bytes follow its header, it was written with %llu", name,
			       follow < h->size ? "truncated" : "longer than written", follow,
			       (unsigned long long)h->size);
	return 0;
}

int format_open(struct format_reader *r, const void *data, size_t size, enum format_kind kind,
		const char *name, struct err *err)
{
	struct header h;
	if (size < sizeof(h))
		return err_set(err, EBADMSG, "%s is no agent: it has %zu bytes, less than the header", name,
			       size);
	memcpy(&h, data, sizeof(h));
	const unsigned char *sections = (const unsigned char *)data + sizeof(h);
	int rc = check_header(&h, size - sizeof(h), kind, name, err);
	if (rc < 0)
		return rc;
	if (h.zero != 0 || hash_bytes(HASH_START, sections, size - sizeof(h)) != h.hash)
		return err_set(err, EBADMSG,
			       "%s is damaged: its checksum does not fit; train or copy it again", name);
	*r = (struct format_reader){sections, size - sizeof(h), name, err};
	return 0;
}

int format_find(const struct format_reader *r, const char *tag, size_t wanted, const void **data,
		size_t *size)
{
	size_t at = 0;
	while (r->size - at >= sizeof(struct section)) {
		struct section section;
		memcpy(&section, r->data + at, sizeof(section));
		at += sizeof(section);
		if (section.size > r->size - at)
			return err_set(r->err, EBADMSG, "%s: section %.4s ends beyond the file", r->name,
				       section.tag);
		if (memcmp(section.tag, tag, sizeof(section.tag)) == 0) {
			if (wanted != SIZE_MAX && section.size != wanted)
				return err_set(r->err, EBADMSG, "%s: section %s has %llu bytes, not %zu",
					       r->name, tag, (unsigned long long)section.size, wanted);
			*data = r->data + at;
			*size = (size_t)section.size;
			return 0;
		}
		at += (size_t)section.size;
	}
	return err_set(r->err, EBADMSG, "%s has no section %s", r->name, tag);
}

int format_copy(const struct format_reader *r, const char *tag, void *out, size_t size)
{
	const void *data = NULL;
	int rc = format_find(r, tag, size, &data, &size);
	if (rc == 0 && data && size > 0)
		memcpy(out, data, size);
	return rc;
}

int format_floats(const struct format_reader *r, const char *tag, float *out, size_t n)
{
	int rc = format_copy(r, tag, out, n * sizeof(float));
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (!isfinite(out[i]))
			rc = err_set(r->err, EBADMSG, "%s: value %zu of section %s is not finite", r->name, i,
				     tag);
	return rc;
}
