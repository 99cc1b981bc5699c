// leadpulse dead-letters: lists, shows and sends again the records that a run could not use.
#include <absl/strings/escaping.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/clock.h"
#include "processor/base/json_object.h"
#include "processor/base/nearest.h"
#include "processor/base/text.h"
#include "processor/kafka/record_encoding.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/dead_letters/dead_letter_source.h"
#include "tools/leadpulse/dead_letters/letter_records.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/record_files.h"
#include "tools/leadpulse/record_target.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

constexpr size_t kReasonColumn = 20;  // the longest reason has 19 letters
constexpr size_t kCountColumn = 9;

// ---- which dead letters ----

struct Filter {
  std::vector<std::string> reasons;  // empty: all
  std::string tenant;                // empty: all
  std::string since;                 // empty: all
};

struct SourceLine {
  std::string from;    // a file or folder; empty: the topic
  std::string config;  // the settings of a live run
  Filter filter;
};

// An open source, and what its records look like.
struct Letters {
  std::unique_ptr<DeadLetterSource> source;
  LetterRecords records;
  std::optional<config::Settings> settings;  // if a file of settings was given
};

Result<Letters> OpenLetters(const SourceLine& line) {
  LP_RETURN_IF_ERROR(telemetry::SetUpLogging("off"));  // the Status reports an error once
  std::optional<config::Settings> settings;
  if (!line.config.empty()) {
    settings = LoadSettingsFile(line.config);
    if (!settings) return Status::Rejected("");
  }
  const Millis skew = settings ? settings->max_future_skew : config::Settings().max_future_skew;
  const Instant latest = SystemClock().Now() + skew;
  if (!line.from.empty()) {
    LP_ASSIGN_OR_RETURN(auto source, OpenDeadLetterFile(line.from));
    return Letters{std::move(source), LetterRecords(latest), std::move(settings)};
  }
  LP_ASSIGN_OR_RETURN(kafka::DeadLetterTopic topic, kafka::OpenDeadLetters(MakeClientOptions(settings->kafka)));
  LetterRecords records(settings->kafka.topics, settings->formats, latest);
  return Letters{ReadDeadLettersFrom(std::move(topic), kafka::OutputFormatOf(settings->formats.dead_letters)),
                 std::move(records), std::move(settings)};
}

bool Passes(const Filter& filter, const FoundLetter& found, const LetterRecords& records) {
  if (!filter.reasons.empty() && std::ranges::find(filter.reasons, found.letter.reason) == filter.reasons.end()) {
    return false;
  }
  if (!filter.since.empty() && found.at && *found.at < *ParseUntil(filter.since)) return false;
  return filter.tenant.empty() || records.TenantOf(found) == filter.tenant;
}

// Visits the dead letters that pass the filter, and warns of those that cannot be read.
Status VisitLetters(const Filter& filter, Letters* letters, const std::function<Status(const FoundLetter&)>& visit) {
  LP_RETURN_IF_ERROR(letters->source->Read(
      [&](const FoundLetter& found) { return Passes(filter, found, letters->records) ? visit(found) : Status::Ok(); }));
  if (const uint64_t unreadable = letters->source->unreadable(); unreadable > 0) {
    PrintWarning(Counted(unreadable, "dead letter") +
                 " could not be read: they are not in the format that formats.dead_letters says");
  }
  return Status::Ok();
}

// Checks the options of the source.
Status CheckSource(const SourceLine& line) {
  if (line.from.empty() && line.config.empty()) {
    return Status::Rejected("say where they are: --from FILE for a run on files, --config FILE for a run on Kafka");
  }
  if (!line.from.empty() && !line.filter.since.empty()) {
    return Status::Rejected("--since is of --config only: in files a dead letter has no time");
  }
  return Status::Ok();
}
Status CheckOneSource(const SourceLine& line) {
  if (!line.from.empty() && !line.config.empty()) return Status::Rejected("give --from or --config, not both");
  return CheckSource(line);
}

// ---- list ----

struct ReasonGroup {
  uint64_t count = 0;
  std::string origin;  // of the first
  std::string detail;
};
using Groups = std::map<std::string, ReasonGroup>;

void AddTo(Groups* groups, const std::string& reason, const std::string& origin, const std::string& detail) {
  ReasonGroup& group = (*groups)[reason];
  if (group.count++ == 0) group = {1, origin, detail};
}

// Returns the groups, the largest first.
std::vector<std::pair<std::string, ReasonGroup>> Sorted(const Groups& groups) {
  std::vector<std::pair<std::string, ReasonGroup>> sorted(groups.begin(), groups.end());
  std::ranges::stable_sort(sorted, std::greater<>(), [](const auto& group) { return group.second.count; });
  return sorted;
}

std::string GroupLines(const Groups& groups) {
  std::string text;
  for (const auto& [reason, group] : Sorted(groups)) {
    text += PaddedToWidth(DisplayableLine(reason), kReasonColumn) +
            NumberCell(std::to_string(group.count), kCountColumn) + "  " +
            DisplayableLine(group.origin + ": " + group.detail) + "\n";
  }
  return text;
}

uint64_t CountOf(const Groups& groups) {
  uint64_t count = 0;
  for (const auto& [reason, group] : groups) count += group.count;
  return count;
}

std::string GroupsAsJson(const Groups& groups) {
  std::string text;
  JsonObject list(&text);
  list.Number("deadLetters", static_cast<int64_t>(CountOf(groups)));
  AppendJsonArray(Sorted(groups), list.Key("reasons"), [&](const auto& group) {
    JsonObject object(&text);
    object.Text("reason", group.first);
    object.Number("count", static_cast<int64_t>(group.second.count));
    object.Text("origin", group.second.origin);
    object.Text("detail", group.second.detail);
  });
  list.End();
  return text + "\n";
}

struct ListLine {
  SourceLine source;
  std::string format = "text";
};

Result<int> RunList(const ListLine& line) {
  if (Status status = CheckOneSource(line.source); !status.ok()) return FailUsage(status);
  Result<Letters> letters = OpenLetters(line.source);
  if (!letters.ok()) return FailByKind(letters.status());
  Groups groups;
  LP_RETURN_IF_ERROR(VisitLetters(line.source.filter, &*letters, [&](const FoundLetter& found) {
    AddTo(&groups, found.letter.reason, OriginOf(found.letter.source), found.letter.detail);
    return Status::Ok();
  }));
  if (line.format == "json") return PrintResult(GroupsAsJson(groups));
  if (groups.empty()) return PrintResult("No dead letters.\n");
  return PrintResult(TextLine(PaddedToWidth("reason", kReasonColumn) + NumberCell("count", kCountColumn) + "  first") +
                     GroupLines(groups));
}

// ---- show ----

struct ShowLine {
  SourceLine source;
  std::string origin;
  bool payload = false;
  std::string format = "text";
};

bool IsText(std::string_view bytes) { return IsUtf8(bytes) && bytes.find('\0') == std::string_view::npos; }

std::string AsText(const FoundLetter& found, const std::string& tenant) {
  const codec::StoredDeadLetter& letter = found.letter;
  std::string text = DisplayableLine(OriginOf(letter.source)) + "\n";
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) text += "  " + PaddedToWidth(name, 9) + DisplayableLine(value) + "\n";
  };
  add("reason", letter.reason);
  add("detail", letter.detail);
  add("tenant", tenant);
  std::string key = found.key;
  std::ranges::replace(key, '\0', '/');
  add("key", key);
  if (found.at) add("at", FormatRfc3339(*found.at));
  if (letter.full_size) add("size", std::to_string(*letter.full_size) + ", of which the first are below");
  if (letter.payload.empty()) {
    add("payload", "none: the record had none, or the run keeps none");
  } else if (IsText(letter.payload)) {
    add("payload", letter.payload);
  } else {
    add("base64", absl::Base64Escape(letter.payload));
  }
  return text;
}

std::string AsJson(const FoundLetter& found, const std::string& tenant) {
  const codec::StoredDeadLetter& letter = found.letter;
  std::string text;
  JsonObject object(&text);
  object.Text("origin", OriginOf(letter.source));
  object.Text("reason", letter.reason);
  object.Text("detail", letter.detail);
  if (!tenant.empty()) object.Text("tenantId", tenant);
  if (found.at) object.Text("at", FormatRfc3339(*found.at));
  if (letter.full_size) object.Number("size", static_cast<int64_t>(*letter.full_size));
  object.Text("payload", absl::Base64Escape(letter.payload));
  object.End();
  return text + "\n";
}

Result<int> RunShow(const ShowLine& line) {
  if (Status status = CheckOneSource(line.source); !status.ok()) return FailUsage(status);
  Result<Letters> letters = OpenLetters(line.source);
  if (!letters.ok()) return FailByKind(letters.status());
  std::optional<FoundLetter> last;  // a record that was sent again from its topic has other places
  LP_RETURN_IF_ERROR(VisitLetters({}, &*letters, [&](const FoundLetter& found) {
    if (OriginOf(found.letter.source) == line.origin) last = found;
    return Status::Ok();
  }));
  if (!last) {
    return Fail("there is no dead letter of the record " + line.origin +
                "; `leadpulse dead-letters list` shows how places are written");
  }
  if (line.payload) return PrintData(last->letter.payload);
  const std::string tenant = letters->records.TenantOf(*last);
  return PrintResult(line.format == "json" ? AsJson(*last, tenant) : AsText(*last, tenant));
}

// ---- send-again ----

struct SendLine {
  SourceLine source;
  std::string origin;  // empty: all that pass the filter
  std::string to;      // empty: back to the topics
  bool dry_run = false;
  bool yes = false;

  RecordTarget target() const {
    return {to.empty() ? kToKafka : to, to.empty() || to == kToKafka ? source.config : std::string()};
  }
};

constexpr const char* kTwice =
    "They also stay among the dead letters. Sending one twice changes nothing twice: an event counts once for its lead "
    "and eventId, and a lead knows the ids of its last 256 commands.\n";

// Visits the records that can be sent, and groups the others.
Status VisitRecords(const SendLine& line, Letters* letters, Groups* held_back,
                    const std::function<Status(const codec::StoredDeadLetter&, const codec::Record&)>& visit) {
  return VisitLetters(line.source.filter, letters, [&](const FoundLetter& found) -> Status {
    const std::string origin = OriginOf(found.letter.source);
    if (!line.origin.empty() && origin != line.origin) return Status::Ok();
    const auto record = letters->records.RecordOf(found.letter);
    if (const auto* held = std::get_if<HeldBack>(&record)) {
      AddTo(held_back, held->reason, origin, held->detail);
      return Status::Ok();
    }
    return visit(found.letter, std::get<codec::Record>(record));
  });
}

Status CheckSending(const SendLine& line) {
  LP_RETURN_IF_ERROR(CheckSource(line.source));
  if (line.to.empty() && !line.source.from.empty()) {
    return Status::Rejected("say where to: --to FILE that a run reads, - for standard output, or kafka with --config");
  }
  if (!line.source.from.empty() && line.to != kToKafka && !line.source.config.empty()) {
    return Status::Rejected("give --from or --config, not both; with --to kafka both");
  }
  LP_RETURN_IF_ERROR(CheckTarget(line.target()));
  return line.dry_run ? Status::Ok() : CheckCanAsk(line.yes, "send them");
}

// Prints text for people: to standard error if the records go to standard output.
ExitCode Say(const SendLine& line, const std::string& text) {
  if (line.to != kToStandardOutput) return PrintResult(text);
  PrintToStandardError(text);
  return kDone;
}

Result<int> SendLetters(const SendLine& line, Letters* letters) {
  auto target = OpenRecords(line.target());
  if (!target.ok()) return FailByKind(target.status());
  uint64_t sent = 0;
  Groups held_back;
  Status status =
      VisitRecords(line, letters, &held_back, [&](const codec::StoredDeadLetter& letter, const codec::Record& record) {
        ++sent;
        // A line of a file goes as it came, with members that this version does not know.
        return (*target)->Write(record, letters->records.IsLine(letter) ? letter.payload + "\n" : std::string());
      });
  if (status.ok()) status = (*target)->Close();
  if (!status.ok()) {
    Fail(status);
    return Fail("not all were sent; do the same again: records that are sent twice count once");
  }
  return Say(line, "Sent " + Counted(sent, "record") + ". " + kTwice);
}

Result<int> RunSendAgain(const SendLine& line) {
  if (Status status = CheckSending(line); !status.ok()) return FailUsage(status);
  Result<Letters> letters = OpenLetters(line.source);
  if (!letters.ok()) return FailByKind(letters.status());
  Groups good, held_back;
  LP_RETURN_IF_ERROR(VisitRecords(line, &*letters, &held_back,
                                  [&](const codec::StoredDeadLetter& letter, const codec::Record& /*record*/) {
                                    AddTo(&good, letter.reason, OriginOf(letter.source), letter.detail);
                                    return Status::Ok();
                                  }));
  std::string text;
  if (!good.empty()) text += "To send, by the reason of then:\n" + GroupLines(good);
  if (!held_back.empty()) text += "Not to send, by the reason of now:\n" + GroupLines(held_back);
  if (good.empty()) text += "Nothing to send.\n";
  if (const ExitCode said = Say(line, text); said != kDone) return said;
  if (good.empty() || line.dry_run) return kDone;
  if (!line.yes && !SaysYes("Send " + Counted(CountOf(good), "record") + "?")) return Fail("nothing was sent");
  return SendLetters(line, &*letters);
}

// ---- options ----

// Returns CLI11's complaint about a reason; empty if it is right.
std::string CheckReason(const std::string& reason) {
  std::vector<std::string> known;
  for (int i = 1; i < codec::kReasonCount; ++i) known.emplace_back(codec::ReasonName(static_cast<codec::Reason>(i)));
  if (std::ranges::find(known, reason) != known.end()) return "";
  const std::optional<std::string> nearest = NearestName(reason, known);
  return "`" + reason + "` is no reason of dead letters" + (nearest ? "; did you mean " + *nearest + "?" : "");
}

void AddSource(CLI::App* command, SourceLine* line) {
  Add(command, "--from", &line->from, "FILE", "dead-letters.jsonl of a run on files, or its output directory");
  Add(command, "--config", &line->config, "FILE", "The settings of a run on Kafka: the dead letters of its topic");
}
void AddFilter(CLI::App* command, Filter* filter) {
  AddEach(command, "--reason", &filter->reasons, "REASON", "Only with this reason; may be given several times")
      ->check(Check(CheckReason));
  Add(command, "--tenant", &filter->tenant, "T", "Only of this tenant, as the record names it");
  Add(command, "--since", &filter->since, "TIME", "With --config: only those published at or after it")
      ->check(Check(CheckUntil));
}

}  // namespace

void AddDeadLettersCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  CLI::App* letters =
      program->add_subcommand("dead-letters", "List, show and send again the records that a run could not use");
  letters->require_subcommand(1);
  letters->footer(
      "Examples:\n"
      "  leadpulse dead-letters list --from out\n"
      "  leadpulse dead-letters send-again --config live.yaml --reason final_stage --dry-run");

  auto [list, listed] =
      AddSubcommand(letters, "list", "Count them by reason, with the first of each", RunList, subcommands);
  AddSource(list, &listed->source);
  AddFilter(list, &listed->source.filter);
  AddChoice(list, "--format", &listed->format, "FORMAT", {"text", "json"}, "text or json");

  auto [show, shown] =
      AddSubcommand(letters, "show", "Print one: reason, origin, and the record as it came", RunShow, subcommands);
  AddSource(show, &shown->source);
  Add(show, "ORIGIN", &shown->origin, "",
      "The place of the record, such as records.jsonl:5 or engagement.events/3=1200")
      ->required();
  show->add_flag("--payload", shown->payload, "Print only the record's bytes");
  AddChoice(show, "--format", &shown->format, "FORMAT", {"text", "json"},
            "text or json; json has the payload in base64");

  auto [send, sent] =
      AddSubcommand(letters, "send-again", "Send records again that can be used now: all, those that pass, or one",
                    RunSendAgain, subcommands);
  AddSource(send, &sent->source);
  AddFilter(send, &sent->source.filter);
  Add(send, "ORIGIN", &sent->origin, "", "Only the record of this place");
  Add(send, "--to", &sent->to, "FILE",
      "A file that a run reads, - for standard output, or kafka; with --config [kafka]")
      ->check(Check(CheckRecordFile));
  send->add_flag("--dry-run", sent->dry_run, "Only say which");
  send->add_flag("--yes", sent->yes, "Do not ask");
}

}  // namespace leadpulse::tools
