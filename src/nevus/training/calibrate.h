// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "nevus/evaluation/trust_fit.h"

namespace nevus {

struct CalibrateOptions {
  /// Folders with further views of the same photos, of which some may be missing: their features count too, and each is
  /// reported by itself.
  std::vector<std::filesystem::path> further_views;
  int resamples = 1000;
};

struct CalibratedBundle {
  ModelCard card;
  CalibrationChoice choice;
};

namespace training {

/// The Gaussian of risk/ood.h over `embeddings`, without its limits: as many axes as asked for, of the largest
/// variance.
[[nodiscard]] FeatureStatistics fit_features(std::vector<std::vector<float>> const& embeddings, int axes);

/// Fits on val, with the served network, all that the answers rest on beside it: calibration, prediction sets,
/// operating points, and, with the training photos, the features; measures val and test; writes features.f32, card.json
/// and MODEL_CARD.md of the bundle. Cost: a few minutes for HAM10000 on two cores, and 150 MB. kModelRefused for a
/// network of another split than "fixed" or "grouped", which was trained on some of the photos that it would be fitted
/// on; kData where `data` does not hold the photos that it was trained on.
[[nodiscard]] Result<CalibratedBundle> calibrate_bundle(std::filesystem::path const& folder, Dataset const& data,
                                                        CalibrateOptions const& options);

}  // namespace training
}  // namespace nevus
