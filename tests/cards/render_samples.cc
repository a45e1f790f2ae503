// render_samples FOLDER: writes each sample card as FOLDER/slack/NAME.json, teams/NAME.json,
// terminal/NAME.ansi and terminal/NAME.txt, for the checks and the gallery.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "notifier/cards/build_card.h"
#include "notifier/cards/samples.h"
#include "notifier/chat/console/console.h"
#include "notifier/chat/slack/slack.h"
#include "notifier/chat/teams/teams.h"
#include "tests/cards/hostile_card.h"

namespace {

using swarmbell::Card;

bool Write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  return file.good();
}

bool WriteCard(const std::filesystem::path& folder, const std::string& name, const Card& card) {
  return Write(folder / "slack" / (name + ".json"), swarmbell::RenderSlack(card)) &&
         Write(folder / "teams" / (name + ".json"), swarmbell::RenderTeams(card)) &&
         Write(folder / "terminal" / (name + ".ansi"), swarmbell::RenderTerminal(card, {true, 84})) &&
         Write(folder / "terminal" / (name + ".txt"), swarmbell::RenderTerminal(card, {false, 84}));
}

// A red card that answers everything: what, since when, why, what changed just before, what to type.
Card FiveAnswers() {
  using swarmbell::Samples;
  const auto samples = Samples();
  const auto paused = std::find_if(samples.begin(), samples.end(), [](const swarmbell::Sample& sample) {
    return sample.rule == "update-paused";
  });
  Card card = swarmbell::BuildCard(swarmbell::SampleGroup(*paused), swarmbell::SampleLinks());
  card.sections.push_back(swarmbell::OutputSection{
      "Last lines of shop_api.2",
      {"2026-11-22T12:43:58Z INFO  listening on :8080", "Traceback (most recent call last):",
       "  File \"/app/db.py\", line 41, in connect", "    return psycopg.connect(dsn, connect_timeout=5)",
       "psycopg.OperationalError: connection to \"db-01\" (password ••••) refused"},
      ""});
  card.sections.push_back(swarmbell::FactsSection{{{"40 s before", "image 2.4.1 → 2.5.0, by alice"},
                                                   {"12 min before", "config shop_api_settings_v7 replaced"}},
                                                  "Just before"});
  card.commands = {"docker service ps --no-trunc shop_api", "docker service rollback shop_api"};
  return card;
}

// The same where there is no output to show.
Card NoOutput() {
  Card card = FiveAnswers();
  card.sections.push_back(
      swarmbell::OutputSection{"Last lines", {}, "none: the logging driver gelf cannot be read"});
  return card;
}

bool WriteAll(const std::filesystem::path& folder) {
  bool good = true;
  for (const swarmbell::Sample& sample : swarmbell::Samples()) {
    good = WriteCard(folder, sample.rule, swarmbell::BuildCard(swarmbell::SampleGroup(sample), {})) && good;
  }
  const swarmbell::Sample linked = swarmbell::Samples().front();
  good = WriteCard(folder, "z-with-links",
                   swarmbell::BuildCard(swarmbell::SampleGroup(linked), swarmbell::SampleLinks())) &&
         good;
  good = WriteCard(folder, "five-answers", FiveAnswers()) && good;
  good = WriteCard(folder, "z-no-output", NoOutput()) && good;
  for (const auto& [name, card] : swarmbell::HostileCards()) good = WriteCard(folder, name, card) && good;
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: render_samples FOLDER\n";
    return 2;
  }
  if (WriteAll(argv[1])) return 0;
  std::cerr << "could not write into " << argv[1] << "\n";
  return 1;
}
