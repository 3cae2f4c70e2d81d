// SPDX-License-Identifier: MIT
// DICOM (PS3.3, PS3.5) by DCMTK: one visible-light photo a file. Nothing of a data set leaves this file but its pixels
// and the UIDs by which a report names its source.
#include "nevus/image/dicom.h"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcmetinf.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmdata/dcxfer.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <new>
#include <string_view>

#include "nevus/image/codec.h"

namespace nevus::image {
namespace {

// DCMTK reads a sequence inside of a sequence by recursion. Each level has an item tag of its own, so fewer items than
// this keep it far from the end of any stack; a photo has some dozens.
constexpr std::size_t kMaxItems = 2000;

/// The transfer syntaxes of photos. Deflate is not among them: DCMTK would unpack it before any limit is checked.
constexpr std::array kTransferSyntaxes{EXS_LittleEndianImplicit, EXS_LittleEndianExplicit, EXS_BigEndianExplicit,
                                       EXS_JPEGProcess1,         EXS_JPEGProcess2_4,       EXS_JPEGProcess14,
                                       EXS_JPEGProcess14SV1,     EXS_RLELossless};

void prepare_dcmtk() {
  static std::once_flag once;
  std::call_once(once, [] {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);  // a library never prints
    DcmRLEDecoderRegistration::registerCodecs();
    DJDecoderRegistration::registerCodecs(EDC_never, EUC_never, EPC_colorByPixel);  // colours are turned here
  });
}

bool is_item_tag(std::uint8_t const* at) {
  constexpr std::array<std::uint8_t, 4> kLittleEndian{0xFE, 0xFF, 0x00, 0xE0};
  constexpr std::array<std::uint8_t, 4> kBigEndian{0xFF, 0xFE, 0xE0, 0x00};
  return std::equal(kLittleEndian.begin(), kLittleEndian.end(), at) ||
         std::equal(kBigEndian.begin(), kBigEndian.end(), at);
}

Result<void> check_items(Bytes bytes) {
  std::size_t items = 0;
  for (std::size_t i = 0; i + 4 <= bytes.size(); ++i) items += is_item_tag(bytes.data() + i) ? 1 : 0;
  if (items <= kMaxItems) return {};
  return unsupported("dicom",
                     "it has " + std::to_string(items) + " items, and the limit is " + std::to_string(kMaxItems));
}

tl::unexpected<Error> broken(OFCondition const& outcome) {
  bool const cut_off = outcome == EC_StreamNotifyClient || outcome == EC_InvalidStream || outcome == EC_EndOfStream;
  return damaged("dicom", cut_off ? "it ends too early" : outcome.text());
}

/// The data set behind `bytes`, which must outlive it.
Result<E_TransferSyntax> read(Bytes bytes, DcmDataset& dataset) {
  prepare_dcmtk();
  NEVUS_CHECK(check_items(bytes));
  DcmInputBufferStream stream;
  stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
  stream.setEos();
  DcmMetaInfo header;
  header.transferInit();
  auto outcome = header.read(stream, EXS_Unknown, EGL_noChange, DCM_MaxReadLength);
  header.transferEnd();
  if (outcome.bad()) return broken(outcome);
  OFString uid;
  if (header.findAndGetOFString(DCM_TransferSyntaxUID, uid).bad())
    return damaged("dicom", "it names no transfer syntax");
  DcmXfer const syntax(uid.c_str());
  if (std::ranges::find(kTransferSyntaxes, syntax.getXfer()) == kTransferSyntaxes.end()) {
    auto const* const known = dcmFindNameOfUID(uid.c_str(), "an unknown one");
    return unsupported("dicom", "its transfer syntax is " + std::string(known) +
                                    "; save it uncompressed, as JPEG baseline, JPEG lossless or RLE");
  }
  dataset.transferInit();
  outcome = dataset.read(stream, syntax.getXfer(), EGL_noChange, DCM_MaxReadLength);
  dataset.transferEnd();
  if (outcome.bad()) return broken(outcome);
  return syntax.getXfer();
}

std::string text(DcmDataset& dataset, DcmTagKey const& tag) {
  OFString value;
  if (dataset.findAndGetOFString(tag, value).bad()) return {};
  return value.c_str();  // NOLINT(readability-redundant-string-cstr): up to its first NUL
}

int number(DcmDataset& dataset, DcmTagKey const& tag, int missing) {
  Uint16 value = 0;
  return dataset.findAndGetUint16(tag, value).good() ? value : missing;
}

Result<void> check_kind(DcmDataset& dataset) {
  constexpr std::array<std::string_view, 3> kPhotos{UID_DermoscopicPhotographyImageStorage,
                                                    UID_VLPhotographicImageStorage, UID_SecondaryCaptureImageStorage};
  auto const uid = text(dataset, DCM_SOPClassUID);
  if (std::ranges::find(kPhotos, uid) == kPhotos.end()) {
    auto const* const known = dcmFindNameOfUID(uid.c_str(), "an unknown kind of object");
    return unsupported("dicom", "it is a " + std::string(known) +
                                    ", not Dermoscopic Photography, VL Photographic or Secondary Capture");
  }
  auto const frames = text(dataset, DCM_NumberOfFrames);
  if (!frames.empty() && frames != "1") return unsupported("dicom", "it has more frames than one");
  return {};
}

/// How the pixels of a data set lie.
struct Layout {
  int width_px = 0;
  int height_px = 0;
  int samples = 0;
  bool planar = false;
  std::string colours;  ///< Photometric Interpretation

  [[nodiscard]] std::size_t pixels() const { return std::size_t{1} * width_px * height_px; }
  [[nodiscard]] bool halved() const { return colours == "YBR_FULL_422"; }
};

Result<Layout> layout(DcmDataset& dataset, DecodeLimits const& limits) {
  Layout layout{.width_px = number(dataset, DCM_Columns, 0),
                .height_px = number(dataset, DCM_Rows, 0),
                .samples = number(dataset, DCM_SamplesPerPixel, 1),
                .planar = number(dataset, DCM_PlanarConfiguration, 0) == 1,
                .colours = text(dataset, DCM_PhotometricInterpretation)};
  NEVUS_CHECK(check_sides(layout.width_px, layout.height_px, limits));
  auto const bits = number(dataset, DCM_BitsAllocated, 0);
  if (bits != 8 || number(dataset, DCM_BitsStored, bits) != 8 || number(dataset, DCM_PixelRepresentation, 0) != 0) {
    return unsupported("dicom",
                       "it has " + std::to_string(bits) + " bits per sample, and only 8 without sign are read");
  }
  bool const grey = layout.colours == "MONOCHROME1" || layout.colours == "MONOCHROME2";
  bool const coloured = layout.colours == "RGB" || layout.colours == "YBR_FULL" || layout.halved();
  if (!grey && !coloured) {
    return unsupported("dicom", "its colours are \"" + layout.colours +
                                    "\", and only RGB, YBR_FULL, YBR_FULL_422, MONOCHROME1 and MONOCHROME2 are read");
  }
  if (layout.samples != (grey ? 1 : 3)) {
    return damaged("dicom", std::to_string(layout.samples) + " samples per pixel do not go with " + layout.colours);
  }
  return layout;
}

std::uint8_t clamped(double value) { return static_cast<std::uint8_t>(std::clamp(value + 0.5, 0.0, 255.0)); }

/// PS3.3 C.7.6.3.1.2: the full range of ITU-R BT.601.
std::array<std::uint8_t, 3> rgb_of(int luma, int blue, int red) {
  return {clamped(luma + 1.402 * (red - 128)), clamped(luma - 0.344136 * (blue - 128) - 0.714136 * (red - 128)),
          clamped(luma + 1.772 * (blue - 128))};
}

/// `stored` (samples as `layout` says) as RGB.
void turn_to_rgb(ByteVector const& stored, Layout const& layout, bool halved, ByteVector& rgb) {
  auto const pixels = layout.pixels();
  for (std::size_t i = 0; i < pixels; ++i) {
    auto* const target = &rgb[3 * i];
    if (layout.samples == 1) {
      std::fill_n(target, 3, stored[i]);
      continue;
    }
    std::array<std::uint8_t, 3> sample{};
    if (halved) {  // Y Y Cb Cr for two pixels
      auto const* const pair = &stored[i / 2 * 4];
      sample = {pair[i % 2], pair[2], pair[3]};
    } else {
      for (std::size_t c = 0; c < 3; ++c) sample[c] = stored[layout.planar ? c * pixels + i : 3 * i + c];
    }
    if (layout.colours != "RGB") sample = rgb_of(sample[0], sample[1], sample[2]);
    std::copy(sample.begin(), sample.end(), target);
  }
}

/// The bytes of the one frame of encapsulated pixels, whose fragments stand behind the offset table.
Result<ByteVector> encapsulated_frame(DcmPixelData& pixel_data, E_TransferSyntax syntax) {
  DcmPixelSequence* fragments = nullptr;
  if (pixel_data.getEncapsulatedRepresentation(syntax, nullptr, fragments).bad() || fragments == nullptr) {
    return damaged("dicom", "its pixels are not encapsulated as its transfer syntax says");
  }
  ByteVector frame;
  for (unsigned long i = 1; i < fragments->card(); ++i) {
    DcmPixelItem* fragment = nullptr;
    Uint8* start = nullptr;
    if (fragments->getItem(fragment, i).bad() || fragment->getUint8Array(start).bad() || start == nullptr) {
      return damaged("dicom", "a fragment of its pixels is missing");
    }
    frame.insert(frame.end(), start, start + fragment->getLength());
  }
  return frame;
}

Result<StoredPhoto> decode_jpeg_frame(DcmPixelData& pixel_data, E_TransferSyntax syntax, Layout const& layout,
                                      DecodeLimits const& limits) {
  NEVUS_TRY(auto const frame, encapsulated_frame(pixel_data, syntax));
  NEVUS_TRY(auto photo, decode_jpeg(frame, limits,
                                    layout.colours == "RGB" ? JpegColours::kRgbUnlessMarked : JpegColours::kAsMarked));
  if (photo.width_px != layout.width_px || photo.height_px != layout.height_px) {
    return damaged("dicom", "the JPEG inside has other sides than the header");
  }
  photo.orientation = 1;  // rows and columns are those that a viewer shows
  return photo;
}

/// Samples that are not compressed, as the file has them; empty where there are none.
ByteVector native_samples(DcmPixelData& pixel_data) {
  Uint8* bytes = nullptr;
  if (pixel_data.getUint8Array(bytes).good() && bytes != nullptr) return {bytes, bytes + pixel_data.getLength()};
  Uint16* words = nullptr;  // OW: two samples in one
  if (pixel_data.getUint16Array(words).bad() || words == nullptr) return {};
  ByteVector samples;
  samples.reserve(pixel_data.getLength());
  for (std::size_t i = 0; i < pixel_data.getLength() / 2; ++i) {
    samples.push_back(static_cast<std::uint8_t>(words[i] & 0xFFU));
    samples.push_back(static_cast<std::uint8_t>(words[i] >> 8U));
  }
  return samples;
}

Result<ByteVector> unpacked_frame(DcmPixelData& pixel_data, DcmDataset& dataset, std::size_t size) {
  ByteVector samples(size + size % 2);  // DICOM counts in pairs of bytes
  Uint32 fragment = 0;
  OFString colours;
  auto const outcome = pixel_data.getUncompressedFrame(&dataset, 0, fragment, samples.data(),
                                                       static_cast<Uint32>(samples.size()), colours);
  if (outcome.bad()) return broken(outcome);
  return samples;
}

Result<StoredPhoto> decode_samples(DcmPixelData& pixel_data, DcmDataset& dataset, E_TransferSyntax syntax,
                                   Layout const& layout) {
  bool const native = !DcmXfer(syntax).isEncapsulated();
  bool const halved = layout.halved() && native;  // compressed samples are all there
  if (halved && (layout.width_px % 2 != 0 || layout.planar)) {
    return damaged("dicom", "YBR_FULL_422 needs an even number of columns and one plane");
  }
  auto const stored_bytes = layout.pixels() * (halved ? 2 : layout.samples);
  ByteVector stored;
  if (native) {
    stored = native_samples(pixel_data);
    if (stored.size() < stored_bytes) return damaged("dicom", "its pixels are cut off");
  } else {
    NEVUS_TRY(stored, unpacked_frame(pixel_data, dataset, stored_bytes));
  }
  auto photo = blank_photo(layout.width_px, layout.height_px);
  turn_to_rgb(stored, layout, halved, photo.rgb);
  return photo;
}

Result<StoredPhoto> decode_photo(Bytes bytes, DecodeLimits const& limits) {
  DcmDataset dataset;
  NEVUS_TRY(auto const syntax, read(bytes, dataset));
  NEVUS_CHECK(check_kind(dataset));
  NEVUS_TRY(auto const layout, layout(dataset, limits));
  DcmElement* element = nullptr;
  auto* const pixel_data =
      dataset.findAndGetElement(DCM_PixelData, element).good() ? dynamic_cast<DcmPixelData*>(element) : nullptr;
  if (pixel_data == nullptr) return damaged("dicom", "it has no pixels");
  bool const lossy = syntax == EXS_JPEGProcess1 || syntax == EXS_JPEGProcess2_4;
  NEVUS_TRY(auto photo, lossy ? decode_jpeg_frame(*pixel_data, syntax, layout, limits)
                              : decode_samples(*pixel_data, dataset, syntax, layout));
  if (layout.colours == "MONOCHROME1") {  // 0 is white
    for (auto& sample : photo.rgb) sample = static_cast<std::uint8_t>(255 - sample);
  }
  return photo;
}

std::string uid(DcmDataset& dataset, DcmTagKey const& tag) {
  auto const value = text(dataset, tag);
  bool const well_formed = value.size() <= 64 && value.find_first_not_of("0123456789.") == std::string::npos;
  return well_formed ? value : "";
}

}  // namespace

Result<StoredPhoto> decode_dicom(Bytes bytes, DecodeLimits const& limits) {
  try {
    return decode_photo(bytes, limits);
  } catch (std::bad_alloc const&) {
    return damaged("dicom", "an element of it is longer than memory");
  }
}

std::optional<DicomSource> dicom_source(Bytes bytes) {
  DcmDataset dataset;
  if (!read(bytes, dataset)) return std::nullopt;
  DicomSource source{.sop_class_uid = uid(dataset, DCM_SOPClassUID),
                     .sop_instance_uid = uid(dataset, DCM_SOPInstanceUID),
                     .study_uid = uid(dataset, DCM_StudyInstanceUID),
                     .series_uid = uid(dataset, DCM_SeriesInstanceUID)};
  bool const complete = !source.sop_class_uid.empty() && !source.sop_instance_uid.empty() &&
                        !source.study_uid.empty() && !source.series_uid.empty();
  if (!complete) return std::nullopt;
  return source;
}

}  // namespace nevus::image
