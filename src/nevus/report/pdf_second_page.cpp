// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>

#include "nevus/report/pdf_page.h"
#include "nevus/report/qr_code.h"

namespace nevus::report {
namespace {

/// The words with their sources, hashes and a line to sign.
class SecondPage {
 public:
  SecondPage(PdfCanvas& canvas, PdfReport const& report)
      : canvas_(canvas), report_(report), width_(canvas.width_pt() - 2 * kMargin) {}

  void draw() {
    y_ = kMargin - 6;
    canvas_.text(report_.label("report_title"), kMargin, y_, width_ / 2, kSmall);
    canvas_.text(report_.label("report") + " " + report_.id.substr(0, 16), kMargin + width_ / 2, y_, width_ / 2,
                 right(kSmall));
    draw_rule(canvas_, y_ + 14);
    y_ += 22;
    prose(closing_top());
    draw_closing();
    draw_foot(canvas_, report_, 2);
  }

  void draw_closing() { closing(closing_top()); }
  [[nodiscard]] double closing_top() const { return canvas_.height_pt() - kMargin - closing_height(); }

 private:
  [[nodiscard]] double section_height(Section const& section, double width, double size) const {
    return canvas_.measure(report_.title(section), width, kHeading) +
           canvas_.measure(report_.paragraph(section), width, {.size_pt = size}) + 8;
  }

  /// Two columns in the largest type that fits above `bottom`.
  void prose(double bottom) {
    double const half = (width_ - kGutter) / 2;
    std::vector<Section> sections;
    for (auto const& section : report_.prose.sections) {
      if (section.id != SectionId::kConsult) sections.push_back(section);  // that stands on page 1
    }
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
          canvas_.text(report_.title(sections[i]), x, y, half, kHeading);
        }
        auto const body = canvas_.tag("P");
        canvas_.text(report_.paragraph(sections[i]), x,
                     y + canvas_.measure(report_.title(sections[i]), half, kHeading) + 1, half, {.size_pt = size});
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
    draw_rule(canvas_, y);
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

  PdfCanvas& canvas_;
  PdfReport const& report_;
  double width_;
  double y_ = kMargin;
};

}  // namespace

void draw_second_page(PdfCanvas& canvas, PdfReport const& report) { SecondPage(canvas, report).draw(); }
void draw_closing(PdfCanvas& canvas, PdfReport const& report) { SecondPage(canvas, report).draw_closing(); }
double closing_top(PdfCanvas& canvas, PdfReport const& report) { return SecondPage(canvas, report).closing_top(); }

}  // namespace nevus::report
