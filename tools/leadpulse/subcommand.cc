#include "tools/leadpulse/subcommand.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>

#include "absl/strings/str_replace.h"
#include "config/settings_loader.h"
#include "config/yaml_tree.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

ExitCode Print(std::string_view text) {
  if (text.empty()) return kDone;
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return kDone;
  const std::string why = errno == EPIPE ? "its reader has gone" : strerror(errno);
  return Fail("standard output cannot be written: " + why);
}

// Loads definitions that may be new: what `in_force` returns has the rules that may stay as they are.
config::LoadedDefinitions LoadAsNew(const std::string& text, const FindDefinitions& in_force) {
  config::LoadedDefinitions loaded = config::LoadDefinitions(text, config::RulesInForce());
  if (loaded.definitions != nullptr) return loaded;
  const std::shared_ptr<const config::Definitions> known = in_force();
  if (known == nullptr) return loaded;
  const bool is_same = known->text == text;
  return config::LoadDefinitions(text, is_same ? config::RulesInForce::All() : config::RulesInForce(*known));
}

}  // namespace

void PrintError(const std::string& message) { PrintToStandardError("leadpulse: " + message + "\n"); }

void PrintToStandardError(std::string_view text) { std::fputs(DisplayableText(text).c_str(), stderr); }

ExitCode Fail(const std::string& message) {
  if (!message.empty()) PrintError(message);
  return kFailed;
}

ExitCode FailUsage(const std::string& message) {
  Fail(message);
  return kUsage;
}

ExitCode FailByKind(const Status& status) {
  return status.kind() == ErrorKind::kRejected ? FailUsage(status) : Fail(status);
}

ExitCode PrintResult(std::string_view text) { return Print(DisplayableText(text)); }

ExitCode PrintData(std::string_view bytes) {
  if (isatty(STDOUT_FILENO) == 0) return Print(bytes);
  return PrintResult(absl::StrReplaceAll(absl::string_view(bytes.data(), bytes.size()), {{"\r\n", "\n"}}));
}

Result<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return Status::Rejected(path + " is a directory, not a file");
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (file == nullptr) return Status::Rejected(path + " cannot be opened: " + strerror(errno));
  std::string text;
  char buffer[64 << 10];
  while (text.size() <= max_bytes) {
    size_t count = std::fread(buffer, 1, sizeof buffer, file.get());
    if (count == 0) break;
    text.append(buffer, count);
  }
  if (std::ferror(file.get()) != 0) return Status::Rejected(path + " cannot be read: " + strerror(errno));
  return text;
}

void PrintProblems(const std::string& path, const char* severity,
                   const std::vector<config::DefinitionsProblem>& problems) {
  for (const config::DefinitionsProblem& problem : problems) {
    PrintToStandardError(config::RenderProblem(path, severity, problem) + "\n");
  }
}

std::shared_ptr<const config::Definitions> LoadDefinitionsFile(const std::string& path, bool print_warnings,
                                                               const FindDefinitions& in_force) {
  Result<std::string> text = ReadFile(path, config::kMaxYamlBytes);
  if (!text.ok()) {
    PrintError("definitions " + text.status().message());
    return nullptr;
  }
  const config::LoadedDefinitions loaded =
      in_force ? LoadAsNew(*text, in_force) : config::LoadDefinitions(*text, config::RulesInForce::Perhaps());
  PrintProblems(path, "error", loaded.errors);
  if (print_warnings) PrintProblems(path, "warning", loaded.warnings);
  return loaded.definitions;
}

std::optional<std::string> FromProcess(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::optional<config::Settings> LoadSettingsFile(const std::string& path) {
  Result<std::string> text = ReadFile(path, config::kMaxSettingsBytes);
  if (!text.ok()) {
    PrintError("settings " + text.status().message());
    return std::nullopt;
  }
  config::LoadedSettings loaded = config::LoadSettings(*text, FromProcess);
  PrintProblems(path, "error", loaded.errors);
  PrintProblems(path, "warning", loaded.warnings);
  return std::move(loaded.settings);
}

}  // namespace leadpulse::tools
