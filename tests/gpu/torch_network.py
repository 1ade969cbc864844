#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Times whole networks in PyTorch as time_network does.

Rows network,mode,batch,runs,median_s,p95_s,min_s,max_s on standard output. Modes: eager, a captured CUDA graph,
torch.compile (max-autotune), whichever work; channels_last; inputs in page-locked memory, results back on the host.
Exit 77 with the reason where there is nothing to time with, 1 when a mode failed.
"""
import argparse
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


def runner(torch, mode, model, batch, dtype):
    if mode == "eager":
        return model
    if mode == "graph":
        return graphed(torch, model, batch, dtype)
    torch._dynamo.reset()  # else a second batch size is compiled for sizes in general, which is slower
    return torch.compile(model, mode="max-autotune", dynamic=False)


def show(args, mode, batch, seconds):
    print(f"{args.network},torch {mode} {args.precision},{batch},{RUNS},{seconds[len(seconds) // 2]:.9f},"
          f"{seconds[int(len(seconds) * .95)]:.9f},{seconds[0]:.9f},{seconds[-1]:.9f}", flush=True)


def time_all(torch, args):
    """Whether every mode worked; one that does not is named and left out."""
    dtype = torch.float32 if args.precision == "fp32" else torch.float16
    model, all_worked = None, True
    for batch in args.batches:
        for mode in args.modes:
            if mode == "compile" and args.compile_batches is not None and batch not in args.compile_batches:
                continue
            try:
                model = model or build(torch, args.network, dtype)
                show(args, mode, batch, measure(torch, runner(torch, mode, model, batch, dtype), batch, dtype))
            except Exception as e:
                all_worked = False
                print(f"{args.network} {mode} batch {batch}: {type(e).__name__}: {str(e)[:200]}", file=sys.stderr)
    return all_worked


def numbers(text):
    return [int(word) for word in text.split()]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help=f"one of torchvision's: {', '.join(BUILDERS)}; others are skipped")
    parser.add_argument("precision", choices=["fp32", "fp16"])
    parser.add_argument("batches", type=int, nargs="+", metavar="BATCH", help="inputs at once")
    parser.add_argument("--modes", type=str.split, default=["eager", "graph", "compile"],
                        metavar='"MODE ..."', help='which to time ("eager graph compile")')
    parser.add_argument("--compile-batches", type=numbers, metavar='"BATCH ..."',
                        help="compile for these batches only (all): the search takes minutes each")
    args = parser.parse_args()
    unknown = set(args.modes) - {"eager", "graph", "compile"}
    if unknown:
        parser.error(f"there is no mode {' or '.join(sorted(unknown))}: there are eager, graph, compile")
    return args


def main():
    args = parse()
    if args.network not in BUILDERS:
        print(f"torch_network.py: skipped: torchvision has no {args.network}", file=sys.stderr)
        return 77
    try:
        import torch
        import torch.fx.experimental.optimization
        import torchvision  # noqa: F401
    except ImportError as e:
        print(f"torch_network.py: skipped: {e}", file=sys.stderr)
        return 77
    if not torch.cuda.is_available():
        print("torch_network.py: skipped: PyTorch sees no CUDA device", file=sys.stderr)
        return 77
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False  # the same precision as ours
    with torch.inference_mode():
        return 0 if time_all(torch, args) else 1


if __name__ == "__main__":
    sys.exit(main())
