// How sanitized programs report, whoever starts them in whatever environment: each report goes to a
// file of its own, because a test may not look at the exit code of what it starts. scripts/test
// fails when it finds one.
#define REPORTS "log_path=" SANITIZER_REPORTS "/report"

extern "C" {
const char* __asan_default_options();
const char* __ubsan_default_options();
const char* __tsan_default_options();
const char* __lsan_default_options();
const char* __lsan_default_suppressions();
const char* __tsan_default_suppressions();

// Exit codes that mean nothing to postflight.
const char* __asan_default_options() {
  return REPORTS ":exitcode=77:detect_leaks=1:detect_stack_use_after_return=1";
}
const char* __ubsan_default_options() { return REPORTS ":print_stacktrace=1:exitcode=77"; }
const char* __tsan_default_options() {
  // A run that gave up on a check ends without waiting for its thread, which is no leak.
  return REPORTS
      ":exitcode=77:second_deadlock_stack=1:history_size=4:print_suppressions=0"
      ":report_thread_leaks=0";
}

const char* __lsan_default_options() { return "print_suppressions=0"; }
const char* __lsan_default_suppressions() {
  // libpqxx 6.4 loses the last result of a connection that breaks: it asks for the encoding, which
  // throws, before anything owns the result. Its frames have no names in every build.
  return "leak:libpqxx\nleak:pqxx::connection_base::exec\n";
}

// Libraries that are not instrumented, whose locks it does not see: glibc takes one for the time
// zone (libjq's dates), OpenSSL one for what it has made of the extensions of a certificate.
const char* __tsan_default_suppressions() { return "race:tzset_internal\nrace:ASN1_STRING_set\n"; }
}
