// SPDX-License-Identifier: MIT
#include "nevus/training/augmentation_sheet.h"

#include "nevus/evaluation/canvas.h"
#include "nevus/training/augment.h"
#include "nevus/training/mix.h"
#include "nevus/training/random.h"

namespace nevus::training {
namespace {

using evaluation::Canvas;
using evaluation::Point;
using evaluation::TextStyle;

constexpr int kDraws = 4;
constexpr int kGroupsPerRow = 2;
constexpr int kPicturePx = 128;
constexpr int kGapPx = 6;
constexpr int kMarginPx = 28;
constexpr int kGroupGapPx = 36;
constexpr int kTitlePx = 72;
constexpr int kNamePx = 30;
constexpr int kGroupWidthPx = (kDraws + 1) * (kPicturePx + kGapPx) - kGapPx;
constexpr int kGroupHeightPx = kNamePx + kPicturePx + 14;
constexpr TextStyle kTitle{.capital_px = 15, .stroke_px = 2.2};
constexpr TextStyle kName{.capital_px = 10.5, .stroke_px = 1.6};
constexpr TextStyle kNote{
    .capital_px = 8.5, .colour = evaluation::kFaintInk, .align = evaluation::Align::kRight, .stroke_px = 1.2};

constexpr char const* kOff = "off in this recipe";

/// A row of pictures under a name.
struct Group {
  std::string name;
  std::string note;
  std::vector<Image> pictures;
};

PreprocessSpec sheet_spec(TrainingConfig const& config) {
  auto spec = config.served_preprocess();
  spec.width_px = spec.height_px = kPicturePx;
  return spec;
}

std::mt19937_64 generator_of(std::size_t group, int draw) {
  return generator(1, group, std::uint64_t(draw), Purpose::kAugment);
}

Group single(NamedAugmentation const& augmentation, std::size_t index, TrainingConfig const& config,
             Image const& photo) {
  auto const only = alone(augmentation, config.augment);
  auto const spec = sheet_spec(config);
  Group group{std::string(augmentation.name), is_on(augmentation, config.augment) ? "" : kOff, {}};
  group.pictures.push_back(model::render(photo, spec));
  for (int draw = 0; draw < kDraws; ++draw) {
    auto random = generator_of(index, draw);
    group.pictures.push_back(augment(photo, spec, only, random));
  }
  return group;
}

enum class Mix { kMixup, kCutmix };

/// As the loader mixes, with shares that show it.
Group mixed(Mix mix, TrainingConfig const& config, Image const& own, Image const& partner) {
  auto const spec = sheet_spec(config);
  auto const& o = config.optimization;
  bool const on = (mix == Mix::kMixup ? o.mixup_alpha : o.cutmix_alpha) > 0;
  Group group{mix == Mix::kMixup ? "mixup" : "cutmix", on ? "" : kOff, {model::render(own, spec)}};
  Image const first = model::render(own, spec);
  Image const second = model::render(partner, spec);
  std::size_t const plane = std::size_t(kPicturePx) * kPicturePx;
  for (int draw = 0; draw < kDraws; ++draw) {
    std::vector<float> values;
    for (auto const* image : {&first, &second}) {
      for (std::size_t c = 0; c < 3; ++c) {
        for (std::size_t i = 0; i < plane; ++i) values.push_back(float(image->pixels()[3 * i + c]));
      }
    }
    float const share = 0.85F - 0.15F * float(draw);
    auto random = generator_of(0, draw);
    Rows const rows{values.data(), 2, 3 * plane};
    if (mix == Mix::kMixup)
      mix_rows(rows, share);
    else
      swap_boxes(rows, kPicturePx, kPicturePx, draw_box(kPicturePx, kPicturePx, share, random));
    std::vector<std::uint8_t> pixels(3 * plane);
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t i = 0; i < plane; ++i) pixels[3 * i + c] = std::uint8_t(values[c * plane + i] + 0.5F);
    }
    group.pictures.emplace_back(kPicturePx, kPicturePx, std::move(pixels));
  }
  return group;
}

Group everything(TrainingConfig const& config, Image const& photo) {
  auto const spec = sheet_spec(config);
  Group group{"the recipe: everything together", "", {model::render(photo, spec)}};
  for (int draw = 0; draw < kDraws; ++draw) {
    auto random = generator_of(1000, draw);
    group.pictures.push_back(augment(photo, spec, config.augment, random));
  }
  return group;
}

void draw_group(Canvas& canvas, Group const& group, Point corner) {
  canvas.text(group.name, {corner.x_px, corner.y_px + 18}, kName);
  if (!group.note.empty()) canvas.text(group.note, {corner.x_px + kGroupWidthPx, corner.y_px + 18}, kNote);
  for (std::size_t i = 0; i < group.pictures.size(); ++i) {
    canvas.picture(group.pictures[i], {corner.x_px + double(i) * (kPicturePx + kGapPx), corner.y_px + kNamePx});
  }
}

}  // namespace

Result<ByteVector> draw_augmentation_sheet(TrainingConfig const& config, std::vector<Image> const& photos) {
  if (photos.empty()) return fail(ErrorCode::kUsage, "augmentations: at least one photo is needed");
  std::vector<Group> groups;
  for (std::size_t i = 0; i < augmentations().size(); ++i) {
    groups.push_back(single(augmentations()[i], i, config, photos.front()));
  }
  for (auto mix : {Mix::kMixup, Mix::kCutmix}) groups.push_back(mixed(mix, config, photos.front(), photos.back()));
  groups.push_back(everything(config, photos.front()));
  int const rows = int(groups.size() + kGroupsPerRow - 1) / kGroupsPerRow;
  Canvas canvas(2 * kMarginPx + kGroupsPerRow * (kGroupWidthPx + kGroupGapPx) - kGroupGapPx,
                kTitlePx + rows * kGroupHeightPx + kMarginPx);
  canvas.text("Augmentations of the recipe \"" + config.name + "\"", {kMarginPx, 42}, kTitle);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    std::size_t const row = i / kGroupsPerRow;
    draw_group(canvas, groups[i],
               {kMarginPx + double(i % kGroupsPerRow) * (kGroupWidthPx + kGroupGapPx),
                kTitlePx + double(row) * kGroupHeightPx});
  }
  NEVUS_TRY(auto chart, canvas.to_chart());
  return std::move(chart.png);
}

}  // namespace nevus::training
