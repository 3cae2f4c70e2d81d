// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "layering/includes.h"

namespace nevus::layering {
namespace {

std::string slurp(std::filesystem::path const& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

Sources project_sources() {
  std::filesystem::path const root = NEVUS_SOURCE_DIR;
  Sources sources;
  for (auto const* const folder : {"src/nevus", "apps"}) {
    for (auto const& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      auto const extension = entry.path().extension();
      if (extension != ".h" && extension != ".cpp" && extension != ".inc") continue;
      sources[entry.path().lexically_relative(root).generic_string()] = slurp(entry.path());
    }
  }
  return sources;
}

Layers const kLayers = parse_layers("base:\nimage: base\nrisk: base\ntraining: base image\n");

std::vector<std::string> breaches_of(std::string const& path, std::string const& text) {
  return breaches(kLayers, {{path, text}});
}

TEST(Layering, EveryIncludeOfTheProjectIsDeclared) {
  auto const layers = parse_layers(slurp(NEVUS_LAYERS_FILE));
  auto const sources = project_sources();
  ASSERT_GE(layers.size(), 11U);
  ASSERT_GE(sources.size(), 40U);
  for (auto const& breach : breaches(layers, sources)) ADD_FAILURE() << breach;
}

/// The rows "| `image` | … | base |" of the modules' table.
Layers documented_layers(std::string const& page) {
  Layers layers;
  std::istringstream stream(page.substr(page.find("## Modules")));
  for (std::string line; std::getline(stream, line) && line != "## Folders";) {
    if (!line.starts_with("| `")) continue;
    auto const name = line.substr(3, line.find('`', 3) - 3);
    auto const uses = line.substr(line.rfind('|', line.size() - 2) + 1);
    layers.push_back(parse_layers(name + ":" + uses.substr(0, uses.size() - 1)).at(0));
  }
  return layers;
}

TEST(Layering, ArchitectureShowsTheDeclaredModules) {
  EXPECT_EQ(documented_layers(slurp(std::filesystem::path(NEVUS_SOURCE_DIR) / "ARCHITECTURE.md")),
            parse_layers(slurp(NEVUS_LAYERS_FILE)));
}

TEST(Layering, AStrayIncludePlantedInTheProjectIsFound) {
  auto sources = project_sources();
  sources.at("src/nevus/risk/risk.cpp") += "\n#include \"nevus/inference/classifier.h\"\n";
  auto const found = breaches(parse_layers(slurp(NEVUS_LAYERS_FILE)), sources);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found[0].find("risk does not declare that it uses inference"), std::string::npos) << found[0];
}

TEST(Layering, AModuleMayIncludeItselfAndWhatItDeclares) {
  EXPECT_TRUE(
      breaches_of("src/nevus/image/a.cpp", "#include \"nevus/image/a.h\"\n#include \"nevus/base/b.h\"\n").empty());
}

TEST(Layering, HoweverItIsWrittenAnIncludeIsSeen) {
  for (std::string const text : {"#include \"nevus/image/a.h\"", "  #  include \"nevus/image/a.h\" // why",
                                 "#include <nevus/image/a.h>", "#if X\n#include\"nevus/image/a.h\"\n#endif"}) {
    EXPECT_EQ(breaches_of("src/nevus/risk/a.cpp", text).size(), 1U) << text;
  }
}

TEST(Layering, AModuleMayOnlyNameWhatStandsBeforeIt) {
  EXPECT_EQ(breaches(parse_layers("base: image\nimage: base\n"), {}),
            std::vector<std::string>{"base uses image, which does not stand before it"});
}

TEST(Layering, AFolderThatIsNotDeclaredIsFound) {
  EXPECT_EQ(breaches_of("src/nevus/utils/a.cpp", ""),
            std::vector<std::string>{"src/nevus/utils/a.cpp: utils is no declared module"});
}

TEST(Layering, PublicHeadersShowNoThirdParty) {
  EXPECT_EQ(breaches_of("src/nevus/image/a.h", "#include <opencv2/core.hpp>").size(), 1U);
  EXPECT_EQ(breaches_of("src/nevus/image/a.h", "#include \"opencv2/core.hpp\"").size(), 1U);
  EXPECT_EQ(breaches_of("src/nevus/image/a.h", "#include <jpeglib.h>").size(), 1U);
  EXPECT_TRUE(breaches_of("src/nevus/image/a.cpp", "#include <opencv2/core.hpp>").empty());
  EXPECT_TRUE(breaches_of("src/nevus/base/a.h", "#include <tl/expected.hpp>\n#include <span>").empty());
}

TEST(Layering, ALibraryStaysWithItsOwner) {
  EXPECT_EQ(breaches_of("src/nevus/risk/a.cpp", "#include <torch/torch.h>").size(), 1U);
  EXPECT_EQ(breaches_of("apps/nevus/a.cpp", "#include <openvino/openvino.hpp>").size(), 1U);
  EXPECT_TRUE(breaches_of("src/nevus/training/a.h", "#include <torch/torch.h>").empty());
}

TEST(Layering, OnlyTheTrainersProgramKnowsTheTrainer) {
  EXPECT_EQ(breaches_of("apps/nevus/a.cpp", "#include \"nevus/training/fit.h\"").size(), 1U);
  EXPECT_TRUE(breaches_of("apps/nevus-train/a.cpp", "#include \"nevus/training/fit.h\"\n#include \"fit.h\"").empty());
}

}  // namespace
}  // namespace nevus::layering
