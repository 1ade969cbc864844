// SPDX-License-Identifier: BSD-3-Clause
// The "cuda" and "cuda-fp16" back ends. A run copies each user's row through page-locked memory to the
// device, the next row being copied on the host meanwhile, launches the recorded graph, and hands the results
// out as they arrive, row by row.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/backend_private.h"
#include "dnn/cuda/check.h"
#include "dnn/cuda/graph.h"
#include "dnn/cuda/launch.h"
#include "dnn/description.h"
#include "dnn/layers/layers.h"

#define PRODUCT_WORKSPACE_BYTES (32 << 20) // what cublasLt's manual recommends for recent GPUs

struct cuda {
	struct executor executor;
	enum cuda_precision precision;
	cudaStream_t kernels, copies;
	cudaEvent_t arrived, computed;
	cudaEvent_t *row; // [memory.capacity] a result is on the host
	struct cuda_weights weights;
	struct products *products;
	struct cuda_steps *steps; // [network_parts]
	cudaGraphExec_t **graph;  // [network_parts][memory.capacity], NULL = not recorded yet
	struct cuda_memory memory;
};

static struct cuda *cuda_of(struct executor *e)
{
	return (struct cuda *)e;
}

static void drop_memory(struct cuda *c)
{
	int n_parts = network_parts(c->executor.network);
	for (int n = 0; c->graph && n < n_parts; n++) {
		for (int b = 0; c->graph[n] && b < c->memory.capacity; b++)
			if (c->graph[n][b])
				cudaGraphExecDestroy(c->graph[n][b]);
		free(c->graph[n]);
		c->graph[n] = NULL;
	}
	for (int i = 0; c->row && i < c->memory.capacity; i++)
		if (c->row[i])
			cudaEventDestroy(c->row[i]);
	free(c->row);
	c->row = NULL;
	cuda_memory_free(&c->memory);
}

static int make_rows(struct cuda *c, int capacity, struct err *err)
{
	c->row = calloc((size_t)capacity, sizeof(*c->row));
	int r = c->row ? 0 : err_set(err, ENOMEM, "no memory for %d rows", capacity);
	for (int i = 0; r == 0 && i < capacity; i++)
		r = cuda_check(cudaEventCreateWithFlags(&c->row[i], cudaEventDisableTiming), "an event", err);
	for (int n = 0; r == 0 && n < network_parts(c->executor.network); n++) {
		c->graph[n] = calloc((size_t)capacity, sizeof(**c->graph));
		if (!c->graph[n])
			r = err_set(err, ENOMEM, "no memory for %d graphs", capacity);
	}
	return r;
}

// Makes room for larger batches; graphs name addresses, so all are recorded anew.
static int grow(struct cuda *c, int capacity, struct err *err)
{
	if (capacity <= c->memory.capacity)
		return 0;
	drop_memory(c);
	int r = cuda_memory_allocate(&c->memory, c->executor.network, c->steps, c->precision, capacity, err);
	if (r == 0)
		r = make_rows(c, capacity, err);
	if (r < 0)
		drop_memory(c);
	return r;
}

static int prepare_batch(struct cuda *c, int n, int batch, struct err *err)
{
	if (c->graph[n][batch - 1])
		return 0;
	struct cuda_recorder recorder = {c->executor.network, c->precision, c->kernels,
					 c->products,	      &c->memory,   &c->weights};
	int r = cuda_graph_record(&c->graph[n][batch - 1], &recorder, &c->steps[n], n, batch, err);
	if (r < 0)
		err_prefix(err, "%s, sub-task %s, batch %d", c->executor.network->name,
			   c->executor.network->subtasks[n].name, batch);
	return r;
}

// What a failed call has queued must not meet the next one's, nor memory that is freed.
static void finish_work(struct cuda *c)
{
	cudaError_t copies = c->copies ? cudaStreamSynchronize(c->copies) : cudaSuccess;
	cudaError_t kernels = c->kernels ? cudaStreamSynchronize(c->kernels) : cudaSuccess;
	if (copies != cudaSuccess || kernels != cudaSuccess)
		cudaGetLastError();
}

static int cuda_prepare(struct executor *e, int max_batch, struct err *err)
{
	struct cuda *c = cuda_of(e);
	int r = grow(c, max_batch, err);
	for (int n = 0; r == 0 && n < network_parts(e->network); n++)
		for (int b = 1; r == 0 && b <= max_batch; b++)
			r = prepare_batch(c, n, b, err);
	if (r < 0)
		finish_work(c);
	return r < 0 ? r : cuda_check(cudaStreamSynchronize(c->kernels), "preparing", err);
}

static int copy_in(struct cuda *c, int cut, int batch, const float *const in[], struct err *err)
{
	int64_t values = network_cut_values(c->executor.network, cut);
	float *to = c->precision == CUDA_FP32 ? c->memory.cut[cut] : c->memory.device_rows;
	size_t bytes = sizeof(float) * (size_t)values;
	cudaError_t e = cudaSuccess;
	for (int i = 0; e == cudaSuccess && i < batch; i++) {
		memcpy(c->memory.host_in + i * values, in[i], bytes);
		e = cudaMemcpyAsync(to + i * values, c->memory.host_in + i * values, bytes,
				    cudaMemcpyHostToDevice, c->copies);
	}
	if (e == cudaSuccess)
		e = cudaEventRecord(c->arrived, c->copies);
	if (e == cudaSuccess)
		e = cudaStreamWaitEvent(c->kernels, c->arrived, 0);
	if (e == cudaSuccess && c->precision == CUDA_FP16)
		e = cuda_launch_narrow(to, c->memory.cut[cut], values * batch, c->kernels);
	return cuda_check(e, "copying inputs to the GPU", err);
}

static int copy_out(struct cuda *c, int cut, int batch, float *const out[], struct err *err)
{
	int64_t values = network_cut_values(c->executor.network, cut);
	size_t bytes = sizeof(float) * (size_t)values;
	const float *from = c->precision == CUDA_FP32 ? c->memory.cut[cut] : c->memory.device_rows;
	cudaError_t e = cudaSuccess;
	if (c->precision == CUDA_FP16)
		e = cuda_launch_widen(c->memory.cut[cut], c->memory.device_rows, values * batch, c->kernels);
	if (e == cudaSuccess)
		e = cudaEventRecord(c->computed, c->kernels);
	if (e == cudaSuccess)
		e = cudaStreamWaitEvent(c->copies, c->computed, 0);
	for (int i = 0; e == cudaSuccess && i < batch; i++) {
		e = cudaMemcpyAsync(c->memory.host_out + i * values, from + i * values, bytes,
				    cudaMemcpyDeviceToHost, c->copies);
		if (e == cudaSuccess)
			e = cudaEventRecord(c->row[i], c->copies);
	}
	for (int i = 0; e == cudaSuccess && i < batch; i++) {
		e = cudaEventSynchronize(c->row[i]);
		if (e == cudaSuccess)
			memcpy(out[i], c->memory.host_out + i * values, bytes);
	}
	return cuda_check(e, "the GPU's work", err);
}

static int cuda_run_range(struct executor *e, int from, int to, int batch, const float *const in[],
			  float *const out[], struct err *err)
{
	struct cuda *c = cuda_of(e);
	int r = grow(c, batch, err);
	for (int n = from; r == 0 && n < to; n++)
		r = prepare_batch(c, n, batch, err);
	if (r == 0)
		r = copy_in(c, network_part_cut(e->network, from), batch, in, err);
	for (int n = from; r == 0 && n < to; n++)
		r = cuda_check(cudaGraphLaunch(c->graph[n][batch - 1], c->kernels), "launching a graph", err);
	if (r == 0)
		r = copy_out(c, to, batch, out, err);
	if (r < 0)
		finish_work(c);
	return r;
}

static int cuda_run(struct executor *e, int n, int batch, const float *const in[], float *const out[],
		    struct err *err)
{
	return cuda_run_range(e, n, n + 1, batch, in, out, err);
}

static void cuda_close(struct executor *e)
{
	struct cuda *c = cuda_of(e);
	finish_work(c);
	drop_memory(c);
	free(c->graph);
	for (int n = 0; c->steps && n < network_parts(e->network); n++)
		cuda_steps_free(&c->steps[n]);
	free(c->steps);
	products_close(c->products);
	cuda_weights_free(&c->weights);
	if (c->arrived)
		cudaEventDestroy(c->arrived);
	if (c->computed)
		cudaEventDestroy(c->computed);
	if (c->kernels)
		cudaStreamDestroy(c->kernels);
	if (c->copies)
		cudaStreamDestroy(c->copies);
	free(c);
}

// A machine without a driver and one with too old a driver give the same error: the driver's version tells.
static int refuse_driver(struct err *err)
{
	int driver = 0, runtime = 0;
	cudaDriverGetVersion(&driver);
	cudaRuntimeGetVersion(&runtime);
	if (driver == 0)
		return err_set(err, ENODEV, "the cuda executor: no CUDA device (no NVIDIA driver is loaded)");
	return err_set(
	    err, ENODEV,
	    "the cuda executor: the NVIDIA driver is for CUDA %d.%d, the plug-in was built with %d.%d",
	    driver / 1000, driver % 1000 / 10, runtime / 1000, runtime % 1000 / 10);
}

// Finds a device, and says why when there is none that this can use.
static int find_device(struct cudaDeviceProp *found, struct err *err)
{
	int n = 0;
	cudaError_t e = cudaGetDeviceCount(&n);
	if (e != cudaSuccess)
		cudaGetLastError();
	if (e == cudaErrorInsufficientDriver)
		return refuse_driver(err);
	if (e == cudaErrorNoDevice || (e == cudaSuccess && n == 0))
		return err_set(err, ENODEV, "the cuda executor: no CUDA device");
	if (e != cudaSuccess)
		return err_set(err, ENODEV, "the cuda executor: %s%s", cudaGetErrorString(e),
			       e == cudaErrorSystemNotReady ? " (does NVIDIA's fabric manager run?)" : "");
	int r = cuda_check(cudaSetDevice(0), "CUDA device 0", err);
	return r < 0 ? r : cuda_check(cudaGetDeviceProperties(found, 0), "CUDA device 0", err);
}

static void describe(struct cuda *c, const struct cudaDeviceProp *device)
{
	int runtime = 0, driver = 0;
	cudaRuntimeGetVersion(&runtime);
	cudaDriverGetVersion(&driver);
	size_t lt = products_version();
	snprintf(c->executor.description, sizeof(c->executor.description),
		 "CUDA %d.%d (driver for %d.%d), cublasLt %zu.%zu.%zu, %s, %.100s, sm_%d%d, %d SMs",
		 runtime / 1000, runtime % 1000 / 10, driver / 1000, driver % 1000 / 10, lt / 10000,
		 lt / 100 % 100, lt % 100, c->precision == CUDA_FP32 ? "fp32" : "fp16", device->name,
		 device->major, device->minor, device->multiProcessorCount);
	snprintf(c->executor.pci_bus_id, sizeof(c->executor.pci_bus_id), "%08x:%02x:%02x.0",
		 (unsigned)device->pciDomainID, (unsigned)device->pciBusID & 0xff,
		 (unsigned)device->pciDeviceID & 0xff);
}

static int make_steps(struct cuda *c, struct err *err)
{
	const struct network *net = c->executor.network;
	c->steps = calloc((size_t)network_parts(net), sizeof(*c->steps));
	c->graph = calloc((size_t)network_parts(net), sizeof(*c->graph));
	int r = c->steps && c->graph ? 0 : -ENOMEM;
	for (int n = 0; r == 0 && n < network_parts(net); n++)
		r = cuda_steps_make(&c->steps[n], &net->subtasks[n]);
	return r < 0 ? err_set(err, ENOMEM, "no memory for an executor") : 0;
}

// Positions span tens of metres: fp16 would move them by centimetres, and other points would be selected.
static bool selects(const struct layer *l)
{
	return layer_is_over_points(l) && !l->row->copies;
}

static int refuse_points(const struct network *net, struct err *err)
{
	for (int n = 0; n < network_parts(net); n++)
		for (int i = 0; i < net->subtasks[n].n_layers; i++)
			if (net->input_kind == INPUT_POINTS || selects(&net->subtasks[n].layers[i]))
				return err_set(err, ENOTSUP,
					       "the cuda-fp16 executor does not run %s, a network over "
					       "points: positions do not survive fp16; the cuda executor "
					       "(fp32) runs it",
					       net->name);
	return 0;
}

static int make_streams(struct cuda *c, struct err *err)
{
	cudaError_t e = cudaStreamCreateWithFlags(&c->kernels, cudaStreamNonBlocking);
	if (e == cudaSuccess)
		e = cudaStreamCreateWithFlags(&c->copies, cudaStreamNonBlocking);
	if (e == cudaSuccess)
		e = cudaEventCreateWithFlags(&c->arrived, cudaEventDisableTiming);
	if (e == cudaSuccess)
		e = cudaEventCreateWithFlags(&c->computed, cudaEventDisableTiming);
	return cuda_check(e, "a CUDA stream", err);
}

static int load_kernels(enum cuda_precision precision, const struct cudaDeviceProp *device, struct err *err)
{
	cudaError_t e = cuda_load_kernels(precision);
	if (e != cudaErrorNoKernelImageForDevice)
		return cuda_check(e, "loading the kernels", err);
	cudaGetLastError();
	return err_set(err, ENODEV,
		       "the cuda executor: the plug-in was built without code for %.100s (sm_%d%d); build it "
		       "with -DCMAKE_CUDA_ARCHITECTURES=%d%d",
		       device->name, device->major, device->minor, device->major, device->minor);
}

static int open_precision(struct executor **out, const struct network *net, enum cuda_precision precision,
			  struct err *err)
{
	struct cudaDeviceProp device = {0};
	int r = precision == CUDA_FP16 ? refuse_points(net, err) : 0;
	if (r == 0)
		r = find_device(&device, err);
	if (r < 0)
		return r;
	struct cuda *c = calloc(1, sizeof(*c));
	if (!c)
		return err_set(err, ENOMEM, "no memory for an executor");
	c->executor.network = net;
	c->precision = precision;
	r = make_steps(c, err);
	if (r == 0)
		r = load_kernels(precision, &device, err);
	if (r == 0)
		r = make_streams(c, err);
	if (r == 0)
		r = cuda_weights_load(&c->weights, net, precision, err);
	if (r == 0)
		r = products_open(&c->products, precision, PRODUCT_WORKSPACE_BYTES, err);
	if (r < 0) {
		cuda_close(&c->executor);
		return r;
	}
	describe(c, &device);
	*out = &c->executor;
	return 0;
}

static int open_fp32(struct executor **out, const struct network *net, const struct executor_options *options,
		     struct err *err)
{
	(void)options;
	return open_precision(out, net, CUDA_FP32, err);
}

static int open_fp16(struct executor **out, const struct network *net, const struct executor_options *options,
		     struct err *err)
{
	(void)options;
	return open_precision(out, net, CUDA_FP16, err);
}

static const struct backend fp32_backend = {.name = "cuda",
					    .open = open_fp32,
					    .close = cuda_close,
					    .prepare = cuda_prepare,
					    .run = cuda_run,
					    .run_range = cuda_run_range};
static const struct backend fp16_backend = {.name = "cuda-fp16",
					    .open = open_fp16,
					    .close = cuda_close,
					    .prepare = cuda_prepare,
					    .run = cuda_run,
					    .run_range = cuda_run_range};

__attribute__((visibility("default"))) const struct backend_plugin airbatch_backends = {
    .abi = BACKEND_ABI,
    .layer_bytes = sizeof(struct layer),
    .network_bytes = sizeof(struct network),
    .executor_bytes = sizeof(struct executor),
    .backends = {&fp32_backend, &fp16_backend, NULL},
};
