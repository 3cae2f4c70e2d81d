# SPDX-License-Identifier: MIT
"""batching.py NETWORK.onnx [ROUNDS]: photos/s of OpenVINO alone with single photos on a stream per core, and with batches.

Run it with the Python of build/venv, which has OpenVINO. Each round measures every way once, for two seconds, in turns;
prints medians, and how long a photo (or the batch that it is in) takes. docs/decisions/0003 holds what it said.
"""
import os
import statistics
import sys
import time

import numpy
import openvino

network, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
cores = len(os.sched_getaffinity(0))
core = openvino.Core()


def compiled(batch, streams):
    model = core.read_model(network)
    height, width = [side.get_length() for side in list(model.input(0).partial_shape)[2:]]
    model.reshape([batch, 3, height, width])
    return core.compile_model(model, "CPU", {"NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": cores,
                                             "INFERENCE_PRECISION_HINT": "f32"})


class Way:
    def __init__(self, batch, streams):
        self.batch, self.streams = batch, streams
        model = compiled(batch, streams)
        self.queue = openvino.AsyncInferQueue(model, streams)
        self.input = numpy.random.default_rng(1).standard_normal(list(model.input(0).shape)).astype(numpy.float32)
        self.measure(0.5)
        self.rates = []

    def measure(self, seconds):
        begin, runs = time.perf_counter(), 0
        while time.perf_counter() < begin + seconds:
            self.queue.start_async({0: self.input}, share_inputs=True)
            runs += 1
        self.queue.wait_all()
        return runs * self.batch / (time.perf_counter() - begin)


ways = [Way(batch, streams) for batch in (1, 4, 8) for streams in sorted({1, cores})]
for _ in range(rounds):
    for way in ways:
        way.rates.append(way.measure(2))
print(f"{cores} cores, load {os.getloadavg()[0]:.1f}, medians of {rounds} rounds\n\n| batch | streams | photos/s | ms each answer takes |\n|---|---|---|---|")
for way in ways:
    rate = statistics.median(way.rates)
    print(f"| {way.batch} | {way.streams} | {rate:.0f} | {1000 * way.batch * way.streams / rate:.0f} |")
