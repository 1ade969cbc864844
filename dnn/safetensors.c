// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/safetensors.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dnn/half.h"
#include "dnn/hash.h"
#include "dnn/safetensors_header_private.h"

struct safetensors {
	char *where;
	const unsigned char *bytes; // the whole file
	size_t size;
	bool is_mapped;
	struct safetensor *tensor; // [n], sorted by offset
	int n;
};

static int by_offset(const void *a, const void *b)
{
	const struct safetensor *s = a, *t = b;
	if (s->data != t->data)
		return s->data < t->data ? -1 : 1;
	return (s->values > t->values) - (s->values < t->values); // empty ones first
}

// Tensors must fill the bytes behind the header: neither shared nor unclaimed bytes.
static int check_layout(const struct safetensors *file, const unsigned char *body, size_t size,
			struct err *err)
{
	const unsigned char *end = body;
	for (int i = 0; i < file->n; i++) {
		const struct safetensor *t = &file->tensor[i];
		if (t->data < end)
			return err_set(err, EINVAL, "%s: tensor %.80s: its bytes overlap those of %.80s",
				       file->where, t->name, file->tensor[i - 1].name);
		if (t->data > end)
			return err_set(err, EINVAL,
				       "%s: tensor %.80s: %zu bytes before it belong to no tensor",
				       file->where, t->name, (size_t)(t->data - end));
		end = t->data + safetensor_bytes(t);
	}
	if (end != body + size)
		return err_set(err, EINVAL, "%s: the last %zu bytes belong to no tensor", file->where,
			       (size_t)(body + size - end));
	return 0;
}

static int read_length(const struct safetensors *file, size_t *length, struct err *err)
{
	uint64_t n = 0;
	if (file->size < 8)
		return err_set(err, EINVAL, "%s: not a safetensors file: %zu bytes", file->where, file->size);
	for (int i = 7; i >= 0; i--)
		n = n << 8 | file->bytes[i];
	if (n > SAFETENSORS_MAX_HEADER)
		return err_set(
		    err, EINVAL,
		    "%s: not a safetensors file, or its header is oversized: %llu bytes, at most %d",
		    file->where, (unsigned long long)n, SAFETENSORS_MAX_HEADER);
	if (n > file->size - 8)
		return err_set(err, EINVAL, "%s: truncated: a header of %llu bytes in a file of %zu",
			       file->where, (unsigned long long)n, file->size);
	*length = (size_t)n;
	return 0;
}

static int read_tensors(struct safetensors *file, struct err *err)
{
	size_t length = 0;
	int r = read_length(file, &length, err);
	if (r < 0)
		return r;
	struct safetensors_header header = {.where = file->where,
					    .text = (const char *)file->bytes + 8,
					    .length = length,
					    .body = file->bytes + 8 + length,
					    .body_size = file->size - 8 - length,
					    .err = err};
	r = header_read(&header, &file->tensor, &file->n);
	if (r < 0)
		return r;
	if (file->n > 0)
		qsort(file->tensor, (size_t)file->n, sizeof(*file->tensor), by_offset);
	return check_layout(file, header.body, header.body_size, err);
}

static int open_bytes(struct safetensors **out, const void *bytes, size_t size, bool is_mapped,
		      const char *where, struct err *err)
{
	struct safetensors *file = calloc(1, sizeof(*file));
	if (file)
		*file = (struct safetensors){strdup(where), bytes, size, is_mapped, NULL, 0};
	if (!file || !file->where) {
		if (is_mapped)
			munmap((void *)bytes, size);
		free(file);
		return err_set(err, ENOMEM, "no memory for %s", where);
	}
	int r = read_tensors(file, err);
	if (r < 0) {
		safetensors_close(file);
		return r;
	}
	*out = file;
	return 0;
}

int safetensors_parse(struct safetensors **out, const void *data, size_t size, const char *where,
		      struct err *err)
{
	*out = NULL;
	return open_bytes(out, data, size, false, where, err);
}

int safetensors_open(struct safetensors **out, const char *path, struct err *err)
{
	*out = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a FIFO must not hold us up
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0) {
		int code = errno;
		if (fd >= 0)
			close(fd);
		return err_sys(err, code, "cannot read the weights %s", path);
	}
	bool is_file = S_ISREG(st.st_mode) && st.st_size >= 8;
	size_t size = (size_t)st.st_size;
	void *bytes = is_file ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	int code = errno;
	close(fd);
	if (!is_file)
		return err_set(err, EINVAL, "%s: not a safetensors file", path);
	if (bytes == MAP_FAILED)
		return err_sys(err, code, "cannot map the weights %s", path);
	return open_bytes(out, bytes, size, true, path, err);
}

void safetensors_close(struct safetensors *file)
{
	if (!file)
		return;
	if (file->is_mapped)
		munmap((void *)file->bytes, file->size);
	header_free_tensors(file->tensor, file->n);
	free(file->where);
	free(file);
}

const char *safetensors_where(const struct safetensors *file)
{
	return file->where;
}

int safetensors_count(const struct safetensors *file)
{
	return file->n;
}

const struct safetensor *safetensors_at(const struct safetensors *file, int i)
{
	return &file->tensor[i];
}

uint64_t safetensors_hash(const struct safetensors *file)
{
	return hash_bulk(file->bytes, file->size);
}

int safetensors_find(const struct safetensors *file, const char *name)
{
	for (int i = 0; i < file->n; i++)
		if (strcmp(file->tensor[i].name, name) == 0)
			return i;
	return -1;
}

static float stored_value(const struct safetensor *t, int64_t i)
{
	const unsigned char *b = t->data + (t->type == SAFETENSOR_F32 ? 4 : 2) * i;
	uint32_t low = (uint32_t)b[0] | (uint32_t)b[1] << 8;
	switch (t->type) {
	case SAFETENSOR_F32:
		return float_from_bits(low | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24);
	case SAFETENSOR_F16:
		return float_from_half((uint16_t)low);
	case SAFETENSOR_BF16:
		return float_from_bits(low << 16);
	}
	return 0;
}

int safetensors_read(const struct safetensors *file, const struct safetensor *tensor, float *out,
		     struct err *err)
{
	for (int64_t i = 0; i < tensor->values; i++) {
		out[i] = stored_value(tensor, i);
		if (!isfinite(out[i]))
			return err_set(err, EINVAL, "%s: tensor %.80s: value %lld is %s", file->where,
				       tensor->name, (long long)i, isnan(out[i]) ? "NaN" : "infinite");
	}
	return 0;
}
