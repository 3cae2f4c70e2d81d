// SPDX-License-Identifier: MIT
#include "nevus/quality/lesion.h"

#include <algorithm>
#include <cstdio>
#include <opencv2/core.hpp>
#include <vector>

#include "nevus/quality/quality.h"
#include "photos.h"
#include "sections.h"
#include "verdicts.h"

namespace nevus::bench {
namespace {

// A lesion that really is cut or small, by its mask.
constexpr double kCut_frac = 0.2;
constexpr double kSmall_frac = 0.025;

struct Case {
  double overlap = -1;  ///< intersection over union; negative where the photo has dark corners
  bool is_cut = false;
  bool is_small = false;
  bool warns_cut = false;
  bool warns_small = false;
};

Case judge(Image const& photo, Mask const& mask) {
  cv::Mat const truth(mask.height_px, mask.width_px, CV_8U, const_cast<std::uint8_t*>(mask.inside.data()));
  cv::Mat const everywhere(truth.size(), CV_8U, cv::Scalar::all(255));
  auto const report = quality::assess(photo);
  Case result;
  if (named(report, "framing").value == 1 && photo.width_px() <= 200) {
    cv::Mat const pixels(photo.height_px(), photo.width_px(), CV_8UC3,
                         const_cast<std::uint8_t*>(photo.pixels().data()));
    auto const found = quality::find_lesion(pixels, everywhere);
    result.overlap = cv::countNonZero(found & truth) / std::max(1.0, double(cv::countNonZero(found | truth)));
  }
  result.is_cut = quality::cut_frac(truth, everywhere) > kCut_frac;
  result.is_small = cv::countNonZero(truth) < kSmall_frac * double(truth.total());
  result.warns_cut = !named(report, "lesion_cut").passed;
  result.warns_small = !named(report, "lesion_size").passed;
  return result;
}

void print(char const* name, std::vector<Case> const& cases) {
  std::vector<double> overlaps;
  Agreement cut;
  Agreement small;
  for (auto const& one : cases) {
    if (one.overlap >= 0) overlaps.push_back(one.overlap);
    cut.add(one.is_cut, one.warns_cut);
    small.add(one.is_small, one.warns_small);
  }
  std::ranges::sort(overlaps);
  double sum = 0;
  for (auto const overlap : overlaps) sum += overlap;
  if (!overlaps.empty()) {
    std::printf(
        "\nOutlines of %zu photos (%s, no dark corners): intersection over union %.3f on average, median %.3f, "
        "below 0.5 for %.1f %%.\n",
        overlaps.size(), name, sum / double(overlaps.size()), overlaps[overlaps.size() / 2],
        100.0 * double(std::ranges::lower_bound(overlaps, 0.5) - overlaps.begin()) / double(overlaps.size()));
  }
  std::printf("\n| %s | photos | by the mask | warned of | precision | recall |\n|---|---:|---:|---:|---:|---:|\n",
              name);
  std::printf("| cut: over %.0f %% of the outline on the frame %s\n", 100 * kCut_frac, cut.cells().c_str());
  std::printf("| small: under %.1f %% of the photo %s\n", 100 * kSmall_frac, small.cells().c_str());
}

}  // namespace

void print_lesions(fs::path const& data) {
  std::puts(
      "\n## Lesions: outline, cut by the frame, small, against HAM10000's masks\n\nThe outline is Otsu's; its "
      "constants "
      "were chosen on 800 training photos. All figures here are of validation photos.");
  auto const whole = validation_photos(data, "images-200x150");
  print("whole photos, 200x150", on_all_cores<Case>(whole.size(), [&](std::size_t i) {
          auto const photo = load(whole[i]);
          return judge(photo, mask_of(data, whole[i], photo.width_px(), photo.height_px()));
        }));
  auto const sharp = validation_photos(data, "images-300x225");
  constexpr std::size_t kPlaces = 3;
  print("windows of 200x150 anywhere in 300x225", on_all_cores<Case>(kPlaces * sharp.size(), [&](std::size_t i) {
          auto const& path = sharp[i / kPlaces];
          auto const photo = load(path);
          auto const window = two_thirds(photo.width_px(), photo.height_px(), unsigned(i));
          return judge(cropped(photo, window),
                       cropped(mask_of(data, path, photo.width_px(), photo.height_px()), window));
        }));
  print("a third as large, 300x225", on_all_cores<Case>(sharp.size(), [&](std::size_t i) {
          auto const photo = load(sharp[i]);
          constexpr int kFactor = 3;
          auto const width = photo.width_px() / kFactor;
          auto const height = photo.height_px() / kFactor;
          auto const small = mask_of(data, sharp[i], width, height);
          Mask mask{photo.width_px(), photo.height_px(), std::vector<std::uint8_t>(photo.pixels().size() / 3)};
          for (int y = 0; y < height; ++y) {
            std::copy_n(small.inside.begin() + std::ptrdiff_t{y} * width, width,
                        mask.inside.begin() + std::ptrdiff_t(y + height) * photo.width_px() + width);
          }
          return judge(from_afar(photo, kFactor, unsigned(i)), mask);
        }));
}

}  // namespace nevus::bench
