#include "runtime/local/http.h"

#include "runtime/local/call.h"
#include "runtime/os/microhttpd_library.h"
#include "runtime/plan/fault.h"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace chasi::local {

using os::microhttpd;

namespace {

// The limit of kube-apiserver for bodies.
constexpr size_t kMaxBody = 3 << 20;
// What is read and thrown away of a body that is too large before the connection is cut.
constexpr size_t kMaxDiscarded = 64 << 20;
constexpr unsigned kConnections = 1000;
constexpr unsigned kIdleSeconds = 300;

/// What belongs to one request while it comes in.
struct Incoming {
  Request request;
  size_t discarded = 0;
  bool begun = false;
};

/// Called with the line of the request before anything else: path and query as they were sent.
void* beginRequest(void*, const char* uri, MHD_Connection*) {
  auto* incoming = new Incoming();
  const std::string_view text = uri;
  const size_t mark = text.find('?');
  incoming->request.path = text.substr(0, mark);
  for (size_t begin = mark; begin < text.size();) {
    ++begin;
    const size_t end = std::min(text.find('&', begin), text.size());
    const std::string_view pair = text.substr(begin, end - begin);
    const size_t equal = std::min(pair.find('='), pair.size());
    if (!pair.empty()) incoming->request.query.emplace(decodePercent(pair.substr(0, equal), true), equal < pair.size() ? decodePercent(pair.substr(equal + 1), true) : "");
    begin = end;
  }
  return incoming;
}

void endRequest(void*, MHD_Connection*, void** context, MHD_RequestTerminationCode) {
  delete static_cast<Incoming*>(*context);
  *context = nullptr;
}

std::string header(MHD_Connection* connection, const char* name) {
  const char* value = microhttpd().lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value ? value : "";
}

void readHead(MHD_Connection* connection, const char* method, Request& request) {
  request.method = method;
  request.accept = header(connection, "Accept");
  request.contentType = header(connection, "Content-Type");
  request.userAgent = header(connection, "User-Agent");
  request.authorization = header(connection, "Authorization");
  request.host = header(connection, "Host");
  request.origin = header(connection, "Origin");
  const std::string length = header(connection, "Content-Length");
  request.tooLarge = length.size() > 7 || std::strtoull(length.c_str(), nullptr, 10) > kMaxBody;
}

/// A stream with what did not fit into the library's buffer.
struct Outgoing {
  std::unique_ptr<Stream> stream;
  MHD_Connection* connection = nullptr;
  std::string rest;
  size_t at = 0;
};

bool hasLeft(MHD_Connection* connection) {
  const MHD_ConnectionInfo* info = microhttpd().get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  if (!info) return true;
  pollfd ask{info->connect_fd, POLLRDHUP, 0};
  return ::poll(&ask, 1, 0) > 0 && (ask.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

ssize_t nextPiece(void* context, uint64_t, char* buffer, size_t size) {
  auto& out = *static_cast<Outgoing*>(context);
  while (out.at == out.rest.size()) {
    out.rest.clear();
    out.at = 0;
    if (hasLeft(out.connection)) return MHD_CONTENT_READER_END_WITH_ERROR;
    if (!out.stream->next(out.rest) && out.rest.empty()) return MHD_CONTENT_READER_END_OF_STREAM;
  }
  const size_t count = std::min(size, out.rest.size() - out.at);
  std::memcpy(buffer, out.rest.data() + out.at, count);
  out.at += count;
  return static_cast<ssize_t>(count);
}

MHD_Response* responseOf(MHD_Connection* connection, Answer& answer) {
  if (answer.stream) {
    auto* out = new Outgoing{std::move(answer.stream), connection, {}, 0};
    // A quiet watch is not an idle connection.
    microhttpd().set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, 0U);
    return microhttpd().create_response_from_callback(MHD_SIZE_UNKNOWN, 32 << 10, nextPiece, out, [](void* p) { delete static_cast<Outgoing*>(p); });
  }
  auto* body = new std::string(std::move(answer.body));
  return microhttpd().create_response_from_buffer_with_free_callback_cls(body->size(), body->data(), [](void* p) { delete static_cast<std::string*>(p); }, body);
}

/// A warning as RFC 9110 wants it: printable, in quotes.
std::string warningText(const std::string& message) {
  std::string text = "299 - \"";
  for (const char c : message) {
    if (c == '"' || c == '\\') text += '\\';
    text += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return text + '"';
}

MHD_Result send(MHD_Connection* connection, Answer answer) {
  MHD_Response* response = responseOf(connection, answer);
  if (!response) return MHD_NO;
  microhttpd().add_response_header(response, "Content-Type", answer.contentType.c_str());
  for (const std::string& warning : answer.warnings) microhttpd().add_response_header(response, "Warning", warningText(warning).c_str());
  for (const auto& [name, value] : answer.headers) microhttpd().add_response_header(response, name.c_str(), value.c_str());
  if (answer.http == 401) microhttpd().add_response_header(response, "WWW-Authenticate", "Bearer");
  const MHD_Result queued = microhttpd().queue_response(connection, static_cast<unsigned>(answer.http), response);
  microhttpd().destroy_response(response);
  return queued;
}

MHD_Result onRequest(void* self, MHD_Connection* connection, const char*, const char* method, const char*, const char* data, size_t* size, void** context) {
  auto& incoming = *static_cast<Incoming*>(*context);
  Request& request = incoming.request;
  if (!incoming.begun) {
    incoming.begun = true;
    readHead(connection, method, request);
    // Answered before the body comes: nobody needs to send it.
    if (request.tooLarge) return send(connection, static_cast<Listener*>(self)->handler()(request));
    return MHD_YES;
  }
  if (*size == 0) return send(connection, static_cast<Listener*>(self)->handler()(request));
  if (request.body.size() + *size > kMaxBody) {
    request.tooLarge = true;
    request.body.clear();
    incoming.discarded += *size;
  } else if (!request.tooLarge) {
    request.body.append(data, *size);
  } else {
    incoming.discarded += *size;
  }
  *size = 0;
  return incoming.discarded > kMaxDiscarded ? MHD_NO : MHD_YES;
}

/// A listening socket on the loopback address; -1 with errno.
int listenOn(uint16_t port, uint16_t& bound) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  socklen_t length = sizeof address;
  const int yes = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (::bind(descriptor, reinterpret_cast<sockaddr*>(&address), length) == 0 && ::listen(descriptor, 512) == 0 &&
      ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) == 0) {
    bound = ntohs(address.sin_port);
    return descriptor;
  }
  const int problem = errno;
  ::close(descriptor);
  errno = problem;
  return -1;
}

} // namespace

llvm::Expected<std::unique_ptr<Listener>> Listener::open(uint16_t port, Handler handler) {
  std::unique_ptr<Listener> listener(new Listener(std::move(handler)));
  const int descriptor = listenOn(port, listener->port_);
  auto failed = [&](const std::string& why) {
    return plan::fault("CH6303", fmt::format("the embedded cluster cannot listen on 127.0.0.1:{}: {}", port, why), "choose another port; 0 takes a free one");
  };
  if (!microhttpd().why.empty()) return failed(microhttpd().why);
  if (descriptor < 0) return failed(std::generic_category().message(errno));
  // A thread for each connection: watches may wait, and a slow client waits for itself only.
  listener->daemon_ = microhttpd().start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC, 0, nullptr, nullptr, onRequest, listener.get(),
                                       MHD_OPTION_LISTEN_SOCKET, descriptor, MHD_OPTION_URI_LOG_CALLBACK, beginRequest, nullptr, MHD_OPTION_NOTIFY_COMPLETED, endRequest, nullptr,
                                       MHD_OPTION_CONNECTION_LIMIT, kConnections, MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT, size_t{64 << 10},
                                       MHD_OPTION_THREAD_STACK_SIZE, size_t{2 << 20}, MHD_OPTION_END);
  if (listener->daemon_) return listener;
  const std::string why = std::generic_category().message(errno);
  ::close(descriptor);
  return failed(why);
}

Listener::~Listener() {
  if (daemon_) microhttpd().stop_daemon(static_cast<MHD_Daemon*>(daemon_));
}

} // namespace chasi::local
