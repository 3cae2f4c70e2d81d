// SPDX-License-Identifier: MIT
// docs/recipes.md holds the tables of the code. NEVUS_UPDATE_DOCS=1 rewrites it.
#include <gtest/gtest.h>

#include <cstdlib>

#include "nevus/base/file.h"
#include "nevus/training/recipe_keys.h"

namespace nevus {
namespace {

using training::number_text;

std::string quoted(std::vector<std::string_view> const& words) {
  std::string text;
  for (auto word : words) text += (text.empty() ? "`\"" : ", `\"") + std::string(word) + "\"`";
  return text.empty() ? "text" : text;
}

/// What a key accepts and what it is where it is not set.
template <typename Part>
struct Cells {
  Part const& part;

  std::string operator()(NumberKey<Part> const& key) const {
    return number_text(key.low) + " … " + number_text(key.high) + " | " + number_text(part.*key.field);
  }
  std::string operator()(WholeKey<Part> const& key) const {
    return std::to_string(key.low) + " … " + std::to_string(key.high) + ", whole | " + std::to_string(part.*key.field);
  }
  std::string operator()(FlagKey<Part> const& key) const {
    return std::string("`true`, `false` | ") + (part.*key.field ? "`true`" : "`false`");
  }
  std::string operator()(WordKey<Part> const& key) const {
    if (key.presence == Presence::kRequired) return quoted(key.words) + " | required";
    return quoted(key.words) + " | " + ((part.*key.field).empty() ? "none" : "`\"" + part.*key.field + "\"`");
  }
  std::string operator()(ChoiceKey<Part> const& key) const {
    return quoted(key.words) + " | `\"" + std::string(key.words[std::size_t(key.get(part))]) + "\"`";
  }
};

template <typename Part>
std::string table(RecipeKeys<Part> const& keys, Part const& defaults = {}) {
  std::string text = "| key | accepts | default | meaning |\n|---|---|---|---|\n";
  for (auto const& key : keys) {
    text += "| `" + std::string(key.name) + "` | " + std::visit(Cells<Part>{defaults}, key.value) + " | " +
            std::string(key.meaning) + " |\n";
  }
  return text;
}

std::string page() {
  return "# Recipes\n\n"
         "`nevus-train fit --config FILE.toml` trains what a recipe says. A recipe is a `name`, which becomes the id\n"
         "of the bundle, and the sections below. A key that is not here, and a value outside its range, is an error\n"
         "that names it (exit code 3). The recipes that come with Nevus are in [`configs/`](../configs).\n\n"
         "## [data]\n\n" +
         table(training::data_keys()) + "\n## [network]\n\n" + table(training::network_keys()) +
         "\n## [optimization]\n\n"
         "`phases` is a list of stretches of training, each `{epochs = …, input_px = …}` with these keys:\n\n" +
         table(training::phase_keys()) + "\nThe other keys of the section:\n\n" + table(training::optimization_keys()) +
         "\n## [loss]\n\nThe sum of the terms whose weight is above 0. The section may be left out.\n\n" +
         table(training::loss_keys()) + "\n## [distill]\n\nThe section may be left out.\n\n" +
         table(training::distill_keys()) +
         "\n## [augment]\n\nGeometry is one resampling of the photo and colours are one linear map, whatever is on;\n"
         "what stands at 0 is off and costs nothing. `nevus-train augmentations` draws them.\n\n" +
         table(training::augment_keys());
}

TEST(RecipesDocs, PageIsTheTablesOfTheReader) {
  std::filesystem::path const path = NEVUS_SOURCE_DIR "/docs/recipes.md";
  if (std::getenv("NEVUS_UPDATE_DOCS") != nullptr) {
    ASSERT_TRUE(write_file_atomically(path, page()));
  }
  auto const bytes = read_file(path);
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(std::string(bytes->begin(), bytes->end()), page())
      << "NEVUS_UPDATE_DOCS=1 ./test -R Docs rewrites docs/recipes.md";
}

}  // namespace
}  // namespace nevus
