// SPDX-License-Identifier: MIT
#include "nevus/base/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace nevus {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

}  // namespace

Result<ByteVector> read_file(std::filesystem::path const& path, std::size_t max_bytes) {
  std::error_code error;
  auto const status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    return fail(ErrorCode::kNotFound, path.string() + ": no such file");
  }
  if (!std::filesystem::is_regular_file(status)) return fail(ErrorCode::kIo, path.string() + ": not a regular file");
  auto const size = std::filesystem::file_size(path, error);
  if (error) return fail(ErrorCode::kIo, path.string() + ": " + error.message());
  if (size > max_bytes) {
    return fail(ErrorCode::kPhotoTooLarge, path.string() + ": " + std::to_string(size) +
                                               " bytes are more than the limit of " + std::to_string(max_bytes) +
                                               " bytes");
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return fail(ErrorCode::kIo, path.string() + ": " + reason(errno));
  ByteVector bytes(size);
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (static_cast<std::uintmax_t>(stream.gcount()) != size) {
    return fail(ErrorCode::kIo, path.string() + ": could not be read to its end");
  }
  return bytes;
}

Result<void> write_file_atomically(std::filesystem::path const& path, Bytes bytes) {
  std::string temporary = path.string() + ".XXXXXX";
  int const file = ::mkstemp(temporary.data());
  if (file < 0) return fail(ErrorCode::kIo, path.string() + ": " + reason(errno));
  auto const give_up = [&](int error) {
    ::close(file);
    ::unlink(temporary.c_str());
    return fail(ErrorCode::kIo, path.string() + ": " + reason(error));
  };
  for (std::size_t done = 0; done < bytes.size();) {
    auto const written = ::write(file, bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return give_up(errno);
    done += static_cast<std::size_t>(written);
  }
  if (::fchmod(file, 0644) != 0 || ::fsync(file) != 0) return give_up(errno);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return give_up(errno);
  ::close(file);
  return {};
}

Result<void> write_file_atomically(std::filesystem::path const& path, std::string_view text) {
  return write_file_atomically(path, Bytes(reinterpret_cast<std::uint8_t const*>(text.data()), text.size()));
}

}  // namespace nevus
