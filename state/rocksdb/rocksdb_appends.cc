#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

}  // namespace

std::shared_ptr<rocksdb::MergeOperator> RowAppends() {
  static const auto appends = std::make_shared<Appends>();
  return appends;
}

}  // namespace leadpulse::state
