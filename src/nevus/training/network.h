// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "nevus/training/describe.h"
#include "nevus/training/onnx_graph.h"

namespace nevus {

/// What a network computes for a batch: the three outputs of a bundle before the class maps are formed.
struct NetworkFeatures {
  torch::Tensor logits;            ///< [N,classes]
  torch::Tensor last_map;          ///< [N,D,h,w], the features that are averaged into the embedding
  torch::Tensor auxiliary_logits;  ///< [N,classes] of a second head; undefined where there is none, or in evaluation
};

/// The names of a network's results in an OnnxGraph, and their sides.
struct WrittenNetwork {
  std::string logits;      ///< [N,classes]
  std::string embedding;   ///< [N,features]
  std::string class_maps;  ///< [N,classes,h,w]
  std::int64_t classes = 0;
  std::int64_t features = 0;
  int map_height_px = 0;
  int map_width_px = 0;
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
  /// Writes the network in evaluation form behind `image`, a value [N,3,height_px,width_px] of the graph.
  virtual WrittenNetwork write(OnnxGraph& graph, std::string const& image, int height_px, int width_px) const = 0;
  [[nodiscard]] virtual std::vector<StageSize> describe(int height_px, int width_px) const = 0;
  /// What the names of everything begin with that is new in a network for other classes; all else is the backbone.
  [[nodiscard]] virtual std::vector<std::string> head_prefixes() const = 0;

  [[nodiscard]] bool is_in_head(std::string const& name) const;
  [[nodiscard]] std::vector<torch::Tensor> head_parameters() const;
};

/// The network as the ONNX model of a bundle: input `image`, outputs `logits`, `embedding` and `class_maps`.
[[nodiscard]] Result<ByteVector> to_onnx(Network const& network, int height_px, int width_px);

}  // namespace nevus
