// SPDX-License-Identifier: MIT
#include "nevus/training/loader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace nevus {
namespace {

std::vector<Sample> samples(std::map<LesionClass, int> const& counts) {
  std::vector<Sample> all;
  for (auto const& [label, count] : counts) {
    for (int i = 0; i < count; ++i) {
      Sample sample;
      sample.label = label;
      sample.synthetic_seed = std::uint64_t(i);
      all.push_back(sample);
    }
  }
  return all;
}

TrainingConfig small_config() {
  TrainingConfig config;
  config.name = "small";
  config.network.name = "efficientnet_lite0";
  config.optimization.phases = {{.epochs = 3, .input_px = 48}};
  config.optimization.batch = 8;
  return config;
}

TEST(SampleOrder, RareClassesComeMoreOftenThanTheyAre) {
  auto const all = samples({{LesionClass::kNv, 900}, {LesionClass::kMel, 100}});
  auto const order = training::sample_order(all, 0.5, 1, 0);
  ASSERT_EQ(order.size(), all.size());
  std::map<std::size_t, int> times;
  int melanomas = 0;
  for (auto index : order) {
    ++times[index];
    melanomas += all[index].label == LesionClass::kMel ? 1 : 0;
  }
  EXPECT_EQ(melanomas, 250);  // sqrt(100) : sqrt(900) = 1 : 3
  for (auto const& [index, count] : times) {
    bool const rare = all[index].label == LesionClass::kMel;
    EXPECT_TRUE(rare ? count == 2 || count == 3 : count == 1) << count;
  }
}

TEST(SampleOrder, DependsOnSeedAndEpochAlone) {
  auto const all = samples({{LesionClass::kNv, 50}, {LesionClass::kMel, 20}});
  EXPECT_EQ(training::sample_order(all, 0.5, 1, 3), training::sample_order(all, 0.5, 1, 3));
  EXPECT_NE(training::sample_order(all, 0.5, 1, 3), training::sample_order(all, 0.5, 1, 4));
  EXPECT_NE(training::sample_order(all, 0.5, 1, 3), training::sample_order(all, 0.5, 2, 3));
}

TEST(PriorShift, UndoesTheSampling) {
  auto const all = samples({{LesionClass::kNv, 900}, {LesionClass::kMel, 100}});
  auto const shift = training::prior_shift(all, all, 0.5);
  EXPECT_NEAR(shift[std::size_t(LesionClass::kNv)], std::log(0.9 / 0.75), 1e-6);
  EXPECT_NEAR(shift[std::size_t(LesionClass::kMel)], std::log(0.1 / 0.25), 1e-6);
  for (float value : training::prior_shift(all, all, 0)) EXPECT_EQ(value, 0);
  auto const more_melanomas = samples({{LesionClass::kNv, 900}, {LesionClass::kMel, 900}});
  EXPECT_NEAR(training::prior_shift(all, more_melanomas, 0)[std::size_t(LesionClass::kMel)], std::log(0.1 / 0.5), 1e-6);
}

TEST(Loader, TheNumberOfWorkersDoesNotChangeABatch) {
  auto const store = training::load_photos(samples({{LesionClass::kNv, 20}, {LesionClass::kBcc, 12}}));
  ASSERT_TRUE(store);
  auto const config = small_config();
  Loader one(*store, config, 1, 1);
  Loader three(*store, config, 1, 3);
  int batches = 0;
  while (auto a = one.next()) {
    auto const b = three.next();
    ASSERT_TRUE(b);
    EXPECT_TRUE(torch::equal(a->input, b->input));
    EXPECT_TRUE(torch::equal(a->target, b->target));
    EXPECT_LT((a->target.sum(1) - 1).abs().max().item<float>(), 1e-5F);
    ++batches;
  }
  EXPECT_EQ(batches, 4);
}

TEST(Loader, WithoutAugmentationShowsWhatIsServed) {
  auto const store = training::load_photos(samples({{LesionClass::kNv, 8}}));
  ASSERT_TRUE(store);
  auto config = small_config();
  config.optimization.mixup_alpha = 0;
  config.augment = {.rotate_deg = 0,
                    .scale_min = 1,
                    .scale_max = 1,
                    .stretch = 0,
                    .shear_deg = 0,
                    .shift_frac = 0,
                    .mirror_prob = 0,
                    .brightness = 0,
                    .contrast = 0,
                    .saturation = 0,
                    .white_balance = 0,
                    .soften_prob = 0};
  Loader loader(*store, config, 0, 1);
  auto const batch = loader.next();
  ASSERT_TRUE(batch);
  auto const order =
      training::sample_order(store->samples, config.optimization.sampling_power, config.optimization.seed, 0);
  auto const served = model::preprocess(store->photos[order[0]], config.preprocess(48));
  auto const shown = batch->input[0].contiguous().flatten();
  EXPECT_LT((shown - torch::tensor(served.values)).abs().max().item<float>(),
            0.01F);  // colour map rounds to 8 bit once
}

TEST(Loader, AnUnreadablePhotoIsNamed) {
  Sample missing;
  missing.path = "no/such/photo.jpg";
  auto const store = training::load_photos({missing});
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().message.find("no/such/photo.jpg"), std::string::npos);
}

}  // namespace
}  // namespace nevus
