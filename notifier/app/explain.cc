#include "notifier/app/explain.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/file/file.h"
#include "common/time/proto_time.h"
#include "notifier/app/commands.h"
#include "notifier/cards/build_card.h"
#include "notifier/cards/text.h"
#include "notifier/chat/console/console.h"
#include "notifier/config/notifier_config.h"
#include "notifier/feed/receipt.h"
#include "notifier/pipeline/pipeline.h"
#include "notifier/rules/rule_set.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostBytes = std::size_t{16} << 20;
constexpr int kDeepest = 100;

// The text of the next object or list; empty at the end. Reads no byte beyond it: the stream may have none
// for a long time.
absl::StatusOr<std::string> NextValue(std::istream& in) {
  in >> std::ws;
  std::string text;
  int depth = 0;
  bool quoted = false;
  bool escaped = false;
  for (int next = in.get(); next != std::istream::traits_type::eof(); next = in.get()) {
    const char c = static_cast<char>(next);
    if (text.empty() && c != '{' && c != '[')
      return absl::InvalidArgumentError("it is no JSON object or list");
    if (text.size() == kMostBytes) return absl::ResourceExhaustedError("it is longer than 16 MiB");
    text.push_back(c);
    if (escaped) {
      escaped = false;
    } else if (quoted) {
      escaped = c == '\\';
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kDeepest) return absl::InvalidArgumentError("it is nested too deeply");
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return text;
    }
  }
  if (!text.empty()) return absl::InvalidArgumentError("it ends in the middle of a JSON value");
  return text;
}

bool HasNoChange(const Json& answer) {
  return answer.contains("opened") || answer.contains("progress") || answer.contains("gap") ||
         (answer.contains("cursor") && answer.size() == 1);
}

using OnChange = absl::FunctionRef<void(const v1::ChangeEvent&)>;

// Finds the changes in JSON values.
class ChangeReader {
 public:
  explicit ChangeReader(OnChange on_change) : on_change_(on_change) {}

  int count() const { return count_; }

  absl::Status Read(const Json& value) {
    if (value.is_array()) return ReadList(value);
    if (!value.is_object()) return absl::InvalidArgumentError("it is no JSON object");
    if (value.contains("event")) return Read(value["event"]);
    if (value.contains("events")) return ReadList(value["events"]);
    if (value.contains("changes")) return Read(value["changes"]);
    if (HasNoChange(value)) return absl::OkStatus();
    return ReadChange(value);
  }

 private:
  absl::Status ReadList(const Json& list) {
    for (const Json& value : list) {
      if (absl::Status read = Read(value); !read.ok()) return read;
    }
    return absl::OkStatus();
  }

  absl::Status ReadChange(const Json& value) {
    v1::ChangeEvent event;
    const auto parsed = google::protobuf::util::JsonStringToMessage(value.dump(), &event);
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("it is no swarmbell.v1.ChangeEvent: ", std::string(parsed.message())));
    }
    if (event.details_case() == v1::ChangeEvent::DETAILS_NOT_SET && !event.has_resource()) {
      return absl::InvalidArgumentError("it is no swarmbell.v1.ChangeEvent: it has no resource");
    }
    on_change_(event);
    ++count_;
    return absl::OkStatus();
  }

  OnChange on_change_;
  int count_ = 0;
};

// Reads changes in any form that a person may have, one JSON value after the other, each as soon as it is
// complete: a ChangeEvent, an answer of ListChanges, answers of Subscribe, a request of Preview, or a list of
// these. Answers of Subscribe without changes are skipped. Returns the number of changes.
//
// INVALID_ARGUMENT for anything else, with the reason; RESOURCE_EXHAUSTED for a value of more than 16 MiB.
// `on_change` has been called with the changes before it.
absl::StatusOr<int> ReadPastedChanges(std::istream& in, OnChange on_change) {
  ChangeReader reader(on_change);
  while (true) {
    const absl::StatusOr<std::string> text = NextValue(in);
    if (!text.ok()) return text.status();
    if (text->empty()) return reader.count();
    const Json value = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
    if (value.is_discarded()) return absl::InvalidArgumentError("it is not JSON");
    if (absl::Status read = reader.Read(value); !read.ok()) return read;
  }
}

constexpr std::size_t kMostFileBytes = std::size_t{64} << 20;

void WriteTrials(const std::vector<Trial>& trials, std::ostream& out) {
  std::size_t width = 0;
  for (const Trial& trial : trials) width = std::max(width, trial.name.size());
  const char* label = "tried:  ";
  for (const Trial& trial : trials) {
    out << label << (trial.mute ? "mute " : "rule ") << trial.name
        << std::string(width - trial.name.size() + 2, ' ') << trial.outcome << '\n';
    label = "        ";
  }
}

const char* KindName(StageResult::Kind kind) {
  switch (kind) {
    case StageResult::Kind::kPassed:
      return "passed";
    case StageResult::Kind::kWaits:
      return "waits";
    case StageResult::Kind::kDropped:
      return "dropped";
  }
  return "";
}

// Processes changes like a notifier that has seen the ones before, and writes the outcome of each.
class Explainer {
 public:
  Explainer(const NotifierConfig& config, RuleSet rules, const TerminalStyle& style, absl::Time now,
            std::ostream& out, const std::vector<v1::Silence>& silences)
      : config_(config),
        rules_(std::move(rules)),
        style_(style),
        now_(now),
        out_(out),
        pipeline_(
            Options(),
            [this](const v1::ChangeEvent& event, absl::Time) { return rules_.Evaluate(event, now_).alert; },
            handled_) {
    v1::NotifierState state;
    for (const v1::Silence& silence : silences) {
      v1::StoredSilence& stored = *state.add_silences();
      *stored.mutable_silence() = silence;
      *stored.mutable_planned_end_time() = silence.end_time();
    }
    pipeline_.SilencesInForce().Restore(state);
  }

  void Explain(const v1::ChangeEvent& event) {
    const Decision decision = rules_.Evaluate(event, now_);
    out_ << "change: " << TransitionOf(event).change << " of " << event.resource().name() << '\n';
    out_ << "rule:   " << (decision.rule.empty() ? "none" : decision.rule) << '\n';
    if (decision.color) out_ << "color:  " << ColorName(*decision.color) << '\n';
    out_ << "why:    " << decision.explanation << '\n';
    WriteTrials(rules_.Trials(event, now_), out_);
    for (const LabelFault& fault : LabelFaults(event.resource(), rules_.receivers())) {
      out_ << "label:  " << fault.label << "=" << fault.value << " " << fault.problem << '\n';
    }
    const bool dropped = WalkStages(event);
    if (dropped || !decision.alert) {
      out_ << "posts:  nothing for this change\n";
      return;
    }
    out_ << "posts:  " << absl::StrJoin(decision.alert->receivers, " ") << "\n\n"
         << RenderTerminal(BuildCard({"", {*decision.alert}, decision.alert->color}, config_.links), style_);
  }

 private:
  struct Line {
    std::size_t place;
    std::string stage;
    std::string text;
    friend bool operator==(const Line&, const Line&) = default;
  };

  PipelineOptions Options() {
    PipelineOptions options = PipelineOptionsOf(config_);
    options.wall_clock = [this] { return now_; };
    options.on_step = [this](const Step& step) { AddLine(step); };
    return options;
  }

  // A stage may also make other changes, and pass on changes that waited in it.
  void AddLine(const Step& step) {
    const bool is_itself = step.event.event_id() == walked_->event_id();
    dropped_ = dropped_ || (is_itself && step.result.kind == StageResult::Kind::kDropped);
    if (step.result.why.empty()) return;
    const std::string other =
        is_itself ? ""
                  : absl::StrCat(", ", TransitionOf(step.event).change, " of ", step.event.resource().name());
    const Line line{step.place, std::string(step.stage),
                    absl::StrCat(KindName(step.result.kind), other, ": ", cards::Printable(step.result.why))};
    // The last stages are called once for each receiver.
    if (lines_.empty() || lines_.back() != line) lines_.push_back(line);
  }

  // Lets each stage do the work that was due before the change arrived.
  void PassTime() {
    for (auto due = pipeline_.NextDeadline(); due && *due <= arrival_; due = pipeline_.NextDeadline()) {
      pipeline_.Tick(*due);
    }
  }

  // Writes what each stage does with the change; true if one drops it.
  bool WalkStages(const v1::ChangeEvent& event) {
    FeedBatch batch;
    batch.events = {event};
    v1::ChangeEvent& walked = batch.events.front();
    // A change that a person wrote may have none.
    if (walked.event_id().empty()) walked.set_event_id(absl::StrCat("pasted ", ++unnamed_));
    walked_ = &walked;
    if (event.has_observe_time()) arrival_ = std::max(arrival_, FromProto(event.observe_time()));
    PassTime();
    dropped_ = false;
    lines_.clear();
    pipeline_.Process(batch, arrival_);
    std::stable_sort(lines_.begin(), lines_.end(),
                     [](const Line& one, const Line& two) { return one.place < two.place; });
    std::size_t width = 0;
    for (const Line& line : lines_) width = std::max(width, line.stage.size());
    const char* label = "stages: ";
    for (const Line& line : lines_) {
      out_ << std::exchange(label, "        ") << line.stage
           << std::string(width - line.stage.size() + 2, ' ') << line.text << '\n';
    }
    return dropped_;
  }

  const NotifierConfig& config_;
  const RuleSet rules_;
  const TerminalStyle style_;
  const absl::Time now_;
  std::ostream& out_;
  const v1::ChangeEvent* walked_ = nullptr;
  bool dropped_ = false;
  std::vector<Line> lines_;
  int unnamed_ = 0;
  absl::Time arrival_ = absl::UnixEpoch();
  HandledChanges handled_;
  Pipeline pipeline_;
};

// A file is read whole before its first change is passed on.
absl::StatusOr<int> ReadChanges(const std::string& file, std::istream& in, OnChange on_change) {
  if (file == "-") return ReadPastedChanges(in, on_change);
  const absl::StatusOr<std::string> text = ReadFile(file, kMostFileBytes);
  if (!text.ok()) return text.status();
  std::istringstream content(*text);
  std::vector<v1::ChangeEvent> changes;
  absl::StatusOr<int> count =
      ReadPastedChanges(content, [&changes](const v1::ChangeEvent& event) { changes.push_back(event); });
  if (!count.ok()) return count;
  for (const v1::ChangeEvent& event : changes) on_change(event);
  return count;
}

}  // namespace

absl::Status Explain(const std::string& file, std::istream& in, const NotifierConfig& config,
                     const TerminalStyle& style, absl::Time now, std::ostream& out,
                     const std::function<std::vector<v1::Silence>()>& silences) {
  absl::StatusOr<RuleSet> rules = RuleSet::Create(config);
  if (!rules.ok()) return rules.status();
  std::optional<Explainer> explainer;
  const auto explain = [&](const v1::ChangeEvent& event) {
    if (explainer) {
      out << '\n';
    } else {
      explainer.emplace(config, *std::move(rules), style, now, out,
                        silences ? silences() : std::vector<v1::Silence>());
    }
    explainer->Explain(event);
    out.flush();
  };
  absl::StatusOr<int> count = ReadChanges(file, in, explain);
  if (count.ok() && *count == 0) count = absl::InvalidArgumentError("it holds no change");
  if (count.ok()) return absl::OkStatus();
  return absl::Status(count.status().code(), absl::StrCat("cannot read the change in \"", file,
                                                          "\": ", std::string(count.status().message())));
}

}  // namespace swarmbell
