// SPDX-License-Identifier: MIT
// make_image_fixtures FOLDER: writes every photo of tests/image/fixtures. Run it after changing tests/image/maker, then
// give each new file its row in fixtures/expected.toml; what a fuzzer found (fuzz-*) is kept beside them.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>

#include "image/maker/maker.h"

int main(int argument_count, char** arguments) try {
  if (argument_count != 2) {
    std::fputs("usage: make_image_fixtures FOLDER\n", stderr);
    return 2;
  }
  maker::Files files;
  maker::add_jpeg_files(files);
  maker::add_png_files(files);
  maker::add_bmp_files(files);
  maker::add_tiff_files(files);
  maker::add_webp_files(files);
  maker::add_dicom_files(files);
  maker::add_foreign_files(files);
  std::size_t total_bytes = 0;
  for (auto const& [name, bytes] : files) {
    std::ofstream stream(std::filesystem::path(arguments[1]) / name, std::ios::binary);
    stream.exceptions(std::ios::badbit | std::ios::failbit);
    stream.write(reinterpret_cast<char const*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    total_bytes += bytes.size();
  }
  std::printf("%zu files, %zu bytes\n", files.size(), total_bytes);
  return 0;
} catch (std::exception const& error) {
  std::fprintf(stderr, "make_image_fixtures: %s\n", error.what());
  return 1;
}
