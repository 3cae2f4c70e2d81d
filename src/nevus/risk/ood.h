// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "nevus/model/bundle.h"

namespace nevus {

/// Whether a photo is of the kind that the network was trained on.
enum class OodState { kInDistribution, kDoubtful, kRejected };
[[nodiscard]] std::string_view name(OodState state);  ///< "in_distribution", …

struct OodReport {
  OodState state = OodState::kInDistribution;
  double score = 0;  ///< how far the photo's features lie from those of the training photos; about 1 for these
  double doubtful_from = 0;
  double rejected_from = 0;
  std::string reason = {};  ///< one sentence; empty in distribution
  std::string cause = {};   ///< "distance", or that of the picture itself (quality/subject.h); empty in distribution
  /// Whether the photo's features were looked at, which may be a good photo's; else the picture shows no skin.
  [[nodiscard]] bool by_distance() const { return rejected_from > 0; }
};

namespace risk {

/// The Mahalanobis distance of an embedding to the training photos', divided by the square root of its dimensions,
/// under a Gaussian whose covariance has `components` principal axes and one variance for all the rest (Tipping and
/// Bishop 1999; Lee et al. 2018). Cost: components * D multiply-adds. The sizes must agree.
[[nodiscard]] double feature_distance(std::span<float const> embedding, FeatureStatistics const& statistics);

/// The distance beside the card's limits.
[[nodiscard]] OodReport judge_features(std::span<float const> embedding, FeatureStatistics const& statistics);

}  // namespace risk
}  // namespace nevus
