// SPDX-License-Identifier: MIT
#include "nevus/dataset/splits.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <random>
#include <utility>

namespace nevus {

std::optional<SplitKind> split_kind_from_name(std::string_view text) {
  for (auto const kind : {SplitKind::kFixed, SplitKind::kFold, SplitKind::kLeaky8515}) {
    if (name(kind) == text) return kind;
  }
  return std::nullopt;
}

std::string_view name(SplitKind kind) {
  switch (kind) {
    case SplitKind::kFold:
      return "fold";
    case SplitKind::kLeaky8515:
      return "leaky_85_15";
    case SplitKind::kFixed:
      break;
  }
  return "fixed";
}

namespace dataset {
namespace {

constexpr std::size_t kLeakyTestPercent = 15;

/// Fisher and Yates; std::shuffle's order differs between standard libraries.
template <typename T>
void shuffle(std::vector<T>& items, std::mt19937_64& random) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[((random() >> 32U) * i) >> 32U]);
}

using LesionPhotos = std::vector<std::size_t>;

/// The photos of each lesion, those with most first and else at random.
std::vector<LesionPhotos> lesions_of(std::vector<Sample> const& samples, std::mt19937_64& random) {
  std::map<std::string, LesionPhotos> by_id;  // in an order that does not depend on the photos'
  for (std::size_t i = 0; i < samples.size(); ++i) {
    auto const& sample = samples[i];
    by_id[sample.lesion_id.empty() ? "photo " + sample.image_id : sample.lesion_id].push_back(i);
  }
  std::vector<LesionPhotos> lesions;
  for (auto& [id, photos] : by_id) lesions.push_back(std::move(photos));
  shuffle(lesions, random);
  std::ranges::stable_sort(lesions, std::ranges::greater{}, &LesionPhotos::size);
  return lesions;
}

void sort_by_id(std::vector<Sample>& samples) { std::ranges::sort(samples, {}, &Sample::image_id); }

void append(std::vector<Sample>& to, std::vector<Sample>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  from.clear();
}

Result<Dataset> one_fold(Dataset data, SplitSpec const& spec) {
  std::vector<Sample> all;
  append(all, data.train);
  append(all, data.val);
  sort_by_id(all);
  auto const folds = assign_folds(all, spec.folds, spec.seed);
  for (std::size_t i = 0; i < all.size(); ++i)
    (folds[i] == spec.fold ? data.val : data.train).push_back(std::move(all[i]));
  if (data.val.empty() || data.train.empty()) {
    return fail(ErrorCode::kData, data.name + ": fold " + std::to_string(spec.fold) + " of " +
                                      std::to_string(spec.folds) + " would be empty");
  }
  data.name += ", fold " + std::to_string(spec.fold) + " of " + std::to_string(spec.folds);
  return data;
}

/// 15 % of each class, rounded so that the sum is 15 % of all, rounded up (largest remainder): 1,503 of 10,015.
PerClass<std::size_t> leaky_test_counts(PerClass<std::size_t> const& counts) {
  PerClass<std::size_t> wanted{};
  std::vector<std::pair<std::size_t, std::size_t>> remainders;  // and the class
  std::size_t all = 0;
  std::size_t given = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    wanted[i] = counts[i] * kLeakyTestPercent / 100;
    remainders.emplace_back(counts[i] * kLeakyTestPercent % 100, i);
    all += counts[i];
    given += wanted[i];
  }
  std::ranges::sort(remainders, std::ranges::greater{});
  std::size_t const sum = (all * kLeakyTestPercent + 99) / 100;
  for (std::size_t i = 0; given < sum; ++i, ++given) ++wanted[remainders[i].second];
  return wanted;
}

Dataset leaky(Dataset data, std::vector<Sample> excluded, SplitSpec const& spec) {
  std::vector<Sample> all = std::move(excluded);
  append(all, data.train);
  append(all, data.val);
  append(all, data.test);
  sort_by_id(all);
  data.excluded_ids.clear();
  std::mt19937_64 random(spec.seed);
  shuffle(all, random);
  auto wanted = leaky_test_counts(class_counts(all));
  for (auto& sample : all) {
    auto& left = wanted[static_cast<std::size_t>(sample.label)];
    (left > 0 ? data.test : data.train).push_back(sample);
    if (left > 0) --left;
  }
  sort_by_id(data.train);
  sort_by_id(data.test);
  data.val = data.test;
  data.name += ", LEAKY 85/15 split by image";
  return data;
}

}  // namespace

std::vector<int> assign_folds(std::vector<Sample> const& samples, int folds, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<int> fold_of(samples.size());
  std::vector<PerClass<std::size_t>> held(static_cast<std::size_t>(folds));
  std::vector<std::size_t> photos_held(static_cast<std::size_t>(folds));
  for (auto const& lesion : lesions_of(samples, random)) {
    auto const label = static_cast<std::size_t>(samples[lesion.front()].label);
    std::size_t best = 0;
    for (std::size_t fold = 1; fold < held.size(); ++fold) {
      auto const fewer =
          std::pair(held[fold][label], photos_held[fold]) < std::pair(held[best][label], photos_held[best]);
      if (fewer) best = fold;
    }
    for (auto const photo : lesion) {
      fold_of[photo] = static_cast<int>(best);
      ++held[best][static_cast<std::size_t>(samples[photo].label)];
      ++photos_held[best];
    }
  }
  return fold_of;
}

Result<Dataset> divide(Dataset data, std::vector<Sample> excluded, SplitSpec const& spec) {
  data.split = name(spec.kind);
  switch (spec.kind) {
    case SplitKind::kFold:
      return one_fold(std::move(data), spec);
    case SplitKind::kLeaky8515:
      return leaky(std::move(data), std::move(excluded), spec);
    case SplitKind::kFixed:
      break;
  }
  return data;
}

std::string describe_split(Dataset const& data) {
  bool const is_leaky = data.split == name(SplitKind::kLeaky8515);
  bool const knows_lesions = std::ranges::any_of(data.train, [](Sample const& s) { return !s.lesion_id.empty(); });
  std::array<char, 320> text{};
  std::snprintf(
      text.data(), text.size(),
      "%ssplit %s: %zu photos to train, %zu to validate, %zu to test%s; lesion also in training: %.1f %% of val, "
      "%.1f %% of test",
      is_leaky ? "LEAKY: " : "", data.split.c_str(), data.train.size(), data.val.size(), data.test.size(),
      is_leaky ? " (the same photos)" : "", 100 * leaked_share(data.train, data.val),
      100 * leaked_share(data.train, data.test));
  return text.data() + std::string(knows_lesions ? "" : "; without lesion ids nobody can know that");
}

}  // namespace dataset
}  // namespace nevus
