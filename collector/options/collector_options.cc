#include "collector/options/collector_options.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/settings/checks.h"
#include "common/settings/help.h"
#include "common/settings/setting.h"
#include "common/settings/yaml.h"

namespace swarmbell {
namespace {

void CheckDockerHost(const std::string& host, SettingsChecks& checks) {
  for (const char* scheme : {"unix://", "tcp://", "http://", "https://"}) {
    if (!absl::StartsWith(host, scheme) || host.size() == std::string(scheme).size()) continue;
    // Not shown, here or by --print-config: what is before the @ would be a password.
    const bool credentials = scheme != std::string("unix://") && absl::StrContains(host, '@');
    if (credentials) {
      checks.Fault(&host, "holds credentials, which no engine asks for; docker.cert_path is for TLS");
    }
    return;
  }
  const std::string hint = absl::StartsWith(host, "ssh://")
                               ? "is not reached over ssh; mount the socket or use tcp:// with TLS"
                               : "is no address of an engine; write unix:///path, tcp://host:port or "
                                 "https://host:port";
  checks.Fault(&host, absl::StrCat(Quoted(host), " ", hint));
}

void CheckApiVersion(const std::string& version, SettingsChecks& checks) {
  const bool fine = version.empty() || (version.find('.') == version.rfind('.') &&
                                        version.find_first_not_of("0123456789.") == std::string::npos &&
                                        version.find('.') != std::string::npos && version.front() != '.' &&
                                        version.back() != '.');
  if (!fine) checks.Fault(&version, absl::StrCat(Quoted(version), " is no API version (for example 1.41)"));
}

// Most likely `name=value` was written, as filters of docker have it: such a glob would match nothing.
void CheckIgnoredLabels(const std::vector<std::string>& globs, SettingsChecks& checks) {
  for (const std::string& glob : globs) {
    if (glob.find_first_of("= \t\r\n") == std::string::npos) continue;
    checks.Fault(&globs, absl::StrCat(Quoted(glob),
                                      " is no name of a label; write names without values, such as "
                                      "cd.doco.*"));
  }
}

void CheckStaleAfter(const PollingOptions& poll, SettingsChecks& checks) {
  if (poll.stale_after == absl::ZeroDuration() || poll.stale_after > poll.interval) return;
  checks.Fault(&poll.stale_after, absl::StrCat("must be longer than poll.interval (",
                                               absl::FormatDuration(poll.interval), "), or 0"));
}

void CheckServer(const CollectorOptions& options, SettingsChecks& checks) {
  checks.Listen(options.listen, /*may_be_off=*/false);
  checks.Listen(options.metrics_listen, /*may_be_off=*/true);
  const ServerTlsOptions& tls = options.tls;
  checks.Together(tls.cert_file, tls.key_file);
  if (!tls.client_ca_file.empty() && !tls.Enabled()) {
    checks.Fault(&tls.client_ca_file, "needs tls.cert and tls.key too");
  }
  if (!tls.client_names.empty() && tls.client_ca_file.empty()) {
    checks.Fault(&tls.client_names, "needs tls.client_ca, which vouches for the names");
  }
  checks.PemFile(tls.cert_file);
  checks.PemFile(tls.key_file);
  checks.PemFile(tls.client_ca_file);
  if (tls.plaintext && tls.Enabled()) {
    checks.Fault(&tls.plaintext, "is said although tls.cert is set; leave one out");
  }
}

// What others than this machine can read on the way, unless that was said to be fine.
std::vector<std::string> Warnings(const CollectorOptions& options) {
  if (options.tls.Enabled() || options.tls.plaintext || StaysOnThisMachine(options.listen)) return {};
  return {absl::StrCat("The changes of the swarm", options.auth_token.empty() ? "" : " and auth.token",
                       " are sent unencrypted",
                       options.auth_token.empty() ? ", to whoever can reach " : " on ", options.listen,
                       ": set tls.cert and tls.key, or listen on 127.0.0.1, or say tls.plaintext where the "
                       "network is trusted.")};
}

}  // namespace

absl::StatusOr<LoadedCollectorOptions> LoadCollectorOptions(const SettingsInput& input) {
  Problems problems;
  CollectorForm form;
  CollectorOptions& options = form.options;
  const SettingsTable table = DescribeSettings(form);
  const Settings settings = Settings::Load(table, input, problems);
  SettingsChecks checks(table, settings, problems);
  CheckDockerHost(options.docker.host, checks);
  CheckApiVersion(options.docker.api_version, checks);
  CheckIgnoredLabels(options.ignored_labels, checks);
  CheckStaleAfter(options.poll, checks);
  CheckServer(options, checks);
  options.auth_token_file = checks.File(&options.auth_token);
  if (UseRedis(form.redis_url, form.redis, checks)) options.redis = form.redis;
  if (!problems.empty()) return problems.ToStatus();
  return LoadedCollectorOptions{.options = options,
                                .printed = PrintSettings(settings),
                                .warnings = Warnings(options),
                                .settings = settings};
}

}  // namespace swarmbell
