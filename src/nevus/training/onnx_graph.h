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

  /// kHardSigmoid is clip(x/6 + 1/2, 0, 1), and kHardSwish x times that.
  enum class Unary { kRelu, kSigmoid, kHardSigmoid, kHardSwish, kErf, kExp, kAbs };

  OnnxGraph();
  ~OnnxGraph();
  OnnxGraph(OnnxGraph&&) noexcept;

  std::string input(std::string const& name, int channels, int height, int width);
  /// weights [out, in/groups, kernel, kernel]; bias [out].
  std::string conv(std::string const& in, std::vector<float> const& weights, std::array<std::int64_t, 4> shape,
                   std::vector<float> const& bias, int stride, Padding padding, int groups);
  std::string clip(std::string const& in, float low, float high);
  std::string unary(Unary function, std::string const& in);
  std::string add(std::string const& a, std::string const& b);
  std::string multiply(std::string const& a, std::string const& b);
  std::string scale(std::string const& in, float factor);
  std::string shift(std::string const& in, float offset);
  std::string below(std::string const& in, float limit);  ///< 1 where `in` is less than `limit`, else 0
  std::string softmax(std::string const& in);             ///< over the last axis
  std::string matmul(std::string const& a, std::string const& b);
  std::string max_pool(std::string const& in, int kernel_px, int stride, Padding padding);
  /// Windows side by side; padding does not count towards a window's mean.
  std::string average_pool(std::string const& in, int kernel_px, Padding padding);
  std::string mean_over_pixels(std::string const& in);  ///< [N,C,H,W] -> [N,C]
  /// Over the axes (0 is N), which stay with one element.
  std::string mean(std::string const& in, std::vector<std::int64_t> const& axes);
  std::string maximum(std::string const& in, std::vector<std::int64_t> const& axes);
  std::string reshape(std::string const& in, std::vector<std::int64_t> const& shape);  ///< without N
  std::string transpose(std::string const& in, std::vector<std::int64_t> const& order);
  std::string concat(std::vector<std::string> const& in, std::int64_t axis);
  /// Equal parts of the batch, one behind the other.
  std::vector<std::string> split_batch(std::string const& in, int parts);
  std::string reverse(std::string const& in, std::vector<std::int64_t> const& axes);
  /// Weights for other nodes, stored as float16.
  std::string constant(std::vector<std::int64_t> const& shape, std::vector<float> const& values);
  /// weights [out,in], the name of a constant; bias [out].
  std::string linear(std::string const& in, std::string const& weights, std::vector<float> const& bias);
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
