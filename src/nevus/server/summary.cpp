// SPDX-License-Identifier: MIT
#include "nevus/server/summary.h"

#include <nlohmann/json.hpp>

namespace nevus::server {

std::string summary_members(StoredAnalysis const& analysis) {
  auto const result = nlohmann::ordered_json::parse(analysis.result_json);
  nlohmann::ordered_json tree{{"status", result.at("status")}};
  for (auto const* field : {"predicted_class", "predicted_name", "confidence", "malignant_prob"})
    tree[field] = result.value(field, nlohmann::ordered_json(nullptr));
  tree["urgency"] = result.contains("urgency") ? result["urgency"]["level"] : nlohmann::ordered_json(nullptr);
  auto const text = tree.dump();
  return text.substr(1, text.size() - 2);
}

}  // namespace nevus::server
