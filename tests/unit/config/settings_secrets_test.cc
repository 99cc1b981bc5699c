// The environment in values; no message ever shows it or a secret.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "config/settings_table.h"
#include "tests/support/scratch_directory.h"
#include "tests/unit/config/settings_support.h"

namespace leadpulse::config::settings_secrets_test {

struct ExpandedText {
  std::optional<Expanded> expanded;
  std::vector<std::string> faults;  // `1 what is wrong`, with the byte of the text
};

ExpandedText ExpandText(const std::string& text, const Environment& environment) {
  const SourceText source(text);
  ProblemLog log(&source);
  YamlNode node;
  node.kind = YamlKind::kScalar;
  node.plain = true;
  node.text = text;
  ExpandedText result{Expand(YamlValue(&node, 0, "a", &log), environment), {}};
  for (const DefinitionsProblem& error : log.TakeErrors()) {
    result.faults.push_back(std::to_string(error.column - 1) + " " + error.message);
  }
  return result;
}

TEST(Environment, PutsVariablesIntoTexts) {
  const Environment environment = Variables({{"A", "x"}, {"B_2", "${A}"}, {"EMPTY", ""}});
  const auto text = [&](const std::string& written) {
    const ExpandedText result = ExpandText(written, environment);
    EXPECT_TRUE(result.expanded.has_value() && result.faults.empty()) << written;
    return result.expanded ? result.expanded->text : "";
  };
  EXPECT_EQ(text("plain"), "plain");
  EXPECT_EQ(text("${A}"), "x");
  EXPECT_EQ(text("a${A}b${A}c"), "axbxc");
  EXPECT_EQ(text("${B_2}"), "${A}");  // replaced only once
  EXPECT_EQ(text("[${EMPTY}]"), "[]");
  EXPECT_EQ(text("$${A}"), "${A}");
  EXPECT_EQ(text("$$$$"), "$$");
  EXPECT_EQ(text("$$${A}"), "$x");
  EXPECT_TRUE(ExpandText("${EMPTY}", environment).expanded.value().from_elsewhere);
  EXPECT_FALSE(ExpandText("$$", environment).expanded.value().from_elsewhere);
}

TEST(Environment, NamesEveryFaultAndItsPlace) {
  const auto faults = [](const std::string& written) {
    const ExpandedText result = ExpandText(written, Variables({}));
    EXPECT_FALSE(result.expanded.has_value()) << written;
    return result.faults;
  };
  using ::testing::ElementsAre;
  using ::testing::HasSubstr;
  EXPECT_THAT(faults("a${B}${C}"),
              ElementsAre("1 the environment variable B is not set", "5 the environment variable C is not set"));
  for (const char* text :
       {"$", "a$b", "${", "${A", "${}", "${1A}", "${A-B}", "${ A }", "$(A)", "${file:}", "${file:x}", "${file:/x"}) {
    EXPECT_THAT(faults(text),
                ElementsAre(HasSubstr("write `${NAME}` for an environment variable, `${file:/PATH}` for")))
        << text;
  }
}

TEST(Files, PutTheirTextIntoValues) {
  const leadpulse::testing::ScratchDirectory folder;
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(folder / name, std::ios::binary) << text;
    return "${file:" + (folder / name) + "}";
  };
  const auto text = [](const std::string& written) {
    const ExpandedText result = ExpandText(written, Variables({}));
    return result.expanded ? result.expanded->text : "fault: " + result.faults.front();
  };
  EXPECT_EQ(text(write("secret", "s3cret\n")), "s3cret");
  EXPECT_EQ(text(write("windows", "s3cret\r\n")), "s3cret");
  EXPECT_EQ(text("a" + write("lines", "${A}\n\n") + "b"), "a${A}\nb");  // replaced only once, and but one end
  EXPECT_EQ(text(write("longest", std::string(kMaxSettingTextBytes, 'x'))), std::string(kMaxSettingTextBytes, 'x'));
  EXPECT_TRUE(ExpandText(write("secret", "x"), Variables({})).expanded->from_elsewhere);
  using ::testing::MatchesRegex;
  EXPECT_THAT(text("a" + write("empty", "\n")), MatchesRegex("fault: 1 the file .*/empty is empty"));
  EXPECT_THAT(text(write("long", std::string(kMaxSettingTextBytes + 1, 'x'))),
              MatchesRegex("fault: 0 the file .*/long has more than 4096 bytes"));
  EXPECT_THAT(text("${file:/nowhere/key}"), MatchesRegex("fault: 0 the file /nowhere/key cannot be read: No such .*"));
  EXPECT_THAT(text("${file:" + folder.path().string() + "}"),
              MatchesRegex("fault: 0 the file .* cannot be read: Is a directory"));
}

TEST(SettingsSecrets, VariablesAreNeverStructure) {
  const Settings settings = MustLoadSettings(
      "kafka: {bootstrap_servers: '${SERVERS}', application: \"${NAME}\"}\n"
      "state:\n  directory: ${FOLDER}/state\n  erasure_secret: ${SECRET}\n"
      "definitions: {file: \"${FILE}\"}\nworkers: ${WORKERS}\nhttp: {enabled: \"${OFF}\"}\n",
      Variables({{"SERVERS", "a:1,b:2"},
                 {"NAME", "n"},
                 {"FOLDER", "{x: [1, 2"},
                 {"SECRET", "*alias: &anchor # no comment"},
                 {"FILE", "a: b"},
                 {"WORKERS", "8"},
                 {"OFF", "false"}}));
  EXPECT_EQ(settings.kafka.bootstrap_servers, "a:1,b:2");
  EXPECT_EQ(settings.state.directory, "{x: [1, 2/state");
  EXPECT_EQ(settings.state.erasure_secret.Reveal(), "*alias: &anchor # no comment");
  EXPECT_EQ(settings.definitions.file, "a: b");
  EXPECT_EQ(settings.workers, 8u);
  EXPECT_FALSE(settings.http.enabled);
}

TEST(SettingsSecrets, AVariableThatIsNotSetIsNamedWhereItStands) {
  const LoadedSettings loaded = LoadSettings(
      "kafka: {bootstrap_servers: 'a:${PORT}'}\nstate:\n  directory: s\n  erasure_secret: ${LEADPULSE_ERASURE_SECRET}\n"
      "definitions: {topic: true}\nkafk: ${ALSO}\n",
      Variables({}));
  ExpectProblems(loaded.errors,
                 {{"1:31", "kafka.bootstrap_servers: the environment variable PORT is not set"},
                  {"4:19", "state.erasure_secret: the environment variable LEADPULSE_ERASURE_SECRET is not set"},
                  {"6:1", "unknown key \"kafk\""}},
                 "");
}

TEST(SettingsSecrets, FormerOnesAreAList) {
  const auto load = [](const std::string& former) {
    return LoadSettings(
        "kafka: {bootstrap_servers: 'a:1'}\ndefinitions: {topic: true}\nstate: {directory: s, "
        "erasure_secret: 0123456789abcdef, former_erasure_secrets: " +
            former + "}\n",
        Variables({{"FIRST", "the first of them all"}}));
  };
  const Settings settings = load("['${FIRST}', a second of many bytes]").settings.value();
  ASSERT_EQ(settings.state.former_erasure_secrets.size(), 2u);
  EXPECT_EQ(settings.state.former_erasure_secrets[0].Reveal(), "the first of them all");
  EXPECT_EQ(settings.state.former_erasure_secrets[1].Reveal(), "a second of many bytes");
  EXPECT_TRUE(load("[]").settings->state.former_erasure_secrets.empty());
  const auto fault = [&](const std::string& former) { return Lines(load(former).errors); };
  using ::testing::ElementsAre;
  using ::testing::HasSubstr;
  EXPECT_THAT(fault("short"), ElementsAre(HasSubstr("a list of up to 99 secrets of at least 16 bytes")));
  EXPECT_THAT(fault("[a second of many bytes, short]"), ElementsAre(HasSubstr("a secret of at least 16 bytes")));
  EXPECT_THAT(fault("['${NONE}']"), ElementsAre(HasSubstr("variable NONE is not set")));
  for (const char* twice : {"[0123456789abcdef]", "[a second of many bytes, a second of many bytes]"}) {
    EXPECT_THAT(fault(twice), ElementsAre(HasSubstr("each change needs a new secret")));
  }
  std::string many = "[";
  for (int i = 0; i < 100; ++i)
    many += (i > 0 ? ", " : "") + std::string("a secret of many bytes ") + std::to_string(i);
  EXPECT_THAT(fault(many + "]"), ElementsAre(HasSubstr("a list of up to 99 secrets")));
}

// `hunter2` is in a place where a person or an environment may put it by mistake.
TEST(SettingsSecrets, NoErrorShowsOne) {
  const std::vector<std::string> files = {
      "state: {erasure_secret: hunter2}",
      "state: {erasure_secret: \"hunter2\\nhunter2hunter2\"}",
      "state: {erasure_secret: [hunter2]}",
      "state: {erasure_secret: {hunter2: 1}}",
      "state: {erasure_secret: 'a${X}hunter2'}",
      "state: {erasure_secret: 'hunter2$'}",
      "state: {erasure_secret: 'hunter2${NONE}'}",
      "state: {erasure_secret: \"${SECRET}\"}",
      "state: {former_erasure_secrets: hunter2}",
      "state: {former_erasure_secrets: [hunter2]}",
      "state: {former_erasure_secrets: [{hunter2: 1}]}",
      "state: {former_erasure_secrets: [hunter2hunter2hunter2, hunter2hunter2hunter2]}",
      "state: {former_erasure_secrets: [\"${SECRET}\"]}",
      "state: {erasure_secret:hunter2}",
      "state: {erasure_secret: *hunter2}",
      "state: {erasure_secret: !hunter2}",
      "state: {erasure_secret: &hunter2}",
      "state: {erasure_secert:hunter2}",
      "state: hunter2",
      "state: [hunter2]",
      "state:\n  erasure_secret:hunter2\n",
      "state:\n  erasure_secret: @hunter2\n",
      "state:\n  erasure_secret: hunter2: hunter2\n",
      "kafka: {security: {sasl: hunter2}}",
      "kafka: {security: {sasl: {pasword: hunter2}}}",
      "kafka: {security: {protocol: tls, sasl: {password: hunter2}}}",
      "kafka: {security: {tls: {key_password: hunter2}}}",
      "kafka: {client: {sasl.password:hunter2}}",
      "kafka: {client: {sasl.password: hunter2}}",
      "kafka: {client: {ssl.key.pem: [hunter2]}}",
      "workers: ${SECRET}",
      "reevaluation_share: ${SECRET}",
      "commit_interval: ${SECRET}",
      "max_epoch_bytes: ${SECRET}",
      "start_at: ${SECRET}",
      "http: {enabled: \"${SECRET}\", port: \"${SECRET}\", address: \"${SECRET}\"}",
      "kafka: {topics: {events: \"${SECRET}\", commands: \"${SECRET}\"}}",
      "kafka: {application: \"${SECRET}${MANY}\", topics: {events: \"${SECRET}/\"}}",
  };
  const Environment environment =
      Variables({{"X", "x"}, {"SECRET", "hunter2"}, {"MANY", std::string(5000, 'x') + "hunter2"}});
  for (const std::string& file : files) {
    const LoadedSettings loaded = LoadSettings(file, environment);
    EXPECT_FALSE(loaded.errors.empty()) << file;
    for (const auto* problems : {&loaded.errors, &loaded.warnings}) {
      for (const DefinitionsProblem& problem : *problems) {
        const std::string shown = RenderProblem("live.yaml", "error", problem);
        EXPECT_EQ(shown.find("hunter2"), std::string::npos) << file << "\n" << shown;
      }
    }
  }
}

TEST(SettingsSecrets, WrongOnesAreToldWithoutTheirText) {
  const auto errors = [](const std::string& file) {
    std::vector<DefinitionsProblem> found = LoadSettings(file, Variables({{"SECRET", "hunter2"}})).errors;
    std::erase_if(found, [](const DefinitionsProblem& problem) { return problem.line == 0; });
    std::erase_if(found, [](const DefinitionsProblem& problem) {
      return problem.message.find("is missing:") != std::string::npos;
    });
    return Lines(found);
  };
  using ::testing::ElementsAre;
  EXPECT_THAT(errors("state: {erasure_secret: hunter2}"),
              ElementsAre("1:25 state.erasure_secret: expected a secret of at least 16 bytes; what stands here is not "
                          "shown, for it is a secret"));
  EXPECT_THAT(errors("workers: ${SECRET}"),
              ElementsAre("1:10 workers: expected an integer from 1 to 64; what stands for \"${SECRET}\" is "
                          "something else"));
  EXPECT_THAT(errors("state: {erasure_secret:hunter2}"),
              ElementsAre("1:9 state: a space is missing behind `erasure_secret:`"));
}

std::string Shown(Settings settings) {
  std::string lines;
  for (const Setting& setting : AllSettings(&settings)) {
    lines += std::string(setting.name) + ": " + ShowValue(setting) + "\n";
  }
  return lines;
}

TEST(SettingsSecrets, NoneIsInWhatIsShownOfTheSettings) {
  const Settings settings = MustLoadSettings(
      "kafka:\n  bootstrap_servers: a:1\n  security: {protocol: sasl_tls, sasl: {username: ada, password: hunter2},\n"
      "    tls: {certificate_file: c, key_file: k, key_password: hunter2}}\n  client: {ssl.key.pem: hunter2}\n"
      "state: {directory: s, erasure_secret: hunter2hunter2hunter2}\ndefinitions: {topic: true}\n");
  const std::string shown = Shown(settings);
  EXPECT_EQ(shown.find("hunter2"), std::string::npos) << shown;
  EXPECT_NE(shown.find("kafka.security.sasl.username: ada\n"), std::string::npos);
  EXPECT_NE(shown.find("kafka.security.sasl.password: (a secret)\n"), std::string::npos);
  EXPECT_NE(shown.find("kafka.client: ssl.key.pem\n"), std::string::npos);
  EXPECT_NE(shown.find("commit_interval: 100ms\n"), std::string::npos);
  std::ostringstream out;
  out << settings.state.erasure_secret << ::testing::PrintToString(settings.kafka.security.sasl.password) << Secret();
  EXPECT_EQ(out.str(), "(a secret)(a secret)(no secret)");
}

}  // namespace leadpulse::config::settings_secrets_test
