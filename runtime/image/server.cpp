#include "runtime/image/server.h"

#include "runtime/image/json_text.h"
#include "runtime/image/serve_answer.h"
#include "runtime/os/microhttpd_library.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace chasi::image {

using os::microhttpd;

namespace {

constexpr unsigned kConnections = 500;
constexpr unsigned kIdleSeconds = 120;

llvm::Error cannotListen(const std::string& where, const std::string& why) {
  return fault(FaultCode::CannotServe, fmt::format("cannot serve at {}: {}", where, why), "--listen takes ADDRESS:PORT, such as 0.0.0.0:5000 or [::]:5000; port 0 takes a free one");
}

/// "[::1]:5000" in its parts.
std::pair<std::string, std::string> hostAndPort(llvm::StringRef text) {
  const auto [host, port] = text.rsplit(':');
  const bool bracketed = host.starts_with("[") && host.ends_with("]");
  return {(bracketed ? host.drop_front().drop_back() : host).str(), port.str()};
}

std::string shown(const sockaddr_storage& address, socklen_t length) {
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (::getnameinfo(reinterpret_cast<const sockaddr*>(&address), length, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0) return "?";
  return address.ss_family == AF_INET6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

/// A listening socket, and in `address` what it listens on.
llvm::Expected<int> listenOn(const std::string& where, std::string& address) {
  const auto [host, port] = hostAndPort(where);
  uint16_t number = 0;
  if (host.empty() || llvm::StringRef(port).getAsInteger(10, number)) return cannotListen(where, "that is not ADDRESS:PORT");
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); code != 0) return cannotListen(where, ::gai_strerror(code));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, ::freeaddrinfo);
  const int descriptor = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return cannotListen(where, std::strerror(errno));
  const int yes = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  if (::bind(descriptor, found->ai_addr, found->ai_addrlen) == 0 && ::listen(descriptor, 512) == 0 && ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &length) == 0) {
    address = shown(bound, length);
    return descriptor;
  }
  const int problem = errno;
  ::close(descriptor);
  return cannotListen(where, std::strerror(problem));
}

std::optional<std::string> argument(MHD_Connection* connection, const char* name) {
  const char* value = microhttpd().lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, name);
  return value ? std::optional<std::string>(value) : std::nullopt;
}

ServeRequest requestOf(MHD_Connection* connection, const char* url, const char* method) {
  ServeRequest out;
  out.method = method;
  out.path = url;
  if (const char* range = microhttpd().lookup_connection_value(connection, MHD_HEADER_KIND, "Range")) out.range = range;
  out.n = argument(connection, "n");
  out.last = argument(connection, "last");
  out.ns = argument(connection, "ns");
  out.artifactType = argument(connection, "artifactType");
  return out;
}

MHD_Result send(MHD_Connection* connection, ServeAnswer answer) {
  MHD_Response* response = nullptr;
  if (answer.file) {
    const int own = ::fcntl(answer.file.fd(), F_DUPFD_CLOEXEC, 0); // the library closes it
    response = own < 0 ? nullptr : microhttpd().create_response_from_fd_at_offset64(answer.size, own, answer.offset);
    if (!response && own >= 0) ::close(own);
  } else {
    auto* body = new std::string(std::move(answer.body));
    response = microhttpd().create_response_from_buffer_with_free_callback_cls(body->size(), body->data(), [](void* p) { delete static_cast<std::string*>(p); }, body);
    if (!response) delete body;
  }
  if (!response) return MHD_NO;
  microhttpd().add_response_header(response, "Content-Type", answer.contentType.c_str());
  microhttpd().add_response_header(response, "Docker-Distribution-API-Version", "registry/2.0");
  for (const auto& [name, value] : answer.headers) microhttpd().add_response_header(response, name.c_str(), value.c_str());
  const MHD_Result queued = microhttpd().queue_response(connection, static_cast<unsigned>(answer.status), response);
  microhttpd().destroy_response(response);
  return queued;
}

bool isLarge(MHD_Connection* connection) {
  const char* length = microhttpd().lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
  uint64_t bytes = 0;
  if (!length) return microhttpd().lookup_connection_value(connection, MHD_HEADER_KIND, "Transfer-Encoding") != nullptr;
  return llvm::StringRef(length).getAsInteger(10, bytes) || bytes > 1 << 20;
}

MHD_Result onRequest(void* self, MHD_Connection* connection, const char* url, const char* method, const char*, const char*, size_t* size, void** context) {
  // What is sent along is not wanted, but has to be read before a client listens; nobody waits for a whole layer.
  static int begun;
  if (*context != &begun && !isLarge(connection)) return *context = &begun, MHD_YES;
  if (*size) return *size = 0, MHD_YES;
  auto& server = *static_cast<LayoutServer*>(self);
  const ServeRequest request = requestOf(connection, url, method);
  const std::shared_ptr<const Offer> offer = server.offer();
  ServeAnswer given = offer ? answer(server.layout(), *offer, request) : serveError(503, "UNAVAILABLE", "the layout cannot be read");
  server.told(printable(fmt::format("{} {}{} {}", request.method, request.path, request.ns ? "?ns=" + *request.ns : "", given.status)), true);
  return send(connection, std::move(given));
}

std::string stampOfIndex(const std::string& layout) {
  struct stat info {};
  if (::stat((layout + "/index.json").c_str(), &info) != 0) return "";
  return fmt::format("{} {} {} {}.{}", info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

} // namespace

llvm::Error LayoutServer::listen() {
  if (!microhttpd().why.empty()) return cannotListen(options_.listen, microhttpd().why);
  const bool tls = !options_.certificate.empty();
  if (tls && microhttpd().is_feature_supported(MHD_FEATURE_TLS) != MHD_YES) return cannotListen(options_.listen, "this libmicrohttpd was built without TLS");
  auto descriptor = listenOn(options_.listen, address_);
  if (!descriptor) return descriptor.takeError();
  // A thread for each connection: who reads slowly waits for himself only.
  const unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC | (tls ? MHD_USE_TLS : 0);
  const MHD_OptionItem certified[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, options_.certificate.data()}, {MHD_OPTION_HTTPS_MEM_KEY, 0, options_.key.data()}, {MHD_OPTION_END, 0, nullptr}};
  const MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, nullptr}};
  daemon_ = microhttpd().start_daemon(flags, 0, nullptr, nullptr, onRequest, this, MHD_OPTION_LISTEN_SOCKET, *descriptor, MHD_OPTION_CONNECTION_LIMIT, kConnections, MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds,
                                      MHD_OPTION_CONNECTION_MEMORY_LIMIT, size_t{64 << 10}, MHD_OPTION_THREAD_STACK_SIZE, size_t{1 << 20}, MHD_OPTION_ARRAY, tls ? certified : plain, MHD_OPTION_END);
  if (daemon_) return llvm::Error::success();
  ::close(*descriptor);
  return cannotListen(options_.listen, tls ? "the certificate and the key are not a pair in PEM" : "the HTTP library does not start");
}

llvm::Expected<std::unique_ptr<LayoutServer>> LayoutServer::start(ServeOptions options) {
  std::unique_ptr<LayoutServer> server(new LayoutServer(std::move(options)));
  if (auto index = readIndex(server->options_.layout); !index) return index.takeError();
  server->offer();
  if (llvm::Error error = server->listen()) return error;
  return server;
}

LayoutServer::~LayoutServer() {
  if (daemon_) microhttpd().stop_daemon(static_cast<MHD_Daemon*>(daemon_));
}

std::string LayoutServer::url() const { return fmt::format("{}://{}", options_.certificate.empty() ? "http" : "https", address_); }

std::shared_ptr<const Offer> LayoutServer::offer() {
  const std::lock_guard guard(mutex_);
  const std::string stamp = stampOfIndex(options_.layout);
  if (offer_ && stamp == stamp_) return offer_;
  auto read = readOffer(options_.layout);
  if (!read) return told(plan::takeText(read.takeError()).message, false), offer_; // as it was before: the next request looks again
  stamp_ = stamp;
  for (const std::string& problem : read->problems) told("left out: " + problem, false);
  return offer_ = std::make_shared<const Offer>(std::move(*read));
}

void LayoutServer::told(const std::string& line, bool request) {
  const auto& listener = request ? options_.request : options_.event;
  const std::lock_guard guard(telling_);
  if (listener) listener(line);
}

} // namespace chasi::image
