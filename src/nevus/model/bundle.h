// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nevus/base/result.h"
#include "nevus/model/calibration.h"
#include "nevus/model/lesion_class.h"
#include "nevus/model/preprocess.h"

namespace nevus {

/// A measured figure with its 95 % interval (bootstrap by lesion).
struct Metric {
  double value = 0;
  double low = 0;
  double high = 0;
};

/// The figures of a group of the test photos; those for which the group is too small are left out.
struct Subgroup {
  std::string attribute;  ///< "sex", "age", "localization", "dx_type" or "view"
  std::string group;      ///< "female", "<40", …
  std::size_t photos = 0;
  std::map<std::string, Metric> metrics;  ///< "accuracy", "balanced_accuracy", "recall.mel", "malignant_auc"
};

/// How many photos and lesions a part of the data holds.
struct PartCount {
  std::size_t photos = 0;
  std::size_t lesions = 0;
  PerClass<std::size_t> classes{};
};

/// The least calibrated probability with which each class is in the prediction set of a level (class-conditional split
/// conformal prediction, Vovk 2012, with the score 1 - p).
struct SetLimits {
  double level = 0;  ///< .90: at least nine in ten cases of each class have their class in the set
  PerClass<double> min_prob{};
  std::vector<LesionClass> pooled;  ///< too rare in val for a limit of their own: the level holds for them together
};

/// Where the malignant probability separates: at 95 % sensitivity, at the most sensitivity + specificity, at 95 %
/// specificity, each on val.
enum class OperatingPoint { kRuleOut, kBalanced, kRuleIn };
inline constexpr std::size_t kOperatingPointCount = 3;
[[nodiscard]] std::string_view name(OperatingPoint point);  ///< "rule_out", "balanced", "rule_in"
[[nodiscard]] std::optional<OperatingPoint> operating_point_from(std::string_view name);

/// What `nevus-train calibrate` fitted for the risk policy; empty where it was not run.
struct RiskLimits {
  std::vector<SetLimits> sets;  ///< by rising level
  std::optional<std::array<double, kOperatingPointCount>> thresholds;
};

/// A Gaussian over the embeddings of the training photos: features.f32 holds mean [D], axis_variance [K] and axes
/// [K,D].
struct FeatureStatistics {
  std::string sha256;  ///< of features.f32
  std::vector<float> mean;
  std::vector<float> axis_variance;
  std::vector<float> axes;   ///< orthonormal
  double rest_variance = 0;  ///< of each direction outside the axes
  double doubtful_from = 0;  ///< distance (risk/ood.h)
  double rejected_from = 0;
};

/// What a network learnt from, as far as the words about it depend on that. A card that does not say is one of before
/// there was anything else.
struct TrainingSource {
  std::string photos = "ham10000";      ///< Dataset::source: "ham10000", "isic2018", "isic2019", "folders", "synthetic"
  std::string view = "images-200x150";  ///< the folder of photos; of HAM10000 alone
  std::string start_weights = "ImageNet";  ///< or "none"; several where the members of an ensemble differ
  bool operator==(TrainingSource const&) const = default;
};

/// The values of TrainingSource::photos.
inline constexpr std::array<std::string_view, 5> kPhotoSources{"ham10000", "isic2018", "isic2019", "folders",
                                                               "synthetic"};

/// What a bundle says of itself: `card.json`. docs/model-format.md describes the file and which fields may be absent.
struct ModelCard {
  std::string id;            ///< "fast"; equal to the folder's name
  std::string version;       ///< "2026.11.1"
  std::string architecture;  ///< "efficientnet_lite0"
  std::string licence;       ///< of the weights
  std::string network_sha256;
  std::int64_t network_bytes = 0;
  PreprocessSpec preprocess;
  Calibration calibration;  ///< fitted on val
  RiskLimits limits;
  std::optional<FeatureStatistics> features;
  PerClass<double> class_prior{};    ///< class frequencies of the training rows, for argmax(p / prior)
  std::string training_data;         ///< name and split
  std::string training_data_sha256;  ///< of the sorted list "image_id,class" of the training rows
  TrainingSource source;
  std::string code_commit;
  std::string split = "fixed";             ///< protocol of the split: "fixed", "grouped", "fold" or "leaky_85_15"
  std::map<std::string, PartCount> parts;  ///< "train", "val", "test"; empty where the card does not say
  std::vector<Subgroup> subgroups;         ///< of the test photos; empty where the card does not say
  std::map<std::string, Metric> metrics;   ///< "test.accuracy", "test.balanced_accuracy", "test.macro_auc", …
  std::uint64_t canary_seed = 0;           ///< of the synthetic lesion (model/synthetic_lesion.h) …
  PerClass<float> canary_logits{};         ///< … and the logits that the network must give for it
};

/// A bundle that was read, whose card is well-formed and whose network has the size and SHA-256 that the card states.
struct ModelBundle {
  ModelCard card;
  std::filesystem::path folder;
  ByteVector network;  ///< ONNX
};

namespace model {

[[nodiscard]] Result<ModelCard> parse_card(std::string_view json);
[[nodiscard]] std::string to_json(ModelCard const& card);

/// Reads `folder`/card.json and network.onnx. kModelNotFound where there is no bundle, kModelRefused with the reason
/// where it is damaged (size or checksum), foreign (other classes, inputs, schema) or its id is not its folder's name.
[[nodiscard]] Result<ModelBundle> load_bundle(std::filesystem::path const& folder);

/// The bytes of features.f32, and back: kModelRefused where `bytes` are not those of the statistics' sizes and SHA-256.
[[nodiscard]] ByteVector to_bytes(FeatureStatistics const& statistics);
[[nodiscard]] Result<void> read_features(Bytes bytes, FeatureStatistics& statistics);

/// Folders below `root` that hold a card.json, sorted by name.
[[nodiscard]] std::vector<std::filesystem::path> find_bundles(std::filesystem::path const& root);

}  // namespace model
}  // namespace nevus
