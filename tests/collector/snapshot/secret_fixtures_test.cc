// Texts that people write into services, and answers of engines: secrets that must be hidden, and as many
// harmless texts that must stay readable. Tokens are written in two parts, so that no search for leaked
// secrets takes them for real ones.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "collector/snapshot/masking.h"

namespace swarmbell {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

enum class Where { kEnv, kLabel, kArgs, kShell, kMessage, kImage };
using enum Where;

// A label is written `name=value`, the words of arguments are parted by `|`.
std::string Shown(Where where, const std::string& text) {
  const Masker masker(MaskOptions{});
  if (where == kMessage) return ShowMasked(masker.MaskMessage(text)).text;
  if (where == kImage) return ShowMasked(masker.MaskImage(text)).text;
  if (where == kLabel) {
    const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits('=', 1));
    std::map<std::string, std::string> labels = {{parts[0], parts[1]}};
    masker.MaskLabels(labels);
    return parts[0] + "=" + ShowMasked(labels[parts[0]]).text;
  }
  std::vector<std::string> words = {text};
  if (where == kArgs) words = absl::StrSplit(text, '|');
  if (where == kShell) words = {"CMD-SHELL", text};
  const char* list = where == kEnv ? "Env" : where == kShell ? "Test" : "Args";
  json spec = {{list, words}};
  masker.MaskSpec(spec);
  std::vector<std::string> shown;
  for (const json& entry : spec[list]) shown.push_back(ShowMasked(entry.get<std::string>()).text);
  if (where == kShell) return shown[1];
  return absl::StrJoin(shown, "|");
}

struct Secret {
  Where where;
  std::string text;
  std::string secret;      // no part of this may be seen
  std::string shown = "";  // exactly, where that matters
};

std::vector<Secret> Secrets() {
  return {
      // Entries without `=`.
      {kEnv, "GRAFANA_PASS:plum-tart-9", "plum-tart", "GRAFANA_PASS:••••"},
      {kEnv, "MAIL_TOKEN: plumtart9", "plumtart", "MAIL_TOKEN: ••••"},
      {kEnv, "amqp://shop:plumtart9@rabbit/vh", "plumtart", "••••"},
      {kEnv, "amqp://shop:plumtart9@rabbit/vh?heartbeat=30", "plumtart", "••••"},
      {kEnv, "plumtart9", "plumtart", "••••"},
      {kEnv, "cGx1bXRhcnQ5Cg==", "cGx1bX", "••••"},
      {kEnv, "cGx1bXRhcnQtOTk=", "cGx1bX", "••••"},
      {kEnv, "API_SECRET:cGx1bXRhcnQ5Cg==", "cGx1bX", "API_SECRET:••••"},
      {kEnv, "MFRGGZDFMZTWQ2LK7Q", "MFRGG", "••••"},
      // Names.
      {kEnv, "REALTIME_ENC_KEY=plumtart", "plumtart", "REALTIME_ENC_KEY=••••"},
      {kEnv, "LOGFLARE_KEY=plumtart", "plumtart"},
      {kEnv, "PADDLE_SK=plumtart", "plumtart"},
      {kEnv, "STRIPE_SK_LIVE=plumtart", "plumtart"},
      {kEnv, "PORTAINER_ADMIN_HASH=plumtart", "plumtart"},
      {kEnv, "NEXUS_CREDS=bob/plumtart", "plumtart"},
      {kEnv, "REPLICA_PWD=plumtart", "plumtart"},
      {kEnv, "BUGSINK_DSN=plumtart", "plumtart"},
      {kEnv, "cookieKeys=plumtart", "plumtart"},
      {kEnv, "BACKUP_KEY_BASE64=plumtart", "plumtart"},
      {kEnv, "WIFI_PSK=plumtart", "plumtart"},
      {kEnv, "COSMOS_PRIMARY_ACCESS_KEY=plumtart", "plumtart"},
      {kEnv, "PUBLIC_API_SECRET=plumtart", "plumtart"},
      {kEnv, "TLS_KEY=/plum+tart/9AA==", "plum+tart"},
      {kEnv, "ConnectionStrings:ApiKey=plumtart", "plumtart"},
      {kEnv, "TOKEN_TTL=plumtart", "plumtart"},
      {kLabel, "homepage.widget.key=plumtart", "plumtart"},
      {kLabel, "com.acme.backup.repo-pwd=plumtart", "plumtart"},
      // Values, whatever they are called.
      {kEnv,
       "NOTE="
       "gh"
       "p_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R",
       "0a1B2c3D"},
      {kEnv,
       "NOTE="
       "gh"
       "o_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R",
       "0a1B2c3D"},
      {kEnv,
       "NOTE="
       "github"
       "_pat_11ABCDE0000aaaaBBBB_ccccDDDD",
       "11ABCDE"},
      {kEnv,
       "NOTE="
       "xo"
       "xb-2345678901-2345678901-abcdefGHIJ",
       "2345678901"},
      {kEnv,
       "NOTE="
       "sk_"
       "live_51Habcdefghijklmnop",
       "51Habc"},
      {kEnv,
       "NOTE="
       "AK"
       "IA2E0A8F3B244C9986",
       "2E0A8F3B"},
      {kEnv,
       "NOTE="
       "gl"
       "pat-Zy9xW8vU7tS6rQ5pO4nM",
       "Zy9xW8"},
      {kEnv,
       "NOTE="
       "ey"
       "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
       "JhbGciOi"},
      {kEnv,
       "NOTE="
       "SWM"
       "TKN-1-3pu6hszjas19xyp7ghgosyx9k8atbfcr8p2is99znpy26u2lkl-7p73s1dx5in4tatdymyhg9hu2",
       "3pu6hs"},
      {kEnv,
       "NOTE="
       "hv"
       "s.CAESIJ1234567890abcdefghij",
       "CAESIJ"},
      {kEnv,
       "NOTE="
       "dckr"
       "_pat_abcdEFGHijklMNOPqrst",
       "abcdEFGH"},
      {kEnv, "NOTE=123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "AAHdqTcv"},
      {kEnv, "NOTE=LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JSUV2", "KEtFWS0t"},
      {kEnv, "NOTE=-----BEGIN PGP PRIVATE KEY BLOCK-----\nplumtart\n-----END PGP PRIVATE KEY BLOCK-----",
       "plumtart"},
      {kEnv, R"(APP={"db":{"url":"postgres://shop:plumtart@db:5432/x"},"n":1})", "plumtart",
       R"(APP={"db":{"url":"postgres://shop:••••@db:5432/x"},"n":1})"},
      {kEnv, "MSSQL=Server=db,1433;User Id=sa;Password=plumtart;Encrypt=true", "plumtart",
       "MSSQL=Server=db,1433;User Id=sa;Password=••••;Encrypt=true"},
      {kEnv, "STORAGE=DefaultEndpointsProtocol=https;AccountName=a;AccountKey=plumtart==;", "plumtart"},
      {kEnv, "CACHE=default:Plumtart9@redis:6379", "Plumtart", "CACHE=default:••••@redis:6379"},
      {kEnv, "AUTHS=shop:$2y$05$Zt0uWbJ3mPq5rXv8yLk1NeAbCdEfGh", "Zt0uWbJ3", "AUTHS=••••"},
      {kEnv, "PEOPLE=shop:$2y$05$Zt0uWbJ3mPq5rXv8yLk1NeAbCdEfGh", "Zt0uWbJ3", "PEOPLE=shop:••••"},
      {kEnv, "PEOPLE=shop:$$apr1$$Zt0uWbJ3$$mPq5rXv8yLk1NeAbCdEfGh", "Zt0uWbJ3", "PEOPLE=shop:••••"},
      {kEnv, "PEOPLE=shop:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "W6ph5Mm5", "PEOPLE=shop:••••"},
      {kEnv, "PEOPLE=root:$6$rounds=5000$saltsalt$abcdefghijklmnopqrstuvwxyz0123", "abcdefghijk"},
      {kEnv, "PEOPLE=$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub", "RdescudvJ"},
      {kLabel,
       "traefik.frontend.auth.basic=ann:$apr1$Zt0uWbJ3$mPq5rXv8yLk1NeAbCdEfGh,ben:{SHA}W6ph5Mm5Pz8GgiULbPgz=",
       "W6ph5"},
      {kLabel, "traefik.admin.frontend.auth.basic.users=ann:plumtart", "plumtart"},
      {kLabel, "com.acme.people=ann:$apr1$Zt0uWbJ3$mPq5rXv8yLk1NeAbCdEfGh,ben:{SHA}W6ph5Mm5Pz8GgiULbPgz=",
       "Zt0uWbJ3", "com.acme.people=ann:••••,ben:••••"},
      // Command lines.
      {kShell, "curl -fu admin:plumtart http://h/", "plumtart", "curl -fu admin:•••• http://h/"},
      {kShell, "curl -su 'admin:plum tart' http://h/ || exit 1", "plum tart",
       "curl -su 'admin:••••' http://h/ || exit 1"},
      {kShell, "curl -sSfuadmin:plumtart http://h/ -uadmin:plumtart", "-uadmin:plumtart"},
      {kShell, "/opt/mssql-tools/bin/sqlcmd -S localhost -U sa -P plumtart -Q 'select 1'", "plumtart"},
      {kShell, "sqlcmd -U sa -PPlum9tart -Q 'select 1'", "Plum9tart"},
      {kShell, "wget --header='Authorization: Basic YW5uOnBsdW10YXJ0' http://h/", "YW5uOnB"},
      {kShell, "etcdctl --user root:plumtart endpoint health", "plumtart"},
      {kShell, "curl -d '<user>ann</user><password>plumtart</password>' http://h/", "plumtart"},
      {kArgs, "--password|--plumtart!", "plumtart", "--password|••••"},
      {kArgs, "--requirepass|--9plumtart--", "plumtart", "--requirepass|••••"},
      {kArgs, "--password|--token|plumtart", "plumtart"},
      {kArgs, "--user=ann:plumtart", "plumtart", "--user=ann:••••"},
      {kArgs, "cqlsh|-u|cassandra|-p|plumtart", "plumtart", "cqlsh|-u|cassandra|-p|••••"},
      // Messages of engines and runtimes.
      {kMessage, "starting container failed: exec: \"app --token plumtart\": not found", "plumtart"},
      {kMessage, "OCI runtime create failed: [\"app\",\"--token\",\"plumtart\"]: no such file", "plumtart"},
      {kMessage, "exec failed: \"mysql\" \"-u\" \"root\" \"-pplumtart\"", "plumtart"},
      {kMessage, "cannot run app -pPlumtart9 serve", "Plumtart9"},
      {kMessage, "health check: curl -fu ann:plumtart http://h/ exited with 22", "plumtart"},
      {kMessage, "Get \"https://ann:plumtart@registry.example/v2/\": EOF", "plumtart"},
      {kMessage, "invalid reference format: ann:Plumtart9@registry.example/app:1", "Plumtart9"},
      {kMessage, "answer: {\"user\":\"ann\", \"password\": \"plumtart\"}", "plumtart"},
      {kMessage, "bad entry DB_PASSWORD:plumtart", "plumtart"},
      {kMessage, "sent Authorization: Bearer plumtart9", "plumtart"},
      {kMessage, "parse <password>plumtart</password>: no", "plumtart"},
      {kImage, "https://ann:plumtart@registry.example/app:1", "plumtart",
       "https://ann:••••@registry.example/app:1"},
      {kImage, "ann:plumtart@registry.example:5000/app:1@sha256:0123456789abcdef", "plumtart",
       "ann:••••@registry.example:5000/app:1@sha256:0123456789abcdef"},
  };
}

struct Harmless {
  Where where;
  std::string text;
};

std::vector<Harmless> HarmlessTexts() {
  return {
      {kEnv, "DB_HOST"},
      {kEnv, "POSTGRES_PASSWORD"},
      {kEnv, "http_proxy"},
      {kEnv, "TZ"},
      {kEnv, "EMPTY="},
      {kEnv, "DB_HOST=db"},
      {kEnv, "PATH=/usr/local/sbin:/usr/local/bin:/usr/bin"},
      {kEnv, "PWD=/app/current"},
      {kEnv, "STRIPE_PUBLISHABLE_KEY=plum"},
      {kEnv, "NEXT_PUBLIC_MAPS_API_KEY=plum"},
      {kEnv, "JWT_PUBLIC_KEY=plum"},
      {kEnv, "SUPABASE_ANON_KEY=plum"},
      {kEnv, "SSH_PUBLIC_KEY=ssh-ed25519 AAAAC3Nza ann@laptop"},
      {kEnv, "TABLE_PRIMARY_KEY=id"},
      {kEnv, "FOREIGN_KEY=user_id"},
      {kEnv, "DEFAULT_SORT_KEY=name"},
      {kEnv, "PARTITION_KEY=tenant"},
      {kEnv, "CACHE_KEY=v2"},
      {kEnv, "GIT_COMMIT_HASH=9f6c651"},
      {kEnv, "BUILD_HASH=9f6c651"},
      {kEnv, "CONFIG_HASH=9f6c651"},
      {kEnv, "PUBLIC_SENTRY_DSN=https://o1.ingest.example/1"},
      {kEnv, "MONKEY=banana"},
      {kEnv, "KEYBOARD=us"},
      {kEnv, "AUTHOR=ann"},
      {kEnv, "HASHING=murmur"},
      {kEnv, "TLS_KEY=/run/secrets/tls.key"},
      {kEnv, "SSL_KEY_FILE=/certs/site.pem"},
      {kEnv, "DB_PASSWORD_FILE=/run/secrets/db"},
      {kEnv, "TOKEN_TTL=15m"},
      {kEnv, "PASSWORD_MIN_LENGTH=12"},
      {kEnv, "JWT_ALGORITHM=HS256"},
      {kEnv, "AUTH_ENABLED=true"},
      {kEnv, "SESSION_COOKIE_SECURE=false"},
      {kEnv, "OAUTH_TOKEN_URL=https://login.example/token"},
      {kEnv, "SMTP_FROM=Shop <shop@example.com>"},
      {kEnv, "OWNER=mailto:ann@example.com"},
      {kEnv, "KAFKA_CONTROLLER_QUORUM_VOTERS=1@kafka1:9093,2@kafka2:9093"},
      {kEnv, "BASE_IMAGE=node:20@sha256:0123456789abcdef0123456789abcdef"},
      {kEnv, "JAVA_OPTS=-Xmx512m -Dspring.profiles.active=prod -XX:+UseG1GC"},
      {kEnv, "ASPNETCORE_URLS=http://+:8080"},
      {kEnv, "Serilog:MinimumLevel=Debug"},
      {kEnv, "CRON=*/5 * * * *"},
      {kEnv, "UUID=123e4567-e89b-12d3-a456-426614174000"},
      {kEnv, "MODE=basic authentication is off"},
      {kEnv, "REPLACE=s/(.*)-(.*)/$1$2/"},
      {kLabel, "traefik.http.routers.auth.rule=Host(`auth.example.com`) && PathPrefix(`/token`)"},
      {kLabel, "traefik.http.middlewares.r.redirectregex.replacement=https://$${1}/$${2}"},
      {kLabel, "traefik.http.middlewares.auth.forwardauth.address=http://auth:4181"},
      {kLabel, "traefik.http.services.s.loadbalancer.sticky.cookie=true"},
      {kLabel, "traefik.http.middlewares.site.basicauth.usersfile=/run/secrets/users"},
      {kLabel, "com.docker.compose.config-hash=8a1f5b0c3d"},
      {kLabel, "org.opencontainers.image.revision=9f6c6510a7b84d1e"},
      {kLabel, "prometheus.io/path=/metrics"},
      {kArgs, "--auth|--verbose"},
      {kArgs, "--publish|8080:80"},
      {kArgs, "--user|1000:1000"},
      {kArgs, "--password-file|/run/secrets/db|serve"},
      {kArgs, "--password-stdin|serve"},
      {kArgs, "--no-auth|serve"},
      {kArgs, "--entrypoints.web.address=:80|--providers.docker.swarmMode=true"},
      {kArgs, "python|-u|app.py"},
      {kArgs, "probe|-u|http://web:8080/ping"},
      {kShell, "pg_isready -U postgres -d shop"},
      {kShell, "curl -fsS http://localhost:8080/healthz || exit 1"},
      {kShell, "wget -qO- http://localhost/ping?verbose=1 | grep -q ok"},
      {kShell, "redis-cli ping | grep PONG"},
      {kMessage, "task: non-zero exit (137)"},
      {kMessage, "No such image: registry.example:5000/auth/token-service:1.2@sha256:0123456789abcdef"},
      {kMessage, "exec: \"auth-server\": executable file not found in $PATH"},
      {kMessage, "unknown flag: --token"},
      {kMessage, "flag --password is required; --api-key must be given"},
      {kMessage, "DB_PASSWORD: parameter not set"},
      {kMessage, "invalid auth token: expired"},
      {kMessage, "Bearer token expired"},
      {kMessage, "Pool overlaps with other one on this address space"},
      {kMessage, "Get \"https://registry.example/v2/\": dial tcp 10.0.0.1:443: connect: refused"},
      {kMessage, "usage: login <user> <password>"},
      {kMessage, "no suitable node (scheduling constraints not satisfied on 3 nodes)"},
      {kImage, "auth:1"},
      {kImage, "registry.example:5000/token/secret-key:latest"},
      {kImage, "nginx:1.27@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
      {kImage, "ghcr.io/ann/password:v1"},
  };
}

TEST(SecretFixturesTest, SecretsAreHidden) {
  for (const Secret& fixture : Secrets()) {
    const std::string shown = Shown(fixture.where, fixture.text);
    EXPECT_THAT(shown, Not(HasSubstr(fixture.secret))) << fixture.text;
    EXPECT_THAT(shown, HasSubstr("••••")) << fixture.text;
    EXPECT_EQ(shown, fixture.shown.empty() ? shown : fixture.shown);
  }
}

TEST(SecretFixturesTest, HarmlessTextsStayReadable) {
  for (const Harmless& fixture : HarmlessTexts()) EXPECT_EQ(Shown(fixture.where, fixture.text), fixture.text);
}

TEST(SecretFixturesTest, EachKindHasAsManyCasesAsItShould) {
  EXPECT_GE(Secrets().size(), 60u);
  EXPECT_GE(HarmlessTexts().size(), 60u);
}

}  // namespace
}  // namespace swarmbell
