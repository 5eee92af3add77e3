#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>

#include "tests/support/scripted_server.hpp"

namespace postflight::test {

// A Kubernetes API server of as many pods as wanted, all labelled app=many, in pages of `limit`.
// A command in a pod answers as df does, or never. Any other path is asked of `other`.
class PodsApi {
 public:
  struct Setting {
    std::size_t pods = 2;
    bool exec_hangs = false;
    // The whole HTTP answer to a request line; empty: 404.
    std::function<std::string(const std::string& path)> other = {};
  };
  explicit PodsApi(Setting setting);

  // For --kubeconfig; `user` are lines of YAML: "token: abc".
  std::string kubeconfig(const std::string& user = "token: a-token-of-a-test") const;
  std::size_t commands() const { return commands_; }  // begun in pods so far
  std::size_t connections() const { return server_.connections(); }
  std::size_t most_at_once() const { return most_at_once_; }  // commands

 private:
  void serve(ScriptedServer::Connection& connection);
  void run_command(ScriptedServer::Connection& connection);
  std::string page(const std::string& path) const;

  const Setting setting_;
  const std::string pod_;  // JSON of one, as recorded
  std::atomic<std::size_t> commands_ = 0, at_once_ = 0, most_at_once_ = 0;
  ScriptedServer server_;
};

}  // namespace postflight::test
