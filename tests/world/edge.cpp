#include "tests/world/edge.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

namespace postflight::world {
namespace {

// A loopback socket on a port the system chose; not closed when a program is executed.
int bound_socket(std::uint16_t& port) {
  const auto descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (descriptor < 0 || bind(descriptor, generic, length) != 0 ||
      getsockname(descriptor, generic, &length) != 0)
    throw std::runtime_error("the edge found no port");
  port = ntohs(address.sin_port);
  return descriptor;
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

// An auth_request knows 2xx, 401 and 403 only: any other answer of the outpost comes back as 500,
// so its status, Location and cookie are carried in variables and answered from there.
constexpr auto protection = R"(
      auth_request /outpost-auth;
      auth_request_set $outpost_status $upstream_status;
      auth_request_set $outpost_location $upstream_http_location;
      auth_request_set $outpost_cookie $upstream_http_set_cookie;
      error_page 500 = @outpost_says;
)";

std::string configuration(const std::string& directory, std::uint16_t port,
                          std::uint16_t outpost_port, bool is_protected) {
  return fmt::format(R"(
daemon off;
master_process off;
pid {0}/nginx.pid;
error_log {0}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {0}/body; proxy_temp_path {0}/proxy; fastcgi_temp_path {0}/fastcgi;
  uwsgi_temp_path {0}/uwsgi; scgi_temp_path {0}/scgi;
  upstream outpost {{ server 127.0.0.1:{2}; keepalive 32; }}
  server {{
    listen 127.0.0.1:{1} ssl;
    server_name terminal.example.com;
    ssl_certificate {0}/edge.crt;
    ssl_certificate_key {0}/edge.key;
    location / {{
      {3}
      try_files /none @app;
    }}
    location @app {{ default_type text/html; return 200 "<html><body>terminal</body></html>\n"; }}
    location = /outpost-auth {{
      internal;
      proxy_pass http://outpost/outpost.goauthentik.io/auth/traefik;
      proxy_http_version 1.1;
      proxy_connect_timeout 3s; proxy_read_timeout 5s; proxy_send_timeout 5s;
      proxy_pass_request_body off;
      proxy_set_header Connection "";
      proxy_set_header Content-Length "";
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-Forwarded-Uri $request_uri;
    }}
    location @outpost_says {{
      if ($outpost_status = 302) {{
        add_header Set-Cookie $outpost_cookie always;
        return 302 $outpost_location;
      }}
      if ($outpost_status = 400) {{ return 400 ""; }}
      auth_basic "Emergency Access";
      auth_basic_user_file {0}/users;
      add_header X-Auth-Fallback "true" always;
      try_files /none @app;
    }}
  }}
}}
)",
                     directory, port, outpost_port, is_protected ? protection : "");
}

}  // namespace

const std::string& Edge::host() {
  static const std::string host = "terminal.example.com";
  return host;
}

Edge::Edge(const std::string& directory, const CertificateAuthority& authority,
           std::uint16_t outpost_port, const EdgeBehaviour& behaviour)
    : directory_(directory + "/edge") {
  if (mkdir(directory_.c_str(), 0755) != 0) throw std::runtime_error("cannot make " + directory_);
  const auto certificate = authority.server({host()});
  write_file(directory_ + "/edge.crt", certificate.certificate_pem);
  write_file(directory_ + "/edge.key", certificate.key_pem);
  write_file(directory_ + "/users", "");
  const auto listener = bound_socket(port_);
  if (!behaviour.outpost_answers) nobody_listens_ = bound_socket(outpost_port);
  write_file(directory_ + "/nginx.conf",
             configuration(directory_, port_, outpost_port, behaviour.is_protected));
  if (listen(listener, 128) != 0) throw std::runtime_error("the edge cannot listen");
  start(listener);
  close(listener);
}

// nginx takes over a socket that is already listening (its NGINX variable, made for upgrades in
// place): the port is ours from the start, and answers as soon as nginx is there.
void Edge::start(int listener) {
  const auto sockets = fmt::format("NGINX={};", listener);
  const auto configuration_path = directory_ + "/nginx.conf";
  const auto log = directory_ + "/error.log";
  char* const environment[] = {const_cast<char*>(sockets.c_str()), nullptr};
  const auto parent = getpid();
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("cannot start nginx");
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const auto* program : {"/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"})
      execle(program, "nginx", "-e", log.c_str(), "-p", directory_.c_str(), "-c",
             configuration_path.c_str(), nullptr, environment);
    _exit(127);
  }
  for (int i = 0; i < 500; ++i) {  // the pid file is written once the configuration was accepted
    struct stat ignored {};
    if (stat((directory_ + "/nginx.pid").c_str(), &ignored) == 0) return;
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      throw std::runtime_error("nginx did not start; see " + log);
    }
    usleep(10'000);
  }
  throw std::runtime_error("nginx was not ready in 5 seconds; see " + log);
}

Edge::~Edge() {
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  if (nobody_listens_ >= 0) close(nobody_listens_);
}

}  // namespace postflight::world
