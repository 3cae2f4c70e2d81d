// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nevus/base/result.h"
#include "nevus/model/bundle.h"

namespace nevus {

/// What a network says of one photo.
struct NetworkOutput {
  PerClass<float> logits{};      ///< not probabilities
  std::vector<float> embedding;  ///< [D], the pooled features
  std::vector<float>
      class_maps;  ///< [7,map_height,map_width], Grad-CAM before ReLU (Selvaraju et al. 2017), class by class
  int map_height = 0;
  int map_width = 0;
};

enum class ServingMode {
  kLatency,    ///< one photo at a time on all cores
  kThroughput  ///< several photos at once, one stream each
};
enum class Precision { kFloat32, kBfloat16 };

struct ClassifierOptions {
  ServingMode mode = ServingMode::kLatency;
  Precision precision = Precision::kFloat32;  ///< kBfloat16 is refused where the CPU has no bfloat16 arithmetic
  int threads = 0;                            ///< 0: all cores
};

/// A network that is loaded, checked against its canary and ready. Input `image` [N,3,H,W] float32 RGB normalised as
/// the card's PreprocessSpec says; outputs are logits. Thread-safe: calls from several threads share the streams and
/// wait for a free one.
class Classifier {
 public:
  /// Compiles the network and runs the canary. kModelRefused where the network's inputs or outputs do not fit the card
  /// or the canary's logits differ by more than 0.05 (0.5 in bfloat16); kUsage for bfloat16 without such a CPU. Cost
  /// for EfficientNet-Lite0: about 0.25 s of CPU time and 90 MB; then 8 ms for a photo.
  [[nodiscard]] static Result<Classifier> load(ModelBundle const& bundle, ClassifierOptions const& options = {});

  /// The same network for another way of serving, checked against its canary as well. The two share the weights as they
  /// were read, so that this one costs less of the memory and of the time.
  [[nodiscard]] Result<Classifier> in_mode(ServingMode mode) const;

  Classifier(Classifier&&) noexcept;
  Classifier& operator=(Classifier&&) noexcept;
  ~Classifier();

  /// One photo's tensor, [1,3,H,W]. Blocks until a stream is free and the answer is there.
  [[nodiscard]] Result<NetworkOutput> run(Tensor const& input) const;

  /// Answers in the order of `inputs`, on all streams. One photo a run all the same: in one batch of 16 a run of `fast`
  /// takes 6 % less of a core and one of `accurate` 9 % more (OpenVINO 2026.4).
  [[nodiscard]] Result<std::vector<NetworkOutput>> run_all(std::vector<Tensor> const& inputs) const;

  [[nodiscard]] ModelCard const& card() const;
  [[nodiscard]] int streams() const;  ///< photos that are worked on at the same time

 private:
  struct Impl;
  explicit Classifier(std::unique_ptr<Impl> impl);
  [[nodiscard]] static Result<Classifier> open(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

namespace inference {

/// Of OpenVINO: "2026.4.1".
[[nodiscard]] std::string runtime_version();

}  // namespace inference
}  // namespace nevus
