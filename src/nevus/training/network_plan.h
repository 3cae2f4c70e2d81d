// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nevus/model/lesion_class.h"
#include "nevus/training/activation.h"

namespace nevus {

/// Networks as data: what `PlannedNetwork` builds, trains, folds and writes. Names are those of the published weights,
/// with dots between the modules, relative to the owner.

/// kSame is TensorFlow's padding (see same_padding), kEven half of the kernel on each side. They differ at stride 2
/// alone.
enum class PaddingRule { kSame, kEven };

struct NormPlan {
  double epsilon = 1e-5;
  double momentum = 0.1;  ///< share of the newest batch in the running statistics
};

/// A convolution without bias, its batch norm, and an activation.
struct ConvPlan {
  std::string conv, norm;
  int in_channels = 0, out_channels = 0, kernel_px = 1, stride = 1, groups = 1;
  Activation activation = Activation::kNone;
  PaddingRule padding = PaddingRule::kEven;
  NormPlan norm_options;
  /// Served with weights of 8 bits, a scale for each output channel; else of float16. Arithmetic is float32 either way.
  bool stored_in_bytes = false;
};

/// Squeeze-and-excitation (Hu et al. 2018) as two 1x1 convolutions with bias, `<name>.fc1` and `<name>.fc2`.
struct SqueezePlan {
  std::string name;
  int channels = 0, squeezed = 0;
  Activation activation = Activation::kSilu;
  Activation gate = Activation::kSigmoid;
};

/// Convolutions in a row with a shortcut around them: the identity where the shape allows it, else `projection` where
/// there is one.
struct BlockPlan {
  std::string name;
  std::vector<ConvPlan> convs;
  std::optional<SqueezePlan> squeeze;  ///< before the last convolution
  std::optional<ConvPlan> projection;
  Activation after = Activation::kNone;  ///< of the sum with the shortcut
};

struct BackbonePlan {
  ConvPlan stem;
  bool pool_after_stem = false;  ///< maximum over 3x3, stride 2
  std::vector<BlockPlan> blocks;
  std::optional<ConvPlan> last;

  [[nodiscard]] int features() const { return last ? last->out_channels : blocks.back().convs.back().out_channels; }
};

/// A linear layer with bias, optionally batch norm, an activation and dropout.
struct DensePlan {
  std::string linear, norm;  ///< an empty norm: none
  int in_features = 0, out_features = 0;
  Activation activation = Activation::kNone;
  double dropout = 0;  ///< after the activation
};

struct HeadPlan {
  double dropout = 0;             ///< before the first layer
  std::vector<DensePlan> layers;  ///< the last one gives the logits
};

struct NetworkPlan {
  BackbonePlan backbone;
  HeadPlan head;
};

/// What a recipe may change about a network.
struct NetworkOptions {
  int classes = int(kLesionClassCount);
  double dropout = 0;           ///< before the head
  double stochastic_depth = 0;  ///< see TrainingConfig
  bool recompute_activations = false;
};

}  // namespace nevus
