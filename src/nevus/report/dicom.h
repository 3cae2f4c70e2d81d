// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/analysis/analyze.h"
#include "nevus/report/occasion.h"

namespace nevus::report {

// DICOM files (PS3.10, explicit VR little endian) of one analysis, all in one study of their own. They name the photo
// as their source where it was a DICOM file, and carry nothing of its patient: docs/dicom.md. All UIDs are stable for
// the same photo, network, operating point, sign-off, time and content. Each fails (kInternal) only where DCMTK does.
// Thread-safe.

/// Encapsulated PDF around `pdf`.
[[nodiscard]] Result<ByteVector> to_dicom_pdf(Analysis const& analysis, Occasion const& occasion, Bytes pdf);

/// Secondary Capture of `overlay`, which shows the photo under its heat map.
[[nodiscard]] Result<ByteVector> to_dicom_overlay(Analysis const& analysis, Occasion const& occasion,
                                                  Image const& overlay);

/// Comprehensive 3D SR after TID 1500: probabilities as measurements, class and urgency as evaluations, and who signed.
/// Of a photo that was declined it says why.
[[nodiscard]] Result<ByteVector> to_dicom_sr(Analysis const& analysis, Occasion const& occasion);

}  // namespace nevus::report
