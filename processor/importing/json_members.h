// Cells that hold a JSON object, such as `attributes` of listmonk: each member is an attribute of its own. Members of
// an object inside have names with dots: `plan.name`. Used by one thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/json.h"
#include "processor/base/value.h"
#include "processor/importing/columns.h"
#include "processor/importing/import_options.h"
#include "processor/importing/row_reader.h"
#include "processor/importing/suppressions.h"

namespace leadpulse::importing {

// More members of one cell are rejected: a lead has at most as many attributes.
inline constexpr size_t kMaxMembers = 500;

// The most members of one cell that say who gets no mail; a cell with more is rejected.
inline constexpr size_t kMaxStatuses = 1000;

// Returns the object that a trimmed cell holds; nullopt if it holds none.
std::optional<Json> ObjectIn(std::string_view cell);

// Takes each member of the object that is no object, with its name as attributes are named; of several with one name,
// in the byte order of their spellings. False: there are more than kMaxMembers.
using TakeMember = std::function<void(const std::string& name, const Json& value)>;
bool ForEachMember(const Json& object, const TakeMember& take);

// The attributes in a row's cells of JSON, by name. Null, blank texts and empty lists are unset.
using MemberValues = std::map<std::string, Value>;

// A member that says who gets no mail, also one that is left out or inside of a list.
struct StatusMember {
  std::string name;  // with that of the column: `attributes.unsubscribed`
  StatusColumn status = StatusColumn::kNone;
  std::string text;
  std::string list;  // the mailing list that it is about: the name or id beside it; empty: none, so the person
};

class JsonMembers {
 public:
  // Prepares to read cells of these columns. Both arguments outlive this.
  JsonMembers(const std::vector<Column>& columns, const ImportOptions& options);

  // Adds the members of a cell, and to `warnings` those that are left out: the row has a column of their name, or an
  // earlier cell has a member of it; they are a list with null, a list or an object inside; or the definitions do not
  // declare them and are strict. What the user left out is not named. Adds members about mail to `statuses`; a list of
  // these is not left out. Returns what is wrong: the cell is no object, or a member is not of its declared type.
  std::optional<WrongRow> Read(const Column& column, std::string_view cell, MemberValues* values,
                               std::vector<StatusMember>* statuses, std::vector<WrongRow>* warnings);

  // Whether the user left the member out: alone, or with all that are not declared.
  bool IsLeftOut(const Column& column, const std::string& member);

  // Returns what a member says about mail, at most kMaxStatuses.
  std::vector<StatusMember> StatusesIn(const Column& column, const std::string& member, const Json& json);

 private:
  // Where a member goes.
  struct Target {
    std::string name;               // the attribute's name; empty: the user left it out
    std::optional<FieldType> type;  // if it is declared
    std::string_view why_left_out;  // empty: it is not
    StatusColumn status = StatusColumn::kNone;
  };
  const Target& TargetOf(const Column& column, const std::string& member);
  Target FindTarget(const Column& column, const std::string& member) const;
  // Adds what a member that is no object says about mail, also in the objects of a list: `lists: [{"name": "News",
  // "status": "unsubscribed"}]`. `list`: the mailing list of the objects around it. False: there is too much.
  bool AddStatuses(const Column& column, const std::string& member, const Json& json, const std::string& list,
                   std::vector<StatusMember>* statuses);
  // Returns the mailing list that an object in a list of them is about; empty: it names none.
  std::string ListIn(const Json& object) const;
  std::optional<Problem> Convert(const Json& json, const Column& column, const Target& target, Value* value) const;

  const ImportOptions& options_;
  std::set<std::string, std::less<>> columns_;                      // attributes of other columns
  std::map<const Column*, std::map<std::string, Target>> targets_;  // by member; the first few
  size_t known_targets_ = 0;
};

}  // namespace leadpulse::importing
