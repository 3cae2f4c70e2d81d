// SPDX-License-Identifier: MIT
#include "nevus/quality/quality.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "nevus/quality/figures.h"

namespace nevus {
namespace {

constexpr double kUnbounded = std::numeric_limits<double>::infinity();

/// What a measure asks for, and what to tell the photographer on either side of it.
struct Requirement {
  std::string_view name;
  std::string_view unit;
  double min;
  double max;
  std::string_view advice_below;
  std::string_view advice_above;
  Severity severity = Severity::kRefuses;
};

// Fitted on the 6,644 training photos of HAM10000 at 200x150 and checked on photos that took no part (docs/quality.md,
// written by bench/quality). Where real and spoilt photos lie far apart, the threshold stands nearer to the spoilt
// ones: other devices and other skin than HAM10000's differ more than HAM10000 does.
constexpr Requirement kFocus{
    .name = "focus",
    .unit = "fine/coarse",
    .min = 0.29,
    .max = kUnbounded,
    .advice_below = "The photo is blurred: clean the lens, hold the device still and let it focus on the lesion.",
    .advice_above = ""};
constexpr Requirement kBrightness{.name = "brightness",
                                  .unit = "of white",
                                  .min = 0.28,
                                  .max = 0.92,
                                  .advice_below = "The photo is too dark: add light or lengthen the exposure.",
                                  .advice_above = "The photo is too bright: reduce the light or shorten the exposure."};
constexpr Requirement kContrast{
    .name = "contrast",
    .unit = "of the brightness",
    .min = 0.375,
    .max = kUnbounded,
    .advice_below =
        "Hardly anything stands out from the skin: centre the lesion, clean the lens and keep stray light out.",
    .advice_above = ""};
constexpr Requirement kColourCast{
    .name = "colour_cast",
    .unit = "x the range of skin",
    .min = -kUnbounded,
    .max = 1,
    .advice_below = "",
    .advice_above = "The colours are not those of skin: use white light, automatic white balance and no filter."};
constexpr Requirement kGlare{
    .name = "glare",
    .unit = "of the photo",
    .min = -kUnbounded,
    .max = 0.2,
    .advice_below = "",
    .advice_above = "Much of the photo is burnt out: shorten the exposure, and use polarised light or contact fluid."};
constexpr Requirement kResolution{
    .name = "resolution",
    .unit = "px",
    .min = 150,
    .max = kUnbounded,
    .advice_below = "The photo is too small: send the original file rather than a preview.",
    .advice_above = ""};
constexpr Requirement kFraming{
    .name = "framing",
    .unit = "of the frame",
    .min = 0.5,
    .max = kUnbounded,
    .advice_below = "Dark edges fill most of the frame: move closer or zoom in, with the lesion in the middle.",
    .advice_above = ""};

// Warnings: such photos are answered, and the advice says what would make the next one better. Ink and a cut lesion
// cost the answers little; what much hair and a small lesion cost is known of drawn hair and shrunken photos alone
// (docs/quality.md, "What the answers lose").
constexpr Requirement kLesionSize{
    .name = "lesion_size",
    .unit = "of the photo",
    .min = 0.03,
    .max = kUnbounded,
    .advice_below = "The lesion is small in the photo, or nothing stands out from the skin: move closer or zoom in.",
    .advice_above = "",
    .severity = Severity::kWarns};
constexpr Requirement kLesionCut{
    .name = "lesion_cut",
    .unit = "of the outline",
    .min = -kUnbounded,
    .max = 0.15,
    .advice_below = "",
    .advice_above =
        "The frame seems to cut the lesion: move back until skin shows all around it, or take several photos.",
    .severity = Severity::kWarns};
constexpr Requirement kHair{
    .name = "hair",
    .unit = "of the photo",
    .min = -kUnbounded,
    .max = 0.06,
    .advice_below = "",
    .advice_above = "Hair covers part of the skin: part it or press it aside, or clip it where it hides the lesion.",
    .severity = Severity::kWarns};
constexpr Requirement kInk{
    .name = "ink",
    .unit = "of the photo",
    .min = -kUnbounded,
    .max = 0.003,
    .advice_below = "",
    .advice_above = "Ink shows beside the lesion: take the photo before marking the skin, or wipe the mark off.",
    .severity = Severity::kWarns};

constexpr Requirement kRuler{
    .name = "ruler",
    .unit = "ticks in a row",
    .min = -kUnbounded,
    .max = 4,
    .advice_below = "",
    .advice_above = "A scale seems to lie in the photo: keep it clear of the lesion, or take one photo without it.",
    .severity = Severity::kWarns};

/// Range of the balance between two channels, in stops (factors of two).
struct BalanceRange {
  double low;
  double high;
};

// About the middle 99.7 % of HAM10000, widened towards yellow and green by ISIC 2017, whose devices differ.
constexpr BalanceRange kRedGreen{0.00, 1.20};
constexpr BalanceRange kBlueGreen{-0.55, 0.42};
constexpr BalanceRange kRedBlue{-0.12, 1.30};
constexpr BalanceRange kGreenOthers{-0.90, 0.10};  // green over the geometric mean of red and blue

/// 0 in the middle of the range, 1 on its edge.
double distance_from_middle(double stops, BalanceRange range) {
  return std::abs(stops - (range.low + range.high) / 2) / ((range.high - range.low) / 2);
}

double colour_cast(quality::Figures const& figures) {
  return std::max({distance_from_middle(figures.red_green_stops, kRedGreen),
                   distance_from_middle(figures.blue_green_stops, kBlueGreen),
                   distance_from_middle(figures.red_blue_stops, kRedBlue),
                   distance_from_middle(-(figures.red_green_stops + figures.blue_green_stops) / 2, kGreenOthers)});
}

QualityMeasure judge(Requirement const& requirement, double value) {
  auto const below = value < requirement.min;
  auto const above = value > requirement.max;
  return {.name = requirement.name,
          .value = value,
          .unit = requirement.unit,
          .min = requirement.min,
          .max = requirement.max,
          .passed = !below && !above,
          .advice = below   ? requirement.advice_below
                    : above ? requirement.advice_above
                            : "",
          .severity = requirement.severity};
}

}  // namespace

std::string_view name(Severity severity) { return severity == Severity::kRefuses ? "refuses" : "warns"; }

bool QualityReport::usable() const {
  return std::ranges::all_of(
      measures, [](QualityMeasure const& measure) { return measure.passed || measure.severity == Severity::kWarns; });
}

QualityReport quality::assess(Reductions const& photo) {
  auto const figures = measure(photo);
  return {{judge(kFocus, figures.fine_to_coarse_detail), judge(kBrightness, figures.mean_luma),
           judge(kContrast, figures.contrast), judge(kColourCast, colour_cast(figures)),
           judge(kGlare, figures.clipped_frac), judge(kResolution, figures.short_side_px),
           judge(kFraming, figures.visible_frac), judge(kLesionSize, figures.lesion_frac),
           judge(kLesionCut, figures.lesion_cut_frac), judge(kHair, figures.hair_frac), judge(kInk, figures.ink_frac),
           judge(kRuler, figures.ruler_ticks)}};
}

}  // namespace nevus
