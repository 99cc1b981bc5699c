#include "processor/serve/api/settings/definitions_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "config/definitions_loader.h"
#include "config/yaml_tree.h"
#include "processor/files/atomic_text_file.h"

namespace leadpulse::serve {
namespace {

DefinitionsContent Stored(std::string text) {
  DefinitionsContent stored{std::move(text), {}, nullptr};
  stored.version = config::VersionOfText(stored.text);
  stored.definitions = config::LoadDefinitions(stored.text).definitions;
  return stored;
}

// Returns the file that a link names, so that the link stays and the file is replaced.
Result<std::string> FileBehind(const std::string& path) {
  std::error_code error;
  const std::filesystem::path file = std::filesystem::canonical(path, error);
  if (error) return Status::Rejected("definitions " + path + " cannot be read: " + error.message());
  return file.string();
}

}  // namespace

Status DefinitionsFile::Check(const config::Definitions& definitions) const {
  return source_.check == nullptr ? Status::Ok() : source_.check(definitions);
}

Result<DefinitionsContent> DefinitionsFile::Read() const {
  LP_ASSIGN_OR_RETURN(const std::string path, FileBehind(source_.path));
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.good() && !file.eof()) return Status::Rejected("definitions " + path + " cannot be read");
  return Stored(std::move(text));
}

Result<std::variant<DefinitionsContent, http::Response>> DefinitionsFile::Edit(const Change& change) {
  const std::lock_guard lock(mutex_);
  LP_ASSIGN_OR_RETURN(const std::string path, FileBehind(source_.path));
  LP_ASSIGN_OR_RETURN(
      const auto file,
      files::AtomicTextFile::Open(path, config::kMaxYamlBytes,
                                  {.what = "definitions", .user = "leadpulse serve", .option = "--definitions"}));
  std::variant<std::string, http::Response> changed = change(Stored(file->text()));
  if (auto* response = std::get_if<http::Response>(&changed)) return {std::move(*response)};
  LP_RETURN_IF_ERROR(file->Save(std::get<std::string>(changed)));
  return {Stored(std::move(std::get<std::string>(changed)))};
}

}  // namespace leadpulse::serve
