// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "nevus/image/image.h"

/// Hair, ink and rulers drawn over a photo, with the share of pixels that they cover as the truth. The tests assert on
/// them and bench/quality prints its tables from them.
namespace nevus::quality::drawings {

struct Drawn {
  Image photo;
  double covered_frac;  ///< share of the pixels that are at least half covered
};

/// How much of each pixel is covered, 0..1.
class Cover {
 public:
  Cover(int width_px, int height_px)
      : width_px_(width_px), height_px_(height_px), share_(std::size_t(width_px) * std::size_t(height_px)) {}

  /// A disc with a soft edge.
  void stamp(double x, double y, double radius_px) {
    auto const reach = radius_px + 1;
    for (int row = std::max(0, int(y - reach)); row <= std::min(height_px_ - 1, int(y + reach)); ++row) {
      for (int column = std::max(0, int(x - reach)); column <= std::min(width_px_ - 1, int(x + reach)); ++column) {
        auto const covered = std::clamp(radius_px + 0.5 - std::hypot(column - x, row - y), 0.0, 2 * radius_px);
        auto& share = share_[std::size_t(row) * std::size_t(width_px_) + std::size_t(column)];
        share = std::max(share, std::min(covered, 1.0));
      }
    }
  }

  /// A stroke that starts at (x, y) and bends evenly by `bend_rad` along its length.
  void stroke(double x, double y, double angle_rad, double length_px, double bend_rad, double radius_px) {
    constexpr double kStep_px = 0.5;
    for (int step = 0; step * kStep_px < length_px; ++step) {
      stamp(x, y, radius_px);
      x += kStep_px * std::cos(angle_rad);
      y += kStep_px * std::sin(angle_rad);
      angle_rad += bend_rad * kStep_px / length_px;
    }
  }

  /// `photo` with this much of each pixel multiplied by `transmission`: what lies on skin takes light away.
  [[nodiscard]] Drawn over(Image const& photo, std::array<double, 3> transmission) const {
    auto pixels = photo.pixels();
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      auto const value = pixels[i] * (1 - share_[i / 3] * (1 - transmission[i % 3]));
      pixels[i] = static_cast<std::uint8_t>(std::clamp(value + 0.5, 0.0, 255.0));
    }
    auto const half = std::ranges::count_if(share_, [](double share) { return share >= 0.5; });
    return {{photo.width_px(), photo.height_px(), std::move(pixels)}, double(half) / double(share_.size())};
  }

 private:
  int width_px_;
  int height_px_;
  std::vector<double> share_;
};

/// A number in low..high; the same sequence on every machine, unlike the standard distributions.
inline double between(std::mt19937& random, double low, double high) {
  return low + (high - low) * static_cast<double>(random()) / 4294967295.0;
}

/// `count` dark hairs, 0.5 to 0.9 % of the photo's width thick as in HAM10000.
inline Drawn hairy(Image const& photo, int count, unsigned seed) {
  std::mt19937 random(seed);
  Cover cover(photo.width_px(), photo.height_px());
  auto const width = double(photo.width_px());
  for (int i = 0; i < count; ++i) {
    auto const x = between(random, 0, width);
    auto const y = between(random, 0, photo.height_px());
    auto const angle_rad = between(random, 0, 6.28);
    auto const length_px = width * between(random, 0.2, 0.7);
    auto const bend_rad = between(random, -0.8, 0.8);
    cover.stroke(x, y, angle_rad, length_px, bend_rad, width * between(random, 0.0025, 0.0045));
  }
  return cover.over(photo, {0.25, 0.22, 0.25});
}

enum class Ink { kBlue, kViolet };

/// Three strokes of a skin marker along the frame.
inline Drawn inked(Image const& photo, Ink ink, unsigned seed) {
  std::mt19937 random(seed);
  Cover cover(photo.width_px(), photo.height_px());
  auto const width = double(photo.width_px());
  auto const height = double(photo.height_px());
  for (int i = 0; i < 3; ++i) {
    auto const along = between(random, 0.1, 0.9);
    auto const in = between(random, 0.02, 0.08);
    auto const side = random() % 4;
    auto const x = width * (side == 0 ? in : side == 1 ? 1 - in : along);
    auto const y = height * (side == 2 ? in : side == 3 ? 1 - in : along);
    auto const angle_rad = (side < 2 ? 1.57 : 0) + between(random, -0.3, 0.3);
    cover.stroke(x, y, angle_rad, width * between(random, 0.1, 0.25), between(random, -0.4, 0.4), width * 0.0125);
  }
  return ink == Ink::kBlue ? cover.over(photo, {0.2, 0.4, 0.9}) : cover.over(photo, {0.45, 0.25, 0.8});
}

/// Lengths are parts of the photo's width.
struct Scale {
  double x_frac = 0;  ///< of the first tick
  double y_frac = 0;  ///< of the first tick, of the height
  double angle_rad = 0;
  int ticks = 10;
  double gap_frac = .06;
  double length_frac = .04;  ///< every fifth is longer by six tenths
  double radius_frac = .003;
  bool on_a_line = false;
};

inline Drawn ruled(Image const& photo, Scale const& scale) {
  Cover cover(photo.width_px(), photo.height_px());
  auto const width = double(photo.width_px());
  auto const quarter_rad = std::acos(0);
  auto const x = scale.x_frac * width;
  auto const y = scale.y_frac * photo.height_px();
  for (int i = 0; i < scale.ticks; ++i) {
    auto const along = i * scale.gap_frac * width;
    auto const length_px = scale.length_frac * width * (i % 5 == 0 ? 1.6 : 1);
    auto const tick_rad = scale.angle_rad + quarter_rad;
    cover.stroke(x + along * std::cos(scale.angle_rad) - length_px / 2 * std::cos(tick_rad),
                 y + along * std::sin(scale.angle_rad) - length_px / 2 * std::sin(tick_rad), tick_rad, length_px, 0,
                 scale.radius_frac * width);
  }
  if (scale.on_a_line)
    cover.stroke(x, y, scale.angle_rad, scale.ticks * scale.gap_frac * width, 0, scale.radius_frac * width);
  return cover.over(photo, {0.3, 0.3, 0.3});
}

/// A printed scale along one side of the frame, 8 to 24 ticks, up to 6 degrees askew.
inline Scale scale_at_the_frame(unsigned seed) {
  std::mt19937 random(seed);
  constexpr double kHeightToWidth = 0.75;
  Scale scale;
  auto const in = between(random, 0.03, 0.12);
  auto const side = random() % 4;
  bool const level = side < 2;
  scale.gap_frac = between(random, 0.04, 0.09);
  scale.length_frac = between(random, 0.03, 0.06);
  scale.radius_frac = between(random, 0.002, 0.004);
  scale.angle_rad = (level ? 0 : std::acos(0)) + between(random, -0.1, 0.1);
  auto const room = (level ? 1 : kHeightToWidth) * between(random, 0.7, 1);
  scale.ticks = std::max(8, int(room / scale.gap_frac));
  auto const start = std::max(0.02, ((level ? 1 : kHeightToWidth) - scale.ticks * scale.gap_frac) / 2);
  scale.x_frac = level ? start : side == 2 ? in : 1 - in;
  scale.y_frac = level ? (side == 0 ? in : 1 - in) : start / kHeightToWidth;
  return scale;
}

}  // namespace nevus::quality::drawings
