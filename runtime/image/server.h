// A registry that only gives, over a layout: for the nodes of a site that reaches no other.
#pragma once

#include "runtime/image/offer.h"

#include <memory>
#include <mutex>

namespace chasi::image {

struct ServeOptions {
  std::string layout;
  std::string listen = "127.0.0.1:5000"; ///< ADDRESS:PORT; port 0 takes a free one
  std::string certificate, key;          ///< PEM; with both, TLS
  std::function<void(const std::string&)> event;   ///< images that cannot be read
  std::function<void(const std::string&)> request; ///< a line for each answer. Both: one at a time, from any thread
};

/// Answers from threads of its own until it is destroyed. The layout may be written meanwhile. Nobody is asked who they are.
class LayoutServer {
public:
  /// CH7004 without a layout, CH7106 when the address cannot be listened on or the certificate is none.
  static llvm::Expected<std::unique_ptr<LayoutServer>> start(ServeOptions options);
  /// Takes no more requests; transfers that are on their way break off.
  ~LayoutServer();
  LayoutServer(const LayoutServer&) = delete;
  LayoutServer& operator=(const LayoutServer&) = delete;

  std::string url() const;
  const std::string& layout() const { return options_.layout; }
  /// What the layout has now. Read again only when index.json is another one.
  std::shared_ptr<const Offer> offer();
  void told(const std::string& line, bool request);

private:
  explicit LayoutServer(ServeOptions options) : options_(std::move(options)) {}
  ServeOptions options_;
  std::string address_; ///< as it is in URLs
  void* daemon_ = nullptr;
  std::mutex mutex_, telling_;
  std::shared_ptr<const Offer> offer_;
  std::string stamp_; ///< of the index.json that was read

  llvm::Error listen();
};

} // namespace chasi::image
