// SPDX-License-Identifier: MIT
#include "nevus/evaluation/markdown.h"

#include <algorithm>
#include <cstdio>

namespace nevus::evaluation {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kAttributeTitles{
    {{"sex", "By sex"},
     {"age", "By age in years"},
     {"localization", "By place on the body"},
     {"dx_type", "By how the label was found"},
     {"view", "By folder of the photo"}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kSubgroupFigures{
    {{"accuracy", "accuracy"},
     {"balanced_accuracy", "balanced accuracy"},
     {"recall.mel", "melanoma recall"},
     {"malignant_auc", "malignant AUC"}}};

std::string title_of(std::string const& attribute) {
  for (auto const& [name, title] : kAttributeTitles) {
    if (name == attribute) return std::string(title);
  }
  return attribute;
}

std::string row_of(Subgroup const& subgroup) {
  // A bare "<40" would begin an HTML tag.
  auto name = subgroup.group;
  if (name.starts_with('<')) name = "under " + name.substr(1);
  if (name.starts_with('>')) name = "over " + name.substr(1);
  std::string row = "| " + name + " | " + std::to_string(subgroup.photos) + " |";
  for (auto const& [figure, title] : kSubgroupFigures) {
    auto const found = subgroup.metrics.find(std::string(figure));
    row += (found == subgroup.metrics.end() ? " too few" : " " + with_interval_text(found->second)) + " |";
  }
  return row + "\n";
}

}  // namespace

std::string percent(double share) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f %%", 100 * share);
  return text.data();
}

std::string three_digits(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", value);
  return text.data();
}

std::string with_interval_text(Metric const& metric) {
  return three_digits(metric.value) + " (" + three_digits(metric.low) + " to " + three_digits(metric.high) + ")";
}

std::string figure_cell(std::map<std::string, Metric> const& metrics, std::string const& name) {
  auto const found = metrics.find(name);
  return found == metrics.end() ? "not measured" : with_interval_text(found->second);
}

std::string subgroup_tables(std::vector<Subgroup> const& subgroups, std::string const& level) {
  std::string text;
  std::string_view attribute;
  for (auto const& subgroup : subgroups) {
    if (subgroup.attribute != attribute) {
      attribute = subgroup.attribute;
      text += (text.empty() ? "" : "\n") + level + " " + title_of(subgroup.attribute) + "\n\n| group | photos |";
      for (auto const& [figure, title] : kSubgroupFigures) text += " " + std::string(title) + " |";
      text += "\n|---|---|---|---|---|---|\n";
    }
    text += row_of(subgroup);
  }
  return text;
}

}  // namespace nevus::evaluation
