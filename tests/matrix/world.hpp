#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tests/matrix/database.hpp"
#include "tests/support/test_authority.hpp"
#include "tests/world/http_server.hpp"

namespace postflight::matrix {

// Where a world is: all that somebody who checks it has to be told.
struct Addresses {
  std::string kubeconfig;    // a file
  std::string edge_url;      // of the application behind forward auth: a visit makes a session
  std::string health_url;    // of a health page at the same edge
  std::string edge_address;  // to connect to; empty: the name has to resolve
  std::string edge_ca_file, edge_certificate_file, edge_key_file;
  std::string database_url;  // without the password
  std::string database_password;
  std::string session_table;
  std::string terraform;                     // the program
  std::string terraform_directory;           // the configuration that it plans
  std::string plug_in;                       // the program
  std::string plug_in_directory;             // where it runs
  std::string dns_server, other_dns_server;  // ip:port; the other never fails
  std::string tcp_address, other_tcp_address;
  std::string tls_address, tls_ca_file;  // it shows the certificate of the edge's host
};

enum class Part { kubernetes, edge, database, command, plug_in, network };

// The certificates of servers and of ourselves. Made once: making them is not safe for threads.
struct Certificates {
  Certificates();
  test::TestAuthority authority, stranger{"authority that nobody trusts"};
  test::Identity good, expired, wrong_host, untrusted, client;
};

// A world in which nothing fails, and the parts from which broken ones are made. Safe to use from
// many threads.
class World {
 public:
  World();
  ~World();

  // Of the world in which nothing fails.
  const Addresses& addresses() const;

  // What a healthy part answers to a request, as bytes. A visit writes a row into the table.
  std::string api_answer(const world::Request& request) const;
  std::string edge_answer(const world::Request& request, const std::string& session_table) const;

  const Certificates& certificates() const;
  const Database& database() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// The bytes of an HTTP answer, its length told by Content-Length.
std::string bytes_of(const world::Answer& answer);

}  // namespace postflight::matrix
