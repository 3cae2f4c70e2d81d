// SPDX-License-Identifier: MIT
#include "nevus/report/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace nevus::report {
namespace {

constexpr int kMinColumns = 40;
constexpr int kMaxColumns = 100;
constexpr std::string_view kIndent = "  ";
constexpr std::string_view kNoLabel = "            ";  ///< as wide as "Answer      " and its like

enum class Paint { kPlain, kBold, kDim, kRed, kYellow, kGreen, kUrgent };

std::string_view escape(Paint paint) {
  constexpr std::array<std::string_view, 7> kCodes{"0", "1", "2", "31", "33", "32", "1;97;41"};
  return kCodes[static_cast<std::size_t>(paint)];
}

/// How each level of urgency looks. The words of the policy stand beside, for who cannot tell the colours apart.
constexpr std::array<Paint, kUrgencyCount> kUrgencyPaints{Paint::kUrgent, Paint::kRed, Paint::kYellow, Paint::kGreen};

/// Code points that take one column: everything but UTF-8's continuation bytes. The texts here have no wider ones.
int columns(std::string_view text) {
  return static_cast<int>(
      std::ranges::count_if(text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

std::string padded(std::string text, int width) {
  text.append(static_cast<std::size_t>(std::max(0, width - columns(text))), ' ');
  return text;
}

std::string fixed(double value, int decimals) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

std::string percent(double share) {
  auto const text = fixed(100 * share, 1) + " %";
  return std::string(static_cast<std::size_t>(std::max(0, 7 - columns(text))), ' ') + text;
}

/// A figure with as many decimals as tell something: 512, 12.3, 0.042.
std::string figure(double value) { return fixed(value, std::abs(value) >= 100 ? 0 : std::abs(value) >= 1 ? 1 : 3); }

std::string bytes_text(std::size_t bytes) {
  return bytes < 1'000'000 ? fixed(static_cast<double>(bytes) / 1e3, 1) + " kB"
                           : fixed(static_cast<double>(bytes) / 1e6, 1) + " MB";
}

std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F; }, '?');
  return text;
}

/// A bar of eighths of a block, at least a sliver for anything that is not nothing.
std::string bar(double share, int width) {
  constexpr std::array<std::string_view, 8> kEighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  auto const eighths = std::max(share > 0.0005 ? 1 : 0, static_cast<int>(std::lround(share * width * 8)));
  std::string text;
  for (int i = 0; i < eighths / 8; ++i) text += "█";
  return text += kEighths[static_cast<std::size_t>(eighths % 8)];
}

class Page {
 public:
  explicit Page(TextStyle const& style)
      : width_(std::clamp(style.width_columns, kMinColumns, kMaxColumns)), colour_(style.colour) {}

  [[nodiscard]] int width() const { return width_; }

  [[nodiscard]] std::string painted(std::string_view text, Paint paint) const {
    if (colour_ == Colour::kNone || paint == Paint::kPlain || text.empty()) return std::string(text);
    return "\x1b[" + std::string(escape(paint)) + "m" + std::string(text) + "\x1b[0m";
  }

  void line(std::string const& text = "") { text_ += text.empty() ? "\n" : std::string(kIndent) + text + "\n"; }

  /// `text` broken between words, every line after `lead`'s columns.
  void paragraph(std::string const& lead, std::string_view text, Paint paint = Paint::kPlain) {
    auto const lead_columns = columns(lead);
    auto const room = std::max(20, width_ - static_cast<int>(kIndent.size()) - lead_columns);
    auto prefix = lead;
    while (!text.empty()) {
      auto const end = line_end(text, room);
      line(prefix + painted(text.substr(0, end), paint));
      text.remove_prefix(std::min(text.size(), end + 1));
      prefix.assign(static_cast<std::size_t>(lead_columns), ' ');
    }
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  /// Where the first line of `text` ends: the last blank within `room` columns, or the first one after.
  static std::size_t line_end(std::string_view text, int room) {
    std::size_t end = std::string_view::npos;
    for (auto blank = text.find(' '); blank != std::string_view::npos; blank = text.find(' ', blank + 1)) {
      if (columns(text.substr(0, blank)) > room && end != std::string_view::npos) return end;
      end = blank;
    }
    return columns(text) <= room || end == std::string_view::npos ? text.size() : end;
  }

  int width_;
  Colour colour_;
  std::string text_;
};

void write_title(Page& page, PhotoFacts const& photo, std::string const& input_name) {
  auto const title = printable(input_name);
  auto const facts = std::to_string(photo.width_px) + "×" + std::to_string(photo.height_px) + " px, " +
                     std::string(name(photo.format)) + ", " + bytes_text(photo.size_bytes);
  auto const gap = page.width() - static_cast<int>(kIndent.size()) - columns(title) - columns(facts);
  page.line();
  if (gap >= 2) {
    page.line(page.painted(title, Paint::kBold) + std::string(static_cast<std::size_t>(gap), ' ') +
              page.painted(facts, Paint::kDim));
  } else {
    page.line(page.painted(title, Paint::kBold));
    page.line(page.painted(facts, Paint::kDim));
  }
  page.line();
}

void write_probabilities(Page& page, Assessment const& assessment) {
  std::array<std::size_t, kLesionClassCount> order{};
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater{}, [&](std::size_t i) { return assessment.calibrated_prob[i]; });
  bool const narrow = page.width() < 72;
  int label_columns = 0;
  for (auto const& lesion_class : kLesionClasses) {
    label_columns = std::max(label_columns, columns(narrow ? lesion_class.id : lesion_class.display));
  }
  auto const bar_columns = page.width() - static_cast<int>(kIndent.size()) - label_columns - 10;
  for (auto const i : order) {
    auto const& lesion_class = kLesionClasses[i];
    auto const share = assessment.calibrated_prob[i];
    bool const first = i == order.front();
    auto const label = padded(std::string(narrow ? lesion_class.id : lesion_class.display), label_columns);
    page.line(page.painted(label, first ? Paint::kBold : Paint::kPlain) + " " + percent(share) + " " +
              page.painted(bar(share, bar_columns), lesion_class.malignant ? Paint::kRed : Paint::kGreen));
  }
  page.line();
}

void write_sets(Page& page, Assessment const& assessment) {
  if (assessment.prediction_sets.empty()) return;
  auto const& set = assessment.prediction_sets.front();
  std::string classes;
  for (auto const lesion_class : set.classes)
    classes += (classes.empty() ? "" : ", ") + std::string(info(lesion_class).display);
  page.paragraph("In question ", classes + " (" + fixed(100 * set.level, 0) + " % prediction set)");
  if (assessment.top_excluded())
    page.paragraph(std::string(kNoLabel), "the likeliest class is not among these, so it should not be relied on",
                   Paint::kYellow);
  if (assessment.cannot_tell)
    page.paragraph(std::string(kNoLabel), "so benign and malignant cannot be told apart here", Paint::kYellow);
}

void write_operating_point(Page& page, OperatingDecision const& decision) {
  std::string point(name(decision.point));
  std::ranges::replace(point, '_', '-');
  page.paragraph("Operating   ", "point " + point + ": malignant from " + fixed(100 * decision.threshold, 1) +
                                     " %, so " + (decision.positive ? "positive" : "negative"));
}

void write_assessment(Page& page, Assessment const& assessment) {
  auto const answer = std::string(info(assessment.predicted).display) + ", " + fixed(100 * assessment.confidence, 1) +
                      " % (" + std::string(name(assessment.band)) + " confidence)";
  page.paragraph("Answer      ", answer, Paint::kBold);
  page.paragraph("Malignant   ", fixed(100 * assessment.malignant_prob, 1) + " % (mel + bcc + akiec), risk " +
                                     std::string(name(assessment.risk_level)));
  if (assessment.operating_point) write_operating_point(page, *assessment.operating_point);
  write_sets(page, assessment);
  auto const urgency = assessment.urgency.urgency;
  page.line("Urgency     " + page.painted(name(urgency), kUrgencyPaints[static_cast<std::size_t>(urgency)]));
  page.paragraph(std::string(kNoLabel), risk::policy().level(urgency).words);
  for (auto const& reason : assessment.urgency.reasons) page.paragraph(std::string(kNoLabel) + "· ", reason);
  page.line();
  write_probabilities(page, assessment);
}

std::string limits_text(QualityMeasure const& measure) {
  auto const unit = measure.unit.empty() ? "" : " " + std::string(measure.unit);
  bool const from = std::isfinite(measure.min);
  bool const to = std::isfinite(measure.max);
  if (from && to) return figure(measure.min) + " to " + figure(measure.max) + unit;
  return (from ? "at least " + figure(measure.min) : "at most " + figure(measure.max)) + unit;
}

std::string spoken(std::string_view measure_name) {
  std::string words(measure_name);
  std::ranges::replace(words, '_', ' ');
  return words;
}

void write_quality(Page& page, QualityReport const& quality) {
  auto const passed = std::ranges::count_if(quality.measures, &QualityMeasure::passed);
  page.paragraph("Photo       ", (quality.usable() ? "usable, " : "not usable, ") + std::to_string(passed) + " of " +
                                     std::to_string(quality.measures.size()) + " checks passed");
  for (auto const& measure : quality.measures) {
    if (measure.passed) continue;
    page.paragraph(std::string(kNoLabel),
                   spoken(measure.name) + " is " + figure(measure.value) + ", but " +
                       (measure.severity == Severity::kWarns ? "should" : "must") + " be " + limits_text(measure) +
                       ". " + std::string(measure.advice),
                   Paint::kYellow);
  }
}

void write_ood(Page& page, OodReport const& ood) {
  if (!ood.by_distance()) return;
  auto const figure =
      "distance to the training photos " + fixed(ood.score, 2) + ", doubtful from " + fixed(ood.doubtful_from, 2);
  if (ood.state == OodState::kInDistribution) {
    page.paragraph("Likeness    ", "like the training photos (" + figure + ")");
  } else {
    page.paragraph("Likeness    ", ood.reason + " (" + figure + ")", Paint::kYellow);
  }
}

void write_stability(Page& page, Stability const& stability) {
  page.paragraph("Stability   ", "malignant probability spreads over " + fixed(100 * stability.spread_prob, 1) +
                                     " percentage points in " + std::to_string(stability.views) +
                                     " turned and mirrored views; " + fixed(100 * stability.view_flip_frac, 0) +
                                     " % of them and " + fixed(100 * stability.perturbed_flip_frac, 0) + " % of " +
                                     std::to_string(stability.perturbations) +
                                     " slightly changed photos get another answer");
}

void write_explanation(Page& page, Explanation const& explanation) {
  auto const subject = std::string(info(explanation.lesion_class).display);
  if (!explanation.shown) {
    page.paragraph("Heat map    ", "none: no part of the photo speaks for " + subject);
    return;
  }
  auto const& figure = explanation.shown->faithfulness;
  page.paragraph("Heat map    ",
                 std::string(figure.reliable ? "reliable" : "unreliable") + " for " + subject +
                     ": hiding its hottest fifth takes " + fixed(figure.drop_logit, 2) +
                     " from the log-odds, the same shape elsewhere " + fixed(figure.random_drop_logit, 2) +
                     " (median of 15)",
                 figure.reliable ? Paint::kPlain : Paint::kYellow);
}

void write_closing(Page& page, ModelIdentity const& model, StageTimes const& times) {
  page.paragraph("Model       ", model.id + " " + model.version + ", " + fixed(times.total_ms.count(), 1) + " ms");
  page.line();
  page.paragraph("", kDisclaimer, Paint::kDim);
  page.line();
}

}  // namespace

std::string to_text(Analysis const& analysis, std::string const& input_name, ModelIdentity const& model,
                    TextStyle const& style) {
  Page page(style);
  write_title(page, analysis.photo, input_name);
  if (analysis.assessment) {
    write_assessment(page, *analysis.assessment);
  } else if (analysis.status() == AnalysisStatus::kNotDermoscopy) {
    // Who is far from the training photos may well be a photo through a dermatoscope.
    page.line("Answer      " +
              page.painted(analysis.ood->by_distance() ? "NO ANSWER" : "NO DERMATOSCOPIC PHOTO", Paint::kYellow));
    page.paragraph(std::string(kNoLabel), analysis.ood->reason + " There is no answer.");
    page.paragraph(std::string(kNoLabel), kSeeADoctor);
    page.line();
  } else {
    page.line("Answer      " + page.painted("RETAKE ADVISED", Paint::kYellow));
    page.paragraph(std::string(kNoLabel), "the photo is not good enough to be classified, so there is no answer");
    page.paragraph(std::string(kNoLabel), kSeeADoctor);
    page.line();
  }
  write_quality(page, analysis.quality);
  if (analysis.ood) write_ood(page, *analysis.ood);
  if (analysis.stability) write_stability(page, *analysis.stability);
  if (analysis.explanation) write_explanation(page, *analysis.explanation);
  write_closing(page, model, analysis.times);
  return page.take();
}

namespace {

/// Whose text a section is, where that is not always the same.
std::string origin_note(Prose const& prose, Section const& section) {
  if (!prose.by(Origin::kLanguageModel)) return "";
  auto const* const key = section.origin == Origin::kLanguageModel ? "label.by_llm" : "label.by_offline";
  return " (" + narrative::words(prose.language, key) + ")";
}

}  // namespace

std::string to_text(Prose const& prose, TextStyle const& style) {
  Page page(style);
  for (auto const& section : prose.sections) {
    page.line(page.painted(section.title, Paint::kBold) + origin_note(prose, section));
    std::string text;
    for (auto const& sentence : section.sentences) {
      text += (text.empty() ? "" : " ") + sentence.text;
      for (auto const& id : sentence.sources) text += " [" + id + "]";
    }
    page.paragraph(std::string(kIndent), text);
    page.line();
  }
  for (auto const& source : prose.sources) page.paragraph("[" + source.id + "] ", source.cite, Paint::kDim);
  page.line();
  return page.take();
}

}  // namespace nevus::report
