#include <algorithm>
#include <string>
#include <vector>

#include "common/time/proto_time.h"
#include "notifier/cards/story.h"
#include "notifier/cards/words.h"

// The stories of silences: what a person does not want to hear, for how long, and what was kept back.
namespace swarmbell::cards {
namespace {

std::string LengthOf(const v1::Silence& silence) {
  return Between(silence.has_start_time(), silence.start_time(), silence.end_time());
}

// `by alice@laptop: deploying`
std::string ByAndWhy(const v1::Silence& silence) {
  return "by " + silence.by() + (silence.because().empty() ? "" : ": " + silence.because());
}

void Started(const v1::Silence& silence, Story& story) {
  story.rank = StoryRank::kShaped;
  const std::string length = LengthOf(silence);
  story.title = "Alerts for " + silence.match() + " are silenced" + (length.empty() ? "" : " for " + length);
  story.sentence = UpperFirst(ByAndWhy(silence)) + ". The end of what was reported before is still posted.";
  story.also = story.sentence;
  story.tail.push_back(TimeSection{"Until", silence.end_time().seconds()});
  AddFacts(story.tail, {{"End it early", "swarmbell-notifier --unsilence " + silence.id()}});
}

// `update-started 3 times, task-crash-loop (lasts, see its own alert)`
std::string RulesOf(const std::vector<const v1::SilencedChanges*>& lines) {
  std::vector<std::string> words;
  words.reserve(lines.size());
  for (const v1::SilencedChanges* line : lines) {
    std::string word = line->rule();
    if (line->changes() > 1) word += " " + std::to_string(line->changes()) + " times";
    if (line->lasts()) word += " (still so: its alert is posted now)";
    words.push_back(std::move(word));
  }
  return JoinSome(words, words.size());
}

// One row for each object, in the order in which they were first silenced; those with something that lasts
// come first.
DigestSection RowsOf(const v1::SilenceEnded& change) {
  struct Object {
    const v1::SilencedChanges* first;
    std::vector<const v1::SilencedChanges*> lines;
    bool lasts;
  };
  std::vector<Object> objects;
  for (const v1::SilencedChanges& line : change.changes()) {
    auto object = std::find_if(objects.begin(), objects.end(), [&line](const Object& one) {
      return one.first->kind() == line.kind() && one.first->name() == line.name();
    });
    if (object == objects.end()) object = objects.insert(objects.end(), {&line, {}, false});
    object->lines.push_back(&line);
    object->lasts = object->lasts || line.lasts();
  }
  std::stable_partition(objects.begin(), objects.end(), [](const Object& one) { return one.lasts; });
  DigestSection section;
  section.rows.reserve(objects.size());
  for (const Object& object : objects) {
    section.rows.push_back({object.lasts ? Color::kRed : Color::kBlue,
                            KindWord(object.first->kind()) + " " + object.first->name(),
                            RulesOf(object.lines)});
  }
  return section;
}

void Ended(const v1::SilenceEnded& change, Story& story) {
  const v1::Silence& silence = change.silence();
  std::uint64_t listed = 0;
  for (const v1::SilencedChanges& line : change.changes()) listed += line.changes();
  const std::uint64_t all = silence.silenced_changes();
  story.rank = StoryRank::kShaped;
  story.title = "The silence for " + silence.match() + " is over";
  const std::string length = LengthOf(silence);
  story.sentence =
      "Silenced " + (length.empty() ? "" : "for " + length + " ") + ByAndWhy(silence) + ". " +
      (change.ended_by().empty() ? "" : change.ended_by() + " ended it early. ") +
      (all == 0 ? "Nothing was kept back." : Counted(all, "alert was", "alerts were") + " not posted.");
  story.also = story.sentence;
  if (change.changes_size() > 0) story.lead.push_back(RowsOf(change));
  if (listed < all) AddMeta(story.tail, {Counted(all - listed, "alert is", "alerts are") + " not listed"});
}

}  // namespace

bool DescribeSilence(const v1::ChangeEvent& event, Story& story) {
  if (event.has_silence_started()) return Started(event.silence_started().silence(), story), true;
  if (event.has_silence_ended()) return Ended(event.silence_ended(), story), true;
  return false;
}

}  // namespace swarmbell::cards
