#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iostream>

#include "tests/world/cluster.hpp"

int main(int, char** argv) {
  using namespace postflight::world;
  std::signal(SIGPIPE, SIG_IGN);
  const std::filesystem::path directory = argv[1];
  const CertificateAuthority authority("stand-in world");
  Cluster cluster(authority, directory / "pods");
  cluster.serve(authority);
  std::ofstream(directory / "kubeconfig") << kubeconfig(authority, cluster.port());
  std::cout << "ready" << std::endl;
  ::sleep(600);
}
