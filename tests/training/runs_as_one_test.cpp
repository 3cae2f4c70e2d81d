// SPDX-License-Identifier: MIT
// Several runs whose recipes differ in the photos that they add.
#include <gtest/gtest.h>

#include "nevus/training/bundle_export.h"
#include "nevus/training/ensemble.h"
#include "nevus/training/soup.h"
#include "training/tiny_runs.h"

namespace nevus {
namespace {

/// The same photos with further ones of three classes, as `isic2017 = true` adds them.
Dataset with_extra(Dataset data) {
  for (auto const& sample : dataset::synthetic(6, 99).train) {
    if (sample.label == LesionClass::kMel || sample.label == LesionClass::kNv || sample.label == LesionClass::kBkl)
      data.extra.push_back(sample);
  }
  return data;
}

class RunsAsOne : public ::testing::Test {
 protected:
  RunsAsOne() : plain_(dataset::synthetic(4, 5)), richer_(with_extra(plain_)) {
    testing::train_briefly(testing::tiny_config(), plain_, folder_ / "plain", "aaa");
    testing::train_briefly(testing::tiny_config_with("seed = 2\n"), richer_, folder_ / "richer", "bbb");
  }

  [[nodiscard]] std::vector<Prediction> answers(std::vector<training::RunOnData> const& runs) const {
    auto const together = training::load_runs(runs, false);
    EXPECT_TRUE(together) << together.error().message;
    return training::predictions_of(*together, plain_.val).value();
  }

  testing::TemporaryFolder const folder_;
  Dataset const plain_;
  Dataset const richer_;
  training::RunOnData const first_{folder_ / "plain", plain_};
  training::RunOnData const second_{folder_ / "richer", richer_};
};

TEST_F(RunsAsOne, TheirOrderChangesNothingAndTheMeanIsThatOfTheRunsThemselves) {
  auto const one_way = answers({first_, second_});
  auto const other_way = answers({second_, first_});
  auto const plain = answers({first_});
  auto const richer = answers({second_});
  for (std::size_t i = 0; i < one_way.size(); ++i) {
    for (std::size_t c = 0; c < kLesionClassCount; ++c) {
      EXPECT_NEAR(one_way[i].logits[c], other_way[i].logits[c], 1e-5);
      EXPECT_NEAR(one_way[i].logits[c], (plain[i].logits[c] + richer[i].logits[c]) / 2, 1e-5);
    }
  }
}

TEST_F(RunsAsOne, TheirCardNamesThePhotosAndTheCodeOfEach) {
  auto const together = training::load_runs({first_, second_}, false);
  ASSERT_TRUE(together) << together.error().message;
  EXPECT_EQ(training::training_data_text(together->provenance),
            "efficientnet_lite0: synthetic lesions, 28 photos of its training part + efficientnet_lite0: synthetic "
            "lesions, 28 photos of its training part; 18 photos of ISIC 2017");
  EXPECT_EQ(training::code_commit_text(together->provenance), "aaa + bbb");
  EXPECT_EQ(training::start_weights_text(together->provenance), "none");
}

TEST_F(RunsAsOne, RunsThatDivideTheirPhotosDifferentlyAreRefused) {
  auto other = second_;
  std::swap(other.data.val.front(), other.data.train.front());
  EXPECT_EQ(training::load_runs({first_, other}, false).error().code, ErrorCode::kConfig);
  EXPECT_EQ(training::load_run(other.folder, other.data).error().code, ErrorCode::kData)
      << "nor is a run read with photos that it was not trained on";
}

TEST_F(RunsAsOne, ASoupIsMadeOfRunsWithTheSameFrequenciesAndNamesThemAll) {
  EXPECT_EQ(training::make_soup({first_, second_}, folder_ / "mixed").error().code, ErrorCode::kConfig)
      << "one shift of the logits cannot be right for both";
  EXPECT_EQ(training::make_soup({second_, first_}, folder_ / "mixed").error().code, ErrorCode::kConfig);
  testing::train_briefly(testing::tiny_config_with("seed = 3\n"), plain_, folder_ / "third", "ccc");
  auto const made = training::make_soup({first_, {folder_ / "third", plain_}}, folder_ / "soup");
  ASSERT_TRUE(made) << made.error().message;
  auto const soup = training::load_run(folder_ / "soup", plain_);
  ASSERT_TRUE(soup) << soup.error().message;
  EXPECT_EQ(training::code_commit_text(soup->provenance), "aaa + ccc");
  EXPECT_EQ(training::training_data_text(soup->provenance), "synthetic lesions, 28 photos of its training part");
}

}  // namespace
}  // namespace nevus
