// render_samples FOLDER: writes each sample card as FOLDER/slack/NAME.json, teams/NAME.json,
// terminal/NAME.ansi and terminal/NAME.txt, and the messages of a bot, which change, as FOLDER/bot/NAME.json;
// for the checks and the gallery.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "notifier/cards/build_card.h"
#include "notifier/cards/samples.h"
#include "notifier/chat/console/console.h"
#include "notifier/chat/slack/slack.h"
#include "notifier/chat/teams/teams.h"
#include "notifier/delivery/story_card.h"
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

swarmbell::Alert AlertOf(const std::string& rule) {
  for (const swarmbell::Sample& sample : swarmbell::Samples()) {
    if (sample.rule == rule) return swarmbell::SampleGroup(sample).alerts.front();
  }
  throw std::invalid_argument("there is no sample of rule " + rule);
}

// One message of a bot, as it is after each of these changes; `updated` tasks have been updated if the update
// is in progress.
Card BotMessage(const std::vector<std::string>& rules, std::uint32_t updated) {
  swarmbell::LivingMessage message;
  for (const std::string& rule : rules) {
    swarmbell::Alert alert = AlertOf(rule);
    // All of one run.
    if (alert.event.has_service_update_state_changed()) {
      alert.event.mutable_service_update_state_changed()->mutable_start_time()->set_seconds(1795351403);
    }
    const absl::Time time = absl::FromUnixSeconds(swarmbell::cards::TimeOf(alert.event));
    if (alert.color == swarmbell::Color::kRed) message.red = time - absl::Seconds(265);
    message.alerts.push_back(std::move(alert));
  }
  swarmbell::ProgressBySubject progress;
  if (updated > 0) {
    const swarmbell::v1::ChangeEvent& started = message.alerts.front().event;
    swarmbell::v1::ChangeEvent& shown = progress[started.resource().name()];
    *shown.mutable_resource() = started.resource();
    shown.mutable_service_update_progress()->set_updated_tasks(updated);
    shown.mutable_service_update_progress()->set_wanted_tasks(
        started.service_update_state_changed().wanted_tasks());
  }
  return swarmbell::StoryCard(message, progress, {});
}

bool WriteBotMessages(const std::filesystem::path& folder) {
  const auto write = [&folder](const std::string& name, const Card& card) {
    return Write(folder / "bot" / (name + ".json"), swarmbell::RenderSlack(card));
  };
  return write("1-rolling", BotMessage({"update-started"}, 1)) &&
         write("2-completed", BotMessage({"update-started", "update-completed"}, 0)) &&
         write("3-failed", BotMessage({"update-started", "update-paused"}, 0)) &&
         write("4-crash-loop", BotMessage({"task-crash-loop"}, 0)) &&
         write("5-recovered", BotMessage({"task-crash-loop", "crash-loop-over"}, 0)) &&
         write("6-step", swarmbell::StepCard({AlertOf("update-paused")}, {}));
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
  return WriteBotMessages(folder) && good;
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
