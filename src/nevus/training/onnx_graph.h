// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nevus/base/result.h"

namespace nevus {

/// Writes an ONNX network node by node (IR 8, opset 17). Weights are stored as float16 (rounded to nearest even, values
/// beyond its range are an error on serialize) with a Cast to float32; the few biases, inputs, outputs and arithmetic
/// are float32. A method adds nodes and returns the name of their result. Every tensor has a batch dimension `N` that
/// stays free.
class OnnxGraph {
 public:
  struct Padding {
    int top = 0, left = 0, bottom = 0, right = 0;
  };

  OnnxGraph();
  ~OnnxGraph();
  OnnxGraph(OnnxGraph&&) noexcept;

  std::string input(std::string const& name, int channels, int height, int width);
  /// weights [out, in/groups, kernel, kernel]; bias [out].
  std::string conv(std::string const& in, std::vector<float> const& weights, std::array<std::int64_t, 4> shape,
                   std::vector<float> const& bias, int stride, Padding padding, int groups);
  std::string clip(std::string const& in, float low, float high);
  std::string add(std::string const& a, std::string const& b);
  std::string mean_over_pixels(std::string const& in);  ///< [N,C,H,W] -> [N,C]
  /// weights [out,in]; bias [out].
  std::string linear(std::string const& in, std::vector<float> const& weights, std::array<std::int64_t, 2> shape,
                     std::vector<float> const& bias);
  /// Declares `value` as the graph's output `name`. `shape` without the batch dimension.
  void output(std::string const& value, std::string const& name, std::vector<std::int64_t> const& shape);
  void metadata(std::string const& key, std::string const& value);

  /// The model as bytes, after ONNX's own checker and strict shape inference. The same calls give the same bytes.
  /// kTraining where a weight is beyond float16's range, kInternal where shapes do not fit.
  [[nodiscard]] Result<ByteVector> serialize() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nevus
