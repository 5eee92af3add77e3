#include "tests/deploy/pod_as_process.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "clients/base64.hpp"
#include "tests/end_to_end/shipped_run.hpp"
#include "tests/support/sanitized.hpp"

namespace postflight::test {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void give(const fs::path& path, long group, fs::perms mode) {
  if (::chown(path.c_str(), 0, static_cast<gid_t>(group)) != 0)
    throw std::runtime_error("no chown of " + path.string());
  fs::permissions(path, mode);
}

struct Cluster {
  std::string host, port, token, ca;
};

// Where the world's kubeconfig leads to.
Cluster cluster_of(const WorldProgram& world) {
  const auto config = YAML::Load(world.file("kubeconfig"));
  const auto cluster = config["clusters"][0]["cluster"];
  const auto server = cluster["server"].as<std::string>();
  const auto begin = server.find("//") + 2, colon = server.find(':', begin);
  return {server.substr(begin, colon - begin), server.substr(colon + 1),
          config["users"][0]["user"]["token"].as<std::string>(),
          base64_decoded(cluster["certificate-authority-data"].as<std::string>()).value()};
}

// Fills FOLDER/volumes as kubelet does; the group may write to an emptyDir.
void make_volumes(const PodToRun& pod, const fs::path& folder, long group) {
  for (const auto& volume : pod.spec.at("volumes")) {
    const auto place = folder / "volumes" / volume.at("name").get<std::string>();
    fs::create_directories(place);
    if (volume.contains("emptyDir")) {
      give(place, group, fs::perms(02775));
      continue;
    }
    const auto& map = object_of(pod.objects, "ConfigMap", volume.at("configMap").at("name"));
    for (const auto& [name, text] : map.at("data").items()) write(place / name, text);
  }
}

void make_service_account(const PodToRun& pod, const Cluster& cluster, const fs::path& place,
                          long group) {
  write(place / "token", cluster.token);
  write(place / "ca.crt", cluster.ca);
  write(place / "namespace", pod.name_space);
  give(place / "token", group, fs::perms(0640));
}

std::map<std::string, std::string> environment_of(const PodToRun& pod, const Cluster& cluster) {
  std::map<std::string, std::string> variables = {{"KUBERNETES_SERVICE_HOST", cluster.host},
                                                  {"KUBERNETES_SERVICE_PORT", cluster.port}};
  if (!pod.index.empty()) variables["JOB_COMPLETION_INDEX"] = pod.index;
  const auto& container = container_of(pod.spec);
  if (container.contains("envFrom")) variables.insert(pod.secret.begin(), pod.secret.end());
  for (const auto& variable : container.value("env", Json::array())) {
    auto& value = variables[variable.at("name")];
    if (variable.contains("value"))
      value = variable.at("value");
    else if (variable.at("valueFrom").at("fieldRef").at("fieldPath") ==
             "metadata.labels['batch.kubernetes.io/controller-uid']")
      value = "8e3c5d1a-of-the-job";  // the Job's controller labels its pods so
    else
      throw std::runtime_error("no value of " + variable.dump());
  }
  return variables;
}

// $(NAME) is the variable's value; of one that is not there it stays as it is.
std::string expanded(std::string word, const std::map<std::string, std::string>& variables) {
  for (const auto& [name, value] : variables)
    for (auto at = word.find("$(" + name + ")"); at != word.npos; at = word.find("$(" + name + ")"))
      word.replace(at, name.size() + 3, value);
  return word;
}

}  // namespace

std::string why_no_pod() {
  if (is_sanitized) return "a sanitized program writes its reports outside of the pod";
  if (::geteuid() != 0) return "only root can run a pod's container as another user";
  const auto tried = run_program(
      {"unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "tmpfs", "/mnt"});
  return tried.exit_code == 0 ? "" : "the system allows no mount namespace: " + tried.errors;
}

PodEnd run_pod(const PodToRun& pod, const WorldProgram& world, const std::string& folder) {
  const auto cluster = cluster_of(world);
  const auto& container = container_of(pod.spec);
  const auto& security = pod.spec.at("securityContext");
  const auto user = security.at("runAsUser").get<long>(),
             group = security.at("runAsGroup").get<long>(),
             volume_group = security.at("fsGroup").get<long>();
  const auto log = fs::path(folder) / "termination-log";
  make_volumes(pod, folder, volume_group);
  make_service_account(pod, cluster, fs::path(folder) / "account", volume_group);
  write(log, "");
  fs::permissions(log, fs::perms(0666));

  std::string mounts =
      fmt::format("{}/account /var/run/secrets/kubernetes.io/serviceaccount ro\n{} {} rw\n", folder,
                  log.string(), container.at("terminationMessagePath").get<std::string>());
  for (const auto& mount : container.at("volumeMounts"))
    mounts += fmt::format("{}/volumes/{} {} {}\n", folder, mount.at("name").get<std::string>(),
                          mount.at("mountPath").get<std::string>(),
                          mount.value("readOnly", false) ? "ro" : "rw");
  write(fs::path(folder) / "mounts", mounts);

  std::vector<std::string> argv{"/usr/bin/unshare",
                                "--mount",
                                "--propagation",
                                "private",
                                std::string(SOURCE_ROOT) + "/tests/deploy/run-pod",
                                folder,
                                std::string(PROGRAMS) + "/postflight",
                                "/usr/bin/env",
                                "-i"};
  const auto environment = environment_of(pod, cluster);
  for (const auto& [name, value] : environment) argv.push_back(name + "=" + value);
  argv.insert(argv.end(), {"/usr/bin/setpriv", "--no-new-privs",
                           "--bounding-set=-all,+sys_chroot,+setuid,+setgid", "/usr/sbin/chroot",
                           fmt::format("--userspec=+{}:+{}", user, group),
                           fmt::format("--groups=+{}", volume_group), folder + "/root"});
  for (const auto* part : {"command", "args"})
    for (const auto& word : container.at(part)) argv.push_back(expanded(word, environment));
  const auto ended = run_program(argv);
  if (ended.exit_code == 125) throw std::runtime_error("the pod was not started: " + ended.errors);
  return {ended.exit_code, ended.output, ended.errors, read(log)};
}

}  // namespace postflight::test
