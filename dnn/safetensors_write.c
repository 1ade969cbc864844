// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdlib.h>

#include "base/cache.h"
#include "dnn/safetensors_header_private.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "values are written as they lie in memory");

int safetensors_write(const struct safetensor *tensor, int n, const char *path, struct err *err)
{
	size_t header_size = 0, body_size = 0;
	for (int i = 0; i < n; i++)
		body_size += safetensor_bytes(&tensor[i]);
	char *header = header_write(tensor, n, &header_size);
	if (!header)
		return err_set(err, ENOMEM, "no memory to write %s", path);
	const struct iovec parts[] = {{header, header_size},
				      {(void *)(n > 0 ? tensor[0].data : NULL), body_size}};
	int r = write_parts_atomically(path, parts, 2, err);
	free(header);
	return r;
}
