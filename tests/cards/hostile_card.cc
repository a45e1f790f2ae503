#include "tests/cards/hostile_card.h"

#include "notifier/cards/build_card.h"

namespace swarmbell {
namespace {

v1::FieldChange* AddField(v1::ChangeEvent& event, const std::string& name, const std::string& before,
                          const std::string& after) {
  v1::FieldChange* field = event.mutable_service_task_template_changed()->add_fields();
  field->set_group("Environment");
  field->set_name(name);
  field->set_kind(v1::FIELD_CHANGE_KIND_CHANGED);
  field->set_previous_value(before);
  field->set_current_value(after);
  return field;
}

v1::ChangeEvent Event(const std::string& name) {
  v1::ChangeEvent event;
  event.set_action(v1::ACTION_UPDATED);
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_SERVICE);
  event.mutable_resource()->set_id("x4k9wq2mzt7vbn1hcd8rsy3fe");
  event.mutable_resource()->set_name(name);
  event.mutable_cluster()->set_name("*prod* <!here>");
  event.mutable_observer()->set_hostname("manager_01_");
  event.mutable_observe_time()->set_seconds(1795351445);
  return event;
}

Card CardOf(const v1::ChangeEvent& event) {
  AlertGroup group;
  group.color = Color::kYellow;
  group.alerts.push_back({event, "rule", Color::kYellow, {"receiver"}, ""});
  return BuildCard(group, {});
}

Card Markup() {
  v1::ChangeEvent event = Event("very-long-stack-name_very-long-service-name");
  AddField(event, "GREETING", "*bold* _it_ ~x~ `c`", "<!channel> & <b>");
  AddField(event, "PING", "<@U012AB3CD>", "@here :fire: {{DATE(2017-02-14T06:08:39Z)}}");
  AddField(event, "DATABASE_URL", "postgres://shop:••••@db-01.internal.example.com:5432/shop?sslmode=require",
           "postgres://shop:••••@db-02.internal.example.com:5432/shop?sslmode=require&pool_size=20");
  AddField(event, "A_VERY_LONG_ENVIRONMENT_VARIABLE_NAME", "no", "yes");
  AddField(event, "ESCAPE", "\x1b[31mred\x1b[0m\a", "line one\nline two\ttabbed");
  AddField(event, "BROKEN", "\xff\xfe\xc3(", "caf\xc3\xa9");
  AddField(event, "DIRECTION", "שלום עולם", "\xe2\x80\xaetxt.exe");
  AddField(event, "WIDE", "日本語", "emoji 👩‍💻🔥");
  v1::FieldChange* removed = AddField(event, "EMPTY", "", "");
  removed->set_kind(v1::FIELD_CHANGE_KIND_REMOVED);
  removed->clear_current_value();
  Card card = CardOf(event);
  card.sections.push_back(FactsSection{{{"*label*", "_value_ :smile:"}, {"Plain", "value"}}});
  card.sections.push_back(QuoteSection{"Error", "line <!everyone>\n> quoted\n```code```\n- list\n# heading"});
  card.sections.push_back(MetaSection{{"*minor*", "<https://example.com|click>"}});
  return card;
}

Card Many(int count, std::size_t length) {
  v1::ChangeEvent event = Event("shop_api");
  for (int i = 0; i < count; ++i) {
    AddField(event, "VARIABLE_" + std::to_string(i), std::string(length, 'a'), std::string(length, 'b'));
  }
  return CardOf(event);
}

Card LongTitle() {
  Card card = CardOf(Event(std::string(400, 'n')));
  card.subtitle = std::string(4000, 's');
  return card;
}

Card ManySections() {
  Card card = CardOf(Event("shop_api"));
  for (int i = 0; i < 60; ++i) card.sections.push_back(QuoteSection{"Part " + std::to_string(i), "text"});
  return card;
}

}  // namespace

std::map<std::string, Card> HostileCards() {
  return {{"hostile-markup", Markup()},      {"hostile-many", Many(500, 12)},
          {"hostile-long", Many(3, 10'000)}, {"hostile-many-long", Many(500, 10'000)},
          {"hostile-title", LongTitle()},    {"hostile-sections", ManySections()}};
}

}  // namespace swarmbell
