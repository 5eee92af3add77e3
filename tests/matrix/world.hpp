#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tests/support/scripted_server.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/world/http_server.hpp"

namespace postflight::matrix {

// Where a world is: all that somebody who checks it has to be told.
struct Addresses {
  std::string kubeconfig;    // a file
  std::string edge_url;      // of the application behind forward auth
  std::string health_url;    // of a health page at the same edge
  std::string edge_address;  // to connect to; empty: the name has to resolve
  std::string edge_ca_file, edge_certificate_file, edge_key_file;
};

enum class Part { kubernetes, edge };

// The certificates of servers and of ourselves. Made once: making them is not safe for threads.
struct Certificates {
  Certificates();
  test::TestAuthority authority, stranger{"authority that nobody trusts"};
  test::Identity good, expired, wrong_host, untrusted, client;
};

// The healthy parts of the world, without a network. Safe to use from many threads.
class World {
 public:
  World();
  ~World();

  // The bytes of the answer of that part to a request.
  std::string answer(Part part, const world::Request& request) const;

  const Certificates& certificates() const;
  // What every broken world begins with: files and names, but no server.
  const test::TemporaryDirectory& directory() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// The bytes of an HTTP answer, its length told by Content-Length.
std::string bytes_of(const world::Answer& answer);

}  // namespace postflight::matrix
