// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "nevus/training/fit.h"
#include "nevus/training/network.h"

namespace nevus {

/// Several networks that answer as one: the mean of their logits, over four mirrorings of the photo where it is
/// `mirrored`. The embedding is theirs side by side, and the class maps are the mean of theirs, each turned back, which
/// is the Grad-CAM of the mean since a mean passes gradients on in equal parts. Evaluation only; costs what its members
/// cost, four times where it is mirrored.
class Ensemble : public Network {
 public:
  /// A network in the form that is served, and how its input follows from the ensemble's: channel * scale + shift.
  struct Member {
    std::shared_ptr<Network> network;
    std::array<float, 3> scale{1, 1, 1};
    std::array<float, 3> shift{0, 0, 0};
  };
  Ensemble(std::vector<Member> members, bool mirrored);

  /// `last_map` is undefined: the members' maps stand behind different networks.
  NetworkFeatures forward(torch::Tensor const& input) override;
  void train_with_frozen(int blocks) override;
  void fold_for_serving(std::vector<float> const& logit_shift) override;
  WrittenNetwork write(OnnxGraph& graph, std::string const& image, int height_px, int width_px) const override;
  [[nodiscard]] std::vector<StageSize> describe(int height_px, int width_px) const override;
  [[nodiscard]] std::vector<std::string> head_prefixes() const override { return {}; }

 private:
  std::vector<Member> members_;
  std::vector<std::vector<std::int64_t>> views_;  ///< the axes along which each view is reversed
};

namespace training {

/// The networks of one or more runs as one in the form that is served, each with the class frequencies of its own data,
/// under the recipe of the first; a single network that is not `mirrored` is itself. kConfig where the runs serve
/// inputs of different sides or detail, or where their own photos are divided differently (further photos may differ).
[[nodiscard]] Result<TrainedNetwork> load_runs(std::vector<RunOnData> const& runs, bool mirrored);

}  // namespace training
}  // namespace nevus
