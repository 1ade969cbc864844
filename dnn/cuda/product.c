// SPDX-License-Identifier: BSD-3-Clause
// fp32 products are computed in fp32: TF32's 10 bits would not keep what executor_tolerance promises through
// fifty layers. fp16 products accumulate in fp32, those too that are split along k into partial sums.
#include "dnn/cuda/product.h"

#include <cublasLt.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/cuda/check.h"

enum { PROPOSALS = 4, TIMED_RUNS = 3 };

// What an algorithm is chosen for.
struct shape_key {
	int64_t m, n, k, lda, ldb, ldd;
	uint32_t a_alignment, b_alignment, d_alignment; // bytes
	int accumulate, relu, bias;
};

struct product {
	struct shape_key key;
	cublasLtMatmulDesc_t operation;
	cublasLtMatrixLayout_t a, b, d;
	cublasLtMatmulAlgo_t algorithm;
	struct product *next;
};

struct products {
	cublasLtHandle_t handle;
	enum cuda_precision precision;
	void *workspace;
	size_t workspace_bytes;
	struct product *known;
	cudaEvent_t before, after;
};

static int refuse(struct err *err, const char *what, cublasStatus_t status)
{
	cudaGetLastError(); // a kernel of cublasLt's may have left it
	return err_set(err, EIO, "%s: cublasLt says %s", what, cublasLtGetStatusString(status));
}

int products_open(struct products **out, enum cuda_precision precision, int64_t workspace_bytes,
		  struct err *err)
{
	struct products *p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(err, ENOMEM, "no memory for matrix products");
	p->precision = precision;
	p->workspace_bytes = (size_t)workspace_bytes;
	cublasStatus_t s = cublasLtCreate(&p->handle);
	int r = s == CUBLAS_STATUS_SUCCESS ? 0 : refuse(err, "opening", s);
	if (r == 0)
		r = cuda_check(cudaMalloc(&p->workspace, p->workspace_bytes),
			       "a workspace for matrix products", err);
	if (r == 0)
		r = cuda_check(cudaEventCreate(&p->before), "an event", err);
	if (r == 0)
		r = cuda_check(cudaEventCreate(&p->after), "an event", err);
	if (r < 0) {
		products_close(p);
		return r;
	}
	*out = p;
	return 0;
}

static void free_product(struct product *q)
{
	if (q->operation)
		cublasLtMatmulDescDestroy(q->operation);
	if (q->a)
		cublasLtMatrixLayoutDestroy(q->a);
	if (q->b)
		cublasLtMatrixLayoutDestroy(q->b);
	if (q->d)
		cublasLtMatrixLayoutDestroy(q->d);
	free(q);
}

void products_close(struct products *p)
{
	if (!p)
		return;
	while (p->known) {
		struct product *next = p->known->next;
		free_product(p->known);
		p->known = next;
	}
	if (p->before)
		cudaEventDestroy(p->before);
	if (p->after)
		cudaEventDestroy(p->after);
	cudaFree(p->workspace);
	if (p->handle)
		cublasLtDestroy(p->handle);
	free(p);
}

// The largest power of two that divides an address, up to what cublasLt asks for at most.
static uint32_t alignment_of(const void *address)
{
	uintptr_t bits = (uintptr_t)address | 256;
	return (uint32_t)(bits & -bits);
}

static struct shape_key key_of(const struct gemm_args *g)
{
	struct shape_key key;
	memset(&key, 0, sizeof(key)); // compared as memory
	key.m = g->m;
	key.n = g->n;
	key.k = g->k;
	key.lda = g->lda;
	key.ldb = g->ldb;
	key.ldd = g->ldd;
	key.a_alignment = alignment_of(g->a);
	key.b_alignment = alignment_of(g->b);
	key.d_alignment = alignment_of(g->d);
	key.accumulate = g->accumulate;
	key.relu = g->relu;
	key.bias = g->bias != NULL;
	return key;
}

static struct product *find(const struct products *p, const struct gemm_args *g)
{
	struct shape_key key = key_of(g);
	struct product *q = p->known;
	while (q && memcmp(&q->key, &key, sizeof(key)) != 0)
		q = q->next;
	return q;
}

static cublasLtEpilogue_t epilogue_of(const struct gemm_args *g)
{
	if (g->bias)
		return g->relu ? CUBLASLT_EPILOGUE_RELU_BIAS : CUBLASLT_EPILOGUE_BIAS;
	return g->relu ? CUBLASLT_EPILOGUE_RELU : CUBLASLT_EPILOGUE_DEFAULT;
}

static cublasStatus_t set_bias(struct product *q, const void *bias)
{
	return cublasLtMatmulDescSetAttribute(q->operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias,
					      sizeof(bias));
}

static cublasStatus_t describe(const struct products *p, struct product *q, const struct gemm_args *g)
{
	cudaDataType_t type = p->precision == CUDA_FP32 ? CUDA_R_32F : CUDA_R_16F;
	cublasLtEpilogue_t epilogue = epilogue_of(g);
	cublasStatus_t s = cublasLtMatmulDescCreate(&q->operation, CUBLAS_COMPUTE_32F, CUDA_R_32F);
	if (s == CUBLAS_STATUS_SUCCESS)
		s = cublasLtMatmulDescSetAttribute(q->operation, CUBLASLT_MATMUL_DESC_EPILOGUE, &epilogue,
						   sizeof(epilogue));
	if (s == CUBLAS_STATUS_SUCCESS && g->bias)
		s = set_bias(q, g->bias);
	if (s == CUBLAS_STATUS_SUCCESS)
		s = cublasLtMatrixLayoutCreate(&q->a, type, (uint64_t)g->m, (uint64_t)g->k, g->lda);
	if (s == CUBLAS_STATUS_SUCCESS)
		s = cublasLtMatrixLayoutCreate(&q->b, type, (uint64_t)g->k, (uint64_t)g->n, g->ldb);
	if (s == CUBLAS_STATUS_SUCCESS)
		s = cublasLtMatrixLayoutCreate(&q->d, type, (uint64_t)g->m, (uint64_t)g->n, g->ldd);
	return s;
}

static cublasStatus_t run(const struct products *p, const struct product *q, const struct gemm_args *g,
			  const cublasLtMatmulAlgo_t *algorithm, cudaStream_t stream)
{
	float alpha = 1, beta = g->accumulate ? 1 : 0;
	return cublasLtMatmul(p->handle, q->operation, &alpha, g->a, q->a, g->b, q->b, &beta, g->d, q->d,
			      g->d, q->d, algorithm, p->workspace, p->workspace_bytes, stream);
}

// Milliseconds of TIMED_RUNS runs after one that does not count; INFINITY when the algorithm fails.
static float time_algorithm(const struct products *p, const struct product *q, const struct gemm_args *g,
			    const cublasLtMatmulAlgo_t *algorithm, cudaStream_t stream)
{
	if (run(p, q, g, algorithm, stream) != CUBLAS_STATUS_SUCCESS)
		return INFINITY;
	if (cudaEventRecord(p->before, stream) != cudaSuccess)
		return INFINITY;
	for (int i = 0; i < TIMED_RUNS; i++)
		if (run(p, q, g, algorithm, stream) != CUBLAS_STATUS_SUCCESS)
			return INFINITY;
	float ms = INFINITY;
	if (cudaEventRecord(p->after, stream) != cudaSuccess ||
	    cudaEventSynchronize(p->after) != cudaSuccess ||
	    cudaEventElapsedTime(&ms, p->before, p->after) != cudaSuccess)
		return INFINITY;
	return ms;
}

// What an algorithm may expect of addresses, and how it may add partial sums: in the type of computation, or
// without any. By default they may be rounded to the results' type in between.
static cublasStatus_t wish_for(cublasLtMatmulPreference_t wish, const struct shape_key *key)
{
	const struct {
		cublasLtMatmulPreferenceAttributes_t attribute;
		uint32_t value;
	} wishes[] = {{CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE},
		      {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, key->a_alignment},
		      {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, key->b_alignment},
		      {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, key->d_alignment},
		      {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, key->d_alignment}};
	cublasStatus_t s = CUBLAS_STATUS_SUCCESS;
	for (size_t i = 0; s == CUBLAS_STATUS_SUCCESS && i < sizeof(wishes) / sizeof(wishes[0]); i++)
		s = cublasLtMatmulPreferenceSetAttribute(wish, wishes[i].attribute, &wishes[i].value,
							 sizeof(wishes[i].value));
	return s;
}

static cublasStatus_t propose(const struct products *p, const struct product *q,
			      cublasLtMatmulHeuristicResult_t *proposal, int *n)
{
	cublasLtMatmulPreference_t wish;
	cublasStatus_t s = cublasLtMatmulPreferenceCreate(&wish);
	if (s != CUBLAS_STATUS_SUCCESS)
		return s;
	s = cublasLtMatmulPreferenceSetAttribute(wish, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
						 &p->workspace_bytes, sizeof(p->workspace_bytes));
	if (s == CUBLAS_STATUS_SUCCESS)
		s = wish_for(wish, &q->key);
	if (s == CUBLAS_STATUS_SUCCESS)
		s = cublasLtMatmulAlgoGetHeuristic(p->handle, q->operation, q->a, q->b, q->d, q->d, wish,
						   PROPOSALS, proposal, n);
	cublasLtMatmulPreferenceDestroy(wish);
	return s;
}

static int choose(const struct products *p, struct product *q, const struct gemm_args *g, cudaStream_t stream,
		  struct err *err)
{
	cublasLtMatmulHeuristicResult_t proposal[PROPOSALS];
	int n = 0;
	cublasStatus_t s = propose(p, q, proposal, &n);
	if (s != CUBLAS_STATUS_SUCCESS)
		return refuse(err, "choosing an algorithm", s);
	float least = INFINITY;
	for (int i = 0; i < n; i++) {
		if (proposal[i].state != CUBLAS_STATUS_SUCCESS)
			continue;
		float ms = time_algorithm(p, q, g, &proposal[i].algo, stream);
		if (ms == INFINITY)
			cudaGetLastError(); // else the next launch of a kernel would report what failed here
		if (ms < least) {
			least = ms;
			q->algorithm = proposal[i].algo;
		}
	}
	if (least == INFINITY)
		return err_set(err, EIO,
			       "none of cublasLt's %d algorithms for a product of %lld x %lld x %lld runs", n,
			       (long long)g->m, (long long)g->n, (long long)g->k);
	return 0;
}

int products_choose(struct products *p, const struct gemm_args *args, cudaStream_t stream, struct err *err)
{
	if (find(p, args))
		return 0;
	struct product *q = calloc(1, sizeof(*q));
	if (!q)
		return err_set(err, ENOMEM, "no memory for a matrix product");
	q->key = key_of(args);
	cublasStatus_t s = describe(p, q, args);
	int r = s == CUBLAS_STATUS_SUCCESS ? choose(p, q, args, stream, err) : refuse(err, "describing", s);
	if (r < 0) {
		free_product(q);
		return r;
	}
	q->next = p->known;
	p->known = q;
	return 0;
}

int products_queue(struct products *p, const struct gemm_args *args, cudaStream_t stream, struct err *err)
{
	struct product *q = find(p, args);
	if (!q)
		return err_set(err, EINVAL, "no algorithm was chosen for a product of %lld x %lld x %lld",
			       (long long)args->m, (long long)args->n, (long long)args->k);
	cublasStatus_t s = args->bias ? set_bias(q, args->bias) : CUBLAS_STATUS_SUCCESS;
	if (s == CUBLAS_STATUS_SUCCESS)
		s = run(p, q, args, &q->algorithm, stream);
	return s == CUBLAS_STATUS_SUCCESS ? 0 : refuse(err, "a matrix product", s);
}

size_t products_version(void)
{
	return cublasLtGetVersion();
}
