// SPDX-License-Identifier: MIT
#include "nevus/report/dicom.h"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcuid.h>

#include "nevus/base/sha256.h"
#include "nevus/report/dicom_object.h"

namespace nevus::report {
namespace {

bool was_lossy(PhotoFormat format) { return format == PhotoFormat::kJpeg || format == PhotoFormat::kWebp; }

}  // namespace

Result<ByteVector> to_dicom_pdf(Analysis const& analysis, Occasion const& occasion, Bytes pdf) {
  DicomObject object;
  object.put_common(analysis, occasion,
                    {.sop_class = UID_EncapsulatedPDFStorage,
                     .modality = "DOC",
                     .series_number = 1,
                     .content = sha256_hex(pdf),
                     .has_typed_text = true});
  object.put(DCM_ConversionType, "WSD");
  object.put(DCM_AcquisitionDateTime, "");    // of the photo, which is not known
  object.put(DCM_BurnedInAnnotation, "YES");  // what a person typed into the report may name a patient
  bool const agreed = occasion.sign_off && occasion.sign_off->verdict == Verdict::kAgree;
  object.put(DCM_VerificationFlag, agreed ? "VERIFIED" : "UNVERIFIED");
  object.put_source(DCM_SourceInstanceSequence, analysis, false);
  object.put(DCM_DocumentTitle, !occasion.sign_off ? "Preliminary report"
                                : agreed           ? "Report"
                                                   : "Report: the analyst disagrees");
  object.put_no_items(DCM_ConceptNameCodeSequence);
  object.put(DCM_MIMETypeOfEncapsulatedDocument, "application/pdf");
  object.put(DCM_EncapsulatedDocument, pdf);
  return object.file();
}

Result<ByteVector> to_dicom_overlay(Analysis const& analysis, Occasion const& occasion, Image const& overlay) {
  DicomObject object;
  object.put_common(analysis, occasion,
                    {.sop_class = UID_SecondaryCaptureImageStorage,
                     .modality = "OT",
                     .series_number = 2,
                     .content = sha256_hex(overlay.pixels())});
  object.put(DCM_ConversionType, "WSD");
  object.put(DCM_ImageType, "DERIVED\\SECONDARY");
  object.put(DCM_DerivationDescription, heat_map_title(analysis) + ", with its legend");
  object.put_source(DCM_SourceImageSequence, analysis, true);
  object.put(DCM_PatientOrientation, "");
  object.put(DCM_Laterality, "");  // of the body, which is not known
  object.put(DCM_BurnedInAnnotation, "NO");
  if (was_lossy(analysis.photo.format)) object.put(DCM_LossyImageCompression, "01");
  object.put(DCM_SamplesPerPixel, 3);
  object.put(DCM_PhotometricInterpretation, "RGB");
  object.put(DCM_PlanarConfiguration, 0);
  object.put(DCM_Rows, overlay.height_px());
  object.put(DCM_Columns, overlay.width_px());
  object.put(DCM_BitsAllocated, 8);
  object.put(DCM_BitsStored, 8);
  object.put(DCM_HighBit, 7);
  object.put(DCM_PixelRepresentation, 0);
  object.put(DCM_PixelData, overlay.pixels());
  return object.file();
}

}  // namespace nevus::report
