// The settings file of `leadpulse receive`: required settings, and messages for mistakes.
#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "processor/receiver/settings_table.h"
#include "tests/receiver/receiver_settings_support.h"

namespace leadpulse::receiver::receiver_settings_test {

using config::Lines;
using config::Variables;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ReceiverSettings, TheExampleLoadsAndWarnsOfWhatIsNotChecked) {
  const LoadedReceiverSettings loaded = Load(testing::ReadWholeFile("config/examples/receive.yaml"));
  EXPECT_THAT(Lines(loaded.errors), IsEmpty());
  EXPECT_THAT(Lines(loaded.warnings),
              ElementsAre(HasSubstr("sources[0].signature: posts of this source are not checked")));
  ASSERT_TRUE(loaded.settings.has_value());
  EXPECT_EQ(loaded.settings->inbox.folder, "build/inbox");
  EXPECT_EQ(loaded.settings->server.port, 8080);
  ASSERT_EQ(loaded.settings->sources.size(), 1u);
  EXPECT_EQ(loaded.settings->sources[0].path, "/acme/sendgrid");
  EXPECT_EQ(loaded.settings->sources[0].options.lead_argument, "lead_id");
}

TEST(ReceiverSettings, WhatIsMissingIsNamedAllAtOnce) {
  ExpectErrors("log: {level: info}", {"to: is missing", "sources: is missing"});
  ExpectErrors("to: hunter2\nsources: []",
               {"to: expected a map with some of the keys", "expected at least one source"});
  ExpectErrors("to: {}\nsources: []", {"to.folder: is missing: a path", "sources: expected at least one source"});
  ExpectErrors("to: {folder: f}\nsources:\n  - {}\n",
               {"sources[0].provider: is missing", "sources[0].tenant: is missing",
                "sources[0].signature: is missing: `signature: {secret: …}` with the key that the provider shows, or "
                "`signature: none`"});
  ExpectErrors("", {"the file is empty; config/examples/receive.yaml"});
}

TEST(ReceiverSettings, WhatIsNoMapIsNamedWhereverItStands) {
  ExpectErrors("- to", {"expected a map"});
  ExpectErrors("to: {folder: f}\nsources:\n  - sendgrid\n  - []\n",
               {"sources[0]: expected a map", "sources[1]: expected a map"});
}

TEST(ReceiverSettings, WhatOthersCanReachWithoutTlsIsWarnedOf) {
  const struct {
    const char* address;
    bool warns;
  } cases[] = {{"0.0.0.0", true}, {"192.0.2.7", true}, {"'::'", true}, {"127.0.0.1", false}, {"'::1'", false}};
  for (const auto& each : cases) {
    const LoadedReceiverSettings loaded = Load(std::string("listen: {address: ") + each.address + "}\n" + kLeast);
    ASSERT_TRUE(loaded.settings.has_value()) << each.address;
    const std::string warnings = ::testing::PrintToString(Lines(loaded.warnings));
    EXPECT_EQ(warnings.find("others can reach this without tls") != std::string::npos, each.warns) << warnings;
  }
}

std::string To(const std::string& to) {
  return "to: {" + to + "}\nsources:\n  - {provider: sendgrid, tenant: acme, signature: none}\n";
}

TEST(ReceiverSettings, TopicsInPlaceOfFiles) {
  const LoadedReceiverSettings loaded =
      Load(To("kafka: {bootstrap_servers: 'b:9092', topics: {events: e}, security: {protocol: sasl_tls, sasl:"
              " {username: u, password: '${P}'}}}, formats: {events: confluent, schema_ids: {events: 7}},"
              " kept_folder: k, acknowledged_within: 3s"),
           Variables({{"P", "hunter2"}}));
  ASSERT_TRUE(loaded.settings.has_value()) << ::testing::PrintToString(Lines(loaded.errors));
  ASSERT_TRUE(loaded.settings->topics.has_value());
  const TopicSettings& topics = *loaded.settings->topics;
  EXPECT_EQ(topics.kafka.bootstrap_servers, "b:9092");
  EXPECT_EQ(topics.kafka.topics.events, "e");
  EXPECT_EQ(topics.kafka.security.sasl.password.Reveal(), "hunter2");
  EXPECT_EQ(topics.formats.events, config::RecordFormat::kConfluent);
  EXPECT_EQ(topics.formats.schema_ids.events, 7);
  EXPECT_EQ(topics.timeout, std::chrono::seconds(3));
  EXPECT_EQ(loaded.settings->inbox.folder, "k");
  EXPECT_FALSE(Load(kLeast).settings->topics.has_value());
  ExpectErrors(To("kafka: {bootstrap_servers: 'b:9092'}, kept_folder: k, formats: {events: confluent, schema_registry:"
                  " {url: 'https://r'}, schema_ids: {events: 7}}"),
               {"remove this, or the registry"});
}

TEST(ReceiverSettings, TopicsAndFilesDoNotMix) {
  const std::string kafka = "kafka: {bootstrap_servers: 'b:9092'}";
  ExpectErrors(To(kafka + ", kept_folder: k"), {});
  EXPECT_EQ(Load(To(kafka + ", kept_folder: k")).settings->topics->timeout, std::chrono::seconds(10));
  ExpectErrors(To(kafka + ", kept_folder: k, folder: f, segment: 1MiB"),
               {"to.folder: records go to files or to kafka, not to both", "to.segment: records go to files or to"});
  ExpectErrors(To(kafka), {"to.kept_folder: is missing"});
  ExpectErrors(To("folder: f, kept_folder: k, formats: {events: json}, acknowledged_within: 3s"),
               {"to.kept_folder: is used beside `kafka` only", "to.formats: is used beside `kafka` only",
                "to.acknowledged_within: is used beside `kafka` only"});
  ExpectErrors(To(kafka + ", kept_folder: k, acknowledged_within: 1h"),
               {"to.acknowledged_within: expected a duration"});
}

TEST(ReceiverSettings, TheGroupKafkaIsReadAsThatOfARun) {
  ExpectErrors(To("kafka: {}, kept_folder: k"), {"to.kafka.bootstrap_servers: is missing: host:port"});
  ExpectErrors(To("kafka: {bootstrap_servers: 'b:1', topcis: {}}, kept_folder: k"), {"did you mean \"topics\"?"});
  ExpectErrors(To("kafka: {bootstrap_servers: 'b:1', producer: {acks: 1}}, kept_folder: k"),
               {"idempotent producer that waits for all replicas"});
  ExpectErrors(To("kafka: {bootstrap_servers: 'b:1', security: {protocol: sasl_tls}}, kept_folder: k"),
               {"sasl.username: is missing", "sasl.password: is missing"});
  ExpectErrors(To("kafka: {bootstrap_servers: 'b:1'}, formats: {events: xml}, kept_folder: k"),
               {"to.formats.events: expected one of these"});
}

TEST(ReceiverSettings, MistakesNameTheNearest) {
  const std::string least(kLeast);
  ExpectErrors(least + "listn: {port: 1}", {"4:1 listn: unknown key \"listn\"; did you mean \"listen\"?"});
  ExpectErrors(least + "listen: {port: 70000}", {"4:16 listen.port: expected an integer from 0 to 65535"});
  ExpectErrors(least + "listen: {address: localhost}", {"listen.address: expected an address"});
  ExpectErrors(least + "limits: {body: 10MB}", {"limits.body: expected bytes from 1KiB to 64MiB"});
  ExpectErrors(least + "limits: {body: 8MiB, all_bodies: 4MiB}", {"all_bodies must have room for at least one body"});
  ExpectErrors(least + "limits: {request_time: 10}", {"limits.request_time: expected a duration"});
  ExpectErrors(least + "log: {level: loud}", {"expected one of these"});
  ExpectErrors("to: {folder: f}\nsources: [{provider: sendgird, tenant: a b, signature: none}]",
               {"did you mean \"sendgrid\"?", "expected a tenant"});
  ExpectErrors("to: {folder: f}\nsources: [{provider: sendgrid, tenant: a, path: x, signature: none}]",
               {"expected a path, such as /acme/sendgrid"});
  ExpectErrors(
      "to: {folder: f}\nsources: [{provider: sendgrid, tenant: a, signature: none},"
      " {provider: sendgrid, tenant: a, signature: none}]",
      {"sources[1]: has the path of sources[0]"});
}

TEST(ReceiverSettings, OnesOwnUserAgentsOfPrograms) {
  const auto file = [](const std::string& path) -> Result<std::string> {
    return std::string(path == "short" ? "a" : "acme-checker");
  };
  const std::string before = "to: {folder: f}\nsources: [{provider: sendgrid, tenant: a, signature: none";
  const auto machines = [&](const std::string& more) {
    const auto settings = Load(before + more + "}]", Variables({}), file).settings;
    EXPECT_TRUE(settings.has_value()) << more;
    const bots::MachineAgents& agents = settings->sources[0].options.machines;
    return std::pair(agents.Holds("Acme-Checker/2"), agents.Holds("Barracuda"));
  };
  EXPECT_EQ(machines(""), std::pair(false, true));
  EXPECT_EQ(machines(", machine_agents: agents"), std::pair(true, true));
  EXPECT_EQ(machines(", machine_agents: agents, machine_agents_only: true"), std::pair(true, false));
  ExpectErrors(before + ", machine_agents: short}]", {"in that file: line 1: `a` is in many a person's user agent"},
               Variables({}), file);
  ExpectErrors(before + ", machine_agents: none}]", {"none cannot be read"});
  ExpectErrors(before + ", machine_agents_only: true}]", {"is used with `machine_agents: FILE` only"});
}

// All settings, with their defaults.
struct AllSettings {
  FileValues values;
  SourceValues source_values;
  std::vector<config::Setting> all;

  AllSettings() {
    for (const config::SettingGroup& group : ReceiverTable(&values, &source_values)) {
      all.insert(all.end(), group.settings.begin(), group.settings.end());
    }
  }
};

// Returns the keys of a map in the help: `listen`, `sources[].signature`; `` for the whole file.
std::set<std::string> KeysInHelp(const std::string& map) {
  const AllSettings settings;
  std::set<std::string> keys;
  const std::string before = map.empty() ? "" : map + ".";
  for (const config::Setting& setting : settings.all) {
    const std::string name(setting.name);
    if (!name.starts_with(before)) continue;
    keys.insert(name.substr(before.size(), name.find_first_of(".[", before.size()) - before.size()));
  }
  return keys;
}

// The message for a key unlike any other lists all keys.
TEST(ReceiverSettings, TheHelpHasEveryKeyThatIsRead) {
  const std::string unknown = "qqqqqqqq: 1";
  const std::map<std::string, std::string> yaml = {
      {"", unknown},
      {"listen", "listen: {" + unknown + "}"},
      {"tls", "tls: {" + unknown + "}"},
      {"to", "to: {" + unknown + "}"},
      {"limits", "limits: {" + unknown + "}"},
      {"sources[]", "sources: [{" + unknown + "}]"},
      {"sources[].signature", "sources: [{provider: sendgrid, tenant: a, signature: {" + unknown + "}}]"},
      {"http", "http: {" + unknown + "}"},
      {"log", "log: {" + unknown + "}"}};
  for (const auto& [map, text] : yaml) {
    std::set<std::string> read;
    for (const std::string& error : Lines(Load(text).errors)) {
      const std::string before = "unknown key \"qqqqqqqq\"; expected ";
      const size_t at = error.find(before);
      if (at == std::string::npos) continue;
      std::istringstream words(error.substr(at + before.size()));
      for (std::string word; words >> word;) {
        std::erase(word, ',');
        if (word != "or") read.insert(word);
      }
    }
    EXPECT_EQ(read, KeysInHelp(map)) << map;
  }
}

std::string Described(const ReceiverSettings& settings) {
  std::ostringstream text;
  text << settings.server.address << " " << settings.server.port << " " << settings.server.bodies.one << " "
       << settings.server.bodies.all << " " << settings.server.connections << " " << settings.server.timeout.count()
       << " " << settings.server.threads << " " << settings.inbox.segment_bytes << " " << settings.inbox.kept_bytes
       << " " << settings.http.enabled << " " << settings.http.address << " " << settings.http.port << " "
       << settings.log.level << " " << static_cast<int>(settings.log.format);
  return text.str();
}

TEST(ReceiverSettings, WhatTheExampleSaysIsTheDefault) {
  const auto example = Load(testing::ReadWholeFile("config/examples/receive.yaml")).settings;
  EXPECT_EQ(Described(*example), Described(*Load(kLeast).settings));
}

TEST(ReceiverSettings, WhatTheHelpShowsAsADefaultIsTheDefault) {
  const std::string least = Described(*Load(kLeast).settings);
  const AllSettings settings;
  int seen = 0;
  for (const config::Setting& setting : settings.all) {
    const std::string name(setting.name);
    const std::string omitted = config::DescribeOmission(setting);
    if (!omitted.starts_with("default ") || name.starts_with("sources")) continue;
    if (name == "to.acknowledged_within") continue;  // not allowed with files: TopicsAndFilesDoNotMix
    const std::string map = name.substr(0, name.find('.'));
    const std::string entry = name.substr(map.size() + 1) + ": " + omitted.substr(8);
    std::string yaml = kLeast;
    if (map == "to") {
      yaml.insert(yaml.find('}'), ", " + entry);
    } else {
      yaml += map + ": {" + entry + "}\n";
    }
    const auto loaded = Load(yaml);
    ASSERT_TRUE(loaded.settings.has_value()) << yaml << ::testing::PrintToString(Lines(loaded.errors));
    EXPECT_EQ(Described(*loaded.settings), least) << name;
    ++seen;
  }
  EXPECT_EQ(seen, 14);
}

TEST(ReceiverSettings, TheHelpIsReadableAndTheReadmeHasTheSame) {
  const AllSettings settings;
  const std::string help = ReceiverSettingsHelp();
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }), 100) << line;
  }
  std::string readme = testing::ReadWholeFile("processor/receiver/README.md");
  readme = readme.substr(readme.find("\n## Settings\n"));
  for (const config::Setting& setting : settings.all) {
    EXPECT_THAT(help, HasSubstr("\n  " + std::string(setting.name) + ": "));
    EXPECT_TRUE(setting.description.ends_with('.')) << setting.name;
    const std::string name =
        std::regex_replace(std::string(setting.name), std::regex(R"(sources\[\]\.(signature\.)?)"), "");
    const bool as_of_a_run = name.starts_with("http.") || name.starts_with("log.");
    EXPECT_THAT(readme, HasSubstr("`" + (as_of_a_run ? name.substr(0, name.find('.')) : name) + "`"));
  }
}

TEST(ReceiverSettings, FilesThatAreNamedAreRead) {
  const FileReader files = [](const std::string& path) -> Result<std::string> {
    if (path == "key.pem") return std::string("-----BEGIN KEY-----");
    if (path == "secret") return std::string("hunter2hunter2hunter2\n");
    if (path == "erasing") {
      return std::string("fields: {event: k, lead: l}\nbecomes: {gone: nothing}\ncommands: {gone: {erase: true}}\n");
    }
    if (path == "mapping") return std::string("fields: {event: kind, address: who}\nbecomes: {seen: page_visit}\n");
    if (path == "wrong") return std::string("fields: {event: kind, adress: who}\nbecomes: {seen: page_visit}\n");
    return Status::Rejected(path + " cannot be read");
  };
  const auto expect = [&](const std::string& yaml, const std::vector<std::string>& errors) {
    ExpectErrors(yaml, errors, Variables({}), files);
  };
  const std::string least(kLeast);
  expect(least + "tls: {certificate_file: key.pem, key_file: key.pem}", {});
  expect(least + "tls: {certificate_file: key.pem}", {"tls.key_file: is missing"});
  expect(least + "tls: {certificate_file: gone.pem, key_file: secret}",
         {"gone.pem cannot be read", "that file is not PEM"});
  const std::string source = "to: {folder: f}\nsources: [{tenant: a, ";
  expect(source + "provider: mailgun, signature: {secret_file: secret}}]", {});
  expect(source + "provider: mailgun, signature: {secret_file: gone}}]",
         {"signature.secret_file: gone cannot be read"});
  expect(source + "provider: generic, signature: none, mapping: gone.yaml}]", {"gone.yaml cannot be read"});
  expect(source + "provider: sendgrid, signature: none, mapping: m.yaml}]", {"is used with `provider: generic` only"});
  expect(source + "provider: generic, signature: none, mapping: mapping}]", {});
  expect(source + "provider: generic, signature: none, mapping: erasing}]",
         {"its mapping erases leads, and everybody who finds the path could do so; give it a signature"});
  const LoadedReceiverSettings wrong =
      Load(source + "provider: generic, signature: none, mapping: wrong}]", Variables({}), files);
  EXPECT_FALSE(wrong.settings.has_value());
  EXPECT_THAT(Lines(wrong.errors), Contains(AllOf(HasSubstr("sources[0].mapping: in that file: wrong:1:23: error: "),
                                                  HasSubstr("did you mean \"address\"?"))));
}

}  // namespace leadpulse::receiver::receiver_settings_test
