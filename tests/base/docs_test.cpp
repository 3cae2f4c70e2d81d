// SPDX-License-Identifier: MIT
// docs/errors.md and docs/settings.md hold the tables of the code. NEVUS_UPDATE_DOCS=1 rewrites them.
#include <gtest/gtest.h>

#include <cstdlib>

#include "nevus/base/config.h"
#include "nevus/base/file.h"

namespace nevus {
namespace {

std::string errors_page() {
  std::string page =
      "# Errors\n\n"
      "Every expected failure of Nevus is one of these rows (`src/nevus/base/error_table.inc`). The programs end with "
      "the exit\ncode, 0 being success; the server answers with the HTTP status and the public sentence. The program's "
      "own message says\nmore: which file or setting, and which value and limit.\n\n"
      "| name | exit code | HTTP status | public sentence |\n|---|---|---|---|\n";
  for (auto const& row : error_table()) {
    page += "| `" + std::string(row.name) + "` | " + std::to_string(row.exit_code) + " | " +
            std::to_string(row.http_status) + " | " + std::string(row.public_sentence) + " |\n";
  }
  return page;
}

std::string settings_page() {
  std::string page =
      "# Settings\n\n"
      "Each source overrides those before it: the defaults below; `nevus.toml` in the working directory, or the file "
      "named by\n`--config`; `.env` in the working directory; the environment; the flags of the command. A key of the "
      "TOML file that is no\nsetting, and a malformed value anywhere, is an error that names it (exit code 3). Keys of "
      "other programs in `.env` and in\nthe environment are ignored.\n\n"
      "| `nevus.toml` | `.env` and environment | flag | accepts | default | meaning |\n|---|---|---|---|---|---|\n";
  for (auto const& row : settings_table()) {
    auto const value = value_text(row, Settings{});
    page += "| `" + std::string(row.name) + "` | `" + environment_name(row) + "` | " +
            (flag_name(row).empty() ? "none" : "`" + flag_name(row) + "`") + " | " + std::string(row.accepts) + " | " +
            (value.empty() ? "empty" : "`" + value + "`") + " | " + std::string(row.help) + " |\n";
  }
  page +=
      "\nIn TOML a list is an array of strings, a switch is `true` or `false`. In `.env`, in the environment and as a "
      "flag, a list is\nseparated by commas and a switch may also be `1`/`0`, `yes`/`no`, `on`/`off`.\n\n"
      "```toml\nmax_file_size_mb = 20\nsupported_formats = [\"jpg\", \"jpeg\", \"png\"]\n```\n";
  return page;
}

void expect_page(std::string const& name, std::string const& wanted) {
  std::filesystem::path const path = std::filesystem::path(NEVUS_SOURCE_DIR) / "docs" / name;
  if (std::getenv("NEVUS_UPDATE_DOCS") != nullptr) {
    ASSERT_TRUE(write_file_atomically(path, wanted));
  }
  auto const bytes = read_file(path);
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(std::string(bytes->begin(), bytes->end()), wanted)
      << "NEVUS_UPDATE_DOCS=1 ./test -R Docs rewrites docs/" << name;
}

TEST(Docs, ErrorsPageIsTheErrorTable) { expect_page("errors.md", errors_page()); }
TEST(Docs, SettingsPageIsTheSettingsTable) { expect_page("settings.md", settings_page()); }

TEST(Docs, TheExampleOfTheSettingsPageIsAccepted) {
  auto const page = settings_page();
  auto const start = page.find("```toml\n") + 8;
  SettingsSources sources;
  sources.file = SettingsText{"docs/settings.md", page.substr(start, page.find("```", start) - start)};
  auto const settings = load_settings(sources);
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->max_file_size_mb, 20);
  EXPECT_FALSE(settings->supports("bmp"));
}

TEST(Docs, TheExampleFileHoldsEverySettingWithItsDefault) {
  auto const path = std::filesystem::path(NEVUS_SOURCE_DIR) / "deploy" / "nevus.toml";
  auto const bytes = read_file(path);
  ASSERT_TRUE(bytes) << bytes.error().message;
  SettingsSources sources;
  sources.file = SettingsText{path, std::string(bytes->begin(), bytes->end())};
  auto const settings = load_settings(sources);
  ASSERT_TRUE(settings) << settings.error().message;
  for (auto const& row : settings_table()) {
    EXPECT_EQ(value_text(row, *settings), value_text(row, Settings{})) << row.name;
    EXPECT_NE(sources.file->text.find("\n" + std::string(row.name) + " = "),
              sources.file->text.find("\n#" + std::string(row.name) + " = "))
        << row.name << " is missing in deploy/nevus.toml";
  }
}

}  // namespace
}  // namespace nevus
