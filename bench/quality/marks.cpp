// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "nevus/quality/quality.h"
#include "photos.h"
#include "quality/drawings.h"
#include "sections.h"
#include "verdicts.h"

namespace nevus::bench {
namespace {

using quality::drawings::Drawn;

struct Found {
  double drawn;
  double measured;
  bool warned;
};

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + std::ptrdiff_t(values.size() / 2));
  return values[values.size() / 2];
}

Drawn as_it_is(Image photo, unsigned /*seed*/) { return {std::move(photo), 0}; }

/// What is warned of among `paths` after `draw`.
template <typename Draw>
void print_ruler_row(std::string const& name, Paths const& paths, Draw const& draw) {
  auto const found = on_all_cores<Found>(paths.size(), [&](std::size_t i) {
    auto const measured = named(quality::assess(draw(load(paths[i]), unsigned(i)).photo), "ruler");
    return Found{0, measured.value, !measured.passed};
  });
  std::vector<double> ticks;
  for (auto const& one : found) ticks.push_back(one.measured);
  std::printf("| %s | %zu | %.0f | %.1f %% |\n", name.c_str(), found.size(), median(ticks),
              100.0 * double(std::ranges::count_if(found, &Found::warned)) / double(found.size()));
  std::fflush(stdout);
}

/// On whole photos, hair and all: what hair does to a scale belongs to it.
void print_rulers(fs::path const& data) {
  using quality::drawings::ruled;
  using quality::drawings::scale_at_the_frame;
  std::puts(
      "\n## Scales, against what was drawn\n\nDrawn along one side of validation photos, 8 or more ticks that are 4 to "
      "9 % of the width apart. Some photos have a real scale.\n\n"
      "| drawn | photos | ticks in a row (median) | warned of |\n|---|---:|---:|---:|");
  for (auto const* view : {"images-200x150", "images-300x225"}) {
    auto const photos = validation_photos(data, view);
    auto const of_view = std::string(", ") + view;
    print_ruler_row("nothing" + of_view, photos, as_it_is);
    print_ruler_row("a scale" + of_view, photos,
                    [](Image const& photo, unsigned seed) { return ruled(photo, scale_at_the_frame(seed)); });
  }
  print_ruler_row("a scale whose ticks hang on a line, images-300x225", validation_photos(data, "images-300x225"),
                  [](Image const& photo, unsigned seed) {
                    auto scale = scale_at_the_frame(seed);
                    scale.on_a_line = true;
                    return ruled(photo, scale);
                  });
}

template <typename Draw>
void print_row(std::string const& name, std::string_view measure, Paths const& paths, Draw const& draw) {
  auto const found = on_all_cores<Found>(paths.size(), [&](std::size_t i) {
    Drawn const drawn = draw(load(paths[i]), unsigned(i));
    auto const report = quality::assess(drawn.photo);
    return Found{drawn.covered_frac, named(report, measure).value, !named(report, measure).passed};
  });
  std::vector<double> drawn;
  std::vector<double> measured;
  for (auto const& one : found) {
    drawn.push_back(one.drawn);
    measured.push_back(one.measured);
  }
  std::printf("| %s | %zu | %.2f %% | %.2f %% | %.1f %% |\n", name.c_str(), found.size(), 100 * median(drawn),
              100 * median(measured),
              100.0 * double(std::ranges::count_if(found, &Found::warned)) / double(found.size()));
  std::fflush(stdout);
}

/// Share of pixels that the data set's hair removal made brighter by more than 25 of 255, both brought to 75x75 first.
double removed_frac(Image const& with_hair, Image const& without) {
  int removed = 0;
  constexpr int kSide = 224;
  auto const left = (with_hair.width_px() - with_hair.height_px()) / 2;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      auto const from_y = y * with_hair.height_px() / kSide;
      auto const from_x = left + x * with_hair.height_px() / kSide;
      int largest = 0;
      for (int c = 0; c < 3; ++c) {
        largest =
            std::max(largest, without.pixels()[std::size_t(3 * (y * without.width_px() + x) + c)] -
                                  with_hair.pixels()[std::size_t(3 * (from_y * with_hair.width_px() + from_x) + c)]);
      }
      removed += largest > 40;
    }
  }
  return double(removed) / (kSide * kSide);
}

/// Real hair: photos that the data set holds both with their hair and with it removed by software.
void print_real_hair(fs::path const& data, Paths const& sharp) {
  auto const crops = data / "ham10000/crops-224-hair-removed";
  struct Pair {
    double removed = -1;
    bool warned = false;
  };
  auto const pairs = on_all_cores<Pair>(sharp.size(), [&](std::size_t i) {
    auto const without = crops / sharp[i].filename();
    if (!fs::exists(without)) return Pair{};
    auto const photo = load(sharp[i]);
    Window const square{(photo.width_px() - photo.height_px()) / 2, 0, photo.height_px(), photo.height_px()};
    return Pair{removed_frac(photo, load(without)), !named(quality::assess(cropped(photo, square)), "hair").passed};
  });
  std::puts("\n| hair that the data set's own removal took away | photos | warned of |\n|---|---:|---:|");
  struct Range {
    char const* name;
    double from;
    double to;
  };
  for (auto const& range : {Range{"under 0.1 % of the pixels", 0, .001}, Range{"0.1 to 1 %", .001, .01},
                            Range{"1 to 3 %", .01, .03}, Range{"over 3 %", .03, 2}}) {
    auto const in = [&](Pair const& pair) { return pair.removed >= range.from && pair.removed < range.to; };
    auto const count = std::ranges::count_if(pairs, in);
    auto const warned = std::ranges::count_if(pairs, [&](Pair const& pair) { return in(pair) && pair.warned; });
    std::printf("| %s | %td | %.0f %% |\n", range.name, count, 100.0 * double(warned) / std::max(1.0, double(count)));
  }
}

}  // namespace

void print_marks(fs::path const& data) {
  using quality::drawings::Ink;
  std::puts(
      "\n## Hair and ink, against what was drawn\n\nDrawn over validation photos whose hair was removed by software "
      "(224x224). Some hair is left in them, and some have real ink.\n\n"
      "| drawn | photos | covered (median) | measured (median) | warned of |\n|---|---:|---:|---:|---:|");
  auto const bare = validation_photos(data, "crops-224-hair-removed");
  print_row("nothing: hair", "hair", bare, as_it_is);
  for (int const count : {5, 15, 30, 60, 100}) {
    print_row(std::to_string(count) + " hairs: hair", "hair", bare,
              [count](Image const& photo, unsigned seed) { return quality::drawings::hairy(photo, count, seed); });
  }
  print_row("nothing: ink", "ink", bare, as_it_is);
  print_row("blue ink: ink", "ink", bare,
            [](Image const& photo, unsigned seed) { return quality::drawings::inked(photo, Ink::kBlue, seed); });
  print_row("violet ink: ink", "ink", bare,
            [](Image const& photo, unsigned seed) { return quality::drawings::inked(photo, Ink::kViolet, seed); });
  print_real_hair(data, validation_photos(data, "images-300x225"));
  print_rulers(data);
}

}  // namespace nevus::bench
