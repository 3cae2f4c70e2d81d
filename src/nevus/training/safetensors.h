// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/training/state_dict.h"

namespace nevus::training {

/// Reads a `.safetensors` file (github.com/huggingface/safetensors: length of the header, JSON header, numbers).
/// Strict: the tensors must cover the numbers without a gap or an overlap, and nothing may be named twice. All types of
/// numbers up to 64 bits but the 8-bit floats are read. Memory is bounded by the file's own size. kData where it is
/// damaged.
[[nodiscard]] Result<StateDict> read_safetensors(Bytes file);

/// `weights` as float32, in the order of their names. The same weights give the same bytes.
[[nodiscard]] ByteVector write_safetensors(StateDict const& weights);

}  // namespace nevus::training
