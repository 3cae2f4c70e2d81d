// SPDX-License-Identifier: MIT
#include "nevus/image/orientation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

namespace nevus {
namespace {

// Header of a little-endian EXIF block whose directory follows at once, and the directory's one entry.
ByteVector block(ByteVector const& entry) {
  ByteVector bytes{'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0};
  std::copy(entry.begin(), entry.end(), std::back_inserter(bytes));
  return bytes;
}

TEST(ExifOrientation, IsReadInBothByteOrders) {
  EXPECT_EQ(image::exif_orientation(block({0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0})), 6);
  ByteVector const big_endian{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 8, 0, 0};
  EXPECT_EQ(image::exif_orientation(big_endian), 8);
}

TEST(ExifOrientation, IsFoundBehindOtherTags) {
  ByteVector const bytes{'I',  'I',  42, 0, 8, 0, 0, 0, 2,   0,            //
                         0x0F, 0x01, 2,  0, 4, 0, 0, 0, 'A', 'B', 'C', 0,  // camera maker
                         0x12, 0x01, 3,  0, 1, 0, 0, 0, 3,   0,   0,   0};
  EXPECT_EQ(image::exif_orientation(bytes), 3);
}

TEST(ExifOrientation, IsUprightWhereTheBlockIsWrong) {
  EXPECT_EQ(image::exif_orientation({}), 1);
  EXPECT_EQ(image::exif_orientation(ByteVector{'I', 'I', 42, 0, 8, 0}), 1);                        // cut off
  EXPECT_EQ(image::exif_orientation(ByteVector{'I', 'I', 42, 0, 255, 255, 255, 255}), 1);          // points outside
  EXPECT_EQ(image::exif_orientation(ByteVector{'I', 'I', 42, 0, 8, 0, 0, 0, 255, 255, 0, 0}), 1);  // 65535 entries
  EXPECT_EQ(image::exif_orientation(block({0x12, 0x01, 3, 0, 1, 0, 0, 0})), 1);                    // value missing
  EXPECT_EQ(image::exif_orientation(block({0x12, 0x01, 4, 0, 1, 0, 0, 0, 6, 0, 0, 0})), 1);        // not a SHORT
  EXPECT_EQ(image::exif_orientation(block({0x12, 0x01, 3, 0, 2, 0, 0, 0, 6, 0, 6, 0})), 1);        // two values
  EXPECT_EQ(image::exif_orientation(block({0x12, 0x01, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0})), 1);        // 0
  EXPECT_EQ(image::exif_orientation(block({0x12, 0x01, 3, 0, 1, 0, 0, 0, 9, 0, 0, 0})), 1);        // 9
  EXPECT_EQ(image::exif_orientation(ByteVector{'I', 'M', 42, 0, 8, 0, 0, 0, 0, 0}), 1);            // byte order
}

}  // namespace
}  // namespace nevus
