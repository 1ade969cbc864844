// SPDX-License-Identifier: BSD-3-Clause
// The product itself, and the algorithms proposed for it: they compute the same and differ in what they ask
// of addresses and workspace, and in whether they work.
#include <string.h>

#include "blas.h"
#include "kernels.h"
#include "memory.h"
#include "queue.h"

enum algorithm_word { WORD_MARK, WORD_PROBLEM, WORD_WORKSPACE, WORD_ALIGNMENT, WORD_WORKS };
#define MARK 0x61697262u

static const struct algorithm {
	uint64_t workspace_bytes;
	uint32_t alignment;
	bool works;
} algorithms[] = {{4 << 20, 256, true}, {0, 16, true}, {0, 16, false}, {1 << 20, 4, true}, {0, 2, true}};

enum { N_ALGORITHMS = sizeof(algorithms) / sizeof(algorithms[0]) };

struct product_call {
	enum cuda_precision precision;
	struct gemm_args args;
	float *workspace;
	uint64_t workspace_bytes;
};

// FNV-1a over what an algorithm is proposed for.
static uint64_t problem_of(const struct cublasLtMatmulDescOpaque *desc,
			   const cublasLtMatrixLayout_t layout[4])
{
	uint64_t hash = 0xcbf29ce484222325u ^ (uint64_t)desc->epilogue;
	for (int i = 0; i < 4; i++) {
		uint64_t word[] = {layout[i]->type, layout[i]->rows, layout[i]->columns,
				   (uint64_t)layout[i]->leading_dimension};
		for (int k = 0; k < 4; k++)
			hash = (hash ^ word[k]) * 0x100000001b3u;
	}
	return hash;
}

// A is m x k, B k x n, C and D m x n, all of one type, which the sums' type fits.
static bool fits(const struct cublasLtMatmulDescOpaque *desc, const cublasLtMatrixLayout_t l[4])
{
	bool types = desc->compute == CUBLAS_COMPUTE_32F && desc->scale == CUDA_R_32F;
	for (int i = 1; i < 4; i++)
		types = types && l[i]->type == l[0]->type;
	return types && l[0]->columns == l[1]->rows && l[3]->rows == l[0]->rows &&
	       l[3]->columns == l[1]->columns && l[2]->rows == l[3]->rows && l[2]->columns == l[3]->columns &&
	       l[2]->leading_dimension == l[3]->leading_dimension;
}

static uint32_t least_alignment(const struct cublasLtMatmulPreferenceOpaque *p)
{
	uint32_t least = p->alignment[0];
	for (int i = 1; i < 4; i++)
		least = p->alignment[i] < least ? p->alignment[i] : least;
	return least;
}

// Whether an algorithm could store partial sums in fp16.
static bool rounds_partial_sums(cublasLtMatrixLayout_t d, cublasLtMatmulPreference_t preference)
{
	return d->type == CUDA_R_16F &&
	       (preference->reduction_schemes &
		(CUBLASLT_REDUCTION_SCHEME_INPLACE | CUBLASLT_REDUCTION_SCHEME_OUTPUT_TYPE));
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t handle, cublasLtMatmulDesc_t desc,
					      cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
					      cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
					      cublasLtMatmulPreference_t preference, int wanted,
					      cublasLtMatmulHeuristicResult_t result[], int *n)
{
	const cublasLtMatrixLayout_t layout[4] = {a, b, c, d};
	cublasStatus_t s = blas_enter();
	if (s == CUBLAS_STATUS_SUCCESS && (!handle || !fits(desc, layout)))
		s = CUBLAS_STATUS_INVALID_VALUE;
	if (s == CUBLAS_STATUS_SUCCESS && rounds_partial_sums(d, preference)) {
		misuse("an algorithm that may round partial sums to fp16 is asked for");
		s = CUBLAS_STATUS_INVALID_VALUE;
	}
	*n = 0;
	if (wanted > stand_in.proposals)
		wanted = stand_in.proposals;
	for (int i = 0; s == CUBLAS_STATUS_SUCCESS && i < N_ALGORITHMS && *n < wanted; i++) {
		const struct algorithm *g = &algorithms[i];
		if (g->alignment > least_alignment(preference) ||
		    g->workspace_bytes > preference->workspace_bytes)
			continue;
		result[*n] = (cublasLtMatmulHeuristicResult_t){
		    .algo.data = {MARK, problem_of(desc, layout), g->workspace_bytes, g->alignment, g->works},
		    .workspaceSize = g->workspace_bytes,
		    .state = CUBLAS_STATUS_SUCCESS};
		++*n;
	}
	return blas_leave(s == CUBLAS_STATUS_SUCCESS && *n == 0 ? CUBLAS_STATUS_NOT_SUPPORTED : s);
}

// Whatever an algorithm may write to its workspace.
static void run_product(void *arguments)
{
	const struct product_call *c = arguments;
	memset(c->workspace, 0xff, c->workspace_bytes < 4096 ? c->workspace_bytes : 4096);
	if (host_product(c->precision, &c->args) < 0)
		stand_in.broken = true;
}

static bool aligned(const void *address, uint64_t alignment)
{
	return (uintptr_t)address % alignment == 0;
}

static bool matrix_is_there(const void *address, cublasLtMatrixLayout_t l)
{
	size_t value = l->type == CUDA_R_32F ? 4 : 2;
	int64_t values = ((int64_t)l->columns - 1) * l->leading_dimension + (int64_t)l->rows;
	return memory_is_device(address, (size_t)values * value);
}

// What cublasLt would read or write wrongly, or refuse.
static cublasStatus_t check(const struct cublasLtMatmulDescOpaque *desc,
			    const cublasLtMatrixLayout_t layout[4], const void *const matrix[4],
			    const cublasLtMatmulAlgo_t *algorithm, const void *workspace,
			    size_t workspace_bytes)
{
	const uint64_t *word = algorithm->data;
	bool biased = desc->epilogue & CUBLASLT_EPILOGUE_BIAS;
	size_t bias_bytes = (size_t)layout[3]->rows * (layout[3]->type == CUDA_R_32F ? 4 : 2);
	if (!fits(desc, layout) || matrix[2] != matrix[3])
		return CUBLAS_STATUS_INVALID_VALUE;
	if (word[WORD_MARK] != MARK || word[WORD_PROBLEM] != problem_of(desc, layout))
		return CUBLAS_STATUS_NOT_SUPPORTED;
	if (word[WORD_WORKSPACE] > workspace_bytes ||
	    (workspace_bytes > 0 &&
	     (!aligned(workspace, 256) || !memory_is_device(workspace, workspace_bytes))))
		return CUBLAS_STATUS_INVALID_VALUE;
	for (int i = 0; i < 4; i++) {
		if (!aligned(matrix[i], word[WORD_ALIGNMENT]))
			return CUBLAS_STATUS_NOT_SUPPORTED;
		if (!matrix_is_there(matrix[i], layout[i]))
			misuse("a product of a matrix that is not in the device's memory");
	}
	if (biased && !memory_is_device(desc->bias, bias_bytes))
		misuse("a product's bias is not in the device's memory");
	return word[WORD_WORKS] ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INTERNAL_ERROR;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t handle, cublasLtMatmulDesc_t desc, const void *alpha,
			      const void *a, cublasLtMatrixLayout_t a_layout, const void *b,
			      cublasLtMatrixLayout_t b_layout, const void *beta, const void *c,
			      cublasLtMatrixLayout_t c_layout, void *d, cublasLtMatrixLayout_t d_layout,
			      const cublasLtMatmulAlgo_t *algorithm, void *workspace, size_t workspace_bytes,
			      cudaStream_t stream)
{
	const cublasLtMatrixLayout_t layout[4] = {a_layout, b_layout, c_layout, d_layout};
	const void *const matrix[4] = {a, b, c, d};
	bool biased = desc->epilogue & CUBLASLT_EPILOGUE_BIAS;
	struct product_call call = {.precision = d_layout->type == CUDA_R_32F ? CUDA_FP32 : CUDA_FP16,
				    .workspace = workspace,
				    .workspace_bytes = algorithm->data[WORD_WORKSPACE],
				    .args = {.m = (int64_t)d_layout->rows,
					     .n = (int64_t)d_layout->columns,
					     .k = (int64_t)a_layout->columns,
					     .lda = a_layout->leading_dimension,
					     .ldb = b_layout->leading_dimension,
					     .ldd = d_layout->leading_dimension,
					     .a = a,
					     .b = b,
					     .bias = biased ? desc->bias : NULL,
					     .d = d,
					     .accumulate = *(const float *)beta != 0,
					     .relu = (desc->epilogue & CUBLASLT_EPILOGUE_RELU) != 0}};
	cublasStatus_t s = blas_enter();
	if (s == CUBLAS_STATUS_SUCCESS && (!handle || *(const float *)alpha != 1))
		s = CUBLAS_STATUS_INVALID_VALUE;
	if (s == CUBLAS_STATUS_SUCCESS)
		s = check(desc, layout, matrix, algorithm, workspace, workspace_bytes);
	if (s == CUBLAS_STATUS_SUCCESS &&
	    queue_work(stream, run_product, &call, sizeof(call), NULL) != cudaSuccess)
		s = CUBLAS_STATUS_INTERNAL_ERROR;
	return blas_leave(s);
}
