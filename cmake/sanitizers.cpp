// SPDX-License-Identifier: MIT
// What the sanitizers of the presets `asan` and `tsan` are told. It stands inside every program, so that `ctest` alone
// suffices and a program that is started by hand or by a test with an environment of its own is told the same. They ask
// through these functions; *SAN_OPTIONS of the environment goes on top.
#include <cstdlib>

namespace {

// OpenVINO's TBB opens a library of its own with RTLD_DEEPBIND, at which a sanitizer ends the program, unless it is
// told.
bool const tbb_is_told = ::setenv("TBB_ENABLE_SANITIZERS", "1", /*overwrite=*/0) == 0;

}  // namespace

extern "C" {

// 99 is no exit code of Nevus (docs/errors.md), which a test could expect.
char const* __asan_default_options() {
  return "exitcode=99:detect_stack_use_after_return=1:strict_string_checks=1:quarantine_size_mb=16";
}
char const* __ubsan_default_options() { return "print_stacktrace=1"; }
char const* __lsan_default_options() { return "exitcode=99:print_suppressions=0"; }
char const* __tsan_default_options() { return "exitcode=99:second_deadlock_stack=1:history_size=4"; }

// One line for each fault of a library, with the reason.
// OpenVINO and its TBB keep some hundred bytes for each thread and never free them (seen with 2026.4.1). Fontconfig
// keeps what it found for the fonts in use: 138 KB after the first PDF, 155 KB after sixty.
char const* __lsan_default_suppressions() { return "leak:libopenvino.so\nleak:libtbb.so\nleak:libfontconfig.so\n"; }
// These are not built for the thread sanitizer, which does not see what they synchronise with and takes two of their
// own accesses for a race. None of our code is called from inside them. tzset_internal is the C library's, under its
// lock.
char const* __tsan_default_suppressions() {
  return "race:libopenvino\n"
         "race:libtbb\n"
         "race:libpango\n"
         "race:libharfbuzz.so\n"
         "race:libfontconfig.so\n"
         "race:libglib-2.0.so\n"
         "race:tzset_internal\n";
}
}
