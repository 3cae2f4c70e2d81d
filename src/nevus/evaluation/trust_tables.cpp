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

std::string percent_cell(ModelCard const& card, std::string const& name) {
  auto const found = card.metrics.find(name);
  return found == card.metrics.end() ? "–" : percent(found->second.value);
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

std::string sets_section(ModelCard const& card) {
  std::string text =
      "## Prediction sets\n\nClass-conditional split conformal prediction with limits from the validation photos." +
      pooled_words(card.limits) + "\n\n| test photos |";
  std::string line = "|---|";
  for (auto const& set : card.limits.sets) {
    text += " " + percent(set.level) + " set |";
    line += "---|";
  }
  text += "\n" + line + "\n";
  auto const row = [&](std::string const& title, std::string const& figure) {
    text += "| " + title + " |";
    for (auto const& set : card.limits.sets)
      text += " " + figure_cell(card.metrics, "test." + set_name(set) + "." + figure) + " |";
    text += '\n';
  };
  row("the truth is in the set", "coverage");
  for (auto const& lesion_class : kLesionClasses)
    row("… " + std::string(lesion_class.display), "coverage." + std::string(lesion_class.id));
  row("classes in the set, mean", "size");
  row("sets of one class", "single");
  return text + "\nBenign and malignant cannot be told apart (both in the 90 % set): " +
         figure_cell(card.metrics, "test.cannot_tell") + " of the photos.\n\n";
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

std::string urgency_table(ModelCard const& card) {
  std::string text = "| test photos |";
  for (std::size_t u = 0; u < kUrgencyCount; ++u) text += " " + std::string(name(static_cast<Urgency>(u))) + " |";
  text += "\n|---|---|---|---|---|\n";
  auto const row = [&](std::string const& title, std::string const& suffix) {
    text += "| " + title + " |";
    for (std::size_t u = 0; u < kUrgencyCount; ++u)
      text += " " + percent_cell(card, "test.urgency." + std::string(name(static_cast<Urgency>(u))) + suffix) + " |";
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
  return subject + " ≥ " + limit.data();
}

std::string evidence(ModelCard const& card) {
  std::string text = "### " + card.id + " " + card.version + "\n\n" + urgency_table(card) +
                     "| rule | decides, of all test photos | malignant among these |\n|---|---|---|\n";
  for (auto const& rule : risk::policy().rules) {
    text += "| `" + rule.id + "` | " + percent_cell(card, "test.rule." + rule.id) + " | " +
            percent_cell(card, "test.rule." + rule.id + ".malignant") + " |\n";
  }
  return text + "\n";
}

}  // namespace

std::string trust_sections(ModelCard const& card) {
  if (!card.limits.thresholds || card.limits.sets.empty()) return "";
  auto text = calibration_section(card) + sets_section(card) + points_section(card) +
              "## Urgency\n\nBy the rules of `docs/risk-policy.md`, at the balanced operating point.\n\n" +
              urgency_table(card);
  if (card.features) text += likeness_section(card);
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
      "the case look calmer. Urgency is never below `risk_level`.\n\n## What the rules do\n\nOn the 1,503 test photos, "
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
