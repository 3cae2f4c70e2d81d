// SPDX-License-Identifier: MIT
#include <iostream>
#include <memory>

#include "commands.h"
#include "nevus/base/file.h"
#include "nevus/image/decode.h"
#include "nevus/training/augmentation_sheet.h"

namespace nevus::cli {
namespace {

struct Options {
  std::string config;
  std::vector<std::string> photos;
  std::string out;
};

Result<Image> read_photo(std::string const& path) {
  NEVUS_TRY(auto const bytes, read_file(path));
  return image::decode(bytes).map_error([&](Error const& error) {
    return Error{error.code, path + ": " + error.message};
  });
}

Result<void> run(Options const& options) {
  NEVUS_TRY(auto const config, training::load_config(options.config));
  std::vector<Image> photos;
  for (auto const& path : options.photos) {
    NEVUS_TRY(auto photo, read_photo(path));
    photos.push_back(std::move(photo));
  }
  NEVUS_TRY(auto const sheet, training::draw_augmentation_sheet(config, photos));
  NEVUS_CHECK(write_file_atomically(options.out, sheet));
  std::cout << options.out << '\n';
  return {};
}

}  // namespace

void add_augmentations(CLI::App& app, Result<void>& result) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("augmentations", "draw what a recipe does to a photo as one picture");
  command->add_option("--config", options->config, "recipe (configs/*.toml)")->required();
  command->add_option("--photo", options->photos, "a photo, and a second one to mix it with")
      ->required()
      ->expected(1, 2);
  command->add_option("--out", options->out, "the PNG to write")->required();
  command->callback([options, &result] { result = run(*options); });
}

}  // namespace nevus::cli
