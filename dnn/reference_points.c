// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/reference_points.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/points/points.h"

static float *round_all(const double *in, int64_t n)
{
	float *out = malloc(sizeof(float) * (size_t)n);
	for (int64_t i = 0; out && i < n; i++)
		out[i] = (float)in[i];
	return out;
}

static void slice(const struct layer *l, const double *in, double *out)
{
	for (int y = 0; y < l->out.height; y++)
		for (int x = 0; x < l->out.width; x++)
			for (int c = 0; c < l->out.channels; c++)
				*out++ = in[((int64_t)(l->first_row + y) * l->in.width + x) * l->in.channels +
					    l->first_channel + c];
}

static void stack(const struct layer *l, const struct shape from[], const double *const in[], double *out)
{
	for (int i = 0; i < l->n_inputs; i++)
		for (int64_t k = 0; k < shape_values(from[i]); k++)
			*out++ = in[i][k];
}

static float squared_distance(const float *a, const float *b, int channels)
{
	float sum = 0;
	for (int c = 0; c < channels; c++) {
		float d = a[c] - b[c];
		sum += d * d;
	}
	return sum;
}

static int sample(const struct layer *l, const double *in, double *out)
{
	int n = l->in.height, channels = l->in.channels, used = l->by_feature ? channels : POSITION_CHANNELS;
	float *points = round_all(in, shape_values(l->in)), *nearest = malloc(sizeof(float) * (size_t)n);
	int picked = 0;
	for (int i = 0; points && nearest && i < n; i++)
		nearest[i] = INFINITY;
	for (int k = 0; points && nearest && k < l->out.height; k++) {
		memcpy(out + (int64_t)k * POSITION_CHANNELS, in + (int64_t)picked * channels,
		       sizeof(double) * POSITION_CHANNELS);
		const float *from = points + (int64_t)picked * channels;
		for (int i = 0; i < n; i++) {
			float d = squared_distance(points + (int64_t)i * channels, from, used);
			nearest[i] = d < nearest[i] ? d : nearest[i];
		}
		picked = 0;
		for (int i = 1; i < n; i++)
			if (nearest[i] > nearest[picked])
				picked = i;
	}
	int r = points && nearest ? 0 : -ENOMEM;
	free(points);
	free(nearest);
	return r;
}

// The samples of one centre: [samples][channels].
static void group_ball(const struct layer *l, const double *in, const float *points, const double *at,
		       double *out)
{
	int channels = l->in.channels, samples = l->out.width, found = 0;
	float limit = l->radius_m * l->radius_m, centre[POSITION_CHANNELS];
	for (int c = 0; c < POSITION_CHANNELS; c++)
		centre[c] = (float)at[c];
	for (int i = 0; i < l->in.height && found < samples; i++) {
		if (!(squared_distance(points + (int64_t)i * channels, centre, POSITION_CHANNELS) < limit))
			continue;
		double *row = out + (int64_t)found++ * channels;
		for (int c = 0; c < channels; c++)
			row[c] = in[(int64_t)i * channels + c] - (c < POSITION_CHANNELS ? at[c] : 0);
	}
	for (int64_t k = (int64_t)found * channels; k < (int64_t)samples * channels; k++)
		out[k] = found ? out[k % channels] : 0; // the first sample again
}

static int group(const struct layer *l, const struct shape *centres, const double *const in[], double *out)
{
	float *points = round_all(in[0], shape_values(l->in));
	int64_t ball = (int64_t)l->out.width * l->out.channels;
	for (int i = 0; points && i < l->out.height; i++)
		group_ball(l, in[0], points, in[1] + (int64_t)i * centres->channels, out + i * ball);
	int r = points ? 0 : -ENOMEM;
	free(points);
	return r;
}

static void vote(const struct layer *l, const struct shape *positions, const double *const in[], double *out)
{
	for (int i = 0; i < l->out.height; i++)
		for (int c = 0; c < POSITION_CHANNELS; c++) {
			double limit = (double)l->limit_m[c],
			       shift = in[0][(int64_t)i * POSITION_CHANNELS + c];
			shift = fmin(fmax(shift, -limit), limit);
			// rounded: balls around it are selections
			out[(int64_t)i * POSITION_CHANNELS + c] =
			    (double)(float)(in[1][(int64_t)i * positions->channels + c] + shift);
		}
}

// The rule is in one place (points/nms.c; its judge is a brute force in the tests), the operands rounded
// here.
static int nms(const struct layer *l, const struct shape *positions, const double *const in[], double *out)
{
	int64_t values = shape_values(l->out);
	float *predictions = round_all(in[0], values), *at = round_all(in[1], shape_values(*positions));
	float *rows = malloc(sizeof(float) * (size_t)values);
	int r = predictions && at && rows ? suppress_overlaps(predictions, at, positions->channels,
							      l->out.height, l->overlap, l->max_boxes, rows)
					  : -ENOMEM;
	for (int64_t i = 0; r >= 0 && i < values; i++)
		out[i] = (double)rows[i];
	free(predictions);
	free(at);
	free(rows);
	return r < 0 ? r : 0;
}

int reference_points(const struct layer *l, const struct shape from[], const double *const in[], double *out)
{
	switch ((int)l->kind) {
	case LAYER_SLICE:
		slice(l, in[0], out);
		return 0;
	case LAYER_STACK:
		stack(l, from, in, out);
		return 0;
	case LAYER_SAMPLE:
		return sample(l, in[0], out);
	case LAYER_GROUP:
		return group(l, &from[1], in, out);
	case LAYER_VOTE:
		vote(l, &from[1], in, out);
		return 0;
	default:
		return nms(l, &from[1], in, out);
	}
}
