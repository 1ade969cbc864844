#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Times whole networks in PyTorch as time_network does: torch_network.py NETWORK PRECISION BATCH...

Rows network,mode,batch,runs,median_s,p95_s,min_s,max_s on standard output. Modes: eager, a captured CUDA graph,
torch.compile (max-autotune), whichever work; channels_last; inputs in page-locked memory, results back on the host.
"""
import os
import sys
import time

WARM_UP, RUNS, SETS = 50, 200, 4
BUILDERS = {
    "mobilenet-v2": "mobilenet_v2", "resnet-18": "resnet18", "resnet-50": "resnet50",
    "vgg-16": "vgg16", "alexnet": "alexnet", "googlenet": "googlenet",
}


def build(torch, name, dtype):
    import torchvision.models as models
    kwargs = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    model = getattr(models, BUILDERS[name])(weights=None, **kwargs).eval()
    model = torch.fx.experimental.optimization.fuse(model) if name != "googlenet" else model  # folds batch norms
    return model.to("cuda", dtype, memory_format=torch.channels_last)


def graphed(torch, model, batch, dtype):
    static = torch.zeros(batch, 3, 224, 224, device="cuda", dtype=dtype).to(memory_format=torch.channels_last)
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            model(static)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = model(static)

    def run(x):
        static.copy_(x)
        graph.replay()
        return result
    return run


def measure(torch, run, batch, dtype):
    inputs = [torch.randn(batch, 3, 224, 224).to(dtype).to(memory_format=torch.channels_last).pin_memory()
              for _ in range(SETS)]
    seconds = []
    for i in range(WARM_UP + RUNS):
        torch.cuda.synchronize()
        begin = time.perf_counter()
        run(inputs[i % SETS].to("cuda", non_blocking=True)).float().cpu()
        seconds.append(time.perf_counter() - begin)
    return sorted(seconds[WARM_UP:])


def main():
    if len(sys.argv) > 1 and sys.argv[1] not in BUILDERS:
        print(f"torch_network.py: skipped: torchvision has no {sys.argv[1]}", file=sys.stderr)
        sys.exit(77)
    if len(sys.argv) < 4 or sys.argv[2] not in ("fp32", "fp16"):
        sys.exit(f"usage: torch_network.py {'|'.join(BUILDERS)} fp32|fp16 BATCH...")
    try:
        import torch
        import torch.fx.experimental.optimization
        import torchvision  # noqa: F401
    except ImportError as e:
        print(f"skipped: {e}", file=sys.stderr)
        return 77
    if not torch.cuda.is_available():
        print("skipped: PyTorch sees no CUDA device", file=sys.stderr)
        return 77
    name, precision = sys.argv[1:3]
    dtype = torch.float32 if precision == "fp32" else torch.float16
    modes = os.environ.get("TORCH_MODES", "eager graph compile").split()
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False  # the same precision as ours
    with torch.inference_mode():
        model = build(torch, name, dtype)
        for batch in map(int, sys.argv[3:]):
            for mode in modes:
                try:
                    run = {"eager": lambda: model, "graph": lambda: graphed(torch, model, batch, dtype),
                           "compile": lambda: torch.compile(model, mode="max-autotune")}[mode]()
                    s = measure(torch, run, batch, dtype)
                except Exception as e:  # a mode that this machine cannot run is named and left out
                    print(f"{name} {mode} batch {batch}: {type(e).__name__}: {str(e)[:200]}", file=sys.stderr)
                    continue
                print(f"{name},torch {mode} {precision},{batch},{RUNS},{s[len(s) // 2]:.9f},"
                      f"{s[int(len(s) * .95)]:.9f},{s[0]:.9f},{s[-1]:.9f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
