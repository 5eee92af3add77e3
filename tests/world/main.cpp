// The stand-in world as a program; see usage below.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <iostream>
#include <optional>
#include <stdexcept>

#include "tests/world/json.hpp"
#include "tests/world/scenario.hpp"
#include "tests/world/world.hpp"

namespace postflight::world {
namespace {

constexpr char usage[] =
    R"(Usage: postflight-world --directory DIR [--fault NAME]... [--latency 50ms] [--rights FILE]
                        [--seconds 600]
       postflight-world --directory DIR --cluster healthy [--pods N] [--fault NAME]... [...]
       postflight-world --list-faults [--json] [--cluster healthy]

Starts a stand-in for a cluster with authentik on loopback: a Kubernetes API, PostgreSQL, nginx as
the edge, a directory of Terraform code. When all of it answers, DIR holds world.json, vars.yaml and
kubeconfig, and "ready" is printed. With --cluster healthy it is the API of a whole cluster instead,
and nothing else; --pods makes it larger. --rights takes the
rights of the kubeconfig's user from the Roles and ClusterRoles in a file, which may change. Ends on SIGTERM or SIGINT, with its parent, or after the
seconds.
)";

struct Arguments {
  WorldOptions options;
  std::chrono::seconds duration{600};
  bool list_faults = false, json = false, help = false;
};

long whole_number(const std::string& text, std::string_view unit) {
  long number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || number < 0 || std::string_view(rest, end) != unit)
    throw std::invalid_argument("'" + text + "' is not a number" +
                                (unit.empty() ? "" : " followed by " + std::string(unit)));
  return number;
}

Cluster::Contents contents_of(const std::string& word) {
  if (word == "recorded") return Cluster::Contents::recorded;
  if (word == "healthy") return Cluster::Contents::healthy;
  throw std::invalid_argument("there is no cluster '" + word + "': recorded and healthy are");
}

Arguments parse(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const std::string& word = words[at];
    const auto value = [&] {
      if (at + 1 == words.size()) throw std::invalid_argument(word + " needs a value");
      return words[++at];
    };
    if (word == "--directory")
      arguments.options.directory = value();
    else if (word == "--fault")
      arguments.options.faults.push_back(value());
    else if (word == "--latency")
      arguments.options.latency = std::chrono::milliseconds(whole_number(value(), "ms"));
    else if (word == "--cluster")
      arguments.options.cluster = contents_of(value());
    else if (word == "--pods")
      arguments.options.pods = static_cast<std::size_t>(whole_number(value(), ""));
    else if (word == "--rights")
      arguments.options.rights = value();
    else if (word == "--seconds")
      arguments.duration = std::chrono::seconds(whole_number(value(), ""));
    else if (word == "--list-faults")
      arguments.list_faults = true;
    else if (word == "--json")
      arguments.json = true;
    else if (word == "--help" || word == "-h")
      arguments.help = true;
    else
      throw std::invalid_argument("unknown argument '" + word + "'");
  }
  if (arguments.options.directory.empty() && !arguments.list_faults && !arguments.help)
    throw std::invalid_argument("--directory is missing");
  if (arguments.options.pods > 0 && arguments.options.cluster == Cluster::Contents::recorded)
    throw std::invalid_argument("--pods is for --cluster healthy");
  return arguments;
}

void list_faults(const std::vector<Fault>& known, bool json) {
  Json list = Json::array();
  for (const auto& fault : known) {
    if (!json)
      std::cout << fmt::format("{:<27} {}  [{}]\n", fault.name, fault.about,
                               fmt::join(fault.checks, " "));
    list.push_back({{"name", fault.name}, {"about", fault.about}, {"checks", fault.checks}});
  }
  if (json) std::cout << list.dump(2) << "\n";
}

int told_to_end = -1;  // the writing end of a pipe

void on_signal(int) {
  const char byte = 0;
  [[maybe_unused]] const auto written = ::write(told_to_end, &byte, 1);
}

int run(const Arguments& arguments) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw std::runtime_error("no pipe");
  told_to_end = ends[1];
  const pid_t parent = ::getppid();
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) std::signal(signal, on_signal);
  std::signal(SIGPIPE, SIG_IGN);
  if (::getppid() != parent) return 0;  // it died before it could be watched

  const auto end = std::chrono::steady_clock::now() + arguments.duration;
  const World world(arguments.options);
  std::cout << "ready" << std::endl;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return 0;
    pollfd waiting{ends[0], POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(std::min<long>(left.count(), 1 << 30))) > 0) return 0;
  }
}

int run_program(const std::vector<std::string>& words) {
  try {
    const Arguments arguments = parse(words);
    if (arguments.help) {
      std::cout << usage;
    } else if (arguments.list_faults) {
      const bool recorded = arguments.options.cluster == Cluster::Contents::recorded;
      list_faults(recorded ? faults() : cluster_faults(), arguments.json);
    } else {
      return run(arguments);
    }
    return 0;
  } catch (const std::invalid_argument& mistake) {
    std::cerr << "postflight-world: " << mistake.what() << "\n" << usage;
    return 3;
  } catch (const std::exception& error) {
    std::cerr << "postflight-world: " << error.what() << "\n";
    return 2;
  }
}

}  // namespace
}  // namespace postflight::world

int main(int count, char** words) {
  return postflight::world::run_program(std::vector<std::string>(words + 1, words + count));
}
