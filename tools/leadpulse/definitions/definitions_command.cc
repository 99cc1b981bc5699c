// leadpulse definitions check|show|init|apply: a definitions file before it is used, and put to use on Kafka.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "config/definitions_loader.h"
#include "tools/leadpulse/definitions/definitions_apply.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

struct InitOptions {
  std::string name = "seed";
  std::string file;
};

int CheckFile(const std::string& file) {
  std::shared_ptr<const config::Definitions> definitions = LoadDefinitionsFile(file, /*print_warnings=*/true);
  if (definitions == nullptr) return kUsage;
  size_t segments = 0;
  for (const auto& [name, tenant] : definitions->tenants) segments += tenant->segments.size();
  return PrintResult(file + ": good. Tenants: " + std::to_string(definitions->tenants.size()) +
                     ", segments: " + std::to_string(segments) + ", version: " + definitions->version + "\n");
}

int Show(const std::string& file) {
  std::shared_ptr<const config::Definitions> definitions = LoadDefinitionsFile(file, /*print_warnings=*/false);
  if (definitions == nullptr) return kUsage;
  return PrintData(config::ShowDefinitions(*definitions));
}

std::string ListOfTemplates() {
  std::string list;
  for (const std::string& name : config::TemplateNames()) list += (list.empty() ? "" : ", ") + name;
  return list;
}

int Init(const InitOptions& options) {
  std::optional<std::string_view> text = config::TemplateText(options.name);
  if (!text.has_value()) {
    PrintError("there is no template " + options.name + "; choose one of " + ListOfTemplates());
    return kUsage;
  }
  if (options.file.empty() || options.file == "-") return PrintData(*text);
  // `x`: an existing file stays, for it may hold work.
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(options.file.c_str(), "wbx"), &std::fclose);
  if (file == nullptr && errno == EEXIST) {
    PrintError(options.file + " exists and stays as it is; give another name or remove it first");
    return kUsage;
  }
  bool written = file != nullptr && std::fwrite(text->data(), 1, text->size(), file.get()) == text->size() &&
                 std::fflush(file.get()) == 0;
  if (!written) {
    PrintError(options.file + " cannot be written: " + strerror(errno));
    return kFailed;
  }
  return PrintResult("Wrote " + options.file + ". Change it, then: leadpulse definitions check " + options.file + "\n");
}

}  // namespace

void AddDefinitionsCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  CLI::App* definitions = program->add_subcommand("definitions", "Check, show, start or publish a definitions file");
  definitions->require_subcommand(1);
  definitions->footer(
      "Examples:\n"
      "  leadpulse definitions init my.yaml      a commented file to start from\n"
      "  leadpulse definitions check my.yaml     every mistake at once, with line and column\n"
      "  leadpulse definitions apply my.yaml --config live.yaml");

  auto checked = std::make_shared<std::string>();
  CLI::App* check = definitions->add_subcommand("check", "Find every mistake in a definitions file");
  check->add_option("FILE", *checked, "The definitions file (YAML)")->required();
  subcommands->push_back({check, [checked] { return CheckFile(*checked); }});

  auto shown = std::make_shared<std::string>();
  CLI::App* show = definitions->add_subcommand("show", "Print a file as it is understood, every default written out");
  show->add_option("FILE", *shown, "The definitions file (YAML)")->required();
  subcommands->push_back({show, [shown] { return Show(*shown); }});

  auto init = std::make_shared<InitOptions>();
  CLI::App* start = definitions->add_subcommand("init", "Write a commented definitions file to start from");
  start->add_option("--template", init->name, "Which one: " + ListOfTemplates())
      ->type_name("NAME")
      ->capture_default_str();
  start->add_option("FILE", init->file, "Where to; an existing file stays. Without it: to standard output");
  subcommands->push_back({start, [init] { return Init(*init); }});

  auto applied = std::make_shared<ApplyOptions>();
  CLI::App* apply = definitions->add_subcommand(
      "apply", "Publish a definitions file to the topic that a deployment on Kafka takes its definitions from");
  apply->add_option("FILE", applied->file, "The definitions file (YAML)")->required();
  apply->add_option("--config", applied->config, "The settings of the deployment")->type_name("FILE")->required();
  apply->add_flag("--yes", applied->yes, "Do not ask");
  subcommands->push_back({apply, [applied] { return ApplyDefinitions(*applied); }});
}

}  // namespace leadpulse::tools
