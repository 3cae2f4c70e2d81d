// SPDX-License-Identifier: MIT
// nevus_embed_tool FUNCTION FOLDER OUT.cpp [FILE...]: writes the folder's files, or those named, as C++
// (cmake/embed.cmake, server/embedded.h).

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "nevus/base/file.h"
#include "nevus/base/sha256.h"

namespace {

namespace fs = std::filesystem;
using nevus::Bytes;
using nevus::ByteVector;

struct MediaType {
  std::string_view ending;
  std::string_view type;
};
constexpr std::array<MediaType, 14> kMediaTypes{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
    {".md", "text/markdown; charset=utf-8"},
    {".csv", "text/csv; charset=utf-8"},
    {".wasm", "application/wasm"},
}};

std::string_view media_type(fs::path const& file) {
  auto const* const row = std::ranges::find(kMediaTypes, file.extension().string(), &MediaType::ending);
  return row == kMediaTypes.end() ? "application/octet-stream" : row->type;
}

/// Empty where packing does not save a tenth.
ByteVector gzip(ByteVector const& bytes) {
  z_stream stream{};
  constexpr int kGzip = 16 + MAX_WBITS;
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, 9, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  ByteVector packed(deflateBound(&stream, bytes.size()));
  stream.next_in = const_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  bool const done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return done && packed.size() < bytes.size() / 10 * 9 ? packed : ByteVector{};
}

void write_array(std::ofstream& out, std::string const& name, ByteVector const& bytes) {
  constexpr std::size_t kPerLine = 32;
  out << "constexpr std::uint8_t " << name << "[] = {";
  for (std::size_t i = 0; i < bytes.size(); ++i) out << (i % kPerLine == 0 ? "\n" : "") << int{bytes[i]} << ',';
  out << (bytes.empty() ? "0" : "") << "};\n";
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count < 4) return 2;
  fs::path const folder = arguments[2];
  std::vector<fs::path> files;
  for (int i = 4; i < argument_count; ++i) files.push_back(folder / arguments[i]);
  for (auto const& entry : fs::recursive_directory_iterator(folder)) {
    if (argument_count == 4 && entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  fs::create_directories(fs::path(arguments[3]).parent_path());
  std::ofstream out(arguments[3]);
  out << "#include \"nevus/server/embedded.h\"\nnamespace nevus::server {\nnamespace {\n";
  std::string rows;
  for (std::size_t i = 0; i < files.size(); ++i) {
    auto const bytes = nevus::read_file(files[i]);
    if (!bytes) {
      std::fprintf(stderr, "%s\n", bytes.error().message.c_str());
      return 1;
    }
    auto const packed = gzip(*bytes);
    auto const number = std::to_string(i);
    write_array(out, "plain" + number, *bytes);
    if (!packed.empty()) write_array(out, "gzip" + number, packed);
    rows += "    {\"" + files[i].lexically_relative(folder).generic_string() + "\", \"" +
            std::string(media_type(files[i])) + R"(", "\")" + nevus::sha256_hex(*bytes).substr(0, 16) +
            "\\\"\", Bytes(plain" + number + ", " + std::to_string(bytes->size()) + "), " +
            (packed.empty() ? std::string("{}") : "gzip" + number) + "},\n";
  }
  out << "EmbeddedFile const kFiles[] = {\n"
      << rows << "};\n}  // namespace\n"
      << "std::span<EmbeddedFile const> " << arguments[1] << "() { return kFiles; }\n}  // namespace nevus::server\n";
  out.close();
  return out.good() ? 0 : 1;
}
