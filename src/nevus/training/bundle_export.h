// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "nevus/evaluation/metrics.h"
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

/// The photos that a network learnt from, in words.
[[nodiscard]] std::string training_data_text(Dataset const& data);

/// Its logits for these photos as they are served.
[[nodiscard]] Result<std::vector<Prediction>> predictions_of(TrainedNetwork const& trained,
                                                             std::vector<Sample> const& samples);

[[nodiscard]] Result<EvaluatedRun> evaluate_run(TrainedNetwork const& trained, Dataset const& data, bool with_test);

/// Calibrates on val, measures val and test, and writes network.onnx, card.json and MODEL_CARD.md into
/// `options.folder`, each whole or not at all, whatever the protocol and however good (`judge` is the gatekeeper). The
/// bundle is then loaded as `nevus` does it and compared with LibTorch over 64 photos; kModelRefused, and nothing is
/// left behind, where a logit differs by more than 1e-3.
[[nodiscard]] Result<ExportedBundle> export_bundle(TrainedNetwork const& trained, Dataset const& data,
                                                   std::filesystem::path const& run_folder,
                                                   ExportOptions const& options);

}  // namespace training
}  // namespace nevus
