// SPDX-License-Identifier: MIT
// docs/medical-sources.md is made from wording/plan.toml. NEVUS_UPDATE_DOCS=1 rewrites it.
#include <gtest/gtest.h>

#include <cstdlib>

#include "nevus/base/file.h"
#include "nevus/narrative/wording.h"

namespace nevus::test {
namespace {

std::string users_of(std::string const& source) {
  std::string ids;
  for (auto const& sentence : narrative::plan().sentences) {
    if (std::ranges::find(sentence.sources, source) != sentence.sources.end())
      ids += (ids.empty() ? "`" : ", `") + sentence.id + "`";
  }
  return ids;
}

TEST(Docs, MedicalSourcesPageIsThePlansList) {
  std::string page =
      "# Medical sources\n\n"
      "What the prose of Nevus says about diseases comes from these guidelines, reviews and data sets. Each sentence "
      "of\n"
      "[`wording/plan.toml`](../src/nevus/narrative/wording/plan.toml) names those that it rests on, and the answer "
      "and "
      "the report\nrepeat them. Deadlines for seeing a doctor (days, two weeks, four weeks) are those of Nevus itself, "
      "for its own levels of\n[urgency](risk-policy.md); they are meant to be no later than guidelines ask for.\n\n"
      "| id | source | sentences |\n|---|---|---|\n";
  for (auto const& source : narrative::medical_sources()) {
    page += "| `" + source.id + "` | [" + source.cite + "](" + source.url + ") | " + users_of(source.id) + " |\n";
  }
  std::filesystem::path const path = std::filesystem::path(NEVUS_SOURCE_DIR) / "docs/medical-sources.md";
  if (std::getenv("NEVUS_UPDATE_DOCS") != nullptr) {
    ASSERT_TRUE(write_file_atomically(path, page));
  }
  auto const bytes = read_file(path);
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(std::string(bytes->begin(), bytes->end()), page) << "NEVUS_UPDATE_DOCS=1 ./test -R Docs rewrites it";
}

}  // namespace
}  // namespace nevus::test
