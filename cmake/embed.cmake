# SPDX-License-Identifier: MIT
# nevus_embed(TARGET <target> NAME <function> FOLDER <folder> [FILES <file>...] [DEPENDS <file or target>...])
#
# Builds every file of FOLDER, or FILES of it, into TARGET, as `std::span<EmbeddedFile const> nevus::server::<function>()`.
# Where the folder is made by another target, DEPENDS names that target and its stamp; the files are then listed when the
# stamp is new.
function(nevus_embed)
  cmake_parse_arguments(E "" "TARGET;NAME;FOLDER" "FILES;DEPENDS" ${ARGN})
  if(NOT TARGET nevus_embed_tool)
    add_executable(nevus_embed_tool "${PROJECT_SOURCE_DIR}/tools/embed.cpp")
    target_compile_options(nevus_embed_tool PRIVATE ${NEVUS_WARNINGS})
    target_link_libraries(nevus_embed_tool PRIVATE nevus_base ZLIB::ZLIB)
  endif()
  if(E_FILES)
    list(TRANSFORM E_FILES PREPEND "${E_FOLDER}/" OUTPUT_VARIABLE files)
  elseif(NOT E_DEPENDS)
    file(GLOB_RECURSE files CONFIGURE_DEPENDS "${E_FOLDER}/*")
  endif()
  set(source "${CMAKE_CURRENT_BINARY_DIR}/embedded/${E_NAME}.cpp")
  add_custom_command(OUTPUT "${source}"
                     COMMAND nevus_embed_tool "${E_NAME}" "${E_FOLDER}" "${source}" ${E_FILES}
                     DEPENDS nevus_embed_tool ${files} ${E_DEPENDS}
                     COMMENT "Embedding ${E_FOLDER}" VERBATIM)
  target_sources(${E_TARGET} PRIVATE "${source}")
endfunction()
