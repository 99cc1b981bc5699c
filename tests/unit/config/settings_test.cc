// A settings file: each kind of value, conditions between settings, and the messages for errors.
#include "tests/support/file_content.h"
#include "tests/unit/config/settings_support.h"

namespace leadpulse::config::settings_test {

using ::leadpulse::testing::ReadWholeFile;

TEST(Settings, TheLeastThatAFileNeeds) {
  const Settings settings = MustLoadSettings(std::string(kLeast));
  Settings expected;
  expected.kafka.bootstrap_servers = "localhost:9092";
  expected.state.directory = "state";
  expected.state.erasure_secret = Secret("0123456789abcdef");
  expected.definitions.file = "d.yaml";
  EXPECT_EQ(settings, expected);
}

TEST(Settings, TheExampleLoadsWithoutAnEnvironment) {
  const LoadedSettings loaded = LoadSettings(ReadWholeFile("config/examples/live.yaml"), Variables({}));
  EXPECT_THAT(Lines(loaded.errors), ::testing::IsEmpty());
  EXPECT_THAT(Lines(loaded.warnings), ::testing::IsEmpty());
  ASSERT_TRUE(loaded.settings.has_value());
  EXPECT_EQ(loaded.settings->kafka.bootstrap_servers, "127.0.0.1:9092");
  const LoadedDefinitions definitions = LoadDefinitions(ReadWholeFile(loaded.settings->definitions.file));
  EXPECT_THAT(Lines(definitions.errors), ::testing::IsEmpty());
  EXPECT_THAT(Lines(definitions.warnings), ::testing::IsEmpty());
}

TEST(Settings, WhatTheExampleHasInCommentsLoadsToo) {
  std::string text = ReadWholeFile("config/examples/live.yaml");
  for (const std::string begin : {"security:", "  protocol:", "  sasl:", "  tls:", "producer:"}) {
    const size_t at = text.find("  # " + begin);
    ASSERT_NE(at, std::string::npos) << begin;
    text.erase(at + 2, 2);
  }
  const Settings settings = MustLoadSettings(text, Variables({{"LEADPULSE_KAFKA_PASSWORD", "p"}}));
  EXPECT_EQ(settings.kafka.security.sasl.password.Reveal(), "p");
  EXPECT_EQ(settings.kafka.producer.at("compression.type"), "zstd");
}

TEST(Settings, MissingOnesAreAllNamedWhereTheyBelong) {
  const LoadedSettings loaded = LoadSettings("workers: 2\nstate:\n  cache: 64MiB\n", Variables({}));
  ExpectProblems(loaded.errors,
                 {{"0:0", "kafka.bootstrap_servers: is missing: host:port"},
                  {"0:0", "definitions: where the definitions come from is missing: `file: PATH`, or `topic: true`"},
                  {"2:1", "state.directory: is missing: a path"},
                  {"2:1", "state.erasure_secret: is missing: a secret of at least 16 bytes"}},
                 "");
}

TEST(Settings, WhatIsNoSettingsFileAtAll) {
  EXPECT_THAT(Lines(LoadSettings("", Variables({})).errors),
              ::testing::ElementsAre(::testing::HasSubstr("0:0 : the file is empty; `leadpulse run --help-config`")));
  EXPECT_THAT(Lines(LoadSettings("[]", Variables({})).errors),
              ::testing::ElementsAre(::testing::HasSubstr("1:1 : expected a map with some of the keys kafka, state")));
  EXPECT_THAT(Lines(LoadSettings("a: {", Variables({})).errors), ::testing::SizeIs(1));
  EXPECT_THAT(Lines(LoadSettings(std::string(kMaxSettingsBytes + 1, ' '), Variables({})).errors),
              ::testing::ElementsAre(::testing::HasSubstr("larger than 1 MiB")));
}

TEST(Settings, UnknownKeysNameTheNearest) {
  CheckSettingsRows({
      {"worker: 2", {{"4:1", "worker: unknown key \"worker\"; did you mean \"workers\"?"}}},
      {"http: {prt: 1}", {{"4:8", "http.prt: unknown key \"prt\"; did you mean \"port\"?"}}},
      {"log: {colour: red}", {{"4:7", "unknown key \"colour\"; expected level or format"}}},
      {"workers: 2\nworkers: 3", {{"5:1", "given twice; first on line 4"}}},
      {"http: 5", {{"4:7", "http: expected a map with some of the keys enabled, address or port, found a text"}}},
      {"http: [5]", {{"4:7", "found a list"}}},
      {"formats: {schema_ids: 7}",
       {{"4:23", "expected a map with some of the keys events, commands, changes, dead_letters or profiles"}}},
      {"http:\nlog: ~\nworkers: null", {}},
  });
}

TEST(Settings, NumbersFlagsAndChoices) {
  CheckSettingsRows({
      {"workers: 64", {}},
      {"workers: 65", {{"4:10", "workers: expected an integer from 1 to 64, found 65"}}},
      {"workers: 0", {{"4:10", "from 1 to 64"}}},
      {"workers: '2'", {{"4:10", "take the quotes away"}}},
      {"workers: [2]", {{"4:10", "workers: expected an integer from 1 to 64, found a list"}}},
      {"http: {port: 0}", {}},
      {"metrics: {tenants: 0}", {}},
      {"metrics: {tenants: 10001}", {{"4:20", "from 0 to 10000"}}},
      {"http: {port: 65536}", {{"4:14", "from 0 to 65535"}}},
      {"http: {enabled: no}", {{"4:17", "expected true or false, found \"no\""}}},
      {"reevaluation_share: 0.9", {}},
      {"reevaluation_share: 0.05", {}},
      {"reevaluation_share: 1", {{"4:21", "expected a number from 0.05 to 0.9, found \"1\""}}},
      {"reevaluation_share: nan", {{"4:21", "found \"nan\""}}},
      {"start_at: end", {}},
      {"start_at: en", {{"4:11", "expected one of these (beginning or end), found \"en\"; did you mean \"end\"?"}}},
      {"log: {level: loud}", {{"4:14", "expected one of these (trace, debug, info, warning, error or off)"}}},
  });
}

TEST(Settings, ThePartitioningHasTwoNamesForStrictness) {
  const auto read = [](const std::string& value) {
    return MustLoadSettings(std::string(kLeast) + "input_partitioning: " + value + "\n").input_partitioning;
  };
  EXPECT_EQ(MustLoadSettings(std::string(kLeast)).input_partitioning, InputPartitioning::kAny);
  EXPECT_EQ(read("any"), InputPartitioning::kAny);
  EXPECT_EQ(read("murmur2"), InputPartitioning::kMurmur2);
  EXPECT_EQ(read("strict"), InputPartitioning::kMurmur2);
  EXPECT_EQ(read("trusted"), InputPartitioning::kTrusted);
}

TEST(Settings, DurationsAndBytes) {
  CheckSettingsRows({
      {"commit_interval: 10ms", {}},
      {"commit_interval: 250 milliseconds", {}},
      {"commit_interval: 1 second", {}},
      {"commit_interval: 9ms",
       {{"4:18", "expected a duration from 10ms to 5s, such as 100ms, 10s or 5m, found \"9ms\""}}},
      {"commit_interval: 100", {{"4:18", "such as 100ms"}}},
      {"commit_interval: 6s", {{"4:18", "found \"6s\""}}},
      {"max_epoch_bytes: 1GiB", {}},
      {"max_epoch_bytes: 2048KiB", {}},
      {"max_epoch_bytes: 2 MiB", {}},
      {"max_epoch_bytes: 64MB", {{"4:18", "expected bytes from 1MiB to 1GiB, such as 64MiB or 2GiB, found \"64MB\""}}},
      {"max_epoch_bytes: 67108864", {{"4:18", "such as 64MiB"}}},
      {"max_epoch_bytes: 99999999999999999999TiB", {{"4:18", "expected bytes"}}},
      {"max_epoch_bytes: 1000000000TiB", {{"4:18", "expected bytes"}}},
  });
  const Settings settings = MustLoadSettings(std::string(kLeast) + "commit_interval: 1500ms\nmax_epoch_bytes: 3MiB\n");
  EXPECT_EQ(settings.commit_interval, Millis(1500));
  EXPECT_EQ(settings.max_epoch_bytes, 3u << 20);
}

TEST(Settings, TextsThatAreNames) {
  const auto with = [](const std::string& kafka) {
    return "kafka: {bootstrap_servers: a:1, " + kafka +
           "}\nstate: {directory: s, erasure_secret: 0123456789abcdef}\ndefinitions: {topic: true}\n";
  };
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"application: 'two words'", "1:46 kafka.application: expected a name (1 to 128 of"},
      {"instance: ''", "found an empty text"},
      {"topics: {events: 'a/b'}", "1:50 kafka.topics.events: expected a topic's name"},
      {"topics: {events: '..'}", "expected a topic's name"},
      {"topics: {events: lead.commands}", "kafka.topics.events: is the topic of kafka.topics.commands already"},
      {"topics: {events: x, commands: x}", "kafka.topics.commands: is the topic of kafka.topics.events already"},
      {"application: \"a\\nb\"", "control character"},
  };
  for (const auto& [kafka, message] : wrong) {
    const std::vector<std::string> lines = Lines(LoadSettings(with(kafka), Variables({})).errors);
    EXPECT_THAT(lines, ::testing::ElementsAre(::testing::HasSubstr(message))) << kafka;
  }
  MustLoadSettings(with("topics: {events: lead.commands, commands: engagement.events}"));
  CheckSettingsRows({
      {"http: {address: '::1'}", {}},
      {"http: {address: 0.0.0.0}", {}},
      {"http: {address: localhost}", {{"4:17", "expected an address such as 127.0.0.1, 0.0.0.0 or ::1"}}},
  });
  for (const std::string servers : {"", "a:1,", "a:1, b:2", ","}) {
    const LoadedSettings loaded = LoadSettings("kafka: {bootstrap_servers: '" + servers + "'}", Variables({}));
    EXPECT_THAT(Lines(loaded.errors), ::testing::Contains(::testing::HasSubstr("1:28 kafka.bootstrap_servers: exp")))
        << servers;
  }
}

// Returns the errors of lines in `kafka`, after the lines that every file needs.
std::vector<std::string> KafkaErrors(const std::string& lines) {
  const std::string yaml =
      "state: {directory: s, erasure_secret: 0123456789abcdef}\ndefinitions: {topic: true}\nkafka:\n"
      "  bootstrap_servers: a:1\n" +
      lines;
  return Lines(LoadSettings(yaml, Variables({})).errors);
}

TEST(Settings, SecurityIsWholeOrNotThere) {
  using ::testing::ElementsAre;
  using ::testing::HasSubstr;
  EXPECT_THAT(KafkaErrors("  security: {protocol: sasl_tls}"),
              ElementsAre(HasSubstr("5:14 kafka.security.sasl.username: is missing: this protocol needs it"),
                          HasSubstr("5:14 kafka.security.sasl.password: is missing: this protocol needs it")));
  EXPECT_THAT(KafkaErrors("  security: {protocol: tls, sasl: {username: a}}"),
              ElementsAre(HasSubstr("5:36 kafka.security.sasl.username: is used with protocol sasl_tls or")));
  EXPECT_THAT(KafkaErrors("  security: {tls: {ca_file: a}}"),
              ElementsAre(HasSubstr("kafka.security.tls.ca_file: is used with protocol tls or sasl_tls only")));
  EXPECT_THAT(KafkaErrors("  security: {protocol: tls, tls: {certificate_file: a}}"),
              ElementsAre(HasSubstr("is of no use without key_file")));
  EXPECT_THAT(KafkaErrors("  security: {protocol: tls, tls: {key_file: a}}"),
              ElementsAre(HasSubstr("is of no use without certificate_file")));
  EXPECT_THAT(KafkaErrors("  security: {protocol: tls, tls: {key_password: a}}"),
              ElementsAre(HasSubstr("is of no use without key_file")));
  EXPECT_THAT(KafkaErrors("  security: {protocol: tsl, tls: {ca_file: a}}"), ElementsAre(HasSubstr("mean \"tls\"?")));
  EXPECT_THAT(KafkaErrors("  security: {protocol: sasl_plaintext, sasl: {username: a, password: b}}"), ElementsAre());
}

TEST(Settings, TokensComeFromOnePlace) {
  using ::testing::ElementsAre;
  using ::testing::HasSubstr;
  const auto errors = [](const std::string& sasl) {
    return KafkaErrors("  security: {protocol: sasl_tls, sasl: {" + sasl + "}}");
  };
  const std::string tokens = "mechanism: OAUTHBEARER, ", client = "username: a, password: b, ";
  EXPECT_THAT(errors(tokens + "token_file: /t"), ElementsAre());
  EXPECT_THAT(errors(tokens + client + "token_url: 'https://id', token_scope: s"), ElementsAre());
  EXPECT_THAT(errors(tokens + client),
              ElementsAre(HasSubstr("kafka.security.sasl.token_file: is missing, or token_url")));
  EXPECT_THAT(errors(tokens + "token_file: /t, token_scope: s"), ElementsAre(HasSubstr("of no use without token_url")));
  EXPECT_THAT(errors(tokens + "token_file: /t, username: a"), ElementsAre(HasSubstr("is not used with token_file")));
  EXPECT_THAT(errors(tokens + "token_url: 'https://id'"),
              ElementsAre(HasSubstr("username: is missing"), HasSubstr("password: is missing")));
  EXPECT_THAT(errors(tokens + "token_file: /t, token_url: 'https://id'"), ElementsAre(HasSubstr("not from both")));
  EXPECT_THAT(errors(client + "token_file: /t"), ElementsAre(HasSubstr("with mechanism OAUTHBEARER only")));
  EXPECT_THAT(errors(tokens + client + "token_url: id.example"), ElementsAre(HasSubstr("begins with https://")));
}

TEST(Settings, QueriesOverTcpSayWhoMayAskAndAreNotReadable) {
  using ::testing::ElementsAre;
  using ::testing::HasSubstr;
  EXPECT_THAT(KafkaErrors("queries: {enabled: true, token_file: t}"), ElementsAre());
  EXPECT_THAT(KafkaErrors("queries: {enabled: true, address: '::1', token_file: t}"), ElementsAre());
  EXPECT_THAT(KafkaErrors("queries: {enabled: true}"),
              ElementsAre(HasSubstr("5:11 queries.enabled: say who may ask: queries.token_file, or")));
  EXPECT_THAT(KafkaErrors("queries: {enabled: true, address: 0.0.0.0, token_file: t}"),
              ElementsAre(HasSubstr("5:26 queries.address: others could read leads and the token on the way")));
  EXPECT_THAT(KafkaErrors("queries: {enabled: true, address: 0.0.0.0, token_file: t, tls: {certificate_file: c}}"),
              ElementsAre(HasSubstr("queries.tls.certificate_file: is of no use without key_file")));
  EXPECT_THAT(KafkaErrors("queries: {enabled: true, tls: {client_ca_file: a}}"),
              ElementsAre(HasSubstr("queries.tls.client_ca_file: is of no use without certificate_file")));
  EXPECT_THAT(KafkaErrors("queries: {enabled: true, address: 0.0.0.0, tls: {certificate_file: c, key_file: k, "
                          "client_ca_file: a}}"),
              ElementsAre());
  EXPECT_THAT(KafkaErrors("queries: {address: 0.0.0.0}"), ElementsAre());
}

TEST(Settings, DoubtfulSecurityIsWarnedOf) {
  const LoadedSettings loaded = LoadSettings(
      "state: {directory: s, erasure_secret: 0123456789abcdef}\ndefinitions: {topic: true}\n"
      "kafka: {bootstrap_servers: a:1, security: {protocol: sasl_plaintext,\n"
      "  sasl: {mechanism: PLAIN, username: a, password: b}}}\n",
      Variables({}));
  ExpectProblems(loaded.warnings, {{"3:44", "kafka.security.protocol: PLAIN without tls sends the password"}}, "");
}

TEST(Settings, TheCacheFitsIntoHalfTheMemory) {
  const auto errors = [](const std::string& cache, const std::string& lines) {
    return Lines(LoadSettings("kafka: {bootstrap_servers: a:1}\ndefinitions: {topic: true}\n"
                              "state: {directory: s, erasure_secret: 0123456789abcdef" +
                                  cache + "}\n" + lines,
                              Variables({}))
                     .errors);
  };
  EXPECT_THAT(errors(", cache: 769MiB", ""),
              ::testing::ElementsAre(::testing::HasSubstr(
                  "state.cache: a cache of 769MiB is more than half of memory (1536MiB): give `memory` what")));
  EXPECT_THAT(errors(", cache: 768MiB", ""), ::testing::IsEmpty());
  EXPECT_THAT(errors(", cache: 8GiB", "memory: 16GiB"), ::testing::IsEmpty());
  // Values that were not set explicitly shrink.
  EXPECT_THAT(errors("", "memory: 192MiB"), ::testing::IsEmpty());
  EXPECT_THAT(errors(", cache: 8GiB", "memory: much"),
              ::testing::ElementsAre(::testing::HasSubstr("memory: expected bytes from 192MiB to 4TiB")));
}

TEST(Settings, OneCommitFitsIntoHalfATransaction) {
  EXPECT_THAT(
      KafkaErrors("commit_interval: 5s"),
      ::testing::ElementsAre(::testing::HasSubstr(
          "5:1 commit_interval: a commit_interval of 5s is not below half of kafka.transaction_timeout (10s)")));
  EXPECT_THAT(KafkaErrors("commit_interval: 4999ms"), ::testing::IsEmpty());
  EXPECT_THAT(KafkaErrors("  transaction_timeout: 1s\ncommit_interval: 500ms"), ::testing::SizeIs(1));
  // A setting that is wrong by itself is reported once.
  EXPECT_THAT(KafkaErrors("commit_interval: 1h"), ::testing::SizeIs(1));
}

TEST(Settings, DefinitionsComeFromOnePlace) {
  const auto with = [](const std::string& definitions) {
    return "kafka: {bootstrap_servers: a:1}\nstate: {directory: s, erasure_secret: 0123456789abcdef}\ndefinitions: " +
           definitions;
  };
  for (const auto& [definitions, message] : std::map<std::string, std::string>{
           {"{file: a, topic: true}", "3:24 definitions.topic: definitions come from the file or from the topic, not"},
           {"{topic: false}", "3:15 definitions: where the definitions come from is missing"},
           {"{}", "0:0 definitions: where the definitions come from is missing"}}) {
    const std::vector<std::string> lines = Lines(LoadSettings(with(definitions), Variables({})).errors);
    EXPECT_THAT(lines, ::testing::ElementsAre(::testing::HasSubstr(message))) << definitions;
  }
  EXPECT_TRUE(MustLoadSettings(with("{topic: true}")).definitions.topic);
  EXPECT_EQ(MustLoadSettings(with("{file: a, topic: false}")).definitions.file, "a");
}

TEST(Settings, ConfluentOutputsHaveASchema) {
  CheckSettingsRows({
      {"formats: {changes: confluent}", {{"4:11", "formats.changes: confluent needs the schema registry's id"}}},
      {"formats: {changes: confluent, schema_ids: {changes: 7}}", {}},
      {"formats: {dead_letters: confluent, schema_ids: {dead_letters: 7}}", {}},
      {"formats: {events: confluent, commands: json}", {}},
      {"formats: {schema_ids: {changes: 7}}", {{"4:24", "is used where formats.changes is confluent only"}}},
      {"formats: {changes: confluent, schema_ids: {changes: 0}}", {{"4:53", "expected an integer from 1"}}},
  });
}

TEST(Settings, IdsComeFromTheRegistryOrByHand) {
  const std::string registry = "formats: {changes: confluent, schema_registry: {url: 'https://r'";
  CheckSettingsRows({
      {registry + "}}", {}},
      {registry + ", username: u, password: p, ca_file: c}}", {}},
      {registry + "}, schema_ids: {changes: 7}}",
       {{"4:81", "formats.schema_ids.changes: is what formats.schema_registry says: remove this, or the registry"}}},
      {registry + "}, schema_ids: {events: 7}}", {{"4:81", "remove this, or the registry"}}},
      {registry + ", username: u}}", {{"4:67", "is of no use without password"}}},
      {registry + ", password: p}}", {{"4:67", "is of no use without username"}}},
      {registry + ", token: eyJh.e30.c2ln_-}}", {}},
      {registry + ", token: t, username: u, password: p}}",
       {{"4:67", "a registry is asked with a token or with a user, not with both: remove one"}}},
      {registry + ", token: 'a b'}}", {{"4:67", "is no bearer token"}}},
      {registry + ", token: '=t'}}", {{"4:67", "is no bearer token"}}},
      {"formats: {schema_registry: {token: t}}", {{"4:29", "is of no use without url"}}},
      {"formats: {schema_registry: {ca_file: c}}", {{"4:29", "is of no use without url"}}},
      {"formats: {schema_registry: {url: 'ftp://r'}}", {{"4:34", "begins with https:// or http://"}}},
  });
  const auto warnings = [](const std::string& more) {
    const std::string text = "formats: {changes: confluent, schema_registry: {url: 'http://r'" + more + "}}\n";
    return Lines(LoadSettings(std::string(kLeast) + text, Variables({})).warnings);
  };
  EXPECT_THAT(warnings(""), ::testing::IsEmpty());
  EXPECT_THAT(warnings(", username: u, password: p"),
              ::testing::ElementsAre(::testing::HasSubstr("without TLS the password is sent readable")));
  EXPECT_THAT(warnings(", token: t"),
              ::testing::ElementsAre(::testing::HasSubstr("without TLS the token is sent readable")));
}

TEST(Settings, LibrdkafkasOwnSettingsArePassedOnAsTexts) {
  const Settings settings = MustLoadSettings(
      "kafka:\n  bootstrap_servers: a:1\n  client: {client.rack: r1, socket.keepalive.enable: true}\n"
      "  consumer: {fetch.min.bytes: 1}\n  producer: {linger.ms: '5', ssl.key.pem: \"${PEM}\"}\n"
      "state: {directory: s, erasure_secret: 0123456789abcdef}\ndefinitions: {topic: true}\n",
      Variables({{"PEM", "-----BEGIN\nKEY-----"}}));
  EXPECT_EQ(settings.kafka.client, (ClientSettings{{"client.rack", "r1"}, {"socket.keepalive.enable", "true"}}));
  EXPECT_EQ(settings.kafka.consumer, (ClientSettings{{"fetch.min.bytes", "1"}}));
  EXPECT_EQ(settings.kafka.producer, (ClientSettings{{"linger.ms", "5"}, {"ssl.key.pem", "-----BEGIN\nKEY-----"}}));
}

TEST(Settings, WhatWouldBreakExactlyOnceIsRefusedWithTheReason) {
  using ::testing::ElementsAre;
  using ::testing::HasSubstr;
  EXPECT_THAT(KafkaErrors("  consumer: {enable.auto.commit: true, isolation.level: read_uncommitted}"),
              ElementsAre(HasSubstr("5:14 kafka.consumer.enable.auto.commit: this setting of librdkafka is not taken: "
                                    "Leadpulse sets it itself: offsets are committed in the transaction"),
                          HasSubstr("what was not committed must not be read")));
  EXPECT_THAT(KafkaErrors("  producer: {acks: 1}"), ElementsAre(HasSubstr("an idempotent producer")));
  EXPECT_THAT(KafkaErrors("  client: {sasl.password: hunter2}"),
              ElementsAre(HasSubstr("not taken: use kafka.security.sasl.password instead")));
  EXPECT_THAT(KafkaErrors("  client: {client.rack: [a]}"), ElementsAre(HasSubstr("expected a text, found a list")));
  EXPECT_THAT(KafkaErrors("  client: {client.rack: }"), ElementsAre(HasSubstr("expected a text, found nothing")));
  EXPECT_THAT(KafkaErrors("  client: a"), ElementsAre(HasSubstr("expected a map from names to values, found a text")));
}

}  // namespace leadpulse::config::settings_test
