#include "config/settings_document.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "processor/base/status.h"
#include "processor/base/text.h"

namespace leadpulse::config {
namespace {

// Removes the name of an anchor from the message: yaml-cpp quotes the name of a missing one, and in `password:
// *hunter2` that is the password.
std::string WithoutAnchor(const std::string& message) {
  constexpr std::string_view kUnknownAnchor = "the referenced anchor is not defined";
  const size_t at = message.find(kUnknownAnchor);
  if (at == std::string::npos) return message;
  return message.substr(0, at + kUnknownAnchor.size()) + "; a text that begins with * stands in quotes";
}

bool IsOneOf(std::string_view key, const std::vector<std::string>& known) {
  return std::ranges::find(known, key) != known.end();
}

// Reports an unknown key. In `{password:hunter2}` the whole string is the key, so the part behind the colon is not
// shown.
void ReportUnknown(const YamlEntry& entry, const std::string& group, const std::vector<std::string>& known) {
  const size_t colon = entry.key.find(':');
  if (colon == std::string::npos) return entry.KeyError(UnknownKey(entry.key, known));
  const std::string key = entry.key.substr(0, colon);
  entry.value.log().Error(entry.key_offset, group,
                          IsOneOf(key, known) ? "a space is missing behind `" + key + ":`" : UnknownKey(key, known));
}

bool IsVariableName(std::string_view name) {
  return !name.empty() && !IsDigit(name.front()) && IsAlphanumeric(name, "_");
}

// Returns what a file has, without the end of its last line. Rejected if it cannot be read, or is no text of a setting.
Result<std::string> TextOfFile(const std::string& path) {
  const auto wrong = [&path](const std::string& what) { return Status::Rejected("the file " + path + what); };
  std::string text(kMaxSettingTextBytes + 1, '\0');
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size())) && !file.eof()) {
    return wrong(std::string(" cannot be read: ") + strerror(errno));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMaxSettingTextBytes)
    return wrong(" has more than " + std::to_string(kMaxSettingTextBytes) + " bytes");
  for (const char end : {'\n', '\r'}) {
    if (text.ends_with(end)) text.pop_back();
  }
  if (text.empty()) return wrong(" is empty");
  return text;
}

// Returns what stands for `${INSIDE}`. nullopt if it is no name of a variable or file.
std::optional<Result<std::string>> Insertion(std::string_view inside, const Environment& environment) {
  constexpr std::string_view kFile = "file:";
  if (inside.starts_with(kFile) && inside.substr(kFile.size()).starts_with('/')) {
    return TextOfFile(std::string(inside.substr(kFile.size())));
  }
  if (!IsVariableName(inside)) return std::nullopt;
  const std::string name(inside);
  if (std::optional<std::string> value = environment(name)) return *std::move(value);
  return Status::Rejected("the environment variable " + name + " is not set");
}

}  // namespace

void ReadSettingsDocument(std::string_view yaml, std::string_view help, ProblemLog* log,
                          const std::function<void(const YamlNode& root)>& load) {
  if (yaml.size() > kMaxSettingsBytes) {
    return log->Error(std::nullopt, "", "the file is larger than 1 MiB, so it is no settings file");
  }
  const YamlTree tree = ParseYaml(yaml);
  for (const YamlFault& fault : tree.faults) log->Error(fault.offset, "", WithoutAnchor(fault.message));
  if (tree.root) {
    load(*tree.root);
  } else if (!log->has_errors()) {
    log->Error(std::nullopt, "", "the file is empty; " + std::string(help));
  }
}

bool HasKind(const YamlValue& value, YamlKind kind, const std::string& what) {
  if (value.node().kind == kind) return true;
  value.Error("expected " + what + ", found " + std::string(KindName(value.node().kind)));
  return false;
}

std::optional<std::vector<YamlEntry>> KnownSettings(const YamlValue& group, const std::vector<std::string>& known) {
  if (!HasKind(group, YamlKind::kMap, "a map with some of the keys " + OneOf(known))) return std::nullopt;
  std::optional<std::vector<YamlEntry>> entries = group.Entries("a map");
  std::erase_if(*entries, [&](const YamlEntry& entry) {
    const bool is_known = IsOneOf(entry.key, known);
    if (!is_known) ReportUnknown(entry, group.path(), known);
    return !is_known || entry.value.IsNull();
  });
  return entries;
}

std::optional<Expanded> Expand(const YamlValue& value, const Environment& environment) {
  const std::string_view text = value.node().text;
  Expanded expanded;
  bool good = true;
  const auto fail = [&](size_t at, const std::string& message) {
    value.log().Error(value.log().source().OffsetInScalar(value.node(), at), value.path(), message);
    good = false;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (rest[0] != '$' || rest.starts_with("$$")) {
      expanded.text += rest[0];
      i += rest[0] == '$' ? 1 : 0;
      continue;
    }
    const size_t end = rest.starts_with("${") ? rest.find('}') : std::string_view::npos;
    const std::string_view inside = end == std::string_view::npos ? "" : rest.substr(2, end - 2);
    const std::optional<Result<std::string>> inserted = Insertion(inside, environment);
    if (!inserted) {
      // The text behind it may be a password, so it is not quoted.
      fail(i, "write `${NAME}` for an environment variable, `${file:/PATH}` for a file, and `$$` for a dollar");
      continue;
    }
    if (!inserted->ok()) fail(i, inserted->status().message());
    if (inserted->ok()) expanded.text += **inserted;
    expanded.from_elsewhere = true;
    i += end;
  }
  return good ? std::optional(std::move(expanded)) : std::nullopt;
}

bool Misfit(const YamlValue& value, const std::string& what) {
  value.Error("expected " + what + ", found " + Quoted(value.node().text));
  return false;
}

bool ReadExpanded(const YamlValue& value, const Environment& environment, std::string_view what, bool secret,
                  const std::function<bool(const YamlValue&)>& read) {
  if (!HasKind(value, YamlKind::kScalar, std::string(what))) return false;
  const std::optional<Expanded> expanded = Expand(value, environment);
  if (!expanded) return false;
  YamlNode node = value.node();
  node.text = expanded->text;
  node.plain = node.plain || expanded->from_elsewhere;  // `"${WORKERS}"` is a number if the variable is
  if (!secret && !expanded->from_elsewhere) {
    return read(YamlValue(&node, value.offset(), value.path(), &value.log()));
  }
  // Reports about these values quote them, so they are dropped.
  ProblemLog unseen(&value.log().source());
  if (read(YamlValue(&node, value.offset(), value.path(), &unseen))) return true;
  // A secret's text in the file is not shown either: a password may stand beside its `${NAME}`.
  value.Error("expected " + std::string(what) +
              (secret ? "; what stands here is not shown, for it is a secret"
                      : "; what stands for " + Quoted(value.node().text) + " is something else"));
  return false;
}

void ReportMissing(const YamlValue& group, std::string_view key, std::string_view what) {
  const bool is_file = group.path().empty();
  group.log().Error(is_file ? std::nullopt : std::optional<uint32_t>(group.offset()),
                    (is_file ? "" : group.path() + ".") + std::string(key), "is missing: " + std::string(what));
}

}  // namespace leadpulse::config
