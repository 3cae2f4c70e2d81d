// SPDX-License-Identifier: MIT
#include "nevus/training/loader.h"

#include <gtest/gtest.h>

#include <map>

#include "nevus/training/sampling.h"
#include "training/labelled.h"

namespace nevus {
namespace {

using testing::samples;

TrainingConfig small_config() {
  TrainingConfig config;
  config.name = "small";
  config.network.name = "efficientnet_lite0";
  config.optimization.phases = {{.epochs = 3, .input_px = 48}};
  config.optimization.batch = 8;
  return config;
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
  config.augment = training::without_augmentation();
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

TEST(Loader, WhatAWorkerThrowsReachesWhoeverWaitsForABatch) {
  auto const store = training::load_photos(samples({{LesionClass::kNv, 16}}));
  ASSERT_TRUE(store);
  auto config = small_config();
  config.augment.coarse_dropout_prob = 1;
  config.augment.coarse_dropout_frac = 2;  // a square that is larger than the picture, which OpenCV does not take
  Loader loader(*store, config, 0, 2);
  EXPECT_THROW(static_cast<void>(loader.next()), std::exception);
}

TEST(Loader, KeepsNoMoreDetailThanTheNetworkSees) {
  auto const spec = PreprocessSpec{.width_px = 48, .height_px = 48, .detail_px = 60, .detail_jpeg_quality = 75};
  auto const whole = training::load_photos(samples({{LesionClass::kMel, 3}}));
  auto const kept = training::load_photos(samples({{LesionClass::kMel, 3}}), spec);
  ASSERT_TRUE(whole && kept);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(kept->photos[i].height_px(), 60);
    EXPECT_EQ(model::preprocess(kept->photos[i], spec).values, model::preprocess(whole->photos[i], spec).values);
  }
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
