// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "nevus/training/config.h"

namespace nevus {

template <typename Part>
struct NumberKey {
  double Part::*field;
  double low, high;
};

template <typename Part>
struct WholeKey {
  int Part::*field;
  int low, high;
};

template <typename Part>
struct FlagKey {
  bool Part::*field;
};

enum class Presence { kOptional, kRequired };

/// A text; one of `words` unless there are none.
template <typename Part>
struct WordKey {
  std::string Part::*field;
  Presence presence = Presence::kOptional;
  std::vector<std::string_view> words{};
};

/// One of `words`, which stand for the enumerators in their order.
template <typename Part>
struct ChoiceKey {
  void (*set)(Part&, int);
  int (*get)(Part const&);
  std::vector<std::string_view> words;
};

/// A key of one section of a recipe: where it goes, what it accepts, and what it does.
template <typename Part>
struct RecipeKey {
  std::string_view name;
  std::variant<NumberKey<Part>, WholeKey<Part>, FlagKey<Part>, WordKey<Part>, ChoiceKey<Part>> value;
  std::string_view meaning;  ///< with the unit, and the source where there is one
};

template <typename Part>
using RecipeKeys = std::vector<RecipeKey<Part>>;

namespace training {

/// The one table of each section; the reader and docs/recipes.md come from it.
[[nodiscard]] RecipeKeys<TrainingConfig::Data> const& data_keys();
[[nodiscard]] RecipeKeys<TrainingConfig::NetworkPart> const& network_keys();
[[nodiscard]] RecipeKeys<Phase> const& phase_keys();
[[nodiscard]] RecipeKeys<TrainingConfig::Optimization> const& optimization_keys();
[[nodiscard]] RecipeKeys<TrainingConfig::Loss> const& loss_keys();
[[nodiscard]] RecipeKeys<TrainingConfig::Distillation> const& distill_keys();
[[nodiscard]] RecipeKeys<AugmentOptions> const& augment_keys();

/// A number as short as it can be said.
[[nodiscard]] std::string number_text(double value);

}  // namespace training
}  // namespace nevus
