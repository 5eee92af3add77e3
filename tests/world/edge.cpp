#include "tests/world/edge.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "tests/world/outpost.hpp"

namespace postflight::world {

namespace fs = std::filesystem;

namespace {}  // namespace

// A socket on loopback at a port the system chose.
class Edge::Port {
 public:
  Port() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (descriptor_ < 0 || ::bind(descriptor_, generic, size) != 0 ||
        ::getsockname(descriptor_, generic, &size) != 0)
      throw std::runtime_error("no port for nginx");
    port_ = ntohs(address.sin_port);
  }
  ~Port() { ::close(descriptor_); }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  // For nginx to inherit, so that nobody can take the port in between; whoever connects before
  // nginx is up just waits.
  int listen() const {
    if (::listen(descriptor_, 511) != 0) throw std::runtime_error("no port for nginx");
    return descriptor_;
  }
  std::uint16_t number() const { return port_; }

 private:
  int descriptor_;
  std::uint16_t port_ = 0;
};

namespace {

// The auth proxy as the installation has it: the outpost's answers are passed on, and 502, 503 and
// 504 become Basic auth with a mark.
constexpr char auth_proxy[] = R"(
  upstream outpost {{
    server 127.0.0.1:{outpost};
    keepalive 32;
  }}
  # Admitted: the ingress, which is this same nginx, goes on to the application by itself.
  map $upstream_status $admitted {{
    ~^2 /_application;
    default "";
  }}
  server {{
    listen 127.0.0.1:{auth};
    location /outpost.goauthentik.io/ {{
      proxy_pass http://outpost;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_connect_timeout 3s;
      proxy_send_timeout 5s;
      proxy_read_timeout 5s;
      proxy_intercept_errors on;
      error_page 502 503 504 = @fallback_auth;
      add_header X-Accel-Redirect $admitted;
    }}
    location @fallback_auth {{
      auth_basic "Emergency Access";
      auth_basic_user_file htpasswd;
      add_header X-Auth-Fallback "true" always;
      add_header X-Accel-Redirect /_application;
      root .;
      try_files /ok =500;
    }}
  }}
)";

constexpr char ask_first[] = R"(
      rewrite ^ /outpost.goauthentik.io/auth/traefik? break;
      proxy_pass http://127.0.0.1:{};
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header X-Forwarded-Method $request_method;
      proxy_set_header X-Forwarded-Proto https;
      proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-Forwarded-Uri $request_uri;)";

constexpr char application[] =
    R"(default_type text/html; return 200 "<title>terminal</title>the application\n";)";

std::string configuration(const Scenario& scenario, std::uint16_t edge, std::uint16_t auth,
                          std::uint16_t outpost) {
  using namespace fmt::literals;
  std::string text =
      "daemon off;\nworker_processes 1;\npid nginx.pid;\nerror_log error.log warn;\n"
      "events { worker_connections 256; }\n"
      "http {\n  access_log off;\n  large_client_header_buffers 8 64k;\n";
  // As root, nginx would hand its work to a user who may not look into our directory.
  if (::geteuid() == 0) text.insert(0, "user root root;\n");
  for (const char* module : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    text += fmt::format("  {0}_temp_path {0}_temp;\n", module);
  text += fmt::format(auth_proxy, "outpost"_a = outpost, "auth"_a = auth);
  text += fmt::format(
      "  server {{\n    listen 127.0.0.1:{} ssl;\n    server_name {};\n"
      "    ssl_certificate certificate.pem;\n    ssl_certificate_key key.pem;\n"
      "    location / {{{}\n    }}\n"
      "    location = /_application {{ internal; {} }}\n  }}\n}}\n",
      edge, application_host,
      scenario.edge_asks_outpost ? fmt::format(ask_first, auth) : application, application);
  return text;
}

std::string text_of(const fs::path& path) {
  std::ifstream stream(path);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

}  // namespace

Edge::Edge(const fs::path& directory, const Certificate& certificate, const Scenario& scenario,
           std::optional<std::uint16_t> outpost_port)
    : nobody_(std::make_unique<Port>()) {
  const std::string program = find_program("nginx");
  if (program.empty()) throw std::runtime_error("nginx is not installed (package nginx-light)");
  fs::create_directories(directory);
  const Port edge;
  const Port auth;
  port_ = edge.number();
  const bool reachable = outpost_port && scenario.edge_reaches_outpost;
  std::ofstream(directory / "nginx.conf") << configuration(
      scenario, edge.number(), auth.number(), reachable ? *outpost_port : nobody_->number());
  std::ofstream(directory / "certificate.pem") << certificate.certificate_pem;
  std::ofstream(directory / "key.pem") << certificate.key_pem;
  std::ofstream(directory / "htpasswd") << "emergency:{PLAIN}only-in-an-emergency\n";
  std::ofstream(directory / "ok") << "ok\n";

  const std::string log = (directory / "output.log").string();
  ChildOptions options;
  options.argv = {program,
                  "-p",
                  directory.string(),
                  "-c",
                  (directory / "nginx.conf").string(),
                  "-e",
                  (directory / "error.log").string()};
  options.output = log;
  options.environment = {{"NGINX", fmt::format("{};{};", edge.listen(), auth.listen())}};
  options.descriptors = {edge.listen(), auth.listen()};
  nginx_ = std::make_unique<ChildProcess>(options);
  // It writes its process id when all is set up.
  for (int tries = 0; !fs::exists(directory / "nginx.pid"); ++tries) {
    if (nginx_->has_ended() || tries > 1000)
      throw std::runtime_error("nginx did not start: " + text_of(log) +
                               text_of(directory / "error.log"));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

Edge::~Edge() = default;

}  // namespace postflight::world
