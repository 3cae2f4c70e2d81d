// SPDX-License-Identifier: MIT
#include "photo_file.h"

#include <spdlog/spdlog.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "nevus/base/file.h"

namespace nevus::app {
namespace {

constexpr std::size_t kBytesPerMegabyte = 1'000'000;

std::size_t max_bytes(Settings const& settings) {
  return static_cast<std::size_t>(settings.max_file_size_mb) * kBytesPerMegabyte;
}

std::string input_words(std::filesystem::path const& path) {
  return path == "-" ? "standard input" : display_name(path);
}

Result<ByteVector> read_standard_input(std::size_t max_bytes) {
  ByteVector bytes;
  std::array<std::uint8_t, 65536> block{};
  while (bytes.size() <= max_bytes) {
    auto const count = ::read(STDIN_FILENO, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(ErrorCode::kIo, "standard input: " + std::generic_category().message(errno));
    if (count == 0) return bytes;
    bytes.insert(bytes.end(), block.begin(), block.begin() + count);
  }
  return fail(ErrorCode::kPhotoTooLarge,
              "standard input holds more than the limit of " + std::to_string(max_bytes) + " bytes (max_file_size_mb)");
}

/// Length of the UTF-8 sequence that `text` begins with, 0 where it begins with none (RFC 3629).
std::size_t utf8_length(std::string_view text) {
  auto const byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  if (byte(0) < 0x80) return 1;
  std::size_t const length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC2 || byte(0) > 0xF4) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  bool const overlong = (byte(0) == 0xE0 && byte(1) < 0xA0) || (byte(0) == 0xF0 && byte(1) < 0x90);
  bool const no_character = (byte(0) == 0xED && byte(1) > 0x9F) || (byte(0) == 0xF4 && byte(1) > 0x8F);
  return overlong || no_character ? 0 : length;
}

/// Whether the settings take photos of this kind; what is no photo at all is left to the decoder to say.
Result<void> check_format(Bytes bytes, Settings const& settings) {
  auto const format = image::sniff(bytes);
  if (!format || settings.supports(name(*format))) return {};
  return fail(ErrorCode::kUnsupportedFormat,
              "is a " + std::string(name(*format)) + " photo, which the setting supported_formats does not list");
}

Result<Analysis> analyze_bytes(Bytes bytes, Classifier const& classifier, Settings const& settings,
                               AnalysisOptions const& options) {
  NEVUS_CHECK(check_format(bytes, settings));
  return analysis::analyze(bytes, classifier, options);
}

}  // namespace

std::string display_name(std::filesystem::path const& path) {
  std::string const raw = path.generic_string();
  std::string name;
  for (std::string_view rest = raw; !rest.empty();) {
    auto const length = utf8_length(rest);
    if (length == 0) {
      std::array<char, 8> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\x%02X", static_cast<unsigned>(rest[0]) & 0xFFU);
      name += escaped.data();
    } else {
      name += rest.substr(0, length);
    }
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return name;
}

Result<ByteVector> read_photo(std::filesystem::path const& path, Settings const& settings) {
  return path == "-" ? read_standard_input(max_bytes(settings)) : read_file(path, max_bytes(settings));
}

Result<Analysis> analyze_photo(std::filesystem::path const& path, Bytes bytes, Classifier const& classifier,
                               Settings const& settings, AnalysisOptions options) {
  options.limits.max_bytes = max_bytes(settings);
  auto analysis = analyze_bytes(bytes, classifier, settings, options);
  if (!analysis) return fail(analysis.error().code, input_words(path) + ": " + analysis.error().message);
  spdlog::debug("{}: decode {:.1f} ms, quality {:.1f} ms, network {:.1f} ms, total {:.1f} ms", input_words(path),
                analysis->times.decode_ms.count(), analysis->times.quality_ms.count(),
                analysis->times.network_ms.count(), analysis->times.total_ms.count());
  return analysis;
}

Result<Analysis> analyze_file(std::filesystem::path const& path, Classifier const& classifier, Settings const& settings,
                              AnalysisOptions options) {
  NEVUS_TRY(auto const bytes, read_photo(path, settings));
  return analyze_photo(path, bytes, classifier, settings, std::move(options));
}

}  // namespace nevus::app
