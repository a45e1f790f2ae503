// A change may hold any text of up to a megabyte. No card takes long to make of it, for any chat.

#include <gtest/gtest.h>

#include <string>

#include "notifier/cards/card.h"
#include "notifier/cards/joint_story.h"
#include "notifier/cards/links.h"
#include "notifier/cards/suggested_commands.h"
#include "notifier/cards/text.h"
#include "notifier/chat/console/console.h"
#include "notifier/chat/slack/slack.h"
#include "notifier/chat/teams/teams.h"
#include "tests/fakes/growth.h"

namespace swarmbell {
namespace {

TEST(LinearTimeTest, TextsOfCards) {
  for (const HostileShape& shape : HostileShapes()) {
    ExpectLinear(shape, [](const std::string& text) { cards::Printable(text); });
    ExpectLinear(shape, [](const std::string& text) { cards::WrapText(text, 60); });
    ExpectLinear(shape, [](const std::string& text) {
      cards::CutChars(text, 320);
      cards::LongestWord(text);
    });
    ExpectLinear(shape, [](const std::string& text) {
      cards::DisplayWidth(text);
      cards::HasRightToLeft(text);
    });
  }
}

TEST(LinearTimeTest, Links) {
  for (const HostileShape& shape : HostileShapes()) {
    ExpectLinear(shape, [](const std::string& text) {
      v1::ChangeEvent event;
      event.mutable_resource()->set_kind(v1::RESOURCE_KIND_SERVICE);
      event.mutable_resource()->set_name(text);
      cards::FillLinks(event, {{"Portainer", "service", "https://portainer.example/{name}/{id}"}});
      cards::InspectCommand(event.resource());
    });
  }
}

TEST(LinearTimeTest, SettingsThatServicesShare) {
  constexpr std::size_t kServices = 5;
  ExpectLinear({"labels", "x"}, [](const std::string& text) {
    v1::ChangeEvent event;
    for (std::size_t i = 0; i < text.size() / 300; ++i) {
      event.mutable_service_labels_changed()->add_fields()->set_name(std::to_string(i));
    }
    const AlertGroup service{"receiver", {{event, "rule", Color::kBlue, {"receiver"}, ""}}};
    const std::vector<AlertGroup> services(kServices, service);
    const cards::FieldChanges shared = cards::SharedFields(services);
    EXPECT_TRUE(cards::WithoutFields(service.alerts, shared).empty());
  });
}

// The text is in one place of a card; a quarter of its size, since a card looks at each text several times.
TEST(LinearTimeTest, CardsOfEachChat) {
  for (const HostileShape& shape : HostileShapes()) {
    const auto card = [](const std::string& whole) {
      const std::string text = whole.substr(0, whole.size() / 4);
      Card made;
      made.title = "Service api updated";
      DiffRow row;
      row.key = "NOTE";
      row.before = "before";
      row.after = text;
      DiffSection section;
      section.title = "Environment";
      section.rows.push_back(row);
      made.sections.push_back(section);
      return made;
    };
    ExpectLinear(shape, [&](const std::string& text) { RenderSlack(card(text)); });
    ExpectLinear(shape, [&](const std::string& text) { RenderTeams(card(text)); });
    ExpectLinear(shape, [&](const std::string& text) { RenderTerminal(card(text), {}); });
  }
}

}  // namespace
}  // namespace swarmbell
