// SPDX-License-Identifier: MIT
#include "nevus/training/calibrate.h"

#include <gtest/gtest.h>

#include "nevus/training/bundle_export.h"
#include "training/tiny_runs.h"

namespace nevus {
namespace {

namespace fs = std::filesystem;

class Calibrate : public ::testing::Test {
 protected:
  Calibrate() {
    train(1, "run");
    auto const trained = training::load_run(folder_ / "run", data_);
    EXPECT_TRUE(trained) << trained.error().message;
    auto const exported = training::export_bundle(*trained, data_, {bundle_, "1"});
    EXPECT_TRUE(exported) << exported.error().message;
  }

  /// From ImageNet weights, whose features tell photos apart before any training.
  void train(int seed, std::string const& name) const {
    auto text = testing::tiny_config().text;
    text.replace(text.find("pretrained = false"), 18, "pretrained = true");
    text.replace(text.find("phases"), 0, "seed = " + std::to_string(seed) + "\n");
    text.replace(text.find("{epochs = 1, input_px = 32}, {epochs = 2"), 40, "{epochs = 1");
    auto const config = training::parse_config(text, "tiny.toml");
    ASSERT_TRUE(config) << config.error().message;
    FitOptions options;
    options.run_folder = folder_ / name;
    options.weights.carrier = NEVUS_WEIGHTS_CARRIER;
    auto const done = training::fit(*config, data_, options);
    ASSERT_TRUE(done) << done.error().message;
  }

  void set_split(std::string const& split) const {
    auto card = model::load_bundle(bundle_)->card;
    card.split = split;
    ASSERT_TRUE(write_file_atomically(bundle_ / "card.json", model::to_json(card)));
  }

  testing::TemporaryFolder const folder_;
  fs::path const bundle_ = folder_ / "tiny";
  Dataset const data_ = dataset::synthetic(4, 5);
};

TEST_F(Calibrate, OnlyPhotosThatTheNetworkNeverSawAreFittedOn) {
  for (auto const* split : {"fold", "leaky_85_15"}) {
    set_split(split);
    auto const refused = training::calibrate_bundle(bundle_, data_, {});
    ASSERT_FALSE(refused) << split;
    EXPECT_EQ(refused.error().code, ErrorCode::kModelRefused);
    EXPECT_NE(refused.error().message.find(split), std::string::npos) << refused.error().message;
  }
  set_split("fixed");
  EXPECT_EQ(training::calibrate_bundle(bundle_, dataset::synthetic(5, 5), {}).error().code, ErrorCode::kData)
      << "not all of these drawings were trained on";
  EXPECT_FALSE(fs::exists(bundle_ / "features.f32"));
}

TEST_F(Calibrate, ComesWithTheBundleThatTakesAnotherOnesPlace) {
  auto const old_network = read_file(bundle_ / "network.onnx").value();
  ASSERT_TRUE(write_file_atomically(bundle_ / "features.f32", std::string_view("of the old one")));
  train(2, "better");
  auto const trained = training::load_run(folder_ / "better", data_);
  ASSERT_TRUE(trained) << trained.error().message;
  auto const published =
      training::export_bundle(*trained, data_, {bundle_, "2", Replacing::kOldBundle, CalibrateOptions{{}, 50}});
  ASSERT_TRUE(published) << published.error().message;
  auto const bundle = model::load_bundle(bundle_);
  ASSERT_TRUE(bundle) << bundle.error().message;
  EXPECT_NE(bundle->network, old_network);
  EXPECT_EQ(bundle->card.limits.sets.size(), 2U);
  EXPECT_TRUE(bundle->card.features);
  EXPECT_EQ(bundle->card.source.photos, "synthetic");
  EXPECT_FALSE(fs::exists(folder_ / "tiny.new"));
}

}  // namespace
}  // namespace nevus
