// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nevus/model/bundle.h"

namespace nevus::evaluation {

/// The figures of a whole set in the order in which tables show them: name in the card, title for a person.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kFigureTitles{{
    {"accuracy", "Accuracy of argmax p"},
    {"balanced_accuracy", "Balanced accuracy of argmax(p / prior)"},
    {"plain_balanced_accuracy", "Balanced accuracy of argmax p"},
    {"macro_auc", "Macro ROC AUC, one class against the rest"},
    {"malignant_auc", "ROC AUC, malignant against benign"},
    {"mel_sensitivity_at_90_specificity", "Melanoma sensitivity at 90 % specificity"},
    {"mel_sensitivity_at_95_specificity", "Melanoma sensitivity at 95 % specificity"},
    {"mel_specificity_at_90_sensitivity", "Melanoma specificity at 90 % sensitivity"},
    {"mel_specificity_at_95_sensitivity", "Melanoma specificity at 95 % sensitivity"},
    {"macro_f1", "Macro F1"},
    {"weighted_f1", "Weighted F1"},
    {"log_loss", "Log loss"},
    {"ece", "Expected calibration error, 15 bins"},
    {"brier", "Brier score"},
}};

[[nodiscard]] std::string percent(double share);                     ///< "14.3 %"
[[nodiscard]] std::string three_digits(double value);                ///< "0.143"
[[nodiscard]] std::string with_interval_text(Metric const& metric);  ///< "0.820 (0.799 to 0.839)"

/// The metric's text, or "not measured" where there is none of that name.
[[nodiscard]] std::string figure_cell(std::map<std::string, Metric> const& metrics, std::string const& name);

/// One table for each attribute among `subgroups`, under headings of `level` (###); a figure that its group is too
/// small for is "too few".
[[nodiscard]] std::string subgroup_tables(std::vector<Subgroup> const& subgroups, std::string const& level);

}  // namespace nevus::evaluation
