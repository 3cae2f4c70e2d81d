# SPDX-License-Identifier: MIT
"""The peer of `nevus-train bench`: EfficientNet-Lite0 in PyTorch for Python, trained on synthetic batches.

Prints photos per second, from the median time of a step (forward, backward, clipped gradient, AdamW). Same network,
groups of the optimizer, batch, sides, float32, channels-last and threads as nevus-train's.
"""
import argparse
import glob
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F

IMAGENET_PARAMETERS = 4_652_008  # of the published network with 1000 classes
# repeats, kernel, stride, expansion, channels: table 1 of Tan and Le 2019
STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)]


class SameConv(nn.Conv2d):
    """TensorFlow's "same" padding: with stride 2 the larger half comes after."""

    def __init__(self, inputs, outputs, kernel, stride=1, groups=1):
        super().__init__(inputs, outputs, kernel, stride, kernel // 2 if stride == 1 else 0, groups=groups, bias=False)

    def forward(self, x):
        if self.stride[0] > 1:
            pads = []
            for side in (x.shape[3], x.shape[2]):
                total = max((-(-side // self.stride[0]) - 1) * self.stride[0] + self.kernel_size[0] - side, 0)
                pads += [total // 2, total - total // 2]
            x = F.pad(x, pads)
        return super().forward(x)


def norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3)


class Block(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride, expansion):
        super().__init__()
        wide = inputs * expansion
        self.shortcut = stride == 1 and inputs == outputs
        self.expands = expansion > 1
        if self.expands:
            self._expand_conv, self._bn0 = SameConv(inputs, wide, 1), norm(wide)
        self._depthwise_conv, self._bn1 = SameConv(wide, wide, kernel, stride, wide), norm(wide)
        self._project_conv, self._bn2 = SameConv(wide, outputs, 1), norm(outputs)

    def forward(self, x):
        y = F.relu6(self._bn0(self._expand_conv(x)), inplace=True) if self.expands else x
        y = F.relu6(self._bn1(self._depthwise_conv(y)), inplace=True)
        y = self._bn2(self._project_conv(y))
        return y + x if self.shortcut else y


class Lite0(nn.Module):
    def __init__(self, classes, dropout=0.2):
        super().__init__()
        self._conv_stem, self._bn0 = SameConv(3, 32, 3, 2), norm(32)
        blocks, channels = [], 32
        for repeats, kernel, stride, expansion, outputs in STAGES:
            for r in range(repeats):
                blocks.append(Block(channels, outputs, kernel, stride if r == 0 else 1, expansion))
                channels = outputs
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = SameConv(channels, 1280, 1), norm(1280)
        self._dropout, self._fc = nn.Dropout(dropout), nn.Linear(1280, classes)

    def forward(self, x):
        x = F.relu6(self._bn0(self._conv_stem(x)), inplace=True)
        for block in self._blocks:
            x = block(x)
        x = F.relu6(self._bn1(self._conv_head(x)), inplace=True)
        return self._fc(self._dropout(x.mean((2, 3))))


def check_network(weights):
    """The peer is the published network, or its speed says nothing."""
    network = Lite0(1000)
    count = sum(p.numel() for p in network.parameters())
    assert count == IMAGENET_PARAMETERS, f"{count} parameters, not {IMAGENET_PARAMETERS}"
    for file in glob.glob(weights):
        network.load_state_dict(torch.load(file, weights_only=True), strict=True)


def optimizer_of(network):
    groups = [{"params": [], "lr": lr, "weight_decay": decay} for lr in (6e-4, 2e-3) for decay in (0.02, 0.0)]
    for name, parameter in network.named_parameters():
        groups[2 * name.startswith("_fc.") + (parameter.dim() <= 1)]["params"].append(parameter)
    return torch.optim.AdamW(groups)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--input-px", type=int, default=192)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--warmup-steps", type=int, default=2)
    parser.add_argument("--weights", default="", help="published state dict that the network must take (a glob)")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    check_network(args.weights)
    network = Lite0(7).to(memory_format=torch.channels_last).train()
    optimizer = optimizer_of(network)
    images = torch.randn(args.batch, 3, args.input_px, args.input_px).contiguous(memory_format=torch.channels_last)
    targets = F.one_hot(torch.arange(args.batch) % 7, 7).float()
    seconds = []
    for _ in range(args.warmup_steps + args.steps):
        start = time.perf_counter()
        optimizer.zero_grad()
        loss = -(targets * torch.log_softmax(network(images), 1)).sum(1).mean()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5)
        optimizer.step()
        loss.item()
        seconds.append(time.perf_counter() - start)
    print(f"{args.batch / statistics.median(seconds[args.warmup_steps:]):.2f}")


if __name__ == "__main__":
    main()
