// The embedded cluster: the Kubernetes API over HTTP on a loopback port, kept in one SQLite file. No pods run; a stated
// simulation marks workloads ready. In process for `chasic apply`, or as a server of its own for `chasic local up`.
#pragma once

#include <llvm/Support/Error.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace chasi::local {

struct ServeOptions {
  std::string file;         ///< the SQLite file; its folder is made when it is missing. One server at a time: CH6301
  uint16_t port = 0;        ///< on 127.0.0.1; 0 takes a free one
  std::string token;        ///< when not empty, requests need "Authorization: Bearer TOKEN"
  bool simulate = true;     ///< mark workloads ready, bind claims, give addresses to services
  std::chrono::milliseconds readyAfter{0}; ///< how long a workload takes in the simulation
};

/// A running cluster. Everything that was answered with success is in the file already (SQLite WAL, synchronous=NORMAL: survives the
/// death of the process at any moment; the last writes may be lost when the machine itself dies).
class Server {
public:
  /// CH6301 the file is in use by another process (names its pid and address), CH6302 it cannot be opened or is not a cluster, CH6303 the port is taken.
  static llvm::Expected<std::unique_ptr<Server>> start(const ServeOptions& options);
  /// Ends watches, waits for running requests, closes the file.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const std::string& url() const; ///< "http://127.0.0.1:PORT"
  uint16_t port() const;

private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// Who serves a file now, from the note that a server leaves beside it; empty when nobody does (the lock, not the note, decides).
struct Running {
  int pid = 0;
  std::string url;
};
llvm::Expected<Running> whoServes(const std::string& file);

/// A kubeconfig with one context named `chasi-local` for that address.
std::string kubeconfigFor(const std::string& url);

} // namespace chasi::local
