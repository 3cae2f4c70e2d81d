// SPDX-License-Identifier: MIT
#include "nevus/report/pdf_canvas.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "nevus/image/encode.h"

namespace nevus::report {
namespace {

constexpr char const* kFont = "Noto Sans";
constexpr double kLineSpacing = 1.0;
constexpr int kMaxPicture_px = 1000;  // 300 dots per inch in half a page
constexpr int kJpegQuality = 92;
constexpr std::size_t kMaxTextBytes = 4000;  // more than a page holds

struct Free {
  void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_pattern_t* pattern) const { cairo_pattern_destroy(pattern); }
  void operator()(PangoLayout* layout) const { g_object_unref(layout); }
  void operator()(PangoFontDescription* font) const { pango_font_description_free(font); }
  void operator()(char* text) const { g_free(text); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

/// UTF-8 without control characters and of a length that can be laid out.
std::string drawable(std::string_view text) {
  text = text.substr(0, kMaxTextBytes);
  Owned<char> const valid(g_utf8_make_valid(text.data(), static_cast<gssize>(text.size())));
  std::string result(valid.get());
  std::ranges::replace_if(
      result, [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F; }, ' ');
  return result;
}

Owned<cairo_surface_t> surface_of(Image const& image) {
  Owned<cairo_surface_t> surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, image.width_px(), image.height_px()));
  auto* const bytes = cairo_image_surface_get_data(surface.get());
  auto const stride = cairo_image_surface_get_stride(surface.get());
  auto const* from = image.pixels().data();
  for (int y = 0; bytes != nullptr && y < image.height_px(); ++y) {
    auto* to = bytes + std::ptrdiff_t{y} * stride;
    for (int x = 0; x < image.width_px(); ++x, from += 3, to += 4) {
      std::uint32_t const pixel = std::uint32_t{from[0]} << 16U | std::uint32_t{from[1]} << 8U | from[2];
      std::memcpy(to, &pixel, sizeof pixel);
    }
  }
  cairo_surface_mark_dirty(surface.get());
  return surface;
}

Image image_of(cairo_surface_t* surface) {
  cairo_surface_flush(surface);
  auto const width = cairo_image_surface_get_width(surface);
  auto const height = cairo_image_surface_get_height(surface);
  std::vector<std::uint8_t> pixels;
  pixels.reserve(std::size_t{3} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y) {
    auto const* from =
        cairo_image_surface_get_data(surface) + std::ptrdiff_t{y} * cairo_image_surface_get_stride(surface);
    for (int x = 0; x < width; ++x, from += 4) {
      std::uint32_t pixel = 0;
      std::memcpy(&pixel, from, sizeof pixel);
      for (auto const shift : {16U, 8U, 0U}) pixels.push_back(static_cast<std::uint8_t>(pixel >> shift & 0xFFU));
    }
  }
  return {width, height, std::move(pixels)};
}

/// As many pixels as the page can show.
Image reduced(Image const& image) {
  auto const longest = std::max(image.width_px(), image.height_px());
  if (longest <= kMaxPicture_px) return image;
  double const factor = kMaxPicture_px / static_cast<double>(longest);
  auto const side = [&](int px) { return std::max(1, static_cast<int>(std::lround(px * factor))); };
  Owned<cairo_surface_t> small(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, side(image.width_px()), side(image.height_px())));
  Owned<cairo_t> const cairo(cairo_create(small.get()));
  cairo_scale(cairo.get(), side(image.width_px()) / static_cast<double>(image.width_px()),
              side(image.height_px()) / static_cast<double>(image.height_px()));
  auto const large = surface_of(image);
  cairo_set_source_surface(cairo.get(), large.get(), 0, 0);
  cairo_pattern_set_extend(cairo_get_source(cairo.get()), CAIRO_EXTEND_PAD);
  cairo_pattern_set_filter(cairo_get_source(cairo.get()), CAIRO_FILTER_GOOD);
  cairo_paint(cairo.get());
  return image_of(small.get());
}

cairo_status_t append(void* target, unsigned char const* bytes, unsigned int count) {
  auto& file = *static_cast<ByteVector*>(target);
  file.insert(file.end(), bytes, bytes + count);
  return CAIRO_STATUS_SUCCESS;
}

/// A second catalog with the document's language, appended as PDF's incremental update (ISO 32000-1, 7.5.6): Cairo 1.16
/// writes none, and a screen reader needs it to pronounce the text.
void add_language(ByteVector& file, std::string const& language) {
  std::string const text(file.begin(), file.end());
  auto const number_after = [&](std::string_view key, std::size_t from) {
    auto const at = text.find(key, from);
    return at == std::string::npos ? -1L : std::strtol(text.c_str() + at + key.size(), nullptr, 10);
  };
  auto const trailer = text.rfind("trailer");
  if (trailer == std::string::npos) return;
  auto const root = number_after("/Root", trailer);
  auto const header = "\n" + std::to_string(root) + " 0 obj";
  auto const start = text.rfind(header);
  if (root < 0 || start == std::string::npos) return;
  auto const open = text.find("<<", start);
  auto const end = text.find("endobj", start);
  auto const catalog = text.substr(open + 2, text.rfind(">>", end) - open - 2);
  auto const at = file.size();
  std::string update = std::to_string(root) + " 0 obj\n<< /Lang (" + language +
                       ")\n   /ViewerPreferences << /DisplayDocTitle true >>" + catalog + ">>\nendobj\n";
  std::array<char, 32> offset{};
  std::snprintf(offset.data(), offset.size(), "%010zu 00000 n \n", at);
  auto const xref = at + update.size();
  update += "xref\n" + std::to_string(root) + " 1\n" + offset.data() + "trailer\n<< /Size " +
            std::to_string(number_after("/Size", trailer)) + " /Root " + std::to_string(root) + " 0 R /Info " +
            std::to_string(number_after("/Info", trailer)) + " 0 R /Prev " +
            std::to_string(number_after("startxref", trailer)) + " >>\nstartxref\n" + std::to_string(xref) +
            "\n%%EOF\n";
  file.insert(file.end(), update.begin(), update.end());
}

}  // namespace

struct PdfCanvas::Parts {
  double width_pt;
  double height_pt;
  PdfMetadata metadata;
  ByteVector file = {};
  Owned<cairo_surface_t> surface = {};
  Owned<cairo_t> cairo = {};

  void colour(Rgb rgb) const { cairo_set_source_rgb(cairo.get(), rgb.red, rgb.green, rgb.blue); }

  [[nodiscard]] Owned<PangoLayout> layout(std::string_view text, double width, TextLook const& look) const {
    Owned<PangoLayout> made(pango_cairo_create_layout(cairo.get()));
    auto* const context = pango_layout_get_context(made.get());
    pango_context_set_round_glyph_positions(context, FALSE);
    Owned<PangoFontDescription> const font(pango_font_description_new());
    pango_font_description_set_family(font.get(), kFont);
    pango_font_description_set_absolute_size(font.get(), look.size_pt * PANGO_SCALE);
    pango_font_description_set_weight(font.get(),
                                      look.weight == Weight::kBold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(made.get(), font.get());
    pango_layout_set_width(made.get(), static_cast<int>(width * PANGO_SCALE));
    pango_layout_set_wrap(made.get(), PANGO_WRAP_WORD_CHAR);
    pango_layout_set_line_spacing(made.get(), static_cast<float>(kLineSpacing));
    pango_layout_set_alignment(made.get(), look.align == Align::kLeft    ? PANGO_ALIGN_LEFT
                                           : look.align == Align::kRight ? PANGO_ALIGN_RIGHT
                                                                         : PANGO_ALIGN_CENTER);
    if (look.max_lines > 0) {
      pango_layout_set_height(made.get(), -look.max_lines);
      pango_layout_set_ellipsize(made.get(), PANGO_ELLIPSIZE_END);
    }
    auto const shown = drawable(text);
    pango_layout_set_text(made.get(), shown.c_str(), static_cast<int>(shown.size()));
    return made;
  }

  void path(Box const& box, double corner) const {
    if (corner <= 0) return cairo_rectangle(cairo.get(), box.x, box.y, box.width, box.height);
    constexpr double kQuarter = 1.5707963267948966;
    cairo_new_sub_path(cairo.get());
    cairo_arc(cairo.get(), box.x + box.width - corner, box.y + corner, corner, -kQuarter, 0);
    cairo_arc(cairo.get(), box.x + box.width - corner, box.y + box.height - corner, corner, 0, kQuarter);
    cairo_arc(cairo.get(), box.x + corner, box.y + box.height - corner, corner, kQuarter, 2 * kQuarter);
    cairo_arc(cairo.get(), box.x + corner, box.y + corner, corner, 2 * kQuarter, 3 * kQuarter);
    cairo_close_path(cairo.get());
  }
};

PdfCanvas::PdfCanvas(double width_pt, double height_pt, PdfMetadata metadata)
    : parts_(std::make_unique<Parts>(Parts{width_pt, height_pt, std::move(metadata)})) {
  auto& parts = *parts_;
  parts.surface.reset(cairo_pdf_surface_create_for_stream(append, &parts.file, width_pt, height_pt));
  auto* const surface = parts.surface.get();
  auto const& said = parts.metadata;
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, drawable(said.title).c_str());
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, drawable(said.subject).c_str());
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Nevus");
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, said.made_iso8601.c_str());
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, said.made_iso8601.c_str());
  parts.cairo.reset(cairo_create(surface));
}
PdfCanvas::~PdfCanvas() = default;

double PdfCanvas::width_pt() const { return parts_->width_pt; }
double PdfCanvas::height_pt() const { return parts_->height_pt; }

double PdfCanvas::measure(std::string_view text, double width_pt, TextLook const& look) const {
  int height = 0;
  pango_layout_get_size(parts_->layout(text, width_pt, look).get(), nullptr, &height);
  return static_cast<double>(height) / PANGO_SCALE;
}

double PdfCanvas::text(std::string_view text, double x, double y, double width_pt, TextLook const& look) {
  auto const layout = parts_->layout(text, width_pt, look);
  parts_->colour(look.colour);
  cairo_move_to(parts_->cairo.get(), x, y);
  pango_cairo_show_layout(parts_->cairo.get(), layout.get());
  int height = 0;
  pango_layout_get_size(layout.get(), nullptr, &height);
  return static_cast<double>(height) / PANGO_SCALE;
}

void PdfCanvas::fill(Box const& box, Rgb colour, double corner_pt) {
  parts_->colour(colour);
  parts_->path(box, corner_pt);
  cairo_fill(parts_->cairo.get());
}

void PdfCanvas::outline(Box const& box, Rgb colour, double line_pt) {
  parts_->colour(colour);
  parts_->path(box, 0);
  cairo_set_line_width(parts_->cairo.get(), line_pt);
  cairo_stroke(parts_->cairo.get());
}

void PdfCanvas::heat_scale(Box const& box) {
  // Eighths of the inferno scale.
  constexpr auto kStops = std::to_array<std::array<int, 3>>({{0, 0, 4},
                                                             {31, 12, 72},
                                                             {85, 15, 109},
                                                             {136, 34, 106},
                                                             {186, 54, 85},
                                                             {227, 89, 51},
                                                             {249, 140, 10},
                                                             {249, 201, 50},
                                                             {252, 255, 164}});
  Owned<cairo_pattern_t> const scale(cairo_pattern_create_linear(box.x, 0, box.x + box.width, 0));
  for (std::size_t i = 0; i < kStops.size(); ++i) {
    cairo_pattern_add_color_stop_rgb(scale.get(), static_cast<double>(i) / (kStops.size() - 1), kStops[i][0] / 255.0,
                                     kStops[i][1] / 255.0, kStops[i][2] / 255.0);
  }
  cairo_set_source(parts_->cairo.get(), scale.get());
  parts_->path(box, 0);
  cairo_fill(parts_->cairo.get());
}

void PdfCanvas::picture(Image const& picture, Box const& box) {
  auto const shown = reduced(picture);
  auto const surface = surface_of(shown);
  if (auto jpeg = image::encode_jpeg(shown, kJpegQuality)) {  // a tenth of the bytes; without it the pixels do
    auto* const kept = new ByteVector(*std::move(jpeg));
    cairo_surface_set_mime_data(
        surface.get(), CAIRO_MIME_TYPE_JPEG, kept->data(), kept->size(),
        [](void* bytes) { delete static_cast<ByteVector*>(bytes); }, kept);
  }
  auto* const cairo = parts_->cairo.get();
  cairo_save(cairo);
  cairo_translate(cairo, box.x, box.y);
  cairo_scale(cairo, box.width / shown.width_px(), box.height / shown.height_px());
  cairo_set_source_surface(cairo, surface.get(), 0, 0);
  cairo_rectangle(cairo, 0, 0, shown.width_px(), shown.height_px());
  cairo_fill(cairo);
  cairo_restore(cairo);
}

PdfCanvas::Tag::Tag(PdfCanvas& canvas, char const* name) : canvas_(canvas), name_(name) {
  cairo_tag_begin(canvas_.parts_->cairo.get(), name_, nullptr);
}
PdfCanvas::Tag::~Tag() { cairo_tag_end(canvas_.parts_->cairo.get(), name_); }

void PdfCanvas::next_page() { cairo_show_page(parts_->cairo.get()); }

Result<ByteVector> PdfCanvas::finish() {
  cairo_show_page(parts_->cairo.get());
  auto const drawn = cairo_status(parts_->cairo.get());
  cairo_surface_finish(parts_->surface.get());
  auto const written = cairo_surface_status(parts_->surface.get());
  for (auto const status : {drawn, written}) {
    if (status != CAIRO_STATUS_SUCCESS)
      return fail(ErrorCode::kInternal, "the PDF cannot be written: " + std::string(cairo_status_to_string(status)));
  }
  add_language(parts_->file, parts_->metadata.language);
  return std::move(parts_->file);
}

}  // namespace nevus::report
