// SPDX-License-Identifier: BSD-3-Clause
#include "blas.h"

#include <stdlib.h>
#include <string.h>

cublasStatus_t blas_enter(void)
{
	return call_enter() == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INTERNAL_ERROR;
}

// cublasLt leaves no trace in cudaGetLastError, unless a kernel of its own failed.
cublasStatus_t blas_leave(cublasStatus_t s)
{
	call_leave(s == CUBLAS_STATUS_INTERNAL_ERROR ? cudaErrorUnknown : cudaSuccess);
	return s;
}

static void *make(cublasStatus_t s, enum cuda_host_kind kind, size_t bytes)
{
	void *made = s == CUBLAS_STATUS_SUCCESS ? calloc(1, bytes) : NULL;
	stand_in.live[kind] += made != NULL;
	return made;
}

// Objects go even when the call fails.
static cublasStatus_t destroy(void *object, enum cuda_host_kind kind)
{
	cublasStatus_t s = blas_enter();
	stand_in.live[kind]--;
	free(object);
	return blas_leave(s);
}

size_t cublasLtGetVersion(void)
{
	return 130000;
}

const char *cublasLtGetStatusString(cublasStatus_t status)
{
	switch (status) {
	case CUBLAS_STATUS_SUCCESS:
		return "CUBLAS_STATUS_SUCCESS";
	case CUBLAS_STATUS_INVALID_VALUE:
		return "CUBLAS_STATUS_INVALID_VALUE";
	case CUBLAS_STATUS_INTERNAL_ERROR:
		return "CUBLAS_STATUS_INTERNAL_ERROR";
	case CUBLAS_STATUS_NOT_SUPPORTED:
		return "CUBLAS_STATUS_NOT_SUPPORTED";
	}
	return "an unknown status";
}

cublasStatus_t cublasLtCreate(cublasLtHandle_t *handle)
{
	cublasStatus_t s = blas_enter();
	struct cublasLtContext *made = make(s, CUDA_HOST_LT_HANDLE, sizeof(*made));
	if (made)
		*handle = made;
	return blas_leave(s);
}

cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle)
{
	return destroy(handle, CUDA_HOST_LT_HANDLE);
}

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t *desc, cublasComputeType_t compute,
					cudaDataType_t scale)
{
	cublasStatus_t s = blas_enter();
	struct cublasLtMatmulDescOpaque *made = make(s, CUDA_HOST_LT_DESCRIPTOR, sizeof(*made));
	if (made) {
		*made = (struct cublasLtMatmulDescOpaque){compute, scale, CUBLASLT_EPILOGUE_DEFAULT, NULL};
		*desc = made;
	}
	return blas_leave(s);
}

cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t desc)
{
	return destroy(desc, CUDA_HOST_LT_DESCRIPTOR);
}

static cublasStatus_t set(void *member, size_t member_bytes, const void *value, size_t bytes)
{
	if (bytes != member_bytes || !value)
		return CUBLAS_STATUS_INVALID_VALUE;
	memcpy(member, value, bytes);
	return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t desc,
					      cublasLtMatmulDescAttributes_t attribute, const void *value,
					      size_t bytes)
{
	cublasStatus_t s = blas_enter();
	if (s != CUBLAS_STATUS_SUCCESS)
		return blas_leave(s);
	if (attribute == CUBLASLT_MATMUL_DESC_EPILOGUE)
		return blas_leave(set(&desc->epilogue, sizeof(desc->epilogue), value, bytes));
	return blas_leave(set(&desc->bias, sizeof(desc->bias), value, bytes));
}

cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t *layout, cudaDataType type, uint64_t rows,
					  uint64_t columns, int64_t leading_dimension)
{
	cublasStatus_t s = blas_enter();
	if (s == CUBLAS_STATUS_SUCCESS && (rows == 0 || columns == 0 || leading_dimension < (int64_t)rows))
		s = CUBLAS_STATUS_INVALID_VALUE;
	struct cublasLtMatrixLayoutOpaque *made = make(s, CUDA_HOST_LT_LAYOUT, sizeof(*made));
	if (made) {
		*made = (struct cublasLtMatrixLayoutOpaque){type, rows, columns, leading_dimension};
		*layout = made;
	}
	return blas_leave(s);
}

cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t layout)
{
	return destroy(layout, CUDA_HOST_LT_LAYOUT);
}

// cublasLt's own start: no workspace, 256 bytes of alignment, any reduction.
cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t *preference)
{
	cublasStatus_t s = blas_enter();
	struct cublasLtMatmulPreferenceOpaque *made = make(s, CUDA_HOST_LT_PREFERENCE, sizeof(*made));
	if (made) {
		*made = (struct cublasLtMatmulPreferenceOpaque){
		    0, {256, 256, 256, 256}, CUBLASLT_REDUCTION_SCHEME_MASK};
		*preference = made;
	}
	return blas_leave(s);
}

cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t preference)
{
	return destroy(preference, CUDA_HOST_LT_PREFERENCE);
}

cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t preference,
						    cublasLtMatmulPreferenceAttributes_t attribute,
						    const void *value, size_t bytes)
{
	cublasStatus_t s = blas_enter();
	if (s != CUBLAS_STATUS_SUCCESS)
		return blas_leave(s);
	if (attribute == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES)
		return blas_leave(set(&preference->workspace_bytes, sizeof(uint64_t), value, bytes));
	if (attribute == CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK)
		return blas_leave(set(&preference->reduction_schemes, sizeof(uint32_t), value, bytes));
	uint32_t *alignment = &preference->alignment[attribute - CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES];
	return blas_leave(set(alignment, sizeof(*alignment), value, bytes));
}
