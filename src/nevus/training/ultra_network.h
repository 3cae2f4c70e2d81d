// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/training/cbam.h"
#include "nevus/training/heads.h"
#include "nevus/training/multi_scale.h"
#include "nevus/training/network.h"
#include "nevus/training/self_attention.h"

namespace nevus {

/// The sizes of an UltraNetwork.
struct UltraPlan {
  struct TappedStage {
    std::string prefix;  ///< of its blocks' names; the last of them is tapped
    int window_px;       ///< pixels of its map to one of the last map, along each side
  };
  BackbonePlan backbone;
  std::vector<TappedStage> tapped;
  int projected_channels;  ///< of each tapped map
  int attention_heads;
};

/// EfficientNetV2-M with stages 3, 5 and 7 tapped: about 75.5 million parameters.
[[nodiscard]] UltraPlan ultra_plan(NetworkOptions const& options);

/// A backbone whose last map is enriched with earlier stages (MultiScale), weighted by channel and pixel (Cbam) and
/// related over the whole photo (SelfAttention) before it is averaged. Two heads: the main one 512-256-128-classes, and
/// one for training alone, 512-256-classes, on the backbone's own average. `options.dropout` is not used, the heads
/// have their own.
class UltraNetwork : public Network {
 public:
  UltraNetwork(UltraPlan const& plan, NetworkOptions const& options);

  NetworkFeatures forward(torch::Tensor const& input) override;
  void train_with_frozen(int blocks) override;
  void fold_for_serving(std::vector<float> const& logit_shift) override;
  WrittenNetwork write(OnnxGraph& graph, std::string const& image, int height_px, int width_px) const override;
  [[nodiscard]] std::vector<StageSize> describe(int height_px, int width_px) const override;
  [[nodiscard]] std::vector<std::string> head_prefixes() const override;

 private:
  std::vector<int> tapped_;  ///< blocks
  Backbone backbone_;
  std::shared_ptr<MultiScale> multi_scale_;
  std::shared_ptr<Cbam> cbam_;
  std::shared_ptr<SelfAttention> attention_;
  Head head_;
  Head auxiliary_;
};

}  // namespace nevus
