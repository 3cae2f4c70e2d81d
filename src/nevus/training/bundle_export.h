// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "nevus/evaluation/metrics.h"
#include "nevus/training/bundle_place.h"
#include "nevus/training/calibrate.h"
#include "nevus/training/fit.h"

namespace nevus {

/// A network's figures on some photos, calibrated.
struct EvaluatedPart {
  std::vector<Prediction> predictions;
  std::map<std::string, Metric> metrics;
  Figures baseline;  ///< always "nevus"
  Calibration calibration;
};

struct ExportOptions {
  std::filesystem::path folder;  ///< of the bundle; its name is the id
  std::string version;
  Replacing replacing = Replacing::kNever;
  std::optional<CalibrateOptions> calibrate{};  ///< before it takes its place
};

/// Differences between the logits of two runtimes over some photos.
struct Parity {
  std::size_t photos = 0;
  double mean = 0;
  double p90 = 0;
  double p99 = 0;
  double max = 0;
};

struct ExportedBundle {
  std::filesystem::path folder;
  std::int64_t network_bytes = 0;
  Parity parity;
};

namespace training {

/// The figures on val, which fits the calibration, and where `with_test` on test with it.
struct EvaluatedRun {
  EvaluatedPart val;
  EvaluatedPart test;  ///< empty unless asked for
};
/// The class frequencies of the training photos.
[[nodiscard]] PerClass<double> natural_prior(std::vector<Sample> const& trained);

/// Its logits for these photos as they are served.
[[nodiscard]] Result<std::vector<Prediction>> predictions_of(TrainedNetwork const& trained,
                                                             std::vector<Sample> const& samples);

[[nodiscard]] Result<EvaluatedRun> evaluate_run(TrainedNetwork const& trained, Dataset const& data, bool with_test);

/// The options with a folder that can be used. kUsage where `check_place` says so or the version is empty.
[[nodiscard]] Result<ExportOptions> check_options(ExportOptions options);

/// Fits a temperature on val, measures val and test, and makes a bundle of network.onnx, card.json and MODEL_CARD.md,
/// whatever the protocol and however good (`judge` is the gatekeeper). Beside its place it is loaded as `nevus` does
/// it, compared with LibTorch over 64 photos and, where asked for, calibrated; then it takes its place as a whole
/// (`take_place`). kModelRefused, and nothing is left behind, where a logit differs by more than 1e-3 or the network is
/// untrained.
[[nodiscard]] Result<ExportedBundle> export_bundle(TrainedNetwork const& trained, Dataset const& data,
                                                   ExportOptions const& options);

/// The weights of a run as a .safetensors file, as they were trained: before norms are folded and logits are shifted to
/// be served.
[[nodiscard]] Result<void> export_weights(std::filesystem::path const& run_folder, std::filesystem::path const& file);

}  // namespace training
}  // namespace nevus
