// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

namespace nevus::model::drawing {

/// A place in the drawing, in units of the photo's short side unless said otherwise.
struct Point {
  float x = 0;
  float y = 0;
};

/// 0..255 per channel; may leave that range until it is written into the photo.
struct Colour {
  float r = 0;
  float g = 0;
  float b = 0;
};

[[nodiscard]] constexpr Colour mix(Colour from, Colour to, float share) {
  return {from.r + (to.r - from.r) * share, from.g + (to.g - from.g) * share, from.b + (to.b - from.b) * share};
}
[[nodiscard]] constexpr Colour lighter(Colour colour, float by) {
  return {colour.r + by, colour.g + by, colour.b + by};
}

/// 0 at and below `low`, 1 at and above `high`, smooth between.
[[nodiscard]] constexpr float ramp(float value, float low, float high) {
  float const t = (value - low) / (high - low);
  if (t <= 0) return 0;
  if (t >= 1) return 1;
  return t * t * (3 - 2 * t);
}

/// SplitMix64 (Steele, Lea, Flood 2014): the distributions of <random> differ from one library to the next.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t next();
  [[nodiscard]] float between(float low, float high);
  [[nodiscard]] bool chance(float probability) { return between(0, 1) < probability; }
  [[nodiscard]] int whole(int low, int high);  ///< both ends included
  [[nodiscard]] Point direction();             ///< length 1, every angle equally likely

 private:
  std::uint64_t state_;
};

/// Smooth noise with features of size 1, in 0..1.
[[nodiscard]] float noise(Point at, std::uint32_t seed);
/// Three octaves of it, in 0..1, with most values between 0.3 and 0.7.
[[nodiscard]] float clouds(Point at, std::uint32_t seed);

/// Where a point lies among randomly placed dots, about one per unit square (Worley 1996).
struct Cell {
  float to_dot = 0;     ///< distance to the nearest dot
  float to_border = 0;  ///< distance to the second nearest minus that to the nearest; 0 on the line between cells
  float kind = 0;       ///< 0..1, one value per cell
};
[[nodiscard]] Cell cell(Point at, std::uint32_t seed);

/// Thin curves of one colour, laid over a photo at once so that crossings are no darker.
class Strokes {
 public:
  Strokes(int width_px, int height_px);
  /// A quadratic Bézier curve of this width.
  void curve(Point from, Point control, Point to, float width);
  void blend_into(std::vector<Colour>& canvas, Colour colour, float opacity) const;

 private:
  void dot(Point centre_px, float radius_px);

  int width_px_;
  int height_px_;
  float px_per_unit_;
  std::vector<float> coverage_;
};

}  // namespace nevus::model::drawing
