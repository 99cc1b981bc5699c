#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "state/codec/published_row.h"
#include "state/codec/row_form.h"
#include "state/rocksdb/rocksdb_options.h"

namespace leadpulse::state {
namespace {

template <typename Slices>
std::vector<std::string_view> ViewsOf(const Slices& slices) {
  std::vector<std::string_view> views;
  views.reserve(slices.size());
  for (const rocksdb::Slice& slice : slices) views.push_back(slice.ToStringView());
  return views;
}

class Appends : public rocksdb::MergeOperator {
 public:
  const char* Name() const override { return "leadpulse.RowAppends"; }

  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    std::optional<std::string_view> row;
    if (in.existing_value != nullptr) row = in.existing_value->ToStringView();
    JoinRow(row, ViewsOf(in.operand_list), &out->new_value);
    return true;
  }

  bool PartialMergeMulti(const rocksdb::Slice& /*key*/, const std::deque<rocksdb::Slice>& operands, std::string* joined,
                         rocksdb::Logger* /*logger*/) const override {
    return JoinAppends(ViewsOf(operands), joined);
  }
};

class AppendsOfPublished : public rocksdb::MergeOperator {
 public:
  const char* Name() const override { return "leadpulse.PublishedAppends"; }

  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    out->new_value = Join(in.existing_value, in.operand_list);
    return true;
  }

  bool PartialMergeMulti(const rocksdb::Slice& /*key*/, const std::deque<rocksdb::Slice>& operands, std::string* joined,
                         rocksdb::Logger* /*logger*/) const override {
    *joined = Join(nullptr, operands);
    return true;
  }

 private:
  template <typename Slices>
  static std::string Join(const rocksdb::Slice* row, const Slices& appends) {
    std::string joined = row == nullptr ? "" : row->ToString();
    for (const rocksdb::Slice& append : appends) joined.append(append.data(), append.size());
    KeepLatestPublished(kMostPublished, &joined);
    return joined;
  }
};

}  // namespace

std::shared_ptr<rocksdb::MergeOperator> PublishedAppends() {
  static const auto appends = std::make_shared<AppendsOfPublished>();
  return appends;
}

std::shared_ptr<rocksdb::MergeOperator> RowAppends() {
  static const auto appends = std::make_shared<Appends>();
  return appends;
}

}  // namespace leadpulse::state
