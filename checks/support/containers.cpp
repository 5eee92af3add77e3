#include "checks/support/containers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runner/check.hpp"

namespace postflight {
namespace {

std::string names_of(const Pod& pod) {
  std::string names;
  for (const auto& container : pod.containers)
    names += (names.empty() ? "" : ", ") + container.name;
  return names;
}

}  // namespace

const Container& running_container(const Pod& pod, const std::string& name) {
  const auto* container = pod.container(name);
  if (container == nullptr)
    throw CannotTell("no-such-container", fmt::format("{} has no container {}, only {}",
                                                      subject_of(pod), name, names_of(pod)));
  if (container->state.kind != ContainerState::Kind::running || !container->state.started_at)
    throw CannotTell("not-running", fmt::format("the container {} does not run: it is {}", name,
                                                describe(container->state)));
  return *container;
}

const std::string& default_container(const Pod& pod) {
  if (pod.container(pod.default_container) != nullptr) return pod.default_container;
  if (std::ranges::count(pod.containers, false, &Container::sidecar) == 1)
    return std::ranges::find(pod.containers, false, &Container::sidecar)->name;
  throw CannotTell("no-such-container",
                   fmt::format("{} has several containers; name one with 'container': {}",
                               subject_of(pod), names_of(pod)));
}

}  // namespace postflight
