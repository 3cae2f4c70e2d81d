# SPDX-License-Identifier: MIT
# Third-party parts, each as one target whose headers are SYSTEM, so that warnings are errors on our code only.

find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
find_package(TIFF REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(WEBP REQUIRED IMPORTED_TARGET libwebp)
pkg_check_modules(PANGOCAIRO REQUIRED IMPORTED_TARGET pangocairo cairo-pdf)
pkg_check_modules(QRENCODE REQUIRED IMPORTED_TARGET libqrencode)
find_package(CURL REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tl-expected REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Boost 1.81 REQUIRED)  # headers alone: Asio and Beast
pkg_check_modules(ZIP REQUIRED IMPORTED_TARGET libzip)

# Only what is used: DCMTK's own CMake configuration links all of its libraries.
find_path(NEVUS_DCMTK_INCLUDE dcmtk/dcmdata/dctk.h REQUIRED)
find_library(NEVUS_DCMTK_DATA dcmdata REQUIRED)
find_library(NEVUS_DCMTK_JPEG dcmjpeg REQUIRED)
find_library(NEVUS_DCMTK_LOG oflog REQUIRED)
find_library(NEVUS_DCMTK_STD ofstd REQUIRED)
add_library(nevus_dcmtk INTERFACE)
target_include_directories(nevus_dcmtk SYSTEM INTERFACE ${NEVUS_DCMTK_INCLUDE})
target_link_libraries(nevus_dcmtk INTERFACE ${NEVUS_DCMTK_JPEG} ${NEVUS_DCMTK_DATA} ${NEVUS_DCMTK_LOG} ${NEVUS_DCMTK_STD})
add_library(nevus::dcmtk ALIAS nevus_dcmtk)
find_library(NEVUS_DCMTK_SR dcmsr REQUIRED)
add_library(nevus_dcmtk_sr INTERFACE)
target_link_libraries(nevus_dcmtk_sr INTERFACE ${NEVUS_DCMTK_SR} nevus_dcmtk)
add_library(nevus::dcmtk_sr ALIAS nevus_dcmtk_sr)

# Debian's narrow OpenCV packages carry no CMake configuration.
find_path(NEVUS_OPENCV_INCLUDE opencv2/imgproc.hpp PATH_SUFFIXES opencv4 REQUIRED)
find_library(NEVUS_OPENCV_CORE opencv_core REQUIRED)
find_library(NEVUS_OPENCV_IMGPROC opencv_imgproc REQUIRED)
add_library(nevus_opencv INTERFACE)
target_include_directories(nevus_opencv SYSTEM INTERFACE ${NEVUS_OPENCV_INCLUDE})
target_link_libraries(nevus_opencv INTERFACE ${NEVUS_OPENCV_IMGPROC} ${NEVUS_OPENCV_CORE})
add_library(nevus::opencv ALIAS nevus_opencv)

file(GLOB site_packages "${NEVUS_VENV}/lib/python3*/site-packages")
find_package(OpenVINO REQUIRED COMPONENTS Runtime PATHS "${site_packages}/openvino/cmake" NO_DEFAULT_PATH)
# OpenCV and OpenVINO share libtbb.so.12. RPATH (unlike RUNPATH) also holds for the libraries of a library, so that
# OpenCV does not bring Debian's older one in first.
target_link_options(openvino::runtime INTERFACE "-Wl,--disable-new-dtags")

if(NEVUS_TRAINING)
  # TorchConfig.cmake insists on a CUDA toolkit, so libtorch_cpu is linked directly. It loads the CUDA runtime and
  # CUPTI, which their own wheels bring.
  set(torch "${site_packages}/torch")
  add_library(nevus_torch INTERFACE)
  target_include_directories(nevus_torch SYSTEM INTERFACE "${torch}/include" "${torch}/include/torch/csrc/api/include")
  target_link_libraries(nevus_torch INTERFACE "${torch}/lib/libtorch_cpu.so" "${torch}/lib/libc10.so" Threads::Threads)
  file(GLOB nvidia "${site_packages}/nvidia/*/lib")
  foreach(folder IN LISTS nvidia)
    target_link_options(nevus_torch INTERFACE "-Wl,-rpath,${folder}" "-Wl,-rpath-link,${folder}")
  endforeach()
  target_link_options(nevus_torch INTERFACE "-Wl,--disable-new-dtags" "-Wl,-rpath,${torch}/lib")
  add_library(nevus::torch ALIAS nevus_torch)

  find_package(Protobuf REQUIRED)
  find_library(NEVUS_ONNX onnx REQUIRED)  # the checker
  find_library(NEVUS_ONNX_PROTO onnx_proto REQUIRED)
  find_path(NEVUS_ONNX_INCLUDE onnx/onnx_pb.h REQUIRED)
  add_library(nevus_onnx INTERFACE)
  target_include_directories(nevus_onnx SYSTEM INTERFACE "${NEVUS_ONNX_INCLUDE}" ${Protobuf_INCLUDE_DIRS})
  target_compile_definitions(nevus_onnx INTERFACE ONNX_ML=1 ONNX_NAMESPACE=onnx)
  target_link_libraries(nevus_onnx INTERFACE "${NEVUS_ONNX}" "${NEVUS_ONNX_PROTO}" protobuf::libprotobuf)
  add_library(nevus::onnx ALIAS nevus_onnx)
endif()
