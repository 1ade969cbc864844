// SPDX-License-Identifier: BSD-3-Clause
// Pictures to classify, drawn, not recorded: one of the twelve free pentominoes (five squares joined by their
// sides; Golomb 1954) in any place, size, turn and mirror image, in one colour on a slope of another, with
// specks and noise. All twelve cover the same area and have the same edges and corners nearby, so that a
// network must see the whole piece to name it. Whole numbers and base/rng.h only: seed and index give the
// same bytes everywhere.
#pragma once

#include <stdint.h>

enum {
	PENTOMINO_CLASSES = 12,
	PENTOMINO_SIDE = 32, // pixels, both ways
	PENTOMINO_BYTES = PENTOMINO_SIDE * PENTOMINO_SIDE * 3,
};

// The classes' letters by class, "FILNPTUVWXYZ".
extern const char pentomino_letters[PENTOMINO_CLASSES + 1];

// Picture number `index` of a seed: [row][column][red, green, blue], PENTOMINO_BYTES. Returns its class.
int pentomino_draw(uint64_t seed, uint64_t index, uint8_t *picture);
