// SPDX-License-Identifier: MIT
#include "nevus/inference/classifier.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <thread>

#include "inference/tiny_network.h"

namespace nevus {
namespace {

using testing::TinyNetwork;

Tensor photo(std::uint64_t seed, PreprocessSpec const& spec) {
  return model::preprocess(model::synthetic_lesion(seed, LesionClass::kBkl, 120, 90), spec);
}

/// Why the bundle is refused.
std::string refusal(ModelBundle const& bundle, ErrorCode code = ErrorCode::kModelRefused) {
  auto const classifier = Classifier::load(bundle);
  if (classifier) return "it was accepted";
  EXPECT_EQ(classifier.error().code, code);
  EXPECT_EQ(classifier.error().message.find('\n'), std::string::npos) << classifier.error().message;
  return classifier.error().message;
}

void expect_near(std::vector<float> const& actual, std::vector<float> const& expected, float tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], tolerance) << i;
}

void expect_same(NetworkOutput const& actual, NetworkOutput const& expected, float tolerance) {
  expect_near({actual.logits.begin(), actual.logits.end()}, {expected.logits.begin(), expected.logits.end()},
              tolerance);
  expect_near(actual.embedding, expected.embedding, tolerance);
  expect_near(actual.class_maps, expected.class_maps, tolerance);
  EXPECT_EQ(actual.map_height, expected.map_height);
  EXPECT_EQ(actual.map_width, expected.map_width);
}

TEST(Classifier, GivesWhatTheNetworksArithmeticGives) {
  TinyNetwork const network;
  auto const classifier = Classifier::load(network.bundle()).value();
  EXPECT_EQ(classifier.card().id, "tiny");
  for (std::uint64_t seed : {1, 2, 3}) {
    auto const input = photo(seed, classifier.card().preprocess);
    expect_same(classifier.run(input).value(), network.expected(input), 1e-4F);
  }
}

TEST(Classifier, ClassMapsAverageToTheLogitsWithoutTheirBias) {
  auto const classifier = Classifier::load(TinyNetwork().bundle()).value();
  auto const output = classifier.run(photo(9, classifier.card().preprocess)).value();
  ASSERT_EQ(output.map_height, 12);
  ASSERT_EQ(output.map_width, 16);
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    float mean = 0;
    for (std::size_t i = 0; i < 192; ++i) mean += output.class_maps[c * 192 + i] / 192;
    EXPECT_NEAR(mean, output.logits[c] - TinyNetwork::head_bias(int(c)), 1e-4F) << kLesionClasses[c].id;
  }
}

TEST(Classifier, ATallInputIsServedAsTall) {
  TinyNetwork const tall{.width_px = 32, .height_px = 80};
  auto const classifier = Classifier::load(tall.bundle()).value();
  auto const input = photo(4, classifier.card().preprocess);
  expect_same(classifier.run(input).value(), tall.expected(input), 1e-4F);
}

TEST(Classifier, ServingModesAndThreadCountsGiveTheSameAnswer) {
  TinyNetwork const network;
  auto const bundle = network.bundle();
  auto const input = photo(5, bundle.card.preprocess);
  for (auto const& options : {ClassifierOptions{.mode = ServingMode::kLatency},
                              ClassifierOptions{.mode = ServingMode::kLatency, .threads = 1},
                              ClassifierOptions{.mode = ServingMode::kThroughput},
                              ClassifierOptions{.mode = ServingMode::kThroughput, .threads = 1}}) {
    auto const classifier = Classifier::load(bundle, options).value();
    expect_same(classifier.run(input).value(), network.expected(input), 1e-4F);
  }
}

TEST(Classifier, LatencyHasOneStreamAndThroughputOnePerThread) {
  auto const bundle = TinyNetwork().bundle();
  EXPECT_EQ(Classifier::load(bundle, {.mode = ServingMode::kLatency}).value().streams(), 1);
  EXPECT_EQ(Classifier::load(bundle, {.mode = ServingMode::kThroughput, .threads = 1}).value().streams(), 1);
  auto const cores = static_cast<int>(std::thread::hardware_concurrency());
  EXPECT_EQ(Classifier::load(bundle, {.mode = ServingMode::kThroughput}).value().streams(), cores);
}

TEST(Classifier, TheSameNetworkInTheOtherModeSaysTheSameAndOutlivesTheFirst) {
  TinyNetwork const network;
  auto const input = photo(6, network.bundle().card.preprocess);
  std::optional<Classifier> other;
  {
    auto const first = Classifier::load(network.bundle(), {.threads = 1}).value();
    other = first.in_mode(ServingMode::kThroughput).value();
    EXPECT_EQ(&first.card(), &other->card()) << "the reference features are there once";
    expect_same(first.run(input).value(), network.expected(input), 1e-4F);
  }
  EXPECT_EQ(other->streams(), 1) << "the number of threads goes along";
  expect_same(other->run(input).value(), network.expected(input), 1e-4F);
}

TEST(Classifier, ManyThreadsGetTheAnswersToTheirOwnPhotos) {
  constexpr std::size_t kThreads = 8;
  constexpr std::size_t kRounds = 25;
  TinyNetwork const network;
  auto const bundle = network.bundle();
  std::vector<Tensor> inputs;
  std::vector<NetworkOutput> expected;
  for (std::size_t i = 0; i < kThreads; ++i) {
    inputs.push_back(photo(100 + i, bundle.card.preprocess));
    expected.push_back(network.expected(inputs.back()));
  }
  for (auto const mode : {ServingMode::kLatency, ServingMode::kThroughput}) {
    auto const classifier = Classifier::load(bundle, {.mode = mode}).value();
    std::vector<float> largest_difference(kThreads, std::numeric_limits<float>::infinity());
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        float largest = 0;
        for (std::size_t round = 0; round < kRounds; ++round) {
          auto const output = classifier.run(inputs[t]);
          if (!output) return;
          for (std::size_t c = 0; c < kLesionClassCount; ++c)
            largest = std::max(largest, std::abs(output->logits[c] - expected[t].logits[c]));
        }
        largest_difference[t] = largest;
      });
    }
    for (auto& thread : threads) thread.join();
    for (std::size_t t = 0; t < kThreads; ++t) EXPECT_LT(largest_difference[t], 1e-4F) << t;
  }
}

TEST(Classifier, SeveralPhotosAtOnceAreAnsweredInTheirOrder) {
  TinyNetwork const network;
  auto const bundle = network.bundle();
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < 16; ++i) inputs.push_back(photo(200 + i, bundle.card.preprocess));
  for (auto const& options : {ClassifierOptions{}, ClassifierOptions{.mode = ServingMode::kThroughput, .threads = 3}}) {
    auto const classifier = Classifier::load(bundle, options).value();
    auto const outputs = classifier.run_all(inputs);
    ASSERT_TRUE(outputs) << outputs.error().message;
    ASSERT_EQ(outputs->size(), inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      auto const expected = network.expected(inputs[i]);
      for (std::size_t c = 0; c < kLesionClassCount; ++c)
        EXPECT_NEAR((*outputs)[i].logits[c], expected.logits[c], 1e-4F) << i;
    }
    auto spoilt = inputs;
    spoilt[7].shape[2] = 1;
    EXPECT_FALSE(classifier.run_all(spoilt));
    EXPECT_TRUE(classifier.run_all({}).value().empty());
  }
}

TEST(Classifier, StaysUsableAfterItWasMoved) {
  TinyNetwork const network;
  auto first = Classifier::load(network.bundle()).value();
  auto const second = std::move(first);
  auto const input = photo(6, second.card().preprocess);
  expect_same(second.run(input).value(), network.expected(input), 1e-4F);
}

TEST(Classifier, DoesNotWriteIntoTheCallersTensor) {
  auto const classifier = Classifier::load(TinyNetwork().bundle()).value();
  auto const input = photo(7, classifier.card().preprocess);
  auto const before = input.values;
  ASSERT_TRUE(classifier.run(input));
  EXPECT_EQ(input.values, before);
}

TEST(Classifier, Bfloat16IsServedWhereTheCpuHasItAndRefusedElsewhere) {
  TinyNetwork const network;
  auto const bundle = network.bundle();
  auto const classifier = Classifier::load(bundle, {.precision = Precision::kBfloat16});
  if (!classifier) {
    EXPECT_EQ(classifier.error().code, ErrorCode::kUsage);
    EXPECT_EQ(classifier.error().message,
              "precision bfloat16: this machine's CPU has no bfloat16 arithmetic; use float32");
    return;
  }
  auto const input = photo(8, bundle.card.preprocess);
  expect_same(classifier->run(input).value(), network.expected(input), 0.5F);
}

TEST(Classifier, ATensorOfAnotherShapeIsAnErrorAndNotReadBeyondItsEnd) {
  auto const classifier = Classifier::load(TinyNetwork().bundle()).value();
  auto turned = photo(1, classifier.card().preprocess);
  std::swap(turned.shape[2], turned.shape[3]);
  EXPECT_EQ(classifier.run(turned).error().code, ErrorCode::kInternal);
  auto short_one = photo(1, classifier.card().preprocess);
  short_one.values.resize(100);
  EXPECT_EQ(classifier.run(short_one).error().code, ErrorCode::kInternal);
}

TEST(Classifier, ANetworkThatAnswersOtherThanItsCardSaysIsRefused) {
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    auto bundle = TinyNetwork().bundle();
    bundle.card.canary_logits[c] += 0.1F;
    auto const text = refusal(bundle);
    EXPECT_EQ(text.find("model tiny: the network gives the canary "), 0U) << text;
    EXPECT_NE(text.find("for class " + std::string(kLesionClasses[c].id)), std::string::npos) << text;
  }
  auto close = TinyNetwork().bundle();
  for (float& logit : close.card.canary_logits) logit += 0.02F;
  EXPECT_TRUE(Classifier::load(close));
}

TEST(Classifier, AnotherPreprocessingThanTheNetworksIsNoticedByTheCanary) {
  auto bundle = TinyNetwork().bundle();
  bundle.card.preprocess.mean = {0.2F, 0.2F, 0.2F};
  EXPECT_NE(refusal(bundle).find("the canary"), std::string::npos);
}

TEST(Classifier, AnUntrainedNetworkIsRecognisedThoughItsCanaryIsRight) {
  auto bundle = TinyNetwork{.head_scale = 1e-3F}.bundle();
  bundle.folder = "models/tiny";
  EXPECT_NE(refusal(bundle).find("model tiny: the network is untrained"), std::string::npos);
  bundle.folder.clear();
  EXPECT_TRUE(Classifier::load(bundle)) << "a network that is not from a folder is its maker's matter";
}

TEST(Classifier, BytesThatAreNoNetworkAreRefusedInOneLine) {
  auto bundle = TinyNetwork().bundle();
  auto const whole = bundle.network;
  bundle.network.assign(500, std::uint8_t{0x5A});
  EXPECT_EQ(refusal(bundle).find("model tiny: "), 0U);
  bundle.network.clear();
  EXPECT_EQ(refusal(bundle).find("model tiny: "), 0U);
  bundle.network.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size() / 2));
  EXPECT_EQ(refusal(bundle).find("model tiny: "), 0U);
}

TEST(Classifier, InputsAndOutputsThatDoNotFitTheCardAreNamed) {
  EXPECT_EQ(refusal(TinyNetwork{.input = "input"}.bundle()),
            "model tiny: the network must have one input, called \"image\"");
  EXPECT_EQ(refusal(TinyNetwork{.embedding = "features_mean"}.bundle()),
            "model tiny: the network has no output \"embedding\"");
  EXPECT_EQ(refusal(TinyNetwork{.classes = 6}.bundle()),
            "model tiny: the network's output \"logits\" is f32[1,6], but must be f32[1,7]");
  EXPECT_EQ(refusal(TinyNetwork{.input_type = testing::onnx::kFloat64}.bundle()),
            "model tiny: the network's input \"image\" is f64[?,3,48,64], but the card's preprocessing makes "
            "f32[1,3,48,64]");
  EXPECT_EQ(refusal(TinyNetwork{.flat_maps = true}.bundle()),
            "model tiny: the network's output \"class_maps\" is f32[1,1344], but must be f32[1,7,?,?]");
  auto wider = TinyNetwork().bundle();
  wider.card.preprocess.width_px = 96;
  EXPECT_EQ(refusal(wider),
            "model tiny: the network's input \"image\" is f32[?,3,48,64], but the card's preprocessing makes "
            "f32[1,3,48,96]");
}

TEST(Classifier, EveryBundleThatComesWithNevusAnswersAlikeInBothModes) {
  auto const folders = model::find_bundles(NEVUS_SOURCE_DIR "/models");
  if (folders.empty()) GTEST_SKIP() << "there is no bundle in " NEVUS_SOURCE_DIR "/models yet";
  for (auto const& folder : folders) {
    auto const bundle = model::load_bundle(folder);
    ASSERT_TRUE(bundle) << bundle.error().message;
    auto const classifier = Classifier::load(*bundle);
    ASSERT_TRUE(classifier) << classifier.error().message;
    auto const output = classifier->run(photo(1, bundle->card.preprocess)).value();
    EXPECT_GT(output.map_height * output.map_width, 1) << folder;
    EXPECT_GT(output.embedding.size(), kLesionClassCount) << folder;
    auto const streams = Classifier::load(*bundle, {.mode = ServingMode::kThroughput, .threads = 3});
    ASSERT_TRUE(streams) << streams.error().message;
    expect_same(streams->run(photo(1, bundle->card.preprocess)).value(), output, 2e-3F);
  }
}

}  // namespace
}  // namespace nevus
