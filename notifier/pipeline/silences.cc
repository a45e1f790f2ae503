#include "notifier/pipeline/silences.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/change/change_field.h"
#include "common/settings/setting.h"
#include "common/time/proto_time.h"
#include "notifier/alert/conditions.h"
#include "notifier/config/match_text.h"
#include "notifier/rules/match.h"

namespace swarmbell {
namespace {

constexpr int kMostLines = 30;        // of what one silence kept back
constexpr int kMostConditions = 100;  // that began in one silence
constexpr std::size_t kMostReported = 200;

bool IsAboutSilence(const v1::ChangeEvent& event) {
  return event.has_silence_started() || event.has_silence_ended();
}

// Checks a text from a person; `what` begins the error.
absl::Status CheckText(const std::string& text, const char* what, std::size_t longest) {
  if (text.size() > longest) {
    return absl::InvalidArgumentError(absl::StrCat(what, " has more than ", longest, " bytes; shorten it"));
  }
  if (!IsUtf8(text)) return absl::InvalidArgumentError(absl::StrCat(what, " is not UTF-8"));
  return absl::OkStatus();
}

absl::Status CheckPerson(const std::string& by) {
  if (by.empty()) return absl::InvalidArgumentError("cannot tell who asks for it: set `by`");
  return CheckText(by, "the name of the person", kLongestPerson);
}

absl::Status CheckSilence(const v1::Silence& silence) {
  if (absl::Status by = CheckPerson(silence.by()); !by.ok()) return by;
  if (absl::Status why = CheckText(silence.because(), "the reason", kLongestReason); !why.ok()) return why;
  if (absl::Status match = CheckText(silence.match(), "the match", kLongestMatch); !match.ok()) return match;
  const absl::Duration length = FromProto(silence.end_time()) - FromProto(silence.start_time());
  if (length < kShortestSilence || length > kLongestSilence) {
    return absl::InvalidArgumentError(
        "cannot silence for that long: say a second at least and 30 days (720h) at most");
  }
  return absl::OkStatus();
}

// An event about the silence. Its identifier is the same at every notifier.
v1::ChangeEvent SilenceEvent(const v1::Silence& silence, const char* what, absl::Time now) {
  v1::ChangeEvent event;
  event.set_event_id(absl::StrCat(what, ":", silence.id()));
  *event.mutable_observe_time() = ToProto(now);
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_SILENCE);
  event.mutable_resource()->set_id(silence.id());
  event.mutable_resource()->set_name(silence.match());
  return event;
}

// `14:05 CET`; with the date if that is not within a day.
std::string UntilWords(absl::Time end, absl::Time now) {
  const char* form = end - now < absl::Hours(24) ? "%H:%M %Z" : "%Y-%m-%d %H:%M %Z";
  return absl::FormatTime(form, end, absl::LocalTimeZone());
}

// `silenced by alice until 14:05 CET: deploying`
std::string WhySilenced(const v1::Silence& silence, absl::Time now) {
  return absl::StrCat("silenced by ", silence.by(), " until ", UntilWords(FromProto(silence.end_time()), now),
                      silence.because().empty() ? "" : ": ", silence.because());
}

v1::SilencedChanges* FindLine(v1::StoredSilence& stored, const v1::ChangeEvent& event,
                              const std::string& rule) {
  for (v1::SilencedChanges& line : *stored.mutable_changes()) {
    const bool same = line.kind() == event.resource().kind() && line.name() == event.resource().name();
    if (same && line.rule() == rule) return &line;
  }
  return nullptr;
}

void Count(v1::StoredSilence& stored, const v1::ChangeEvent& event, const std::string& rule) {
  v1::Silence& silence = *stored.mutable_silence();
  silence.set_silenced_changes(silence.silenced_changes() + 1);
  v1::SilencedChanges* line = FindLine(stored, event, rule);
  if (line == nullptr) {
    if (stored.changes_size() >= kMostLines) return;
    line = stored.add_changes();
    line->set_kind(event.resource().kind());
    line->set_name(event.resource().name());
    line->set_rule(rule);
  }
  line->set_changes(line->changes() + 1);
}

bool Has(const std::vector<std::string>& keys, const std::string& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

// True if any of the conditions began in the silence: they are over.
bool EraseConditions(const std::vector<std::string>& keys, v1::StoredSilence& stored) {
  auto& conditions = *stored.mutable_conditions();
  const auto over = std::remove_if(conditions.begin(), conditions.end(),
                                   [&](const auto& condition) { return Has(keys, condition.key()); });
  const bool any = over != conditions.end();
  conditions.erase(over, conditions.end());
  return any;
}

// Remembers a condition that began; only a red one is posted later. Where there is no room, those that are
// not red make it.
void AddCondition(const std::string& key, const v1::ChangeEvent& event, Color color,
                  v1::StoredSilence& stored) {
  EraseConditions({key}, stored);
  auto& conditions = *stored.mutable_conditions();
  if (conditions.size() >= kMostConditions) {
    const auto spare = std::find_if(conditions.begin(), conditions.end(),
                                    [](const auto& condition) { return !condition.has_event(); });
    if (spare == conditions.end()) return;
    conditions.erase(spare);
  }
  v1::SilencedCondition& condition = *conditions.Add();
  condition.set_key(key);
  if (color == Color::kRed) *condition.mutable_event() = event;
}

// The removal without the alarms that were silenced: nobody has seen them begin.
v1::ChangeEvent WithoutSilenced(v1::ChangeEvent event, const std::vector<std::string>& ended,
                                const v1::StoredSilence& silence) {
  auto& alarms = *event.mutable_ended_alarms();
  const auto is_silenced = [&](const v1::EndedAlarm& alarm) {
    return std::any_of(silence.conditions().begin(), silence.conditions().end(),
                       [&](const v1::SilencedCondition& condition) {
                         return Has(ended, condition.key()) &&
                                ChangeName(condition.event()) == alarm.change();
                       });
  };
  alarms.erase(std::remove_if(alarms.begin(), alarms.end(), is_silenced), alarms.end());
  return event;
}

}  // namespace

absl::Time Silences::Record::Start() const { return FromProto(stored.silence().start_time()); }
absl::Time Silences::Record::End() const { return FromProto(stored.silence().end_time()); }
bool Silences::Record::IsInForce(absl::Time now) const { return !stored.over() && now < End(); }

StageResult Silences::Pass(const PassingChange& change, const Moment& at, HandOn next) {
  if (IsAboutSilence(*change.event)) return PassOn(change, next);
  const absl::Time now = Now(at);
  const std::vector<std::string> ended = ConditionsEndedBy(*change.event);
  const std::optional<absl::Time> began = BeginOfEnded(*change.event);
  const bool forgotten = ForgetReported(ended);
  const bool was_reported = forgotten && (began || EndsSilently(*change.event));
  Record* begun_in = FindBegun(ended, now);
  PassingChange on = change;
  std::optional<v1::ChangeEvent> removal;
  if (begun_in != nullptr && change.event->ended_alarms_size() > 0)
    on.event = &removal.emplace(WithoutSilenced(*change.event, ended, begun_in->stored));
  const v1::ChangeEvent& event = *on.event;
  Record* record = FindFor(event, now);
  // A removal or a failure is news of its own.
  if (record == nullptr && began) record = begun_in;
  if (begun_in != nullptr) EraseConditions(ended, begun_in->stored);
  if (record == nullptr) {
    Remember(event, now);
    return PassOn(on, next);
  }
  const std::optional<Alert> alert = options_.evaluate(event, now);
  if (!alert || IsHandled(event, *alert)) return PassOn(on, next);
  if (was_reported || (begun_in == nullptr && began && *began < record->Start())) {
    return PassOn(on, next, "it ends a condition that was reported before the silence");
  }
  why_ = WhySilenced(record->stored.silence(), now);
  return Drop(event, *alert, *record);
}

StageResult Silences::Drop(const v1::ChangeEvent& event, const Alert& alert, Record& record) {
  Count(record.stored, event, alert.rule);
  for (const std::string& key : ConditionsBegunBy(event))
    AddCondition(key, event, alert.color, record.stored);
  for (const std::string& receiver : alert.receivers) handled_.Add(HandledMark(event.event_id(), receiver));
  if (options_.on_silenced) options_.on_silenced(alert);
  return {StageResult::Kind::kDropped, why_, true};
}

Silences::Record* Silences::FindFor(const v1::ChangeEvent& event, absl::Time now) {
  if (records_.empty() || IsAboutSilence(event)) return nullptr;
  const Transition transition = TransitionOf(event);
  for (auto& [id, record] : records_) {
    if (record.IsInForce(now) && Matches(record.match, event, transition)) return &record;
  }
  return nullptr;
}

Silences::Record* Silences::FindBegun(const std::vector<std::string>& conditions, absl::Time now) {
  if (conditions.empty()) return nullptr;
  for (auto& [id, record] : records_) {
    if (!record.IsInForce(now)) continue;
    for (const v1::SilencedCondition& condition : record.stored.conditions()) {
      if (Has(conditions, condition.key())) return &record;
    }
  }
  return nullptr;
}

bool Silences::ForgetReported(const std::vector<std::string>& conditions) {
  if (conditions.empty()) return false;
  return std::erase_if(reported_, [&](const std::string& key) { return Has(conditions, key); }) > 0;
}

// A red change that passes is reported: its end must pass as well, also in a silence that begins later.
void Silences::Remember(const v1::ChangeEvent& event, absl::Time now) {
  const std::vector<std::string> keys = ConditionsBegunBy(event);
  if (keys.empty() || Has(reported_, keys.front())) return;
  const std::optional<Alert> alert = options_.evaluate(event, now);
  if (!alert || alert->color != Color::kRed) return;
  for (const std::string& key : keys) {
    if (Has(reported_, key)) continue;
    if (reported_.size() >= kMostReported) reported_.erase(reported_.begin());
    reported_.push_back(key);
  }
}

bool Silences::IsHandled(const v1::ChangeEvent& event, const Alert& alert) const {
  return std::all_of(alert.receivers.begin(), alert.receivers.end(), [&](const std::string& receiver) {
    return handled_.Has(HandledMark(event.event_id(), receiver));
  });
}

void Silences::Tick(const Moment& at, HandOn next) {
  const absl::Time now = Now(at);
  for (auto& [id, record] : records_) {
    if (!std::exchange(record.announced, true)) {
      v1::ChangeEvent started = SilenceEvent(record.stored.silence(), "silence-started", now);
      started.set_action(v1::ACTION_CREATED);
      *started.mutable_silence_started()->mutable_silence() = record.stored.silence();
      next({.event = &started, .own = true});
    }
    if (!record.stored.over() && now >= record.End()) ReportEnd(record, now, next);
  }
  std::erase_if(records_, [&](const auto& entry) {
    const v1::StoredSilence& stored = entry.second.stored;
    return stored.over() && now >= FromProto(stored.planned_end_time());
  });
}

void Silences::ReportEnd(Record& record, absl::Time now, HandOn next) {
  v1::StoredSilence& stored = record.stored;
  stored.set_over(true);
  const auto conditions = std::exchange(*stored.mutable_conditions(), {});
  for (const v1::SilencedCondition& condition : conditions) {
    const auto alert = condition.has_event() ? options_.evaluate(condition.event(), now) : std::nullopt;
    v1::SilencedChanges* line = alert ? FindLine(stored, condition.event(), alert->rule) : nullptr;
    if (line != nullptr) line->set_lasts(true);
  }
  v1::ChangeEvent ended = SilenceEvent(stored.silence(), "silence-ended", now);
  ended.set_action(v1::ACTION_REMOVED);
  v1::SilenceEnded& details = *ended.mutable_silence_ended();
  *details.mutable_silence() = stored.silence();
  details.set_ended_by(stored.ended_by());
  *details.mutable_changes() = stored.changes();
  stored.clear_changes();
  next({.event = &ended, .own = true});
  std::set<std::string> seen;  // a change may have begun several
  for (const v1::SilencedCondition& condition : conditions) {
    if (!condition.has_event() || !seen.insert(condition.event().event_id()).second) continue;
    v1::ChangeEvent event = condition.event();
    event.set_event_id(absl::StrCat("after-silence:", stored.silence().id(), ":", event.event_id()));
    // Another silence may be for it too.
    Pass({.event = &event, .own = true}, {now, 0}, next);
  }
}

absl::StatusOr<v1::Silence> Silences::Begin(v1::Silence silence) {
  for (std::string* text : {silence.mutable_match(), silence.mutable_by(), silence.mutable_because()}) {
    absl::StripAsciiWhitespace(text);
  }
  if (absl::Status good = CheckSilence(silence); !good.ok()) return good;
  absl::StatusOr<MatchConfig> match = ParseMatchText(silence.match());
  if (!match.ok()) return match.status();
  const auto active = std::count_if(records_.begin(), records_.end(),
                                    [](const auto& entry) { return !entry.second.stored.over(); });
  if (static_cast<std::size_t>(active) >= kMostSilences) {
    return absl::ResourceExhaustedError(
        absl::StrCat("there are ", kMostSilences, " silences already; end one of them first"));
  }
  Record record;
  *record.stored.mutable_planned_end_time() = silence.end_time();
  *record.stored.mutable_silence() = silence;
  record.match = *std::move(match);
  if (!records_.emplace(silence.id(), std::move(record)).second) {
    return absl::AlreadyExistsError("another silence has the same identifier; try again");
  }
  EvictOver();
  return silence;
}

absl::StatusOr<v1::Silence> Silences::End(const std::string& id, const std::string& by, absl::Time now) {
  if (absl::Status person = CheckPerson(by); !person.ok()) return person;
  const auto found = records_.find(id);
  if (found == records_.end() || !found->second.IsInForce(now)) {
    std::vector<std::string> known;
    for (const v1::Silence& silence : InForce(now)) known.push_back(silence.id());
    return absl::NotFoundError(
        absl::StrCat("no silence ", Quoted(id), " is in force", DidYouMean(id.substr(0, 16), known)));
  }
  v1::StoredSilence& stored = found->second.stored;
  *stored.mutable_silence()->mutable_end_time() = ToProto(now);
  stored.set_ended_by(by);
  return stored.silence();
}

std::vector<v1::Silence> Silences::InForce(absl::Time now) const {
  std::vector<v1::Silence> silences;
  for (const auto& [id, record] : records_) {
    if (record.IsInForce(now)) silences.push_back(record.stored.silence());
  }
  std::stable_sort(silences.begin(), silences.end(), [](const auto& one, const auto& two) {
    return FromProto(one.end_time()) < FromProto(two.end_time());
  });
  return silences;
}

std::string Silences::IdFor(const v1::ChangeEvent& event, absl::Time now) {
  const Record* record = FindFor(event, Now({now, 0}));
  return record == nullptr ? "" : record->stored.silence().id();
}

std::optional<absl::Time> Silences::NextEnd() const {
  std::optional<absl::Time> next;
  for (const auto& [id, record] : records_) {
    const absl::Time end = record.stored.over() ? FromProto(record.stored.planned_end_time()) : record.End();
    if (!next || end < *next) next = end;
  }
  return next;
}

std::vector<v1::StoredSilence> Silences::Stored() const {
  std::vector<v1::StoredSilence> stored;
  stored.reserve(records_.size());
  for (const auto& [id, record] : records_) stored.push_back(record.stored);
  return stored;
}

void Silences::Restore(const v1::NotifierState& stored) {
  for (const v1::StoredSilence& silence : stored.silences()) RestoreOne(silence);
  for (const std::string& key : stored.reported_conditions()) {
    if (reported_.size() < kMostReported && !Has(reported_, key)) reported_.push_back(key);
  }
}

void Silences::RestoreOne(const v1::StoredSilence& stored) {
  if (!CheckText(stored.silence().match(), "", kLongestMatch).ok()) return;
  absl::StatusOr<MatchConfig> match = ParseMatchText(stored.silence().match());
  if (!match.ok() || records_.size() >= 2 * kMostSilences) return;
  const auto [place, is_new] = records_.try_emplace(stored.silence().id());
  Record& record = place->second;
  record.announced = true;
  if (is_new) {
    record.stored = stored;
    record.match = *std::move(match);
    return;
  }
  const v1::StoredSilence mine = record.stored;
  if (stored.silence().silenced_changes() > mine.silence().silenced_changes()) record.stored = stored;
  const bool ends_first = FromProto(stored.silence().end_time()) < FromProto(mine.silence().end_time());
  const v1::StoredSilence& ender = ends_first ? stored : mine;
  *record.stored.mutable_silence()->mutable_end_time() = ender.silence().end_time();
  record.stored.set_ended_by(ender.ended_by());
  record.stored.set_over(mine.over() || stored.over());
}

void Silences::EvictOver() {
  while (records_.size() > 2 * kMostSilences) {
    const auto over = std::find_if(records_.begin(), records_.end(),
                                   [](const auto& entry) { return entry.second.stored.over(); });
    if (over == records_.end()) return;
    records_.erase(over);
  }
}

}  // namespace swarmbell
