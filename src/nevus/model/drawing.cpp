// SPDX-License-Identifier: MIT
#include "nevus/model/drawing.h"

#include <algorithm>
#include <cmath>

namespace nevus::model::drawing {
namespace {

/// MurmurHash3's finalizer over a lattice point.
std::uint32_t hash(std::int32_t x, std::int32_t y, std::uint32_t seed) {
  std::uint32_t h = static_cast<std::uint32_t>(x) * 0x9E3779B1U ^ static_cast<std::uint32_t>(y) * 0x85EBCA77U ^ seed;
  h = (h ^ (h >> 16)) * 0x85EBCA6BU;
  h = (h ^ (h >> 13)) * 0xC2B2AE35U;
  return h ^ (h >> 16);
}

float unit(std::uint32_t bits) { return static_cast<float>(bits >> 8) * 0x1p-24F; }

std::int32_t floor_of(float value) {
  auto const whole = static_cast<std::int32_t>(value);
  return static_cast<float>(whole) > value ? whole - 1 : whole;
}

}  // namespace

std::uint64_t Random::next() {
  std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

float Random::between(float low, float high) {
  return low + (high - low) * unit(static_cast<std::uint32_t>(next() >> 32));
}

int Random::whole(int low, int high) {
  return low + static_cast<int>((next() >> 32) * static_cast<std::uint64_t>(high - low + 1) >> 32);
}

Point Random::direction() {
  // By rejection, because sine and cosine differ between mathematical libraries and the square root does not.
  while (true) {
    Point const p{between(-1, 1), between(-1, 1)};
    float const length = std::sqrt(p.x * p.x + p.y * p.y);
    if (length > 0.1F && length <= 1) return {p.x / length, p.y / length};
  }
}

float noise(Point at, std::uint32_t seed) {
  std::int32_t const x = floor_of(at.x);
  std::int32_t const y = floor_of(at.y);
  float const across = ramp(at.x - static_cast<float>(x), 0, 1);
  float const down = ramp(at.y - static_cast<float>(y), 0, 1);
  auto const corner = [&](int right, int below) { return unit(hash(x + right, y + below, seed)); };
  float const top = corner(0, 0) + (corner(1, 0) - corner(0, 0)) * across;
  float const bottom = corner(0, 1) + (corner(1, 1) - corner(0, 1)) * across;
  return top + (bottom - top) * down;
}

float clouds(Point at, std::uint32_t seed) {
  return (4 * noise(at, seed) + 2 * noise({2 * at.x, 2 * at.y}, seed + 1) + noise({4 * at.x, 4 * at.y}, seed + 2)) / 7;
}

Cell cell(Point at, std::uint32_t seed) {
  std::int32_t const x = floor_of(at.x);
  std::int32_t const y = floor_of(at.y);
  float nearest = 9;
  float second = 9;
  std::uint32_t nearest_bits = 0;
  for (std::int32_t dy = -1; dy <= 1; ++dy) {
    for (std::int32_t dx = -1; dx <= 1; ++dx) {
      std::uint32_t const bits = hash(x + dx, y + dy, seed);
      // The dot keeps away from the edges of its square, so that none touch.
      float const dot_x = static_cast<float>(x + dx) + 0.1F + 0.8F * static_cast<float>(bits & 0x3FFU) / 1023;
      float const dot_y = static_cast<float>(y + dy) + 0.1F + 0.8F * static_cast<float>(bits >> 10 & 0x3FFU) / 1023;
      float const square = (dot_x - at.x) * (dot_x - at.x) + (dot_y - at.y) * (dot_y - at.y);
      if (square < nearest) {
        second = nearest;
        nearest = square;
        nearest_bits = bits;
      } else if (square < second) {
        second = square;
      }
    }
  }
  float const to_dot = std::sqrt(nearest);
  return {to_dot, std::sqrt(second) - to_dot, static_cast<float>(nearest_bits >> 20) / 4095};
}

Strokes::Strokes(int width_px, int height_px)
    : width_px_(width_px),
      height_px_(height_px),
      px_per_unit_(static_cast<float>(std::min(width_px, height_px))),
      coverage_(static_cast<std::size_t>(width_px) * height_px) {}

void Strokes::dot(Point centre_px, float radius_px) {
  int const left = std::max(0, floor_of(centre_px.x - radius_px - 1));
  int const right = std::min(width_px_ - 1, floor_of(centre_px.x + radius_px + 1));
  int const top = std::max(0, floor_of(centre_px.y - radius_px - 1));
  int const bottom = std::min(height_px_ - 1, floor_of(centre_px.y + radius_px + 1));
  for (int y = top; y <= bottom; ++y) {
    for (int x = left; x <= right; ++x) {
      float const dx = static_cast<float>(x) - centre_px.x;
      float const dy = static_cast<float>(y) - centre_px.y;
      // A dot narrower than a pixel covers it in part.
      float const covered =
          std::clamp(radius_px + 0.5F - std::sqrt(dx * dx + dy * dy), 0.0F, std::min(1.0F, 2 * radius_px));
      float& at = coverage_[static_cast<std::size_t>(y) * width_px_ + x];
      at = std::max(at, covered);
    }
  }
}

void Strokes::curve(Point from, Point control, Point to, float width) {
  auto const apart = [](Point a, Point b) { return std::sqrt((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)); };
  int const steps = 2 + static_cast<int>(2 * px_per_unit_ * (apart(from, control) + apart(control, to)));
  for (int i = 0; i <= steps; ++i) {
    float const t = static_cast<float>(i) / static_cast<float>(steps);
    float const a = (1 - t) * (1 - t);
    float const b = 2 * t * (1 - t);
    float const c = t * t;
    dot({(a * from.x + b * control.x + c * to.x) * px_per_unit_,
         (a * from.y + b * control.y + c * to.y) * px_per_unit_},
        width * px_per_unit_ / 2);
  }
}

void Strokes::blend_into(std::vector<Colour>& canvas, Colour colour, float opacity) const {
  for (std::size_t i = 0; i < canvas.size(); ++i) canvas[i] = mix(canvas[i], colour, coverage_[i] * opacity);
}

}  // namespace nevus::model::drawing
