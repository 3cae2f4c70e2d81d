// SPDX-License-Identifier: MIT
#include "nevus/report/pdf_page.h"

#include <algorithm>
#include <array>
#include <ctime>

namespace nevus::report {

TextLook right(TextLook look) {
  look.align = Align::kRight;
  return look;
}

TextLook painted(TextLook look, Rgb colour) {
  look.colour = colour;
  return look;
}

TextLook lines(TextLook look, int most) {
  look.max_lines = most;
  return look;
}

TextLook bold(TextLook look) {
  look.weight = Weight::kBold;
  return look;
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

std::string PdfReport::signed_text() const {
  auto const& sign_off = *fields.sign_off;
  auto text = label(sign_off.verdict == Verdict::kAgree ? "signed_agree" : "signed_override");
  replace(text, "{date}", time_text(sign_off.time, "%Y-%m-%d"));
  replace(text, "{analyst}", sign_off.analyst);  // last: nothing in a name is a key
  return text;
}

std::string PdfReport::title(Section const& section) const {
  bool const marked = section.origin == Origin::kOffline && prose.by(Origin::kLanguageModel);
  return section.title + (marked ? " *" : "");
}

std::string PdfReport::paragraph(Section const& section) const {
  std::string text;
  for (auto const& sentence : section.sentences) {
    text += (text.empty() ? "" : " ") + sentence.text;
    std::string numbers;
    for (auto const& source : sentence.sources) {
      auto const at = std::ranges::find(prose.sources, source, &MedicalSource::id) - prose.sources.begin();
      numbers += (numbers.empty() ? "" : ",") + std::to_string(at + 1);
    }
    if (!numbers.empty()) text += "\u00A0[" + numbers + "]";
  }
  return text;
}

void draw_rule(PdfCanvas& canvas, double y) { canvas.fill({kMargin, y, canvas.width_pt() - 2 * kMargin, .6}, kLine); }

void draw_foot(PdfCanvas& canvas, PdfReport const& report, int page) {
  auto const part = canvas.tag("P");
  double const width = canvas.width_pt() - 2 * kMargin;
  auto const disclaimer = report.label("disclaimer");
  TextLook const look{.size_pt = 7, .weight = Weight::kBold, .colour = kInk};
  auto const y = canvas.height_pt() - kMargin + 4;
  draw_rule(canvas, y - 4);
  canvas.text(disclaimer, kMargin, y, width - 70, look);
  auto pages = report.label("page");
  replace(pages, "{page}", std::to_string(page));
  replace(pages, "{pages}", std::to_string(report.pages()));
  canvas.text(pages, kMargin, y, width, right(kSmall));
}

}  // namespace nevus::report
