# SPDX-License-Identifier: MIT
"""torchvision_reference.py OUT: for each network of torchvision's that Nevus knows, OUT/NAME.safetensors or .pth holds
random weights, OUT/NAME.io.safetensors an `input` and its `logits`, and OUT/NAME.timm.txt timm's names and shapes where
timm has the network. The weights are float16 numbers, so that the files are small and nothing is rounded."""
import json
import os
import pathlib
import struct
import sys

sys.setdlopenflags(os.RTLD_LAZY)  # CUDA's functions are never called, and need not be found
import torch
import torchvision

INPUT_PX = 96
BATCH = 2
TYPES = {torch.float32: "F32", torch.float16: "F16", torch.int64: "I64"}
IN_TIMM = {"efficientnet_b0": "efficientnet_b0", "efficientnet_b4": "efficientnet_b4", "efficientnet_v2_s": "tf_efficientnetv2_s",
           "efficientnet_v2_m": "tf_efficientnetv2_m", "resnet18": "resnet18", "resnet50": "resnet50"}
AS_PTH = {"mobilenet_v2", "resnet18"}
NAMES = [*IN_TIMM, "mobilenet_v2", "mobilenet_v3_large"]


def write_safetensors(path, tensors):
    header, blobs, place = {}, [], 0
    for name, tensor in tensors.items():
        blob = tensor.contiguous().numpy().tobytes()
        header[name] = {"dtype": TYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [place, place + len(blob)]}
        blobs.append(blob)
        place += len(blob)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


@torch.no_grad()
def randomize(network, batch):
    """Weights whose activations neither vanish nor grow, and norms as after some training."""
    for module in network.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            fan_in = module.weight[0].numel()
            module.weight.uniform_(-1, 1).mul_((3 / fan_in) ** 0.5)
            if module.bias is not None:
                module.bias.uniform_(-0.3, 0.3)
        if isinstance(module, torch.nn.BatchNorm2d):
            module.reset_running_stats()
            module.weight.uniform_(0.6, 1.4)
            module.bias.uniform_(-0.3, 0.3)
            module.momentum = 1.0
    network.train()
    network(batch)  # running statistics of this batch …
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # … and somewhat away from them
            module.running_mean += 0.2 * torch.randn_like(module.running_mean) * module.running_var.sqrt()
            module.running_var *= torch.empty_like(module.running_var).uniform_(0.7, 1.4)
    network.eval()
    for tensor in network.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(tensor.half().float())


def write_reference(out, name):
    torch.manual_seed(NAMES.index(name))
    with torch.device("meta"):  # no time for an initialisation that is not used
        network = getattr(torchvision.models, name)(weights=None)
    network.to_empty(device="cpu")
    images = torch.randn(4, 3, INPUT_PX, INPUT_PX)
    randomize(network, images)
    images = images[:BATCH].half().float()
    with torch.no_grad():
        logits = network(images)
    state = {key: tensor.half() if tensor.is_floating_point() else tensor for key, tensor in network.state_dict().items()}
    if name in AS_PTH:
        torch.save(state, out / f"{name}.pth")
    else:
        write_safetensors(out / f"{name}.safetensors", state)
    write_safetensors(out / f"{name}.io.safetensors", {"input": images, "logits": logits})


def write_timm_names(out, name):
    import timm
    with torch.device("meta"):
        state = timm.create_model(IN_TIMM[name]).state_dict()
    lines = [f"{key}\t{'x'.join(map(str, tensor.shape))}\n" for key, tensor in state.items()]
    (out / f"{name}.timm.txt").write_text("".join(lines))


def main():
    torch.set_num_threads(1)  # the sums are small, and the cores may be busy
    out = pathlib.Path(sys.argv[1])
    for name in NAMES:
        write_reference(out, name)
    for name in IN_TIMM:
        write_timm_names(out, name)


if __name__ == "__main__":
    main()
