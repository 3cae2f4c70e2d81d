// SPDX-License-Identifier: MIT
#include "nevus/report/pdf.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <numeric>

#include "nevus/report/pdf_canvas.h"
#include "nevus/report/qr_code.h"

namespace nevus::report {
namespace {

constexpr double kMargin = 42;
constexpr double kGutter = 16;
constexpr Rgb kInk{.13, .15, .18};
constexpr Rgb kGrey{.42, .45, .50};
constexpr Rgb kLine{.80, .82, .85};
constexpr Rgb kPanel{.955, .962, .970};
constexpr Rgb kAccent{.09, .31, .45};
constexpr Rgb kRed{.72, .11, .11};
constexpr Rgb kAmber{.72, .45, .02};
constexpr Rgb kGreen{.13, .45, .22};

constexpr TextLook kBody{.size_pt = 9};
constexpr TextLook kSmall{.size_pt = 7.5, .colour = kGrey};
constexpr TextLook kHeading{.size_pt = 9.5, .weight = Weight::kBold, .colour = kAccent};

std::string fixed(double value, int decimals) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

std::string time_text(std::chrono::sys_seconds time, char const* format) {
  std::time_t const seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), format, &parts);
  return text.data();
}

void replace(std::string& text, std::string_view key, std::string const& value) {
  if (auto const at = text.find(key); at != std::string::npos) text.replace(at, key.size(), value);
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

struct Report {
  Analysis const& analysis;
  Image const& photo;
  ModelIdentity const& model;
  Prose const& prose;
  ReportFields const& fields;
  std::string id = narrative::result_id(narrative::gather(analysis, model));

  [[nodiscard]] std::string const& say(std::string const& key) const { return narrative::words(prose.language, key); }
  [[nodiscard]] std::string const& label(std::string const& key) const { return say("label." + key); }
  [[nodiscard]] std::string class_name(LesionClass lesion_class) const {
    return say("class." + std::string(info(lesion_class).id));
  }
  [[nodiscard]] std::string percent(double share) const {
    return narrative::percent(share, {prose.language, Register::kClinician});
  }
  /// Who signed it off, how and when.
  [[nodiscard]] std::string signed_text() const {
    auto const& sign_off = *fields.sign_off;
    auto text = label(sign_off.verdict == Verdict::kAgree ? "signed_agree" : "signed_override");
    replace(text, "{date}", time_text(sign_off.time, "%Y-%m-%d"));
    replace(text, "{analyst}", sign_off.analyst);  // last: nothing in a name is a key
    return text;
  }
};

Rgb colour_of(Urgency urgency) {
  auto const& colour = risk::policy().level(urgency).colour;
  return colour == "red" ? kRed : colour == "yellow" ? kAmber : kGreen;
}

/// Lays both pages out, from the top down.
class Pages {
 public:
  Pages(PdfCanvas& canvas, Report const& report)
      : canvas_(canvas), report_(report), width_(canvas.width_pt() - 2 * kMargin) {}

  void first() {
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
    foot(1);
  }

  void second() {
    y_ = kMargin - 6;
    canvas_.text(report_.label("report_title"), kMargin, y_, width_ / 2, kSmall);
    canvas_.text(report_.label("report") + " " + report_.id.substr(0, 16), kMargin + width_ / 2, y_, width_ / 2,
                 right(kSmall));
    rule(y_ + 14);
    y_ += 22;
    auto const bottom = canvas_.height_pt() - kMargin - closing_height();
    prose(bottom);
    closing(bottom);
    foot(2);
  }

 private:
  static TextLook right(TextLook look) {
    look.align = Align::kRight;
    return look;
  }
  static TextLook painted(TextLook look, Rgb colour) {
    look.colour = colour;
    return look;
  }
  static TextLook lines(TextLook look, int most) {
    look.max_lines = most;
    return look;
  }
  static TextLook bold(TextLook look) {
    look.weight = Weight::kBold;
    return look;
  }
  void rule(double y) { canvas_.fill({kMargin, y, width_, .6}, kLine); }

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
    TextLook const look{.size_pt = assessment ? 14.0 : 11.0, .weight = Weight::kBold};
    double const inner = width_ - 2 * kPadding - 4;
    TextLook const loud = painted(bold({.size_pt = 10}), colour);
    auto const height = canvas_.measure(headline, inner, loud) + canvas_.measure(first, inner, look) +
                        canvas_.measure(second, inner, kBody) + 2 * kPadding + 5;
    canvas_.fill({kMargin, y_, width_, height}, kPanel, 3);
    canvas_.fill({kMargin, y_, 4, height}, colour);
    auto y = y_ + kPadding;
    y += canvas_.text(headline, kMargin + kPadding + 4, y, inner, loud) + 2;
    y += canvas_.text(first, kMargin + kPadding + 4, y, inner, look) + 2;
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
    auto text = report_.label("stability_text");
    replace(text, "{spread}", report_.percent(stability.spread_prob));
    replace(text, "{views}", std::to_string(stability.views));
    replace(text, "{flips}", fixed(100 * stability.perturbed_flip_frac, 0) + "\u00A0%");
    return text;
  }

  /// A section's sentences with the numbers of their sources.
  [[nodiscard]] std::string paragraph(Section const& section) const {
    std::string text;
    for (auto const& sentence : section.sentences) {
      text += (text.empty() ? "" : " ") + sentence.text;
      std::string numbers;
      for (auto const& id : sentence.sources) {
        auto const at =
            std::ranges::find(report_.prose.sources, id, &MedicalSource::id) - report_.prose.sources.begin();
        numbers += (numbers.empty() ? "" : ",") + std::to_string(at + 1);
      }
      if (!numbers.empty()) text += "\u00A0[" + numbers + "]";
    }
    return text;
  }

  /// With the mark of `text_from_llm`.
  [[nodiscard]] std::string title(Section const& section) const {
    bool const marked = section.origin == Origin::kOffline && report_.prose.by(Origin::kLanguageModel);
    return section.title + (marked ? " *" : "");
  }

  [[nodiscard]] double section_height(Section const& section, double width, double size) const {
    return canvas_.measure(title(section), width, kHeading) +
           canvas_.measure(paragraph(section), width, {.size_pt = size}) + 8;
  }

  /// Two columns in the largest type that fits above `bottom`.
  void prose(double bottom) {
    double const half = (width_ - kGutter) / 2;
    auto const& sections = report_.prose.sections;
    for (int quarters_pt = 38; quarters_pt >= 22; --quarters_pt) {
      double const size = quarters_pt / 4.0;
      std::vector<double> heights;
      for (auto const& section : sections) heights.push_back(section_height(section, half, size));
      auto const whole = std::accumulate(heights.begin(), heights.end(), 0.0);
      std::size_t split = 0;
      double left = 0;
      // One more section on the left as long as that makes the longer column shorter.
      while (split < heights.size() && std::max(left + heights[split], whole - left - heights[split]) <= whole - left)
        left += heights[split++];
      if (std::max(left, whole - left) > bottom - y_ && size > 5.5) continue;
      auto y = y_;
      for (std::size_t i = 0; i < sections.size(); ++i) {
        if (i == split) y = y_;
        auto const x = i < split ? kMargin : kMargin + half + kGutter;
        auto const part = canvas_.tag("Sect");
        {
          auto const heading = canvas_.tag("H2");
          canvas_.text(title(sections[i]), x, y, half, kHeading);
        }
        auto const body = canvas_.tag("P");
        canvas_.text(paragraph(sections[i]), x, y + canvas_.measure(title(sections[i]), half, kHeading) + 1, half,
                     {.size_pt = size});
        y += heights[i];
      }
      return;
    }
  }

  static constexpr double kSignatureHeight = 46;
  static constexpr double kCodeSide = 44;

  /// The report's id and the network's hash for a scanner, in capitals, which make the code smaller.
  void code(double x, double y) {
    auto text = "NEVUS:" + report_.id + ":" + report_.model.sha256;
    std::ranges::transform(text, text.begin(), [](unsigned char letter) { return std::toupper(letter); });
    auto const code = qr_code(text);
    if (!code) return;  // the text beside it says the same
    auto const part = canvas_.tag("Figure");
    double const module = kCodeSide / code->side;
    auto const side = static_cast<std::size_t>(code->side);
    for (std::size_t i = 0; i < code->dark.size();) {
      std::size_t end = i;
      while (end < code->dark.size() && code->dark[end] && end / side == i / side) ++end;
      // A little over each edge, so that no viewer shows seams.
      if (end > i) {
        auto const row = i / side;
        canvas_.fill({x + module * static_cast<double>(i % side), y + module * static_cast<double>(row),
                      module * static_cast<double>(end - i) + .03, module + .03},
                     {0, 0, 0});
      }
      i = std::max(end, i + 1);
    }
  }
  static constexpr TextLook kTiny{.size_pt = 6.5, .colour = kGrey};
  static constexpr TextLook kRemark{.size_pt = 8};

  [[nodiscard]] std::string sources_text() const {
    std::string text;
    int number = 0;
    for (auto const& source : report_.prose.sources)
      text += (text.empty() ? "[" : "  [") + std::to_string(++number) + "] " + source.cite + ".";
    return text;
  }
  [[nodiscard]] std::string technical_text() const {
    return report_.label("report") + ": " + report_.id + "\n" + report_.label("photo_hash") + ": " +
           report_.analysis.photo.sha256 + "\n" + report_.label("network") + ": " + report_.model.id + " " +
           report_.model.version + ", SHA-256 " + report_.model.sha256 + "\n" + report_.label("policy") + ": " +
           risk::policy().version;
  }
  [[nodiscard]] double closing_height() const {
    auto const sources = report_.prose.sources.empty() ? 0 : 13 + canvas_.measure(sources_text(), width_, kTiny) + 6;
    return 12 + sources + 4 * 9.5 + 8 + (kCodeSide - 4 * 9.5) + remark_height() + kSignatureHeight + 18;
  }

  /// What the analyst who signed says, in full.
  [[nodiscard]] std::string remark() const {
    auto const& sign_off = report_.fields.sign_off;
    if (!sign_off || sign_off->reason.empty()) return "";
    return report_.signed_text() + ": " + sign_off->reason;
  }
  [[nodiscard]] double remark_height() const {
    return remark().empty() ? 0 : canvas_.measure(remark(), width_, kRemark) + 6;
  }

  void closing(double y) {
    auto const part = canvas_.tag("Sect");
    rule(y);
    y += 4;
    y += canvas_.text(report_.label(report_.prose.by(Origin::kLanguageModel) ? "text_from_llm" : "text_from"), kMargin,
                      y, width_, lines(kTiny, 1)) +
         3;
    if (!report_.prose.sources.empty()) {
      canvas_.text(report_.label("sources"), kMargin, y, width_, bold(kSmall));
      y += 12 + canvas_.text(sources_text(), kMargin, y + 12, width_, kTiny) + 5;
    }
    auto const technical = technical_text();
    for (std::size_t start = 0; start < technical.size();) {
      auto const end = std::min(technical.find('\n', start), technical.size());
      y += canvas_.text(std::string_view(technical).substr(start, end - start), kMargin, y, width_ - kCodeSide - 8,
                        lines(kTiny, 1)) +
           .3;
      start = end + 1;
    }
    code(kMargin + width_ - kCodeSide, y - 4 * 9.5);
    y += 8 + kCodeSide - 4 * 9.5;
    if (!remark().empty()) y += canvas_.text(remark(), kMargin, y, width_, kRemark) + 6;
    signature(y);
  }

  void signature(double y) {
    double const third = width_ / 3;
    canvas_.outline({kMargin, y, width_, kSignatureHeight - 8}, kLine);
    auto const& sign_off = report_.fields.sign_off;
    std::array<std::pair<char const*, std::string>, 3> const parts{
        {{"analyst", sign_off ? sign_off->analyst : report_.fields.notes.analyst},
         {"signature", ""},
         {"date", sign_off ? time_text(sign_off->time, "%Y-%m-%d") : ""}}};
    for (std::size_t i = 0; i < parts.size(); ++i) {
      auto const x = kMargin + third * static_cast<double>(i);
      if (i > 0) canvas_.fill({x, y, .6, kSignatureHeight - 8}, kLine);
      canvas_.text(report_.label(parts[i].first), x + 6, y + 3, third - 12, lines(kSmall, 1));
      canvas_.text(parts[i].second, x + 6, y + 16, third - 12, lines(kBody, 1));
    }
  }

  void foot(int page) {
    auto const part = canvas_.tag("P");
    auto const disclaimer = report_.label("disclaimer");
    TextLook const look{.size_pt = 7, .weight = Weight::kBold, .colour = kInk};
    auto const y = canvas_.height_pt() - kMargin + 4;
    rule(y - 4);
    canvas_.text(disclaimer, kMargin, y, width_ - 70, look);
    auto pages = report_.label("page");
    replace(pages, "{page}", std::to_string(page));
    replace(pages, "{pages}", "2");
    canvas_.text(pages, kMargin, y, width_, right(kSmall));
  }

  PdfCanvas& canvas_;
  Report const& report_;
  double width_;
  double y_ = kMargin;
};

}  // namespace

Result<ByteVector> to_pdf(Analysis const& analysis, Image const& photo, ModelIdentity const& model, Prose const& prose,
                          ReportFields const& fields) {
  bool const a4 = fields.paper == PaperSize::kA4;
  Report const report{analysis, photo, model, prose, fields};
  PdfCanvas canvas(a4 ? 595.276 : 612, a4 ? 841.89 : 792,
                   {report.label("report_title") + " " + report.id.substr(0, 16), report.label("disclaimer"),
                    time_text(fields.made, "%Y-%m-%dT%H:%M:%SZ"), std::string(code(prose.language))});
  Pages pages(canvas, report);
  {
    auto const document = canvas.tag("Document");
    pages.first();
    canvas.next_page();
    pages.second();
  }
  return canvas.finish();
}

}  // namespace nevus::report
