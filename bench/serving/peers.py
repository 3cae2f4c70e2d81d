# SPDX-License-Identifier: MIT
"""Peers of `bench_serving network`: one photo's tensor to logits, one at a time, float32, on as many threads.

Prints p50 and p95 in milliseconds. `onnxruntime` runs the bundle's network.onnx; `torch` runs EfficientNet-Lite0 of
bench/lite0_torch.py with the bundle's input size (eager, channels-last, as LibTorch would; without the class maps).
"""
import argparse
import json
import pathlib
import sys
import time

WARM_UP_COUNT = 30


def onnxruntime_runner(bundle, shape, threads):
    import numpy
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(bundle / "network.onnx"), options, providers=["CPUExecutionProvider"])
    image = numpy.random.default_rng(1).standard_normal(shape).astype(numpy.float32)
    return lambda: session.run(None, {"image": image})


def torch_runner(bundle, shape, threads):
    import torch

    sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
    from lite0_torch import Lite0

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    network = Lite0(7).to(memory_format=torch.channels_last).eval()
    image = torch.randn(*shape).contiguous(memory_format=torch.channels_last)

    def run():
        with torch.inference_mode():
            return network(image)

    return run


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("peer", choices=["onnxruntime", "torch"])
    parser.add_argument("bundle", type=pathlib.Path)
    parser.add_argument("threads", type=int)
    parser.add_argument("count", type=int)
    args = parser.parse_args()
    card = json.loads((args.bundle / "card.json").read_text())
    if args.peer == "torch" and card["architecture"] != "efficientnet_lite0":
        sys.exit(f"peers.py: the peer is EfficientNet-Lite0, but {args.bundle} is {card['architecture']}")
    shape = (1, 3, card["preprocess"]["height_px"], card["preprocess"]["width_px"])
    run = {"onnxruntime": onnxruntime_runner, "torch": torch_runner}[args.peer](args.bundle, shape, args.threads)
    times = []
    for _ in range(WARM_UP_COUNT + args.count):
        start = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - start))
    times = sorted(times[WARM_UP_COUNT:])
    print(f"{times[round(0.5 * (len(times) - 1))]:.3f} {times[round(0.95 * (len(times) - 1))]:.3f}")


if __name__ == "__main__":
    main()
