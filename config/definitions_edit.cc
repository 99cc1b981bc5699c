#include "config/definitions_edit.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "config/yaml_text.h"
#include "config/yaml_tree.h"
#include "processor/base/text.h"

namespace leadpulse::config {
namespace {

constexpr std::string_view kTenantsKey = "tenants";
constexpr std::string_view kSegmentsKey = "segments", kListsKey = "lists";
constexpr size_t kNone = std::string_view::npos;

// Returns the index of the key's entry in a map; kNone if it has none.
size_t IndexOf(const YamlNode& map, std::string_view key) {
  if (map.kind != YamlKind::kMap) return kNone;
  for (size_t i = 0; i + 1 < map.children.size(); i += 2) {
    if (map.children[i].text == key) return i / 2;
  }
  return kNone;
}

const YamlNode& ValueAt(const YamlNode& map, size_t index) { return map.children[2 * index + 1]; }

// The map below `tenants`, the lines of its entries, and the index of one tenant's entry or kNone.
struct TenantBlocks {
  YamlTree tree;
  const YamlNode* map = nullptr;  // in the tree
  YamlBlocks found;
  size_t index = kNone;
};

std::optional<TenantBlocks> FindTenant(std::string_view text, std::string_view tenant) {
  TenantBlocks tenants{ParseYaml(text), nullptr, {}, kNone};
  if (!tenants.tree.root) return std::nullopt;
  const size_t index = IndexOf(*tenants.tree.root, kTenantsKey);
  if (index == kNone) return std::nullopt;
  tenants.map = &ValueAt(*tenants.tree.root, index);
  std::optional<YamlBlocks> found = BlocksOf(text, *tenants.map, text.size());
  if (!found) return std::nullopt;
  tenants.found = *std::move(found);
  tenants.index = IndexOf(*tenants.map, tenant);
  return tenants;
}

std::string WithLineEnd(std::string_view text) {
  std::string whole(text);
  if (!whole.empty() && whole.back() != '\n') whole += '\n';
  return whole;
}

// Returns the text with `lines` in place of the block.
std::string Replaced(std::string_view text, const YamlBlock& block, std::string_view lines) {
  return WithLineEnd(text.substr(0, block.begin)) + WithLineEnd(lines) + std::string(text.substr(block.end));
}

struct TenantLines {
  std::string lines;
  size_t indentation;
};

std::optional<TenantLines> LinesOf(std::string_view text, const std::string& tenant) {
  const std::optional<TenantBlocks> tenants = FindTenant(text, tenant);
  if (!tenants || tenants->index == kNone) return std::nullopt;
  const auto [begin, end] = tenants->found.blocks[tenants->index];
  return TenantLines{std::string(text.substr(begin, end - begin)), tenants->found.indentation};
}

std::optional<std::string> ReplacedLines(const Definitions& whole, const std::string& tenant, const TenantLines& own) {
  if (whole.text.empty()) return "tenants:\n" + own.lines;
  const std::optional<TenantBlocks> tenants = FindTenant(whole.text, tenant);
  if (!tenants) return std::nullopt;
  const size_t end = tenants->found.blocks.back().end;
  const YamlBlock block = tenants->index == kNone ? YamlBlock{end, end} : tenants->found.blocks[tenants->index];
  return Replaced(whole.text, block, Indented(own.lines, own.indentation, tenants->found.indentation));
}

bool MeansTheSame(const TenantDefinitions& a, const TenantDefinitions& b) {
  return &a == &b || ShowTenant("x", a) == ShowTenant("x", b);
}

bool SameOthers(const Definitions& before, const Definitions& after, const std::string& tenant) {
  const auto others = [&](const Definitions& of) { return of.tenants.size() - of.tenants.count(tenant); };
  return others(before) == others(after) && MeansTheSame(*before.fallback, *after.fallback) &&
         std::ranges::all_of(before.tenants, [&](const auto& entry) {
           const auto found = after.tenants.find(entry.first);
           return entry.first == tenant ||
                  (found != after.tenants.end() && MeansTheSame(*entry.second, *found->second));
         });
}

// Returns the definitions of a text that means what is wanted; null if it does not.
std::shared_ptr<const Definitions> LoadedIfSame(const std::string& text, const Definitions& before,
                                                const std::string& tenant) {
  std::shared_ptr<const Definitions> after = LoadDefinitions(text).definitions;
  return after != nullptr && SameOthers(before, *after, tenant) ? after : nullptr;
}

// An entry of a list of the tenant, `segments` or `lists`, and what becomes of it.
struct EntryEdit {
  std::string_view key;  // under which the list stands
  std::string id;
  std::vector<std::pair<std::string_view, std::string>> members = {};  // behind `id`; empty ones are left out
  bool removes = false;
};

std::string LinesOf(const EntryEdit& edit, size_t indentation) {
  if (edit.removes) return {};
  const std::string spaces(indentation, ' ');
  std::string lines = spaces + "- id: " + YamlString(edit.id) + "\n";
  for (const auto& [name, value] : edit.members) {
    if (!value.empty()) lines += Concat({spaces, "  ", name, ": ", YamlString(value), "\n"});
  }
  return lines;
}

EntryEdit EditOf(const SegmentText& segment) {
  return {kSegmentsKey, segment.id, {{"name", segment.name}, {"rule", segment.rule}}};
}

// Returns the block without the comments above it, which stay.
YamlBlock FromHead(std::string_view text, YamlBlock block, size_t head) {
  block.begin = text.rfind('\n', head) == kNone ? 0 : text.rfind('\n', head) + 1;
  return block;
}

// Returns the block of an entry in the list of a tenant: its own lines, or an empty block behind the last.
YamlBlock PlaceOf(std::string_view text, const YamlNode& list, const YamlBlocks& found, const EntryEdit& edit) {
  for (size_t i = 0; i < list.children.size(); ++i) {
    const size_t key = IndexOf(list.children[i], "id");
    if (key == kNone) continue;
    const std::string& id = ValueAt(list.children[i], key).text;
    // Ids of lists are the same without case.
    if (edit.key == kSegmentsKey ? id == edit.id : FoldCase(id) == FoldCase(edit.id)) {
      return FromHead(text, found.blocks[i], list.children[i].offset);
    }
  }
  return {found.blocks.back().end, found.blocks.back().end};
}

// Returns nullopt if the lines cannot be cut. The result may fail to load.
std::optional<std::string> EntryReplaced(std::string_view text, const std::string& tenant, const EntryEdit& edit) {
  constexpr size_t kDeeper = 2;
  const std::optional<TenantBlocks> tenants = FindTenant(text, tenant);
  if (!tenants || tenants->index == kNone) return std::nullopt;
  const YamlNode& keys = ValueAt(*tenants->map, tenants->index);
  const size_t end = tenants->found.blocks[tenants->index].end;
  const std::optional<YamlBlocks> found = BlocksOf(text, keys, end);
  if (!found) return std::nullopt;
  const size_t key = IndexOf(keys, edit.key);
  const std::string first =
      Concat({std::string(found->indentation, ' '), edit.key, ":\n", LinesOf(edit, found->indentation + kDeeper)});
  if (key == kNone) return Replaced(text, {found->blocks.back().end, found->blocks.back().end}, first);
  const YamlNode& list = ValueAt(keys, key);
  const bool is_empty = list.kind == YamlKind::kNull || (list.kind == YamlKind::kList && list.children.empty());
  if (is_empty) return Replaced(text, FromHead(text, found->blocks[key], keys.children[2 * key].offset), first);
  if (edit.removes && list.children.size() == 1) return Replaced(text, found->blocks[key], "");
  const std::optional<YamlBlocks> entries = BlocksOf(text, list, found->blocks[key].end);
  if (!entries) return std::nullopt;
  return Replaced(text, PlaceOf(text, list, *entries, edit), LinesOf(edit, entries->indentation));
}

// Returns the lines of a key with its value.
std::string LinesOfKey(std::span<const std::string> path, const std::string& value, size_t indentation) {
  constexpr size_t kDeeper = 2;
  const std::string head = std::string(indentation, ' ') + YamlKey(path.front(), static_cast<int>(indentation));
  if (path.size() > 1) return head + "\n" + LinesOfKey(path.subspan(1), value, indentation + kDeeper);
  if (value.back() != '\n') return head + " " + value + "\n";
  return head + "\n" + Indented(value, 0, indentation + kDeeper);
}

// Replaces the value of a key below this map, whose lines end at `end`. Returns nullopt if the lines cannot be cut.
std::optional<std::string> KeyReplaced(std::string_view text, const YamlNode& map, size_t end,
                                       std::span<const std::string> path, const std::string& value) {
  const std::optional<YamlBlocks> found = BlocksOf(text, map, end);
  if (!found) return std::nullopt;
  const size_t index = IndexOf(map, path.front());
  const auto lines = [&] { return value.empty() ? "" : LinesOfKey(path, value, found->indentation); };
  if (index == kNone) {
    const size_t behind = found->blocks.back().end;
    return Replaced(text, {behind, behind}, lines());
  }
  const YamlBlock& block = found->blocks[index];
  const YamlNode& there = ValueAt(map, index);
  const bool is_empty = there.kind == YamlKind::kNull || there.children.empty();
  if (path.size() > 1 && !is_empty) return KeyReplaced(text, there, block.end, path.subspan(1), value);
  return Replaced(text, FromHead(text, block, map.children[2 * index].offset), lines());
}

bool HasComments(std::string_view text) { return text.find('#') != kNone; }

// The keys of a tenant with their lines.
struct KeyBlocks {
  TenantBlocks tenants;
  const YamlNode* keys = nullptr;  // in the tree
  size_t end = 0;                  // of their lines
};

std::optional<KeyBlocks> FindKeys(std::string_view text, const std::string& tenant) {
  std::optional<TenantBlocks> tenants = FindTenant(text, tenant);
  if (!tenants || tenants->index == kNone) return std::nullopt;
  const size_t end = tenants->found.blocks[tenants->index].end;
  const YamlNode* keys = &ValueAt(*tenants->map, tenants->index);
  return KeyBlocks{*std::move(tenants), keys, end};
}

// Returns the text with one key of the tenant as ShowTenant writes it, with an entry a line. nullopt if the lines
// cannot be cut, or if comments would be lost.
std::optional<std::string> WithKeyInFull(const std::string& text, const std::string& tenant, const std::string& key) {
  const auto definitions = LoadDefinitions(text).definitions;
  if (definitions == nullptr) return std::nullopt;
  const std::string shown = ShowTenant(tenant, definitions->For(tenant));
  const auto cut = [&](std::string_view whole) -> std::optional<std::pair<YamlBlock, size_t>> {
    const std::optional<KeyBlocks> keys = FindKeys(whole, tenant);
    const std::optional<YamlBlocks> found = keys ? BlocksOf(whole, *keys->keys, keys->end) : std::nullopt;
    const size_t index = found ? IndexOf(*keys->keys, key) : kNone;
    if (index == kNone) return std::nullopt;
    return std::pair(FromHead(whole, found->blocks[index], keys->keys->children[2 * index].offset), found->indentation);
  };
  const auto from = cut(shown), to = cut(text);
  if (!from || !to) return std::nullopt;
  const auto& [block, indentation] = *to;
  if (HasComments(std::string_view(text).substr(block.begin, block.end - block.begin))) return std::nullopt;
  const std::string_view lines = std::string_view(shown).substr(from->first.begin, from->first.end - from->first.begin);
  return Replaced(text, block, Indented(lines, from->second, indentation));
}

// Returns nullopt if the lines cannot be cut. The result may fail to load.
std::optional<std::string> KeysReplaced(std::string text, const std::string& tenant, const std::vector<KeyText>& keys) {
  const auto replace = [&](const KeyText& key) -> std::optional<std::string> {
    const std::optional<KeyBlocks> found = FindKeys(text, tenant);
    return found ? KeyReplaced(text, *found->keys, found->end, key.path, key.value) : std::nullopt;
  };
  for (const KeyText& key : keys) {
    std::optional<std::string> replaced = replace(key);
    if (!replaced && key.path.size() > 1) {
      std::optional<std::string> in_full = WithKeyInFull(text, tenant, key.path.front());
      if (!in_full) return std::nullopt;
      text = *std::move(in_full);
      replaced = replace(key);
    }
    if (!replaced) return std::nullopt;
    text = *std::move(replaced);
  }
  return text;
}

Status WouldLoseComments() {
  return Status::Rejected(
      "the definitions are not written with one entry a line: an edit would write them without their comments; replace "
      "the whole text instead");
}

// Returns `whole` with an entry for the tenant.
Result<std::shared_ptr<const Definitions>> WithOwnEntry(const Definitions& whole, const std::string& tenant) {
  if (whole.tenants.contains(tenant)) return std::make_shared<const Definitions>(whole);
  const LoadedDefinitions entry = LoadDefinitions(ShowTenant(tenant, whole.For(tenant)));
  LP_ASSIGN_OR_RETURN(const std::string text, WithTenant(whole, tenant, *entry.definitions));
  return LoadDefinitions(text).definitions;
}

// Returns the text with the edit. An edit of the tenant's definitions in full says what it must mean.
Result<std::string> WithEntry(const Definitions& whole, const std::string& tenant, const EntryEdit& edit) {
  LP_ASSIGN_OR_RETURN(const std::shared_ptr<const Definitions> before, WithOwnEntry(whole, tenant));
  // Every line of ShowTenant's form can be cut, so an error there is one of the edit itself.
  const std::optional<std::string> in_full = EntryReplaced(ShowTenant(tenant, before->For(tenant)), tenant, edit);
  const LoadedDefinitions wanted = LoadDefinitions(in_full.value_or(""));
  if (wanted.definitions == nullptr) return Status::Rejected(wanted.errors.front().message);
  if (std::optional<std::string> text = EntryReplaced(before->text, tenant, edit)) {
    const auto after = LoadedIfSame(*text, *before, tenant);
    if (after != nullptr && MeansTheSame(after->For(tenant), wanted.definitions->For(tenant))) return *std::move(text);
  }
  if (HasComments(TextOfTenant(*before, tenant))) return WouldLoseComments();
  return WithTenant(*before, tenant, *wanted.definitions);
}

}  // namespace

bool IsNotEditable(const Status& status) { return !status.ok() && status.message() == WouldLoseComments().message(); }

std::string TextOfTenant(const Definitions& definitions, const std::string& tenant) {
  const TenantDefinitions& applies = definitions.For(tenant);
  if (const auto own = LinesOf(definitions.text, tenant)) {
    std::string text = "tenants:\n" + WithLineEnd(own->lines);
    const auto alone = LoadDefinitions(text).definitions;
    if (alone != nullptr && alone->tenants.size() == 1 && MeansTheSame(alone->For(tenant), applies)) return text;
  }
  return ShowTenant(tenant, applies);
}

Result<std::string> WithTenant(const Definitions& whole, const std::string& tenant, const Definitions& entry) {
  const TenantDefinitions& wanted = entry.For(tenant);
  std::optional<TenantLines> own = LinesOf(entry.text, tenant);
  if (!own) own = LinesOf(ShowTenant(tenant, wanted), tenant);
  if (own) {
    std::optional<std::string> text = ReplacedLines(whole, tenant, *own);
    const auto after = text ? LoadedIfSame(*text, whole, tenant) : nullptr;
    if (after != nullptr && MeansTheSame(after->For(tenant), wanted)) return *std::move(text);
  }
  if (HasComments(whole.text) || HasComments(entry.text)) return WouldLoseComments();
  Definitions merged = whole;
  merged.tenants[tenant] = entry.tenants.at(tenant);
  return ShowDefinitions(merged);
}

Result<std::string> WithSegment(const Definitions& whole, const std::string& tenant, const SegmentText& segment) {
  return WithEntry(whole, tenant, EditOf(segment));
}

Result<std::string> WithoutSegment(const Definitions& whole, const std::string& tenant, const std::string& id) {
  return WithEntry(whole, tenant, {.key = kSegmentsKey, .id = id, .removes = true});
}

Result<std::string> WithList(const Definitions& whole, const std::string& tenant, const DeclaredName& list) {
  return WithEntry(whole, tenant, {.key = kListsKey, .id = list.id, .members = {{"name", list.name}}});
}

Result<std::string> WithoutList(const Definitions& whole, const std::string& tenant, std::string_view id) {
  return WithEntry(whole, tenant, {.key = kListsKey, .id = std::string(id), .removes = true});
}

Result<std::string> WithKeys(const std::string& text, const std::string& tenant, const std::vector<KeyText>& keys) {
  if (std::optional<std::string> replaced = KeysReplaced(text, tenant, keys)) return *std::move(replaced);
  if (HasComments(text)) return WouldLoseComments();
  const LoadedDefinitions before = LoadDefinitions(text);
  if (before.definitions == nullptr) return Status::Rejected(before.errors.front().message);
  // Every line of ShowTenant's form can be cut, after what it leaves out because it is empty.
  std::optional<std::string> replaced = KeysReplaced(ShowTenant(tenant, before.definitions->For(tenant)), tenant, keys);
  if (!replaced) return WouldLoseComments();
  return *std::move(replaced);
}

const Segment* FindSegment(const TenantDefinitions& tenant, std::string_view id) {
  const auto found = std::ranges::find(tenant.segments, id, &Segment::id);
  return found == tenant.segments.end() ? nullptr : &*found;
}

}  // namespace leadpulse::config
