// Compares what is desired in one cluster with what is there. The cheapest proof wins: an object that was not touched since our
// last write (stamp), then one in which all that we own is as it was (projection), then what the server says to a dry run.
#pragma once

#include "runtime/engine/connections.h"
#include "runtime/engine/engine.h"

#include <unordered_map>

namespace chasi::engine {

class SiteCompare {
public:
  /// Steps and prunes go to `plan`, whose operations are sealed. Everything must outlive the loop's work.
  SiteCompare(Site& site, plan::Plan& plan, const CompareOptions& options, kube::Loop& loop);

  /// Sends the first requests; the comparison is complete when `pending()` is zero.
  void start();
  size_t pending() const { return pending_; }
  Site& site() const { return site_; }
  llvm::Error takeError() { return std::move(error_); }
  /// Answers that are still outstanding are not looked at.
  ~SiteCompare() {
    *alive_ = false;
    llvm::consumeError(std::move(error_));
  }
  SiteCompare(const SiteCompare&) = delete;
  SiteCompare& operator=(const SiteCompare&) = delete;

private:
  struct Live {
    plan::JsonValue object;
    bool full = false; ///< with spec and data
    bool wanted = false;
  };

  // Members
  void listMembers();
  void listKind(const kube::Resource& resource, bool mayRefuse = false);
  void takeMembers(const kube::Resource& resource, bool full, kube::Listing listing);
  void match();
  void matchOne(uint32_t index);
  void findPrunes();
  void recover();

  // Objects that are not among the members
  void lookUp(const std::vector<uint32_t>& operations, std::function<void()> next);
  /// GETs the object; what is absent or refused is dealt with here.
  void read(uint32_t index, std::function<void(std::string)> found);
  void lookUpOne(uint32_t index);
  void lookUpKind(const kube::Resource& resource, std::vector<uint32_t> operations);
  void takeStranger(uint32_t index, std::string text);
  void takeAbsent(uint32_t index);
  void afterNamespaces();

  // The dry run
  void probe(uint32_t index, std::string live);
  void dryRun(uint32_t index, std::string live, bool isNew, bool force = false);
  struct Asked {
    std::string live;    ///< empty: a new object
    std::string payload; ///< what was sent
    bool force = false;
  };
  void takeDryRun(uint32_t index, const Asked& asked, kube::Response response);
  void takeImmutable(uint32_t index, const Asked& asked, const kube::ApiStatus& status);
  void tellReplaced(uint32_t index, const Asked& asked, const std::vector<std::string>& fixed);
  void askFresh(uint32_t index, const Asked& asked, std::string answer);
  void takeConflict(uint32_t index, const Asked& asked, const kube::ApiStatus& status);
  void takeAnswers(uint32_t index, const std::string& live, const std::string& answer);
  void takeFight(uint32_t index);

  void unservedKind(uint32_t index);
  void readSecrets();
  plan::SecretReader reader() const { return site_.secrets.reader(options_.secrets); }
  /// Secrets and facts stand in the object as they are now; an error when one cannot be read here.
  llvm::Expected<bool> valuesEqual(const plan::Operation& op, plan::JsonValue live);
  void refresh(uint32_t index, const std::string& key, plan::JsonValue live);
  void refuse(uint32_t index, const kube::ApiStatus& status);
  void problem(uint32_t index, const char* code, std::string message, std::string hint);
  void fail(llvm::Error error);
  void whenSettled(std::function<void()> next);
  void arrive();

  template <typename Value, typename Take> auto guarded(Take take) {
    return [alive = alive_, take = std::move(take)](llvm::Expected<Value> value) mutable {
      if (*alive) take(std::move(value));
      else llvm::consumeError(value.takeError());
    };
  }

  const plan::Operation& op(uint32_t index) const { return plan_.desired.operations[index]; }
  plan::Step& step(uint32_t index) { return plan_.steps[index]; }

  Site& site_;
  plan::Plan& plan_;
  const CompareOptions& options_;
  kube::Loop& loop_;
  std::vector<uint32_t> operations_; // of this site, kind Object
  std::vector<kube::Listing> listings_;
  std::unordered_map<std::string, Live> members_;
  std::vector<uint32_t> absent_;
  std::map<std::string, std::string> newNamespaces_; // and the operations that make them
  std::set<std::string> dyingNamespaces_;
  bool labelled_ = false; // an object that was looked up by name carries our label
  std::function<void()> next_;
  size_t pending_ = 0;
  llvm::Error error_ = llvm::Error::success();
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// What an apply would do to an object, told from the object as it is and the server's answer to a dry run.
struct Answers {
  std::vector<plan::FieldChange> changes;
  bool same = false; ///< no value, no ownership and no membership changes
};
llvm::Expected<Answers> compareAnswers(const plan::Operation& operation, const Site& site, const std::string& live, const std::string& answer);

/// The stamp of an object that is as the operation asks. `level` is left to the caller.
Stamp stampFor(const plan::Operation& operation, const std::string& applySet, plan::JsonValue live);

inline constexpr const char* kApplyPatch = "application/apply-patch+yaml";

/// Path of an apply patch.
std::string applyPath(const kube::Resource& resource, const plan::ObjectRef& object, bool dryRun, bool force = false);

} // namespace chasi::engine
