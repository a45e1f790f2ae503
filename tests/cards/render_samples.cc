// render_samples FOLDER: writes each sample card as FOLDER/slack/NAME.json, teams/NAME.json,
// terminal/NAME.ansi and terminal/NAME.txt, for the checks and the gallery.
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

bool WriteAll(const std::filesystem::path& folder) {
  bool good = true;
  for (const swarmbell::Sample& sample : swarmbell::Samples()) {
    good = WriteCard(folder, sample.rule, swarmbell::BuildCard(swarmbell::SampleGroup(sample), {})) && good;
  }
  const swarmbell::Sample linked = swarmbell::Samples().front();
  good = WriteCard(folder, "z-with-links",
                   swarmbell::BuildCard(swarmbell::SampleGroup(linked), swarmbell::SampleLinks())) &&
         good;
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
