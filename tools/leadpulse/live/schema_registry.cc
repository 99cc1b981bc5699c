#include "tools/leadpulse/live/schema_registry.h"

#include <absl/strings/escaping.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/displayable.h"
#include "processor/base/json.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/http/client.h"
#include "schemas/codec/schema_texts.h"

namespace leadpulse::tools {
namespace {

constexpr std::chrono::seconds kTimeout{10};
// The most bytes of an answer that are read. Newer registries repeat the schema, some 10 KB.
constexpr size_t kMostAnswerBytes = 256 << 10;
constexpr size_t kMostShownBytes = 300;
// Of the registry's API, both with status 404.
constexpr int32_t kNoSuchSubject = 40401;
constexpr int32_t kNoSuchSchema = 40403;

// Where a schema is registered, and where its id goes.
struct Subject {
  Subject(const std::string& topic, codec::TopicSchema of, int32_t* to) : name(topic + "-value"), schema(of), id(to) {}

  std::string name;
  codec::TopicSchema schema;
  int32_t* id;
};

std::vector<Subject> SubjectsOf(WrittenTopics written, const config::TopicNames& topics,
                                config::FormatSettings* formats) {
  using codec::TopicSchema;
  using config::RecordFormat;
  config::SchemaIds* const ids = &formats->schema_ids;
  std::vector<Subject> subjects;
  const auto add = [&subjects](RecordFormat format, const std::string& topic, TopicSchema schema, int32_t* id) {
    if (format == RecordFormat::kConfluent) subjects.emplace_back(topic, schema, id);
  };
  if (written == WrittenTopics::kInputs) {
    add(formats->events, topics.events, TopicSchema::kEvent, &ids->events);
    add(formats->commands, topics.commands, TopicSchema::kCommand, &ids->commands);
  } else {
    add(formats->changes, topics.status_changes, TopicSchema::kChange, &ids->changes);
    add(formats->changes, topics.segment_changes, TopicSchema::kChange, &ids->changes);
    add(formats->dead_letters, topics.dead_letters, TopicSchema::kDeadLetter, &ids->dead_letters);
    add(formats->profiles, topics.lead_profiles, TopicSchema::kLeadProfile, &ids->profiles);
  }
  return subjects;
}

class Registry {
 public:
  // Makes one that asks nobody yet. `settings` and `stop` outlive it.
  Registry(const config::SchemaRegistrySettings& settings, const std::atomic<bool>& stop)
      : settings_(settings), shown_(http::ShownAddress(settings.url)), stop_(stop) {}

  // Registers the schema, and returns its id.
  Result<int32_t> Register(const Subject& subject) const {
    LP_ASSIGN_OR_RETURN(const http::ClientResponse answer, Post(subject, "/versions"));
    if (answer.status != 200) return Refusal(answer, subject.name);
    const auto said = Json::Parse(answer.beginning);
    const auto id = said.ok() ? ParseInteger<int32_t>((*said)["id"].text()) : std::nullopt;
    if (id && *id > 0) return *id;
    return Status::Rejected("formats.schema_registry: " + shown_ + " gives no id of " + subject.name +
                            " that is an integer from 1 to 2147483647; is `url` the address of a schema registry?");
  }

  // Looks the schema up. It need not be there.
  Status LookUp(const Subject& subject) const {
    LP_ASSIGN_OR_RETURN(const http::ClientResponse answer, Post(subject, ""));
    if (answer.status == 200) return Status::Ok();
    const auto said = Json::Parse(answer.beginning);
    const int32_t code = said.ok() ? ParseInteger<int32_t>((*said)["error_code"].text()).value_or(0) : 0;
    return code == kNoSuchSubject || code == kNoSuchSchema ? Status::Ok() : Refusal(answer, subject.name);
  }

  // Returns the error of one schema that has two ids.
  Status TwoIds(const Subject& subject, int32_t id) const {
    return Status::Rejected("formats.schema_registry: " + shown_ + " gives the schema of changes the id " +
                            std::to_string(*subject.id) + ", and as " + subject.name + " the id " + std::to_string(id) +
                            "; use a registry that gives one schema one id, or say it as formats.schema_ids.changes");
  }

 private:
  // Posts the schema to a path below its subject, and returns the answer.
  Result<http::ClientResponse> Post(const Subject& subject, const std::string& path) const {
    http::ClientOptions options{.url = settings_.url, .ca_file = settings_.ca_file, .timeout = kTimeout};
    options.answer_bytes = kMostAnswerBytes;
    while (options.url.ends_with('/')) options.url.pop_back();
    options.url += "/subjects/" + subject.name + path;
    LP_ASSIGN_OR_RETURN(const auto client, http::MakeClient(options, stop_));
    std::string body;
    JsonObject members(&body);
    members.Text("schemaType", "PROTOBUF");
    members.Text("schema", codec::SchemaText(subject.schema));
    members.End();
    Result<http::ClientResponse> answer = client->Post(body, Headers());
    if (answer.ok()) return answer;
    const std::string what = "formats.schema_registry: " + answer.status().message();
    return answer.status().kind() == ErrorKind::kRetriable ? Status::Retriable(what) : Status::Rejected(what);
  }

  std::vector<std::string> Headers() const {
    std::vector<std::string> headers{"Content-Type: application/vnd.schemaregistry.v1+json",
                                     "Accept: application/vnd.schemaregistry.v1+json, application/json"};
    if (!settings_.token.empty()) headers.push_back("Authorization: Bearer " + settings_.token.Reveal());
    if (settings_.username.empty()) return headers;
    const std::string login = settings_.username + ":" + settings_.password.Reveal();
    headers.push_back("Authorization: Basic " + absl::Base64Escape(login));
    return headers;
  }

  // Returns the error of an answer without an id, with the registry's own words.
  Status Refusal(const http::ClientResponse& answer, const std::string& subject) const {
    const std::string said = SaidIn(answer.beginning);
    switch (answer.status) {
      case 401:
        return NoLogin(said);
      case 403:
        return Status::Rejected("formats.schema_registry: " + shown_ + " does not let the user register " + subject +
                                ": give it the right to" + said);
      case 404:
        return Status::Rejected(
            "formats.schema_registry: " + shown_ +
            " has no /subjects below the path of `url`; Confluent's API may have a path there, such "
            "as /apis/ccompat/v7" +
            said);
      case 409:
        return Status::Rejected("formats.schema_registry: " + shown_ + " refuses the schema of " + subject +
                                ", because it is not compatible with an earlier version there. Compare that "
                                "(GET /subjects/" +
                                subject +
                                "/versions/latest) with Leadpulse's .proto file: another program's schema may "
                                "have the subject, or a newer Leadpulse may have registered" +
                                said);
      default:
        break;
    }
    const std::string what =
        "formats.schema_registry: " + shown_ + " answers " + std::to_string(answer.status) + " for " + subject + said;
    return http::MayAnswerLater(answer.status) ? Status::Retriable(what) : Status::Rejected(what);
  }

  Status NoLogin(const std::string& said) const {
    if (!settings_.token.empty()) {
      return Status::Rejected("formats.schema_registry: " + shown_ + " does not accept the token: it may have expired" +
                              said);
    }
    if (!settings_.username.empty()) {
      return Status::Rejected("formats.schema_registry: " + shown_ +
                              " does not accept the login: check username and password there" + said);
    }
    return Status::Rejected("formats.schema_registry: " + shown_ +
                            " wants a login: give username and password there, or token" + said);
  }

  static std::string SaidIn(std::string_view body) {
    const auto answer = Json::Parse(body);
    if (!answer.ok()) return {};
    const std::string_view text = (*answer)["message"].text();
    return text.empty() ? "" : ". It says: " + DisplayableLine(text.substr(0, kMostShownBytes));
  }

  const config::SchemaRegistrySettings& settings_;
  const std::string shown_;
  const std::atomic<bool>& stop_;
};

// Registers the schemas of the records that are written, and sets their ids in `formats`.
Status RegisterWritten(const Registry& registry, const config::TopicNames& topics, WrittenTopics written,
                       config::FormatSettings* formats, std::vector<RegisteredSchema>* registered) {
  for (const Subject& subject : SubjectsOf(written, topics, formats)) {
    LP_ASSIGN_OR_RETURN(const int32_t id, registry.Register(subject));
    if (*subject.id != 0 && *subject.id != id) return registry.TwoIds(subject, id);
    *subject.id = id;
    registered->push_back({subject.name, id});
  }
  return Status::Ok();
}

}  // namespace

Result<config::FormatSettings> WithRegisteredSchemas(config::FormatSettings formats, const config::TopicNames& topics,
                                                     WrittenTopics written, const std::atomic<bool>& stop) {
  if (formats.schema_registry.url.empty()) return formats;
  std::vector<RegisteredSchema> registered;
  LP_RETURN_IF_ERROR(RegisterWritten(Registry(formats.schema_registry, stop), topics, written, &formats, &registered));
  return formats;
}

Result<std::vector<RegisteredSchema>> RegisterSchemas(config::FormatSettings formats, const config::TopicNames& topics,
                                                      const std::atomic<bool>& stop) {
  std::vector<RegisteredSchema> registered;
  if (formats.schema_registry.url.empty()) return registered;
  const Registry registry(formats.schema_registry, stop);
  for (const WrittenTopics written : {WrittenTopics::kInputs, WrittenTopics::kOutputs}) {
    LP_RETURN_IF_ERROR(RegisterWritten(registry, topics, written, &formats, &registered));
  }
  return registered;
}

Status CheckSchemaRegistry(config::FormatSettings formats, const config::TopicNames& topics,
                           const std::atomic<bool>& stop) {
  const Registry registry(formats.schema_registry, stop);
  for (const Subject& subject : SubjectsOf(WrittenTopics::kOutputs, topics, &formats)) {
    LP_RETURN_IF_ERROR(registry.LookUp(subject));
  }
  return Status::Ok();
}

}  // namespace leadpulse::tools
