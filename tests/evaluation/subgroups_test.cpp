// SPDX-License-Identifier: MIT
#include "nevus/evaluation/subgroups.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "evaluation/made_up_predictions.h"

namespace nevus {
namespace {

std::vector<Subgroup> groups_of(std::vector<Prediction> const& photos) {
  return evaluation::measure_subgroups(photos, 1, testing::class_frequencies(photos), 50);
}

Subgroup const& find(std::vector<Subgroup> const& groups, std::string const& attribute, std::string const& name) {
  auto const found = std::ranges::find_if(
      groups, [&](Subgroup const& group) { return group.attribute == attribute && group.group == name; });
  if (found == groups.end()) throw std::logic_error("no group " + attribute + " " + name);
  return *found;
}

std::vector<std::string> names_of(std::vector<Subgroup> const& groups, std::string const& attribute) {
  std::vector<std::string> names;
  for (auto const& group : groups) {
    if (group.attribute == attribute) names.push_back(group.group);
  }
  return names;
}

TEST(Subgroups, AgesAreUnderFortyToSixtyAndOver) {
  std::vector<Prediction> photos(6);
  for (std::size_t i = 0; double const age : {35., 40., 60., 65., 85.}) photos[i++].about.age_years = age;
  auto const groups = groups_of(photos);
  EXPECT_EQ(names_of(groups, "age"), (std::vector<std::string>{"<40", "40-60", ">60", "unknown"}));
  EXPECT_EQ(find(groups, "age", "<40").photos, 1U);
  EXPECT_EQ(find(groups, "age", "40-60").photos, 2U);
  EXPECT_EQ(find(groups, "age", ">60").photos, 2U);
  EXPECT_EQ(find(groups, "age", "unknown").photos, 1U);
  EXPECT_TRUE(names_of(groups, "sex").empty()) << "it is known of no photo";
}

TEST(Subgroups, AGroupHasTheFiguresOfItsPhotosAlone) {
  auto const photos = testing::made_up_predictions(600, 1, 2);
  auto const group = find(groups_of(photos), "sex", "female");
  std::vector<Prediction> women;
  for (auto const& photo : photos) {
    if (photo.about.sex == "female") women.push_back(photo);
  }
  auto const figures = evaluation::measure(women, 1, testing::class_frequencies(photos));
  EXPECT_EQ(group.photos, women.size());
  EXPECT_EQ(group.metrics.at("accuracy").value, figures.accuracy);
  EXPECT_EQ(group.metrics.at("recall.mel").value, figures.recall[static_cast<std::size_t>(LesionClass::kMel)]);
  EXPECT_EQ(group.metrics.at("malignant_auc").value, figures.malignant_auc);
  EXPECT_LT(group.metrics.at("accuracy").low, group.metrics.at("accuracy").high);
}

/// The figures of the photos given, which are a group beside one other photo.
std::map<std::string, Metric> metrics_beside_another(std::vector<Prediction> photos) {
  for (auto& photo : photos) photo.about.sex = "male";
  photos.emplace_back().about.sex = "female";
  return find(groups_of(photos), "sex", "male").metrics;
}

TEST(Subgroups, NoFigureRestsOnAHandfulOfPhotos) {
  std::vector<Prediction> photos(49);
  for (std::size_t i = 0; i < photos.size(); ++i) {
    photos[i].truth = i < 9 ? LesionClass::kMel : LesionClass::kNv;
  }
  auto metrics = metrics_beside_another(photos);
  EXPECT_TRUE(metrics.contains("accuracy"));
  EXPECT_TRUE(metrics.contains("balanced_accuracy"));
  EXPECT_FALSE(metrics.contains("recall.mel")) << "nine melanomas";
  EXPECT_FALSE(metrics.contains("malignant_auc"));
  photos[9].truth = LesionClass::kMel;
  photos[10].truth = LesionClass::kDf;
  metrics = metrics_beside_another(photos);
  EXPECT_TRUE(metrics.contains("recall.mel")) << "ten";
  EXPECT_TRUE(metrics.contains("malignant_auc"));
  EXPECT_FALSE(metrics.contains("balanced_accuracy")) << "a seventh of it would be one dermatofibroma";
  photos.resize(19);
  EXPECT_FALSE(metrics_beside_another(photos).contains("accuracy"));
}

TEST(Subgroups, BalancedAccuracyOfOneClassIsNone) {
  std::vector<Prediction> const photos(40);
  EXPECT_FALSE(metrics_beside_another(photos).contains("balanced_accuracy")) << "it would be a recall";
}

}  // namespace
}  // namespace nevus
