// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "nevus/base/result.h"

namespace nevus {

/// The scalars of one step for TensorBoard.
struct ScalarEvent {
  double unix_s = 0;
  std::int64_t step = 0;
  std::vector<std::pair<std::string, float>> scalars;  ///< by tag, for example "loss/val"
};

struct EventsRead {
  std::vector<ScalarEvent> events;
  std::size_t whole_bytes = 0;  ///< up to the first record that is torn or damaged
};

namespace training {

/// CRC-32C (Castagnoli), as of RFC 3720.
[[nodiscard]] std::uint32_t crc32c(Bytes bytes);

/// One record of a TFRecord file: length, its masked CRC, `record`, its masked CRC
/// (tensorflow/core/lib/io/record_writer.h).
[[nodiscard]] ByteVector to_record(Bytes record);

/// tensorflow.Event with a summary of simple values, in protobuf's wire format (tensorflow/core/util/event.proto).
[[nodiscard]] ByteVector to_event(ScalarEvent const& event);

/// The scalars of an event file up to its first damaged record. Fields that we do not write are passed over.
[[nodiscard]] EventsRead read_events(Bytes file);

/// Brings the event file at `path` to hold exactly the steps of `events`, each once: what is there already keeps its
/// time, what is missing is appended (TensorBoard follows a file that grows), and a torn end or steps that a stopped
/// run did not keep are cut off first. A file that is not there is made.
[[nodiscard]] Result<void> update_event_file(std::filesystem::path const& path, std::vector<ScalarEvent> const& events);

}  // namespace training
}  // namespace nevus
