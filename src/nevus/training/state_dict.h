// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nevus/base/result.h"

namespace nevus {

/// A plain array of numbers, row-major; integers and half floats of the file are converted to float32.
struct NamedArray {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};
using StateDict = std::map<std::string, NamedArray>;

namespace training {

/// Reads a PyTorch state dict (`.pth`) without running anything: the zip form (PyTorch >= 1.6) and the legacy form.
/// Only the pickle opcodes and the few globals that a state dict needs are understood; anything else is refused by name
/// with kData. Memory is bounded by the file's own size.
[[nodiscard]] Result<StateDict> read_pth(Bytes file);

/// A `.pth` or `.safetensors`, told apart by how they begin.
[[nodiscard]] Result<StateDict> read_state_dict(Bytes file);

}  // namespace training
}  // namespace nevus
