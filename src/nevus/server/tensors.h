// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nevus/base/result.h"
#include "nevus/server/wiped_bytes.h"

namespace nevus::server {

/// A tensor of the Open Inference Protocol v2: either numbers (FP32) or byte strings (BYTES).
struct InferTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values = {};
  std::vector<WipedBytes> strings = {};
  bool holds_strings = false;
};

struct InferOutputWish {
  std::string name;
  bool binary = false;
};

struct InferRequest {
  std::string id;
  std::vector<InferTensor> inputs;
  std::vector<InferOutputWish> outputs;  ///< none: all of them
  bool binary_outputs = false;           ///< of those that are not wished for by name
  std::string lesion_class;              ///< the parameter `class` of explain; empty where it is not there
};

/// Of all inputs of a request together.
struct InferLimits {
  std::size_t max_numbers = 0;
  std::size_t max_strings = 64;
};

/// Reads a request: the first `json_bytes` bytes are JSON, and what follows are the tensors of the binary extension.
/// kUsage for what is no such request or passes the limits, found while reading: no JSON costs more memory than its own
/// length and what the limits allow. Every shape then fits its data.
[[nodiscard]] Result<InferRequest> parse_infer(Bytes body, std::size_t json_bytes, InferLimits const& limits);

struct InferAnswer {
  ByteVector body;
  std::optional<std::size_t> json_bytes;  ///< where tensors follow the JSON
};

/// Writes the outputs that were wished for. kUsage for one that there is not.
[[nodiscard]] Result<InferAnswer> infer_answer(InferRequest const& request, std::string const& model,
                                               std::string const& version, std::vector<InferTensor> const& outputs);

}  // namespace nevus::server
