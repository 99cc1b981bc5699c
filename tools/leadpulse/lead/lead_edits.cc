// leadpulse lead set, tag, stage, … erase: writes one command about one lead, decided by a person.
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "config/setting_texts.h"
#include "config/strict_fields.h"
#include "processor/base/address.h"
#include "processor/base/clock.h"
#include "processor/base/mailbox_syntax.h"
#include "processor/base/nearest.h"
#include "processor/base/status.h"
#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/engine/apply_command.h"
#include "processor/importing/suppressions.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/client/rdkafka_group_lag.h"
#include "processor/query/state_access.h"
#include "processor/rules/language/field_names.h"
#include "schemas/codec/records.h"
#include "state/lead/profile.h"
#include "tools/leadpulse/lead/attribute_words.h"
#include "tools/leadpulse/lead/command_outcome.h"
#include "tools/leadpulse/lead/erase_question.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/made_record.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/record_files.h"
#include "tools/leadpulse/record_target.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

struct EditLine {
  std::string tenant;
  std::string lead;
  std::string email;
  std::string actor = LoginName();
  std::string at;
  std::string command_id;
  RecordTarget target{kToStandardOutput, ""};
  std::vector<std::string> words;  // the command's arguments
  std::string remark;              // --reason, --source
  std::string version;             // version of the agreed text
  std::string given_at;            // when the consent was given
  bool clear = false;
  bool erases = false;
  bool yes = false;
  bool suppress = false;  // an erase also opts out of everything
  // Where to look for the command's outcome, and for how long; empty: do not wait.
  std::string wait, state, output;
  std::string definitions;  // what may be set
};

constexpr Millis kLongestWait{3'600'000};
constexpr Millis kOutcomeInterval{50};

using MakeAction = Result<codec::Action>(const EditLine&);

// One of the commands: its arguments, and the function that makes its action.
struct Edit {
  const char* name;
  const char* help;
  const char* word;       // the name of its arguments
  const char* word_help;  // their help
  int count;              // how many there must be; 0: one or more
  MakeAction* make;
};

// Checks the attribute `email`, as the API does. Records of other sources may have any text.
Status CheckEmail(const codec::NamedValues& set) {
  for (const auto& [name, value] : set) {
    if (NormalizeName(name) != state::kEmailAttribute || IsUnset(value)) continue;
    const auto* text = std::get_if<std::string>(&value);
    if (text != nullptr && IsEnteredAddress(*text)) continue;
    return Status::Rejected("`" + (text != nullptr ? *text : ValueToJson(value)) +
                            "` is no e-mail address; write it like ann@example.com, without a name");
  }
  return Status::Ok();
}

// Returns the command that sets what the lead has under that name, and no attribute; empty: none does.
std::string_view CommandThatSets(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kCommands[] = {
      {"do_not_contact", "do-not-contact"}, {"stage", "stage"}, {"status", "stage"}, {"agent", "agent"},
      {"qualification", "qualify"},         {"tags", "tag"},    {"lists", "list"},   {"campaigns", "campaign"}};
  const auto* const found = std::ranges::find(kCommands, name, &std::pair<std::string_view, std::string_view>::first);
  return found == std::end(kCommands) ? std::string_view() : found->second;
}

// Takes `profile.` off the names. Refuses those that would be attributes beside what people mean: nothing reads them.
Status TakeNames(codec::NamedValues* set) {
  for (auto& [name, value] : *set) {
    const std::string normalized = NormalizeName(name);
    if (normalized.starts_with(rules::kProfilePrefix)) {
      name = normalized.substr(rules::kProfilePrefix.size());
      continue;
    }
    const auto* const text = std::get_if<std::string>(&value);
    const bool is_own = rules::BuiltInFromName(normalized).has_value();
    const bool stops_mail =
        importing::ReadStatus(importing::StatusColumnOf(normalized), text != nullptr ? *text : ValueToJson(value))
            .suppresses();
    if (!is_own && !stops_mail) continue;
    const std::string_view command = stops_mail ? "do-not-contact" : CommandThatSets(normalized);
    return Status::Rejected(
        Concat({"`", name, "` would be an attribute that ", stops_mail ? "stops no mail; " : "rules do not see; ",
                command.empty() ? "" : Concat({"`leadpulse lead ", command, stops_mail ? "` does" : "` sets it", "; "}),
                "for an attribute of that name write ", rules::kProfilePrefix, normalized, "=…"}));
  }
  return Status::Ok();
}

Result<codec::Action> Set(const EditLine& line) {
  LP_ASSIGN_OR_RETURN(codec::NamedValues set, ParseAttributes(line.words));
  LP_RETURN_IF_ERROR(TakeNames(&set));
  LP_RETURN_IF_ERROR(CheckEmail(set));
  return codec::Action(codec::UpdateProfile{std::move(set), {}});
}

Result<codec::Action> SetStage(const EditLine& line) {
  if (const std::optional<Stage> stage = StageFromName(NormalizeName(line.words.front()))) {
    return codec::Action(codec::SetStage{*stage});
  }
  const std::vector<std::string> known = StageNames();
  const std::optional<std::string> nearest = NearestName(line.words.front(), known);
  return Status::Rejected("there is no stage " + line.words.front() +
                          (nearest ? "; did you mean " + *nearest + "?" : "; there are: " + Join(known, " ")));
}

Result<codec::Action> Qualify(const EditLine& line) {
  if (line.words.empty()) return codec::Action(codec::SetQualification{});
  const std::string& word = line.words.front();
  const std::optional<double> score = ParseNumber(word);
  if (!score || *score < 0 || *score > 100 || *score != std::floor(*score)) {
    return Status::Rejected("`" + word + "` is no qualification; write a whole number from 0 to 100, or --clear");
  }
  return codec::Action(codec::SetQualification{static_cast<int32_t>(*score)});
}

Result<codec::Action> AssignAgent(const EditLine& line) {
  if (!line.clear && line.words.front().empty()) return Status::Rejected("the agent is empty; for nobody say --clear");
  return codec::Action(codec::AssignAgent{line.clear ? "" : line.words.front()});
}

// Reads yes or no. Rejected: the word is neither.
Result<bool> YesOrNo(const std::string& word) {
  const std::string lower = AsciiLower(word);
  if (lower == "yes" || lower == "true") return true;
  if (lower == "no" || lower == "false") return false;
  return Status::Rejected("`" + word + "` is neither yes nor no");
}

Result<codec::Action> SetDoNotContact(const EditLine& line) {
  LP_ASSIGN_OR_RETURN(const bool value, YesOrNo(line.words.front()));
  return codec::Action(codec::SetDoNotContact{value, line.remark});
}

Result<codec::Action> RecordConsent(const EditLine& line) {
  LP_ASSIGN_OR_RETURN(const bool granted, YesOrNo(line.words.back()));
  LP_ASSIGN_OR_RETURN(const std::optional<Instant> at, ParseAt(line.given_at));
  return codec::Action(codec::RecordConsent{line.words.front(), granted, line.remark, line.version, at});
}

// Returns an edit of a set of names that adds all words; RemoveAll's removes them.
template <typename SetEdit>
Result<codec::Action> AddAll(const EditLine& line) {
  return codec::Action(SetEdit{line.words, {}});
}
template <typename SetEdit>
Result<codec::Action> RemoveAll(const EditLine& line) {
  return codec::Action(SetEdit{{}, line.words});
}

Result<codec::Action> AddNote(const EditLine& line) { return codec::Action(codec::AddNote{line.words.front()}); }

Result<codec::Action> RemoveNote(const EditLine& line) { return codec::Action(codec::RemoveNote{line.words.front()}); }

Result<codec::Action> Erase(const EditLine& line) { return codec::Action(codec::Erase{line.suppress}); }

constexpr Edit kEdits[] = {
    {"set", "Set attributes", "ATTRIBUTE",
     "name=value: a number, true or false where it reads as one, else text; name:=JSON: whatever it is", 0, Set},
    {"unset", "Take attributes away", "ATTRIBUTE", "Their names", 0, RemoveAll<codec::UpdateProfile>},
    {"tag", "Give it tags", "TAG", "", 0, AddAll<codec::EditTags>},
    {"untag", "Take tags away", "TAG", "", 0, RemoveAll<codec::EditTags>},
    {"list", "Put it on lists", "LIST", "", 0, AddAll<codec::EditLists>},
    {"unlist", "Take it off lists", "LIST", "", 0, RemoveAll<codec::EditLists>},
    {"campaign", "Assign it to campaigns", "CAMPAIGN", "", 0, AddAll<codec::EditCampaigns>},
    {"uncampaign", "Take it out of campaigns", "CAMPAIGN", "", 0, RemoveAll<codec::EditCampaigns>},
    {"stage", "Set its stage", "STAGE", "new … follow_up; converted, lost and archived are final", 1, SetStage},
    {"qualify", "Set its qualification", "SCORE", "From 0 to 100", 1, Qualify},
    {"agent", "Say who takes care of it", "AGENT", "", 1, AssignAgent},
    {"do-not-contact", "Say whether it must not be written to", "ANSWER", "yes or no", 1, SetDoNotContact},
    {"consent", "Record a consent, or that it was withdrawn", "PURPOSE", "The purpose, and then yes or no", 2,
     RecordConsent},
    {"note", "Add a note", "TEXT", "", 1, AddNote},
    {"remove-note", "Remove a note", "ID", "The id of the command that added it", 1, RemoveNote},
    {"erase", "Remove everything about it, for good", "", "", 0, Erase},
};

Result<codec::Command> MakeCommand(const EditLine& line, codec::Action action, Instant now) {
  LP_ASSIGN_OR_RETURN(const std::optional<Instant> at, ParseAt(line.at));
  const std::optional<std::string> id = line.command_id.empty() ? RandomCommandId() : line.command_id;
  if (!id) return Status::Rejected("the system gives no random numbers; say what the command is with --command-id");
  codec::Command command{{line.tenant, ""}, *id, at.value_or(now), line.actor, false, std::move(action)};
  codec::SetLead(line.lead, line.email, &command);
  return command;
}

// Returns how long to wait; nullopt if the command is not waited for.
Result<std::optional<Millis>> Timeout(const EditLine& line) {
  // Only an erase may name a state just to show the leads that it erases.
  const bool directories = (!line.state.empty() && !line.erases) || !line.output.empty();
  if (line.wait.empty() && !directories) return std::optional<Millis>();
  if (line.target.kafka()) {
    if (directories) return Status::Rejected("--state and --output are of --to FILE; --to kafka needs --wait alone");
  } else if (line.wait.empty() || line.state.empty() || line.output.empty()) {
    return Status::Rejected("--wait, --state and --output go together: the directories are those of the run");
  }
  if (line.target.to == kToStandardOutput) {
    return Status::Rejected("--wait is for --to FILE, which a run follows, and for --to kafka");
  }
  const std::optional<Millis> wait = config::ParsePreciseDuration(line.wait);
  if (!wait || *wait > kLongestWait) return Status::Rejected("--wait takes a duration up to an hour, as 5s or 500ms");
  return wait;
}

// Watches the live run with these settings. Joins no group.
Result<std::unique_ptr<CommandWatch>> WatchLiveRun(const std::string& config) {
  const std::optional<config::Settings> settings = LoadSettingsFile(config);
  if (!settings) return Status::Rejected(config + " cannot be read any more");
  const kafka::ConnectionOptions connection = MakeClientOptions(settings->kafka);
  LP_ASSIGN_OR_RETURN(std::unique_ptr<kafka::GroupLag> group, kafka::WatchGroupLag(connection));
  LP_ASSIGN_OR_RETURN(kafka::DeadLetterTopic letters, kafka::OpenDeadLetters(connection));
  return WatchTopic(std::move(group), std::move(letters), settings->formats.dead_letters);
}

// Returns the watch. Call it before the command is written.
Result<std::unique_ptr<CommandWatch>> Watch(const EditLine& line) {
  if (line.target.kafka()) return WatchLiveRun(line.target.config);
  return WatchFile(line.state, line.output, line.target.to);
}

// Returns kDone if the command is applied, kFailed if it was refused, kStopped if nobody knows yet.
ExitCode WaitForOutcome(Millis timeout, const codec::Command& command, const codec::SourcePosition& at,
                        CommandWatch* watch) {
  const auto until = MonotonicNow() + timeout;
  std::string problem;
  for (bool last = false; !last; std::this_thread::sleep_for(kOutcomeInterval)) {
    last = MonotonicNow() >= until;
    const Result<query::RecordOutcome> outcome = watch->Look(command, at);
    problem = outcome.ok() ? watch->Advice() : outcome.status().message();
    if (!outcome.ok() || !outcome->is_read) continue;
    if (!outcome->refusal) return kDone;
    return Fail("refused, " + outcome->refusal->reason + ": " + outcome->refusal->detail);
  }
  PrintError("the command " + command.command_id + " is written, and not known to be applied or refused yet; " +
             problem);
  return kStopped;
}

Result<int> WriteRecord(const EditLine& line, std::optional<Millis> timeout, const codec::Command& command,
                        const std::string& text) {
  codec::Stored stored = codec::kNowhere;
  const auto output = OpenRecords(line.target);
  if (!output.ok()) return FailByKind(output.status());
  std::unique_ptr<CommandWatch> watch;
  if (timeout) {
    LP_ASSIGN_OR_RETURN(watch, Watch(line));
  }
  const codec::Record record = command;
  (*output)->Append({.records = {&record, 1}, .lines = text}, [&stored](const codec::Stored& now) { stored = now; });
  LP_RETURN_IF_ERROR((*output)->Close());
  return watch == nullptr ? kDone : WaitForOutcome(*timeout, command, *stored, watch.get());
}

// Returns the definitions of the run that the command goes to; null if nothing says which they are. An error without a
// message has already been printed.
Result<std::shared_ptr<const config::Definitions>> DefinitionsOfRun(const EditLine& line) {
  std::string file = line.definitions;
  if (file.empty() && !line.state.empty()) {
    LP_ASSIGN_OR_RETURN(const auto store, query::OpenStateToRead(line.state, PrintWarning));
    return query::DefinitionsInState(*store, PrintWarning);
  }
  if (file.empty() && line.target.kafka()) {
    const std::optional<config::Settings> settings = LoadSettingsFile(line.target.config);
    if (!settings) return Status::Rejected("");
    file = settings->definitions.file;
  }
  if (file.empty()) return std::shared_ptr<const config::Definitions>();
  auto definitions = LoadDefinitionsFile(file, /*print_warnings=*/false);
  if (definitions == nullptr) return Status::Rejected("");
  return definitions;
}

// Refuses attributes that the definitions of the run do not declare, if they have strict_fields.
Status CheckAttributes(const EditLine& line, const codec::Command& command) {
  if (command.actions.Find<codec::UpdateProfile>() == nullptr) return Status::Ok();
  LP_ASSIGN_OR_RETURN(const auto definitions, DefinitionsOfRun(line));
  if (definitions == nullptr) return Status::Ok();
  const config::TenantDefinitions& tenant = definitions->For(line.tenant);
  const std::vector<std::string> undeclared = engine::UndeclaredAttributes(command, tenant);
  return undeclared.empty() ? Status::Ok() : Status::Rejected(config::UndeclaredInWords(tenant, undeclared));
}

Result<int> WriteEdit(const EditLine& line, MakeAction* make) {
  if (Status status = CheckTarget(line.target); !status.ok()) return FailUsage(status);
  const Result<std::optional<Millis>> timeout = Timeout(line);
  if (!timeout.ok()) return FailUsage(timeout.status());
  const Instant now = SystemClock().Now();
  Result<codec::Action> action = make(line);
  if (!action.ok()) return FailUsage(action.status());
  Result<codec::Command> command = MakeCommand(line, std::move(*action), now);
  if (!command.ok()) return FailUsage(command.status());
  Result<std::string> record = RecordLine(*command, now);
  if (!record.ok()) return FailUsage(record.status());
  if (const Status status = CheckAttributes(line, *command); !status.ok()) return FailByKind(status);
  if (line.erases) {
    const ExitCode answer = AskToErase({line.state, line.target, line.yes}, &*command);
    if (answer != kDone) return answer;
    LP_ASSIGN_OR_RETURN(record, RecordLine(*command, now));
  }
  return WriteRecord(line, *timeout, *command, *record);
}

// Checks an address. Another text would be an id that no lead has: the run would create that lead, or erase none.
std::string CheckAddress(const std::string& text) {
  const std::string address = NormalizeAddress(text);
  if (NormalizeAddress(WithoutInvisible(text)) != address) {
    return "`" + text + "` begins or ends with marks that nobody sees; type it, or give an id with --lead";
  }
  if (IsAddress(address)) return "";
  return "`" + text + "` is no address; write it like ann@example.com, without a name, or give an id with --lead";
}

void DeclareWho(CLI::App* edit, EditLine* line) {
  Add(edit, "--tenant", &line->tenant, "T", "The lead's tenant")->required();
  CLI::Option_group* who = edit->add_option_group("who");
  Add(who, "--lead", &line->lead, "L", "The lead's id, exactly; for a lead without one: the address, in lower case");
  Add(who, "--email", &line->email, "ADDRESS", "The address that stands in for an id, in any case")
      ->check(Check(CheckAddress));
  who->require_option(1);
}

void DeclareRecord(CLI::App* edit, EditLine* line) {
  Add(edit, "--actor", &line->actor, "NAME", "Who decided it")->capture_default_str();
  Add(edit, "--at", &line->at, "TIME", "When; without it now, to which the clock of a run on files then moves");
  Add(edit, "--command-id", &line->command_id, "ID", "The same id again changes nothing; without it a random one");
  Add(edit, "--to", &line->target.to, "FILE",
      "The end of a .jsonl file, created if it is missing; -: standard output; kafka: a live run's topic")
      ->check(Check(CheckRecordFile))
      ->capture_default_str();
  AddConfigOption(edit, &line->target.config);
  Add(edit, "--wait", &line->wait, "DURATION",
      "Wait until the run that follows the file, or reads the topic, has applied or refused it");
  Add(edit, "--state", &line->state, "DIR",
      line->erases ? "The state that shows whom it erases; with --to FILE --wait that of the run that follows it"
                   : "With --to FILE --wait: the state directory of the run that follows it");
  Add(edit, "--output", &line->output, "DIR", "With --to FILE --wait: its output directory");
}

void DeclareWords(CLI::App* command, const Edit& edit, EditLine* line) {
  const std::string name = edit.name;
  if (name == "erase") {
    line->erases = true;
    command->add_flag("--yes", line->yes, "Do not ask");
    command->add_flag("--suppress", line->suppress, "Also opt out of everything: who comes back is not mailed");
    return;
  }
  CLI::App* about = command;
  if (name == "set") {
    Add(command, "--definitions", &line->definitions, "FILE",
        "What may be set, with strict_fields; without it what --state or --config have");
  }
  const bool clears = name == "qualify" || name == "agent";
  if (clears) {
    about = command->add_option_group("what");
    about->add_flag("--clear", line->clear, name == "agent" ? "Nobody" : "As the quality has it");
    about->require_option(1);
  }
  CLI::Option* words = about->add_option(edit.word, line->words, edit.word_help)->required(!clears)->type_name("");
  if (edit.count > 0) words->expected(edit.count);
  if (name == "do-not-contact") Add(command, "--reason", &line->remark, "TEXT", "Why");
  if (name == "consent") {
    Add(command, "--source", &line->remark, "TEXT", "Where it was given");
    Add(command, "--version", &line->version, "TEXT", "Which text was agreed to");
    Add(command, "--given-at", &line->given_at, "TIME",
        "When it was given or withdrawn; without it the command's time");
  }
}

}  // namespace

void AddLeadEdits(CLI::App* lead, std::vector<Subcommand>* subcommands) {
  for (const Edit& edit : kEdits) {
    auto line = std::make_shared<EditLine>();
    CLI::App* command = lead->add_subcommand(edit.name, edit.help);
    DeclareWords(command, edit, line.get());
    DeclareWho(command, line.get());
    DeclareRecord(command, line.get());
    command->footer(
        "The record is JSONL, to be read by `leadpulse run`, with or without --follow; with --to kafka it goes to the "
        "topic\n"
        "that a live run reads, and is there when this ends with 0.\n"
        "\n"
        "Exit codes: 0 written, or with --wait applied; 1 it failed, or was refused; 2 wrong usage; 3 --wait was too "
        "short.");
    subcommands->push_back({command, [line, make = edit.make] { return WriteEdit(*line, make); }});
  }
}

}  // namespace leadpulse::tools
