// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "nevus/evaluation/gate.h"

namespace nevus {

/// What a report says beside its figures.
struct EvaluationFacts {
  std::string network;             ///< "fast 2026.11.1"
  std::string network_sha256;      ///< empty where the network is not that of a bundle
  std::string photos;              ///< which photos, "HAM10000_metadata.csv, part test"
  std::vector<std::string> notes;  ///< sentences: photos that were left out, photos that were trained on, …
};

/// A network measured on labelled photos.
struct EvaluationReport {
  EvaluationFacts facts;
  Judged judged;
  std::size_t lesions = 0;
  Figures figures;
  std::map<std::string, Metric> metrics;  ///< figures with their intervals
  Figures majority;                       ///< always "nevus"
  std::vector<Subgroup> subgroups;
  RiskLimits limits;  ///< of a bundle; empty for a network without one
};

/// What the answers of a bundle hold beside logits, photo by photo.
struct ServedExtras {
  std::vector<double> feature_distances;                 ///< empty where the bundle has no statistics
  std::map<std::string, std::vector<double>> stability;  ///< "spread_prob", …; empty where it was not measured
};

namespace evaluation {

/// Measures everything; at least one photo. Cost: about 1 s for 1500 photos.
[[nodiscard]] EvaluationReport make_report(EvaluationFacts facts, Judged judged);

/// Adds what a bundle's answers say beside probabilities, to the figures and as `report.limits`: prediction sets,
/// operating points, urgency (`measure_trust`), likeness and stability.
void add_trust(EvaluationReport& report, ModelCard const& card, ServedExtras const& extras);

/// The report as files in `folder`, which is made where it is missing: report.md, metrics.json, predictions.csv (from
/// which every figure can be computed again) and the charts confusion.png, roc.png, reliability.png, risk-coverage.png
/// and recall.png. Each file is written whole or not at all; report.md comes last.
[[nodiscard]] Result<void> write_report(EvaluationReport const& report, std::filesystem::path const& folder);

[[nodiscard]] std::string report_markdown(EvaluationReport const& report);
[[nodiscard]] std::string report_json(EvaluationReport const& report);

/// The main figures as a table for a terminal, with those of always "nevus" beside and the notes below.
[[nodiscard]] std::string report_summary(EvaluationReport const& report);

}  // namespace evaluation
}  // namespace nevus
