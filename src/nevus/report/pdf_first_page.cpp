// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

#include "nevus/report/pdf_page.h"

namespace nevus::report {
namespace {

std::string fixed(double value, int decimals) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

/// The heat map without the strip of English words that explain::with_legend put below it.
Image without_legend(Image const& picture, Image const& photo) {
  auto const enlarged = std::max(1, picture.width_px() / photo.width_px());
  auto const rows = std::min(picture.height_px(), photo.height_px() * enlarged);
  auto const bytes = std::size_t{3} * static_cast<std::size_t>(picture.width_px()) * static_cast<std::size_t>(rows);
  auto const& pixels = picture.pixels();
  return {picture.width_px(), rows, {pixels.begin(), pixels.begin() + static_cast<std::ptrdiff_t>(bytes)}};
}

/// The largest box of the picture's aspect in `room`, centred.
Box fitted(Image const& picture, Box const& room) {
  auto const factor = std::min(room.width / picture.width_px(), room.height / picture.height_px());
  Box const box{0, 0, picture.width_px() * factor, picture.height_px() * factor};
  return {room.x + (room.width - box.width) / 2, room.y + (room.height - box.height) / 2, box.width, box.height};
}

Rgb colour_of(Urgency urgency) {
  auto const& colour = risk::policy().level(urgency).colour;
  return colour == "red" ? kRed : colour == "yellow" ? kAmber : kGreen;
}

/// The answer with its figures, from the top down.
class FirstPage {
 public:
  FirstPage(PdfCanvas& canvas, PdfReport const& report)
      : canvas_(canvas), report_(report), width_(canvas.width_pt() - 2 * kMargin) {}

  void draw() {
    head();
    people();
    answer();
    pictures();
    double const half = (width_ - kGutter) / 2;
    auto const top = y_;
    if (report_.analysis.assessment) {
      probabilities(kMargin, top, half);
      particulars(kMargin + half + kGutter, top, half);
    } else {
      particulars(kMargin, top, width_);
    }
    draw_foot(canvas_, report_, 1);
  }

 private:
  void head() {
    y_ = kMargin - 8;
    auto const title = canvas_.tag("H1");
    canvas_.text(report_.label("report_title"), kMargin, y_ - 4, width_ * .6,
                 {.size_pt = 19, .weight = Weight::kBold, .colour = kAccent, .max_lines = 1});
    canvas_.text(report_.label("report") + " " + report_.id.substr(0, 16), kMargin, y_, width_, right(kSmall));
    canvas_.text(report_.label("made") + " " + time_text(report_.fields.made, "%Y-%m-%d %H:%M UTC"), kMargin, y_ + 11,
                 width_, right(kSmall));
    y_ += 28;
    banner();
  }

  /// Whether an analyst signed the report off, and why; page 2 has the whole reason.
  void banner() {
    auto const& sign_off = report_.fields.sign_off;
    bool const agreed = sign_off && sign_off->verdict == Verdict::kAgree;
    TextLook const loud{.size_pt = 8.5, .weight = Weight::kBold, .colour = {1, 1, 1}, .max_lines = 1};
    TextLook const quiet{.size_pt = 8, .colour = {1, 1, 1}, .max_lines = 2};
    double const inner = width_ - 16;
    auto const reason = sign_off ? sign_off->reason : "";
    double const height = 15 + (reason.empty() ? 0 : canvas_.measure(reason, inner, quiet) + 2);
    canvas_.fill({kMargin, y_, width_, height}, !sign_off ? kAmber : agreed ? kGreen : kRed, 2);
    canvas_.text(sign_off ? report_.signed_text() : report_.label("preliminary"), kMargin + 8, y_ + 1.5, inner, loud);
    if (!reason.empty()) canvas_.text(reason, kMargin + 8, y_ + 13.5, inner, quiet);
    y_ += height + 7;
  }

  void field(std::string const& key, std::string const& value, double x, double width, int most_lines) {
    canvas_.text(report_.label(key), x, y_, width, {.size_pt = 7, .colour = kGrey, .max_lines = 1});
    bool const given = !value.empty();
    canvas_.text(given ? value : report_.label("not_given"), x, y_ + 9, width,
                 lines(painted(kBody, given ? kInk : kGrey), most_lines));
  }

  /// What the person typed.
  void people() {
    auto const part = canvas_.tag("P");
    auto const& notes = report_.fields.notes;
    double const column = width_ / 4;
    field("patient", notes.patient, kMargin, column - 8, 1);
    field("born", notes.born, kMargin + column, column - 8, 1);
    field("site", notes.site, kMargin + 2 * column, column - 8, 1);
    auto const& sign_off = report_.fields.sign_off;
    field("analyst", sign_off ? sign_off->analyst : notes.analyst, kMargin + 3 * column, column, 1);
    y_ += 25;
    if (!notes.history.empty()) {
      auto const look = lines(kBody, 3);
      field("history", notes.history, kMargin, width_, look.max_lines);
      y_ += 9 + canvas_.measure(notes.history, width_, look) + 4;
    }
    y_ += 3;
  }

  /// What keeps the likeliest class from being taken for the answer.
  [[nodiscard]] std::string doubts(Assessment const& assessment) const {
    std::string text;
    auto const add = [&](bool holds, char const* key) {
      if (holds) text += (text.empty() ? "" : " ") + report_.label(key);
    };
    add(assessment.top_excluded(), "top_excluded");
    add(assessment.cannot_tell, "cannot_tell");
    return text;
  }

  void answer() {
    auto const part = canvas_.tag("Sect");
    constexpr double kPadding = 9;
    auto const& assessment = report_.analysis.assessment;
    auto const colour = assessment ? colour_of(assessment->urgency.urgency) : kGrey;
    auto const& overview = report_.prose.sections.front().sentences;
    auto const headline = assessment ? report_.say("urgency." + std::string(name(assessment->urgency.urgency)))
                                     : report_.label("declined");
    std::string first;
    std::string second;
    if (assessment) {
      first = report_.class_name(assessment->predicted) + "   " + report_.percent(assessment->confidence) + "   (" +
              report_.label("confidence") + ": " + report_.say("band." + std::string(name(assessment->band))) + ")";
      second = report_.label("malignant") + ": " + report_.percent(assessment->malignant_prob) + "   ·   " +
               report_.label("risk") + ": " + report_.say("risk." + std::string(name(assessment->risk_level)));
    } else {
      first = overview.front().text;
      for (std::size_t i = 1; i < overview.size(); ++i) second += (i > 1 ? " " : "") + overview[i].text;
    }
    auto const doubt = assessment ? doubts(*assessment) : "";
    TextLook const look{.size_pt = assessment ? 14.0 : 11.0, .weight = Weight::kBold};
    TextLook const careful = painted(bold(kBody), kAmber);
    double const inner = width_ - 2 * kPadding - 4;
    TextLook const loud = painted(bold({.size_pt = 10}), colour);
    auto const height = canvas_.measure(headline, inner, loud) + canvas_.measure(first, inner, look) +
                        (doubt.empty() ? 0 : canvas_.measure(doubt, inner, careful) + 2) +
                        canvas_.measure(second, inner, kBody) + 2 * kPadding + 5;
    canvas_.fill({kMargin, y_, width_, height}, kPanel, 3);
    canvas_.fill({kMargin, y_, 4, height}, colour);
    auto y = y_ + kPadding;
    y += canvas_.text(headline, kMargin + kPadding + 4, y, inner, loud) + 2;
    y += canvas_.text(first, kMargin + kPadding + 4, y, inner, look) + 2;
    if (!doubt.empty()) y += canvas_.text(doubt, kMargin + kPadding + 4, y, inner, careful) + 2;
    canvas_.text(second, kMargin + kPadding + 4, y, inner, kBody);
    y_ += height + 10;
  }

  void pictures() {
    constexpr double kPictureHeight = 220;
    double const half = (width_ - kGutter) / 2;
    Box const left{kMargin, y_ + 14, half, kPictureHeight};
    Box const right_side{kMargin + half + kGutter, y_ + 14, half, kPictureHeight};
    auto const part = canvas_.tag("Figure");
    canvas_.text(report_.label("photo"), left.x, y_, half, kHeading);
    auto const box = fitted(report_.photo, left);
    canvas_.picture(report_.photo, {left.x, left.y, box.width, box.height});
    auto const& explanation = report_.analysis.explanation;
    if (!explanation || !explanation->shown) {
      canvas_.text(report_.label("heat_none"), right_side.x, y_, half, kHeading);
      if (explanation) {
        auto why = report_.say("patient.heat-nothing");
        replace(why, "{heat_class}", report_.say("inline." + std::string(info(explanation->lesion_class).id)));
        canvas_.text(why, right_side.x, right_side.y, half, kBody);
      }
      y_ += 14 + box.height + 12;
      return;
    }
    auto caption = report_.label("heat_map");
    replace(caption, "{class}", report_.class_name(explanation->lesion_class));
    canvas_.text(caption, right_side.x, y_, half, lines(kHeading, 1));
    canvas_.picture(without_legend(explanation->shown->picture, report_.photo),
                    {right_side.x, right_side.y, box.width, box.height});
    y_ += 14 + box.height + 4;
    legend(*explanation->shown, right_side.x, half);
    y_ += 32;
  }

  void legend(Explanation::Shown const& shown, double x, double width) {
    auto const peak = "+" + fixed(shown.heat_map.scale_logit, 2);
    auto hot = report_.label("heat_hot");
    replace(hot, "{peak}", peak);
    constexpr double kWords = 48;
    canvas_.text(report_.label("heat_cold"), x, y_, kWords, lines(kSmall, 1));
    canvas_.heat_scale({x + kWords, y_ + 2, width - 3.2 * kWords, 7});
    canvas_.text(hot, x + width - 2.1 * kWords, y_, 2.1 * kWords, lines(kSmall, 1));
    bool const reliable = shown.faithfulness.reliable;
    canvas_.text(report_.label(reliable ? "heat_unseen" : "heat_unreliable"), x, y_ + 12, width,
                 lines(painted(kSmall, reliable ? kGrey : kRed), 1));
  }

  void probabilities(double x, double y, double width) {
    auto const part = canvas_.tag("Table");
    auto const& assessment = *report_.analysis.assessment;
    std::array<std::size_t, kLesionClassCount> order{};
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, std::greater{}, [&](std::size_t i) { return assessment.calibrated_prob[i]; });
    y += canvas_.text(report_.label("probabilities"), x, y, width, kHeading) + 4;
    for (auto const i : order) {
      auto const lesion_class = static_cast<LesionClass>(i);
      bool const malignant = info(lesion_class).malignant;
      auto const share = assessment.calibrated_prob[i];
      bool const leads = i == order.front();
      TextLook const look{.size_pt = 8, .weight = leads ? Weight::kBold : Weight::kRegular, .max_lines = 1};
      canvas_.text(report_.class_name(lesion_class), x, y, width - 62, look);
      canvas_.text(report_.percent(share), x, y, width, right(look));
      y += 12;
      canvas_.fill({x, y, width, 5}, kPanel, 1);
      canvas_.fill({x, y, std::max(.7, width * share), 5}, malignant ? kRed : kGreen);
      y += 9.5;
    }
    canvas_.fill({x, y + 3.5, 7, 5}, kRed);
    canvas_.text(report_.label("malignant_mark"), x + 11, y, 80, kSmall);
    canvas_.fill({x + 90, y + 3.5, 7, 5}, kGreen);
    canvas_.text(report_.label("benign_mark"), x + 101, y, 80, kSmall);
  }

  /// Urgency's reasons, sets, quality, likeness, stability.
  void particulars(double x, double y, double width) {
    auto const part = canvas_.tag("Sect");
    auto const item = [&](std::string const& heading, std::string const& text, Rgb colour = kInk) {
      y += canvas_.text(heading, x, y, width, kHeading) + 1;
      y += canvas_.text(text, x, y, width, painted({.size_pt = 8.5, .max_lines = 5}, colour)) + 5;
    };
    if (auto const& assessment = report_.analysis.assessment) {
      std::string reasons;
      for (auto const& reason : narrative::reasons(*assessment, report_.prose.language))
        reasons += (reasons.empty() ? "" : " ") + reason;
      item(report_.label("reasons"), reasons);
      if (!assessment->prediction_sets.empty()) item(report_.label("set"), set_text(*assessment));
    }
    item(report_.label("quality"), quality_text(), report_.analysis.quality.usable() ? kInk : kRed);
    if (auto const& ood = report_.analysis.ood) {
      bool const like = ood->state == OodState::kInDistribution;
      item(report_.label("likeness"), report_.label("ood_" + std::string(name(ood->state))), like ? kInk : kAmber);
    }
    if (auto const& stability = report_.analysis.stability)
      item(report_.label("stability"), stability_text(*stability));
  }

  [[nodiscard]] std::string set_text(Assessment const& assessment) const {
    std::string text;
    for (auto const lesion_class : assessment.prediction_sets.front().classes)
      text += (text.empty() ? "" : ", ") + report_.class_name(lesion_class);
    return text;
  }

  [[nodiscard]] std::string quality_text() const {
    auto const& quality = report_.analysis.quality;
    auto text = report_.label(quality.usable() ? "quality_usable" : "quality_unusable");
    replace(text, "{passed}", std::to_string(std::ranges::count_if(quality.measures, &QualityMeasure::passed)));
    replace(text, "{all}", std::to_string(quality.measures.size()));
    std::string failed;
    for (auto const& measure : quality.measures) {
      if (!measure.passed) failed += (failed.empty() ? "" : ", ") + report_.label(std::string(measure.name));
    }
    return text + (failed.empty() ? "" : " (" + failed + ")");
  }

  [[nodiscard]] std::string stability_text(Stability const& stability) const {
    return narrative::stability_text(stability, report_.label("stability_text"),
                                     {report_.prose.language, Register::kClinician});
  }

  PdfCanvas& canvas_;
  PdfReport const& report_;
  double width_;
  double y_ = kMargin;
};

}  // namespace

void draw_first_page(PdfCanvas& canvas, PdfReport const& report) { FirstPage(canvas, report).draw(); }

}  // namespace nevus::report
