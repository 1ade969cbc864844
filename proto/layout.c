// SPDX-License-Identifier: BSD-3-Clause
#include "proto/layout.h"

#include <string.h>

static const struct {
	uint8_t wire_bytes, member_bytes;
	const char *name;
} kinds[] = {
    [LAYOUT_FIXED8] = {1, 0, "uint8"},	 [LAYOUT_FIXED16] = {2, 0, "uint16"},
    [LAYOUT_FIXED32] = {4, 0, "uint32"}, [LAYOUT_UINT8] = {1, 4, "uint8"},
    [LAYOUT_UINT32] = {4, 4, "uint32"},	 [LAYOUT_UINT64] = {8, 8, "uint64"},
    [LAYOUT_INT64] = {8, 8, "int64"},	 [LAYOUT_DOUBLE] = {8, 8, "double"},
};

size_t layout_size(const struct layout *layout)
{
	size_t size = 0;
	for (size_t i = 0; i < layout->n_fields; i++)
		size += kinds[layout->fields[i].kind].wire_bytes;
	return size;
}

static uint64_t load(const void *member, size_t bytes)
{
	uint32_t four;
	uint64_t eight;
	if (bytes == sizeof(eight)) {
		memcpy(&eight, member, sizeof(eight));
		return eight;
	}
	memcpy(&four, member, sizeof(four));
	return four;
}

static void store(void *member, size_t bytes, uint64_t value)
{
	uint32_t four = (uint32_t)value;
	memcpy(member, bytes == sizeof(four) ? (const void *)&four : &value, bytes);
}

void layout_put(const struct layout *layout, uint8_t *out, const void *from)
{
	for (size_t i = 0; i < layout->n_fields; i++) {
		const struct layout_field *field = &layout->fields[i];
		size_t bytes = kinds[field->kind].member_bytes;
		uint64_t value = bytes ? load((const char *)from + field->member, bytes) : field->fixed;
		for (int k = 0; k < kinds[field->kind].wire_bytes; k++)
			*out++ = (uint8_t)(value >> 8 * k);
	}
}

void layout_get(const struct layout *layout, const uint8_t *in, void *to)
{
	for (size_t i = 0; i < layout->n_fields; i++) {
		const struct layout_field *field = &layout->fields[i];
		uint64_t value = 0;
		for (int k = 0; k < kinds[field->kind].wire_bytes; k++)
			value |= (uint64_t)*in++ << 8 * k;
		if (kinds[field->kind].member_bytes)
			store((char *)to + field->member, kinds[field->kind].member_bytes, value);
	}
}

void layout_each(const struct layout *layout, layout_reader *each, void *user)
{
	size_t offset = 0;
	for (size_t i = 0; i < layout->n_fields; i++) {
		const struct layout_field *field = &layout->fields[i];
		size_t bytes = kinds[field->kind].wire_bytes;
		each(field, offset, bytes, kinds[field->kind].name, user);
		offset += bytes;
	}
}

struct printing {
	const struct layout *layout;
	FILE *out;
};

static void print_field(const struct layout_field *field, size_t offset, size_t bytes, const char *type,
			void *user)
{
	const struct printing *p = user;
	fprintf(p->out, "| %zu | %zu | %s | `%s%s` | %s |\n", offset, bytes, type, p->layout->prefix,
		field->name, field->doc);
}

void layout_print(const struct layout *layout, FILE *out)
{
	struct printing printing = {layout, out};
	fputs("| offset | bytes | type | in Wireshark | what |\n|---|---|---|---|---|\n", out);
	layout_each(layout, print_field, &printing);
}
