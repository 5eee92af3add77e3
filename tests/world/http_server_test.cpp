#include "tests/world/http_server.hpp"

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <future>

#include "tests/support/temporary_directory.hpp"
#include "tests/world/certificates.hpp"
#include "tests/world/witness.hpp"

namespace postflight::world {
namespace {

// Answers with who the client is.
class Greeter {
 public:
  Greeter()
      : own_(authority_.server({"127.0.0.1"})),
        server_([](const Request& request) { return greet(request); },
                TlsIdentity{own_.certificate_pem, own_.key_pem, authority_.certificate_pem()}) {
    write("ca.pem", authority_.certificate_pem());
  }
  CommandResult curl(std::vector<std::string> more = {}) const {
    const std::string url = "https://127.0.0.1:" + std::to_string(server_.port()) + "/";
    std::vector<std::string> argv{"curl", "-sS", "--cacert", path("ca.pem"), url, url};
    argv.insert(argv.end(), more.begin(), more.end());
    return witness(argv);
  }
  // Arguments for curl to show that certificate.
  std::vector<std::string> show(const Certificate& certificate) const {
    write("certificate.pem", certificate.certificate_pem);
    write("key.pem", certificate.key_pem);
    return {"--cert", path("certificate.pem"), "--key", path("key.pem")};
  }
  const CertificateAuthority& authority() const { return authority_; }

 private:
  static Answer greet(const Request& request) {
    Answer answer;
    answer.body = "anonymous\n";
    answer.chunked = true;
    if (request.holder)
      answer.body = (request.holder->trusted ? "" : "not ") + std::string("trusted ") +
                    request.holder->name + " of " + request.holder->groups.at(0) + "\n";
    return answer;
  }
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
  }

  test::TemporaryDirectory directory_;
  CertificateAuthority authority_{"test"};
  Certificate own_;
  HttpServer server_;
};

}  // namespace

TEST_CASE("a connection is kept, or closed when the client asks; TLS sessions resume", "[world]") {
  const Greeter server;
  const std::string twice = "anonymous\nanonymous\n";
  const auto kept = server.curl({"-w", "%{num_connects} ", "-o", "/dev/null", "-o", "/dev/null"});
  CHECK(kept.output == "1 0 ");
  // The second connection resumes the session of the first.
  const auto closed = server.curl({"-H", "Connection: close"});
  CHECK(closed.exit_code == 0);
  CHECK(closed.output == twice);
}

TEST_CASE("a client certificate says who its holder is, and whether we know its signer",
          "[world]") {
  const Greeter server;
  const auto known = server.authority().client("alice", {"admins"});
  const auto resumed = server.show(known);
  CHECK(server.curl(resumed).output == "trusted alice of admins\ntrusted alice of admins\n");
  const CertificateAuthority other("other");
  CHECK(server.curl(server.show(other.client("mallory", {"admins"}))).output ==
        "not trusted mallory of admins\nnot trusted mallory of admins\n");
}

TEST_CASE("many clients are answered at once", "[world]") {
  const Greeter server;
  std::vector<std::future<CommandResult>> clients;
  for (int count = 0; count < 12; ++count)
    clients.push_back(std::async(std::launch::async, [&] { return server.curl(); }));
  for (auto& client : clients) CHECK(client.get().output == "anonymous\nanonymous\n");
}

}  // namespace postflight::world
