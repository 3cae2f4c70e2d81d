// SPDX-License-Identifier: MIT
#include "nevus/training/event_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "nevus/base/file.h"

namespace nevus {
namespace {

namespace fs = std::filesystem;

class EventFile : public ::testing::Test {
 protected:
  EventFile() : path_(fs::temp_directory_path() / ("events.out.tfevents.test" + std::to_string(::getpid()))) {}
  ~EventFile() override { fs::remove(path_); }

  [[nodiscard]] EventsRead events_there() const { return training::read_events(bytes()); }
  [[nodiscard]] ByteVector bytes() const {
    auto const read = read_file(path_);
    return read ? *read : ByteVector{};
  }

  fs::path path_;
};

std::vector<ScalarEvent> epochs(int count, double unix_s) {
  std::vector<ScalarEvent> events;
  for (int epoch = 1; epoch <= count; ++epoch)
    events.push_back({unix_s + epoch, epoch, {{"loss/training", 1.0F / float(epoch)}, {"run/photos_per_s", 300}}});
  return events;
}

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()}; }

TEST_F(EventFile, Crc32cIsThatOfTheStandard) {
  EXPECT_EQ(training::crc32c(bytes_of("123456789")), 0xE3069283U);  // the check value of CRC-32C
  EXPECT_EQ(training::crc32c(ByteVector(32, 0)), 0x8A9136AAU);      // RFC 3720, B.4
}

TEST_F(EventFile, AnEventHasTheBytesOfProtobuf) {
  // Event{wall_time: 1, step: 300, summary{value{tag: "a", simple_value: 2}}}, written out by hand.
  ByteVector const expected{0x09, 0,    0,    0, 0,    0, 0,   0xF0, 0x3F, 0x10, 0xAC, 0x02,
                            0x2A, 0x0A, 0x0A, 8, 0x0A, 1, 'a', 0x15, 0,    0,    0,    0x40};
  EXPECT_EQ(training::to_event({1, 300, {{"a", 2}}}), expected);
}

TEST_F(EventFile, WhatIsWrittenIsReadBack) {
  ASSERT_TRUE(training::update_event_file(path_, epochs(3, 1000)));
  auto const found = events_there();
  ASSERT_EQ(found.events.size(), 3U);
  EXPECT_EQ(found.whole_bytes, bytes().size());
  EXPECT_EQ(found.events[1].step, 2);
  EXPECT_EQ(found.events[1].unix_s, 1002);
  EXPECT_EQ(found.events[1].scalars,
            (std::vector<std::pair<std::string, float>>{{"loss/training", 0.5F}, {"run/photos_per_s", 300.0F}}));
}

TEST_F(EventFile, AnUpdateAppendsAndKeepsTheTimesOfOldSteps) {
  ASSERT_TRUE(training::update_event_file(path_, epochs(2, 1000)));
  auto const before = bytes();
  ASSERT_TRUE(training::update_event_file(path_, epochs(2, 5000)));
  EXPECT_EQ(bytes(), before) << "nothing new";
  ASSERT_TRUE(training::update_event_file(path_, epochs(3, 5000)));
  auto const after = bytes();
  ASSERT_GT(after.size(), before.size());
  EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin()));
  EXPECT_EQ(events_there().events[1].unix_s, 1002);
  EXPECT_EQ(events_there().events[2].unix_s, 5003);
}

TEST_F(EventFile, AResumedRunCutsOffATornEndAndStepsThatWereNotKept) {
  ASSERT_TRUE(training::update_event_file(path_, epochs(3, 1000)));
  fs::resize_file(path_, fs::file_size(path_) - 5);
  ASSERT_TRUE(training::update_event_file(path_, epochs(3, 2000)));
  EXPECT_EQ(events_there().events.size(), 3U);
  EXPECT_EQ(events_there().whole_bytes, bytes().size());
  ASSERT_TRUE(training::update_event_file(path_, epochs(1, 3000)));
  ASSERT_EQ(events_there().events.size(), 1U);
  EXPECT_EQ(events_there().events[0].unix_s, 1001);
}

TEST_F(EventFile, DamageIsFoundByItsChecksum) {
  ASSERT_TRUE(training::update_event_file(path_, epochs(3, 1000)));
  auto damaged = bytes();
  damaged[damaged.size() / 2] ^= 1;
  EXPECT_LT(training::read_events(damaged).events.size(), 3U);
  for (std::size_t size = 0; size < damaged.size(); ++size) {
    auto const part = training::read_events(Bytes(damaged).first(size));
    ASSERT_LE(part.whole_bytes, size);
  }
}

}  // namespace
}  // namespace nevus
