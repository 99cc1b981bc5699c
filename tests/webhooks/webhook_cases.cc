#include "tests/webhooks/webhook_cases.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string_view>
#include <utility>

#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/webhooks/generic_provider.h"
#include "schemas/codec/input_writer.h"
#include "schemas/codec/record_decoder.h"
#include "tests/support/file_content.h"

namespace leadpulse::webhooks {
namespace {

namespace fs = std::filesystem;

constexpr char kFolder[] = "tests/data/webhooks";

[[noreturn]] void Stop(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::abort();
}

// The lines that end the parts of a post, and begin the next one.
constexpr std::string_view kPost = "=== post ";
constexpr std::string_view kBecomes = "\n=== becomes\n";

std::pair<std::string, std::string> SplitAtColon(std::string_view line, const std::string& name) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) Stop(name + ": a line without a colon: " + std::string(line));
  return {std::string(TrimAsciiSpace(line.substr(0, colon))), std::string(TrimAsciiSpace(line.substr(colon + 1)))};
}

// Reads a line `Name: value`: a header, or an option if the name begins with `--`.
void ReadHeadLine(std::string_view line, WebhookCase* c) {
  const auto [name, value] = SplitAtColon(line, c->name);
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

std::string_view TakeLine(std::string_view* text, const std::string& name) {
  const size_t end = text->find('\n');
  if (end == std::string_view::npos) Stop(name + ": no empty line before the body");
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(end + 1);
  return line;
}

// Takes the first post from `text`.
WebhookCase TakeCase(const std::string& provider, std::string_view* text) {
  WebhookCase c;
  if (!text->starts_with(kPost)) Stop(provider + ".posts: expected a line `=== post NAME`");
  text->remove_prefix(kPost.size());
  c.name = provider + "/" + std::string(TakeLine(text, provider + ".posts"));
  for (std::string_view line = TakeLine(text, c.name); !line.empty(); line = TakeLine(text, c.name)) {
    ReadHeadLine(line, &c);
  }
  // The line feed before the marker is not part of the body.
  const size_t becomes = text->find(kBecomes);
  if (becomes == std::string_view::npos) Stop(c.name + ": no line `=== becomes`");
  c.body = text->substr(0, becomes);
  text->remove_prefix(becomes + kBecomes.size() - 1);
  const size_t end = std::min(text->find("\n" + std::string(kPost)), text->size() - 1) + 1;
  c.expected = text->substr(1, end - 1);
  text->remove_prefix(end);
  c.options.tenant = "acme";
  return c;
}

// Returns the provider that the file is named after, or the generic one with the mapping beside the file.
const Provider* ProviderOf(const fs::path& posts) {
  static auto& generic = *new std::vector<std::unique_ptr<const Provider>>;
  fs::path mapping = posts;
  if (!fs::exists(mapping.replace_extension(".yaml"))) return FindProvider(posts.stem().string());
  LoadedGenericProvider loaded = LoadGenericProvider(testing::ReadWholeFile(mapping));
  if (loaded.provider == nullptr) Stop(config::RenderProblem(mapping.string(), "error", loaded.errors.front()));
  return generic.emplace_back(std::move(loaded.provider)).get();
}

void ReadCases(const fs::path& posts, std::vector<WebhookCase>* cases) {
  const Provider* provider = ProviderOf(posts);
  if (provider == nullptr) Stop(posts.string() + ": there is no such provider");
  const std::string text = testing::ReadWholeFile(posts);
  for (std::string_view rest = text; !rest.empty();) {
    cases->push_back(TakeCase(posts.stem().string(), &rest));
    cases->back().provider = provider;
  }
}

}  // namespace

const std::vector<WebhookCase>& WebhookCases() {
  static const std::vector<WebhookCase> kCases = [] {
    std::vector<WebhookCase> cases;
    for (const fs::directory_entry& entry : fs::directory_iterator(kFolder)) {
      if (entry.path().extension() == ".posts") ReadCases(entry.path(), &cases);
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

std::string Untaken(const Conversion& converted) {
  static const std::unique_ptr<codec::RecordDecoder> kDecoder = codec::MakeJsonRecordDecoder();
  std::string untaken;
  const auto check = [&untaken](const auto& record) {
    std::string line;
    codec::AppendInputJson(record, &line);
    const codec::Decoded decoded = kDecoder->Decode(std::string_view(line).substr(0, line.size() - 1), {});
    const auto* rejection = std::get_if<codec::Rejection>(&decoded);
    if (rejection != nullptr && rejection->reason != codec::Reason::kBadTimestamp) untaken += line;
  };
  for (const codec::Command& command : converted.commands) check(command);
  for (const codec::Event& event : converted.events) check(event);
  return untaken;
}

bool AppendChanged(const Json& json, const std::function<bool(const Json& value, std::string* out)>& change,
                   std::string* out) {
  if (change(json, out)) return true;
  if (!json.is_array() && !json.is_object()) {
    json.AppendTo(out);
    return false;
  }
  bool changed = false;
  const char* between = "";
  *out += json.is_array() ? '[' : '{';
  for (const Json& element : json.elements()) {
    *out += std::exchange(between, ",");
    changed |= AppendChanged(element, change, out);
  }
  for (const auto& [name, value] : json.members()) {
    *out += std::exchange(between, ",");
    AppendJsonString(name, out);
    *out += ':';
    changed |= AppendChanged(value, change, out);
  }
  *out += json.is_array() ? ']' : '}';
  return changed;
}

}  // namespace leadpulse::webhooks
