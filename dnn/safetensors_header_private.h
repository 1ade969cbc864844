// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: the JSON header of a safetensors file.
#pragma once

#include <stdbool.h>
#include "dnn/safetensors.h"

struct safetensors_header {
	const char *where;
	const char *text;
	size_t length;
	const unsigned char *body; // the tensors' bytes
	size_t body_size;
	struct err *err;
};

// Allocates the tensors that the header lists, each within the body by itself. They may overlap.
int header_read(const struct safetensors_header *h, struct safetensor **tensors, int *n);
void header_free_tensors(struct safetensor *tensors, int n);

// Writes the header of tensors that lie one behind the other: its 8 bytes of length included, padded with
// spaces to a multiple of 8. NULL when out of memory; the caller frees.
char *header_write(const struct safetensor *tensors, int n, size_t *size);

// Bytes of the values as stored.
size_t safetensor_bytes(const struct safetensor *t);
