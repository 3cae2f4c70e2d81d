// SPDX-License-Identifier: MIT
// Our figures against those of scikit-learn, which shares no line with them.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "evaluation/made_up_predictions.h"
#include "nevus/base/file.h"
#include "nevus/evaluation/report.h"

namespace nevus {
namespace {

namespace fs = std::filesystem;

constexpr int kSkipped = 77;

class ScikitLearn : public ::testing::Test {
 protected:
  ~ScikitLearn() override { fs::remove_all(root_); }

  void add(std::string const& name, std::vector<Prediction> photos, double temperature, PerClass<double> const& prior) {
    auto const folder = root_ / name;
    fs::create_directories(folder);
    auto const report = evaluation::make_report({name, "", "made up", {}}, {std::move(photos), temperature, prior});
    ASSERT_TRUE(write_file_atomically(folder / "metrics.json", evaluation::report_json(report)));
    ASSERT_TRUE(
        write_file_atomically(folder / "predictions.csv", evaluation::to_csv(report.judged.predictions, temperature)));
    folders_ += " '" + folder.string() + "'";
  }

  fs::path const root_ = fs::temp_directory_path() / ("nevus_scikit_learn_" + std::to_string(::getpid()));
  std::string folders_;
};

TEST_F(ScikitLearn, AgreesOnEveryFigure) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    auto const photos = testing::made_up_predictions(500, seed, 1.5);
    add("plain-" + std::to_string(seed), photos, .5 + .4 * double(seed), testing::class_frequencies(photos));
  }
  auto ties = testing::made_up_predictions(700, 4, 2);
  for (auto& photo : ties) {
    for (auto& logit : photo.logits) logit = std::round(logit);
  }
  add("ties", ties, 1.3, testing::class_frequencies(ties));
  auto missing = testing::made_up_predictions(300, 5, 2);
  std::erase_if(missing, [](Prediction const& photo) {
    return photo.truth == LesionClass::kDf || photo.truth == LesionClass::kVasc;
  });
  add("missing-classes", missing, 1, testing::class_frequencies(missing));
  auto benign = testing::made_up_predictions(300, 6, 2);
  std::erase_if(benign, [](Prediction const& photo) { return info(photo.truth).malignant; });
  add("benign-alone", benign, 1, testing::class_frequencies(benign));
  auto constant = testing::made_up_predictions(200, 7, 0);
  for (auto& photo : constant) photo.logits = {0, 0, 0, 0, 0, 3, 0};
  add("always-nevus", constant, 1, testing::class_frequencies(constant));

  auto const script = fs::path(NEVUS_SOURCE_DIR) / "tests" / "evaluation" / "scikit_learn.sh";
  auto const status = std::system((script.string() + folders_).c_str());
  int const code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (code == kSkipped) GTEST_SKIP() << "scikit-learn cannot be installed here";
  EXPECT_EQ(code, 0) << "the lines above say where they differ";
}

}  // namespace
}  // namespace nevus
