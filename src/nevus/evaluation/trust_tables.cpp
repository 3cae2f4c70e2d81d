// SPDX-License-Identifier: MIT
#include "nevus/evaluation/trust_tables.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "nevus/evaluation/markdown.h"

namespace nevus::evaluation {
namespace {

std::string value_cell(ModelCard const& card, std::string const& name) {
  auto const found = card.metrics.find(name);
  return found == card.metrics.end() ? "–" : three_digits(found->second.value);
}

std::string set_name(SetLimits const& set) { return "set" + std::to_string(int(std::lround(100 * set.level))); }

std::string pooled_words(RiskLimits const& limits) {
  auto const& pooled = limits.sets.front().pooled;
  if (pooled.empty()) return "";
  std::string names;
  for (auto const lesion_class : pooled) names += (names.empty() ? "" : ", ") + std::string(info(lesion_class).id);
  return " Classes with fewer than 30 validation photos (" + names +
         ") share one limit: the level\nholds for them together, not for each.";
}

std::string calibration_section(ModelCard const& card) {
  std::string text =
      "## Calibration\n\nProbabilities are " + calibration_text(card.calibration) +
      ". Log loss of validation photos on folds of lesions that the fit did not see: " +
      value_cell(card, "val.held_out.temperature.log_loss") + "\nwith a temperature, " +
      value_cell(card, "val.held_out.vector.log_loss") + " with vector scaling, " +
      value_cell(card, "val.held_out.raw.log_loss") +
      " as it is; the better one is taken.\n\n| test photos | as the network says it | calibrated |\n|---|---|---|\n";
  for (auto const& [figure, title] : {std::pair{"log_loss", "log loss"}, std::pair{"ece", "expected calibration error"},
                                      std::pair{"brier", "Brier score"}}) {
    text += "| " + std::string(title) + " | " + figure_cell(card.metrics, "test.raw." + std::string(figure)) + " | " +
            figure_cell(card.metrics, "test." + std::string(figure)) + " |\n";
  }
  return text + "\n";
}

/// Figures of one part of the data: their names in `metrics` begin with `prefix`.
struct Part {
  std::map<std::string, Metric> const& metrics;
  std::string prefix;
  std::string title;  ///< "test photos"

  [[nodiscard]] std::string cell(std::string const& figure) const { return figure_cell(metrics, prefix + figure); }
  [[nodiscard]] std::string percent_cell(std::string const& figure) const {
    auto const found = metrics.find(prefix + figure);
    return found == metrics.end() ? "–" : percent(found->second.value);
  }
};

Part test_part(ModelCard const& card) { return {card.metrics, "test.", "test photos"}; }

std::string sets_table(Part const& part, RiskLimits const& limits) {
  std::string text = "| " + part.title + " |";
  std::string line = "|---|";
  for (auto const& set : limits.sets) {
    text += " " + percent(set.level) + " set |";
    line += "---|";
  }
  text += "\n" + line + "\n";
  auto const row = [&](std::string const& title, std::string const& figure) {
    text += "| " + title + " |";
    for (auto const& set : limits.sets) text += " " + part.cell(set_name(set) + "." + figure) + " |";
    text += '\n';
  };
  row("the truth is in the set", "coverage");
  for (auto const& lesion_class : kLesionClasses) {
    row("… " + std::string(lesion_class.display), "coverage." + std::string(lesion_class.id));
    if (lesion_class.id != info(LesionClass::kNv).id) continue;
    if (!part.metrics.contains(part.prefix + "set90.coverage.nv_histo")) continue;
    row("… … by histology", "coverage.nv_histo");
    row("… … by follow-up, consensus or confocal microscopy", "coverage.nv_other");
  }
  row("classes in the set, mean", "size");
  row("sets of one class", "single");
  return text + "\nBenign and malignant cannot be told apart (the 90 % set and the likeliest class hold both): " +
         part.cell("cannot_tell") + " of the photos.\n\n";
}

/// Why the sets hold less on test than they promise, where that is known.
std::string why_coverage_differs(ModelCard const& card) {
  auto const held_out = card.metrics.find("val.held_out.set90.coverage");
  auto const val = card.metrics.find("val.nv_histo");
  auto const test = card.metrics.find("test.nv_histo");
  if (held_out == card.metrics.end() || val == card.metrics.end() || test == card.metrics.end()) return "";
  if (test->second.value <= val->second.value) return "";
  return "Calibration and limits are fitted on the same photos; that this does not flatter them shows on folds of "
         "validation lesions\nthat neither was fitted on: the truth is in " +
         with_interval_text(held_out->second) +
         " of the 90 % sets. The test photos are harder than those that set the\nlimits: of their nevi " +
         percent(test->second.value) + " were cut out and judged by histology, of the validation nevi " +
         percent(val->second.value) +
         ", and sets hold these\nless often. A limit for each class cannot promise its level where the kind of cases "
         "within a class shifts.\n\n";
}

std::string sets_section(ModelCard const& card) {
  return "## Prediction sets\n\nClass-conditional split conformal prediction with limits from the validation photos." +
         pooled_words(card.limits) + "\n\n" + sets_table(test_part(card), card.limits) + why_coverage_differs(card);
}

std::string points_section(ModelCard const& card) {
  std::string text =
      "## Operating points\n\nMalignant is mel + bcc + akiec.\n\n| point | malignant from | sensitivity, val | "
      "specificity, val | sensitivity, test | specificity, test |\n|---|---|---|---|---|---|\n";
  for (std::size_t i = 0; i < kOperatingPointCount; ++i) {
    std::string const point(name(static_cast<OperatingPoint>(i)));
    text += "| " + point + " | " + percent((*card.limits.thresholds)[i]) + " |";
    for (auto const* part : {"val.", "test."}) {
      text += " " + figure_cell(card.metrics, part + point + ".sensitivity") + " | " +
              figure_cell(card.metrics, part + point + ".specificity") + " |";
    }
    text += '\n';
  }
  return text + "\n";
}

std::string urgency_table(Part const& part) {
  std::string text = "| " + part.title + " |";
  for (std::size_t u = 0; u < kUrgencyCount; ++u) text += " " + std::string(name(static_cast<Urgency>(u))) + " |";
  text += "\n|---|---|---|---|---|\n";
  auto const row = [&](std::string const& title, std::string const& suffix) {
    text += "| " + title + " |";
    for (std::size_t u = 0; u < kUrgencyCount; ++u)
      text += " " + part.percent_cell("urgency." + std::string(name(static_cast<Urgency>(u))) + suffix) + " |";
    text += '\n';
  };
  row("all", "");
  for (auto const& lesion_class : kLesionClasses)
    row(std::string(lesion_class.display), "." + std::string(lesion_class.id));
  return text + "\n";
}

std::string likeness_section(ModelCard const& card) {
  std::string text = "## Likeness\n\nDistance of the embedding to those of the training photos (" +
                     std::to_string(card.features->axis_variance.size()) + " axes); doubtful from " +
                     three_digits(card.features->doubtful_from) + ", rejected from " +
                     three_digits(card.features->rejected_from) +
                     ". What is refused of other pictures: `docs/ood.md`.\n\n| photos of the test list | rejected | "
                     "doubtful or rejected "
                     "|\n|---|---|---|\n";
  for (auto const& [metric, value] : card.metrics) {
    auto const end = metric.rfind(".ood.rejected");
    if (!metric.starts_with("test") || end == std::string::npos) continue;
    auto const part = metric.substr(0, end);
    text += "| " + (part == "test" ? "all, as they are served" : part.substr(5)) + " | " +
            figure_cell(card.metrics, metric) + " | " + figure_cell(card.metrics, part + ".ood.doubtful_or_rejected") +
            " |\n";
  }
  text += "\nA class left out of the statistics is told from the others by distance with the AUC (val):";
  for (auto const& lesion_class : kLesionClasses) {
    std::string const id(lesion_class.id);
    text += (lesion_class.id == kLesionClasses.front().id ? " " : ", ") + id + " " +
            value_cell(card, "val.ood.left_out_auc." + id);
  }
  return text +
         ". The network has\nlearnt the class all the same. Near .5 says: a lesion of an unknown kind looks as usual "
         "to "
         "this check.\n\n";
}

std::string condition(PolicyRule const& rule) {
  std::string const subject = rule.lesion_class ? std::string(info(*rule.lesion_class).id) : "malignant_prob";
  if (rule.in_set) return subject + " is in the 90 % prediction set";
  if (rule.at_operating_point) return subject + " reaches the chosen operating point";
  if (rule.leads) return subject + " is at least 1/7 and no less than each benign class";
  if (rule.min_prob == 0) return "none of the above";
  std::array<char, 16> limit{};
  std::snprintf(limit.data(), limit.size(), "%.2f", rule.min_prob);
  auto text = subject + " ≥ " + limit.data();
  if (rule.min_grave_prob > 0) {
    std::snprintf(limit.data(), limit.size(), "%.2f", rule.min_grave_prob);
    text += std::string(" and mel + bcc ≥ ") + limit.data();
  }
  return text;
}

std::string evidence(ModelCard const& card) {
  auto const part = test_part(card);
  std::string text = "### " + card.id + " " + card.version + "\n\n" + urgency_table(part) +
                     "| rule | decides, of all test photos | malignant among these |\n|---|---|---|\n";
  for (auto const& rule : risk::policy().rules) {
    text += "| `" + rule.id + "` | " + part.percent_cell("rule." + rule.id) + " | " +
            part.percent_cell("rule." + rule.id + ".malignant") + " |\n";
  }
  return text + "\n";
}

}  // namespace

std::string trust_sections(ModelCard const& card) {
  if (!card.limits.thresholds || card.limits.sets.empty()) return "";
  auto text = calibration_section(card) + sets_section(card) + points_section(card) +
              "## Urgency\n\nBy the rules of `docs/risk-policy.md`, at the balanced operating point.\n\n" +
              urgency_table(test_part(card));
  if (card.features) text += likeness_section(card);
  return text;
}

std::string trust_report(std::map<std::string, Metric> const& metrics, RiskLimits const& limits) {
  Part const part{metrics, "", "these photos"};
  std::string text;
  if (!limits.sets.empty()) {
    text +=
        "## Prediction sets\n\nBeside the probabilities an answer holds sets that are to hold the truth in 90 and 95 % "
        "of new cases of each class.\n\n" +
        sets_table(part, limits);
  }
  if (limits.thresholds) {
    text +=
        "## Operating points and urgency\n\n| point | malignant from | sensitivity | specificity "
        "|\n|---|---|---|---|\n";
    for (std::size_t i = 0; i < kOperatingPointCount; ++i) {
      std::string const point(name(static_cast<OperatingPoint>(i)));
      text += "| " + point + " | " + percent((*limits.thresholds)[i]) + " | " + part.cell(point + ".sensitivity") +
              " | " + part.cell(point + ".specificity") + " |\n";
    }
    text += "\n" + urgency_table(part);
  }
  auto const rows = [&](std::string const& heading, std::vector<std::pair<std::string, std::string>> const& figures) {
    if (!metrics.contains(figures.front().first)) return;
    text += heading + "\n\n| these photos | |\n|---|---|\n";
    for (auto const& [figure, title] : figures) text += "| " + title + " | " + part.cell(figure) + " |\n";
    text += "\n";
  };
  rows("## Likeness to the training photos",
       {{"ood.rejected", "rejected: too unlike to be answered, though answered here"},
        {"ood.doubtful_or_rejected", "doubtful or rejected"}});
  rows(
      "## Stability\n\nOver 8 turned and mirrored views of each photo, and 8 that are changed as little as a second "
      "photo would be.",
      {{"stability.spread_prob", "highest minus lowest malignant probability over the views, mean"},
       {"stability.view_flip_frac", "views with another first answer"},
       {"stability.perturbed_flip_frac", "little changes with another first answer"}});
  return text;
}

std::string risk_policy_markdown(Policy const& policy, std::vector<ModelCard> const& cards) {
  std::string text =
      "# Risk policy\n\nVersion " + policy.version +
      ". Made from [`src/nevus/risk/policy.toml`](../src/nevus/risk/policy.toml) and the cards in `models/`; "
      "`NEVUS_UPDATE_DOCS=1 ./test -R Docs`\nwrites it again.\n\nThe rules turn calibrated probabilities, the "
      "prediction "
      "set and the chosen operating point into an urgency. They are a teaching aid's\nrules, chosen for caution and "
      "not "
      "fitted to costs; no body of doctors has approved them.\n\n| level | colour | what is said |\n|---|---|---|\n";
  for (std::size_t u = 0; u < kUrgencyCount; ++u) {
    auto const urgency = static_cast<Urgency>(u);
    text += "| " + std::string(name(urgency)) + " | " + policy.level(urgency).colour + " | " +
            policy.level(urgency).words + " |\n";
  }
  text +=
      "\nThe first rule that holds decides; all rules of that level which hold are given as reasons. `malignant_prob` "
      "is "
      "mel + bcc + akiec.\n\n| level | rule | holds when | why |\n|---|---|---|---|\n";
  for (auto const& rule : policy.rules) {
    text += "| " + std::string(name(rule.urgency)) + " | `" + rule.id + "` | " + condition(rule) + " | " + rule.why +
            " |\n";
  }
  text +=
      "\nSo 45 % melanoma under 55 % nevus is CRITICAL though the top class is benign. Probability that moves from "
      "benign "
      "classes to malignant\nones never lowers urgency (a test tries 50,000 such moves); this is why leading counts "
      "over "
      "benign classes only: if it counted over all,\nmore basal cell carcinoma could take the lead from melanoma and "
      "make "
      "the case look calmer. Urgency is never below `risk_level`, but for actinic keratosis\n"
      "alone, which is of HIGH risk and MEDIUM urgency from .40.\n\n## What the rules do\n\nOn the 1,503 test photos, "
      "at "
      "the balanced operating point. The rows of the classes say how urgent the cases of each are called.\n\n";
  for (auto const& card : cards) {
    if (card.limits.thresholds) text += evidence(card);
  }
  return text +
         "## What they do not know\n\nAge, growth, bleeding, itching, family and earlier lesions, all of which a "
         "doctor "
         "asks for, play no part. HAM10000 holds far more\nmelanomas than a practice sees, so the probabilities are "
         "too "
         "high for a lesion that nobody worried about.\n";
}

}  // namespace nevus::evaluation
