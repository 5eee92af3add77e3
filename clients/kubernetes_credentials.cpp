#include "clients/kubernetes_credentials.hpp"

#include <algorithm>

#include "clients/base64.hpp"
#include "clients/kubernetes_path.hpp"
#include "clients/kubernetes_status.hpp"

namespace postflight {
namespace {

constexpr auto token_file_age = std::chrono::minutes(1);
constexpr auto expiry_margin = std::chrono::seconds(30);
// A server that refuses every credential must not make us run the plug-in for every request.
constexpr auto between_refused_runs = std::chrono::minutes(1);

std::string without_blank_ends(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

void add_impersonation(const Impersonation& impersonate, std::vector<HttpHeader>& headers) {
  if (impersonate.user.empty()) return;
  headers.push_back({"Impersonate-User", impersonate.user});
  if (!impersonate.uid.empty()) headers.push_back({"Impersonate-Uid", impersonate.uid});
  for (const auto& group : impersonate.groups) headers.push_back({"Impersonate-Group", group});
  for (const auto& [key, value] : impersonate.extra)
    headers.push_back({"Impersonate-Extra-" + percent_encoded(key), value});
}

void check_header_text(const std::string& text, const std::string& what) {
  const auto control = [](unsigned char c) { return c < ' ' || c == 127; };
  if (std::any_of(text.begin(), text.end(), control))
    throw KubeconfigError(what + " holds a control character or a line end");
}

}  // namespace

KubernetesCredentials::KubernetesCredentials(const KubernetesAccess& access, Commands& commands,
                                             OnSecret on_secret, CredentialClocks clocks)
    : access_(access),
      commands_(commands),
      on_secret_(std::move(on_secret)),
      clocks_(std::move(clocks)) {
  add_secret(access_.token);
  add_secret(access_.password);
  add_secret(access_.tls.key_pem);
  for (const auto& secret : secrets_in_url(access_.proxy)) add_secret(secret);
  std::vector<HttpHeader> impersonation;
  add_impersonation(access_.impersonate, impersonation);
  for (const auto& header : impersonation)
    check_header_text(header.value, header.name + " (" + access_.source + ")");
  check_header_text(access_.token, "the token of " + access_.user + " (" + access_.source + ")");
  if (!access_.token_file.empty()) file_token();
}

bool KubernetesCredentials::uses_plugin() const {
  return access_.exec && access_.token.empty() && access_.token_file.empty() &&
         access_.username.empty();
}

Credential KubernetesCredentials::present(const Limits& limits) {
  Credential credential{{}, access_.tls, 0};
  auto token = access_.token;
  if (!access_.token_file.empty()) {
    const auto file = file_token();
    token = file.token;
    credential.number = file.number;
  } else if (uses_plugin()) {
    const auto plugin = plugin_credential(limits);
    token = plugin.credential.token;
    credential.number = plugin.number;
    if (!plugin.credential.key_pem.empty()) {
      credential.tls.certificate_pem = plugin.credential.certificate_pem;
      credential.tls.key_pem = plugin.credential.key_pem;
    }
  }
  if (!token.empty())
    credential.headers.push_back({"Authorization", "Bearer " + token});
  else if (!access_.username.empty())
    credential.headers.push_back(
        {"Authorization", "Basic " + base64_encoded(access_.username + ":" + access_.password)});
  add_impersonation(access_.impersonate, credential.headers);
  return credential;
}

bool KubernetesCredentials::renew(const Credential& refused) {
  if (!access_.token_file.empty()) return renew_file(refused);
  return uses_plugin() && renew_plugin(refused);
}

std::string KubernetesCredentials::description() const {
  std::string what = "no credentials";
  if (!access_.token_file.empty())
    what = "the token in " + access_.token_file;
  else if (!access_.token.empty())
    what = "the token";
  else if (!access_.username.empty())
    what = "the password";
  else if (access_.exec)
    what = "the exec plug-in " + access_.exec->argv.front();
  else if (!access_.tls.certificate_pem.empty())
    what = "the client certificate";
  return what + (access_.user.empty() ? "" : " of \"" + access_.user + "\"") + " (" +
         access_.source + ")";
}

KubernetesCredentials::FromFile KubernetesCredentials::file_token() {
  const std::scoped_lock lock(mutex_);
  if (file_.number == 0 || clocks_.steady() - file_.read >= token_file_age) read_token_file();
  return file_;
}

void KubernetesCredentials::read_token_file() {
  const auto token = without_blank_ends(read_config_file("token file", access_.token_file));
  if (token.empty()) throw KubeconfigError("token file " + access_.token_file + ": is empty");
  check_header_text(token, "token file " + access_.token_file);
  if (token != file_.token) {
    add_secret(token);
    file_.token = token;
    ++file_.number;
  }
  file_.read = clocks_.steady();
}

bool KubernetesCredentials::renew_file(const Credential& refused) {
  const std::scoped_lock lock(mutex_);
  if (file_.number == refused.number) read_token_file();
  return file_.number != refused.number;
}

bool KubernetesCredentials::renew_plugin(const Credential& refused) {
  const std::scoped_lock lock(mutex_);
  if (!plugin_ || plugin_->number != refused.number) return true;
  const auto now = clocks_.steady();
  if (plugin_refused_ && now - *plugin_refused_ < between_refused_runs) return false;
  plugin_refused_ = now;
  plugin_good_since_ = std::chrono::steady_clock::now();
  plugin_.reset();
  return true;
}

KubernetesCredentials::FromPlugin KubernetesCredentials::plugin_credential(const Limits& limits) {
  auto wanted = limits;
  {
    const std::scoped_lock lock(mutex_);
    if (plugin_) {
      const auto& expires = plugin_->credential.expires;
      if (!expires || clocks_.system() + expiry_margin < *expires) return *plugin_;
      plugin_good_since_ = std::chrono::steady_clock::now();
      plugin_.reset();
    }
    wanted.fresh_since = std::max(limits.fresh_since, plugin_good_since_);
  }
  return runs_.read("exec plug-in " + access_.exec->argv.front(), wanted,
                    [&](bool&) { return run_plugin(limits); });
}

KubernetesCredentials::FromPlugin KubernetesCredentials::run_plugin(const Limits& limits) {
  const auto& plugin = *access_.exec;
  const auto name = "exec plug-in " + plugin.argv.front() + " of \"" + access_.user + "\" (" +
                    access_.source + "): ";
  const auto hint = plugin.install_hint.empty() ? "" : ". " + first_line(plugin.install_hint);
  CommandRequest request;
  request.argv = plugin.argv;
  request.environment_names = {"*"};
  request.environment = plugin.environment;
  request.environment.emplace_back("KUBERNETES_EXEC_INFO", exec_info(plugin, access_));
  request.output_limit = 1u << 20;
  CommandResult result;
  try {
    result = commands_.run(request, limits);
  } catch (const ClientError& e) {
    throw ClientError(e.reason(),
                      name + e.what() + (e.reason() == reason::missing_tool ? hint : ""));
  }
  if (result.signal != 0 || result.exit_code != 0) {
    const auto errors = first_line(result.errors);
    throw ClientError(reason::configuration,
                      name +
                          (result.signal != 0 ? "killed by signal " + std::to_string(result.signal)
                                              : "exit code " + std::to_string(result.exit_code)) +
                          (errors.empty() ? ", nothing on stderr" : ": " + errors));
  }
  FromPlugin answer;
  try {
    answer.credential = read_exec_credential(result.output, plugin);
    check_header_text(answer.credential.token, "the token");
  } catch (const std::runtime_error& e) {
    throw ClientError(reason::configuration, name + e.what());
  }
  add_secret(answer.credential.token);
  add_secret(answer.credential.key_pem);
  const std::scoped_lock lock(mutex_);
  answer.number = ++plugin_runs_;
  plugin_ = answer;
  return answer;
}

void KubernetesCredentials::add_secret(std::string_view secret) const {
  if (on_secret_ && !secret.empty()) on_secret_(secret);
}

}  // namespace postflight
