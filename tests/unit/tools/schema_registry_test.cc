// The client of a schema registry against a server that answers what the test says. kafka/schema_registry_test.py asks
// a real registry.
#include "tools/leadpulse/live/schema_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/clock.h"
#include "processor/base/json.h"
#include "processor/http/server.h"
#include "schemas/codec/schema_texts.h"
#include "tests/support/file_content.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::tools::schema_registry_test {

using codec::TopicSchema;
using config::RecordFormat;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// A server that notes what it is asked, and answers one code and text, or those of a path.
class AnsweringHandler : public http::Handler {
 public:
  http::HeadDecision CheckHead(const http::Request& /*head*/) override { return {.max_body_bytes = size_t{1} << 20}; }
  void Handle(const http::Request& request, std::function<void(http::Response)> answer) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::string path(request.path);
    paths_.push_back(std::string(request.method) + " " + path);
    bodies_.emplace_back(request.body);
    login_ = http::HeaderOf(request.headers, "authorization");
    content_type_ = http::HeaderOf(request.headers, "content-type");
    answer(answers_.contains(path) ? answers_.at(path) : answers_.at(""));
  }
  void OnRefused(std::string_view /*path*/, unsigned int /*code*/) override {}

  std::mutex mutex_;
  std::map<std::string, http::Response> answers_;  // by path; "": any other
  std::vector<std::string> paths_, bodies_;
  std::string login_, content_type_;
};

class SchemaRegistryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    StartServer({});
    formats_.schema_registry.url = address() + "/api";
    formats_.changes = RecordFormat::kConfluent;
    Answer(200, R"({"id":7})");
  }
  void StartServer(const http::ServerOptions& options) {
    server_.reset();
    auto server = http::Server::Start(options, &handler_, &clock_);
    ASSERT_TRUE(server.ok()) << server.status().message();
    server_ = std::move(*server);
  }
  std::string address() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  void Answer(unsigned int code, const std::string& body, const std::string& path = "") {
    handler_.answers_[path] = {code, body, "application/json"};
  }
  Result<config::FormatSettings> Ask(WrittenTopics written = WrittenTopics::kOutputs) const {
    return WithRegisteredSchemas(formats_, topics_, written, stop_);
  }
  Status Error() const {
    const auto formats = Ask();
    return formats.ok() ? Status::Fatal("there is no error") : formats.status();
  }

  SystemClock clock_;
  AnsweringHandler handler_;
  std::unique_ptr<http::Server> server_;
  std::atomic<bool> stop_{false};
  config::FormatSettings formats_;
  config::TopicNames topics_;
};

TEST_F(SchemaRegistryTest, TakesTheIdsOfWhatIsWritten) {
  formats_.events = formats_.commands = formats_.dead_letters = formats_.profiles = RecordFormat::kConfluent;
  formats_.schema_registry.url += "/";
  topics_.dead_letters = "letters";
  Answer(200, R"({"id":8,"version":3,"schema":"…"})", "/api/subjects/letters-value/versions");
  Answer(200, R"({"id":2147483647})", "/api/subjects/lead.profiles-value/versions");
  const auto outputs = Ask();
  ASSERT_TRUE(outputs.ok()) << outputs.status().message();
  const config::SchemaIds& ids = outputs->schema_ids;
  EXPECT_THAT((std::vector{ids.events, ids.commands, ids.changes, ids.dead_letters, ids.profiles}),
              ElementsAre(0, 0, 7, 8, 2147483647));
  EXPECT_THAT(handler_.paths_, ElementsAre("POST /api/subjects/lead.status-changes-value/versions",
                                           "POST /api/subjects/lead.segment-changes-value/versions",
                                           "POST /api/subjects/letters-value/versions",
                                           "POST /api/subjects/lead.profiles-value/versions"));
  const TopicSchema schemas[] = {TopicSchema::kChange, TopicSchema::kChange, TopicSchema::kDeadLetter,
                                 TopicSchema::kLeadProfile};
  for (size_t i = 0; i < handler_.bodies_.size(); ++i) {
    const Json body = *Json::Parse(handler_.bodies_[i]);
    EXPECT_EQ(body["schemaType"].text(), "PROTOBUF");
    EXPECT_EQ(body["schema"].text(), codec::SchemaText(schemas[i])) << i;
    EXPECT_EQ(body.members().size(), 2u);
  }
  EXPECT_EQ(handler_.content_type_, "application/vnd.schemaregistry.v1+json");
  EXPECT_EQ(handler_.login_, "");

  handler_.paths_.clear();
  const auto inputs = Ask(WrittenTopics::kInputs);
  ASSERT_TRUE(inputs.ok()) << inputs.status().message();
  EXPECT_EQ(inputs->schema_ids.events, 7);
  EXPECT_EQ(inputs->schema_ids.commands, 7);
  EXPECT_EQ(inputs->schema_ids.changes, 0);
  EXPECT_THAT(handler_.paths_, ElementsAre("POST /api/subjects/engagement.events-value/versions",
                                           "POST /api/subjects/lead.commands-value/versions"));
}

TEST_F(SchemaRegistryTest, IsNotAskedWithoutNeed) {
  EXPECT_TRUE(Ask(WrittenTopics::kInputs).ok()) << "no input is confluent";
  formats_.schema_registry.url.clear();
  formats_.schema_ids.changes = 5;
  EXPECT_EQ(Ask()->schema_ids.changes, 5);
  EXPECT_THAT(handler_.paths_, IsEmpty());
}

// What `topics create` does.
TEST_F(SchemaRegistryTest, RegistersInputsAndOutputs) {
  formats_.events = RecordFormat::kConfluent;
  Answer(200, R"({"id":8})", "/api/subjects/engagement.events-value/versions");
  const auto registered = RegisterSchemas(formats_, topics_, stop_);
  ASSERT_TRUE(registered.ok()) << registered.status().message();
  std::vector<std::pair<std::string, int32_t>> found;
  for (const RegisteredSchema& schema : *registered) found.emplace_back(schema.subject, schema.id);
  EXPECT_THAT(found, ElementsAre(std::pair("engagement.events-value", 8), std::pair("lead.status-changes-value", 7),
                                 std::pair("lead.segment-changes-value", 7)));
  Answer(403, "{}");
  EXPECT_THAT(RegisterSchemas(formats_, topics_, stop_).status().message(),
              HasSubstr("does not let the user register"));
  formats_.schema_registry.url.clear();
  EXPECT_THAT(*RegisterSchemas(formats_, topics_, stop_), IsEmpty());
}

// What doctor asks.
TEST_F(SchemaRegistryTest, ACheckLooksSchemasUpAndRegistersNone) {
  const auto check = [&] { return CheckSchemaRegistry(formats_, topics_, stop_); };
  EXPECT_TRUE(check().ok());
  EXPECT_THAT(handler_.paths_, ElementsAre("POST /api/subjects/lead.status-changes-value",
                                           "POST /api/subjects/lead.segment-changes-value"));
  for (const char* code : {"40401", "40403"}) {
    Answer(404, R"({"error_code":)" + std::string(code) + "}");
    EXPECT_TRUE(check().ok()) << code;
  }
  Answer(404, "<html>");
  EXPECT_THAT(check().message(), HasSubstr("has no /subjects below the path"));
  Answer(401, "{}");
  EXPECT_THAT(check().message(), HasSubstr("wants a login"));
}

TEST_F(SchemaRegistryTest, LogsIn) {
  formats_.schema_registry.username = "ada";
  formats_.schema_registry.password = config::Secret("s3cret");
  ASSERT_TRUE(Ask().ok());
  EXPECT_EQ(handler_.login_, "Basic YWRhOnMzY3JldA==");
  Answer(401, R"({"error_code":401,"message":"no"})");
  EXPECT_THAT(Error().message(),
              HasSubstr("does not accept the login: check username and password there. It says: no"));
  EXPECT_THAT(Error().message(), Not(HasSubstr("s3cret")));
}

TEST_F(SchemaRegistryTest, SendsTheToken) {
  formats_.schema_registry.token = config::Secret("eyJh.e30.c2ln");
  ASSERT_TRUE(Ask().ok());
  EXPECT_EQ(handler_.login_, "Bearer eyJh.e30.c2ln");
  Answer(401, R"({"error_code":401,"message":"no"})");
  EXPECT_THAT(Error().message(), HasSubstr("does not accept the token: it may have expired. It says: no"));
  EXPECT_THAT(Error().message(), Not(HasSubstr("eyJh")));
}

TEST_F(SchemaRegistryTest, TrustsTheAuthorityInTheFile) {
  const leadpulse::testing::ScratchDirectory folder;
  const std::string pem = folder / "registry.pem", key = folder / "key.pem";
  ASSERT_EQ(
      std::system(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=r "
                   "-addext subjectAltName=IP:127.0.0.1 -keyout " +
                   key + " -out " + pem + " 2> " + (folder / "log"))
                      .c_str()),
      0);
  http::ServerOptions options;
  options.certificate = leadpulse::testing::ReadWholeFile(pem);
  options.key = leadpulse::testing::ReadWholeFile(key);
  StartServer(options);
  formats_.schema_registry.url = "https://127.0.0.1:" + std::to_string(server_->port()) + "/api";
  EXPECT_THAT(Error().message(), HasSubstr("certificate"));
  EXPECT_THAT(handler_.paths_, IsEmpty());
  formats_.schema_registry.ca_file = pem;
  const auto trusted = Ask();
  ASSERT_TRUE(trusted.ok()) << trusted.status().message();
  EXPECT_EQ(trusted->schema_ids.changes, 7);
}

TEST_F(SchemaRegistryTest, AnswersWithoutAnIdSayWhatToDo) {
  const struct {
    unsigned int code;
    std::string body;
    ErrorKind kind;
    std::string says;
  } kRows[] = {
      {401, R"({"message":"who are you"})", ErrorKind::kRejected,
       "wants a login: give username and password there, or token. It says: who are"},
      {403, "", ErrorKind::kRejected, "does not let the user register lead.status-changes-value: give it the right to"},
      {404, "<html>", ErrorKind::kRejected, "has no /subjects below the path of `url`"},
      {409, R"({"error_code":409,"message":"FIELD_REMOVED\n\u001b[2J"})", ErrorKind::kRejected,
       R"(refuses the schema of lead.status-changes-value, because it is not compatible)"},
      {409, R"({"error_code":409,"message":"FIELD_REMOVED\n\u001b[2J"})", ErrorKind::kRejected,
       R"(It says: FIELD_REMOVED\n\u001b[2J)"},
      {422, R"({"message":"Invalid schema"})", ErrorKind::kRejected,
       "answers 422 for lead.status-changes-value. It says"},
      {302, "", ErrorKind::kRejected, "answers 302"},
      {408, "", ErrorKind::kRetriable, "answers 408"},
      {429, "", ErrorKind::kRetriable, "answers 429"},
      {500, R"({"message":"store timed out"})", ErrorKind::kRetriable, "answers 500 for lead.status-changes-value. It"},
      {503, "<html>", ErrorKind::kRetriable, "answers 503"},
      {200, "<html>log in</html>", ErrorKind::kRejected, "is `url` the address of a schema registry?"},
      {200, "", ErrorKind::kRejected, "gives no id of lead.status-changes-value"},
      {200, "[7]", ErrorKind::kRejected, "gives no id"},
      {200, "{}", ErrorKind::kRejected, "gives no id"},
      {200, R"({"id":null})", ErrorKind::kRejected, "gives no id"},
      {200, R"({"id":0})", ErrorKind::kRejected, "gives no id"},
      {200, R"({"id":-1})", ErrorKind::kRejected, "gives no id"},
      {200, R"({"id":1.5})", ErrorKind::kRejected, "gives no id"},
      {200, R"({"id":2147483648})", ErrorKind::kRejected, "an integer from 1 to 2147483647"},
      {200, R"({"id":7)" + std::string(300 << 10, ' ') + "}", ErrorKind::kRejected, "gives no id"},
      {201, R"({"id":7})", ErrorKind::kRejected, "answers 201"},
  };
  for (const auto& row : kRows) {
    Answer(row.code, row.body);
    const Status error = Error();
    const std::string what = std::to_string(row.code) + " " + row.body.substr(0, 60);
    EXPECT_EQ(error.kind(), row.kind) << what << ": " << error.message();
    EXPECT_THAT(error.message(), HasSubstr(row.says)) << what;
    EXPECT_THAT(error.message(), ::testing::StartsWith("formats.schema_registry: " + address() + " ")) << what;
  }
}

TEST_F(SchemaRegistryTest, OneSchemaHasOneId) {
  Answer(200, R"({"id":8})", "/api/subjects/lead.segment-changes-value/versions");
  const Status error = Error();
  EXPECT_EQ(error.kind(), ErrorKind::kRejected);
  EXPECT_THAT(error.message(), HasSubstr("the id 7, and as lead.segment-changes-value the id 8"));
}

TEST_F(SchemaRegistryTest, ARegistryThatDoesNotAnswerMayBeStarting) {
  server_.reset();
  formats_.schema_registry.url = "http://127.0.0.1:1/";
  EXPECT_EQ(Error().kind(), ErrorKind::kRetriable);
  EXPECT_THAT(Error().message(), ::testing::StartsWith("formats.schema_registry: http://127.0.0.1:1: "));
  formats_.schema_registry.url = "https://ada:s3cret@registry.example/";
  EXPECT_EQ(Error().kind(), ErrorKind::kRejected);
  EXPECT_THAT(Error().message(), Not(HasSubstr("s3cret")));
}

}  // namespace leadpulse::tools::schema_registry_test
