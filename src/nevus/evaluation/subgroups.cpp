// SPDX-License-Identifier: MIT
#include "nevus/evaluation/subgroups.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace nevus::evaluation {
namespace {

constexpr std::string_view kUnknown = "unknown";

std::string or_unknown(std::string const& text) { return text.empty() ? std::string(kUnknown) : text; }

std::string age_group(Prediction const& prediction) {
  auto const& years = prediction.about.age_years;
  if (!years) return std::string(kUnknown);
  return *years < 40 ? "<40" : *years <= 60 ? "40-60" : ">60";
}

struct Attribute {
  std::string_view name;
  std::string (*group_of)(Prediction const&);
};

constexpr std::array<Attribute, 5> kAttributes{{
    {"sex", [](Prediction const& of) { return or_unknown(of.about.sex); }},
    {"age", age_group},
    {"localization", [](Prediction const& of) { return or_unknown(of.about.localization); }},
    {"dx_type", [](Prediction const& of) { return or_unknown(of.about.dx_type); }},
    {"view", [](Prediction const& of) { return or_unknown(of.about.view); }},
}};

/// Whether a group is large enough for each figure.
struct Enough {
  bool photos = false;
  bool each_class = false;
  bool melanomas = false;
  bool both_sides = false;
};

Enough enough_in(std::vector<Prediction> const& group) {
  PerClass<std::size_t> counts{};
  std::size_t malignant = 0;
  for (auto const& prediction : group) {
    ++counts[static_cast<std::size_t>(prediction.truth)];
    if (info(prediction.truth).malignant) ++malignant;
  }
  bool const each_class =
      std::ranges::all_of(counts, [](std::size_t count) { return count == 0 || count >= kFewestOfAClass; });
  bool const one_class = std::ranges::count(counts, 0U) == std::ptrdiff_t(kLesionClassCount) - 1;
  bool const photos = group.size() >= kFewestPhotos;
  return {photos, photos && each_class && !one_class,
          counts[static_cast<std::size_t>(LesionClass::kMel)] >= kFewestOfAKind,
          malignant >= kFewestOfAKind && group.size() - malignant >= kFewestOfAKind};
}

Subgroup measure_group(std::string_view attribute, std::string const& name, std::vector<Prediction> const& group,
                       Calibration const& calibration, PerClass<double> const& class_prior, int resamples) {
  Subgroup measured{std::string(attribute), name, group.size(), {}};
  auto const enough = enough_in(group);
  if (!enough.photos && !enough.melanomas) return measured;
  auto const metrics = measure_with_intervals(group, calibration, class_prior, resamples);
  auto const keep = [&](bool wanted, std::string const& figure) {
    if (wanted && metrics.contains(figure)) measured.metrics[figure] = metrics.at(figure);
  };
  keep(enough.photos, "accuracy");
  keep(enough.each_class, "balanced_accuracy");
  keep(enough.melanomas, "recall.mel");
  keep(enough.both_sides, "malignant_auc");
  return measured;
}

}  // namespace

std::vector<Subgroup> measure_subgroups(std::vector<Prediction> const& predictions, Calibration const& calibration,
                                        PerClass<double> const& class_prior, int resamples) {
  std::vector<Subgroup> subgroups;
  for (auto const& attribute : kAttributes) {
    std::map<std::string, std::vector<Prediction>> groups;
    for (auto const& prediction : predictions) groups[attribute.group_of(prediction)].push_back(prediction);
    if (groups.size() < 2) continue;
    auto const begin = subgroups.size();
    for (auto const& [name, group] : groups)
      subgroups.push_back(measure_group(attribute.name, name, group, calibration, class_prior, resamples));
    // By name, but "<40" before "40-60" before ">60", and what is unknown last.
    auto const rank = [](Subgroup const& group) {
      bool const lowest = group.group.starts_with('<');
      bool const highest = group.group.starts_with('>');
      return group.group == kUnknown ? 3 : highest ? 2 : lowest ? 0 : 1;
    };
    std::ranges::stable_sort(subgroups.begin() + std::ptrdiff_t(begin), subgroups.end(), {}, rank);
  }
  return subgroups;
}

}  // namespace nevus::evaluation
