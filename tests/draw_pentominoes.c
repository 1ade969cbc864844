// SPDX-License-Identifier: BSD-3-Clause
// draw-pentominoes SEED FIRST COUNT: writes pictures (dnn/pentominoes.h) to standard output, for
// scripts/train-pentominoes: a record is a byte with the class, then PENTOMINO_BYTES of the picture.
#include <stdio.h>
#include <stdlib.h>

#include "dnn/pentominoes.h"

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: %s SEED FIRST COUNT > FILE\n", argv[0]);
		return 2;
	}
	uint64_t seed = strtoull(argv[1], NULL, 10), first = strtoull(argv[2], NULL, 10),
		 count = strtoull(argv[3], NULL, 10);
	uint8_t record[1 + PENTOMINO_BYTES];
	for (uint64_t i = first; i < first + count; i++) {
		record[0] = (uint8_t)pentomino_draw(seed, i, record + 1);
		if (fwrite(record, sizeof(record), 1, stdout) != 1) {
			perror("draw-pentominoes");
			return 1;
		}
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
