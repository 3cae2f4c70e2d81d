// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>
#include <vector>

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
    if (report_.analysis.assessment) {
      words(SectionId::kConsult, kMargin, width_);
      y_ += 4;
      figures();
    } else {
      declined();
      draw_closing(canvas_, report_);
    }
    draw_foot(canvas_, report_, 1);
  }

 private:
  /// A heading of the particulars and what stands below it.
  struct Item {
    std::string heading;
    std::string text;
    Rgb colour = kInk;
  };

  static constexpr double kHeadingRoom = 14;  ///< above a picture
  static constexpr double kLegendRoom = 38;   ///< below it
  static constexpr double kRow = 21.5;        ///< of a class

  /// Pictures and what is below them, spread over the rest of the page.
  void figures() {
    double const half = (width_ - kGutter) / 2;
    auto const items = particulars();
    double const below = std::max(kHeadingRoom + 4 + kRow * kLesionClassCount + 12, height_of(items, half));
    auto const bottom = canvas_.height_pt() - kMargin - 8;
    double const most = bottom - y_ - kHeadingRoom - kLegendRoom - below;
    pictures(std::clamp(most, 90.0, 300.0));
    double const left_over = std::max(0.0, bottom - y_ - below);
    probabilities(kMargin, y_, half, kRow + std::min(6.0, left_over / kLesionClassCount));
    draw(items, kMargin + half + kGutter, y_, half, std::min(8.0, left_over / static_cast<double>(items.size())));
  }

  /// The photo as large as there is room, and below it what to do.
  void declined() {
    double const half = (width_ - kGutter) / 2;
    double const x = kMargin + half + kGutter;
    auto const items = particulars();
    auto const below = std::max(advice_height(half) + words_height(SectionId::kPrecautions, half),
                                words_height(SectionId::kConsult, half) + height_of(items, half));
    double const height = closing_top(canvas_, report_) - y_ - kHeadingRoom - below - 2 * kGutter;
    photo(std::clamp(height, 90.0, 340.0));
    auto const top = y_;
    advice(kMargin, half);
    words(SectionId::kPrecautions, kMargin, half);
    y_ = top;
    words(SectionId::kConsult, x, half);
    draw(items, x, y_, half, 0);
  }

  void photo(double height) {
    auto const part = canvas_.tag("Figure");
    canvas_.text(report_.label("photo"), kMargin, y_, width_, kHeading);
    auto const box = fitted(report_.photo, {kMargin, y_ + kHeadingRoom, width_, height});
    canvas_.picture(report_.photo, {kMargin, box.y, box.width, box.height});
    y_ = box.y + box.height + kGutter;
  }

  [[nodiscard]] double advice_height(double width) const {
    auto const& overview = report_.section(SectionId::kOverview).sentences;
    double height = overview.size() < 2 ? 0 : canvas_.measure(report_.label("advice"), width, kHeading) + 7;
    for (std::size_t i = 1; i < overview.size(); ++i)
      height += canvas_.measure(overview[i].text, width - 10, kLarge) + 2;
    return height;
  }

  /// How to take a better photo.
  void advice(double x, double width) {
    auto const part = canvas_.tag("Sect");
    auto const& overview = report_.section(SectionId::kOverview).sentences;
    if (overview.size() < 2) return;
    y_ += canvas_.text(report_.label("advice"), x, y_, width, kHeading) + 1;
    for (std::size_t i = 1; i < overview.size(); ++i) {
      canvas_.text("\u2022", x, y_, 10, kLarge);
      y_ += canvas_.text(overview[i].text, x + 10, y_, width - 10, kLarge) + 2;
    }
    y_ += 6;
  }

  [[nodiscard]] double words_height(SectionId id, double width) const {
    auto const& section = report_.section(id);
    return canvas_.measure(report_.title(section), width, kHeading) +
           canvas_.measure(report_.paragraph(section), width, kLarge) + 9;
  }

  static constexpr TextLook kLarge{.size_pt = 10};

  /// A section of the prose.
  void words(SectionId id, double x, double width) {
    auto const part = canvas_.tag("Sect");
    auto const& section = report_.section(id);
    {
      auto const heading = canvas_.tag("H2");
      y_ += canvas_.text(report_.title(section), x, y_, width, kHeading) + 1;
    }
    auto const body = canvas_.tag("P");
    y_ += canvas_.text(report_.paragraph(section), x, y_, width, kLarge) + 8;
  }

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
    }
    auto const doubt = assessment ? doubts(*assessment) : "";
    TextLook const look{.size_pt = assessment ? 14.0 : 11.0, .weight = Weight::kBold};
    TextLook const careful = painted(bold(kBody), kAmber);
    double const inner = width_ - 2 * kPadding - 4;
    TextLook const loud = painted(bold({.size_pt = 10}), colour);
    auto const height = canvas_.measure(headline, inner, loud) + canvas_.measure(first, inner, look) +
                        (doubt.empty() ? 0 : canvas_.measure(doubt, inner, careful) + 2) +
                        (second.empty() ? 0 : canvas_.measure(second, inner, kBody)) + 2 * kPadding + 5;
    canvas_.fill({kMargin, y_, width_, height}, kPanel, 3);
    canvas_.fill({kMargin, y_, 4, height}, colour);
    auto y = y_ + kPadding;
    y += canvas_.text(headline, kMargin + kPadding + 4, y, inner, loud) + 2;
    y += canvas_.text(first, kMargin + kPadding + 4, y, inner, look) + 2;
    if (!doubt.empty()) y += canvas_.text(doubt, kMargin + kPadding + 4, y, inner, careful) + 2;
    canvas_.text(second, kMargin + kPadding + 4, y, inner, kBody);
    y_ += height + 10;
  }

  void pictures(double height) {
    double const half = (width_ - kGutter) / 2;
    Box const left{kMargin, y_ + kHeadingRoom, half, height};
    Box const right_side{kMargin + half + kGutter, y_ + kHeadingRoom, half, height};
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
    } else {
      auto caption = report_.label("heat_map");
      replace(caption, "{class}", report_.class_name(explanation->lesion_class));
      canvas_.text(caption, right_side.x, y_, half, lines(kHeading, 1));
      canvas_.picture(without_legend(explanation->shown->picture, report_.photo),
                      {right_side.x, right_side.y, box.width, box.height});
      legend(*explanation->shown, right_side.x, right_side.y + box.height + 4, half);
    }
    y_ += kHeadingRoom + box.height + kLegendRoom;
  }

  /// A map that failed its test is grey (explain::with_legend), so it has no scale but a warning.
  void legend(Explanation::Shown const& shown, double x, double y, double width) {
    if (!shown.faithfulness.reliable) {
      canvas_.text(report_.label("heat_unreliable"), x, y, width, lines(painted(bold(kBody), kRed), 2));
      return;
    }
    auto peak = "+" + fixed(shown.heat_map.scale_logit, 2);
    replace(peak, ".", report_.say("words.decimal"));
    auto hot = report_.label("heat_hot");
    replace(hot, "{peak}", peak);
    constexpr double kWords = 48;
    canvas_.text(report_.label("heat_cold"), x, y, kWords, lines(kSmall, 1));
    canvas_.heat_scale({x + kWords, y + 2, width - 3.2 * kWords, 7});
    canvas_.text(hot, x + width - 2.1 * kWords, y, 2.1 * kWords, lines(kSmall, 1));
    canvas_.text(report_.label("heat_unseen"), x, y + 12, width, lines(kSmall, 1));
  }

  void probabilities(double x, double y, double width, double row) {
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
      y += row - 12;
    }
    canvas_.fill({x, y + 3.5, 7, 5}, kRed);
    canvas_.text(report_.label("malignant_mark"), x + 11, y, 80, kSmall);
    canvas_.fill({x + 90, y + 3.5, 7, 5}, kGreen);
    canvas_.text(report_.label("benign_mark"), x + 101, y, 80, kSmall);
  }

  /// Urgency's reasons, sets, quality, likeness, stability.
  [[nodiscard]] std::vector<Item> particulars() const {
    std::vector<Item> items;
    if (auto const& assessment = report_.analysis.assessment) {
      std::string reasons;
      for (auto const& reason : narrative::reasons(*assessment, report_.prose.language))
        reasons += (reasons.empty() ? "" : " ") + reason;
      items.push_back({report_.label("reasons"), reasons});
      if (!assessment->prediction_sets.empty()) items.push_back({report_.label("set"), set_text(*assessment)});
    }
    auto const& quality = report_.analysis.quality;
    items.push_back({report_.label("quality"), quality_text(), quality.usable() ? kInk : kRed});
    if (auto const& ood = report_.analysis.ood) {
      bool const no_skin = ood->state == OodState::kRejected && !ood->by_distance();
      auto const key = no_skin ? "ood_no_skin_photo" : "ood_" + std::string(name(ood->state));
      items.push_back(
          {report_.label("likeness"), report_.label(key), ood->state == OodState::kInDistribution ? kInk : kAmber});
    }
    if (auto const& stability = report_.analysis.stability)
      items.push_back({report_.label("stability"), stability_text(*stability)});
    return items;
  }

  static constexpr TextLook kItem{.size_pt = 8.5, .max_lines = 5};
  static constexpr double kItemGap = 6;  ///< below the heading and below the text

  [[nodiscard]] double height_of(std::vector<Item> const& items, double width) const {
    double height = 0;
    for (auto const& item : items)
      height += canvas_.measure(item.heading, width, kHeading) + canvas_.measure(item.text, width, kItem) + kItemGap;
    return height;
  }

  void draw(std::vector<Item> const& items, double x, double y, double width, double gap) {
    auto const part = canvas_.tag("Sect");
    for (auto const& item : items) {
      y += canvas_.text(item.heading, x, y, width, kHeading) + 1;
      y += canvas_.text(item.text, x, y, width, painted(kItem, item.colour)) + kItemGap - 1 + gap;
    }
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
