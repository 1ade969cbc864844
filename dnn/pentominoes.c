// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/pentominoes.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/rng.h"

const char pentomino_letters[PENTOMINO_CLASSES + 1] = "FILNPTUVWXYZ";

enum {
	UNIT = 48,   // places are in 1/48 of a pixel
	SAMPLES = 3, // of a pixel, each way
	SLOPE = 32,  // turns by 2 atan(k / SLOPE): sines are ratios of whole numbers
	MOST_SPECKS = 6,
	CHANNELS = 3,
};

struct piece {
	int height, width;
	const char *cells; // '#' = a square, row by row
};

static const struct piece pieces[PENTOMINO_CLASSES] = {
    {3, 3, ".####..#."}, {5, 1, "#####"},     {4, 2, "#.#.#.##"}, {4, 2, ".#.####."},
    {3, 2, "#####."},	 {3, 3, "###.#..#."}, {2, 3, "#.####"},	  {3, 3, "#..#..###"},
    {3, 3, "#..##..##"}, {3, 3, ".#.###.#."}, {4, 2, ".###.#.#"}, {3, 3, "##..#..##"},
};

// Draws in turn.
struct dice {
	struct rng_key key;
	uint64_t n;
};

static int roll(struct dice *d, int low, int high) // low..high
{
	return low + (int)(rng_uniform_at(d->key, d->n++) * (high - low + 1));
}

struct colour {
	int value[CHANNELS];
};

// A piece in its place: a point's offset from the centre, times (cosine, sine), is in units of side * length.
struct placed {
	const struct piece *piece;
	int x, y, side;		  // centre, and a square's side, in 1/UNIT
	int cosine, sine, length; // cosine^2 + sine^2 = length^2
	bool mirrored;
};

static struct placed place(struct dice *d, int class)
{
	struct placed p = {.piece = &pieces[class]};
	int k = roll(d, -13, 13), quarter = roll(d, 0, 3);
	p.cosine = SLOPE * SLOPE - k * k;
	p.sine = 2 * SLOPE * k;
	p.length = SLOPE * SLOPE + k * k;
	for (int i = 0; i < quarter; i++) {
		int cosine = p.cosine;
		p.cosine = -p.sine;
		p.sine = cosine;
	}
	p.mirrored = roll(d, 0, 1);
	p.side = roll(d, 7 * UNIT / 2, 11 * UNIT / 2);
	p.x = PENTOMINO_SIDE * UNIT / 2 + roll(d, -5 * UNIT / 2, 5 * UNIT / 2);
	p.y = PENTOMINO_SIDE * UNIT / 2 + roll(d, -5 * UNIT / 2, 5 * UNIT / 2);
	return p;
}

// Whether the piece covers the point (x, y).
static bool covers(const struct placed *p, int x, int y)
{
	int64_t dx = x - p->x, dy = y - p->y, cell = (int64_t)p->side * p->length;
	int64_t u = dx * p->cosine + dy * p->sine, v = dy * p->cosine - dx * p->sine;
	u = (p->mirrored ? -u : u) + cell * p->piece->width / 2;
	v += cell * p->piece->height / 2;
	if (u < 0 || v < 0 || u >= cell * p->piece->width || v >= cell * p->piece->height)
		return false;
	return p->piece->cells[v / cell * p->piece->width + u / cell] == '#';
}

// How many of a pixel's samples the piece covers.
static int coverage(const struct placed *p, int column, int row)
{
	int covered = 0;
	for (int i = 0; i < SAMPLES; i++)
		for (int k = 0; k < SAMPLES; k++)
			covered += covers(p, column * UNIT + (2 * k + 1) * UNIT / (2 * SAMPLES),
					  row * UNIT + (2 * i + 1) * UNIT / (2 * SAMPLES));
	return covered;
}

static void blend(int *pixel, const struct colour *colour, int part, int whole)
{
	for (int c = 0; c < CHANNELS; c++)
		pixel[c] += (colour->value[c] - pixel[c]) * part / whole;
}

static void paint_ground(struct dice *d, int (*pixel)[CHANNELS], struct colour *mean)
{
	for (int c = 0; c < CHANNELS; c++) {
		int value = mean->value[c] = roll(d, 20, 140), right = roll(d, -30, 30),
		    down = roll(d, -30, 30);
		for (int i = 0; i < PENTOMINO_SIDE * PENTOMINO_SIDE; i++)
			pixel[i][c] = value +
				      (i % PENTOMINO_SIDE - PENTOMINO_SIDE / 2) * right / PENTOMINO_SIDE +
				      (i / PENTOMINO_SIDE - PENTOMINO_SIDE / 2) * down / PENTOMINO_SIDE;
	}
}

// Lighter than the ground by 20 to 110 in every channel.
static struct colour lighter(struct dice *d, const struct colour *ground)
{
	struct colour out;
	for (int c = 0; c < CHANNELS; c++)
		out.value[c] = ground->value[c] + roll(d, 20, 110);
	return out;
}

// Round, of a radius of 1 to 2.5 pixels: in the piece's colour, or in the ground's.
static void paint_speck(struct dice *d, int (*pixel)[CHANNELS], const struct colour *colour)
{
	int x = roll(d, 0, PENTOMINO_SIDE * UNIT), y = roll(d, 0, PENTOMINO_SIDE * UNIT);
	int radius = roll(d, UNIT, 5 * UNIT / 2);
	for (int i = 0; i < PENTOMINO_SIDE * PENTOMINO_SIDE; i++) {
		int dx = i % PENTOMINO_SIDE * UNIT + UNIT / 2 - x,
		    dy = i / PENTOMINO_SIDE * UNIT + UNIT / 2 - y;
		if (dx * dx + dy * dy < radius * radius)
			blend(pixel[i], colour, 1, 1);
	}
}

static void write_noisy(struct dice *d, int (*pixel)[CHANNELS], uint8_t *picture)
{
	int noise = roll(d, 4, 30);
	for (int i = 0; i < PENTOMINO_BYTES; i++) {
		int value =
		    pixel[i / CHANNELS][i % CHANNELS] + roll(d, -noise, noise) + roll(d, -noise, noise);
		picture[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
	}
}

int pentomino_draw(uint64_t seed, uint64_t index, uint8_t *picture)
{
	struct dice d = {rng_key(seed, 0, RNG_INPUT, index), 0};
	int pixel[PENTOMINO_SIDE * PENTOMINO_SIDE][CHANNELS];
	int class = roll(&d, 0, PENTOMINO_CLASSES - 1);
	struct placed p = place(&d, class);
	struct colour ground, colour;
	paint_ground(&d, pixel, &ground);
	colour = lighter(&d, &ground);
	int behind = roll(&d, 0, MOST_SPECKS), before = roll(&d, 0, MOST_SPECKS / 2);
	for (int i = 0; i < behind; i++)
		paint_speck(&d, pixel, &colour);
	for (int i = 0; i < PENTOMINO_SIDE * PENTOMINO_SIDE; i++)
		blend(pixel[i], &colour, coverage(&p, i % PENTOMINO_SIDE, i / PENTOMINO_SIDE),
		      SAMPLES * SAMPLES);
	for (int i = 0; i < before; i++)
		paint_speck(&d, pixel, &ground);
	write_noisy(&d, pixel, picture);
	return class;
}
