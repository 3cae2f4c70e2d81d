// SPDX-License-Identifier: MIT
#include "nevus/narrative/facts.h"

#include <gtest/gtest.h>

#include <set>

#include "narrative/generated_facts.h"

namespace nevus::test {
namespace {

TEST(Facts, EachHasAnIdOfItsOwn) {
  FactsGenerator generator(7);
  for (int i = 0; i < 500; ++i) {
    std::set<std::string> ids;
    for (auto const& fact : narrative::list(generator.next())) EXPECT_TRUE(ids.insert(fact.id).second) << fact.id;
  }
}

TEST(Facts, OfADeclinedPhotoSayNothingAboutAClass) {
  Facts declined;
  declined.status = AnalysisStatus::kRetakeAdvised;
  for (auto const& fact : narrative::list(declined)) {
    EXPECT_FALSE(fact.id.starts_with("prob.") || fact.id.starts_with("prediction.") || fact.id.starts_with("urgency."))
        << fact.id;
  }
}

TEST(Facts, ResultIdChangesWithTheAnswerAndNotWithWhoAsks) {
  auto const nevus = facts_of({.01, .01, .02, 0, .02, .93, .01});
  auto asked_by_ada = nevus;
  asked_by_ada.notes = {"Ada", "1990", "left arm", "", "Dr. Grey"};
  EXPECT_EQ(narrative::result_id(nevus), narrative::result_id(asked_by_ada));
  EXPECT_EQ(narrative::result_id(nevus).size(), 64U);
  EXPECT_NE(narrative::result_id(nevus), narrative::result_id(facts_of({.01, .01, .02, 0, .03, .92, .01})));
  auto other_network = nevus;
  other_network.model.sha256 = std::string(64, 'c');
  EXPECT_NE(narrative::result_id(nevus), narrative::result_id(other_network));
}

}  // namespace
}  // namespace nevus::test
