// SPDX-License-Identifier: MIT
#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dctk.h>

#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmjpeg/djencode.h>
#include <dcmtk/dcmjpeg/djrplol.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "image/maker/maker.h"

namespace maker {
namespace {

void require(OFCondition const& outcome) {
  if (outcome.bad()) throw std::runtime_error(outcome.text());
}

/// What a data set says of its pixels.
struct Form {
  char const* sop_class = UID_VLPhotographicImageStorage;
  char const* colours = "RGB";
  int samples = 3;
  bool planar = false;
  int bits = 8;
  int height_px = kHeightPx;
  char const* frames = nullptr;
};

void describe(DcmDataset& dataset, Form const& form) {
  auto const put = [&](DcmTagKey const& tag, char const* value) { require(dataset.putAndInsertString(tag, value)); };
  auto const put_number = [&](DcmTagKey const& tag, int value) {
    require(dataset.putAndInsertUint16(tag, static_cast<Uint16>(value)));
  };
  put(DCM_SOPClassUID, form.sop_class);
  put(DCM_SOPInstanceUID, "2.25.1");
  put(DCM_StudyInstanceUID, "2.25.2");
  put(DCM_SeriesInstanceUID, "2.25.3");
  put(DCM_PatientName, "Doe^Jane");
  put(DCM_PatientID, "4711");
  put(DCM_PhotometricInterpretation, form.colours);
  if (form.frames != nullptr) put(DCM_NumberOfFrames, form.frames);
  put_number(DCM_SamplesPerPixel, form.samples);
  if (form.samples > 1) put_number(DCM_PlanarConfiguration, form.planar ? 1 : 0);
  put_number(DCM_Rows, form.height_px);
  put_number(DCM_Columns, kWidthPx);
  put_number(DCM_BitsAllocated, form.bits);
  put_number(DCM_BitsStored, form.bits);
  put_number(DCM_HighBit, form.bits - 1);
  put_number(DCM_PixelRepresentation, 0);
}

ByteVector written(DcmFileFormat& file, E_TransferSyntax syntax) {
  ByteVector bytes(1'000'000);
  DcmOutputBufferStream stream(bytes.data(), static_cast<offile_off_t>(bytes.size()));
  file.transferInit();
  require(file.write(stream, syntax, EET_UndefinedLength, nullptr));
  file.transferEnd();
  stream.flush();
  void* start = nullptr;
  offile_off_t length = 0;
  stream.flushBuffer(start, length);
  bytes.resize(static_cast<std::size_t>(length));
  return bytes;
}

ByteVector stored(Form const& form, ByteVector const& samples, E_TransferSyntax syntax) {
  DcmFileFormat file;
  describe(*file.getDataset(), form);
  require(file.getDataset()->putAndInsertUint8Array(DCM_PixelData, samples.data(), samples.size()));
  require(file.getDataset()->chooseRepresentation(syntax, nullptr));
  return written(file, syntax);
}

ByteVector lossless(Form const& form, ByteVector const& samples, E_TransferSyntax syntax) {
  DcmFileFormat file;
  describe(*file.getDataset(), form);
  require(file.getDataset()->putAndInsertUint8Array(DCM_PixelData, samples.data(), samples.size()));
  DJ_RPLossless const selection_value_1(1);
  require(file.getDataset()->chooseRepresentation(syntax, &selection_value_1));
  file.getDataset()->removeAllButCurrentRepresentations();
  return written(file, syntax);
}

/// `jpeg` in fragments of 1000 bytes behind an empty offset table.
ByteVector around_jpeg(Form const& form, ByteVector const& jpeg, E_TransferSyntax syntax = EXS_JPEGProcess1) {
  DcmFileFormat file;
  describe(*file.getDataset(), form);
  auto* const sequence = new DcmPixelSequence(DcmTag(DCM_PixelData, EVR_OB));
  require(sequence->insert(new DcmPixelItem(DcmTag(DCM_Item, EVR_OB))));
  for (std::size_t start = 0; start < jpeg.size(); start += 1000) {
    ByteVector fragment(jpeg.begin() + start, jpeg.begin() + std::min(start + 1000, jpeg.size()));
    if (fragment.size() % 2 != 0) fragment.push_back(0);
    auto* const item = new DcmPixelItem(DcmTag(DCM_Item, EVR_OB));
    require(item->putUint8Array(fragment.data(), fragment.size()));
    require(sequence->insert(item));
  }
  auto* const pixels = new DcmPixelData(DCM_PixelData);
  pixels->putOriginalRepresentation(syntax, nullptr, sequence);
  require(file.getDataset()->insert(pixels));
  return written(file, syntax);
}

ByteVector planes(Picture const& picture) {
  ByteVector samples;
  for (int const channel : {0, 1, 2}) append(samples, only_channels(picture, {channel}).samples);
  return samples;
}

/// ITU-R BT.601, full range.
Picture luma_and_chroma(Picture picture) {
  for (std::size_t i = 0; i + 2 < picture.samples.size(); i += 3) {
    auto* const sample = &picture.samples[i];
    double const r = sample[0], g = sample[1], b = sample[2];
    double const y = 0.299 * r + 0.587 * g + 0.114 * b;
    auto const rounded = [](double value) { return static_cast<std::uint8_t>(std::min(value + 0.5, 255.0)); };
    sample[0] = rounded(y);
    sample[1] = rounded(128 + 0.564 * (b - y));
    sample[2] = rounded(128 + 0.713 * (r - y));
  }
  return picture;
}

/// Y Y Cb Cr for each two pixels.
ByteVector with_half_the_chroma(Picture const& picture) {
  ByteVector samples;
  for (std::size_t i = 0; i + 5 < picture.samples.size(); i += 6) {
    auto const* const pair = &picture.samples[i];
    append(samples, ByteVector{pair[0], pair[3], pair[1], pair[2]});
  }
  return samples;
}

/// Sequences inside of sequences, `levels` deep, each in the one item of the one above, before the pixels.
ByteVector nested(ByteVector const& file, int levels) {
  ByteVector sequences;
  for (int i = 0; i < levels; ++i) {
    append(sequences, ByteVector{0x08, 0x00, 0x40, 0x11, 'S', 'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF});
    append(sequences, ByteVector{0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF});
  }
  auto const at = offset_of(file, {0x10, 0x00, 0x10, 0x00, 'P', 'N'});
  ByteVector result(file.begin(), file.begin() + at);
  append(result, sequences);
  return result;
}

void add_good_files(Files& files) {
  auto const photo = quadrants();
  auto const ybr = luma_and_chroma(photo);
  auto const grey = grey_quadrants().samples;
  Form const planar{.planar = true};
  files["ok-dermoscopic-explicit.dcm"] =
      stored({.sop_class = UID_DermoscopicPhotographyImageStorage}, photo.samples, EXS_LittleEndianExplicit);
  files["ok-photographic-implicit.dcm"] = stored({}, photo.samples, EXS_LittleEndianImplicit);
  files["ok-big-endian.dcm"] = stored({}, photo.samples, EXS_BigEndianExplicit);
  files["ok-one-frame.dcm"] = stored({.frames = "1"}, photo.samples, EXS_LittleEndianExplicit);
  files["ok-planes.dcm"] = stored(planar, planes(photo), EXS_LittleEndianExplicit);
  files["ok-ybr-full.dcm"] = stored({.colours = "YBR_FULL"}, ybr.samples, EXS_LittleEndianExplicit);
  files["ok-ybr-full-planes.dcm"] =
      stored({.colours = "YBR_FULL", .planar = true}, planes(ybr), EXS_LittleEndianExplicit);
  files["ok-ybr-full-422.dcm"] =
      stored({.colours = "YBR_FULL_422"}, with_half_the_chroma(ybr), EXS_LittleEndianExplicit);
  files["ok-grey-secondary-capture.dcm"] =
      stored({.sop_class = UID_SecondaryCaptureImageStorage, .colours = "MONOCHROME2", .samples = 1}, grey,
             EXS_LittleEndianExplicit);
  auto inverted = grey;
  for (auto& sample : inverted) sample = static_cast<std::uint8_t>(255 - sample);
  files["ok-grey-0-is-white.dcm"] =
      stored({.colours = "MONOCHROME1", .samples = 1}, inverted, EXS_LittleEndianExplicit);
  files["ok-rle.dcm"] = lossless({}, photo.samples, EXS_RLELossless);
  files["ok-rle-planes.dcm"] = lossless(planar, planes(photo), EXS_RLELossless);
  files["ok-lossless-jpeg.dcm"] = lossless({}, photo.samples, EXS_JPEGProcess14SV1);
  files["ok-lossless-jpeg-process-14.dcm"] = lossless({}, photo.samples, EXS_JPEGProcess14);
  files["ok-lossless-jpeg-grey.dcm"] = lossless({.colours = "MONOCHROME2", .samples = 1}, grey, EXS_JPEGProcess14SV1);
  files["ok-baseline-jpeg.dcm"] = around_jpeg({.colours = "YBR_FULL_422"}, files.at("ok-baseline.jpg"));
  files["ok-baseline-jpeg-grey.dcm"] = around_jpeg({.colours = "MONOCHROME2", .samples = 1}, files.at("ok-grey.jpg"));
  // RGB samples without a marker that says so: only the data set knows.
  auto rgb = files.at("ok-rgb.jpg");
  auto const adobe = offset_of(rgb, {0xFF, 0xEE});
  rgb.erase(rgb.begin() + adobe, rgb.begin() + adobe + 16);
  for (auto const& marker : {ByteVector{0xFF, 0xC0}, ByteVector{0xFF, 0xDA}}) {
    auto const ids = offset_of(rgb, marker) + (marker[1] == 0xC0 ? 10 : 5);
    std::size_t const step = marker[1] == 0xC0 ? 3 : 2;
    for (std::size_t i = 0; i < 3; ++i) rgb[ids + i * step] = static_cast<std::uint8_t>(i + 1);
  }
  files["ok-baseline-jpeg-unmarked-rgb.dcm"] = around_jpeg({}, rgb);
}

void add_bad_files(Files& files) {
  auto const photo = quadrants();
  auto const good = files.at("ok-dermoscopic-explicit.dcm");
  auto const explicit_file = [&](Form const& form, ByteVector const& samples) {
    return stored(form, samples, EXS_LittleEndianExplicit);
  };
  ByteVector const rows{0x28, 0x00, 0x10, 0x00, 'U', 'S', 2, 0};
  auto const rows_at = offset_of(good, rows) + rows.size();
  files["bad-truncated-in-pixels.dcm"] = cut(good, good.size() - 200);
  files["bad-truncated-in-header.dcm"] = cut(good, rows_at);
  files["bad-truncated-in-signature.dcm"] = cut(good, 133);
  files["bad-bomb.dcm"] = patched(patched(good, rows_at, {0xFF, 0xFF}), rows_at + 10, {0xFF, 0xFF});
  files["bad-zero-height.dcm"] = patched(good, rows_at, {0, 0});
  files["bad-taller-than-its-pixels.dcm"] = patched(good, rows_at, {65, 0});
  files["bad-too-small.dcm"] = explicit_file({.height_px = 63}, quadrants(63).samples);
  files["bad-two-frames.dcm"] = explicit_file({.frames = "2"}, photo.samples);
  files["bad-16-bit.dcm"] = explicit_file({.colours = "MONOCHROME2", .samples = 1, .bits = 16},
                                          ByteVector(std::size_t{2} * kWidthPx * kHeightPx));
  files["bad-palette.dcm"] = explicit_file({.colours = "PALETTE COLOR", .samples = 1}, grey_quadrants().samples);
  files["bad-grey-of-three-samples.dcm"] = explicit_file({.colours = "MONOCHROME2"}, photo.samples);
  files["bad-computed-tomography.dcm"] = explicit_file({.sop_class = UID_CTImageStorage}, photo.samples);
  files["bad-deflated.dcm"] = stored({}, photo.samples, EXS_DeflatedLittleEndianExplicit);
  files["bad-jpeg-2000.dcm"] = around_jpeg({}, files.at("ok-baseline.jpg"), EXS_JPEG2000);
  files["bad-nested-too-deep.dcm"] = nested(cut(good, good.size() - 200), 3000);
  auto const lossless_file = files.at("ok-lossless-jpeg.dcm");
  files["bad-lossless-jpeg-truncated.dcm"] = cut(lossless_file, lossless_file.size() - 40);
  files["bad-rle-truncated.dcm"] = cut(files.at("ok-rle.dcm"), files.at("ok-rle.dcm").size() - 40);
  files["bad-baseline-jpeg-truncated.dcm"] =
      around_jpeg({.colours = "YBR_FULL_422"}, files.at("bad-truncated-in-scan.jpg"));
  files["bad-baseline-jpeg-of-other-sides.dcm"] = patched(
      files.at("ok-baseline-jpeg.dcm"), offset_of(files.at("ok-baseline-jpeg.dcm"), rows) + rows.size(), {72, 0});
}

}  // namespace

void add_dicom_files(Files& files) {
  DcmRLEEncoderRegistration::registerCodecs();
  DJEncoderRegistration::registerCodecs();
  add_good_files(files);
  add_bad_files(files);
  DJEncoderRegistration::cleanup();
  DcmRLEEncoderRegistration::cleanup();
}

}  // namespace maker
