// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "nevus/analysis/analyze.h"
#include "nevus/model/identity.h"

namespace nevus {

/// What a person typed about a lesion. Nothing of it goes into the network, and none of it is trusted: any script, any
/// length, any markup.
struct PersonNotes {
  std::string patient;  ///< name or reference
  std::string born;
  std::string site;  ///< where on the body
  std::string history;
  std::string analyst;
};

enum class HeatMapState { kNotAsked, kNothing, kUnreliable, kReliable };
[[nodiscard]] std::string_view name(HeatMapState state);  ///< "not_asked", …

/// All that is known about one photo, without a single pixel: what every text is made from.
struct Facts {
  AnalysisStatus status = AnalysisStatus::kRetakeAdvised;
  PhotoFacts photo;
  QualityReport quality;
  std::optional<Assessment> assessment;
  std::optional<OodReport> ood;
  std::optional<Stability> stability;
  HeatMapState heat_map = HeatMapState::kNotAsked;
  std::optional<LesionClass> heat_map_class;
  ModelIdentity model;
  PersonNotes notes;
};

/// One fact under a name that stays: "prob.mel", "urgency.level", "quality.focus".
struct Fact {
  std::string id;
  std::variant<bool, double, std::string> value;
  [[nodiscard]] bool personal() const { return id.starts_with("notes."); }  ///< typed by a person
  [[nodiscard]] std::string text() const;                                   ///< "true", "0.620000", "mel"
};

namespace narrative {

[[nodiscard]] Facts gather(Analysis const& analysis, ModelIdentity model, PersonNotes notes = {});

/// Every fact that there is, in a fixed order, each id once. A photo that was declined has none about a class.
[[nodiscard]] std::vector<Fact> list(Facts const& facts);

/// The id of the result: SHA-256 over the impersonal facts. The same photo under the same network and policy has the
/// same id, whoever asks and whenever.
[[nodiscard]] std::string result_id(Facts const& facts);

}  // namespace narrative
}  // namespace nevus
