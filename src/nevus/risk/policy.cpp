// SPDX-License-Identifier: MIT
#include "nevus/risk/policy.h"

#include <toml++/toml.h>
#include <algorithm>
#include <set>
#include <stdexcept>

#include "nevus/risk/policy_text.h"

namespace nevus {
namespace {

constexpr std::array<std::string_view, kUrgencyCount> kUrgencyNames{"CRITICAL", "HIGH", "MEDIUM", "LOW"};

tl::unexpected<Error> refuse(std::string const& where, std::string const& problem) {
  return fail(ErrorCode::kConfig, "policy: " + where + ": " + problem);
}

std::optional<Urgency> urgency_from(std::string_view text) {
  auto const* const found = std::ranges::find(kUrgencyNames, text);
  if (found == kUrgencyNames.end()) return std::nullopt;
  return static_cast<Urgency>(found - kUrgencyNames.begin());
}

/// Reads the keys of one table; the first thing that is wrong is kept.
class Keys {
 public:
  Keys(toml::table const& table, std::string where) : table_(table), where_(std::move(where)) {}

  template <typename T>
  T required(std::string_view key) {
    auto const value = take<T>(key);
    if (!value && !problem_) problem_ = "\"" + std::string(key) + "\" is missing or of the wrong kind";
    return value.value_or(T{});
  }
  template <typename T>
  std::optional<T> take(std::string_view key) {
    known_.insert(std::string(key));
    return table_[key].value_exact<T>();
  }
  void complain(std::string problem) {
    if (!problem_) problem_ = std::move(problem);
  }
  [[nodiscard]] Result<void> finish() {
    for (auto const& [key, value] : table_) {
      if (!known_.contains(std::string(key.str()))) complain("there is no key \"" + std::string(key.str()) + "\"");
    }
    if (problem_) return refuse(where_, *problem_);
    return {};
  }

 private:
  toml::table const& table_;
  std::string where_;
  std::set<std::string> known_;
  std::optional<std::string> problem_;
};

Urgency read_urgency(Keys& keys) {
  auto const text = keys.required<std::string>("urgency");
  auto const urgency = urgency_from(text);
  if (!urgency) keys.complain("urgency is \"" + text + "\", but must be CRITICAL, HIGH, MEDIUM or LOW");
  return urgency.value_or(Urgency::kLow);
}

Result<PolicyRule> read_rule(toml::table const& table) {
  PolicyRule rule;
  rule.id = table["id"].value_or(std::string("a rule"));
  Keys keys(table, "rule " + rule.id);
  keys.required<std::string>("id");
  rule.urgency = read_urgency(keys);
  auto const subject = keys.required<std::string>("subject");
  rule.lesion_class = lesion_class_from_id(subject);
  bool const malignant = rule.lesion_class ? info(*rule.lesion_class).malignant : subject == "malignant";
  if (!malignant) keys.complain("subject is \"" + subject + "\", but must be mel, bcc, akiec or malignant");
  rule.min_prob = keys.required<double>("min_prob");
  if (!(rule.min_prob >= 0 && rule.min_prob <= 1)) keys.complain("min_prob must be from 0 to 1");
  rule.min_grave_prob = keys.take<double>("min_grave_prob").value_or(0);
  if (!(rule.min_grave_prob >= 0 && rule.min_grave_prob <= 1)) keys.complain("min_grave_prob must be from 0 to 1");
  rule.leads = keys.take<bool>("leads").value_or(false);
  rule.in_set = keys.take<bool>("in_set").value_or(false);
  rule.at_operating_point = keys.take<bool>("operating_point").value_or(false);
  if (rule.in_set && !rule.lesion_class) keys.complain("in_set needs a class as its subject");
  if (rule.at_operating_point && rule.lesion_class) keys.complain("operating_point needs the subject malignant");
  rule.reason = keys.required<std::string>("reason");
  rule.why = keys.required<std::string>("why");
  NEVUS_CHECK(keys.finish());
  return rule;
}

Result<std::array<UrgencyLevel, kUrgencyCount>> read_levels(toml::table const& root) {
  std::array<UrgencyLevel, kUrgencyCount> levels;
  if (auto const* const list = root["level"].as_array()) {
    for (auto const& node : *list) {
      if (!node.is_table()) return refuse("level", "must be a table");
      Keys keys(*node.as_table(), "level");
      auto& level = levels[static_cast<std::size_t>(read_urgency(keys))];
      level.colour = keys.required<std::string>("colour");
      level.words = keys.required<std::string>("words");
      NEVUS_CHECK(keys.finish());
    }
  }
  for (std::size_t i = 0; i < kUrgencyCount; ++i) {
    if (levels[i].words.empty()) return refuse("level " + std::string(kUrgencyNames[i]), "has no words");
  }
  return levels;
}

bool always_holds(PolicyRule const& rule) {
  return !rule.lesion_class && rule.min_prob == 0 && rule.min_grave_prob == 0 && !rule.leads && !rule.in_set &&
         !rule.at_operating_point;
}

Result<Policy> read_policy(toml::table const& root) {
  Policy policy;
  Keys keys(root, "file");
  policy.version = keys.required<std::string>("version");
  keys.take<bool>("level");
  keys.take<bool>("rule");
  NEVUS_CHECK(keys.finish());
  NEVUS_TRY(policy.levels, read_levels(root));
  if (auto const* const list = root["rule"].as_array()) {
    for (auto const& node : *list) {
      if (!node.is_table()) return refuse("rule", "must be a table");
      NEVUS_TRY(auto rule, read_rule(*node.as_table()));
      if (!policy.rules.empty() && rule.urgency < policy.rules.back().urgency)
        return refuse("rule " + rule.id, "stands behind one of lower urgency");
      policy.rules.push_back(std::move(rule));
    }
  }
  if (policy.rules.empty() || !always_holds(policy.rules.back()))
    return refuse("file", "the last rule must be one that always holds");
  return policy;
}

}  // namespace

std::string_view name(Urgency urgency) { return kUrgencyNames[static_cast<std::size_t>(urgency)]; }

namespace risk {

Result<Policy> parse_policy(std::string_view toml) {
  try {
    return read_policy(toml::parse(toml));
  } catch (toml::parse_error const& error) {
    return refuse("file", std::string(error.description()));
  }
}

Policy const& policy() {
  static Policy const ours = [] {
    auto parsed = parse_policy(kPolicyText);
    if (!parsed) throw std::logic_error(parsed.error().message);
    return *std::move(parsed);
  }();
  return ours;
}

}  // namespace risk
}  // namespace nevus
