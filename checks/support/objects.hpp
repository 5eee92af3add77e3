#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "checks/support/selectors.hpp"
#include "checks/support/timestamps.hpp"
#include "clients/kubernetes.hpp"

namespace postflight {

// Kubernetes objects, as far as checks look at them. Reading is strict: a field of the wrong type
// throws CannotTell("unreadable") that names the object and the field.

struct Owner {  // the ownerReference with controller: true
  std::string kind, name, uid;
};

struct ContainerState {
  enum class Kind { unknown, waiting, running, terminated };
  Kind kind = Kind::unknown;
  std::string reason, message;
  std::int64_t exit_code = 0;
  std::optional<Moment> started_at, finished_at;
};

struct Container {
  std::string name, image;
  bool sidecar = false;  // an init container that keeps running
  bool ready = false;
  std::int64_t restart_count = 0;
  ContainerState state, last_state;
};

struct Pod {
  std::string name_space, name, uid;
  Labels labels;
  std::optional<Owner> controller;
  std::string phase;
  bool ready = false;
  std::string not_ready_because;         // the Ready condition's reason and message
  std::optional<Moment> terminating_at;  // deletion was asked for
  std::vector<std::string> addresses;
  std::vector<Container> containers;
  std::string default_container;  // kubectl.kubernetes.io/default-container

  bool finished() const { return phase == "Succeeded" || phase == "Failed"; }
  bool live() const { return !terminating_at && !finished(); }
  const Container* container(const std::string& wanted) const;  // nullptr when it has none
};

struct Service {
  std::string name_space, name, type, external_name;
  Labels selector;
  std::vector<std::string> address_types;  // of its cluster addresses: IPv4, IPv6
};

struct Workload {
  std::string name_space, name, uid;
  std::optional<Owner> controller;
  Selector selector;
  std::optional<std::int64_t> replicas;
};

struct EndpointPort {
  std::string name;
  std::optional<std::int64_t> number;  // nothing means every port
};

struct EndpointAddress {
  std::string type;  // IPv4, IPv6, FQDN
  std::string address;
  bool ready = false;  // takes traffic: ready, serving and not terminating
  bool terminating = false;
  struct Target {
    std::string name_space, name, uid;
  };
  std::optional<Target> pod;  // nothing for an address that was written by hand
  std::vector<EndpointPort> ports;
};

Pod read_pod(const std::string& json);
std::vector<Pod> read_pods(const Kubernetes::Pages& pages);
Service read_service(const std::string& json);
// A Deployment, StatefulSet, DaemonSet or ReplicaSet.
Workload read_workload(const std::string& json);
std::vector<Workload> read_workloads(const Kubernetes::Pages& pages);
// Of a workload, by container, init containers among them.
std::map<std::string, std::string> read_images(const std::string& json);

// One entry for each address of each slice, ready or not. A condition that is absent means ready
// (discovery.k8s.io/v1: consumers must read nil as ready).
std::vector<EndpointAddress> read_endpoint_slices(const Kubernetes::Pages& pages);
// The same from a v1 Endpoints object.
std::vector<EndpointAddress> read_endpoints(const std::string& json);

// "running since 2026-11-23T20:02:18Z", "waiting: CrashLoopBackOff: back-off 5m0s ...".
std::string describe(const ContainerState& state);
// "ready", or why it is not: "not ready: containers with unready status: [c] (c is waiting: ...)".
std::string describe_readiness(const Pod& pod);
// "pod authentik/web-1"
std::string subject_of(const Pod& pod);

}  // namespace postflight
