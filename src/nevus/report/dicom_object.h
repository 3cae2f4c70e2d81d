// SPDX-License-Identifier: MIT
// What our DICOM files have in common; private to the module.
#pragma once

#include <memory>
#include <string>

#include "nevus/analysis/analyze.h"
#include "nevus/report/occasion.h"

class DcmDataset;
class DcmFileFormat;
class DcmItem;
class DcmTagKey;
class OFCondition;

namespace nevus::report {

/// Which of a study's objects this is.
struct DicomRole {
  char const* sop_class = nullptr;
  char const* modality = nullptr;
  int series_number = 0;
  std::string content = {};     ///< what the UID depends on besides `seed_of` and the time
  bool has_typed_text = false;  ///< a person's own words are in it, which may name the patient
};

/// A data set under construction. The first failure of DCMTK is kept and comes out of `file`.
class DicomObject {
 public:
  DicomObject();
  ~DicomObject();

  /// Patient (nobody), study, series, equipment and SOP common modules; over what the data set has of them.
  void put_common(Analysis const& analysis, Occasion const& occasion, DicomRole const& role);
  void put(DcmTagKey const& tag, std::string const& value);
  void put(DcmTagKey const& tag, int value);
  void put(DcmTagKey const& tag, Bytes value);
  void put_no_items(DcmTagKey const& sequence);
  /// The photo as the one item of `sequence`, with the purpose (PS3.16, CID 7202) where it has one.
  void put_source(DcmTagKey const& sequence, Analysis const& analysis, bool with_purpose);
  void note(OFCondition const& outcome);

  [[nodiscard]] DcmDataset& dataset();
  [[nodiscard]] Result<ByteVector> file();

 private:
  std::unique_ptr<DcmFileFormat> file_;
  std::string problem_;
};

/// The study that all objects of a photo are in.
[[nodiscard]] std::string study_uid(Analysis const& analysis);
[[nodiscard]] std::string dicom_date(Timestamp time);  ///< "20261124"
[[nodiscard]] std::string dicom_time(Timestamp time);  ///< "101200"

}  // namespace nevus::report
