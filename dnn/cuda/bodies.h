// SPDX-License-Identifier: BSD-3-Clause
// What one item of a kernel computes, in the common subset of C and CUDA. Included once a precision by
// kernels.cu (for the GPU) and by the tests (for the host), with
//   REAL          the type of stored values; LOAD(x), STORE(x) convert it to and from float
//   REAL4         four of them, aligned
//   BODY(name)    the name with the precision's suffix
//   DEVICE        what stands before a function
// Sums are kept in float.

DEVICE float BODY(activated)(const struct kernel_args *a, float x)
{
	switch (a->activation) {
	case ACTIVATION_RELU:
		return x < 0 ? 0 : x;
	case ACTIVATION_RELU6:
		return x < 0 ? 0 : x > 6 ? 6 : x;
	case ACTIVATION_SIGMOID:
		return 1.0f / (1.0f + expf(-x));
	case ACTIVATION_HARD_SWISH:
		return x * fminf(fmaxf(x + 3.0f, 0), 6.0f) / 6.0f;
	case ACTIVATION_SILU:
		return x / (1.0f + expf(-x));
	case ACTIVATION_TANH:
		return tanhf(x);
	case ACTIVATION_LEAKY_RELU:
		return x < 0 ? a->alpha * x : x;
	case ACTIVATION_ELU:
		return x < 0 ? a->alpha * expm1f(x) : x;
	case ACTIVATION_CLIP:
		return fminf(fmaxf(x, a->alpha), a->beta);
	case ACTIVATION_HARD_SIGMOID:
		return fminf(fmaxf(a->alpha * x + a->beta, 0), 1.0f);
	default:
		return x;
	}
}

// Where an item's output lies: image, position and first channel.
struct BODY(spot) {
	int image, y, x, channel;
};

// Items are counted in 32 bits here: a GPU divides those many times faster than 64.
DEVICE struct BODY(spot) BODY(spot_of)(const struct kernel_args *a, int64_t item)
{
	struct BODY(spot) s;
	uint32_t i = (uint32_t)item, channels = (uint32_t)(a->out.channels / a->vector);
	s.channel = (int)(i % channels) * a->vector;
	i /= channels;
	s.x = (int)(i % (uint32_t)a->out.width);
	i /= (uint32_t)a->out.width;
	s.y = (int)(i % (uint32_t)a->out.height);
	s.image = (int)(i / (uint32_t)a->out.height);
	return s;
}

DEVICE int64_t BODY(position)(struct shape t, int image, int y, int x)
{
	return (((int64_t)image * t.height + y) * t.width + x) * t.channels;
}

// The input pixel under a kernel's row ky and column kx for the output position of s; NULL = padding.
DEVICE const REAL *BODY(pixel_under)(const struct kernel_args *a, const struct BODY(spot) * s, int ky, int kx)
{
	int y = s->y * a->stride.y - a->pad.y + ky * a->dilation.y;
	int x = s->x * a->stride.x - a->pad.x + kx * a->dilation.x;
	if (y < 0 || y >= a->in.height || x < 0 || x >= a->in.width)
		return NULL;
	return (const REAL *)a->src + BODY(position)(a->in, s->image, y, x);
}

// fminf would return the limit for NaN and so hide that something went wrong.
DEVICE float BODY(clipped)(float x, float clip)
{
	return x > clip ? clip : x;
}

DEVICE void BODY(load)(const REAL *p, int vector, float clip, float *v)
{
	if (vector == 4) {
		REAL4 four = *(const REAL4 *)(const void *)p;
		for (int j = 0; j < 4; j++)
			v[j] = BODY(clipped)(LOAD(four.v[j]), clip);
	} else {
		v[0] = BODY(clipped)(LOAD(p[0]), clip);
	}
}

DEVICE void BODY(store)(REAL *p, int vector, const float *v)
{
	if (vector == 4) {
		REAL4 four;
		for (int j = 0; j < 4; j++)
			four.v[j] = STORE(v[j]);
		*(REAL4 *)(void *)p = four;
	} else {
		p[0] = STORE(v[0]);
	}
}

DEVICE void BODY(finish)(const struct kernel_args *a, int64_t at, int vector, float *v)
{
	REAL *dst = (REAL *)a->dst + at;
	for (int j = 0; j < vector; j++) {
		if (a->accumulate)
			v[j] += LOAD(dst[j]);
		v[j] = BODY(activated)(a, v[j]);
	}
	BODY(store)(dst, vector, v);
}

DEVICE void BODY(depthwise)(const struct kernel_args *a, int64_t i)
{
	struct BODY(spot) s = BODY(spot_of)(a, i);
	const REAL *weight = (const REAL *)a->weight + s.channel;
	float sum[4] = {0, 0, 0, 0}, value[4], w[4];
	if (a->bias)
		BODY(load)((const REAL *)a->bias + s.channel, a->vector, NO_CLIP, sum);
	for (int ky = 0; ky < a->kernel.y; ky++) {
		for (int kx = 0; kx < a->kernel.x; kx++, weight += a->in.channels) {
			const REAL *pixel = BODY(pixel_under)(a, &s, ky, kx);
			if (!pixel)
				continue;
			BODY(load)(pixel + s.channel, a->vector, a->clip, value);
			BODY(load)(weight, a->vector, NO_CLIP, w);
			for (int j = 0; j < a->vector; j++)
				sum[j] += value[j] * w[j];
		}
	}
	BODY(finish)(a, BODY(position)(a->out, s.image, s.y, s.x) + s.channel, a->vector, sum);
}

DEVICE void BODY(pool)(const struct kernel_args *a, int64_t i)
{
	struct BODY(spot) s = BODY(spot_of)(a, i);
	float start = a->maximum ? -INFINITY : 0, value[4];
	float result[4] = {start, start, start, start};
	int inside = 0;
	for (int ky = 0; ky < a->kernel.y; ky++) {
		for (int kx = 0; kx < a->kernel.x; kx++) {
			const REAL *pixel = BODY(pixel_under)(a, &s, ky, kx);
			if (!pixel)
				continue;
			BODY(load)(pixel + s.channel, a->vector, a->clip, value);
			inside++;
			for (int j = 0; j < a->vector; j++)
				result[j] = a->maximum ? fmaxf(result[j], value[j]) : result[j] + value[j];
		}
	}
	int divisor = a->maximum ? 1 : a->count_padding ? a->kernel.y * a->kernel.x : inside;
	for (int j = 0; j < a->vector; j++)
		result[j] /= (float)divisor;
	REAL *dst = (REAL *)a->dst + BODY(position)(a->out, s.image, s.y, s.x) + s.channel;
	BODY(store)(dst, a->vector, result);
}

// Item: `vector` channels under one kernel position of one output position; items are in the order of
// dst's values.
DEVICE void BODY(im2col)(const struct kernel_args *a, int64_t i)
{
	uint32_t channels = (uint32_t)(a->in.channels / a->vector), rest = (uint32_t)i / channels;
	int channel = (int)((uint32_t)i % channels) * a->vector;
	int kx = (int)(rest % (uint32_t)a->kernel.x);
	rest /= (uint32_t)a->kernel.x;
	int ky = (int)(rest % (uint32_t)a->kernel.y);
	rest /= (uint32_t)a->kernel.y;
	struct BODY(spot) s;
	s.x = (int)(rest % (uint32_t)a->out.width);
	rest /= (uint32_t)a->out.width;
	s.y = (int)(rest % (uint32_t)a->out.height);
	s.image = (int)(rest / (uint32_t)a->out.height);
	const REAL *pixel = BODY(pixel_under)(a, &s, ky, kx);
	float value[4] = {0, 0, 0, 0};
	if (pixel)
		BODY(load)(pixel + channel, a->vector, a->clip, value);
	BODY(store)((REAL *)a->dst + i * a->vector, a->vector, value);
}

// What one kernel position adds to output channel o.
DEVICE float BODY(conv_tap)(const struct kernel_args *a, const REAL *pixel, int tap, int o)
{
	int ci = a->in.channels / a->groups, group = o / (a->out.channels / a->groups);
	const REAL *weight = (const REAL *)a->weight + (int64_t)tap * ci * a->out.channels + o;
	float sum = 0;
	for (int c = 0; c < ci; c++)
		sum += BODY(clipped)(LOAD(pixel[group * ci + c]), a->clip) *
		       LOAD(weight[(int64_t)c * a->out.channels]);
	return sum;
}

DEVICE void BODY(conv)(const struct kernel_args *a, int64_t i)
{
	struct BODY(spot) s = BODY(spot_of)(a, i);
	float sum = a->bias ? LOAD(((const REAL *)a->bias)[s.channel]) : 0;
	for (int ky = 0; ky < a->kernel.y; ky++) {
		for (int kx = 0; kx < a->kernel.x; kx++) {
			const REAL *pixel = BODY(pixel_under)(a, &s, ky, kx);
			if (pixel)
				sum += BODY(conv_tap)(a, pixel, ky * a->kernel.x + kx, s.channel);
		}
	}
	BODY(finish)(a, BODY(position)(a->out, s.image, s.y, s.x) + s.channel, 1, &sum);
}

DEVICE void BODY(add)(const struct kernel_args *a, int64_t i)
{
	float x = BODY(clipped)(LOAD(((const REAL *)a->src)[i]), a->clip);
	float y = BODY(clipped)(LOAD(((const REAL *)a->addend)[i]), a->clip_addend);
	((REAL *)a->dst)[i] = STORE(BODY(activated)(a, x + y));
}

DEVICE void BODY(multiply)(const struct kernel_args *a, int64_t i)
{
	int64_t channels = a->in.channels, factor = i / channels / a->positions * channels + i % channels;
	float x = BODY(clipped)(LOAD(((const REAL *)a->src)[i]), a->clip);
	float y = BODY(clipped)(LOAD(((const REAL *)a->addend)[factor]), a->clip_addend);
	((REAL *)a->dst)[i] = STORE(BODY(activated)(a, x * y));
}

DEVICE void BODY(activate)(const struct kernel_args *a, int64_t i)
{
	float x = BODY(clipped)(LOAD(((const REAL *)a->src)[i]), a->clip);
	((REAL *)a->dst)[i] = STORE(BODY(activated)(a, x));
}

DEVICE void BODY(concat)(const struct kernel_args *a, int64_t i)
{
	int64_t at = i / a->in.channels * a->out.channels + a->channel + i % a->in.channels;
	((REAL *)a->dst)[at] = STORE(BODY(clipped)(LOAD(((const REAL *)a->src)[i]), a->clip));
}

DEVICE void BODY(slice)(const struct kernel_args *a, int64_t i)
{
	uint32_t rest = (uint32_t)i, channels = (uint32_t)a->out.channels;
	int channel = (int)(rest % channels) + a->channel;
	rest /= channels;
	int x = (int)(rest % (uint32_t)a->out.width);
	rest /= (uint32_t)a->out.width;
	int y = (int)(rest % (uint32_t)a->out.height) + a->row;
	int64_t image = rest / (uint32_t)a->out.height;
	const REAL *src = (const REAL *)a->src;
	((REAL *)a->dst)[i] = src[((image * a->in.height + y) * a->in.width + x) * a->in.channels + channel];
}

DEVICE void BODY(stack)(const struct kernel_args *a, int64_t i)
{
	int64_t row = (int64_t)a->in.width * a->in.channels, values = row * a->in.height;
	int64_t image = (uint32_t)i / (uint32_t)values;
	int64_t at = (image * a->out.height + a->row) * row + i - image * values;
	((REAL *)a->dst)[at] = ((const REAL *)a->src)[i];
}

// Softmax is a position's, in three passes of SOFTMAX_LANES threads that share out its channels; between the
// passes the lanes' results are combined.
DEVICE float BODY(softmax_largest)(const struct kernel_args *a, int64_t i, int lane)
{
	const REAL *x = (const REAL *)a->src + i * a->in.channels;
	float largest = -INFINITY;
	for (int c = lane; c < a->in.channels; c += SOFTMAX_LANES)
		largest = fmaxf(largest, BODY(clipped)(LOAD(x[c]), a->clip));
	return largest;
}

DEVICE float BODY(softmax_sum)(const struct kernel_args *a, int64_t i, int lane, float largest)
{
	const REAL *x = (const REAL *)a->src + i * a->in.channels;
	float sum = 0;
	for (int c = lane; c < a->in.channels; c += SOFTMAX_LANES)
		sum += expf(BODY(clipped)(LOAD(x[c]), a->clip) - largest);
	return sum;
}

DEVICE void BODY(softmax_write)(const struct kernel_args *a, int64_t i, int lane, float largest, float sum)
{
	const REAL *x = (const REAL *)a->src + i * a->in.channels;
	REAL *dst = (REAL *)a->dst + i * a->in.channels;
	for (int c = lane; c < a->in.channels; c += SOFTMAX_LANES)
		dst[c] = STORE(expf(BODY(clipped)(LOAD(x[c]), a->clip) - largest) / sum);
}
