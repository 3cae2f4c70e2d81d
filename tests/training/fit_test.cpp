// SPDX-License-Identifier: MIT
#include "nevus/training/fit.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <sstream>

#include "nevus/base/file.h"
#include "nevus/inference/classifier.h"
#include "nevus/training/bundle_export.h"
#include "nevus/training/event_file.h"
#include "nevus/training/networks.h"
#include "nevus/training/publish.h"
#include "nevus/training/soup.h"
#include "nevus/training/start_weights.h"
#include "training/tiny_runs.h"

namespace nevus {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;
using testing::text_of;
using testing::tiny_config;
using testing::tiny_config_with;

/// Without the columns that hold the machine's speed and memory.
std::vector<std::string> training_columns(std::string const& log) {
  std::vector<std::string> rows;
  std::istringstream stream(log);
  for (std::string line; std::getline(stream, line);) {
    std::size_t end = 0;
    for (int comma = 0; comma < 8; ++comma) end = line.find(',', end) + 1;
    rows.push_back(line.substr(0, end));
  }
  return rows;
}

TEST(Fit, AStoppedAndResumedRunIsTheSameRun) {
  TemporaryFolder const folder;
  auto const config = tiny_config();
  auto const data = dataset::synthetic(8, 5);
  FitOptions options;
  options.run_folder = folder / "whole";
  auto done = training::fit(config, data, options);
  ASSERT_TRUE(done) << done.error().message;
  options.run_folder = folder / "parts";
  options.stop_after_epochs = 1;
  ASSERT_TRUE(training::fit(config, data, options));
  EXPECT_FALSE(training::fit(config, data, options)) << "a fresh run must not overwrite one that is there";
  options.resume = true;
  options.stop_after_epochs = 0;
  done = training::fit(config, data, options);
  ASSERT_TRUE(done) << done.error().message;
  auto const whole = training_columns(text_of(folder / "whole/log.csv"));
  EXPECT_EQ(whole.size(), 4U);
  EXPECT_EQ(whole, training_columns(text_of(folder / "parts/log.csv")));

  auto other = training::parse_config(config.text + "rotate_deg = 5\n", "other.toml");
  ASSERT_TRUE(other);
  EXPECT_EQ(training::fit(*other, data, options).error().code, ErrorCode::kConfig);
  EXPECT_EQ(training::fit(config, dataset::synthetic(9, 5), options).error().code, ErrorCode::kData);
}

TEST(Fit, ARunStartsFromTheNetworkOfAnother) {
  TemporaryFolder const folder;
  auto const data = dataset::synthetic(8, 5);
  FitOptions options;
  options.run_folder = folder / "first";
  ASSERT_TRUE(training::fit(tiny_config(), data, options));
  auto const first = training::load_trained(folder / "first");
  ASSERT_TRUE(first) << first.error().message;
  // Learns next to nothing, so that what it ends with is what it started from.
  auto const config = tiny_config_with("learning_rate = 1e-9\nhead_learning_rate = 1e-9\n");
  options.start = first->network;
  options.run_folder = folder / "second";
  options.stop_after_epochs = 1;
  ASSERT_TRUE(training::fit(config, data, options));
  auto const second = training::load_trained(folder / "second");
  ASSERT_TRUE(second) << second.error().message;
  auto const before = first->network->parameters();
  auto const after = second->network->parameters();
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_TRUE(torch::allclose(before[i], after[i], 0, 1e-6)) << "parameter " << i;
  EXPECT_NE(text_of(folder / "second/run.json").find("\"start\""), std::string::npos);
}

TEST(Fit, ADamagedCheckpointIsRefused) {
  TemporaryFolder const folder;
  auto const data = dataset::synthetic(4, 5);
  FitOptions options;
  options.run_folder = folder / "run";
  options.stop_after_epochs = 1;
  ASSERT_TRUE(training::fit(tiny_config(), data, options));
  auto const checkpoint = folder / "run/checkpoint.pt";
  fs::resize_file(checkpoint, fs::file_size(checkpoint) / 2);
  options.resume = true;
  auto const resumed = training::fit(tiny_config(), data, options);
  ASSERT_FALSE(resumed);
  EXPECT_EQ(resumed.error().code, ErrorCode::kData);
  EXPECT_NE(resumed.error().message.find("checkpoint.pt"), std::string::npos);
}

/// The card holds what the model card shows: how many photos, and how well on groups of them.
void expect_card_tells(fs::path const& folder, Dataset const& data) {
  auto const card = model::load_bundle(folder)->card;
  EXPECT_EQ(card.split, "fixed");
  EXPECT_EQ(card.parts.at("test").photos, data.test.size());
  EXPECT_EQ(card.parts.at("train").classes, dataset::class_counts(data.train));
  EXPECT_TRUE(card.subgroups.empty()) << "drawings have neither sex nor age";
  EXPECT_TRUE(card.metrics.contains("test.auc.mel"));
}

void expect_no_place_for_a_weak_network(training::TrainedNetwork trained, Dataset const& data, fs::path const& place) {
  auto const verdict = training::judge(trained, data, place);
  ASSERT_TRUE(verdict) << verdict.error().message;
  ASSERT_TRUE(verdict->difference) << "there is a bundle to compare with";
  EXPECT_NEAR(verdict->difference->log_loss.value, 0, 1e-3) << "it is the same network, once served, once trained";
  EXPECT_TRUE(verdict->refusal) << "three short epochs";
  EXPECT_FALSE(training::judge(trained, data, place.parent_path() / "nothing here")->difference);
  trained.config.data.split = SplitKind::kLeaky8515;
  auto const leaky = training::judge(trained, data, place)->refusal;
  ASSERT_TRUE(leaky);
  EXPECT_NE(leaky->find("leaky"), std::string::npos) << *leaky;
}

TEST(Publish, NoProtocolButTheFixedSplitIsAdmittedHoweverGoodTheFigures) {
  EvaluatedPart val;
  val.metrics = {{"accuracy", {.9, .88, .92}}, {"balanced_accuracy", {.8, .75, .85}}, {"macro_auc", {.98, .97, .99}}};
  val.baseline.accuracy = .67;
  val.baseline.balanced_accuracy = 1.0 / 7;
  EXPECT_EQ(training::refusal_of(SplitKind::kFixed, val, {}), std::nullopt) << "an empty place is taken by a good one";
  EXPECT_TRUE(training::refusal_of(SplitKind::kLeaky8515, val, {}));
  EXPECT_TRUE(training::refusal_of(SplitKind::kFold, val, {}));
  PairedDifference const better{{-.1, -.12, -.08}, {.02, -.01, .05}};
  PairedDifference const worse{{-.1, -.12, -.08}, {-.02, -.05, .01}};
  EXPECT_EQ(training::refusal_of(SplitKind::kFixed, val, better), std::nullopt);
  EXPECT_TRUE(training::refusal_of(SplitKind::kFixed, val, worse));
  val.metrics["accuracy"].low = .66;
  EXPECT_TRUE(training::refusal_of(SplitKind::kFixed, val, better)) << "better than a bad one is not enough";
}

TEST(Fit, LeavesPicturesAndATensorBoardFile) {
  TemporaryFolder const folder;
  FitOptions options;
  options.run_folder = folder / "run";
  ASSERT_TRUE(training::fit(tiny_config(), dataset::synthetic(4, 5), options));
  for (auto const* name : {"run/curves.png", "run/confusion.png"}) {
    EXPECT_EQ(text_of(folder / name).substr(1, 3), "PNG") << name;
  }
  auto const bytes = read_file(folder / "run/events.out.tfevents.nevus");
  ASSERT_TRUE(bytes) << bytes.error().message;
  auto const events = training::read_events(*bytes).events;
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events.back().step, 3);
  EXPECT_EQ(events.back().scalars.front().first, "loss/training");
}

TEST(Fit, AnUnreadablePhotoInTheMiddleIsNamedAndTheCheckpointStays) {
  TemporaryFolder const folder;
  auto const good = dataset::synthetic(4, 5);
  auto data = good;
  auto const damaged = folder / "damaged.jpg";
  ASSERT_TRUE(write_file_atomically(damaged, std::string_view("\xFF\xD8\xFF\xE0 and no more")));
  auto& sample = data.train[data.train.size() / 2];
  sample.synthetic_seed.reset();
  sample.path = damaged;
  FitOptions options;
  options.run_folder = folder / "run";
  options.stop_after_epochs = 1;
  auto const refused = training::fit(tiny_config(), data, options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kDamagedPhoto);
  EXPECT_NE(refused.error().message.find("damaged.jpg"), std::string::npos) << refused.error().message;
  EXPECT_FALSE(fs::exists(folder / "run/checkpoint.pt"));
  ASSERT_TRUE(training::fit(tiny_config(), good, options)) << "the folder can be used once the photo is mended";
  options.resume = true;
  options.stop_after_epochs = 2;
  EXPECT_FALSE(training::fit(tiny_config(), data, options));
  EXPECT_TRUE(training::fit(tiny_config(), good, options));
}

TEST(Fit, ALossThatIsNoNumberEndsTheRunAndLeavesTheLastWholeEpoch) {
  TemporaryFolder const folder;
  auto const data = dataset::synthetic(4, 5);
  FitOptions options;
  options.run_folder = folder / "run";
  options.stop_after_epochs = 1;
  ASSERT_TRUE(training::fit(tiny_config(), data, options));
  auto absurd = tiny_config();  // the same recipe to the letter, so that it may resume
  absurd.optimization.learning_rate = absurd.optimization.head_learning_rate = 1e30;
  options.resume = true;
  options.stop_after_epochs = 0;
  auto const failed = training::fit(absurd, data, options);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kTraining);
  EXPECT_NE(failed.error().message.find("the checkpoint of epoch 1 is kept"), std::string::npos)
      << failed.error().message;
  auto const trained = training::load_run(folder / "run", data);
  ASSERT_TRUE(trained) << trained.error().message;
  EXPECT_EQ(trained->epoch, 1);
  EXPECT_TRUE(training::fit(tiny_config(), data, options));
}

TEST(Fit, ABatchThatIsLargerThanThePhotosIsRefused) {
  TemporaryFolder const folder;
  auto data = dataset::synthetic(4, 5);
  data.train.resize(13);
  FitOptions options;
  options.run_folder = folder / "run";
  auto const refused = training::fit(tiny_config(), data, options);
  ASSERT_FALSE(refused) << "nothing would be trained";
  EXPECT_EQ(refused.error().code, ErrorCode::kConfig);
  EXPECT_EQ(
      refused.error().message,
      "optimization.batch = 14 is more than the 13 photos that there are to train on, so nothing would be learnt");
}

TEST(Fit, WeightsThatTheLastStepOfAnEpochSpoiledAreNotKept) {
  TemporaryFolder const folder;
  auto const data = dataset::synthetic(4, 5);
  auto config = tiny_config_with("learning_rate = 1e-3\n");
  config.optimization.batch = 28;  // all photos, so that no loss is computed after the only step
  config.optimization.learning_rate = config.optimization.head_learning_rate = 1e30;
  config.optimization.warmup_epochs = 0;
  FitOptions options;
  options.run_folder = folder / "run";
  auto const failed = training::fit(config, data, options);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kTraining);
  EXPECT_NE(failed.error().message.find("the validation loss is no longer a number in epoch 1"), std::string::npos)
      << failed.error().message;
  EXPECT_FALSE(fs::exists(folder / "run/checkpoint.pt"));
}

TEST(Fit, ARunIsResumedWithItsOwnStartAndValidationPhotosAlone) {
  TemporaryFolder const folder;
  auto const data = dataset::synthetic(4, 5);
  testing::train_briefly(tiny_config(), data, folder / "first");
  testing::train_briefly(tiny_config_with("seed = 2\n"), data, folder / "second");
  auto const first = training::load_trained(folder / "first");
  auto const second = training::load_trained(folder / "second");
  ASSERT_TRUE(first && second);
  FitOptions options;
  options.run_folder = folder / "run";
  options.stop_after_epochs = 1;
  options.start = first->network;
  ASSERT_TRUE(training::fit(tiny_config(), data, options));
  options.resume = true;
  options.stop_after_epochs = 2;
  options.start = second->network;
  auto const other_start = training::fit(tiny_config(), data, options);
  ASSERT_FALSE(other_start);
  EXPECT_NE(other_start.error().message.find("was not started from this network"), std::string::npos);
  options.start = first->network;
  auto other_val = data;
  other_val.val.pop_back();
  EXPECT_EQ(training::fit(tiny_config(), other_val, options).error().code, ErrorCode::kData);
  EXPECT_TRUE(training::fit(tiny_config(), data, options));
}

TEST(Fit, TheMeanOfTheLastEpochsIsOneMoreEpochAndResumable) {
  TemporaryFolder const folder;
  auto const config = tiny_config_with("swa_epochs = 2\naccumulation = 2\n");
  auto const data = dataset::synthetic(4, 5);
  FitOptions options;
  options.run_folder = folder / "whole";
  auto done = training::fit(config, data, options);
  ASSERT_TRUE(done) << done.error().message;
  options.run_folder = folder / "parts";
  for (int stop : {2, 0}) {
    options.stop_after_epochs = stop;
    ASSERT_TRUE(training::fit(config, data, options)) << stop;
    options.resume = true;
  }
  auto const whole = training_columns(text_of(folder / "whole/log.csv"));
  EXPECT_EQ(whole.size(), 5U);  // a heading, three epochs, the mean
  EXPECT_EQ(whole, training_columns(text_of(folder / "parts/log.csv")));
}

TEST(Fit, ATeacherIsLearnedFrom) {
  TemporaryFolder const folder;
  auto const data = dataset::synthetic(4, 5);
  FitOptions options;
  options.run_folder = folder / "teacher";
  options.stop_after_epochs = 1;
  ASSERT_TRUE(training::fit(tiny_config(), data, options));
  auto const teacher = training::load_run(folder / "teacher", data);
  ASSERT_TRUE(teacher) << teacher.error().message;
  options.run_folder = folder / "student";
  options.teachers = {teacher->network};
  EXPECT_EQ(training::fit(tiny_config(), data, options).error().code, ErrorCode::kUsage);
  auto const config = training::parse_config(tiny_config().text + "[distill]\nweight = 0.5\n", "student.toml");
  ASSERT_TRUE(config) << config.error().message;
  auto const done = training::fit(*config, data, options);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_NE(training_columns(text_of(folder / "student/log.csv")),
            training_columns(text_of(folder / "teacher/log.csv")));
  options.teachers.clear();
  options.resume = true;
  EXPECT_EQ(training::fit(*config, data, options).error().code, ErrorCode::kUsage);
}

TEST(Soup, OfTwoRunsIsARunThatCanBeEvaluated) {
  TemporaryFolder const folder;
  auto const data = dataset::synthetic(4, 5);
  FitOptions options;
  options.stop_after_epochs = 2;
  std::vector<fs::path> runs;
  for (int seed : {1, 2}) {
    options.run_folder = folder / ("run" + std::to_string(seed));
    ASSERT_TRUE(training::fit(tiny_config_with("seed = " + std::to_string(seed) + "\n"), data, options));
    runs.push_back(options.run_folder);
  }
  std::vector<training::RunOnData> const on_data{{runs[0], data}, {runs[1], data}};
  auto const record = training::make_soup(on_data, folder / "soup");
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_TRUE(std::isfinite(record->val_loss));
  auto const soup = training::load_run(folder / "soup", data);
  ASSERT_TRUE(soup) << soup.error().message;
  auto const evaluated = training::evaluate_run(*soup, data, false);
  ASSERT_TRUE(evaluated) << evaluated.error().message;
  EXPECT_EQ(evaluated->val.predictions.size(), data.val.size());
  EXPECT_EQ(training::make_soup(on_data, folder / "soup").error().code, ErrorCode::kUsage);
  EXPECT_EQ(training::make_soup({on_data.front()}, folder / "one").error().code, ErrorCode::kUsage);

  options.run_folder = folder / "other";
  auto uneven = data;
  uneven.train.resize(uneven.train.size() - 2);
  ASSERT_TRUE(training::fit(tiny_config_with("sampling_power = 0.9\n"), uneven, options));
  EXPECT_EQ(training::make_soup({on_data.front(), {folder / "other", uneven}}, folder / "no").error().code,
            ErrorCode::kConfig);
}

TEST(Export, TheWeightsOfARunAreReadBackAsPublishedOnesAre) {
  TemporaryFolder const folder;
  testing::train_briefly(tiny_config(), dataset::synthetic(4, 5), folder / "run");
  ASSERT_TRUE(training::export_weights(folder / "run", folder / "tiny.safetensors"));
  auto const weights = training::read_state_dict(*read_file(folder / "tiny.safetensors"));
  ASSERT_TRUE(weights) << weights.error().message;
  auto const fresh = training::make_network(tiny_config());
  ASSERT_TRUE(fresh);
  auto const loaded = training::load_weights(**fresh, *weights);
  ASSERT_TRUE(loaded) << loaded.error().message;
  auto const trained = training::load_trained(folder / "run");
  for (auto const& parameter : trained->network->named_parameters())
    EXPECT_TRUE(torch::equal(parameter.value(), (*fresh)->named_parameters()[parameter.key()])) << parameter.key();
}

TEST(Export, AnUntrainedNetworkMakesNoBundle) {
  TemporaryFolder const folder;
  auto const data = dataset::synthetic(4, 5);
  testing::train_briefly(tiny_config_with("learning_rate = 1e-9\nhead_learning_rate = 1e-9\n"), data, folder / "run");
  auto const trained = training::load_run(folder / "run", data);
  ASSERT_TRUE(trained) << trained.error().message;
  auto const refused = training::export_bundle(*trained, data, {folder / "untrained", "1"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kModelRefused);
  EXPECT_NE(refused.error().message.find("nearly the same of every photo"), std::string::npos)
      << refused.error().message;
  EXPECT_FALSE(fs::exists(folder / "untrained"));
  EXPECT_FALSE(fs::exists(folder / "untrained.new"));
}

TEST(Export, TheServedNetworkAnswersLikeTheTrainedOne) {
  TemporaryFolder const folder;
  auto const data = dataset::synthetic(40, 5);
  auto const config = tiny_config();
  FitOptions options;
  options.run_folder = folder / "run";
  ASSERT_TRUE(training::fit(config, data, options));
  auto const trained = training::load_run(folder / "run", data);
  ASSERT_TRUE(trained) << trained.error().message;
  auto const exported = training::export_bundle(*trained, data, {folder / "tiny", "1"});
  ASSERT_TRUE(exported) << exported.error().message;
  EXPECT_EQ(exported->parity.photos, 64U);
  EXPECT_LT(exported->parity.max, 1e-3);
  EXPECT_FALSE(fs::exists(folder / "tiny.new"));
  expect_card_tells(folder / "tiny", data);
  expect_no_place_for_a_weak_network(*trained, data, folder / "tiny");

  auto const bundle = model::load_bundle(folder / "tiny");
  ASSERT_TRUE(bundle) << bundle.error().message;
  auto const classifier = Classifier::load(*bundle);
  ASSERT_TRUE(classifier) << classifier.error().message;
  auto const photo = dataset::load_photo(data.val.front());
  auto const output = classifier->run(model::preprocess(*photo, bundle->card.preprocess));
  ASSERT_TRUE(output) << output.error().message;
  // Grad-CAM before ReLU: behind an average and a linear layer the maps add up to the logits but for the bias, so the
  // differences between classes are the same for every photo.
  auto const second =
      classifier->run(model::preprocess(*dataset::load_photo(data.val.back()), bundle->card.preprocess));
  std::size_t const pixels = std::size_t(output->map_height) * std::size_t(output->map_width);
  auto const bias = [&](NetworkOutput const& of, std::size_t c) {
    double sum = 0;
    for (std::size_t i = 0; i < pixels; ++i) sum += of.class_maps[c * pixels + i];
    return of.logits[c] - sum;
  };
  for (std::size_t c = 0; c < kLesionClassCount; ++c) EXPECT_NEAR(bias(*output, c), bias(*second, c), 5e-3);
}

}  // namespace
}  // namespace nevus
