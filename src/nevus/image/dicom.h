// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "nevus/base/result.h"

namespace nevus {

/// By what a DICOM report names the photo that it is about. All four are there and well-formed. They are no names, but
/// whoever has the archive finds the patient by them, so they go into DICOM output only.
struct DicomSource {
  std::string sop_class_uid;
  std::string sop_instance_uid;
  std::string study_uid;
  std::string series_uid;
};

namespace image {

/// The source that a DICOM file is; nothing where a UID is missing or malformed, or where `bytes` are no DICOM file.
/// Cost: that of parsing without pixels.
[[nodiscard]] std::optional<DicomSource> dicom_source(Bytes bytes);

}  // namespace image
}  // namespace nevus
