#include "tests/support/scenario_record.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "processor/base/json_object.h"
#include "processor/base/text.h"

namespace leadpulse::testing {
namespace {

struct Verb {
  std::string_view word;
  std::string_view json;  // an event's type, or a command's action with %s for its argument as a JSON string
};
constexpr Verb kEvents[] = {{"sent", "SENT"},
                            {"delivered", "DELIVERED"},
                            {"open", "OPEN"},
                            {"click", "CLICK"},
                            {"reply", "REPLY"},
                            {"bounce", "BOUNCE"},
                            {"soft_bounce", "BOUNCE"},
                            {"unsubscribe", "UNSUBSCRIBE"},
                            {"resubscribe", "RESUBSCRIBE"},
                            {"complaint", "COMPLAINT"},
                            {"visit", "PAGE_VISIT"},
                            {"custom", "CUSTOM"},
                            {"retract", "RETRACT"}};
// %s: the argument as a JSON string; %r: the argument unchanged.
constexpr Verb kCommands[] = {{"set", R"("updateProfile":{"set":%r})"},
                              {"unset", R"("updateProfile":{"unset":[%s]})"},
                              {"tag", R"("editTags":{"add":[%s]})"},
                              {"untag", R"("editTags":{"remove":[%s]})"},
                              {"list", R"("editLists":{"add":[%s]})"},
                              {"unlist", R"("editLists":{"remove":[%s]})"},
                              {"assign", R"("editCampaigns":{"assign":[%s]})"},
                              {"unassign", R"("editCampaigns":{"remove":[%s]})"},
                              {"stage", R"("setStage":{"stage":%s})"},
                              {"qualification", R"("setQualification":{"score":%r})"},
                              {"agent", R"("assignAgent":{"agentId":%s})"},
                              {"do_not_contact", R"("setDoNotContact":{"value":%r})"},
                              {"consent", R"("recordConsent":{"purpose":%1,"granted":%2})"},
                              {"record_consent", R"("recordConsent":%r)"},
                              {"update", R"("updateProfile":%r)"},
                              {"edit_tags", R"("editTags":%r)"},
                              {"edit_lists", R"("editLists":%r)"},
                              {"edit_campaigns", R"("editCampaigns":%r)"},
                              {"command", "%r"},
                              {"note", R"("addNote":{"text":%s})"},
                              {"remove_note", R"("removeNote":{"commandId":%s})"},
                              {"erase", R"("erase":{})"},
                              {"withdraw", R"("withdraw":{})"},
                              {"qualification clear", R"("setQualification":{"clear":true})"},
                              {"erase suppress", R"("erase":{"suppress":true})"}};

template <typename Verbs>
std::optional<std::string_view> FindVerb(const Verbs& verbs, std::string_view word) {
  for (const Verb& verb : verbs) {
    if (verb.word == word) return verb.json;
  }
  return std::nullopt;
}

[[noreturn]] void Fail(const Scenario& scenario, const ScenarioRow& row, const std::string& what) {
  std::fprintf(stderr, "%s:%d: %s: %s %s\n", scenario.file.c_str(), row.line, what.c_str(), row.verb.c_str(),
               row.rest.c_str());
  std::abort();
}

std::string JsonString(std::string_view text) {
  std::string json;
  AppendJsonString(text, &json);
  return json;
}

// Takes the next argument from `rest`: a bare word, `key="quoted text"` or `key={json to the end}`.
std::string_view TakeArgument(std::string_view* rest) {
  *rest = TrimAsciiSpace(*rest);
  size_t end = rest->find(' ');
  const size_t equals = rest->find('=');
  if (equals != std::string_view::npos && equals + 1 < rest->size() && equals < end) {
    if ((*rest)[equals + 1] == '"') end = rest->find('"', equals + 2) + 1;
    if ((*rest)[equals + 1] == '{') end = rest->rfind('}') + 1;
  }
  const std::string_view argument = rest->substr(0, end);
  *rest = end >= rest->size() ? std::string_view() : rest->substr(end);
  return argument;
}

void AddEventArgument(const Scenario& scenario, const ScenarioRow& row, std::string_view argument, JsonObject* event) {
  if (argument == "machine" || argument == "backfill") return event->Boolean(argument, true);
  const size_t equals = argument.find('=');
  if (equals == std::string_view::npos) Fail(scenario, row, "expected key=value, not " + std::string(argument));
  const std::string_view key = argument.substr(0, equals);
  std::string_view value = argument.substr(equals + 1);
  if (key == "properties") {
    *event->Key("properties") += value;
    return;
  }
  if (value.size() > 1 && value.front() == '"') value = value.substr(1, value.size() - 2);
  if (key == "message" || key == "campaign") return event->Text(std::string(key) + "Id", value);
  constexpr std::string_view kTexts[] = {"name", "retracts", "url", "topic", "email"};
  if (std::find(std::begin(kTexts), std::end(kTexts), key) == std::end(kTexts)) {
    Fail(scenario, row, "unknown " + std::string(key));
  }
  event->Text(key, value);
}

// Returns the template of a command. Some arguments select another one.
std::optional<std::string_view> CommandForm(const ScenarioRow& row, const std::string& arguments) {
  const auto form = FindVerb(kCommands, row.verb + " " + std::string(TrimAsciiSpace(arguments)));
  return form ? form : FindVerb(kCommands, row.verb);
}

// Takes `id=…` out of the arguments; without one the line number is the id.
std::string TakeId(const ScenarioRow& row, std::string* rest) {
  const std::string padded = " " + *rest;
  const size_t begin = padded.find(" id=");
  if (begin == std::string::npos) {
    return std::to_string(row.line) + (row.copy > 0 ? "-" + std::to_string(row.copy) : "");
  }
  const size_t end = std::min(padded.find(' ', begin + 1), padded.size());
  *rest = padded.substr(0, begin) + padded.substr(end);
  return padded.substr(begin + 4, end - begin - 4);
}

std::string CommandAction(std::string_view form, std::string_view argument) {
  const size_t blank = argument.find(' ');
  std::string action;
  for (size_t i = 0; i < form.size(); ++i) {
    if (form[i] != '%') {
      action += form[i];
      continue;
    }
    switch (form[++i]) {
      case 's':
        action += JsonString(argument);
        break;
      case 'r':
        action += argument;
        break;
      case '1':
        action += JsonString(argument.substr(0, blank));
        break;
      default:
        action += TrimAsciiSpace(argument.substr(std::min(blank, argument.size())));
    }
  }
  return action;
}

}  // namespace

std::string ScenarioRecord(const Scenario& scenario, const ScenarioRow& row) {
  std::string arguments = row.rest;
  const std::string id = TakeId(row, &arguments);
  std::string json;
  JsonObject record(&json);
  if (const auto type = FindVerb(kEvents, row.verb)) {
    JsonObject event(record.Key("event"));
    event.Text("tenantId", "acme");
    event.Text(row.by_address ? "email" : "leadId", row.lead);
    event.Text("eventId", id);
    event.Text("type", *type);
    event.Time("occurredAt", row.at);
    if (row.verb == "soft_bounce") event.Text("bounceKind", "SOFT");
    std::string_view rest = arguments;
    while (!TrimAsciiSpace(rest).empty()) AddEventArgument(scenario, row, TakeArgument(&rest), &event);
    event.End();
  } else if (const auto form = CommandForm(row, arguments)) {
    JsonObject command(record.Key("command"));
    command.Text("tenantId", "acme");
    command.Text(row.by_address ? "email" : "leadId", row.lead);
    command.Text("commandId", id);
    command.Time("issuedAt", row.at);
    command.End();
    json.back() = ',';
    json += CommandAction(*form, TrimAsciiSpace(arguments)) + "}";
  } else {
    Fail(scenario, row, "unknown verb");
  }
  record.End();
  return json;
}

}  // namespace leadpulse::testing
