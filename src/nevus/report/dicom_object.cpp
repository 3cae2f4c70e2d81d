// SPDX-License-Identifier: MIT
#include "nevus/report/dicom_object.h"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dctk.h>

#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/oflog/oflog.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "nevus/report/uids.h"

namespace nevus::report {
namespace {

std::string without(std::string text, std::string_view characters) {
  std::erase_if(text, [&](char c) { return characters.find(c) != std::string_view::npos; });
  return text;
}

}  // namespace

std::string study_uid(Analysis const& analysis) { return stable_dicom_uid(analysis.photo.sha256 + " study"); }
std::string dicom_date(Timestamp time) { return without(utc_text(time).substr(0, 10), "-"); }
std::string dicom_time(Timestamp time) { return without(utc_text(time).substr(11, 8), ":"); }

DicomObject::DicomObject() : file_(std::make_unique<DcmFileFormat>()) {
  static std::once_flag once;
  std::call_once(once, [] { OFLog::configure(OFLogger::OFF_LOG_LEVEL); });  // a library never prints
}
DicomObject::~DicomObject() = default;

DcmDataset& DicomObject::dataset() { return *file_->getDataset(); }

void DicomObject::note(OFCondition const& outcome) {
  if (outcome.bad() && problem_.empty()) problem_ = outcome.text();
}

void DicomObject::put(DcmTagKey const& tag, std::string const& value) {
  note(dataset().putAndInsertString(tag, value.c_str()));
}

void DicomObject::put(DcmTagKey const& tag, int value) {
  note(dataset().putAndInsertUint16(tag, static_cast<Uint16>(value)));
}

void DicomObject::put(DcmTagKey const& tag, Bytes value) {
  ByteVector even(value.begin(), value.end());
  if (even.size() % 2 != 0) even.push_back(0);
  note(dataset().putAndInsertUint8Array(tag, even.data(), even.size()));
}

void DicomObject::put_no_items(DcmTagKey const& sequence) { note(dataset().insertEmptyElement(sequence)); }

void DicomObject::put_source(DcmTagKey const& sequence, Analysis const& analysis, bool with_purpose) {
  auto const& source = analysis.photo.dicom;
  if (!source) return;
  DcmItem* item = nullptr;
  note(dataset().findOrCreateSequenceItem(sequence, item));
  if (item == nullptr) return;
  note(item->putAndInsertString(DCM_ReferencedSOPClassUID, source->sop_class_uid.c_str()));
  note(item->putAndInsertString(DCM_ReferencedSOPInstanceUID, source->sop_instance_uid.c_str()));
  if (!with_purpose) return;
  DcmItem* purpose = nullptr;
  note(item->findOrCreateSequenceItem(DCM_PurposeOfReferenceCodeSequence, purpose));
  if (purpose == nullptr) return;
  note(purpose->putAndInsertString(DCM_CodeValue, "121322"));
  note(purpose->putAndInsertString(DCM_CodingSchemeDesignator, "DCM"));
  note(purpose->putAndInsertString(DCM_CodeMeaning, "Source image for image processing operation"));
}

void DicomObject::put_common(Analysis const& analysis, Occasion const& occasion, DicomRole const& role) {
  auto const& model = occasion.model;
  auto const series = analysis.photo.sha256 + " " + model.sha256 + " " + role.modality;
  put(DCM_SeriesInstanceUID, stable_dicom_uid(series + " series"));
  auto const instance = seed_of(analysis, occasion) + " " + utc_text(occasion.time) + " " + role.modality;
  put(DCM_SOPInstanceUID, stable_dicom_uid(instance + " " + role.content));
  put(DCM_SOPClassUID, role.sop_class);
  put(DCM_SpecificCharacterSet, "ISO_IR 192");
  put(DCM_TimezoneOffsetFromUTC, "+0000");

  for (auto const& tag : {DCM_PatientName, DCM_PatientID, DCM_PatientBirthDate, DCM_PatientSex}) put(tag, "");
  put(DCM_PatientIdentityRemoved, role.has_typed_text ? "NO" : "YES");
  if (!role.has_typed_text) put(DCM_DeidentificationMethod, "No attribute of a patient is copied");

  put(DCM_StudyInstanceUID, study_uid(analysis));
  put(DCM_StudyDate, dicom_date(occasion.time));
  put(DCM_StudyTime, dicom_time(occasion.time));
  put(DCM_ContentDate, dicom_date(occasion.time));
  put(DCM_ContentTime, dicom_time(occasion.time));
  for (auto const& tag : {DCM_StudyID, DCM_AccessionNumber, DCM_ReferringPhysicianName}) put(tag, "");
  put(DCM_StudyDescription, "Dermatoscopic photo, read by a statistical model");

  put(DCM_Modality, role.modality);
  put(DCM_SeriesNumber, std::to_string(role.series_number));
  put(DCM_InstanceNumber, "1");
  put(DCM_Manufacturer, "Nevus");
  put(DCM_ManufacturerModelName, model.id);
  put(DCM_SoftwareVersions, model.version);
  put(DCM_DeviceSerialNumber, model.sha256);  // LO holds 64 characters
}

Result<ByteVector> DicomObject::file() {
  std::array<Uint8, 65536> block{};
  DcmOutputBufferStream stream(block.data(), block.size());
  ByteVector bytes;
  file_->transferInit();
  OFCondition outcome = EC_StreamNotifyClient;  // the block is full
  while (outcome == EC_StreamNotifyClient) {
    outcome = file_->write(stream, EXS_LittleEndianExplicit, EET_ExplicitLength, nullptr);
    void* start = nullptr;
    offile_off_t length = 0;
    stream.flushBuffer(start, length);
    auto const* const first = static_cast<Uint8 const*>(start);
    bytes.insert(bytes.end(), first, first + length);
  }
  file_->transferEnd();
  note(outcome);
  if (!problem_.empty()) return fail(ErrorCode::kInternal, "DCMTK could not make the DICOM file: " + problem_);
  return bytes;
}

}  // namespace nevus::report
