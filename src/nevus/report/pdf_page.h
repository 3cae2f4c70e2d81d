// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "nevus/report/pdf.h"
#include "nevus/report/pdf_canvas.h"

/// What both pages of a report share: measures, colours, type, and the words of the report's language.
namespace nevus::report {

inline constexpr double kMargin = 42;
inline constexpr double kGutter = 16;
inline constexpr Rgb kInk{.13, .15, .18};
inline constexpr Rgb kGrey{.42, .45, .50};
inline constexpr Rgb kLine{.80, .82, .85};
inline constexpr Rgb kPanel{.955, .962, .970};
inline constexpr Rgb kAccent{.09, .31, .45};
inline constexpr Rgb kRed{.72, .11, .11};
inline constexpr Rgb kAmber{.72, .45, .02};
inline constexpr Rgb kGreen{.13, .45, .22};

inline constexpr TextLook kBody{.size_pt = 9};
inline constexpr TextLook kSmall{.size_pt = 7.5, .colour = kGrey};
inline constexpr TextLook kHeading{.size_pt = 9.5, .weight = Weight::kBold, .colour = kAccent};

[[nodiscard]] TextLook right(TextLook look);
[[nodiscard]] TextLook painted(TextLook look, Rgb colour);
[[nodiscard]] TextLook lines(TextLook look, int most);
[[nodiscard]] TextLook bold(TextLook look);

/// As strftime writes it, UTC.
[[nodiscard]] std::string time_text(std::chrono::sys_seconds time, char const* format);
/// The first `key` in `text`, if it is there.
void replace(std::string& text, std::string_view key, std::string const& value);

/// What is drawn, and how its parts are called.
struct PdfReport {
  Analysis const& analysis;
  Image const& photo;
  ModelIdentity const& model;
  Prose const& prose;
  ReportFields const& fields;
  std::string id = narrative::result_id(narrative::gather(analysis, model));

  [[nodiscard]] std::string const& say(std::string const& key) const { return narrative::words(prose.language, key); }
  [[nodiscard]] std::string const& label(std::string const& key) const {
    return narrative::label({prose.language, prose.reader}, key);
  }
  [[nodiscard]] std::string class_name(LesionClass lesion_class) const {
    return say("class." + std::string(info(lesion_class).id));
  }
  [[nodiscard]] std::string percent(double share) const {
    return narrative::percent(share, {prose.language, Register::kClinician});
  }
  [[nodiscard]] Section const& section(SectionId which) const {
    return prose.sections[static_cast<std::size_t>(which)];
  }
  /// A section's title, with the mark of `text_from_llm`.
  [[nodiscard]] std::string title(Section const& section) const;
  /// Its sentences with the numbers of their sources.
  [[nodiscard]] std::string paragraph(Section const& section) const;
  /// A declined photo has one page.
  [[nodiscard]] int pages() const { return analysis.assessment ? 2 : 1; }
  /// Who signed it off, how and when.
  [[nodiscard]] std::string signed_text() const;
};

void draw_rule(PdfCanvas& canvas, double y);
/// The disclaimer and the page's number.
void draw_foot(PdfCanvas& canvas, PdfReport const& report, int page);

void draw_first_page(PdfCanvas& canvas, PdfReport const& report);   ///< the answer, what to do, pictures and figures
void draw_second_page(PdfCanvas& canvas, PdfReport const& report);  ///< the other words, and the closing
/// Sources, hashes and a line to sign, above the foot of the last page.
void draw_closing(PdfCanvas& canvas, PdfReport const& report);
/// Where that begins.
[[nodiscard]] double closing_top(PdfCanvas& canvas, PdfReport const& report);

}  // namespace nevus::report
