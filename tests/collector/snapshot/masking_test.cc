#include "collector/snapshot/masking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "collector/snapshot/secret_name.h"

namespace swarmbell {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// One entry of a list of a container spec, as a person sees it.
std::string Shown(const char* list, const std::vector<std::string>& entries, MaskOptions options = {}) {
  json spec = {{"TaskTemplate", {{"ContainerSpec", {{list, entries}}}}}};
  Masker(std::move(options)).MaskSpec(spec);
  std::string text;
  for (const auto& entry : spec["TaskTemplate"]["ContainerSpec"][list]) {
    text += ShowMasked(entry.get<std::string>()).text + "|";
  }
  text.pop_back();
  return text;
}

std::string ShownEnv(const std::string& entry) { return Shown("Env", {entry}); }

TEST(NameLooksSecretTest, LooksAtWholeWords) {
  for (const char* name : {"PASSWORD",
                           "DB_PASSWORD",
                           "dbPassword",
                           "MYSQL_PWD",
                           "PGPASSWORD",
                           "db.pass",
                           "API_KEY",
                           "apiKey",
                           "APIKEY",
                           "X-Api-Key",
                           "AWS_SECRET_ACCESS_KEY",
                           "PRIVATE_KEY",
                           "APP_KEY",
                           "SSHPASS",
                           "--requirepass",
                           "sig",
                           "AUTH",
                           "auth-token",
                           "TOKENS",
                           "TOKEN2",
                           "SENTRY_DSN",
                           "COOKIE",
                           "PASSWORD_SALT",
                           "SIGNATURE",
                           "credentials",
                           "AUTHTOKEN",
                           "--password"}) {
    EXPECT_TRUE(NameLooksSecret(name)) << name;
  }
  for (const char* name : {"MONKEY", "AUTHOR", "PASSENGER", "KEYBOARD", "PUBLIC_KEY", "TOKENIZER", "KEY",
                           "PATH", "COMPASS", "SALTY", "", "SECRETARY", "PWDX", "KEYS", "DSNX"}) {
    EXPECT_FALSE(NameLooksSecret(name)) << name;
  }
}

TEST(MaskerTest, TheNamesOfTheUserMatchInAnyCase) {
  const Masker masker({{"*_CODE", "a?c*"}});
  EXPECT_TRUE(masker.LooksSecret("door_code"));
  EXPECT_TRUE(masker.LooksSecret("ABCdef"));
  EXPECT_FALSE(masker.LooksSecret("CODES"));
  EXPECT_TRUE(Masker({{"**"}}).LooksSecret(""));
  EXPECT_FALSE(Masker({{""}}).LooksSecret("x"));
}

TEST(MaskingTest, HidesValuesOfSecretVariables) {
  EXPECT_EQ(ShownEnv("DB_PASSWORD=hunter2"), "DB_PASSWORD=••••");
  EXPECT_EQ(ShownEnv("DB_PASSWORD=a=b c"), "DB_PASSWORD=••••");
  EXPECT_EQ(ShownEnv("MONKEY=banana"), "MONKEY=banana");
  EXPECT_EQ(ShownEnv("DB_PASSWORD="), "DB_PASSWORD=");
  EXPECT_EQ(ShownEnv("DB_PASSWORD"), "DB_PASSWORD");
}

TEST(MaskingTest, KeepsPathsOfSecretFiles) {
  EXPECT_EQ(ShownEnv("DB_PASSWORD_FILE=/run/secrets/db"), "DB_PASSWORD_FILE=/run/secrets/db");
  EXPECT_EQ(ShownEnv("DB_PASSWORD_FILE=hunter2"), "DB_PASSWORD_FILE=••••");
}

TEST(MaskingTest, HidesWhatTheUserNames) {
  EXPECT_EQ(Shown("Env", {"DOOR_CODE=4711", "DOOR=1"}, {{"door_c*"}}), "DOOR_CODE=••••|DOOR=1");
}

TEST(MaskingTest, HidesCredentialsInUrls) {
  EXPECT_EQ(ShownEnv("URL=amqp://user:hunter2@mq:5672/x"), "URL=amqp://user:••••@mq:5672/x");
  EXPECT_EQ(ShownEnv("URL=redis://:hunter2@cache/0"), "URL=redis://:••••@cache/0");
  EXPECT_EQ(ShownEnv("URL=https://hunter2@git.example/x"), "URL=https://••••@git.example/x");
  EXPECT_EQ(ShownEnv("URL=ssh://git@host/x"), "URL=ssh://git@host/x");
  EXPECT_EQ(ShownEnv("URL=http://h/x?a=1&token=hunter2&b=2"), "URL=http://h/x?a=1&token=••••&b=2");
  EXPECT_EQ(ShownEnv("URL=http://h:80/x@1"), "URL=http://h:80/x@1");
  EXPECT_EQ(ShownEnv("URL=u:hunter2@tcp(db:3306)/x"), "URL=u:••••@tcp(db:3306)/x");
  for (const char* password : {"hunt/er2", "hunt'er2", "hunt@er2", "hunt#er2", "hunt?er2", "hunt\"er2"}) {
    EXPECT_THAT(ShownEnv(std::string("URL=postgres://u:") + password + "@db/x"), Not(HasSubstr("er2")))
        << password;
  }
}

TEST(MaskingTest, HidesSecretsOfArguments) {
  EXPECT_EQ(Shown("Args", {"--password=hunter2"}), "--password=••••");
  EXPECT_EQ(Shown("Args", {"--password=hunter 2"}), "--password=••••");
  EXPECT_EQ(Shown("Args", {"--password", "hunter2", "serve"}), "--password|••••|serve");
  EXPECT_EQ(Shown("Args", {"--auth", "--verbose"}), "--auth|--verbose");
  EXPECT_EQ(Shown("Args", {"-u", "bob:hunter2"}), "-u|bob:••••");
  EXPECT_EQ(Shown("Args", {"--user", "1000:1000"}), "--user|1000:1000");
  EXPECT_EQ(Shown("Command", {"sh", "-c", "app --token hunter2 --port 80"}),
            "sh|-c|app --token •••• --port 80");
  EXPECT_EQ(Shown("Command", {"sh", "-c", "app --password='hunter 2' run"}),
            "sh|-c|app --password='••••' run");
  EXPECT_EQ(Shown("Args", {"--upstream", "auth:8080"}), "--upstream|auth:8080");
}

TEST(MaskingTest, HidesPasswordsThatProgramsTakeWithoutANameForThem) {
  EXPECT_EQ(Shown("Args", {"-pSECRET"}), "-p••••");
  EXPECT_EQ(Shown("Args", {"-phunter2"}), "-p••••");
  EXPECT_EQ(Shown("Args", {"mysqladmin", "ping", "-psecret"}), "mysqladmin|ping|-p••••");
  EXPECT_EQ(Shown("Test", {"CMD-SHELL", "mysql -uroot -psecret -e 'select 1'"}),
            "CMD-SHELL|mysql -uroot -p•••• -e 'select 1'");
  EXPECT_EQ(Shown("Args", {"redis-cli", "-a", "hunter2", "ping"}), "redis-cli|-a|••••|ping");
  EXPECT_EQ(Shown("Test", {"CMD-SHELL", "/usr/bin/redis-cli -a hunter2 ping"}),
            "CMD-SHELL|/usr/bin/redis-cli -a •••• ping");
  EXPECT_EQ(Shown("Args", {"mongosh", "-p", "hunter2"}), "mongosh|-p|••••");
  for (const char* innocent : {"-p8080", "-p8080:80", "-path", "-port=80", "-pprof", "-p", "-p2p", "-a"}) {
    EXPECT_EQ(Shown("Args", {innocent, "x"}), std::string(innocent) + "|x");
  }
}

TEST(MaskingTest, HidesTheUrlsOfWebhooks) {
  EXPECT_EQ(ShownEnv("HOOK=https://hooks.slack.com/services/T0/B0/hunter2"),
            "HOOK=https://hooks.slack.com/services/••••");
  EXPECT_EQ(Shown("Args", {"--post", "https://discord.com/api/webhooks/1/hunter2", "x"}),
            "--post|https://discord.com/api/webhooks/••••|x");
  EXPECT_EQ(ShownEnv("HOOK=https://w.webhook.office.com/webhookb2/hunter2 x"),
            "HOOK=https://w.webhook.office.com/•••• x");
  EXPECT_EQ(ShownEnv("BOT=https://api.telegram.org/bot1:hunter2/send"),
            "BOT=https://api.telegram.org/bot••••");
  EXPECT_EQ(ShownEnv("FLOW=https://p.westeurope.logic.azure.com:443/workflows/1/triggers/manual/paths/"
                     "invoke?api-version=2016-06-01&sp=%2Frun&sv=1.0&sig=hunter2"),
            "FLOW=https://p.westeurope.logic.azure.com:443/workflows/1/triggers/manual/paths/"
            "invoke?api-version=2016-06-01&sp=%2Frun&sv=1.0&sig=••••");
}

TEST(LabelLooksSecretTest, JudgesByWhatTheValueIs) {
  for (const char* name :
       {"traefik.http.middlewares.site.basicauth.users", "traefik.http.middlewares.a.digestAuth.users",
        "traefik.http.middlewares.x.headers.customrequestheaders.Authorization",
        "traefik.http.middlewares.x.plugin.crowdsec.apiKey", "caddy.basic_auth.bob", "api.token",
        "db-password", "com.example.auth", "api.token.prod", "auth"}) {
    EXPECT_TRUE(LabelLooksSecret(name)) << name;
  }
  for (const char* name :
       {"traefik.http.routers.auth.rule", "traefik.http.middlewares.auth.forwardauth.address",
        "traefik.http.middlewares.auth.forwardauth.authResponseHeaders",
        "traefik.http.services.token.loadbalancer.server.port",
        "traefik.http.middlewares.site.basicauth.usersfile", "traefik.http.middlewares.site.basicauth.realm",
        "com.example.auth.enabled", "traefik.enable"}) {
    EXPECT_FALSE(LabelLooksSecret(name)) << name;
  }
}

TEST(MaskingTest, HidesHeadersOfHealthchecks) {
  json spec = {{"TaskTemplate",
                {{"ContainerSpec",
                  {{"Healthcheck",
                    {{"Test",
                      {"CMD-SHELL",
                       "curl -H 'Authorization: Bearer hunter2' -H \"X-Api-Key:hunter2\" http://h/"}}}}}}}}};
  Masker(MaskOptions{}).MaskSpec(spec);
  const auto test =
      ShowMasked(spec["TaskTemplate"]["ContainerSpec"]["Healthcheck"]["Test"][1].get<std::string>());
  EXPECT_EQ(test.text, "curl -H 'Authorization: ••••' -H \"X-Api-Key:••••\" http://h/");
  EXPECT_TRUE(test.masked);
}

TEST(MaskingTest, HidesSecretsInJsonAndKeys) {
  EXPECT_EQ(ShownEnv("CONF={\"user\":\"bob\",\"password\":\"hunter2\",\"x\":1}"),
            "CONF={\"user\":\"bob\",\"password\":\"••••\",\"x\":1}");
  EXPECT_THAT(ShownEnv("PEM=-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----"),
              Not(HasSubstr("hunter2")));
}

TEST(MaskingTest, HidesValuesOfLabelsAndOptions) {
  json spec = {
      {"Labels", {{"api.token", "hunter2"}, {"plain", "x"}}},
      {"TaskTemplate",
       {{"LogDriver", {{"Name", "splunk"}, {"Options", {{"splunk-token", "hunter2"}}}}},
        {"ContainerSpec",
         {{"Image", "auth:1"},
          {"Labels", {{"db-password", "hunter2"}}},
          {"Secrets", {{{"SecretName", "db_password"}, {"SecretID", "abc"}}}},
          {"Mounts",
           {{{"Target", "/x"},
             {"VolumeOptions",
              {{"DriverConfig", {{"Options", {{"o", "username=u,password=hunter2,uid=1"}}}}}}}}}}}}}}};
  Masker(MaskOptions{}).MaskSpec(spec);
  EXPECT_THAT(spec.dump(), Not(HasSubstr("hunter2")));
  EXPECT_EQ(spec["Labels"]["plain"], "x");
  const json& container = spec["TaskTemplate"]["ContainerSpec"];
  EXPECT_EQ(container["Image"], "auth:1");
  EXPECT_EQ(container["Secrets"][0]["SecretName"], "db_password");
}

TEST(MaskingTest, KeepsTellingChangedFromUnchanged) {
  const Masker masker(MaskOptions{});
  const auto masked = [&](const char* value) {
    std::map<std::string, std::string> labels = {{"token", value}};
    masker.MaskLabels(labels);
    return labels["token"];
  };
  EXPECT_EQ(masked("a"), masked("a"));
  EXPECT_NE(masked("a"), masked("b"));
  EXPECT_EQ(masked("a").size(), 18u);
}

TEST(MaskingTest, HasAKeyOfItsOwnForEachProcess) {
  std::map<std::string, std::string> one = {{"token", "a"}};
  std::map<std::string, std::string> other = one;
  Masker(MaskOptions{}).MaskLabels(one);
  Masker(MaskOptions{}).MaskLabels(other);
  EXPECT_NE(one, other);
}

TEST(MaskingTest, LeavesTheEnginesWordsButNotTheirSecrets) {
  const Masker masker(MaskOptions{});
  const std::string words = "invalid auth token: expired; No such image: x:1";
  EXPECT_EQ(masker.MaskMessage(words), words);
  EXPECT_EQ(ShowMasked(masker.MaskMessage("Get https://u:hunter2@r/v2/: no")).text,
            "Get https://u:••••@r/v2/: no");
  EXPECT_EQ(ShowMasked(masker.MaskMessage("exec: --password=hunter2: no")).text, "exec: --password=•••• no");
}

TEST(ShowMaskedTest, SaysWhetherAnythingIsHidden) {
  EXPECT_FALSE(ShowMasked("plain").masked);
  EXPECT_EQ(ShowMasked("plain").text, "plain");
  EXPECT_EQ(ShowMasked("cut off \x02 abc").text, "cut off ••••");
  EXPECT_EQ(WithoutMarkerCharacters("a\x02z\x03z"), "a?z?z");
}

}  // namespace
}  // namespace swarmbell
