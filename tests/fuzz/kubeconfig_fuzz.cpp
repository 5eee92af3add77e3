// A kubeconfig of any bytes: an error that says where, or an access that can be used.
#include <sys/mman.h>
#include <unistd.h>

#include "clients/kubeconfig.hpp"
#include "clients/url.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace postflight;
using postflight::test::must;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int memory = memfd_create("kubeconfig", MFD_CLOEXEC);
  must(memory >= 0 && ftruncate(memory, 0) == 0 &&
           pwrite(memory, data, size, 0) == static_cast<ssize_t>(size),
       "the input can be written");
  KubeconfigOptions options;
  options.path = "/proc/self/fd/" + std::to_string(memory);
  options.environment = [](const std::string&) { return std::nullopt; };
  options.service_account_directory = "/nowhere";
  try {
    const auto access = find_kubernetes(options);
    const auto url = parse_url(access.server);
    must(url && !url->has_credentials, "a server is a URL without a password");
    must(!access.server.ends_with('/'), "a server ends without a slash");
    must(!access.exec || !access.exec->argv.empty(), "an exec plug-in has a program");
  } catch (const KubeconfigError& error) {
    must(*error.what() != 0, "an error says what is wrong");
  }
  return 0;
}
