// SPDX-License-Identifier: MIT
#include "nevus/model/synthetic_lesion.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "nevus/model/drawing.h"

namespace nevus::model {
namespace {

using namespace drawing;

constexpr int kHarmonics = 6;

/// Where and how the lesion lies. Points of the lesion are counted from its centre in units of its mean radius.
struct Outline {
  Point centre;
  Point axis;  ///< of the ellipse
  float radius = 0;
  float elongation = 1;
  float blur = 0;  ///< width of the border, as a share of the radius
  float opacity = 1;
  std::array<Point, kHarmonics> waves{};
  float raggedness = 0;
  std::uint32_t seed = 0;
};

/// A place in the lesion.
struct Spot {
  Point at;
  float depth = 0;  ///< 0 at the outline, 1 in the centre
  std::uint32_t seed = 0;
};

struct Habit {
  float irregularity;
  float blur_min, blur_max;
  float radius_min, radius_max;
};

/// By class, in the order of LesionClass.
constexpr PerClass<Habit> kHabits{{
    {0.16F, 0.25F, 0.45F, 0.24F, 0.38F},  // akiec: a vague red patch
    {0.14F, 0.16F, 0.30F, 0.22F, 0.36F},  // bcc
    {0.16F, 0.04F, 0.08F, 0.22F, 0.40F},  // bkl: looks stuck on, with a sharp border
    {0.06F, 0.25F, 0.40F, 0.18F, 0.28F},  // df: round and vague
    {0.30F, 0.06F, 0.20F, 0.26F, 0.42F},  // mel: notched
    {0.07F, 0.12F, 0.25F, 0.18F, 0.34F},  // nv: regular
    {0.10F, 0.06F, 0.14F, 0.16F, 0.32F},  // vasc
}};

Outline make_outline(Random& random, Habit const& habit, float width, float height) {
  Outline outline;
  outline.centre = {width / 2 + random.between(-0.08F, 0.08F), height / 2 + random.between(-0.08F, 0.08F)};
  outline.axis = random.direction();
  outline.radius = random.between(habit.radius_min, habit.radius_max);
  outline.elongation = random.between(1, 1.1F + 1.5F * habit.irregularity);
  outline.blur = random.between(habit.blur_min, habit.blur_max);
  outline.opacity = random.between(0.72F, 1);
  for (int k = 1; k < kHarmonics; ++k) {
    Point const phase = random.direction();
    float const size = habit.irregularity * random.between(0.3F, 1) / static_cast<float>(k + 1) * 2;
    outline.waves[k] = {phase.x * size, phase.y * size};
  }
  outline.raggedness = habit.irregularity * 0.8F;
  outline.seed = static_cast<std::uint32_t>(random.next());
  return outline;
}

Spot locate(Outline const& outline, Point place) {
  float const dx = (place.x - outline.centre.x) / outline.radius;
  float const dy = (place.y - outline.centre.y) / outline.radius;
  Spot spot;
  spot.seed = outline.seed;
  spot.at = {(dx * outline.axis.x + dy * outline.axis.y) / outline.elongation,
             (dy * outline.axis.x - dx * outline.axis.y) * outline.elongation};
  float const distance = std::sqrt(spot.at.x * spot.at.x + spot.at.y * spot.at.y);
  constexpr float kFar = 2.5F;  // The waves and the ragged border reach no farther.
  if (distance > kFar) {
    spot.depth = 1 - distance;
    return spot;
  }
  // cos(k angle) and sin(k angle) are the powers of the direction as a complex number: no trigonometry is needed.
  Point const turn = distance > 0 ? Point{spot.at.x / distance, spot.at.y / distance} : Point{1, 0};
  Point power = turn;
  float edge = 1;
  for (int k = 1; k < kHarmonics; ++k) {
    power = {power.x * turn.x - power.y * turn.y, power.x * turn.y + power.y * turn.x};
    edge += outline.waves[k].x * power.x + outline.waves[k].y * power.y;
  }
  edge += outline.raggedness * (clouds({3 * spot.at.x, 3 * spot.at.y}, outline.seed) - 0.5F);
  spot.depth = 1 - distance / std::max(edge, 0.3F);
  // Nothing that grows is straight: the structures inside are drawn on a bent grid.
  Point const bent{4 * spot.at.x, 4 * spot.at.y};
  spot.at.x += 0.12F * (noise(bent, outline.seed + 3) - 0.5F);
  spot.at.y += 0.12F * (noise(bent, outline.seed + 4) - 0.5F);
  return spot;
}

Point scaled(Spot const& spot, float features_per_radius) {
  return {spot.at.x * features_per_radius, spot.at.y * features_per_radius};
}

/// Red, with a strawberry's pale follicles and white-yellow scales.
Colour akiec(Spot const& spot, Colour skin) {
  Colour const red = mix(skin, {198, 92, 92}, 0.55F + 0.5F * clouds(scaled(spot, 3), spot.seed + 10));
  Cell const follicle = cell(scaled(spot, 5), spot.seed + 11);
  Colour const base = mix(red, {226, 178, 160}, 0.6F * ramp(-follicle.to_dot, -0.34F, -0.16F));
  float const scale = clouds(scaled(spot, 4), spot.seed + 12) + 0.25F * noise(scaled(spot, 22), spot.seed + 13);
  return mix(base, {240, 228, 200}, 0.85F * ramp(scale, 0.70F, 0.80F));
}

/// Translucent pearly pink with blue-grey ovoid nests; its vessels are drawn over it.
Colour bcc(Spot const& spot, Colour skin) {
  Colour const pearl = mix({232, 176, 176}, {222, 196, 198}, clouds(scaled(spot, 2), spot.seed + 20));
  Colour const base = mix(skin, pearl, 0.8F);
  Cell const nest = cell(scaled(spot, 3.2F), spot.seed + 21);
  float const size = nest.kind < 0.5F ? 0.12F + 0.5F * nest.kind : 0;
  return mix(base, {96, 104, 132}, 0.85F * ramp(size - nest.to_dot, -0.08F, 0.08F));
}

/// Dull brown, stuck on, with white-yellow milia and dark comedo-like openings.
Colour bkl(Spot const& spot, Colour skin) {
  Colour const brown = mix({158, 118, 84}, {122, 86, 62}, ramp(clouds(scaled(spot, 3.5F), spot.seed + 30), 0.3F, 0.7F));
  Colour const base = mix(skin, brown, 0.9F);
  Cell const pearl = cell(scaled(spot, 4.5F), spot.seed + 31);
  if (pearl.kind < 0.45F) return mix(base, {240, 224, 176}, ramp(0.20F - pearl.to_dot, -0.04F, 0.05F));
  if (pearl.kind > 0.75F) return mix(base, {70, 46, 34}, 0.9F * ramp(0.20F - pearl.to_dot, -0.04F, 0.05F));
  return base;
}

/// A pale scar in the middle of a light brown ring with a fine network.
Colour df(Spot const& spot, Colour skin) {
  Colour const ring = mix(skin, {150, 104, 82}, 0.75F);
  float const line = ramp(-cell(scaled(spot, 9), spot.seed + 40).to_border, -0.18F, -0.04F);
  Colour const net = mix(ring, {108, 70, 54}, 0.5F * line);
  float const scar = ramp(spot.depth + 0.3F * (clouds(scaled(spot, 4), spot.seed + 41) - 0.5F), 0.45F, 0.62F);
  return mix(net, {244, 226, 218}, 0.92F * scar);
}

/// Several colours in no order: tan, brown, black, red, and a blue-white veil over one side.
Colour mel(Spot const& spot, Colour skin) {
  float const tone = clouds(scaled(spot, 1.7F), spot.seed + 50);
  Colour colour = mix({164, 116, 84}, {96, 60, 46}, ramp(tone, 0.30F, 0.46F));
  colour = mix(colour, {38, 27, 28}, ramp(tone, 0.50F, 0.60F));
  colour = mix(colour, {158, 74, 70}, 0.8F * ramp(clouds(scaled(spot, 2.1F), spot.seed + 51), 0.60F, 0.70F));
  float const side = spot.at.x + 1.2F * (clouds(scaled(spot, 2), spot.seed + 52) - 0.5F);
  colour = mix(colour, {104, 118, 152}, 0.75F * ramp(side, 0.18F, 0.42F) * ramp(spot.depth, 0.1F, 0.3F));
  Cell const globule = cell(scaled(spot, 7), spot.seed + 53);
  float const dark = globule.kind < 0.3F ? ramp(0.26F - globule.to_dot, -0.06F, 0.06F) : 0;
  return mix(skin, mix(colour, {28, 20, 22}, 0.8F * dark), 0.95F);
}

/// Even brown, darker in the middle, under a regular network that thins out at the border.
Colour nv(Spot const& spot, Colour skin) {
  Colour const brown = mix({170, 118, 92}, {116, 74, 56}, ramp(spot.depth, 0, 0.75F));
  Colour const base = mix(skin, brown, 0.85F);
  float const line = ramp(-cell(scaled(spot, 8), spot.seed + 60).to_border, -0.30F, -0.06F);
  return mix(base, {80, 48, 38}, 0.6F * line * ramp(spot.depth, 0, 0.4F));
}

/// Well-defined red to purple lacunae between paler septa.
Colour vasc(Spot const& spot, Colour skin) {
  Cell const lacuna = cell(scaled(spot, 3), spot.seed + 70);
  Colour const blood = mix({186, 36, 48}, {84, 28, 70}, ramp(lacuna.kind, 0.2F, 0.9F));
  Colour const septum = mix(skin, {206, 122, 128}, 0.8F);
  return mix(septum, blood, ramp(lacuna.to_border, 0.05F, 0.35F) * ramp(0.75F - lacuna.to_dot, 0, 0.25F));
}

Colour paint(LesionClass lesion_class, Spot const& spot, Colour skin) {
  switch (lesion_class) {
    case LesionClass::kAkiec:
      return akiec(spot, skin);
    case LesionClass::kBcc:
      return bcc(spot, skin);
    case LesionClass::kBkl:
      return bkl(spot, skin);
    case LesionClass::kDf:
      return df(spot, skin);
    case LesionClass::kMel:
      return mel(spot, skin);
    case LesionClass::kNv:
      return nv(spot, skin);
    case LesionClass::kVasc:
      return vasc(spot, skin);
  }
  return skin;
}

struct Skin {
  Colour tone;
  Point slope;  ///< of brightness
  std::uint32_t seed = 0;
};

Skin make_skin(Random& random) {
  Skin skin;
  float const pigment = random.between(0, 1);
  skin.tone = mix({232, 190, 176}, {190, 138, 112}, pigment);
  skin.tone.r += random.between(-8, 8);
  skin.tone.b += random.between(-8, 8);
  Point const direction = random.direction();
  float const strength = random.between(5, 28);
  skin.slope = {direction.x * strength, direction.y * strength};
  skin.seed = static_cast<std::uint32_t>(random.next());
  return skin;
}

Colour skin_at(Skin const& skin, Point place) {
  float const blotches = 16 * (clouds({3 * place.x, 3 * place.y}, skin.seed) - 0.5F);
  // The fine furrows of the skin.
  float const furrow = 7 * ramp(-cell({26 * place.x, 26 * place.y}, skin.seed + 3).to_border, -0.22F, 0);
  float const light = skin.slope.x * (place.x - 0.5F) + skin.slope.y * (place.y - 0.5F);
  Colour const even = lighter(skin.tone, blotches + light - furrow);
  return {even.r, even.g - 0.3F * blotches, even.b - 0.3F * blotches};
}

/// Vessels that branch over the lesion. Every draw of `random` is a statement of its own: compilers differ in the order
/// in which they evaluate arguments.
void draw_vessels(Random& random, Outline const& outline, Strokes& strokes) {
  auto const reach = [&](Point from, Point direction, float length) {
    return Point{from.x + direction.x * length * outline.radius, from.y + direction.y * length * outline.radius};
  };
  for (int trunk = random.whole(2, 4); trunk > 0; --trunk) {
    Point const inwards = random.direction();
    Point const start = reach(outline.centre, inwards, -random.between(0.6F, 0.85F));
    Point const aim = random.direction();
    Point const middle = reach(outline.centre, aim, random.between(0, 0.3F));
    strokes.curve(start, reach(start, inwards, 0.35F), middle, 0.011F);
    for (int branch = random.whole(2, 4); branch > 0; --branch) {
      Point const aside = random.direction();
      Point const ahead = random.direction();
      Point const end = reach(middle, ahead, random.between(0.3F, 0.6F));
      strokes.curve(middle, reach(middle, aside, 0.2F), end, 0.006F);
    }
  }
}

void draw_hairs(Random& random, float width, float height, Strokes& strokes) {
  Point const lie = random.direction();  // Hairs of one place point about the same way.
  for (int hair = random.whole(1, 9); hair > 0; --hair) {
    Point const root{random.between(0, width), random.between(0, height)};
    Point const sway = random.direction();
    float const length = random.between(0.3F, 0.9F);
    Point const middle{root.x + lie.x * length / 2 + sway.x * 0.08F, root.y + lie.y * length / 2 + sway.y * 0.08F};
    strokes.curve(root, middle, {root.x + lie.x * length + sway.y * 0.2F, root.y + lie.y * length - sway.x * 0.2F},
                  random.between(0.004F, 0.010F));
  }
}

/// Darkens towards the corners, as the tube of a dermatoscope does.
void draw_vignette(std::vector<Colour>& canvas, int width_px, int height_px, float strength) {
  float const half_x = static_cast<float>(width_px) / 2;
  float const half_y = static_cast<float>(height_px) / 2;
  float const corner = half_x * half_x + half_y * half_y;
  for (std::size_t i = 0; i < canvas.size(); ++i) {
    auto const row = i / width_px;
    float const dx = static_cast<float>(i % width_px) + 0.5F - half_x;
    float const dy = static_cast<float>(row) + 0.5F - half_y;
    float const share = (dx * dx + dy * dy) / corner;
    canvas[i] = mix(canvas[i], {0, 0, 0}, strength * share * share);
  }
}

Image to_photo(std::vector<Colour> const& canvas, int width_px, int height_px) {
  std::vector<std::uint8_t> pixels;
  pixels.reserve(3 * canvas.size());
  for (Colour const& colour : canvas) {
    for (float const channel : {colour.r, colour.g, colour.b})
      pixels.push_back(static_cast<std::uint8_t>(std::clamp(channel, 0.0F, 255.0F) + 0.5F));
  }
  return {width_px, height_px, std::move(pixels)};
}

}  // namespace

Image synthetic_lesion(std::uint64_t seed, LesionClass lesion_class, int width_px, int height_px) {
  Random random(seed * kLesionClassCount + static_cast<std::uint64_t>(lesion_class));
  float const unit_px = static_cast<float>(std::min(width_px, height_px));
  float const width = static_cast<float>(width_px) / unit_px;
  float const height = static_cast<float>(height_px) / unit_px;
  Skin const skin = make_skin(random);
  Outline const outline = make_outline(random, kHabits[static_cast<std::size_t>(lesion_class)], width, height);

  std::vector<Colour> canvas(static_cast<std::size_t>(width_px) * height_px);
  for (std::size_t i = 0; i < canvas.size(); ++i) {
    auto const row = i / width_px;
    Point const place{(static_cast<float>(i % width_px) + 0.5F) / unit_px, (static_cast<float>(row) + 0.5F) / unit_px};
    canvas[i] = skin_at(skin, place);
    Spot const spot = locate(outline, place);
    if (spot.depth <= -outline.blur / 2) continue;
    float const inside = ramp(spot.depth, -outline.blur / 2, outline.blur / 2);
    canvas[i] = mix(canvas[i], paint(lesion_class, spot, canvas[i]), inside * outline.opacity);
  }
  if (lesion_class == LesionClass::kBcc) {
    Strokes vessels(width_px, height_px);
    draw_vessels(random, outline, vessels);
    vessels.blend_into(canvas, {176, 40, 54}, 0.75F);
  }
  if (random.chance(0.4F)) {
    Strokes hairs(width_px, height_px);
    draw_hairs(random, width, height, hairs);
    hairs.blend_into(canvas, {52, 38, 32}, 0.85F);
  }
  if (random.chance(0.6F)) draw_vignette(canvas, width_px, height_px, random.between(0.15F, 0.75F));
  return to_photo(canvas, width_px, height_px);
}

}  // namespace nevus::model
