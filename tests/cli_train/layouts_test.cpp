// SPDX-License-Identifier: MIT
// Training on data as users have it.
#include <gtest/gtest.h>

#include "cli_train/tiny_recipe.h"
#include "nevus/image/encode.h"
#include "nevus/model/bundle.h"
#include "nevus/model/synthetic_lesion.h"

namespace nevus::test {
namespace {

namespace fs = std::filesystem;

constexpr int kPhotosOfAClass = 10;
constexpr std::array<char const*, kLesionClassCount> kIsicColumns{"AKIEC", "BCC", "BKL", "DF", "MEL", "NV", "VASC"};

std::string jpeg(std::uint64_t seed, LesionClass label) {
  auto const bytes = image::encode_jpeg(model::synthetic_lesion(seed, label, 120, 90), 90).value();
  return {bytes.begin(), bytes.end()};
}

class Layouts : public ::testing::Test {
 protected:
  void put(fs::path const& path, std::string const& text) const {
    fs::create_directories((folder_ / "data" / path).parent_path());
    write_text(folder_ / "data" / path, text);
  }
  /// A recipe that is written for HAM10000.
  [[nodiscard]] std::string recipe(std::string const& start) const {
    auto text = read_text(write_recipe(folder_));
    auto const source = text.find("\"synthetic\"");
    text.replace(source, text.find("[network]") - source, "\"ham10000\"\nview = \"images-200x150\"\n");
    text.replace(text.find("input_px = 32"), 13, "input_px = 64");
    if (start == "ImageNet") text.replace(text.find("pretrained = false"), 18, "pretrained = true");
    write_text(folder_ / "tiny.toml", text);
    return folder_ / "tiny.toml";
  }
  [[nodiscard]] Finished train(std::string const& start, std::vector<std::string> further = {}) const {
    further.insert(further.end(), {"--data", (folder_ / "data").string(), "--stop-after", "1"});
    return test::run(fit(recipe(start), folder_ / "run", further));
  }
  TemporaryFolder const folder_;
};

TEST_F(Layouts, AFolderForEachClassIsTrainedOnExportedAndCalibrated) {
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    for (int i = 0; i < kPhotosOfAClass; ++i) {
      auto const name = std::string(kLesionClasses[c].id) + "/" + std::to_string(c) + "_" + std::to_string(i) + ".jpg";
      put(name, jpeg(c * 100 + std::uint64_t(i), LesionClass(c)));
    }
  }
  auto const trained = train("ImageNet");  // whose features tell photos apart before any training
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_NE(trained.err.find("split grouped: 56 photos to train, 7 to validate, 7 to test"), std::string::npos)
      << trained.err;
  auto const data = (folder_ / "data").string();
  auto const bundle = (folder_ / "mine").string();
  auto const exported = test::run({NEVUS_TRAIN_PROGRAM, "export", "--run", (folder_ / "run").string(), "--data", data,
                                   "--out", bundle + "/", "--version-name", "1"});
  ASSERT_EQ(exported.exit_code, 0) << exported.err;
  auto const calibrated = test::run({NEVUS_TRAIN_PROGRAM, "calibrate", "--model", bundle, "--data", data});
  ASSERT_EQ(calibrated.exit_code, 0) << calibrated.err;
  auto const card = model::load_bundle(bundle)->card;
  EXPECT_EQ(card.source.photos, "folders");
  EXPECT_EQ(card.source.start_weights, "ImageNet");
  EXPECT_EQ(card.split, "grouped");
  EXPECT_TRUE(card.features && card.limits.thresholds);
  auto const text = read_text(fs::path(bundle) / "MODEL_CARD.md");
  for (auto const* untrue : {"1,503", "confirmed by histology", "CC BY-NC"})
    EXPECT_EQ(text.find(untrue), std::string::npos) << untrue;
  auto const again = test::run({NEVUS_TRAIN_PROGRAM, "export", "--run", (folder_ / "run").string(), "--data", data,
                                "--out", bundle, "--version-name", "2"});
  EXPECT_EQ(again.exit_code, 2) << "a bundle is not replaced unasked";
  fs::remove(fs::path(data) / "nv/5_0.jpg");
  auto const changed = test::run({NEVUS_TRAIN_PROGRAM, "calibrate", "--model", bundle, "--data", data});
  EXPECT_EQ(changed.exit_code, 12) << changed.err;
}

TEST_F(Layouts, Isic2018IsTrainedOnByLesion) {
  std::string truth = "image,MEL,NV,BCC,AKIEC,BKL,DF,VASC\n";
  std::string groups = "image,lesion_id,diagnosis_confirm_type\n";
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    for (int i = 0; i < kPhotosOfAClass; ++i) {
      auto const id = "ISIC_" + std::to_string(c) + "_" + std::to_string(i);
      truth += id;
      for (auto const* column : {"MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC"})
        truth += std::string(",") + (std::string_view(column) == kIsicColumns[c] ? "1.0" : "0.0");
      truth += '\n';
      groups += id + ",HAM_" + std::to_string(c) + "_" + std::to_string(i / 2) + ",histopathology\n";
      put("ISIC2018_Task3_Training_Input/" + id + ".jpg", jpeg(c * 100 + std::uint64_t(i), LesionClass(c)));
    }
  }
  put("ISIC2018_Task3_Training_GroundTruth/ISIC2018_Task3_Training_GroundTruth.csv", truth);
  put("ISIC2018_Task3_Training_LesionGroupings.csv", groups);
  auto const trained = train("none", {"--fold", "1"});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_NE(trained.err.find("ISIC 2018 Task 3, fold 1 of 5"), std::string::npos) << trained.err;
  EXPECT_NE(trained.err.find("lesion also in training: 0.0 % of val, 0.0 % of test"), std::string::npos) << trained.err;
  EXPECT_NE(read_text(folder_ / "run/config.toml").find("source = 'folder'"), std::string::npos);
}

TEST_F(Layouts, ARecipeThatAddsPhotosOfItsOwnIsForHam10000Alone) {
  put("nv/a.jpg", jpeg(1, LesionClass::kNv));
  auto const refused =
      test::run(fit(NEVUS_SOURCE_DIR "/configs/fast.toml", folder_ / "run", {"--data", (folder_ / "data").string()}));
  EXPECT_EQ(refused.exit_code, 3) << refused.err;
  EXPECT_NE(last_words(refused).find("isic2017"), std::string::npos) << refused.err;
  auto const too_little = train("none");
  EXPECT_EQ(too_little.exit_code, 12);
  EXPECT_NE(last_words(too_little).find("no photo of akiec"), std::string::npos) << too_little.err;
}

}  // namespace
}  // namespace nevus::test
