#include "tests/webhooks/webhook_cases.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "processor/base/text.h"
#include "processor/webhooks/generic_provider.h"
#include "processor/webhooks/skipped_line.h"
#include "schemas/codec/input_writer.h"

namespace leadpulse::webhooks {
namespace {

namespace fs = std::filesystem;

constexpr char kFolder[] = "tests/data/webhooks";

[[noreturn]] void Stop(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::abort();
}

std::string Read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) Stop(path.string() + " cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::pair<std::string, std::string> SplitAtColon(const std::string& line, const fs::path& path) {
  const size_t colon = line.find(':');
  if (colon == std::string::npos) Stop(path.string() + ": a line without a colon: " + line);
  return {std::string(TrimAsciiSpace(line.substr(0, colon))), std::string(TrimAsciiSpace(line.substr(colon + 1)))};
}

// `Name: value` lines: headers, and options where a name begins with `--`.
void ReadHead(const fs::path& path, WebhookCase* c) {
  std::istringstream lines(Read(path));
  for (std::string line; std::getline(lines, line);) {
    const auto [name, value] = SplitAtColon(line, path);
    if (name == "--lead-argument") {
      c->options.lead_argument = value;
    } else if (name == "--tenant-argument") {
      c->options.tenant_argument = value;
    } else if (name == "--campaign-argument") {
      c->options.campaign_argument = value;
    } else if (AsciiLower(name) == "content-type") {
      c->content_type = value;
    } else {
      c->headers.push_back({name, value});
    }
  }
}

// The provider that the folder is named after, or what the mapping in it makes of the folder's payloads.
const Provider* ProviderOf(const fs::path& folder) {
  static auto& generic = *new std::map<fs::path, std::unique_ptr<const Provider>>;
  const fs::path mapping = folder / "mapping.yaml";
  if (!fs::exists(mapping)) return FindProvider(folder.filename().string());
  std::unique_ptr<const Provider>& provider = generic[folder];
  if (provider != nullptr) return provider.get();
  LoadedGenericProvider loaded = LoadGenericProvider(Read(mapping));
  if (loaded.provider == nullptr) Stop(config::RenderProblem(mapping.string(), "error", loaded.errors.front()));
  provider = std::move(loaded.provider);
  return provider.get();
}

WebhookCase ReadCase(const fs::path& body) {
  WebhookCase c;
  const std::string provider = body.parent_path().filename();
  c.name = provider + "/" + body.stem().string();
  c.provider = ProviderOf(body.parent_path());
  if (c.provider == nullptr) Stop(body.parent_path().string() + ": there is no such provider");
  c.body = Read(body);
  c.options.tenant = "acme";
  fs::path beside = body;
  if (fs::exists(beside.replace_extension(".head"))) ReadHead(beside, &c);
  c.expected = Read(beside.replace_extension(".expected"));
  return c;
}

}  // namespace

const std::vector<WebhookCase>& WebhookCases() {
  static const std::vector<WebhookCase> kCases = [] {
    std::vector<WebhookCase> cases;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(kFolder)) {
      if (entry.path().extension() == ".body") cases.push_back(ReadCase(entry.path()));
    }
    std::sort(cases.begin(), cases.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return cases;
  }();
  return kCases;
}

std::string Describe(const Result<Conversion>& converted) {
  if (!converted.ok()) return "rejected: " + converted.status().message() + "\n";
  std::string text;
  for (const codec::Command& command : converted->commands) codec::AppendInputJson(command, &text);
  for (const codec::Event& event : converted->events) codec::AppendInputJson(event, &text);
  for (const Skipped& skipped : converted->skipped) {
    text += std::string(SkipReasonName(skipped.reason)) + ": " + skipped.name;
    if (!skipped.detail.empty()) text += ": " + skipped.detail;
    text += "\n";
  }
  return text;
}

}  // namespace leadpulse::webhooks
